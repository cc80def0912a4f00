//! What becomes of our policies by other hands: DDL that alters, replaces or drops one of them on a
//! protected table puts it back, and says so. `unprotect` takes them off.

use crate::catalog::write::ddl::{Ddl, run_all};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::ours::{
    ChangedPolicy, altered_policies, dropped_policies, lost_policies, statements_to_rename_back,
};
use crate::catalog::write::tables::family;
use crate::core::{Error, Result};
use crate::pg::notices::warn;
use crate::policy::text::columns::SOURCES;
use crate::policy::text::protection::statement_to_close;
use crate::session::author::{Authorship, is_under_way};
use crate::session::settings::is_restore;
use crate::tables::module_policies::module_predicates_of;
use std::ffi::CStr;

/// After CREATE POLICY and ALTER POLICY. A restore makes policies one by one, and alters none.
pub fn altered(command: &str) -> Result<()> {
    if is_under_way() || command == "CREATE POLICY" && is_restore() {
        return Ok(());
    }
    let (found, renames) = {
        let _elevated = Elevated::enter()?;
        (altered_policies()?, statements_to_rename_back()?)
    };
    put_back(command, &found)?;
    if !renames.is_empty() {
        let _authorship = Authorship::begin(command)?;
        let _elevated = Elevated::enter()?;
        for statement in renames {
            statement.run()?;
            warn(
                "the names of policies of pg_sharing stay on protected tables".to_owned(),
                TO_TAKE_OFF,
            );
        }
    }
    Ok(())
}

/// After DROP POLICY. A restore drops policies that it is going to make.
pub fn dropped(command: &str) -> Result<()> {
    if is_under_way() || is_restore() {
        return Ok(());
    }
    let found = {
        let _elevated = Elevated::enter()?;
        dropped_policies()?
    };
    put_back(command, &found)?;
    close_what_lost_policies(command)
}

/// After any DROP: where policies of ours went, and nothing tells them any more, the table is closed to the
/// commands that they decided about, whatever other policies it has.
pub fn close_what_lost_policies(command: &str) -> Result<()> {
    if is_under_way() {
        return Ok(());
    }
    let lost = {
        let _elevated = Elevated::enter()?;
        lost_policies()?
    };
    let statements: Vec<Ddl> = lost.iter().filter_map(statement_to_close).collect();
    if statements.is_empty() {
        return Ok(());
    }
    let _authorship = Authorship::begin(command)?;
    let _elevated = Elevated::enter()?;
    run_all(&statements)
}

const TO_TAKE_OFF: &str = "sharing.unprotect() takes the policies off.";

fn put_back(command: &str, found: &[ChangedPolicy]) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let _authorship = Authorship::begin(command)?;
    let _elevated = Elevated::enter()?;
    found.iter().try_for_each(put_back_one)
}

fn put_back_one(policy: &ChangedPolicy) -> Result<()> {
    let Some(relation) = family(policy.relation)?.into_iter().next() else {
        return Ok(());
    };
    // What the policies say is read from those of the module's table: not from the one that was changed.
    let is_source = |source: &CStr| {
        policy.relation != policy.module_relation || policy.name.as_bytes() != source.to_bytes()
    };
    let predicates = SOURCES
        .iter()
        .filter(|(source, _)| is_source(source))
        .find_map(|&(source, action)| {
            module_predicates_of(policy.module_relation, source, action).ok()
        });
    let name = &policy.name;
    match predicates {
        Some(predicates) => {
            run_all(&predicates.statements_to_put_back(&relation, name))?;
            warn(
                format!(
                    "policy \"{name}\" of {} belongs to pg_sharing and was put back",
                    relation.name
                ),
                TO_TAKE_OFF,
            );
        }
        // Nothing says what it should be. What is dropped is replaced by one that closes the
        // table; a policy of somebody else's under our name could open it.
        None if relation.policies.contains(name) => {
            return Err(Error::not_possible(format!(
                "policy \"{name}\" of {} belongs to pg_sharing",
                relation.name
            ))
            .hint("Unprotect the table, and protect it again by another column."));
        }
        None => {}
    }
    Ok(())
}
