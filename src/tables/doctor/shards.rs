//! What Citus does with protected tables, and whether this server knows the configuration.

use crate::catalog::read::citus::{self, Node};
use crate::catalog::write::copied_policies::{any_is_spread, others_on_spread};
use crate::catalog::write::doctor::ask;
use crate::catalog::write::doctor::shards::{BECOME_TRUSTED, NOT_CONNECTED};
use crate::catalog::write::origin::is_subscribed;
use crate::core::Result;
use crate::core::checkup::{Finding, Severity};
use crate::tables::doctor::ward::Ward;
use pgrx::spi::quote_identifier;

/// Tables that other policies open on their shards, workers that do not know the configuration, and who has them
/// take a caller for anybody.
pub fn gaps(_ward: &Ward) -> Result<Vec<Finding>> {
    let Some(node) = citus::this_node() else {
        return Ok(Vec::new());
    };
    let mut findings: Vec<Finding> = others_on_spread()?
        .into_iter()
        .map(|(table, policy)| {
            let policy = quote_identifier(&policy);
            let message = "stands on shards beside those of pg_sharing, where Citus leaves out the word RESTRICTIVE: it opens them";
            Finding::new(Severity::Error, format!("policy {policy} on {table}"), message)
                .fix(format!("DROP POLICY {policy} ON {table}"))
        })
        .collect();
    match node {
        Node::Worker(coordinator) if !is_subscribed(c"users") => findings.push(Finding::new(
            Severity::Error,
            "sharing.users",
            format!("no subscription brings the configuration to this worker from its coordinator, {coordinator}: its shards show nothing, or go by what held before"),
        )),
        Node::Coordinator if any_is_spread()? => {
            findings.extend(ask(NOT_CONNECTED)?);
            findings.extend(ask(BECOME_TRUSTED)?);
        }
        _ => {}
    }
    Ok(findings)
}
