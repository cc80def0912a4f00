//! Whose records a caller reaches, in terms that an index can answer.

use crate::core::access::{Level, Right};
use crate::core::decision::owned::Owned;
use crate::core::decision::rules::RuleReach;
use crate::core::org::{CriteriaId, GroupId, OfficeId, Org, RelationId, RoleId, User};
use serde::{Deserialize, Serialize};

/// By which owners a record is reached: its own, or those of its parent over a relation (grant 7); whatever
/// the record is otherwise, or, by rules with criteria, if it or its parent meets these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Way {
    Own,
    Relation(RelationId),
    Criteria(CriteriaId),
    RelatedCriteria(RelationId, CriteriaId),
}

impl Way {
    /// The same for records that meet criteria.
    pub fn if_met(self, id: CriteriaId) -> Way {
        match self {
            Way::Own | Way::Criteria(_) => Way::Criteria(id),
            Way::Relation(relation) | Way::RelatedCriteria(relation, _) => {
                Way::RelatedCriteria(relation, id)
            }
        }
    }

    /// The relation that leads to those owners.
    pub fn relation(self) -> Option<RelationId> {
        match self {
            Way::Own | Way::Criteria(_) => None,
            Way::Relation(id) | Way::RelatedCriteria(id, _) => Some(id),
        }
    }
}

/// Which owners' records a caller reaches, in terms that an index can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every record, whoever owns it.
    Everything,
    /// Every record but those whose office is one of these; owners there are judged one by one.
    AllExcept(Vec<OfficeId>),
    /// At most records owned by these; each owner is judged one by one.
    Listed(Candidates),
}

/// Where the owners are to be looked for whose records a caller may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    pub oneself: bool,
    /// Users with one of these roles.
    pub roles: Vec<RoleId>,
    /// These groups, and the users who are their members by name.
    pub groups: Vec<GroupId>,
    /// Users and groups of these offices.
    pub offices: Vec<OfficeId>,
}

impl Extent {
    /// Whether there may be an owner whose records are reached.
    pub fn lists_any(&self) -> bool {
        match self {
            Extent::Everything | Extent::AllExcept(_) => true,
            Extent::Listed(candidates) => *candidates != Candidates::default(),
        }
    }
}

impl Candidates {
    pub(super) fn add(&mut self, reach: &RuleReach, suffices: impl Fn(Level) -> bool) {
        let roles = reach.roles.iter().filter(|(_, level)| suffices(**level));
        self.roles.extend(roles.map(|(id, _)| id));
        let groups = reach.groups.iter().filter(|(_, level)| suffices(**level));
        self.groups.extend(groups.map(|(id, _)| id));
    }

    /// In order, each once.
    pub(super) fn sort(&mut self) {
        fn sort<T: Ord>(ids: &mut Vec<T>) {
            ids.sort();
            ids.dedup();
        }
        sort(&mut self.roles);
        sort(&mut self.groups);
        sort(&mut self.offices);
    }
}

impl RuleReach {
    /// Whose records rules reach, where nothing else counts.
    pub(super) fn extent(&self, org: &Org, suffices: impl Fn(Level) -> bool) -> Extent {
        if suffices(self.everyone) {
            let mut closed: Vec<_> = org.closed_offices().collect();
            closed.sort();
            return match closed.is_empty() {
                true => Extent::Everything,
                false => Extent::AllExcept(closed),
            };
        }
        let mut candidates = Candidates::default();
        candidates.add(self, suffices);
        candidates.sort();
        Extent::Listed(candidates)
    }
}

/// Whether a record's group owner lets the caller do something, whoever its user owner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupAnswer {
    Yes,
    /// Only while the record's office, which its user owner decides, is not closed to the caller.
    UnlessClosed,
    No,
}

impl Owned<'_> {
    pub(super) fn extent(&self, org: &Org, me: &User, suffices: impl Fn(Level) -> bool) -> Extent {
        let mut closed: Vec<_> = org.closed_offices().collect();
        closed.sort();
        if suffices(self.open_level()) {
            return match closed.is_empty() {
                true => Extent::Everything,
                false => Extent::AllExcept(closed),
            };
        }
        let mut candidates = Candidates::default();
        if !suffices(Level::Full) {
            return Extent::Listed(candidates);
        }
        candidates.oneself = true;
        if let Some(mine) = me.role.filter(|_| self.hierarchy) {
            candidates.roles.extend(org.role_tree.below(mine));
        }
        candidates.groups.extend(&self.my_groups);
        candidates.add(&self.rules.any, &suffices);
        if let Some(mine) = me.office {
            if me.rights.has(Right::SuperUser) {
                candidates.offices.push(mine);
            }
            if me.rights.has(Right::EnterpriseView) && suffices(Level::Read) {
                candidates.offices.extend(org.office_tree.subtree(mine));
            }
        }
        candidates.sort();
        Extent::Listed(candidates)
    }
}
