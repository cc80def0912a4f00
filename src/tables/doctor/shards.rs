//! What Citus does with protected tables, and whether this server knows the configuration.

use crate::catalog::read::citus::{self, Node};
use crate::catalog::write::copied_policies::others_on_spread;
use crate::catalog::write::origin::is_subscribed;
use crate::core::Result;
use crate::core::checkup::{Finding, Severity};
use crate::tables::doctor::ward::Ward;
use pgrx::spi::quote_identifier;

/// Tables that other policies open on their shards, and workers to which nothing brings the configuration.
pub fn gaps(_ward: &Ward) -> Result<Vec<Finding>> {
    if !citus::is_here() {
        return Ok(Vec::new());
    }
    let mut findings: Vec<Finding> = others_on_spread()?
        .into_iter()
        .map(|(table, policy)| {
            let object = format!("policy {} on {table}", quote_identifier(&policy));
            let message = "stands on shards beside those of pg_sharing, where Citus leaves out the word RESTRICTIVE: it opens them";
            Finding::new(Severity::Error, object.clone(), message).fix(format!("DROP {object}").replacen("DROP policy", "DROP POLICY", 1))
        })
        .collect();
    if let Some(Node::Worker(coordinator)) = citus::this_node()
        && !is_subscribed(c"users")
    {
        findings.push(Finding::new(
            Severity::Error,
            "sharing.users",
            format!("no subscription brings the configuration to this worker from its coordinator, {coordinator}: nobody sees a record in its shards, or by what held before"),
        ));
    }
    Ok(findings)
}
