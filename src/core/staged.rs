//! What `apply_rules()` makes valid: a module is concerned where what decides about it is going to differ.

use crate::core::access::{GlobalAccess, Level};
use crate::core::org::{CriteriaId, ModuleId, Org, RelationId, RuleId};

/// What of the rules decides about a module: global access, its own rules, and for each relation what
/// the rules of its parents give, and whether shares carry.
pub type RulesOf = (
    Option<GlobalAccess>,
    Vec<(RuleId, Option<CriteriaId>, Level)>,
    Vec<(RelationId, Vec<(RuleId, Option<CriteriaId>, Level)>, bool)>,
);

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
        related.push((relation.id, levels, relation.with_shares));
    }
    let global = org.modules.get(&ruling).map(|module| module.global_access);
    Some((global, own, related))
}
