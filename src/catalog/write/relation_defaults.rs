//! Relations that wait for `apply_rules()`: until then rules carry over them only what they name. What
//! they carry by default is for the core to say.

use crate::catalog::read::configuration::configuration;
use crate::catalog::read::organization::Rules;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::sql::execute;
use crate::core::Result;
use crate::core::org::{ModuleId, Org, Relation, RuleId};
use std::collections::HashSet;

/// The numbers of the relations over which rules, valid or staged, are going to carry more than now.
pub(super) fn waiting_relations(snapshot: &Snapshot) -> Result<Vec<i32>> {
    let enforced = configuration(snapshot, Rules::Enforced)?.org;
    let waiting: Vec<&Relation> = unapplied(&enforced).collect();
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let staged = configuration(snapshot, Rules::Staged)?.org;
    let carries = |relation: &&Relation| {
        enforced.carries_by_default(relation) || staged.carries_by_default(relation)
    };
    let waiting = waiting.into_iter().filter(carries);
    Ok(waiting.map(|relation| relation.id.0).collect())
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
