//! What is staged and not valid yet.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::Look;
use crate::catalog::write::relation_defaults::waiting_relations;
use crate::catalog::write::sql::{read_rows, read_value, reading_snapshot};
use crate::core::Result;
use crate::core::time::Moment;
use pgrx::datum::TimestampWithTimeZone;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

pub(super) const PARTIES: &str = "
    CASE WHEN r.owned_by_group_id IS NOT NULL THEN 'group:' || og.name
         WHEN r.owned_by_subordinates THEN 'role_and_subordinates:' || orole.name
         WHEN orole.name IS NOT NULL THEN 'role:' || orole.name END AS owned_by,
    CASE WHEN r.shared_with_group_id IS NOT NULL THEN 'group:' || sg.name
         WHEN r.shared_with_subordinates THEN 'role_and_subordinates:' || srole.name
         ELSE 'role:' || srole.name END AS shared_with";

pub(super) const RULES_WITH_NAMES: &str = "
    sharing.rules r
    JOIN sharing.modules m ON m.id = r.module_id
    LEFT JOIN sharing.roles orole ON orole.id = r.owned_by_role_id
    LEFT JOIN sharing.groups og ON og.id = r.owned_by_group_id
    LEFT JOIN sharing.roles srole ON srole.id = r.shared_with_role_id
    LEFT JOIN sharing.groups sg ON sg.id = r.shared_with_group_id";

/// Which of the rules are going to be others.
const CHANGED: &str = "(r.access, r.until, r.criteria_id) IS DISTINCT FROM (r.staged_access, r.staged_until, r.staged_criteria_id)
    OR EXISTS (SELECT FROM sharing.related_levels l WHERE l.rule_id = r.id AND l.level IS DISTINCT FROM l.staged_level)";

/// A change that is not valid yet.
#[derive(Debug)]
pub struct PendingChange {
    pub module: String,
    pub change: &'static str,
    pub detail: Value,
}

/// What a rule gives, enforced or staged.
#[derive(Debug, Default, PartialEq)]
struct Gives {
    /// None where the rule does not hold.
    access: Option<String>,
    /// When that ends.
    until: Option<String>,
    /// The levels that it names, by the names of child modules.
    related: Map<String, Value>,
}

/// A rule with the names of what it speaks of.
#[derive(Debug)]
struct StoredRule {
    id: i64,
    module: String,
    /// None: anybody.
    owned_by: Option<String>,
    /// Valid and staged.
    criteria: [Option<String>; 2],
    shared_with: String,
    superiors: bool,
    enforced: Gives,
    staged: Gives,
}

/// The rules that are not what they were, by their modules and numbers.
fn changed_rules() -> Result<Vec<StoredRule>> {
    let mut rules = read_rows(
        &format!(
            "SELECT r.id, m.name, {PARTIES}, r.superiors, r.access, r.staged_access, r.until, r.staged_until,
                 (SELECT c.conditions FROM sharing.criteria c WHERE c.id = r.criteria_id),
                 (SELECT c.conditions FROM sharing.criteria c WHERE c.id = r.staged_criteria_id)
             FROM {RULES_WITH_NAMES} WHERE {CHANGED} ORDER BY m.name, r.id"
        ),
        &[],
        |row| {
            let gives = |access, until: Option<TimestampWithTimeZone>| Gives {
                access,
                until: until.map(|until| Moment(until.into_inner()).to_string()),
                related: Map::new(),
            };
            Ok(StoredRule {
                id: row.get(1)?.unwrap_or_default(),
                module: row.get(2)?.unwrap_or_default(),
                owned_by: row.get(3)?,
                criteria: [row.get(10)?, row.get(11)?],
                shared_with: row.get(4)?.unwrap_or_default(),
                superiors: row.get(5)?.unwrap_or_default(),
                enforced: gives(row.get(6)?, row.get(8)?),
                staged: gives(row.get(7)?, row.get(9)?),
            })
        },
    )?;
    let places: HashMap<i64, usize> = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| (rule.id, at))
        .collect();
    let ids: Vec<i64> = rules.iter().map(|rule| rule.id).collect();
    let levels: Vec<(i64, String, Option<String>, Option<String>)> = read_rows(
        "SELECT l.rule_id, m.name, l.level, l.staged_level FROM sharing.related_levels l JOIN sharing.modules m ON m.id = l.module_id
         WHERE l.rule_id = ANY ($1)",
        &[ids.into()],
        |row| {
            Ok((
                row.get(1)?.unwrap_or_default(),
                row.get(2)?.unwrap_or_default(),
                row.get(3)?,
                row.get(4)?,
            ))
        },
    )?;
    for (id, module, level, staged) in levels {
        if let Some(&at) = places.get(&id) {
            let rule = &mut rules[at];
            let named = |level: Option<String>| level.map(|level| (module.clone(), level.into()));
            rule.enforced.related.extend(named(level));
            rule.staged.related.extend(named(staged));
        }
    }
    Ok(rules)
}

impl StoredRule {
    fn pending(self) -> PendingChange {
        let StoredRule {
            enforced, staged, ..
        } = self;
        let mut detail = json!({
            "rule": self.id, "owned_by": self.owned_by, "shared_with": self.shared_with,
            "superiors": self.superiors,
        });
        // Their own form is that of the document.
        let read = |criteria: &Option<String>| -> Value {
            let text = criteria.as_deref().unwrap_or("null");
            serde_json::from_str(text).unwrap_or_default()
        };
        let [criteria, staged_criteria] = self.criteria.each_ref().map(read);
        if !criteria.is_null() {
            detail["criteria"] = criteria.clone();
        }
        let change = match (&enforced.access, &staged.access) {
            (None, _) | (_, None) => {
                let (change, gives) = if enforced.access.is_none() {
                    ("add_rule", staged)
                } else {
                    ("drop_rule", enforced)
                };
                detail["access"] = json!(gives.access);
                detail["related"] = Value::Object(gives.related);
                if let Some(until) = gives.until {
                    detail["until"] = until.into();
                }
                change
            }
            _ => {
                let (mut from, mut to) = (Map::new(), Map::new());
                if enforced.access != staged.access {
                    from.insert("access".to_owned(), json!(enforced.access));
                    to.insert("access".to_owned(), json!(staged.access));
                }
                if enforced.related != staged.related {
                    from.insert("related".to_owned(), enforced.related.into());
                    to.insert("related".to_owned(), staged.related.into());
                }
                if enforced.until != staged.until {
                    from.insert("until".to_owned(), json!(enforced.until));
                    to.insert("until".to_owned(), json!(staged.until));
                }
                if criteria != staged_criteria {
                    from.insert("criteria".to_owned(), criteria);
                    to.insert("criteria".to_owned(), staged_criteria);
                }
                detail["from"] = from.into();
                detail["to"] = to.into();
                "alter_rule"
            }
        };
        PendingChange {
            module: self.module,
            change,
            detail,
        }
    }
}

/// How many changes `pending_changes` tells of, without their names.
pub(super) fn number_of_pending_changes(snapshot: &Snapshot) -> Result<i64> {
    let counted: Option<i64> = read_value(
        &format!(
            "SELECT (SELECT count(*) FROM sharing.modules WHERE global_access <> staged_global_access)
                  + (SELECT count(*) FROM sharing.rules r WHERE {CHANGED})"
        ),
        &[],
    )?;
    Ok(counted.unwrap_or_default() + waiting_relations(snapshot)?.len() as i64)
}

/// What `apply_rules` is going to make valid: global access by modules, rules by their modules and
/// numbers, relations by their children. `snapshot` sees the same as a query.
pub(super) fn pending_changes(snapshot: &Snapshot) -> Result<Vec<PendingChange>> {
    let mut changes = read_rows(
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
    changes.extend(changed_rules()?.into_iter().map(StoredRule::pending));
    // A relation over which no rule carries by default, and no share, changes nothing when it is applied.
    let waiting = waiting_relations(snapshot)?;
    let numbers: Vec<i32> = waiting.iter().map(|one| one.relation).collect();
    changes.extend(read_rows(
        "SELECT c.name, e.id, p.name FROM sharing.relations e JOIN sharing.modules c ON c.id = e.child_id JOIN sharing.modules p ON p.id = e.parent_id
         WHERE e.id = ANY ($1) ORDER BY c.name, e.id",
        &[numbers.into()],
        |row| {
            let (relation, parent): (Option<i32>, Option<String>) = (row.get(2)?, row.get(3)?);
            let waits = waiting.iter().find(|one| Some(one.relation) == relation);
            let carries: Vec<_> = waits
                .into_iter()
                .flat_map(|waits| [(waits.rules, "rules"), (waits.shares, "shares")])
                .filter_map(|(carries, what)| carries.then_some(what))
                .collect();
            let mut detail = json!({"relation": relation, "parent": parent, "carries": carries});
            if let Some((from, to)) = waits.and_then(|waits| waits.with_parent.as_ref()) {
                detail["with_parent"] = json!({"from": from, "to": to});
            }
            Ok(PendingChange {
                module: row.get(1)?.unwrap_or_default(),
                change: "relate",
                detail,
            })
        },
    )?);
    Ok(changes)
}

impl Look {
    pub fn pending_changes(&self) -> Result<Vec<PendingChange>> {
        pending_changes(&reading_snapshot())
    }
}
