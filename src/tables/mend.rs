//! A module is broken when its policies no longer say by which columns it goes, because one that they name
//! was dropped with CASCADE. Nobody sees its records until it is mended, and what is declared of it stays.

use crate::catalog::read::configuration::Owners;
use crate::catalog::read::export::present;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::Change;
use crate::catalog::write::known_keys::parents_by_relation;
use crate::catalog::write::modules::{MovedModule, module_of};
use crate::catalog::write::newcomers::protected_among;
use crate::catalog::write::relations::relations_of;
use crate::catalog::write::tables::{ApplicationTable, oids};
use crate::core::document::{ModuleEntry, section};
use crate::core::{Error, GlobalAccess, Result};
use crate::pg::notices::note;
use crate::tables::known_keys::{KeyBefore, told_of_lost_shares};
use crate::tables::module_columns::{column_names, relation_columns};
use crate::tables::protection::Protection;
use crate::tables::remarks::{NewlyProtected, comment, remarks_on_protection};

/// Protects the table of a broken module by the columns that are given. Its name, rules, profiles and
/// settings stay, and its shares while its key does; its relations go, since nothing tells their columns.
/// Returns the statements. Refuses a module that is not broken.
pub fn mend(
    given: &Protection,
    change: &Change,
    table: &ApplicationTable,
    (id, name): (i32, &str),
    dry_run: bool,
) -> Result<Vec<String>> {
    let before = broken(name)?.ok_or_else(|| {
        Error::exists(format!("table {} is protected already", table.name))
            .detail(format!("It is the module \"{name}\"."))
            .hint("To protect it otherwise, call sharing.unprotect() first.")
    })?;
    must_leave_settings(given, &before)?;
    let anew = Protection {
        follows: before.follows.as_deref(),
        module: Some(name),
        hierarchy: before.hierarchy,
        grants: before.grants,
        default_owner: given.default_owner || before.default_owner,
        global_access: before.global_access,
        ..*given
    };
    // What a module follows, and its global access, is nothing that its table says.
    let prepared = Protection {
        follows: None,
        global_access: GlobalAccess::default(),
        ..anew
    }
    .prepare()?;
    let key = KeyBefore::of(id, table.oid)?;
    key.must_lead_children(name, &prepared)?;
    if prepared.owners == Owners::UserOrGroup {
        change.keys_must_differ_for(name)?;
    }
    let mut remarks = remarks_on_protection(&NewlyProtected {
        protection: &anew,
        family: &prepared.family,
        columns: &prepared.columns,
    })?;
    let parents = parents_by_relation(id)?;
    remarks.extend(parents.iter().map(|parent| {
        comment(&format!(
            "the relation to module \"{parent}\" goes: sharing.relate() declares it again"
        ))
    }));
    let lost = key.lost_shares(&prepared)?;
    if lost > 0 {
        remarks.push(comment(&told_of_lost_shares(name, lost)));
    }
    if !dry_run {
        change.forget_dead_relations(name, &[])?;
        change.forget_levels_of_strangers()?;
        change.move_modules(&[MovedModule {
            module: &ModuleEntry {
                default_owner: anew.default_owner,
                ..before.clone()
            },
            relation: table.oid,
            owners: prepared.owners,
        }])?;
        change.tie_module(name, prepared.by_foreign_key)?;
        let known = protected_among(oids(&prepared.family))?;
        let mut new = prepared.family.clone();
        new.retain(|member| !known.contains(&member.oid));
        change.register_family(id, &new)?;
        key.forget_lost_shares(change, &prepared)?;
        prepared.run()?;
    }
    let statements = prepared.statements.into_iter();
    Ok(statements.map(|ddl| ddl.statement).chain(remarks).collect())
}

/// A module as the document tells it, if it is broken.
fn broken(name: &str) -> Result<Option<ModuleEntry>> {
    let present = present(&Snapshot::latest(), column_names, relation_columns)?;
    let modules = section(&present.document.modules).iter();
    let mut broken = modules.filter(|module| module.broken.is_some());
    Ok(broken.find(|module| module.name == name).cloned())
}

/// Mending gives a module columns, and a default owner where one is asked for: what an argument leaves out stays, and
/// one that says otherwise is refused.
fn must_leave_settings(given: &Protection, before: &ModuleEntry) -> Result<()> {
    let name = &before.name;
    let parent = given.controlled_by.map(|parent| module_of(parent.table));
    let parent = parent.transpose()?.flatten().map(|(_, parent)| parent);
    let is_detail = given.controlled_by.is_some() || given.via.is_some();
    let settings = [
        ("name", given.module.is_some_and(|module| module != name)),
        (
            "follows",
            given.follows.is_some() && given.follows != before.follows.as_deref(),
        ),
        ("hierarchy", !given.hierarchy && before.hierarchy),
        ("grants", !given.grants && before.grants),
        (
            "global_access",
            given.global_access != GlobalAccess::default()
                && given.global_access != before.global_access,
        ),
        (
            "controlled_by",
            is_detail && parent != before.controlled_by
                || !is_detail && before.controlled_by.is_some(),
        ),
    ];
    let Some((argument, _)) = settings.into_iter().find(|(_, differs)| *differs) else {
        return Ok(());
    };
    let is = match &before.controlled_by {
        Some(parent) => format!(" It is controlled by module \"{parent}\"."),
        None => String::new(),
    };
    Err(Error::bad_value(format!(
        "module \"{name}\" is broken, and has another {argument} than is given"
    ))
    .detail(format!(
        "Its policies do not say any more by which columns it goes. Protecting it again names these, and all else of it stays.{is}"
    ))
    .hint("To protect it otherwise, call sharing.unprotect() first."))
}

/// Forgets the relations of a broken child to a parent: they carry nothing, and nothing tells through which
/// column each goes. Returns whether there was one.
pub fn forget_untold_relations(
    change: &Change,
    (child, name): (i32, &str),
    parent: (i32, &str),
) -> Result<bool> {
    let relations = relations_of(child)?.into_iter();
    let ids: Vec<i32> = relations
        .filter(|&(_, to)| to == parent.0)
        .map(|(id, _)| id)
        .collect();
    if ids.is_empty() {
        return Ok(false);
    }
    for id in ids {
        change.forget_relation(id)?;
    }
    note(
        format!(
            "module \"{name}\" is broken, and nothing tells through which columns it is related: none of its relations to \"{}\" is left",
            parent.1
        ),
        "sharing.protect() with its columns mends it.",
    );
    Ok(true)
}
