//! Modules and relations of a plan: what goes with its parent or its child, and in which order.

use crate::core::Result;
use crate::core::document::checks::dangling;
use crate::core::document::naming::present_or;
use crate::core::document::pairing::Diff;
use crate::core::document::plan::Plan;
use crate::core::document::sections::{ModuleEntry, RelationEntry, RuleEntry, section};
use crate::core::related::{no_child, related_path};
use std::collections::{HashMap, HashSet};

/// Places of modules, in an order in which each comes after those that control it or that it
/// follows.
pub fn parents_first(
    modules: &[ModuleEntry],
    places: impl IntoIterator<Item = usize>,
) -> Vec<usize> {
    let by_name: HashMap<&str, &ModuleEntry> =
        modules.iter().map(|m| (m.name.as_str(), m)).collect();
    let depth = |at: usize| {
        let parent = |module: &&ModuleEntry| by_name.get(module.bond()?).copied();
        // A checked document has no cycle; what is stored cannot make this go on for ever.
        std::iter::successors(modules.get(at), parent)
            .take(modules.len())
            .count()
    };
    let mut places: Vec<usize> = places.into_iter().collect();
    places.sort_by_cached_key(|&at| (depth(at), at));
    places
}

/// A relation that is there once the document is imported.
pub struct RelationToBe<'a> {
    pub relation: &'a RelationEntry,
    /// Its place in the document, if that speaks of it.
    pub at: Option<usize>,
    /// Its number, if it is there already.
    pub number: Option<i32>,
}

impl<'a> Plan<'a> {
    /// Where the document does not speak of relations, those of a child that goes, go with it.
    pub(super) fn drop_relations_of_what_goes(&mut self) {
        if self.wanted.relations.is_some() {
            return;
        }
        let present = &self.present.document;
        let modules = section(&present.modules);
        let gone: HashSet<&str> = self
            .modules
            .drop
            .iter()
            .map(|&at| modules[at].name.as_str())
            .collect();
        let relations = section(&present.relations).iter().enumerate();
        self.relations = Diff {
            drop: relations
                .filter(|(_, relation)| gone.contains(relation.child.as_str()))
                .map(|(at, _)| at)
                .collect(),
            ..Diff::default()
        };
    }

    /// The relations of which the document does not speak, and which stay.
    pub(super) fn untold_relations(&self) -> impl Iterator<Item = &'a RelationEntry> {
        let relations = match self.wanted.relations {
            None => section(&self.present.document.relations),
            Some(_) => &[],
        };
        let dropped: HashSet<usize> = self.relations.drop.iter().copied().collect();
        relations
            .iter()
            .enumerate()
            .filter(move |(at, _)| !dropped.contains(at))
            .map(|(_, relation)| relation)
    }

    /// Modules as they will be.
    pub fn modules_to_be(&self) -> &'a [ModuleEntry] {
        section(present_or(
            &self.wanted.modules,
            &self.present.document.modules,
        ))
    }

    /// Relations as they will be.
    pub fn relations_to_be(&self) -> Vec<RelationToBe<'a>> {
        let present = section(&self.present.document.relations).iter();
        let numbers: HashMap<_, i32> = present
            .zip(&self.present.relations)
            .map(|(relation, &number)| (relation.what(), number))
            .collect();
        let to_be = |at, relation: &'a RelationEntry| RelationToBe {
            relation,
            at,
            number: numbers.get(&relation.what()).copied(),
        };
        let told = section(&self.wanted.relations).iter().enumerate();
        told.map(|(at, relation)| to_be(Some(at), relation))
            .chain(
                self.untold_relations()
                    .map(|relation| to_be(None, relation)),
            )
            .collect()
    }

    /// Relations join modules with owners; rules are of modules that have rules, and speak of their
    /// children. `holding` are the present rules of which the document does not speak, or which stay
    /// until their end is applied.
    pub(super) fn check_bonds(&self, holding: &[(i64, &RuleEntry)]) -> Result<()> {
        let wanted = self.wanted;
        let present = &self.present.document;
        let modules = section(present_or(&wanted.modules, &present.modules));
        let places = modules.iter().enumerate();
        let by_name: HashMap<&str, (usize, &ModuleEntry)> = places
            .map(|(at, module)| (module.name.as_str(), (at, module)))
            .collect();
        let module = |name: &str| by_name.get(name).map(|(_, module)| *module);
        for (at, relation) in section(&wanted.relations).iter().enumerate() {
            for (field, name) in [("child", &relation.child), ("parent", &relation.parent)] {
                module(name)
                    .map_or(Ok(()), |module| module.must_have_owner("relations"))
                    .map_err(|error| error.at(&format!("relations[{at}].{field}")))?;
            }
        }
        for (at, share) in section(&wanted.shares).iter().enumerate() {
            module(&share.module)
                .map_or(Ok(()), |module| module.must_have_owner("shares"))
                .map_err(|error| error.at(&format!("shares[{at}].module")))?;
        }
        for (at, grant) in section(&wanted.grants).iter().enumerate() {
            module(&grant.module)
                .map_or(Ok(()), ModuleEntry::must_take_grants)
                .map_err(|error| error.at(&format!("grants[{at}].module")))?;
        }
        if wanted.modules.is_some() {
            for relation in self.untold_relations() {
                for name in [&relation.child, &relation.parent] {
                    if let Some((at, module)) = by_name.get(name.as_str()) {
                        module.must_have_owner("relations").map_err(|error| {
                            error
                                .at(&format!("modules[{at}].controlled_by"))
                                .detail(format!("There is the {}.", relation.name()))
                        })?;
                    }
                }
            }
            for (id, rule) in holding {
                let Some((at, module)) = by_name.get(rule.module.as_str()) else {
                    continue;
                };
                let field = match module.follows {
                    Some(_) => "follows",
                    None => "controlled_by",
                };
                module.must_rule_itself().map_err(|error| {
                    error
                        .at(&format!("modules[{at}].{field}"))
                        .detail(format!("Its rule {id} would be left."))
                        .hint("Drop its rules first, and apply that.")
                })?;
            }
        }

        let mut children: HashSet<(&str, &str)> = HashSet::new();
        let told = section(&wanted.relations).iter();
        for relation in told.chain(self.untold_relations()) {
            let parent = relation.parent.as_str();
            let ruling = module(parent).and_then(|m| m.follows.as_deref());
            children.insert((ruling.unwrap_or(parent), &relation.child));
        }
        for rule in section(&wanted.rules) {
            let at = rule.place;
            module(&rule.module)
                .map_or(Ok(()), ModuleEntry::must_rule_itself)
                .map_err(|error| error.at(&format!("rules[{at}].module")))?;
            for child in rule.children() {
                let path = || format!("rules[{at}].{}", related_path(child));
                if module(child).is_none() {
                    return Err(dangling("module", child).at(&path()));
                }
                if !children.contains(&(rule.module.as_str(), child.as_str())) {
                    return Err(no_child(child, &rule.module).at(&path()).hint(
                        "The relation must be in the section \"relations\", or be declared already (sharing.relate) where the document has no such section.",
                    ));
                }
            }
        }
        Ok(())
    }
}
