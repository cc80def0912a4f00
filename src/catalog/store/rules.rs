//! Global access and custom rules: staged, then applied (SPEC 7).

use super::{Change, GROUP, Look, MODULE, ROLE};
use crate::catalog::sql::{execute, rows, value};
use crate::core::{Error, GlobalAccess, Principal, Result, RuleAccess};
use serde_json::{Value, json};

/// A change that is not valid yet.
#[derive(Debug)]
pub struct PendingChange {
    pub module: String,
    pub change: &'static str,
    pub detail: Value,
}

/// One side of a rule as columns: role, subordinates, group.
type PartyColumns = (Option<i32>, bool, Option<i32>);

fn party(text: &str) -> Result<PartyColumns> {
    match Principal::parse(text)? {
        Principal::Role(name) => Ok((Some(ROLE.id(&name)?), false, None)),
        Principal::RoleAndSubordinates(name) => Ok((Some(ROLE.id(&name)?), true, None)),
        Principal::Group(name) => Ok((None, false, Some(GROUP.id(&name)?))),
        user @ Principal::User(_) => Err(Error::bad_value(format!(
            "a rule cannot be from or to a single user: \"{user}\""
        ))
        .hint("Rules are between role:NAME, role_and_subordinates:NAME and group:NAME; put him into a group.")),
    }
}

const PARTIES: &str = "
    CASE WHEN r.owned_by_group_id IS NOT NULL THEN 'group:' || og.name
         WHEN r.owned_by_subordinates THEN 'role_and_subordinates:' || orole.name
         ELSE 'role:' || orole.name END AS owned_by,
    CASE WHEN r.shared_with_group_id IS NOT NULL THEN 'group:' || sg.name
         WHEN r.shared_with_subordinates THEN 'role_and_subordinates:' || srole.name
         ELSE 'role:' || srole.name END AS shared_with";

const RULES_WITH_NAMES: &str = "
    sharing.rules r
    JOIN sharing.modules m ON m.id = r.module_id
    LEFT JOIN sharing.roles orole ON orole.id = r.owned_by_role_id
    LEFT JOIN sharing.groups og ON og.id = r.owned_by_group_id
    LEFT JOIN sharing.roles srole ON srole.id = r.shared_with_role_id
    LEFT JOIN sharing.groups sg ON sg.id = r.shared_with_group_id";

/// A rule with the names of what it speaks of; `access` as staged.
#[derive(Debug)]
pub struct StagedRule {
    pub id: i64,
    pub module: String,
    pub owned_by: String,
    pub shared_with: String,
    pub access: Option<String>,
    pub enforced: Option<String>,
    pub superiors: bool,
}

/// Every rule, in the order of their numbers.
pub fn all_rules() -> Result<Vec<StagedRule>> {
    rows(
        &format!(
            "SELECT r.id, m.name, {PARTIES}, r.staged_access, r.access, r.superiors FROM {RULES_WITH_NAMES} ORDER BY r.id"
        ),
        &[],
        |row| {
            Ok(StagedRule {
                id: row.get(1)?.unwrap_or_default(),
                module: row.get(2)?.unwrap_or_default(),
                owned_by: row.get(3)?.unwrap_or_default(),
                shared_with: row.get(4)?.unwrap_or_default(),
                access: row.get(5)?,
                enforced: row.get(6)?,
                superiors: row.get(7)?.unwrap_or_default(),
            })
        },
    )
}

impl Change {
    pub fn set_global_access(&self, module: &str, access: GlobalAccess) -> Result<()> {
        let id = MODULE.id(module)?;
        execute(
            "UPDATE sharing.modules SET staged_global_access = $2 WHERE id = $1",
            &[id.into(), access.label().into()],
        )?;
        Ok(())
    }

    /// Returns the number of the rule.
    pub fn add_rule(
        &self,
        module: &str,
        owned_by: &str,
        shared_with: &str,
        access: &str,
        superiors: bool,
    ) -> Result<i64> {
        let access = RuleAccess::parse(access)?;
        let module = MODULE.id(module)?;
        let owned_by = party(owned_by)?;
        let shared_with = party(shared_with)?;
        value(
            "INSERT INTO sharing.rules (module_id, owned_by_role_id, owned_by_subordinates, owned_by_group_id, shared_with_role_id, shared_with_subordinates, shared_with_group_id, superiors, staged_access) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
            &[
                module.into(),
                owned_by.0.into(),
                owned_by.1.into(),
                owned_by.2.into(),
                shared_with.0.into(),
                shared_with.1.into(),
                shared_with.2.into(),
                superiors.into(),
                access.label().into(),
            ],
        )?
        .ok_or_else(|| Error::internal("the new rule has no number"))
    }

    pub fn alter_rule(&self, id: i64, access: Option<&str>) -> Result<()> {
        let access = access.map(RuleAccess::parse).transpose()?;
        self.must_exist(id)?;
        if let Some(access) = access {
            execute(
                "UPDATE sharing.rules SET staged_access = $2 WHERE id = $1",
                &[id.into(), access.label().into()],
            )?;
        }
        Ok(())
    }

    pub fn drop_rule(&self, id: i64) -> Result<()> {
        self.must_exist(id)?;
        // A rule that was never valid has nothing to stay for.
        execute(
            "DELETE FROM sharing.rules WHERE id = $1 AND access IS NULL",
            &[id.into()],
        )?;
        execute(
            "UPDATE sharing.rules SET staged_access = NULL WHERE id = $1",
            &[id.into()],
        )?;
        Ok(())
    }

    /// A rule that is staged to go is gone for those who change rules.
    fn must_exist(&self, id: i64) -> Result<()> {
        value::<i64>(
            "SELECT id FROM sharing.rules WHERE id = $1 AND staged_access IS NOT NULL",
            &[id.into()],
        )?
        .map(|_| ())
        .ok_or_else(|| {
            Error::unknown(format!("rule {id} does not exist"))
                .hint("Rules are listed in sharing.rules; sharing.discard_changes() brings back one that is staged to go.")
        })
    }

    /// Makes all pending changes valid; returns how many.
    pub fn apply_rules(&self) -> Result<i64> {
        self.each_pending([
            "UPDATE sharing.modules SET global_access = staged_global_access WHERE global_access <> staged_global_access",
            "DELETE FROM sharing.rules WHERE staged_access IS NULL",
            "UPDATE sharing.rules SET access = staged_access WHERE access IS DISTINCT FROM staged_access",
        ])
    }

    /// Forgets all pending changes; returns how many.
    pub fn discard_changes(&self) -> Result<i64> {
        self.each_pending([
            "UPDATE sharing.modules SET staged_global_access = global_access WHERE global_access <> staged_global_access",
            "DELETE FROM sharing.rules WHERE access IS NULL",
            "UPDATE sharing.rules SET staged_access = access WHERE access IS DISTINCT FROM staged_access",
        ])
    }

    fn each_pending(&self, statements: [&str; 3]) -> Result<i64> {
        let mut changes = 0;
        for statement in statements {
            changes += execute(statement, &[])? as i64;
        }
        Ok(changes)
    }
}

impl Look {
    pub fn pending_changes(&self) -> Result<Vec<PendingChange>> {
        let mut changes = rows(
            "SELECT name, global_access, staged_global_access FROM sharing.modules WHERE global_access <> staged_global_access ORDER BY name",
            &[],
            |row| {
                let (old, new): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
                Ok(PendingChange {
                    module: row.get(1)?.unwrap_or_default(),
                    change: "set_global_access",
                    detail: json!({"from": old, "to": new}),
                })
            },
        )?;
        let mut rules = all_rules()?;
        rules.retain(|rule| rule.access != rule.enforced);
        rules.sort_by(|a, b| (&a.module, a.id).cmp(&(&b.module, b.id)));
        changes.extend(rules.into_iter().map(|rule| {
            let mut detail = json!({
                "rule": rule.id, "owned_by": rule.owned_by, "shared_with": rule.shared_with,
                "superiors": rule.superiors,
            });
            let change = match (&rule.enforced, &rule.access) {
                (None, access) => {
                    detail["access"] = json!(access);
                    "add_rule"
                }
                (enforced, None) => {
                    detail["access"] = json!(enforced);
                    "drop_rule"
                }
                (enforced, access) => {
                    detail["from"] = json!(enforced);
                    detail["to"] = json!(access);
                    "alter_rule"
                }
            };
            PendingChange {
                module: rule.module,
                change,
                detail,
            }
        }));
        Ok(changes)
    }
}
