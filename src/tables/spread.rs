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
use crate::pg::names::column_in;
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

/// Refuses to tie tables of which Citus distributes one, unless every shard of the child has its parents at the same
/// server: each server looks them up by itself. `via` is the child's column, and `key` the parent's.
pub fn must_be_near(
    child: &ApplicationTable,
    via: &str,
    parent: &ApplicationTable,
    key: i16,
) -> Result<()> {
    let Some(spread) = [child, parent]
        .into_iter()
        .find(|table| citus::is_spread(table.oid))
    else {
        return Ok(());
    };
    let column = column_in(child.oid, via);
    if column.is_some_and(|via| citus::parents_are_near(child.oid, via, parent.oid, key)) {
        return Ok(());
    }
    Err(Error::unsupported(format!(
        "table {} is distributed by Citus, and records of {} may be at other servers than their parents in {}",
        spread.name, child.name, parent.name
    ))
    .detail("Each server looks up the parents of its own records.")
    .hint(format!(
        "Distribute {} by \"{via}\", together with {}, or make that a reference table.",
        child.name, parent.name
    )))
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
