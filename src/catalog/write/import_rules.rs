//! Making rules equal to a document (semantics: Configuration as one document), like the rest in `import`. Where the document is not applied,
//! only what is staged changes; where it is, what is valid and what is staged become what the document says,
//! and nothing of which it does not speak.

use crate::catalog::write::change::{Change, GROUP, MODULE, NamedKind, ROLE};
use crate::catalog::write::rules::{NewRule, party_columns};
use crate::catalog::write::sql::execute;
use crate::core::RelatedAccess;
use crate::core::criteria::Criteria;
use crate::core::document::{AccessGiven, Plan, RuleEntry, section};
use crate::core::{Result, RuleAccess};
use std::collections::HashMap;

/// What rules are to give, valid or staged.
#[derive(Default)]
struct Given {
    access: Vec<Option<&'static str>>,
    until: Vec<Option<String>>,
    criteria: Vec<Option<i32>>,
    levels: Vec<(i64, i32, RelatedAccess)>,
}

impl Given {
    fn add(
        &mut self,
        number: i64,
        gives: Option<AccessGiven>,
        modules: &HashMap<String, i32>,
    ) -> Result<()> {
        let until = gives.and_then(|(.., until)| until);
        self.until.push(until.map(|until| until.to_string()));
        self.access.push(gives.map(|(access, ..)| access.label()));
        for (child, &level) in gives.into_iter().flat_map(|(_, related, _)| related) {
            let module = modules.get(child).copied();
            let module = module.ok_or_else(|| MODULE.unknown(child))?;
            self.levels.push((number, module, level));
        }
        Ok(())
    }
}

/// The rules of a document by their numbers, with what they are to give.
#[derive(Default)]
struct RulesToStore {
    numbers: Vec<i64>,
    valid: Given,
    to_be: Given,
}

impl RulesToStore {
    fn add(&mut self, number: i64, rule: &RuleEntry, modules: &HashMap<String, i32>) -> Result<()> {
        self.numbers.push(number);
        self.valid.add(number, rule.valid(), modules)?;
        self.to_be.add(number, rule.to_be(), modules)
    }

    fn set_levels(&self, change: &Change, apply: bool) -> Result<()> {
        let (staged, valid) = ("staged_level", "level");
        change.set_levels((staged, valid), &self.numbers, &self.to_be.levels)?;
        if apply {
            change.set_levels((valid, staged), &self.numbers, &self.valid.levels)?;
        }
        Ok(())
    }
}

impl Change {
    /// Drops and alters rules as an import wants it, and keeps those that were staged to go and are
    /// wanted again.
    pub(super) fn restage_rules(&self, plan: &Plan) -> Result<()> {
        let number = |at: usize| plan.present.rules[at].0;
        let wanted = section(&plan.wanted.rules);
        let dropped: Vec<i64> = plan.rules.drop.iter().map(|&at| number(at)).collect();
        if plan.apply {
            for statement in [
                "DELETE FROM sharing.related_levels WHERE rule_id = ANY ($1)",
                "DELETE FROM sharing.rules WHERE id = ANY ($1)",
            ] {
                execute(statement, &[dropped.clone().into()])?;
            }
        } else {
            self.drop_rules(dropped)?;
        }
        let altered = plan
            .rules
            .alter
            .iter()
            .map(|&(before, at)| (number(before), &wanted[at]));
        let kept = plan.kept_rules.iter().map(|(&at, &id)| (id, &wanted[at]));
        let (mut told, modules) = (RulesToStore::default(), MODULE.ids()?);
        for (number, rule) in altered.chain(kept) {
            told.add(number, rule, &modules)?;
            let numbers = self.numbers_of_criteria(rule, &modules)?;
            told.valid.criteria.push(numbers[0]);
            told.to_be.criteria.push(numbers[1]);
        }
        told.set_levels(self, plan.apply)?;
        execute(
            "UPDATE sharing.rules r SET staged_access = d.staged, staged_until = d.staged_until::timestamptz, staged_criteria_id = d.staged_criteria,
                 access = CASE WHEN $4 THEN d.access ELSE r.access END, until = CASE WHEN $4 THEN d.until::timestamptz ELSE r.until END,
                 criteria_id = CASE WHEN $4 THEN d.criteria ELSE r.criteria_id END
             FROM unnest($1::int8[], $2::text[], $3::text[], $5::text[], $6::text[], $7::int4[], $8::int4[])
                 AS d (id, access, staged, until, staged_until, criteria, staged_criteria)
             WHERE r.id = d.id AND ((r.staged_access, r.staged_until, r.staged_criteria_id)
                     IS DISTINCT FROM (d.staged, d.staged_until::timestamptz, d.staged_criteria)
                 OR $4 AND (r.access, r.until, r.criteria_id) IS DISTINCT FROM (d.access, d.until::timestamptz, d.criteria))",
            &[
                told.numbers.into(),
                told.valid.access.into(),
                told.to_be.access.into(),
                plan.apply.into(),
                told.valid.until.into(),
                told.to_be.until.into(),
                told.valid.criteria.into(),
                told.to_be.criteria.into(),
            ],
        )?;
        Ok(())
    }

    /// Adds the rules of an import.
    pub(super) fn add_rules(&self, plan: &Plan) -> Result<()> {
        let (modules, roles, groups) = (MODULE.ids()?, ROLE.ids()?, GROUP.ids()?);
        let id = |named: &NamedKind, ids: &HashMap<String, i32>, name: &str| {
            ids.get(name).copied().ok_or_else(|| named.unknown(name))
        };
        let party = |principal| {
            party_columns(
                principal,
                |name| id(&ROLE, &roles, name),
                |name| id(&GROUP, &groups, name),
            )
        };
        let wanted: Vec<_> = plan
            .rules
            .create
            .iter()
            .filter(|at| !plan.kept_rules.contains_key(at))
            .map(|&at| &section(&plan.wanted.rules)[at])
            .collect();
        let access =
            |gives: Option<AccessGiven>| -> Option<RuleAccess> { gives.map(|gives| gives.0) };
        let until = |gives: Option<AccessGiven>| {
            let until = gives.and_then(|(.., until)| until);
            until.map(|until| until.to_string())
        };
        let mut new = Vec::new();
        for rule in &wanted {
            let [criteria, staged_criteria] = self.numbers_of_criteria(rule, &modules)?;
            new.push(NewRule {
                module: id(&MODULE, &modules, &rule.module)?,
                owned_by: match &rule.owned_by {
                    None => (None, false, None),
                    Some(owned_by) => party(owned_by)?,
                },
                criteria,
                staged_criteria,
                shared_with: party(&rule.shared_with)?,
                superiors: rule.superiors,
                access: access(rule.valid()).filter(|_| plan.apply),
                staged_access: access(rule.to_be()),
                until: until(rule.valid()).filter(|_| plan.apply),
                staged_until: until(rule.to_be()),
            });
        }
        let numbers = self.insert_rules(&new)?;
        let rules = numbers.into_iter().zip(wanted);
        let mut told = RulesToStore::default();
        for (number, rule) in rules {
            told.add(number, rule, &modules)?;
        }
        told.set_levels(self, plan.apply)
    }

    /// Of the criteria that are valid, and of those that are going to be.
    fn numbers_of_criteria(
        &self,
        rule: &RuleEntry,
        modules: &HashMap<String, i32>,
    ) -> Result<[Option<i32>; 2]> {
        let module = modules.get(&rule.module).copied();
        let module = module.ok_or_else(|| MODULE.unknown(&rule.module))?;
        let number = |criteria: Option<&Criteria>| {
            let number = criteria.map(|criteria| self.number_of_criteria(module, criteria));
            number.transpose()
        };
        let staged = number(rule.criteria_to_be())?;
        Ok([number(rule.criteria.as_ref())?, staged])
    }
}
