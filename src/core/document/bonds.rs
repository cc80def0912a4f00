//! How modules hang together: relations, modules that follow others, modules that others control,
//! and what rules may therefore say.

use crate::core::access::Level;
use crate::core::carrying::{circle, must_carry};
use crate::core::document::checks::{Tree, check_tree, must_be_a_name};
use crate::core::document::sections::{Document, ModuleEntry, RelationEntry, section};
use crate::core::related::{belongs_to_followed, belongs_to_parent};
use crate::core::{Error, GlobalAccess, Result};
use std::collections::{HashMap, HashSet};

impl ModuleEntry {
    /// Its fields go together.
    pub(super) fn check(&self, at: usize) -> Result<()> {
        let refuse = |field: &str, message: &str| {
            Err(Error::bad_value(message).at(&format!("modules[{at}].{field}")))
        };
        match (&self.controlled_by, &self.via) {
            (Some(_), None) if self.broken.is_some() => {}
            (Some(_), None) => {
                return refuse(
                    "via",
                    "a module that another controls needs the column that holds the key of its parent",
                );
            }
            (None, Some(_)) => {
                return refuse(
                    "via",
                    "only a module that another controls has it, with the field controlled_by",
                );
            }
            (_, Some(via)) => must_be_a_name("modules", at, "via", via)?,
            (None, None) => {}
        }
        let global_access = self.global_access != GlobalAccess::default();
        let own = [
            ("owner", self.owner.is_some()),
            ("owner_group", self.owner_group.is_some()),
            ("follows", self.follows.is_some()),
            ("hierarchy", !self.hierarchy),
            ("default_owner", self.default_owner),
            ("grants", !self.grants),
            ("global_access", global_access),
            ("staged", self.staged.is_some()),
        ];
        if self.controlled_by.is_some()
            && let Some((field, _)) = own.into_iter().find(|(_, is_set)| *is_set)
        {
            return refuse(field, "a module that another controls has none of its own");
        }
        match &self.follows {
            Some(followed) if global_access => Err(belongs_to_followed(&self.name, followed)
                .at(&format!("modules[{at}].global_access"))),
            Some(followed) if self.staged.is_some() => {
                Err(belongs_to_followed(&self.name, followed).at(&format!("modules[{at}].staged")))
            }
            _ => Ok(()),
        }
    }
}

impl Document {
    pub(super) fn check_modules(&self) -> Result<()> {
        let modules = section(&self.modules);
        for (at, module) in modules.iter().enumerate() {
            module.check(at)?;
        }
        let tree = |field, would| Tree {
            section: "modules",
            field,
            what: "module",
            would,
        };
        let nodes = modules
            .iter()
            .map(|m| (m.name.as_str(), m.controlled_by.as_deref()));
        check_tree(
            &tree("controlled_by", "would be controlled by"),
            nodes.collect(),
        )?;
        let nodes = modules
            .iter()
            .map(|m| (m.name.as_str(), m.follows.as_deref()));
        check_tree(&tree("follows", "would follow"), nodes.collect())?;

        let by_name: HashMap<&str, &ModuleEntry> =
            modules.iter().map(|m| (m.name.as_str(), m)).collect();
        for (at, module) in modules.iter().enumerate() {
            let followed = module.follows.as_deref().and_then(|name| by_name.get(name));
            if let Some(followed) = followed {
                followed
                    .must_rule_itself()
                    .map_err(|error| error.at(&format!("modules[{at}].follows")))?;
            }
        }
        Ok(())
    }

    pub(super) fn check_relations(&self) -> Result<()> {
        let mut known = HashSet::new();
        for (at, relation) in section(&self.relations).iter().enumerate() {
            let column = relation.when.as_ref().map(|when| &when.column);
            for (field, value) in [
                ("child", Some(&relation.child)),
                ("via", Some(&relation.via)),
                ("parent", Some(&relation.parent)),
                ("when.column", column),
            ] {
                value.map_or(Ok(()), |value| {
                    must_be_a_name("relations", at, field, value)
                })?;
            }
            if !known.insert(relation.what()) {
                return Err(
                    Error::bad_value(format!("the {} stands here twice", relation.name()))
                        .at(&format!("relations[{at}]")),
                );
            }
            let staged = relation.staged_with_parent;
            for (field, level) in [
                ("with_parent", Some(relation.with_parent)),
                ("staged_with_parent", staged),
            ] {
                level
                    .map_or(Ok(()), must_carry)
                    .map_err(|error| error.at(&format!("relations[{at}].{field}")))?;
            }
        }
        self.check_carrying()
    }

    /// Access to parents leads nowhere back to where it comes from.
    fn check_carrying(&self) -> Result<()> {
        let relations = section(&self.relations);
        let carrying = || {
            relations
                .iter()
                .filter(|relation| relation.carries_access())
        };
        for (at, relation) in relations.iter().enumerate() {
            if !relation.carries_access() {
                continue;
            }
            let mut above = HashSet::from([relation.parent.as_str()]);
            let mut open = vec![relation.parent.as_str()];
            while let Some(module) = open.pop() {
                for next in carrying().filter(|next| next.child == module) {
                    if above.insert(&next.parent) {
                        open.push(&next.parent);
                    }
                }
            }
            if above.contains(relation.child.as_str()) {
                return Err(circle(&relation.child, &relation.parent)
                    .at(&format!("relations[{at}].with_parent")));
            }
        }
        Ok(())
    }
}

impl ModuleEntry {
    /// Whether global access and rules of its own hold for it.
    pub(super) fn must_rule_itself(&self) -> Result<()> {
        match (&self.follows, &self.controlled_by) {
            (Some(followed), _) => Err(belongs_to_followed(&self.name, followed)),
            (_, Some(parent)) => Err(belongs_to_parent(&self.name, parent)),
            (None, None) => Ok(()),
        }
    }

    pub(super) fn must_have_owner(&self, what: &str) -> Result<()> {
        match &self.controlled_by {
            None => Ok(()),
            Some(parent) => Err(Error::not_possible(format!(
                "module \"{}\" is controlled by \"{parent}\": it has no {what}",
                self.name
            ))
            .hint(format!(
                "Who may reach a record of \"{parent}\" reaches what belongs to it."
            ))),
        }
    }

    /// The module whose records or rules decide about its own.
    pub(in crate::core) fn bond(&self) -> Option<&str> {
        self.controlled_by.as_deref().or(self.follows.as_deref())
    }
}

impl RelationEntry {
    /// As much of the access to a parent as is going to carry.
    pub fn with_parent_to_be(&self) -> Level {
        self.staged_with_parent.unwrap_or(self.with_parent)
    }

    /// Whether access to a parent carries over it, now or once it is applied.
    pub(super) fn carries_access(&self) -> bool {
        self.with_parent.max(self.with_parent_to_be()) > Level::None
    }

    pub(super) fn what(&self) -> (&str, &str, &str) {
        (&self.child, &self.via, &self.parent)
    }

    pub fn name(&self) -> String {
        let (child, via, parent) = self.what();
        format!("relation of \"{child}\" to \"{parent}\" via {via}")
    }
}
