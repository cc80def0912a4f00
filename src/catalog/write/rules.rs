//! Global access and custom rules: staged, then applied (semantics: Sharing rules).

use crate::catalog::read::ends::must_be_to_come;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::{Change, GROUP, MODULE, ROLE};
use crate::catalog::write::pending::number_of_pending_changes;
use crate::catalog::write::relation_defaults::apply_without_defaults;
use crate::catalog::write::sql::{column, execute, rows, timestamp};
use crate::core::criteria::Criteria;
use crate::core::related::{
    Related, belongs_to_followed, belongs_to_parent, no_child, related_path,
};
use crate::core::time::Moment;
use crate::core::{Error, GlobalAccess, Principal, RelatedAccess, Result, RuleAccess};
use crate::pg::clock::Time;

/// One side of a rule as columns: role, subordinates, group.
pub(super) type PartyColumns = (Option<i32>, bool, Option<i32>);

/// `role` and `group` find their numbers.
pub(super) fn party_columns(
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

/// What somebody writes of a rule that they add.
pub struct WantedRule<'a> {
    /// None only where there are criteria: whoever owns the records.
    pub owned_by: Option<&'a str>,
    pub shared_with: &'a str,
    pub access: &'a str,
    pub related: Related,
    pub superiors: bool,
    pub criteria: Option<Criteria>,
    pub until: Option<Time>,
}

/// What `insert_rules` stores of a rule.
pub(super) struct NewRule {
    pub module: i32,
    /// All None: whoever owns the records.
    pub owned_by: PartyColumns,
    pub criteria: Option<i32>,
    pub staged_criteria: Option<i32>,
    pub shared_with: PartyColumns,
    pub superiors: bool,
    /// What is valid at once.
    pub access: Option<RuleAccess>,
    pub staged_access: Option<RuleAccess>,
    /// When that ends, as a text of a timestamp with time zone.
    pub until: Option<String>,
    pub staged_until: Option<String>,
}

/// First what belongs to rules: nothing is left of what a rule said when it is gone.
const APPLY_DROPS: [&str; 2] = [
    "DELETE FROM sharing.related_levels l USING sharing.rules r WHERE r.id = l.rule_id AND r.staged_access IS NULL",
    "DELETE FROM sharing.rules WHERE staged_access IS NULL",
];

/// The module, which must have global access and rules of its own.
pub fn ruling_module(name: &str) -> Result<i32> {
    type ModuleRow = (i32, Option<String>, Option<String>);
    let found: Option<ModuleRow> = rows(
        "SELECT m.id, f.name, c.name FROM sharing.modules m LEFT JOIN sharing.modules f ON f.id = m.follows_id
         LEFT JOIN sharing.modules c ON c.id = m.controlled_by_id WHERE m.name = $1",
        &[name.into()],
        |row| Ok((row.get(1)?.unwrap_or_default(), row.get(2)?, row.get(3)?)),
    )?
    .pop();
    match found {
        None => Err(MODULE.unknown(name)),
        Some((_, Some(followed), _)) => Err(belongs_to_followed(name, &followed)),
        Some((_, _, Some(parent))) => Err(belongs_to_parent(name, &parent)),
        Some((id, None, None)) => Ok(id),
    }
}

/// The levels that a rule of a module names, by the numbers of its children.
fn child_levels(module: i32, name: &str, related: &Related) -> Result<Vec<(i32, RelatedAccess)>> {
    if related.is_empty() {
        return Ok(Vec::new());
    }
    let children: Vec<i32> = column(
        "SELECT DISTINCT e.child_id FROM sharing.relations e JOIN sharing.modules p ON p.id = e.parent_id WHERE COALESCE(p.follows_id, p.id) = $1",
        &[module.into()],
    )?;
    let number = |child: &str| match MODULE.id(child)? {
        id if children.contains(&id) => Ok(id),
        _ => Err(no_child(child, name)),
    };
    related
        .iter()
        .map(|(child, &level)| {
            let id = number(child).map_err(|error| error.at(&related_path(child)))?;
            Ok((id, level))
        })
        .collect()
}

impl Change {
    pub fn set_global_access(&self, module: &str, access: GlobalAccess) -> Result<()> {
        let id = ruling_module(module)?;
        execute(
            "UPDATE sharing.modules SET staged_global_access = $2 WHERE id = $1",
            &[id.into(), access.label().into()],
        )?;
        Ok(())
    }

    /// Returns the number of the rule.
    pub fn add_rule(&self, module: &str, wanted: &WantedRule) -> Result<i64> {
        let access = RuleAccess::parse(wanted.access)?;
        must_be_to_come(
            wanted.until,
            "a rule that is not wanted any more ends with sharing.drop_rule()",
        )?;
        let id = ruling_module(module)?;
        let levels = child_levels(id, module, &wanted.related)?;
        let criteria = match &wanted.criteria {
            None => None,
            Some(criteria) => Some(self.number_of_criteria(id, criteria)?),
        };
        let rule = NewRule {
            access: None,
            staged_access: Some(access),
            module: id,
            owned_by: wanted.owned_by.map_or(Ok((None, false, None)), party)?,
            criteria,
            staged_criteria: criteria,
            shared_with: party(wanted.shared_with)?,
            superiors: wanted.superiors,
            until: None,
            staged_until: wanted.until.map(|until| Moment(until).to_string()),
        };
        rule.must_be_new(module)?;
        let number = self
            .insert_rules(&[rule])?
            .pop()
            .ok_or_else(|| Error::internal("the new rule has no number"))?;
        self.stage_levels(&[number], &of_rule(number, levels))?;
        Ok(number)
    }

    /// Returns their numbers, in the same order.
    pub(super) fn insert_rules(&self, rules: &[NewRule]) -> Result<Vec<i64>> {
        fn all<T>(rules: &[NewRule], field: impl Fn(&NewRule) -> T) -> Vec<T> {
            rules.iter().map(field).collect()
        }
        let mut numbers: Vec<i64> = column(
            "INSERT INTO sharing.rules (module_id, owned_by_role_id, owned_by_subordinates, owned_by_group_id, shared_with_role_id,
                 shared_with_subordinates, shared_with_group_id, superiors, access, staged_access, until, staged_until, criteria_id, staged_criteria_id)
             SELECT module, owner_role, owner_below, owner_group, role, below, receivers, superiors, access, staged,
                 until::timestamptz, staged_until::timestamptz, criteria, staged_criteria
             FROM unnest($1::int4[], $2::int4[], $3::bool[], $4::int4[], $5::int4[], $6::bool[], $7::int4[], $8::bool[], $9::text[], $10::text[],
                 $11::text[], $12::text[], $13::int4[], $14::int4[])
                 WITH ORDINALITY
               AS d (module, owner_role, owner_below, owner_group, role, below, receivers, superiors, access, staged, until, staged_until, criteria, staged_criteria, place)
             ORDER BY place RETURNING id",
            &[
                all(rules, |rule| rule.module).into(),
                all(rules, |rule| rule.owned_by.0).into(),
                all(rules, |rule| rule.owned_by.1).into(),
                all(rules, |rule| rule.owned_by.2).into(),
                all(rules, |rule| rule.shared_with.0).into(),
                all(rules, |rule| rule.shared_with.1).into(),
                all(rules, |rule| rule.shared_with.2).into(),
                all(rules, |rule| rule.superiors).into(),
                all(rules, |rule| rule.access.map(RuleAccess::label)).into(),
                all(rules, |rule| rule.staged_access.map(RuleAccess::label)).into(),
                all(rules, |rule| rule.until.clone()).into(),
                all(rules, |rule| rule.staged_until.clone()).into(),
                all(rules, |rule| rule.criteria).into(),
                all(rules, |rule| rule.staged_criteria).into(),
            ],
        )?;
        // Numbers are given in the order of the rows.
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Makes `levels` (a rule, a child module, a level) all that these rules are going to say of
    /// children.
    fn stage_levels(&self, rules: &[i64], levels: &[(i64, i32, RelatedAccess)]) -> Result<()> {
        self.set_levels(("staged_level", "level"), rules, levels)
    }

    /// The same for one of the columns; where neither it nor `other` says anything, nothing stays.
    pub(super) fn set_levels(
        &self,
        (column, other): (&str, &str),
        rules: &[i64],
        levels: &[(i64, i32, RelatedAccess)],
    ) -> Result<()> {
        let of_rules: Vec<i64> = levels.iter().map(|level| level.0).collect();
        let of_modules: Vec<i32> = levels.iter().map(|level| level.1).collect();
        let labels: Vec<&str> = levels.iter().map(|level| level.2.label()).collect();
        const UNNAMED: &str = "rule_id = ANY ($1) AND NOT EXISTS (SELECT FROM unnest($2::int8[], $3::int4[]) AS d (rule, module)
                 WHERE d.rule = rule_id AND d.module = module_id)";
        for statement in [
            format!("DELETE FROM sharing.related_levels WHERE {other} IS NULL AND {UNNAMED}"),
            format!(
                "UPDATE sharing.related_levels SET {column} = NULL WHERE {column} IS NOT NULL AND {UNNAMED}"
            ),
        ] {
            let arguments = [
                rules.to_vec().into(),
                of_rules.clone().into(),
                of_modules.clone().into(),
            ];
            execute(&statement, &arguments)?;
        }
        execute(
            &format!(
                "INSERT INTO sharing.related_levels AS l (rule_id, module_id, {column})
                 SELECT * FROM unnest($1::int8[], $2::int4[], $3::text[])
                 ON CONFLICT (rule_id, module_id) DO UPDATE SET {column} = EXCLUDED.{column} WHERE l.{column} IS DISTINCT FROM EXCLUDED.{column}"
            ),
            &[of_rules.into(), of_modules.into(), labels.into()],
        )?;
        Ok(())
    }

    /// `until` is the end that it is to have, infinity for none; None leaves that as it is.
    pub fn alter_rule(
        &self,
        id: i64,
        access: Option<&str>,
        related: Option<&Related>,
        criteria: Option<&Criteria>,
        until: Option<Time>,
    ) -> Result<()> {
        let until = until.map(|until| (until != Time::MAX).then_some(until));
        must_be_to_come(
            until.flatten(),
            "a rule that is not wanted any more ends with sharing.drop_rule()",
        )?;
        let access = access.map(RuleAccess::parse).transpose()?;
        let (module, name) = self.module_of_rule(id)?;
        if let Some(related) = related {
            let levels = child_levels(module, &name, related)?;
            self.stage_levels(&[id], &of_rule(id, levels))?;
        }
        if let Some(criteria) = criteria {
            self.alter_criteria(id, (module, &name), criteria)?;
        }
        if let Some(access) = access {
            execute(
                "UPDATE sharing.rules SET staged_access = $2 WHERE id = $1",
                &[id.into(), access.label().into()],
            )?;
        }
        if let Some(until) = until {
            execute(
                "UPDATE sharing.rules SET staged_until = $2 WHERE id = $1",
                &[id.into(), timestamp(until)],
            )?;
        }
        Ok(())
    }

    /// What is valid stays until that is applied.
    fn alter_criteria(
        &self,
        id: i64,
        (module, name): (i32, &str),
        criteria: &Criteria,
    ) -> Result<()> {
        let number = self.number_of_criteria(module, criteria)?;
        self.must_differ_by_criteria(id, name, number)?;
        execute(
            "UPDATE sharing.rules SET staged_criteria_id = $2, criteria_id = CASE WHEN access IS NULL THEN $2 ELSE criteria_id END WHERE id = $1",
            &[id.into(), number.into()],
        )?;
        self.forget_unused_criteria()
    }

    pub fn drop_rule(&self, id: i64) -> Result<()> {
        self.module_of_rule(id)?;
        self.drop_rules(vec![id])?;
        self.forget_unused_criteria()
    }

    pub(super) fn drop_rules(&self, ids: Vec<i64>) -> Result<()> {
        // A rule that was never valid has nothing to stay for.
        for statement in [
            "DELETE FROM sharing.related_levels l USING sharing.rules r WHERE r.id = l.rule_id AND r.id = ANY ($1) AND r.access IS NULL",
            "DELETE FROM sharing.rules WHERE id = ANY ($1) AND access IS NULL",
        ] {
            execute(statement, &[ids.clone().into()])?;
        }
        execute(
            "UPDATE sharing.rules SET staged_access = NULL WHERE id = ANY ($1)",
            &[ids.into()],
        )?;
        Ok(())
    }

    /// The module of a rule, by number and name. A rule that is staged to go is gone for those who
    /// change rules.
    pub fn module_of_rule(&self, id: i64) -> Result<(i32, String)> {
        rows(
            "SELECT m.id, m.name FROM sharing.rules r JOIN sharing.modules m ON m.id = r.module_id WHERE r.id = $1 AND r.staged_access IS NOT NULL",
            &[id.into()],
            |row| Ok((row.get(1)?.unwrap_or_default(), row.get(2)?.unwrap_or_default())),
        )?
        .pop()
        .ok_or_else(|| {
            Error::unknown(format!("rule {id} does not exist"))
                .hint("Rules are listed in sharing.rules; sharing.discard_changes() brings back one that is staged to go.")
        })
    }

    /// Forgets what rules say of modules that are no children of theirs any more.
    pub fn forget_levels_of_strangers(&self) -> Result<()> {
        execute(
            "DELETE FROM sharing.related_levels l WHERE NOT EXISTS (
                 SELECT FROM sharing.rules r JOIN sharing.modules p ON COALESCE(p.follows_id, p.id) = r.module_id
                 JOIN sharing.relations e ON e.parent_id = p.id WHERE r.id = l.rule_id AND e.child_id = l.module_id)",
            &[],
        )?;
        Ok(())
    }

    /// Makes all pending changes valid; returns how many. By statements over whole tables: there is
    /// no limit to the number of rules.
    pub fn apply_rules(&self) -> Result<i64> {
        let pending = number_of_pending_changes(&Snapshot::latest())?;
        execute_all(&[
            "UPDATE sharing.modules SET global_access = staged_global_access WHERE global_access <> staged_global_access",
            "DELETE FROM sharing.related_levels WHERE staged_level IS NULL",
        ])?;
        execute_all(&APPLY_DROPS)?;
        execute_all(&[
            "UPDATE sharing.rules SET access = staged_access, until = staged_until, criteria_id = staged_criteria_id
             WHERE (access, until, criteria_id) IS DISTINCT FROM (staged_access, staged_until, staged_criteria_id)",
            "UPDATE sharing.related_levels SET level = staged_level WHERE level IS DISTINCT FROM staged_level",
            "UPDATE sharing.relations SET applied = true, shares_applied = true, with_parent = staged_with_parent
             WHERE NOT (applied AND shares_applied) OR with_parent <> staged_with_parent",
        ])?;
        self.forget_unused_criteria()?;
        Ok(pending)
    }

    /// Forgets all pending changes; returns how many.
    ///
    /// A relation stays, and carries nothing that it did not carry before ([`apply_without_defaults`]).
    pub fn discard_changes(&self) -> Result<i64> {
        let pending = number_of_pending_changes(&Snapshot::latest())?;
        execute_all(&[
            "UPDATE sharing.modules SET staged_global_access = global_access WHERE global_access <> staged_global_access",
            "DELETE FROM sharing.related_levels WHERE level IS NULL",
            "DELETE FROM sharing.rules WHERE access IS NULL",
            "UPDATE sharing.rules SET staged_access = access, staged_until = until, staged_criteria_id = criteria_id
             WHERE (access, until, criteria_id) IS DISTINCT FROM (staged_access, staged_until, staged_criteria_id)",
            "UPDATE sharing.related_levels SET staged_level = level WHERE level IS DISTINCT FROM staged_level",
            "UPDATE sharing.relations SET with_shares = false, shares_applied = true WHERE NOT shares_applied",
            "UPDATE sharing.relations SET staged_with_parent = with_parent WHERE with_parent <> staged_with_parent",
        ])?;
        apply_without_defaults()?;
        self.forget_unused_criteria()?;
        Ok((pending - number_of_pending_changes(&Snapshot::latest())?).max(0))
    }
}

fn execute_all(statements: &[&str]) -> Result<()> {
    statements
        .iter()
        .try_for_each(|statement| execute(statement, &[]).map(|_| ()))
}

fn of_rule(rule: i64, levels: Vec<(i32, RelatedAccess)>) -> Vec<(i64, i32, RelatedAccess)> {
    levels
        .into_iter()
        .map(|(module, level)| (rule, module, level))
        .collect()
}
