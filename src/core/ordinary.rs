//! What holds for everybody who is nothing special: plans are kept for all of them together, and callers
//! out of the ordinary need their own.

use crate::core::access::{Action, Right, Rights};
use crate::core::decision::{Extent, Sight, Way, is_shared_with};
use crate::core::org::{CriteriaId, ModuleId, Org, Rule, User, UserId};

/// Somebody without a role, an office, groups and rights.
fn anybody() -> User {
    User {
        id: UserId(i32::MIN),
        role: None,
        office: None,
        active: true,
        rights: Rights::default(),
        groups: Vec::new(),
        superior_in: Vec::new(),
    }
}

/// Whether everybody who is not out of the ordinary has a list of owners with whose records they may do
/// `action`, rather than all records. Of a detail module, that of the module whose owners decide counts.
/// None for a module that does not exist.
pub fn is_listed_for_everybody(org: &Org, module: ModuleId, action: Action) -> Option<bool> {
    let owned = org.controlling_module(module)?;
    let anybody = anybody();
    let sight = Sight::new(org, &anybody, owned)?;
    let extent = sight.extent(action);
    Some(!matches!(
        extent,
        Some(Extent::Everything | Extent::AllExcept(_))
    ))
}

/// Whether somebody may reach more than a list of owners where everybody else has one.
pub fn is_extraordinary(org: &Org, me: &User) -> bool {
    may_everything(me)
        || org.profiles_of(me).iter().any(|id| {
            let profile = org.profiles.get(id);
            profile.is_some_and(|profile| profile.view_all || profile.edit_all)
        })
}

/// Whether somebody may do everything with every record, also where what else decides about it is gone.
pub fn may_everything(me: &User) -> bool {
    me.rights.has(Right::Administrator)
}

/// What a caller may have more of than the plans of others show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Records, by a way.
    By(Way),
    /// Everybody's records that meet criteria.
    Everybody(CriteriaId),
}

impl Reached {
    /// Whether somebody may.
    pub fn is_of(self, org: &Org, me: &User) -> bool {
        match self {
            Reached::By(way) => may_be_reached_by(org, me, way),
            Reached::Everybody(id) => reaches_everybody_by(org, me, id),
        }
    }
}

/// Whether any rule, or access to the parents, may let somebody read by one of the ways: children over a relation, whosever the parents are;
/// or records that meet criteria, whosever these are. Also where there is no such relation.
fn may_be_reached_by(org: &Org, me: &User, way: Way) -> bool {
    let is_shared = |rule: &Rule| {
        is_shared_with(
            org,
            me,
            &org.groups_of(me),
            rule.shared_with,
            rule.superiors,
        )
    };
    let Some(id) = way.relation() else {
        let Way::Criteria(id) = way else { return true };
        let mut rules = org.rules.iter();
        return rules.any(|rule| rule.criteria == Some(id) && is_shared(rule));
    };
    let Some(relation) = org.relation(id) else {
        return true;
    };
    let sight = Sight::new(org, me, relation.child);
    may_everything(me)
        || sight.is_some_and(|sight| {
            let by_parents = sight.action_over(id, Action::Read).is_some();
            let over = std::iter::once(Way::Relation(id));
            let met = sight.criteria(Some(id)).into_iter();
            let mut ways = over.chain(met.map(|met| Way::RelatedCriteria(id, met)));
            by_parents
                || ways.any(|way| {
                    let extent = sight.extent_by(way, Action::Read);
                    extent.is_some_and(|extent| extent.lists_any())
                })
        })
}

/// Whether everybody has a list of owners whose records they reach if these meet criteria, rather than all.
pub fn criteria_are_listed_for_everybody(org: &Org, id: CriteriaId) -> bool {
    let mut rules = org.rules.iter().filter(|rule| rule.criteria == Some(id));
    rules.all(|rule| rule.owned_by.is_some())
}

/// Whether a rule lets somebody read everybody's records that meet criteria, rather than those of listed owners.
fn reaches_everybody_by(org: &Org, me: &User, id: CriteriaId) -> bool {
    let mut rules = org.rules.iter();
    rules.any(|rule| {
        rule.criteria == Some(id)
            && rule.owned_by.is_none()
            && is_shared_with(
                org,
                me,
                &org.groups_of(me),
                rule.shared_with,
                rule.superiors,
            )
    })
}
