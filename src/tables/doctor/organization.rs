//! People, rules, expectations, and what waits: asked of the configuration alone.

use crate::catalog::write::change::Look;
use crate::core::Result;
use crate::core::checkup;
use crate::core::checkup::{Finding, Severity};
use crate::core::document::{StagedRule, section};
use crate::core::error::some_of;
use crate::core::org::RuleId;
use crate::tables::doctor::ward::Ward;
use crate::tables::expectations;
use std::collections::HashSet;

pub fn users_without_roles(ward: &Ward) -> Result<Vec<Finding>> {
    Ok(checkup::users_without_roles(&ward.present()?.document))
}

pub fn roles_without_users(ward: &Ward) -> Result<Vec<Finding>> {
    Ok(checkup::roles_without_users(&ward.present()?.document))
}

pub fn groups_without_members(ward: &Ward) -> Result<Vec<Finding>> {
    Ok(checkup::groups_without_members(&ward.present()?.document))
}

pub fn inactive_users(ward: &Ward) -> Result<Vec<Finding>> {
    Ok(checkup::inactive_users(&ward.present()?.document))
}

pub fn profiles(ward: &Ward) -> Result<Vec<Finding>> {
    Ok(checkup::profiles_without_rows(&ward.present()?.document))
}

pub fn rules_that_reach_nobody(ward: &Ward) -> Result<Vec<Finding>> {
    Ok(checkup::rules_that_reach_nobody(&*ward.present()?))
}

pub fn rules_that_add_nothing(ward: &Ward) -> Result<Vec<Finding>> {
    let present = ward.present()?;
    let rules = section(&present.document.rules).iter().zip(&present.rules);
    let leaving: HashSet<RuleId> = rules
        .filter(|(rule, _)| rule.staged == Some(StagedRule::Dropped))
        .map(|(_, &(number, _))| RuleId(number))
        .collect();
    let configuration = ward.configuration()?;
    Ok(checkup::rules_that_add_nothing(
        &configuration.org,
        &leaving,
    ))
}

/// Checking one looks at records, for which it would wait where somebody holds their table.
pub fn expectations_that_fail(ward: &Ward) -> Result<Vec<Finding>> {
    if !ward.held.is_empty() {
        return Ok(Vec::new());
    }
    let failing = expectations::check()?
        .into_iter()
        .filter(|one| !one.holds());
    Ok(failing
        .map(|one| {
            let object = format!("expectation {}", one.id);
            let (user, record) = (&one.user_key, &one.record_id);
            let sentence = one.expected.sentence(user, record, &one.module, one.actual);
            Finding::new(
                Severity::Warning,
                object,
                format!("does not hold: {sentence}"),
            )
        })
        .collect())
}

pub fn staged(_ward: &Ward) -> Result<Vec<Finding>> {
    let changes = Look::begin()?.pending_changes()?;
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let told: Vec<String> = changes
        .iter()
        .map(|change| format!("{} in \"{}\"", change.change, change.module))
        .collect();
    Ok(vec![Finding::new(
        Severity::Advice,
        "rules",
        format!(
            "{} changes wait to be made valid: {}; sharing.apply_rules() does that, sharing.discard_changes() forgets them",
            changes.len(),
            some_of(&told)
        ),
    )])
}
