//! What Citus does with protected tables, and whether this server knows the configuration.

use crate::catalog::read::citus::{self, Node};
use crate::catalog::write::copied_policies::{others_on_spread, protected_and_spread};
use crate::catalog::write::doctor::ask;
use crate::catalog::write::doctor::shards::{BECOME_TRUSTED, NOT_CONNECTED, REQUIRED_HERE};
use crate::catalog::write::origin::is_subscribed;
use crate::core::Result;
use crate::core::checkup::{Finding, Severity};
use crate::pg::names::qualified_name;
use crate::tables::doctor::ward::Ward;
use pgrx::spi::quote_identifier;

/// Tables that other policies open on their shards, shards that are open, workers that do not know the configuration, who has them take a
/// caller for anybody, and what holds at this server alone.
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
    let spread = protected_and_spread()?;
    for shard in spread.iter().flat_map(|&table| citus::open_shards(table)) {
        let name = qualified_name(shard).unwrap_or_default();
        let message = "row security of this shard is off, or does not hold for its owner: whoever may read it sees every row";
        findings.push(Finding::new(Severity::Error, &name, message).fix(format!(
            "ALTER TABLE {name} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
        )));
    }
    match node {
        Node::Worker(coordinator) if !is_subscribed(c"users") => findings.push(Finding::new(
            Severity::Error,
            "sharing.users",
            format!("no subscription brings the configuration to this worker from its coordinator, {coordinator}: its shards show nothing, or go by what held before"),
        )),
        Node::Coordinator if !spread.is_empty() => {
            findings.extend(ask(NOT_CONNECTED)?);
            findings.extend(ask(BECOME_TRUSTED)?);
            findings.extend(ask(REQUIRED_HERE)?);
        }
        _ => {}
    }
    Ok(findings)
}
