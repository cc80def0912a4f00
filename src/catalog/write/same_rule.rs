//! A rule that is there already (semantics: Sharing rules).

use crate::catalog::write::change::Change;
use crate::catalog::write::pending::{PARTIES, RULES_WITH_NAMES};
use crate::catalog::write::rules::NewRule;
use crate::catalog::write::sql::{rows, timestamp, value};
use crate::core::{Error, Result, RuleAccess};
use crate::pg::clock;

impl NewRule {
    /// Of two rules between the same the stronger would hold, whichever was altered or dropped. One
    /// that is staged to go, or has ended, makes room for another.
    pub(super) fn must_be_new(&self, module: &str) -> Result<()> {
        // Names are asked for only where there is such a rule: to plan five joins takes longer than all else.
        let same = rows(
            "SELECT r.id, r.staged_access FROM sharing.rules r
             WHERE r.module_id = $1 AND r.superiors = $8 AND r.staged_access IS NOT NULL AND (r.staged_until IS NULL OR r.staged_until > $9)
               AND r.owned_by_role_id IS NOT DISTINCT FROM $2 AND r.owned_by_subordinates = $3 AND r.owned_by_group_id IS NOT DISTINCT FROM $4
               AND r.shared_with_role_id IS NOT DISTINCT FROM $5 AND r.shared_with_subordinates = $6 AND r.shared_with_group_id IS NOT DISTINCT FROM $7
               AND $10 IN (COALESCE(r.criteria_id, 0), COALESCE(r.staged_criteria_id, 0))
             ORDER BY r.id LIMIT 1",
            &[
                self.module.into(),
                self.owned_by.0.into(),
                self.owned_by.1.into(),
                self.owned_by.2.into(),
                self.shared_with.0.into(),
                self.shared_with.1.into(),
                self.shared_with.2.into(),
                self.superiors.into(),
                timestamp(Some(clock::now())),
                self.criteria.unwrap_or_default().into(),
            ],
            |row| {
                Ok((
                    row.get::<i64>(1)?.unwrap_or_default(),
                    row.get::<String>(2)?.unwrap_or_default(),
                ))
            },
        )?
        .pop();
        let Some((id, access)) = same else {
            return Ok(());
        };
        let (owned_by, shared_with) = parties_of(id)?;
        let hint = match self.staged_access.map_or("", RuleAccess::label) {
            wanted if wanted == access => {
                format!(
                    "It gives {access}. Levels for child modules are changed with sharing.alter_rule({id}, related => related)."
                )
            }
            wanted => format!(
                "It gives {access}; change that with sharing.alter_rule({id}, access => '{wanted}')."
            ),
        };
        Err(Error::exists(format!(
            "module \"{module}\" has a rule from {owned_by} to \"{shared_with}\" already: rule {id}"
        ))
        .hint(hint))
    }
}

impl Change {
    /// The same of a rule that is going to have other criteria.
    pub(super) fn must_differ_by_criteria(
        &self,
        rule: i64,
        module: &str,
        criteria: i32,
    ) -> Result<()> {
        let same: Option<i64> = value(
        "SELECT o.id FROM sharing.rules r JOIN sharing.rules o ON o.id <> r.id AND o.module_id = r.module_id AND o.superiors = r.superiors
           AND (o.owned_by_role_id, o.owned_by_subordinates, o.owned_by_group_id)
               IS NOT DISTINCT FROM (r.owned_by_role_id, r.owned_by_subordinates, r.owned_by_group_id)
           AND (o.shared_with_role_id, o.shared_with_subordinates, o.shared_with_group_id)
               IS NOT DISTINCT FROM (r.shared_with_role_id, r.shared_with_subordinates, r.shared_with_group_id)
         WHERE r.id = $1 AND o.staged_access IS NOT NULL AND (o.staged_until IS NULL OR o.staged_until > $3)
           AND $2 IN (o.criteria_id, o.staged_criteria_id)
         ORDER BY o.id LIMIT 1",
        &[rule.into(), criteria.into(), timestamp(Some(clock::now()))],
    )?;
        match same {
            None => Ok(()),
            Some(same) => {
                let (owned_by, shared_with) = parties_of(same)?;
                Err(Error::exists(format!(
                "module \"{module}\" has a rule from {owned_by} to \"{shared_with}\" with these criteria already: rule {same}"
            ))
            .hint(format!("Drop one of the two, as with sharing.drop_rule({rule}).")))
            }
        }
    }
}

/// The sides of a rule, in words.
fn parties_of(rule: i64) -> Result<(String, String)> {
    let quoted = |name: Option<String>| name.map(|name| format!("\"{name}\""));
    let parties = rows(
        &format!("SELECT {PARTIES} FROM {RULES_WITH_NAMES} WHERE r.id = $1"),
        &[rule.into()],
        |row| {
            Ok((
                quoted(row.get(1)?).unwrap_or_else(|| "anybody".to_owned()),
                row.get(2)?.unwrap_or_default(),
            ))
        },
    )?;
    Ok(parties.into_iter().next().unwrap_or_default())
}
