//! Relations that wait for `apply_rules()`: until then rules carry over them only what they name, and
//! shares nothing. What rules carry by default is for the core to say.

use crate::catalog::read::configuration::configuration;
use crate::catalog::read::organization::Rules;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::sql::{execute, read_rows};
use crate::core::Result;
use crate::core::org::{ModuleId, Org, Relation, RelationId, RuleId};
use std::collections::HashSet;

/// What is going to carry over a relation more than now: rules, valid or staged, and shares; or how much of the
/// access to parents instead of now.
#[derive(Debug)]
pub(super) struct Waiting {
    pub relation: i32,
    pub rules: bool,
    pub shares: bool,
    pub with_parent: Option<(String, String)>,
}

/// The relations over which something else is going to carry than now. The configuration is only read where rules may.
pub(super) fn waiting_relations(snapshot: &Snapshot) -> Result<Vec<Waiting>> {
    let mut waiting = read_rows(
        "SELECT id, NOT applied, with_shares AND NOT shares_applied, NULLIF(with_parent, staged_with_parent), NULLIF(staged_with_parent, with_parent)
         FROM sharing.relations WHERE NOT (applied AND shares_applied) OR with_parent <> staged_with_parent",
        &[],
        |row| {
            let (from, to): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
            Ok(Waiting {
                with_parent: from.zip(to),
                relation: row.get(1)?.unwrap_or_default(),
                rules: row.get(2)?.unwrap_or_default(),
                shares: row.get(3)?.unwrap_or_default(),
            })
        },
    )?;
    if waiting.iter().any(|waiting| waiting.rules) {
        let enforced = configuration(snapshot, Rules::Enforced)?.org;
        let staged = configuration(snapshot, Rules::Staged)?.org;
        for waiting in &mut waiting {
            let relation = enforced.relation(RelationId(waiting.relation));
            waiting.rules &= relation.is_some_and(|relation| {
                enforced.carries_by_default(relation) || staged.carries_by_default(relation)
            });
        }
    }
    waiting.retain(|waiting| waiting.rules || waiting.shares || waiting.with_parent.is_some());
    Ok(waiting)
}

/// Makes every relation valid without letting anything more carry over it: the rules that would get the
/// level none for its child. They cannot where another relation carries them to the same child already,
/// since a level speaks of all of its parents: such a relation goes on waiting. What is staged is to be
/// forgotten before.
pub(super) fn apply_without_defaults() -> Result<()> {
    let org = configuration(&Snapshot::latest(), Rules::Enforced)?.org;
    let mut silenced: HashSet<(RuleId, ModuleId)> = HashSet::new();
    for relation in unapplied(&org).filter(|relation| !has_valid_twin(&org, relation)) {
        let rules = org.default_rules(relation);
        silenced.extend(rules.map(|rule| (rule, relation.child)));
    }
    let (rules, children): (Vec<i64>, Vec<i32>) = silenced
        .iter()
        .map(|(rule, child)| (rule.0, child.0))
        .unzip();
    execute(
        "INSERT INTO sharing.related_levels (rule_id, module_id, level, staged_level)
         SELECT d.rule, d.child, 'none', 'none' FROM ROWS FROM (pg_catalog.unnest($1::bigint[]), pg_catalog.unnest($2::integer[])) AS d (rule, child)",
        &[rules.into(), children.into()],
    )?;
    let is_silent = |relation: &&Relation| {
        let mut rules = org.default_rules(relation);
        rules.all(|rule| silenced.contains(&(rule, relation.child)))
    };
    let settled: Vec<i32> = unapplied(&org)
        .filter(is_silent)
        .map(|relation| relation.id.0)
        .collect();
    execute(
        "UPDATE sharing.relations SET applied = true WHERE id = ANY ($1)",
        &[settled.into()],
    )?;
    Ok(())
}

fn unapplied(org: &Org) -> impl Iterator<Item = &Relation> {
    org.relations.iter().filter(|relation| !relation.applied)
}

/// Whether the rules that speak of `relation` carry to its child already, over another relation.
fn has_valid_twin(org: &Org, relation: &Relation) -> bool {
    let ruling_module = |relation: &Relation| org.ruling_module(relation.parent);
    org.relations.iter().any(|other| {
        other.child == relation.child
            && other.applied
            && ruling_module(other) == ruling_module(relation)
    })
}
