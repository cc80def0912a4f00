//! What `apply_rules()` makes valid: a module is concerned where what decides about it is going to differ.

use crate::core::access::{GlobalAccess, Level};
use crate::core::org::{CriteriaId, ModuleId, Org, RelationId, RuleId};

/// What of the rules decides about a module: global access, its own rules, and what comes over its relations.
#[derive(Debug, PartialEq)]
pub struct RulesOf {
    global: Option<GlobalAccess>,
    own: Vec<(RuleId, Option<CriteriaId>, Level)>,
    related: Vec<RulesOver>,
}

/// What the rules of parents give over a relation, whether shares carry, and of how much of the access to parents
/// what decides about these.
#[derive(Debug, PartialEq)]
struct RulesOver {
    relation: RelationId,
    levels: Vec<(RuleId, Option<CriteriaId>, Level)>,
    with_shares: bool,
    with_parent: Option<(Level, Box<RulesOf>)>,
}

pub fn rules_of(org: &Org, module: ModuleId) -> Option<RulesOf> {
    let module = org.controlling_module(module)?;
    let ruling = org.ruling_module(module);
    let mut own: Vec<_> = org
        .rules
        .iter()
        .filter(|rule| rule.module == ruling)
        .map(|rule| (rule.id, rule.criteria, rule.access.level()))
        .collect();
    own.sort();
    let mut related = Vec::new();
    for relation in org.relations.iter().filter(|one| one.child == module) {
        let levels = org.rules.iter();
        let levels = levels.map(|rule| (rule.id, rule.criteria, org.related_level(relation, rule)));
        let mut levels: Vec<_> = levels.filter(|(.., level)| *level > Level::None).collect();
        levels.sort();
        let carries = relation.with_parent > Level::None;
        let above = carries.then(|| rules_of(org, relation.parent)).flatten();
        related.push(RulesOver {
            relation: relation.id,
            levels,
            with_shares: relation.with_shares,
            with_parent: above.map(|above| (relation.with_parent, Box::new(above))),
        });
    }
    let global = org.modules.get(&ruling).map(|module| module.global_access);
    Some(RulesOf {
        global,
        own,
        related,
    })
}
