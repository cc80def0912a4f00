//! Global access and custom rules: staged, then applied (SPEC 7).

use super::{Change, GROUP, Look, MODULE, Named, ROLE};
use crate::catalog::sql::{column, execute, rows, value};
use crate::core::config::{Plan, section};
use crate::core::{Error, GlobalAccess, Principal, Result, RuleAccess};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A change that is not valid yet.
#[derive(Debug)]
pub struct PendingChange {
    pub module: String,
    pub change: &'static str,
    pub detail: Value,
}

/// One side of a rule as columns: role, subordinates, group.
type PartyColumns = (Option<i32>, bool, Option<i32>);

/// `role` and `group` find their numbers.
fn party_columns(
    principal: &Principal,
    role: impl FnOnce(&str) -> Result<i32>,
    group: impl FnOnce(&str) -> Result<i32>,
) -> Result<PartyColumns> {
    principal.must_be_party()?;
    Ok(match principal {
        Principal::Group(name) => (None, false, Some(group(name)?)),
        Principal::RoleAndSubordinates(name) => (Some(role(name)?), true, None),
        Principal::Role(name) | Principal::User(name) => (Some(role(name)?), false, None),
    })
}

fn party(text: &str) -> Result<PartyColumns> {
    let principal = Principal::parse(text)?;
    party_columns(&principal, |name| ROLE.id(name), |name| GROUP.id(name))
}

/// What `insert_rules` stores of a rule.
struct NewRule {
    module: i32,
    owned_by: PartyColumns,
    shared_with: PartyColumns,
    superiors: bool,
    access: RuleAccess,
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

const APPLY_DROPS: &str = "DELETE FROM sharing.rules WHERE staged_access IS NULL";

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
        let rule = NewRule {
            access: RuleAccess::parse(access)?,
            module: MODULE.id(module)?,
            owned_by: party(owned_by)?,
            shared_with: party(shared_with)?,
            superiors,
        };
        self.insert_rules(&[rule])?
            .pop()
            .ok_or_else(|| Error::internal("the new rule has no number"))
    }

    /// Returns their numbers.
    fn insert_rules(&self, rules: &[NewRule]) -> Result<Vec<i64>> {
        fn all<T>(rules: &[NewRule], field: impl Fn(&NewRule) -> T) -> Vec<T> {
            rules.iter().map(field).collect()
        }
        column(
            "INSERT INTO sharing.rules (module_id, owned_by_role_id, owned_by_subordinates, owned_by_group_id, shared_with_role_id, shared_with_subordinates, shared_with_group_id, superiors, staged_access)
             SELECT * FROM unnest($1::int4[], $2::int4[], $3::bool[], $4::int4[], $5::int4[], $6::bool[], $7::int4[], $8::bool[], $9::text[]) RETURNING id",
            &[
                all(rules, |rule| rule.module).into(),
                all(rules, |rule| rule.owned_by.0).into(),
                all(rules, |rule| rule.owned_by.1).into(),
                all(rules, |rule| rule.owned_by.2).into(),
                all(rules, |rule| rule.shared_with.0).into(),
                all(rules, |rule| rule.shared_with.1).into(),
                all(rules, |rule| rule.shared_with.2).into(),
                all(rules, |rule| rule.superiors).into(),
                all(rules, |rule| rule.access.label()).into(),
            ],
        )
    }

    /// Drops and alters rules as an import wants it, and keeps those that were staged to go and
    /// are wanted again; staged.
    pub(super) fn restage_rules(&self, plan: &Plan) -> Result<()> {
        let number = |at: usize| plan.present.rules[at].0;
        let wanted = section(&plan.wanted.rules);
        self.drop_rules(plan.rules.drop.iter().map(|&at| number(at)).collect())?;
        let altered = plan
            .rules
            .alter
            .iter()
            .map(|&(before, at)| (number(before), at));
        let kept = plan.kept_rules.iter().map(|(&at, &id)| (id, at));
        let (ids, access): (Vec<i64>, Vec<&str>) = altered
            .chain(kept)
            .map(|(id, at)| (id, wanted[at].access.label()))
            .unzip();
        execute(
            "UPDATE sharing.rules r SET staged_access = d.access FROM unnest($1::int8[], $2::text[]) AS d (id, access) WHERE r.id = d.id",
            &[ids.into(), access.into()],
        )?;
        Ok(())
    }

    /// Adds the rules of an import, staged.
    pub(super) fn add_rules(&self, plan: &Plan) -> Result<()> {
        let (modules, roles, groups) = (MODULE.ids()?, ROLE.ids()?, GROUP.ids()?);
        let id = |named: &Named, ids: &HashMap<String, i32>, name: &str| {
            ids.get(name).copied().ok_or_else(|| named.unknown(name))
        };
        let party = |principal| {
            party_columns(
                principal,
                |name| id(&ROLE, &roles, name),
                |name| id(&GROUP, &groups, name),
            )
        };
        let mut new = Vec::new();
        for at in plan
            .rules
            .create
            .iter()
            .filter(|at| !plan.kept_rules.contains_key(at))
        {
            let rule = &section(&plan.wanted.rules)[*at];
            new.push(NewRule {
                module: id(&MODULE, &modules, &rule.module)?,
                owned_by: party(&rule.owned_by)?,
                shared_with: party(&rule.shared_with)?,
                superiors: rule.superiors,
                access: rule.access,
            });
        }
        self.insert_rules(&new)?;
        Ok(())
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
        self.drop_rules(vec![id])
    }

    fn drop_rules(&self, ids: Vec<i64>) -> Result<()> {
        // A rule that was never valid has nothing to stay for.
        execute(
            "DELETE FROM sharing.rules WHERE id = ANY ($1) AND access IS NULL",
            &[ids.clone().into()],
        )?;
        execute(
            "UPDATE sharing.rules SET staged_access = NULL WHERE id = ANY ($1)",
            &[ids.into()],
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

    /// Ends the rules that are staged to go, so that they hold nothing any more.
    pub(super) fn apply_drops(&self) -> Result<()> {
        execute(APPLY_DROPS, &[])?;
        Ok(())
    }

    /// Makes all pending changes valid; returns how many.
    pub fn apply_rules(&self) -> Result<i64> {
        self.each_pending([
            "UPDATE sharing.modules SET global_access = staged_global_access WHERE global_access <> staged_global_access",
            APPLY_DROPS,
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
