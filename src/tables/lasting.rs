//! Whether what protects a table is there once it was made. Event triggers of the application hear of each
//! statement, and one of them may have taken something off again, or all of it: then nothing was protected,
//! and nobody is told that it was.

use crate::catalog::write::newcomers::protected_among;
use crate::catalog::write::origin::comes_from_elsewhere;
use crate::catalog::write::ours::triggers_on;
use crate::catalog::write::policy_names::OUR_POLICIES;
use crate::catalog::write::tables::{ApplicationTable, family, oids};
use crate::core::{Error, Result};
use crate::policy::text::protection::Predicates;

/// Refused where something is missing of what protects `tables`, which are as they were before.
pub fn must_last(tables: &[ApplicationTable], predicates: &Predicates) -> Result<()> {
    let Some(first) = tables.first() else {
        return Ok(());
    };
    let now = family(first.oid)?;
    let registered = protected_among(oids(tables))?;
    // Another database tells which tables are protected, and has not told it yet.
    let told = comes_from_elsewhere(c"protected_relations");
    let triggers = triggers_on(&oids(&now))?;
    for before in tables {
        let now = now.iter().find(|now| now.oid == before.oid);
        let is_registered = |now: &&ApplicationTable| told || registered.contains(&now.oid);
        let lasts = match now.filter(is_registered) {
            Some(now) => {
                has_policies(now, before) && has_triggers(now, predicates, triggers.of(now.oid))
            }
            None => false,
        };
        if !lasts {
            return Err(Error::not_possible(format!(
                "table {} was changed while it was being protected",
                before.name
            ))
            .detail("Something of its row security, its policies or its triggers was taken off meanwhile.")
            .hint("Event triggers hear of every statement of sharing.protect(): one of them does that."));
        }
    }
    Ok(())
}

fn has_policies(now: &ApplicationTable, before: &ApplicationTable) -> bool {
    let has = |name: &str| now.policies.iter().any(|present| present == name);
    let permits = !before.has_permissive_policy;
    let mut all = OUR_POLICIES.iter();
    now.row_security
        && now.force
        && all.all(|policy| has(policy.restrictive) && (!permits || has(policy.permissive)))
}

fn has_triggers(now: &ApplicationTable, predicates: &Predicates, present: &[String]) -> bool {
    let mut belong = predicates.triggers(now).into_iter();
    belong.all(|one| present.contains(&one.name))
}
