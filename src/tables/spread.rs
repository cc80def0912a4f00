//! Tables that Citus distributes (operations: Citus): what of them can be protected, and what of protected tables
//! Citus may carry elsewhere.
//!
//! Shards get the policies and triggers of their table, and every server decides by its own copy of the
//! configuration. The table itself has no rows at the coordinator, so whatever looks records up one by one is
//! refused, and so is what a copy of the policies would open.

use crate::catalog::read::citus;
use crate::catalog::read::citus::Node;
use crate::catalog::write::access::db_role_name;
use crate::catalog::write::copied_policies::{MadePolicy, policies_of_made};
use crate::catalog::write::elevation::{Elevated, owner_of};
use crate::catalog::write::ours::other_policies;
use crate::catalog::write::tables::{ApplicationTable, oids};
use crate::core::{Error, Result};
use crate::pg::names::{column_in, qualified_name};
use crate::pg::setting::{self, Until};
use crate::session::settings::is_restore;
use crate::tables::conversions::{refused, sources_must_not_be_shards};
use pgrx::pg_sys;
use pgrx::spi::quote_identifier;

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
        let mut below = family.iter().skip(1);
        if below.any(|one| !one.is_partition || !spread.contains(&one.oid)) {
            return Err(refused(
                " with children that are not partitions which it distributes, too",
            )
            .hint("undistribute_table() makes it a table of one server again."));
        }
        if let Some(policy) = others.of(member.oid).first() {
            return Err(refused(&format!(" beside the policy \"{}\"", policy.name))
                .detail(NOT_BESIDE_OTHERS)
                .hint("Drop the other policies first."));
        }
    }
    Ok(())
}

const NOT_BESIDE_OTHERS: &str = "Citus makes policies of shards without the word RESTRICTIVE: together with another, ours would not cut.";

/// Refuses tables that become part of a protected one that Citus distributes, and that it would open, or make others
/// of; `attaching` is the role that makes them a part.
pub fn check_newcomers(
    members: &[ApplicationTable],
    module: pg_sys::Oid,
    attaching: pg_sys::Oid,
) -> Result<()> {
    if !citus::is_spread(module) {
        return Ok(());
    }
    let others = other_policies(&oids(members))?;
    let module = qualified_name(module).unwrap_or_default();
    for member in members {
        let name = &member.name;
        let refused = |why: &str| {
            Error::unsupported(format!(
                "table {name} cannot become part of {module}, which Citus distributes, {why}"
            ))
        };
        if !citus::becomes_spread(member.oid) {
            return Err(refused("and is not a partition that it distributes, too")
                .hint("What inherits from a table of Citus is on one server alone."));
        }
        if let Some(policy) = others.of(member.oid).first() {
            return Err(refused(&format!("with the policy \"{}\"", policy.name))
                .detail(NOT_BESIDE_OTHERS)
                .hint("Drop its policies first."));
        }
        // Citus has just made shards of it, over connections of that role, and others do not see them yet.
        let owner = owner_of(member.oid).filter(|&owner| owner != attaching);
        if let Some(owner) =
            owner.filter(|_| citus::is_spread(member.oid) && !citus::were_spread(&[member.oid]))
        {
            let owner = quote_identifier(db_role_name(owner)?);
            return Err(refused("by another role than its owner")
                .detail("Citus has made shards of it that its owner does not see yet, as who it is protected.")
                .hint(format!("SET ROLE {owner} before.")));
        }
        let is_made_another = !citus::is_spread(member.oid)
            && citus::partitioned_table(member.oid).is_some_and(citus::stays_here);
        if is_made_another {
            return Err(refused("by CREATE TABLE … PARTITION OF")
                .detail("Citus makes another table of it, which is not protected.")
                .hint(format!("Create it as a table of its own, and attach it: ALTER TABLE {module} ATTACH PARTITION {name} FOR VALUES …")));
        }
    }
    Ok(())
}

/// Lets Citus distribute, until the transaction ends, what has triggers of ours: it does that once the event triggers
/// of the statement that makes a partition are through, and refuses triggers of which nobody says that they are safe.
pub fn newcomers_have_triggers(newcomers: &[pg_sys::Oid]) {
    if !newcomers.iter().any(|&table| citus::becomes_spread(table)) {
        return;
    }
    setting::set(
        c"citus.enable_unsafe_triggers",
        c"on",
        Until::TransactionEnds,
    );
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
    .detail(NOT_BESIDE_OTHERS)
    .hint("Drop the other policy, or call sharing.unprotect() before Citus distributes the table.")
}
