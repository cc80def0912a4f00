//! The modules and relations of a document (semantics: Configuration as one document): what is protected, moved, related and let go.
//!
//! All policies of modules that move are taken off first, so that every table is as it was before. Then the
//! modules are stored, parents before what they control and all before any is protected, since modules may
//! exchange their tables; then they are protected; and last come the arms of relations, always all those of
//! a child.

use crate::catalog::write::change::{Change, MODULE};
use crate::catalog::write::modules::{MovedModule, NewModule};
use crate::catalog::write::tables::{ApplicationTable, family, relation_named};
use crate::core::document::{
    ModuleEntry, Plan, RelationToBe, parents_first, parse_table_name, section,
};
use crate::core::{Error, GlobalAccess, Result};
use crate::pg::notices::note;
use crate::policy::text::protection::{Decides, RelationArm};
use crate::tables::known_keys::{KeyBefore, told_of_lost_shares};
use crate::tables::module_policies::{alter_policies, module_predicates};
use crate::tables::protection::{Controlling, Prepared, Protection};
use crate::tables::relate::relation_arm;
use crate::tables::ties::{InField, ParentModule};
use crate::tables::unprotect::{take_off_policies, take_off_policies_of};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What a plan does to tables.
pub struct Structure<'a> {
    plan: &'a Plan<'a>,
    /// As they are, and as they will be; of the latter, `by_name` has the places.
    present: &'a [ModuleEntry],
    modules: &'a [ModuleEntry],
    by_name: HashMap<&'a str, usize>,
    /// Those that stay and get other policies: their places before and after.
    moved: Vec<(usize, usize)>,
    /// The places of those that get policies, parents first.
    placed: Vec<usize>,
    relations: Vec<RelationToBe<'a>>,
    /// Children that stay and whose relations, or their conditions, become others.
    related_anew: HashSet<&'a str>,
}

/// Whether a module needs other policies or triggers than it has, or its column another look.
fn is_moved(before: &ModuleEntry, after: &ModuleEntry) -> bool {
    let policies = |module: &ModuleEntry| {
        let ModuleEntry {
            table,
            owner,
            owner_group,
            controlled_by,
            via,
            default_owner,
            ..
        } = module.clone();
        (table, owner, owner_group, controlled_by, via, default_owner)
    };
    policies(before) != policies(after) || before.broken.is_some()
}

impl<'a> Structure<'a> {
    pub fn new(plan: &'a Plan<'a>) -> Structure<'a> {
        let present = section(&plan.present.document.modules);
        let modules = plan.modules_to_be();
        let altered = plan.modules.alter.iter().copied();
        let moved: Vec<(usize, usize)> = altered
            .filter(|&(before, at)| is_moved(&present[before], &modules[at]))
            .collect();
        let places = moved.iter().map(|&(_, at)| at);
        let placed = parents_first(modules, places.chain(plan.modules.create.iter().copied()));
        let by_name: HashMap<&str, usize> = modules
            .iter()
            .enumerate()
            .map(|(at, module)| (module.name.as_str(), at))
            .collect();
        let relations = plan.relations_to_be();

        let (before, after) = (
            section(&plan.present.document.relations),
            section(&plan.wanted.relations),
        );
        let dropped = plan.relations.drop.iter().map(|&at| &before[at]);
        let created = plan.relations.create.iter().map(|&at| &after[at]);
        let altered = plan.relations.alter.iter();
        let altered = altered.filter(|&&(old, at)| before[old].when != after[at].when);
        let altered = altered.map(|&(_, at)| &after[at]);
        let changed = dropped.chain(created).chain(altered);
        let mut related_anew: HashSet<&str> =
            changed.map(|relation| relation.child.as_str()).collect();
        for &at in &placed {
            let name = modules[at].name.as_str();
            if relations.iter().any(|to_be| to_be.relation.child == name) {
                related_anew.insert(name);
            }
        }
        related_anew.retain(|name| {
            let module = by_name.get(name).map(|&at| &modules[at]);
            module.is_some_and(|module| module.controlled_by.is_none())
        });
        Structure {
            plan,
            present,
            modules,
            by_name,
            moved,
            placed,
            relations,
            related_anew,
        }
    }

    fn is_empty(&self) -> bool {
        self.plan.modules.is_empty() && self.plan.relations.is_empty()
    }

    /// The tables whose policies are to change.
    pub fn tables(&self) -> BTreeSet<String> {
        let dropped = self.plan.modules.drop.iter().copied();
        let before = dropped.chain(self.moved.iter().map(|&(before, _)| before));
        let related = self.related_anew.iter().map(|name| self.by_name[name]);
        let after = self.placed.iter().copied().chain(related);
        before
            .map(|at| &self.present[at])
            .chain(after.map(|at| &self.modules[at]))
            .map(|module| module.table.clone())
            .collect()
    }

    /// Refuses what cannot be protected or related.
    pub fn check(&self) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let placed: HashSet<usize> = self.placed.iter().copied().collect();
        for (at, module) in self.modules.iter().enumerate() {
            if let (Some(parent), Some(via)) = (&module.controlled_by, &module.via) {
                let parent = self.place(parent)?;
                if placed.contains(&at) || placed.contains(&parent) {
                    let within =
                        |field| move |error: Error| error.at(&format!("modules[{at}].{field}"));
                    let child = relation_of(&module.table)?;
                    self.parent(parent)
                        .map_err(within("controlled_by"))?
                        .tied(&child, via, false)
                        .map_err(|InField { field, error }| match field {
                            "parent" => within("controlled_by")(error),
                            field => within(field)(error),
                        })?;
                }
            }
        }
        for &at in &self.placed {
            self.prepare(at)?;
        }
        for to_be in &self.relations {
            let (child, parent) = (
                self.place(&to_be.relation.child)?,
                self.place(&to_be.relation.parent)?,
            );
            let child_changes = self.related_anew.contains(to_be.relation.child.as_str());
            if child_changes || placed.contains(&parent) {
                let moved = match placed.contains(&child) {
                    true => child,
                    false => parent,
                };
                self.arm(to_be)
                    .map_err(|InField { field, error }| match to_be.at {
                        Some(at) => error.at(&format!("relations[{at}].{field}")),
                        None => error
                            .at(&format!("modules[{moved}].table"))
                            .detail(format!("There is the {}.", to_be.relation.name())),
                    })?;
            }
        }
        for &(before, at) in &self.moved {
            self.key_before(before)?
                .must_lead_children(&self.modules[at].name, &self.prepare(at)?)
                .map_err(|error| error.at(&format!("modules[{at}].table")))?;
        }
        Ok(())
    }

    /// Makes modules and relations what they will be. Rules, shares and levels are left to
    /// `Change::import`.
    pub fn carry_out(&self, change: &Change) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let plan = self.plan;
        let numbers = |places: &[usize]| -> Vec<i32> {
            let numbers = places.iter().map(|&at| plan.present.relations.get(at));
            numbers.flatten().copied().collect()
        };
        change.delete_relations(numbers(&plan.relations.drop))?;
        for &(before, _) in &self.moved {
            // Of those that are not told, no policy says the column any more.
            let told = &plan.present.relations;
            change.forget_dead_relations(&self.present[before].name, told)?;
        }
        self.import_modules(change)?;
        self.import_relations(change)
    }

    fn import_modules(&self, change: &Change) -> Result<()> {
        let plan = self.plan;
        let mut keys_before = HashMap::new();
        for &(before, at) in &self.moved {
            keys_before.insert(at, self.key_before(before)?);
        }
        let dropped = self.take_off(change)?;
        let mut prepared = Vec::new();
        for &at in &self.placed {
            prepared.push((&self.modules[at], self.prepare(at)?));
        }
        self.register(change, &prepared)?;
        let altered = plan.modules.alter.iter().map(|&(_, at)| at);
        let changed = altered.chain(plan.modules.create.iter().copied());
        let changed: Vec<_> = changed.map(|at| &self.modules[at]).collect();
        change.set_up_modules(&changed, plan.apply)?;
        for id in dropped {
            change.forget_module(id)?;
        }
        for (at, key) in keys_before {
            let placed = self.placed.iter().zip(&prepared);
            for (_, (module, prepared)) in placed.filter(|&(&place, _)| place == at) {
                let lost = key.forget_lost_shares(change, prepared)?;
                if lost > 0 {
                    note(
                        told_of_lost_shares(&module.name, lost),
                        "A document that names them in its section \"shares\" makes them anew.",
                    );
                }
            }
        }
        for (module, prepared) in &prepared {
            change.tie_module(&module.name, prepared.by_foreign_key)?;
            change.register_family(MODULE.id(&module.name)?, &prepared.family)?;
            prepared.run()?;
        }
        Ok(())
    }

    /// Makes tables what they were before all policies, until the first is protected anew. Returns the
    /// numbers of the modules that go, children first.
    fn take_off(&self, change: &Change) -> Result<Vec<i32>> {
        let ids = MODULE.ids()?;
        let id_of = |name: &str| ids.get(name).copied().ok_or_else(|| MODULE.unknown(name));
        for &(before, at) in &self.moved {
            // A partition that was detached stays closed.
            let (before, after) = (&self.present[before], &self.modules[at]);
            let mut relations = Vec::new();
            for table in [&before.table, &after.table] {
                let family = family(relation_of(table)?.oid)?;
                relations.extend(family.into_iter().map(|member| member.oid));
            }
            let id = id_of(&before.name)?;
            take_off_policies_of(change, id, |relation| relations.contains(&relation))?;
            change.forget_family(id, &relations)?;
        }
        let dropped = self.plan.modules.drop.iter().copied();
        let mut dropped = parents_first(self.present, dropped)
            .into_iter()
            .map(|at| id_of(&self.present[at].name))
            .collect::<Result<Vec<_>>>()?;
        dropped.reverse();
        for &id in &dropped {
            take_off_policies(change, id)?;
        }
        Ok(dropped)
    }

    /// Stores the modules that get policies, new ones and such that stay.
    fn register(&self, change: &Change, prepared: &[(&ModuleEntry, Prepared)]) -> Result<()> {
        // Modules may exchange their tables, or one goes and leaves its table to another.
        let new_tables = prepared.iter().map(|(_, prepared)| prepared.family[0].oid);
        change.make_room_for_tables(
            &prepared
                .iter()
                .map(|(module, _)| module.name.as_str())
                .collect::<Vec<_>>(),
            &new_tables.collect::<Vec<_>>(),
        )?;
        let created: HashSet<usize> = self.plan.modules.create.iter().copied().collect();
        let mut moved = Vec::new();
        for (&at, (module, prepared)) in self.placed.iter().zip(prepared) {
            let relation = prepared.family[0].oid;
            if created.contains(&at) {
                let id_of = |name: &Option<String>| match name {
                    Some(name) => MODULE.id(name).map(Some),
                    None => Ok(None),
                };
                let new = NewModule {
                    name: &module.name,
                    owners: prepared.owners,
                    hierarchy: module.hierarchy,
                    default_owner: module.default_owner,
                    grants: module.grants,
                    controlled_by: id_of(&module.controlled_by)?,
                    follows: id_of(&module.follows)?,
                    // What the document says of it is staged, like everything that widens.
                    global_access: GlobalAccess::Private,
                };
                change.register_module(&new, relation)?;
            } else {
                moved.push(MovedModule {
                    module,
                    relation,
                    owners: prepared.owners,
                });
            }
        }
        change.move_modules(&moved)
    }

    fn import_relations(&self, change: &Change) -> Result<()> {
        let before = section(&self.plan.present.document.relations);
        let altered: HashMap<usize, usize> = self
            .plan
            .relations
            .alter
            .iter()
            .map(|&(old, at)| (at, old))
            .collect();
        let mut arms: HashMap<&str, Vec<RelationArm>> = self
            .related_anew
            .iter()
            .map(|&name| (name, Vec::new()))
            .collect();
        for to_be in &self.relations {
            let relation = to_be.relation;
            let id = match to_be.number {
                Some(id) => id,
                None => change.add_relation(
                    MODULE.id(&relation.child)?,
                    MODULE.id(&relation.parent)?,
                    relation.with_shares,
                    relation.with_parent_to_be(),
                )?,
            };
            if let Some(old) = to_be.at.and_then(|at| altered.get(&at)) {
                let has_other_condition = before[*old].when != relation.when;
                let between = (id, MODULE.id(&relation.parent)?);
                let (with_shares, with_parent) =
                    (relation.with_shares, relation.with_parent_to_be());
                change.alter_relation(between, with_shares, with_parent, has_other_condition)?;
            }
            if to_be.at.is_some() && self.plan.apply {
                let with_parent = (relation.with_parent, relation.with_parent_to_be());
                change.settle_relation(
                    id,
                    !relation.staged,
                    !relation.shares_staged,
                    with_parent,
                )?;
            }
            if let Some(arms) = arms.get_mut(relation.child.as_str()) {
                let (arm, by_foreign_key) =
                    self.arm(to_be).map_err(|InField { error, .. }| error)?;
                change.tie_relation(id, by_foreign_key)?;
                arms.push(RelationArm { id, ..arm });
            }
        }
        for (name, mut relations) in arms {
            let table = relation_of(&self.modules[self.place(name)?].table)?;
            let mut predicates = module_predicates(table.oid)?;
            relations.sort_by_key(|arm| arm.id);
            if let Decides::Owner(arms) = &mut predicates.decides {
                arms.relations = relations;
            }
            for member in family(table.oid)? {
                alter_policies(&predicates, &member)?;
            }
        }
        Ok(())
    }

    /// By which column the records of a module that moves are known, while it has its policies.
    fn key_before(&self, before: usize) -> Result<KeyBefore> {
        let before = &self.present[before];
        KeyBefore::of(MODULE.id(&before.name)?, relation_of(&before.table)?.oid)
    }

    fn place(&self, name: &str) -> Result<usize> {
        let place = self.by_name.get(name).copied();
        place.ok_or_else(|| MODULE.unknown(name))
    }

    fn parent(&self, at: usize) -> Result<ParentModule> {
        let module = &self.modules[at];
        let anew = self.placed.contains(&at);
        ParentModule::of(&relation_of(&module.table)?, &module.name, anew)
    }

    fn arm(&self, to_be: &RelationToBe) -> Result<(RelationArm, bool), InField> {
        let relation = to_be.relation;
        let child = self.place(&relation.child);
        let child = child.and_then(|at| relation_of(&self.modules[at].table));
        let parent = self.place(&relation.parent).and_then(|at| self.parent(at));
        let within = |field| move |error| InField { field, error };
        let when = relation.when.as_ref();
        relation_arm(
            &child.map_err(within("child"))?,
            &relation.via,
            &parent.map_err(within("parent"))?,
            when.map(|when| (when.column.as_str(), when.value.as_str())),
        )
    }

    /// How a module of the document is protected.
    fn prepare(&self, at: usize) -> Result<Prepared> {
        let module = &self.modules[at];
        let controlled_by = match &module.controlled_by {
            None => None,
            Some(parent) => {
                let place = self.place(parent)?;
                Some(Controlling {
                    table: relation_of(&self.modules[place].table)?.oid,
                    module: Some(parent),
                    anew: self.placed.contains(&place),
                })
            }
        };
        relation_of(&module.table)
            .and_then(|table| {
                Protection {
                    relation: table.oid,
                    owner: module.owner.as_deref(),
                    owner_group: module.owner_group.as_deref(),
                    controlled_by,
                    via: module.via.as_deref(),
                    follows: module.follows.as_deref(),
                    module: Some(&module.name),
                    hierarchy: module.hierarchy,
                    default_owner: module.default_owner,
                    grants: module.grants,
                    global_access: GlobalAccess::Private,
                }
                .prepare()
            })
            .map_err(|error| error.at(&format!("modules[{at}]")))
    }
}

fn relation_of(table: &str) -> Result<ApplicationTable> {
    parse_table_name(table)
        .map(|(schema, name)| relation_named(&schema, &name))
        .transpose()?
        .flatten()
        .ok_or_else(|| Error::unknown(format!("no table {table}")))
}
