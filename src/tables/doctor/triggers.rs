//! Triggers that `protect` put on tables and that are not there any more.

use crate::catalog::write::ours::triggers_on;
use crate::catalog::write::tables::oids;
use crate::core::Result;
use crate::core::checkup::{Finding, Severity, literal};
use crate::tables::doctor::ward::Ward;
use crate::tables::our_triggers::triggers_that_belong;
use pgrx::spi::quote_identifier;

pub fn missing(ward: &Ward) -> Result<Vec<Finding>> {
    let modules = ward.modules()?;
    let all: Vec<_> = modules
        .iter()
        .flat_map(|case| oids(&case.members))
        .collect();
    let present = triggers_on(&all)?;
    let mut findings = Vec::new();
    for case in modules.iter() {
        let Some(predicates) = &case.predicates else {
            continue;
        };
        for member in &case.members {
            let is_part = case.family.iter().any(|other| other.oid == member.oid);
            let has = present.of(member.oid);
            for trigger in triggers_that_belong(member, predicates, is_part) {
                let suffixed = trigger.name.ends_with("_detached");
                // A partition that left has triggers of other names; an inheritance child kept what it had.
                let base = trigger.name.trim_end_matches("_detached");
                let is_there = has.contains(&trigger.name)
                    || !is_part
                        && has
                            .iter()
                            .any(|name| name.trim_end_matches("_detached") == base);
                if is_there || !is_part && !suffixed {
                    continue;
                }
                let object = format!(
                    "trigger {} on {}",
                    quote_identifier(&trigger.name),
                    member.name
                );
                let message = match trigger.fires_always {
                    true => {
                        "is missing: shares stay when their records go, and open what gets the same keys"
                    }
                    false => {
                        "is missing: who may edit a record may give it another owner, or records without one are refused"
                    }
                };
                findings.push(Finding::new(Severity::Error, object, message).fix(format!(
                    "SELECT * FROM sharing.rewrite_policies({})",
                    literal(&case.table.name)
                )));
            }
        }
    }
    Ok(findings)
}
