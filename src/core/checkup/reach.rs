//! Rules that concern nobody.

use crate::core::Principal;
use crate::core::checkup::census::{Census, Headcount};
use crate::core::checkup::finding::{Finding, Severity};
use crate::core::document::{Present, RuleEntry, StagedRule, section};
use std::collections::HashMap;

/// Rules that reach no active user, or speak of nobody's records.
pub fn rules_that_reach_nobody(present: &Present) -> Vec<Finding> {
    let document = &present.document;
    let active = Census::of(document, Headcount::Active);
    let all = Census::of(document, Headcount::All);
    let users = section(&document.users).iter();
    let roles_of: HashMap<&str, &str> = users
        .filter_map(|user| Some((user.key.as_str(), user.role.as_deref()?)))
        .collect();
    let rules = section(&document.rules).iter().zip(&present.rules);
    rules
        .filter(|(rule, _)| rule.staged != Some(StagedRule::Dropped))
        .filter_map(|(rule, &(number, _))| {
            let RuleEntry {
                owned_by,
                shared_with,
                superiors,
                ..
            } = rule;
            let reaches =
                active.any(shared_with) || *superiors && active.any_above(shared_with, &roles_of);
            // A group owns records of its own, whoever is in it.
            let speaks = owned_by.as_ref().is_none_or(|owned_by| {
                matches!(owned_by, Principal::Group(_)) || all.any(owned_by)
            });
            let owned_by = owned_by
                .as_ref()
                .map(Principal::to_string)
                .unwrap_or_default();
            let message = match (reaches, speaks) {
                (true, true) => return None,
                (false, _) => format!("reaches nobody: no active user is in {shared_with}"),
                (true, false) => format!("speaks of nobody's records: no user is in {owned_by}"),
            };
            let object = format!("rule {number} of \"{}\"", rule.module);
            Some(
                Finding::new(Severity::Advice, object, message)
                    .fix(format!("SELECT sharing.drop_rule({number})")),
            )
        })
        .collect()
}
