//! One caller's view of one module: what everybody else asks.

use crate::core::access::{Action, Level, Permissions, Right};
use crate::core::decision::explanation::{ADMINISTRATOR, Grant};
use crate::core::decision::extent::{Candidates, Extent, GroupAnswer, Way};
use crate::core::decision::owned::Owned;
use crate::core::decision::record::{ParentView, Record, closed_against, office_of};
use crate::core::decision::rules::{RelationReach, RuleReach, RulesReach};
use crate::core::org::{
    Control, CriteriaId, GroupId, ModuleId, OfficeId, Org, Recipient, RelationId, User,
};

/// One caller's view of one module.
#[derive(Debug)]
pub struct Sight<'a> {
    org: &'a Org,
    me: &'a User,
    module: ModuleId,
    permissions: Permissions,
    decided_by: DecidedBy<'a>,
}

/// What the caller's profiles leave of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// In which they do.
    pub module: ModuleId,
    pub from: Level,
    pub to: Level,
}

/// Whose grants decide about the records of a module.
#[derive(Debug)]
enum DecidedBy<'a> {
    /// Those of the record itself, by its owners.
    Owners(Box<Owned<'a>>),
    /// Those of the parent record, action by action, within the module's own permissions.
    Parent(Box<Sight<'a>>),
}

/// The decision.
impl<'a> Sight<'a> {
    /// `me` must be active: an inactive user is nobody, and nobody has no sight.
    /// None for a module that does not exist, or whose chain of parents does not end.
    pub fn new(org: &'a Org, me: &'a User, module: ModuleId) -> Option<Self> {
        Self::within(org, me, module, org.modules.len())
    }

    pub(super) fn within(
        org: &'a Org,
        me: &'a User,
        module: ModuleId,
        depth: usize,
    ) -> Option<Self> {
        let facts = org.modules.get(&module)?;
        let decided_by = match facts.control {
            Control::Parent(parent) => DecidedBy::Parent(Box::new(Self::within(
                org,
                me,
                parent,
                depth.checked_sub(1)?,
            )?)),
            Control::Owner => {
                let above = |parent| {
                    let sight = Self::within(org, me, parent, depth.checked_sub(1)?)?;
                    Some(Box::new(sight) as Box<dyn ParentView + 'a>)
                };
                DecidedBy::Owners(Box::new(Owned::new(org, me, module, &above)?))
            }
        };
        Some(Sight {
            org,
            me,
            module,
            permissions: org.permissions(me, module),
            decided_by,
        })
    }

    pub fn is_administrator(&self) -> bool {
        self.me.rights.has(Right::Administrator)
    }

    pub fn permissions(&self) -> Permissions {
        self.permissions
    }

    pub fn module(&self) -> ModuleId {
        self.module
    }

    /// The module whose records control those of this one.
    pub fn parent_module(&self) -> Option<ModuleId> {
        match &self.decided_by {
            DecidedBy::Owners(_) => None,
            DecidedBy::Parent(parent) => Some(parent.module),
        }
    }

    /// Whether the caller may do `action` with `record`.
    pub fn allows(&self, action: Action, record: &Record) -> bool {
        if self.is_administrator() {
            return true;
        }
        match &self.decided_by {
            DecidedBy::Owners(owned) => self
                .permissions
                .allow(owned.level(self.org, self.me, record), action),
            DecidedBy::Parent(parent) => record
                .parent
                .zip(self.action_above(action))
                .is_some_and(|(above, action)| parent.allows(action, above)),
        }
    }

    /// What the caller must be allowed to do with the record that controls one of a detail module,
    /// so that they may do `action`. None where the caller's profiles let them do it with no record.
    pub fn action_above(&self, action: Action) -> Option<Action> {
        self.permissions
            .allow(Level::Full, action)
            .then_some(match action {
                // Inserting a line changes the order.
                Action::Create => Action::Edit,
                _ => action,
            })
    }

    /// The level that `access_to` reports: after the cuts of profiles.
    pub fn access(&self, record: &Record) -> Level {
        if self.is_administrator() {
            return Level::Full;
        }
        match &self.decided_by {
            DecidedBy::Owners(owned) => self
                .permissions
                .reported(owned.level(self.org, self.me, record)),
            DecidedBy::Parent(parent) => record.parent.map_or(Level::None, |above| {
                self.permissions.reported(parent.access(above))
            }),
        }
    }

    /// What profiles take of what the grants add up to: of a detail, in the module of the record at the end
    /// of the chain of parents first, and in its own last.
    pub fn cuts(&self, record: &Record) -> Vec<Cut> {
        let mut cuts = Vec::new();
        if !self.is_administrator() {
            self.add_cuts(record, &mut cuts);
        }
        cuts
    }

    /// Returns what is left.
    fn add_cuts(&self, record: &Record, cuts: &mut Vec<Cut>) -> Level {
        let from = match &self.decided_by {
            DecidedBy::Owners(owned) => owned.level(self.org, self.me, record),
            DecidedBy::Parent(parent) => record
                .parent
                .map_or(Level::None, |above| parent.add_cuts(above, cuts)),
        };
        let to = self.permissions.reported(from);
        if to < from {
            let module = self.module;
            cuts.push(Cut { module, from, to });
        }
        to
    }

    /// Every grant that holds, strongest first, also those that a closed office withholds.
    /// For a detail record: the grants of the record that controls it.
    pub fn grants(&self, record: &Record) -> Vec<Grant> {
        let mut grants = match &self.decided_by {
            DecidedBy::Owners(owned) => owned.grants(self.org, self.me, record),
            DecidedBy::Parent(parent) => {
                return match record.parent {
                    Some(above) => parent.grants(above),
                    None if self.is_administrator() => vec![ADMINISTRATOR],
                    None => Vec::new(),
                };
            }
        };
        grants.sort_by_key(|grant| {
            (
                grant.withheld_by.is_some(),
                std::cmp::Reverse(grant.level),
                grant.reason,
            )
        });
        grants
    }

    /// Whether records of `office` are closed to the caller's hierarchy and rules.
    pub fn is_closed_to_me(&self, office: Option<OfficeId>) -> bool {
        closed_against(self.org, self.me, office).is_some()
    }
}

/// What the record's own owners give: grants 1 to 6 and 8 to 11, and 14.
impl Sight<'_> {
    /// Which owners' records the caller may do `action` with, by grants 1 to 6 and 8 to 10: those
    /// that depend on the record's owner alone. None for a detail module, which has no owner.
    pub fn extent(&self, action: Action) -> Option<Extent> {
        if self.is_administrator() {
            return Some(Extent::Everything);
        }
        match &self.decided_by {
            DecidedBy::Owners(owned) => {
                let suffices = |level| self.permissions.allow(level, action);
                Some(owned.extent(self.org, self.me, suffices))
            }
            DecidedBy::Parent(_) => None,
        }
    }

    /// What a group owner gives where the record also has a user owner who gives nothing.
    pub fn group_answer(&self, action: Action, group: GroupId) -> GroupAnswer {
        let DecidedBy::Owners(owned) = &self.decided_by else {
            return GroupAnswer::No;
        };
        let suffices = |level| self.permissions.allow(level, action);
        if self.is_administrator() || owned.my_groups.contains(&group) && suffices(Level::Full) {
            GroupAnswer::Yes
        } else if suffices(owned.rules.any.group_level(group)) {
            GroupAnswer::UnlessClosed
        } else {
            GroupAnswer::No
        }
    }

    /// Whether a share or a grant of `level`, and nothing else, lets the caller do `action`: for a detail,
    /// one of the record at the end of the chain of parents.
    pub fn allows_by_share(&self, action: Action, level: Level) -> bool {
        match &self.decided_by {
            DecidedBy::Owners(_) => self.permissions.allow(level, action),
            DecidedBy::Parent(parent) => self
                .action_above(action)
                .is_some_and(|action| parent.allows_by_share(action, level)),
        }
    }
}

/// Grant 14: single records that were given to the caller.
impl Sight<'_> {
    /// By what records of the module may have been given to the caller; nothing where they cannot be given,
    /// and for a detail, whose own records are not.
    pub fn recipients(&self) -> Vec<Recipient> {
        match &self.decided_by {
            DecidedBy::Owners(owned) if owned.grants => self.org.recipients_of(self.me),
            _ => Vec::new(),
        }
    }

    /// Whether a grant of a parent record, and nothing else, lets the caller do `action` with its children
    /// over a relation (grant 12): unless the office of either is closed to the caller.
    pub fn allows_related_by_grant(&self, relation: RelationId, action: Action) -> bool {
        let with_grants = |reach: &RelationReach| reach.with_grants;
        self.relation(relation).is_some_and(with_grants)
            && self.permissions.allow(Level::Read, action)
    }
}

/// Rules with criteria: what they give on records that meet these.
impl Sight<'_> {
    /// Of which criteria there are rules that reach the caller, on records of the module; over a relation, on
    /// those of the parent.
    pub fn criteria(&self, relation: Option<RelationId>) -> Vec<CriteriaId> {
        let rules = self.rules(relation);
        rules.map_or_else(Vec::new, |rules| rules.criteria().collect())
    }

    /// What rules give that speak of a way's records: of the caller's own nothing, since more than rules counts
    /// there.
    fn reach(&self, way: Way) -> Option<&RuleReach> {
        let rules = self.rules(way.relation())?;
        match way {
            Way::Own => None,
            Way::Relation(_) => Some(&rules.any),
            Way::Criteria(id) | Way::RelatedCriteria(_, id) => rules.if_met(id),
        }
    }

    fn rules(&self, relation: Option<RelationId>) -> Option<&RulesReach> {
        match (&self.decided_by, relation) {
            (DecidedBy::Owners(owned), None) => Some(&owned.rules),
            (DecidedBy::Owners(owned), Some(id)) => owned.relation(id).map(|over| &over.rules),
            (DecidedBy::Parent(_), _) => None,
        }
    }
}

/// What the owners of a parent record give over a relation: grant 12.
impl Sight<'_> {
    /// Whether a share of a parent record, and nothing else, lets the caller do `action` with its
    /// children over a relation (grant 12).
    pub fn allows_related_by_share(&self, relation: RelationId, action: Action) -> bool {
        let with_shares = |reach: &RelationReach| reach.with_shares;
        self.relation(relation).is_some_and(with_shares)
            && self.permissions.allow(Level::Read, action)
    }
}

impl<'a> Sight<'a> {
    fn relation(&self, id: RelationId) -> Option<&RelationReach<'a>> {
        match &self.decided_by {
            DecidedBy::Owners(owned) => owned.relation(id),
            DecidedBy::Parent(_) => None,
        }
    }
}

/// Grant 13: what access to a parent record gives on its children.
impl Sight<'_> {
    /// What the caller must be allowed to do with a parent, so that they may do `action` with its children
    /// unless the office of these is closed to them: None where no access to it lets them.
    pub fn action_over(&self, relation: RelationId, action: Action) -> Option<Action> {
        let (most, _) = self.relation(relation)?.with_parent.as_ref()?;
        let of_parent = [(Level::Read, Action::Read), (Level::Edit, Action::Edit)];
        let mut enough = of_parent.into_iter().filter(|(level, _)| level <= most);
        enough
            .find(|(level, _)| self.permissions.allow(*level, action))
            .map(|(_, action)| action)
    }

    /// Whether what the caller may do with a parent lets them do `action` with its children over a relation, unless
    /// the office of these is closed to them.
    pub fn allows_by_parent(&self, relation: RelationId, action: Action, parent: &Record) -> bool {
        let over = self.relation(relation);
        let view = over.and_then(|over| over.with_parent.as_ref());
        let asked = view.zip(self.action_over(relation, action));
        asked.is_some_and(|((_, view), action)| view.lets(action, parent))
    }
}

impl ParentView for Sight<'_> {
    fn access_to(&self, record: &Record) -> Level {
        self.access(record)
    }

    fn lets(&self, action: Action, record: &Record) -> bool {
        self.allows(action, record)
    }
}

/// What owners give by one of the ways: their records, or those that meet criteria, or the children of these
/// (grants 6 and 7).
impl Sight<'_> {
    /// Whose records let the caller do `action` with them or, over a relation, with their children. None for a
    /// detail module, which has no owner.
    pub fn extent_by(&self, way: Way, action: Action) -> Option<Extent> {
        if way == Way::Own {
            return self.extent(action);
        }
        let nothing = || Extent::Listed(Candidates::default());
        let suffices = |level| self.permissions.allow(level, action);
        let reach = self.reach(way);
        Some(reach.map_or_else(nothing, |reach| reach.extent(self.org, suffices)))
    }

    /// Whether a record with these owners lets the caller do `action` with it or, over a relation, with its
    /// children: unless the child's office is closed to the caller.
    pub fn allows_by(&self, way: Way, action: Action, record: &Record) -> bool {
        if way == Way::Own {
            return self.allows(action, record);
        }
        closed_against(self.org, self.me, office_of(self.org, record)).is_none()
            && self
                .reach(way)
                .is_some_and(|reach| self.permissions.allow(reach.level(record), action))
    }

    /// What a group owner gives where the record also has a user owner who gives nothing.
    pub fn group_answer_by(&self, way: Way, action: Action, group: GroupId) -> GroupAnswer {
        if way == Way::Own {
            return self.group_answer(action, group);
        }
        match self.reach(way) {
            Some(reach) if self.permissions.allow(reach.group_level(group), action) => {
                GroupAnswer::UnlessClosed
            }
            _ => GroupAnswer::No,
        }
    }
}
