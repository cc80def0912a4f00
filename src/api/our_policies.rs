//! What becomes of our policies by other hands: DDL that alters, replaces or drops one of them on a
//! protected table puts it back, and says so. `unprotect` takes them off.

use crate::api::ddl::module_predicates_of;
use crate::api::raise::warn;
use crate::catalog::elevation::Elevated;
use crate::catalog::sql::execute;
use crate::catalog::store::modules::family;
use crate::catalog::store::ours::{ChangedPolicy, altered_policies, dropped_policies};
use crate::core::{Error, Result};
use crate::policy::columns::SOURCES;
use crate::session::author::{Authorship, is_under_way};
use crate::session::settings::is_restore;
use std::ffi::CStr;

/// After CREATE POLICY and ALTER POLICY.
pub fn altered(command: &str) -> Result<()> {
    put_back(command, altered_policies)
}

/// After DROP POLICY.
pub fn dropped(command: &str) -> Result<()> {
    put_back(command, dropped_policies)
}

/// A restore drops policies that it is going to make, and makes them one by one.
fn put_back(command: &str, changed: fn() -> Result<Vec<ChangedPolicy>>) -> Result<()> {
    if is_under_way() || is_restore() {
        return Ok(());
    }
    let found = {
        let _elevated = Elevated::enter()?;
        changed()?
    };
    if found.is_empty() {
        return Ok(());
    }
    let _authorship = Authorship::begin(command)?;
    let _elevated = Elevated::enter()?;
    for policy in found {
        put_back_one(&policy)?;
    }
    Ok(())
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
            for statement in predicates.statements_to_put_back(&relation, name) {
                execute(&statement, &[])?;
            }
            warn(
                format!(
                    "policy \"{name}\" of {} belongs to pg_sharing and was put back",
                    relation.name
                ),
                "sharing.unprotect() takes the policies off.",
            );
        }
        // Nothing says what it should be. Dropping leaves the table as closed as it is; a policy of
        // somebody else's under our name could open it.
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
