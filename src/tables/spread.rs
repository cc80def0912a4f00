//! Tables that Citus distributes (operations: Citus): what of them can be protected, and what of protected tables
//! Citus may carry elsewhere.
//!
//! Shards get the policies and triggers of their table, and every server decides by its own copy of the
//! configuration. The table itself has no rows at the coordinator, so whatever looks records up one by one is
//! refused, and so is what a copy of the policies would open.

use crate::catalog::read::citus;
use crate::catalog::read::citus::Node;
use crate::catalog::write::copied_policies::{MadePolicy, policies_of_made};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::ours::other_policies;
use crate::catalog::write::tables::{ApplicationTable, oids};
use crate::core::{Error, Result};
use crate::session::settings::is_restore;
use crate::tables::conversions::{refused, sources_must_not_be_shards};

/// Refuses a family that Citus distributes and that cannot be protected.
pub fn check_family(family: &[ApplicationTable]) -> Result<()> {
    let spread = match citus::is_here() {
        true => citus::spread_among(&oids(family)),
        false => return Ok(()),
    };
    let others = other_policies(&spread)?;
    for member in family.iter().filter(|member| spread.contains(&member.oid)) {
        let refused = |why: &str| {
            Error::unsupported(format!(
                "table {} is distributed by Citus, and cannot be protected{why}",
                member.name
            ))
        };
        if citus::this_node() != Some(Node::Coordinator) {
            return Err(refused(" here").hint("Protect it at the coordinator."));
        }
        if family.len() > 1 || member.kind != 'r' {
            return Err(refused(" with its partitions and children")
                .hint("undistribute_table() makes it a table of one server again."));
        }
        if let Some(policy) = others.of(member.oid).first() {
            return Err(refused(&format!(" beside the policy \"{}\"", policy.name))
                .detail("Citus makes policies of shards without the word RESTRICTIVE: together with another, ours would not cut.")
                .hint("Drop the other policies first."));
        }
    }
    Ok(())
}

/// Refuses to tie tables of which Citus distributes one: a parent's records are in shards.
pub fn must_not_be_tied(tables: &[&ApplicationTable]) -> Result<()> {
    match tables.iter().find(|table| citus::is_spread(table.oid)) {
        None => Ok(()),
        Some(table) => Err(Error::unsupported(format!(
            "table {} is distributed by Citus, and cannot be controlled by or related to another, nor another to it",
            table.name
        ))
        .hint("Protect it by owners of its own: sharing.protect(relation, owner).")),
    }
}

/// After policies were made or altered in a database with Citus: refused where a table would be open by them, or
/// a protected one is being replaced by another of which nobody knows that it is protected.
pub fn policies_made(command: &str) -> Result<()> {
    if is_restore() {
        return Ok(());
    }
    if !citus::is_worker() {
        sources_must_not_be_shards()?;
    }
    let found = {
        let _elevated = Elevated::enter()?;
        policies_of_made()?
    };
    for (policy, _) in found.iter().filter(|(policy, _)| !policy.is_ours) {
        let here = |(other, _): &&(MadePolicy, bool)| other.table == policy.table;
        let is_copy = found
            .iter()
            .filter(here)
            .any(|(other, _)| other.has_lost_its_word() && !other.is_protected);
        if is_copy || policy.is_protected && citus::is_spread(policy.table) {
            return Err(beside_ours(policy));
        }
    }
    if citus::is_worker() || command != "CREATE POLICY" {
        return Ok(());
    }
    let is_replaced = |policy: &MadePolicy| {
        policy.is_ours && !policy.is_protected && !citus::is_shard(policy.table)
    };
    match found
        .iter()
        .find(|(policy, made)| *made && is_replaced(policy))
    {
        None => Ok(()),
        Some((policy, _)) => Err(refused(
            format!(
                "a protected table cannot be converted by Citus, and {} would take its place",
                policy.table_name
            ),
            &policy.table_name,
            "EXECUTE 'the statement that converts it'",
            policy.table,
        )),
    }
}

fn beside_ours(policy: &MadePolicy) -> Error {
    Error::unsupported(format!(
        "policy \"{}\" cannot stand on {} beside those of pg_sharing",
        policy.name, policy.table_name
    ))
    .detail("Citus makes policies of shards without the word RESTRICTIVE: together with another, ours would not cut.")
    .hint("Drop the other policy, or call sharing.unprotect() before Citus distributes the table.")
}
