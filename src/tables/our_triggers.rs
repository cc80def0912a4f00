//! What becomes of our triggers on protected tables by other hands: DDL that replaces, renames or drops one
//! puts it back, and says so. `unprotect` takes them off. Those that are disabled stay so until ALTER TABLE
//! enables them again (`tables::own_tables`).

use crate::catalog::write::ddl::run_all;
use crate::catalog::write::dropped_tables::DETACHED;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::ours::{
    ChangedTrigger, altered_triggers, dropped_triggers, triggers_on,
};
use crate::catalog::write::tables::{ApplicationTable, family};
use crate::core::Result;
use crate::pg::notices::warn;
use crate::policy::rows::share_guard::forget_vanished_in;
use crate::policy::text::protection::{Predicates, statements_to_drop};
use crate::policy::text::triggers::OurTrigger;
use crate::session::author::{Authorship, is_under_way};
use crate::session::settings::is_restore;
use crate::tables::module_policies::module_predicates;
use pgrx::pg_sys;

const RENAME: &str = "ALTER TRIGGER";

/// After CREATE TRIGGER and ALTER TRIGGER … RENAME. A restore makes triggers one by one, and renames none.
pub fn altered(command: &str) -> Result<()> {
    if is_under_way() || command == "CREATE TRIGGER" && is_restore() {
        return Ok(());
    }
    let mut found = {
        let _elevated = Elevated::enter()?;
        altered_triggers()?
    };
    // Whoever makes another trigger that calls our functions keeps it.
    found.retain(|trigger| trigger.has_our_name || command == RENAME);
    put_back(command, &found)
}

/// After DROP. A restore drops triggers that it is going to make.
pub fn dropped(command: &str) -> Result<()> {
    if is_under_way() || is_restore() {
        return Ok(());
    }
    let found = {
        let _elevated = Elevated::enter()?;
        dropped_triggers()?
    };
    put_back(command, &found)
}

fn put_back(command: &str, found: &[ChangedTrigger]) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let _authorship = Authorship::begin(command)?;
    for trigger in found {
        if put_back_one(trigger, command == RENAME)? {
            // They may have gone while it was off, before it was dropped or replaced.
            forget_vanished_in(trigger.relation, trigger.module_relation)?;
        }
    }
    Ok(())
}

/// The triggers that belong on a relation. None where no policy says any more what its module is.
fn triggers_of(
    relation: &ApplicationTable,
    module_relation: pg_sys::Oid,
) -> Result<Vec<OurTrigger>> {
    let Ok(predicates) = module_predicates(module_relation) else {
        return Ok(Vec::new());
    };
    let is_part = family(module_relation)?
        .iter()
        .any(|member| member.oid == relation.oid);
    Ok(triggers_that_belong(relation, &predicates, is_part))
}

/// The triggers that a relation has of its own by what its module says; `is_part` where it is the module's
/// table or inherits from it.
pub fn triggers_that_belong(
    relation: &ApplicationTable,
    predicates: &Predicates,
    is_part: bool,
) -> Vec<OurTrigger> {
    let mut triggers = match is_part {
        true => predicates.triggers(relation),
        // A partition that left, or an inheritance child, which keeps the triggers that it had.
        false => predicates.owner_triggers(relation, DETACHED),
    };
    if !is_part && !relation.is_partition {
        triggers.extend(predicates.owner_triggers(relation, ""));
    }
    triggers
}

/// Returns whether it is one by which shares go with their records.
fn put_back_one(trigger: &ChangedTrigger, is_renamed: bool) -> Result<bool> {
    let _elevated = Elevated::enter()?;
    let ChangedTrigger {
        name,
        relation,
        module_relation,
        ..
    } = trigger;
    let Some(relation) = family(*relation)?.into_iter().next() else {
        return Ok(false);
    };
    let present = triggers_on(&[relation.oid])?;
    let present = present.of(relation.oid);
    let mut belong = triggers_of(&relation, *module_relation)?;
    // What was renamed was one of those that are missing now.
    belong.retain(|one| one.name == *name || is_renamed && !present.contains(&one.name));
    if belong.is_empty() {
        return Ok(false);
    }
    if present.contains(name) {
        let changed = ("TRIGGER".to_owned(), name.clone());
        run_all(&statements_to_drop(&relation, &[changed]))?;
    }
    let mut are_of_shares = false;
    for one in belong {
        are_of_shares |= one.fires_always;
        let name = one.name.clone();
        run_all(&one.ddl())?;
        warn(
            format!(
                "trigger \"{name}\" of {} belongs to pg_sharing and was put back",
                relation.name
            ),
            "sharing.unprotect() takes the triggers off.",
        );
    }
    Ok(are_of_shares)
}
