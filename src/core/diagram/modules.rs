//! Modules, and how their records hang together.

use crate::core::access::Level;
use crate::core::diagram::picture::{Arrow, ArrowKind, Frame, Looks, NamedBox, Picture};
use crate::core::document::{Document, ModuleEntry, RelationEntry, RuleEntry, section};
use std::collections::{HashMap, HashSet};

/// The modules that are drawn, and those whose rules are.
pub struct Concerned<'a> {
    modules: HashSet<&'a str>,
    ruling: HashSet<&'a str>,
}

impl<'a> Concerned<'a> {
    pub fn has(&self, module: &str) -> bool {
        self.modules.contains(module)
    }

    pub fn rules(&self, document: &'a Document) -> impl Iterator<Item = &'a RuleEntry> {
        let rules = section(&document.rules).iter();
        rules.filter(|rule| self.ruling.contains(rule.module.as_str()))
    }
}

/// All, or one with those on which it hangs and which hang on it. Its rules are those that decide about it: its
/// own, those of the module that it follows or that controls it, and those of its parents over relations.
pub fn concerned<'a>(document: &'a Document, module: Option<&'a str>) -> Concerned<'a> {
    let all = section(&document.modules);
    let Some(module) = module else {
        let all: HashSet<&str> = all.iter().map(|module| module.name.as_str()).collect();
        return Concerned {
            modules: all.clone(),
            ruling: all,
        };
    };
    let by_name: HashMap<&str, &ModuleEntry> = all
        .iter()
        .map(|module| (module.name.as_str(), module))
        .collect();
    let bond = |name: &str| by_name.get(name).and_then(|module| module.bond());
    // The module, and those above it at the end of whose chain somebody owns records.
    let mut chain = vec![module];
    while let Some(above) = bond(chain[chain.len() - 1])
        && !chain.contains(&above)
    {
        chain.push(above);
    }
    let mut modules: HashSet<&str> = chain.iter().copied().collect();
    modules.extend(
        all.iter()
            .filter(|one| one.bond() == Some(module))
            .map(|one| one.name.as_str()),
    );
    let mut ruling: HashSet<&str> = chain.iter().copied().collect();
    for relation in section(&document.relations) {
        if chain.contains(&relation.child.as_str()) {
            modules.insert(&relation.parent);
            ruling.insert(bond(&relation.parent).unwrap_or(&relation.parent));
        }
        if relation.parent == module {
            modules.insert(&relation.child);
        }
    }
    Concerned { modules, ruling }
}

pub fn draw(document: &Document, shown: &Concerned, picture: &mut Picture) {
    let modules = section(&document.modules);
    let places: HashMap<&str, usize> = modules
        .iter()
        .enumerate()
        .map(|(at, module)| (module.name.as_str(), at))
        .collect();
    let id = |name: &str| {
        places
            .get(name)
            .filter(|_| shown.has(name))
            .map(|at| format!("m{at}"))
    };
    let arrow = |child: &str, parent: &str, kind, lines| {
        let (from, to) = id(child).zip(id(parent))?;
        Some(Arrow {
            from,
            to,
            kind,
            lines,
        })
    };
    let mut boxes = Vec::new();
    for module in modules {
        boxes.extend(id(&module.name).map(|id| module_box(id, module)));
        let controls = module.controlled_by.as_deref().and_then(|parent| {
            let via = module.via.as_deref().unwrap_or_default();
            let lines = vec![format!("controlled by {via}")];
            arrow(&module.name, parent, ArrowKind::ControlledBy, lines)
        });
        let follows = module.follows.as_deref();
        let follows = follows.and_then(|followed| {
            arrow(
                &module.name,
                followed,
                ArrowKind::Follows,
                vec!["follows".to_owned()],
            )
        });
        picture.arrows.extend(controls.into_iter().chain(follows));
    }
    for relation in section(&document.relations) {
        let kind = match relation.staged
            || relation.shares_staged
            || relation.staged_with_parent.is_some()
        {
            true => ArrowKind::StagedRelation,
            false => ArrowKind::Relation,
        };
        picture.arrows.extend(arrow(
            &relation.child,
            &relation.parent,
            kind,
            via(relation),
        ));
    }
    picture.frames.push(Frame {
        name: "modules",
        title: "Modules",
        boxes,
    });
}

fn module_box(id: String, module: &ModuleEntry) -> NamedBox {
    let mut lines = Vec::new();
    if module.bond().is_none() {
        lines.push(module.global_access.title().to_owned());
    }
    if let Some(staged) = module.staged {
        lines.push(format!("to become {}", staged.title()));
    }
    if !module.hierarchy {
        lines.push("without hierarchy".to_owned());
    }
    if !module.grants {
        lines.push("without grants".to_owned());
    }
    if module.broken.is_some() {
        lines.push("broken".to_owned());
    }
    NamedBox {
        id,
        looks: Looks::Module,
        title: module.name.clone(),
        lines,
    }
}

fn via(relation: &RelationEntry) -> Vec<String> {
    let mut lines = vec![relation.via.clone()];
    if let Some(when) = &relation.when {
        lines.push(format!("when {} = {}", when.column, when.value));
    }
    if !relation.with_shares {
        lines.push("without shares".to_owned());
    }
    let with_parent = relation.with_parent_to_be();
    if with_parent > Level::None {
        lines.push(format!("with parent: {}", with_parent.label()));
    }
    lines
}
