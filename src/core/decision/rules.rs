//! Custom rules: whom they reach, and whose records they speak of.

use crate::core::access::Level;
use crate::core::decision::record::{ParentView, Record};
use crate::core::org::{
    CriteriaId, GroupId, GroupMember, Org, Party, Recipient, RelationId, RoleId, Rule, RuleId, User,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// The rules that reach the caller: those that speak of any record, and by their criteria those that speak of
/// records which meet them.
#[derive(Debug, Default)]
pub(super) struct RulesReach {
    pub(super) any: RuleReach,
    /// In the order of their numbers.
    by_criteria: Vec<(CriteriaId, RuleReach)>,
}

impl RulesReach {
    pub(super) fn add(&mut self, org: &Org, rule: &Rule, level: Level) {
        let reach = match rule.criteria {
            None => &mut self.any,
            Some(id) => {
                let place = self.by_criteria.binary_search_by_key(&id, |one| one.0);
                let place = place.unwrap_or_else(|place| {
                    self.by_criteria.insert(place, (id, RuleReach::default()));
                    place
                });
                &mut self.by_criteria[place].1
            }
        };
        reach.add(org, rule.id, rule.owned_by, level);
    }

    /// Those that speak of records which meet criteria.
    pub(super) fn if_met(&self, id: CriteriaId) -> Option<&RuleReach> {
        let place = self.by_criteria.binary_search_by_key(&id, |one| one.0);
        place.ok().map(|place| &self.by_criteria[place].1)
    }

    /// Of which criteria there are any.
    pub(super) fn criteria(&self) -> impl Iterator<Item = CriteriaId> {
        self.by_criteria.iter().map(|one| one.0)
    }

    /// Those that speak of a record by what it meets; whose it is, is for them to say.
    pub(super) fn of<'a>(&'a self, record: &'a Record) -> impl Iterator<Item = &'a RuleReach> {
        let met = record.meets.iter().filter_map(|&id| self.if_met(id));
        std::iter::once(&self.any).chain(met)
    }

    pub(super) fn level(&self, record: &Record) -> Level {
        let levels = self.of(record).map(|reach| reach.level(record));
        levels.max().unwrap_or_default()
    }
}

/// Whose records a set of rules that reach the caller speak of, and at which level.
#[derive(Debug, Default)]
pub(super) struct RuleReach {
    pub(super) rules: Vec<(RuleId, Option<Party>, Level)>,
    /// Whoever owns them, known or not.
    pub(super) everyone: Level,
    pub(super) roles: FxHashMap<RoleId, Level>,
    /// Records owned by the group, and the records of those who are its members by name.
    pub(super) groups: FxHashMap<GroupId, Level>,
}

impl RuleReach {
    fn add(&mut self, org: &Org, id: RuleId, owned_by: Option<Party>, level: Level) {
        let raise = |slot: &mut Level| *slot = level.max(*slot);
        self.rules.push((id, owned_by, level));
        let mut roles = |roles: &[RoleId]| {
            roles
                .iter()
                .for_each(|&role| raise(self.roles.entry(role).or_default()));
        };
        match owned_by {
            None => raise(&mut self.everyone),
            Some(Party::Role(role)) => roles(&[role]),
            Some(Party::RoleAndSubordinates(top)) => roles(org.role_tree.subtree(top)),
            Some(Party::Group(outer)) => {
                for id in org.groups_within(outer) {
                    raise(self.groups.entry(id).or_default());
                    for member in org
                        .groups
                        .get(&id)
                        .into_iter()
                        .flat_map(|group| &group.members)
                    {
                        match *member {
                            GroupMember::Role(role) => roles(&[role]),
                            GroupMember::RoleAndSubordinates(top) => {
                                roles(org.role_tree.subtree(top));
                            }
                            GroupMember::Group(_) => {}
                        }
                    }
                }
            }
        }
    }

    pub(super) fn group_level(&self, group: GroupId) -> Level {
        let named = self.groups.get(&group).copied().unwrap_or_default();
        named.max(self.everyone)
    }

    fn user_level(&self, user: &User) -> Level {
        let by_role = user
            .role
            .and_then(|role| self.roles.get(&role))
            .copied()
            .unwrap_or_default();
        user.groups
            .iter()
            .map(|&group| self.group_level(group))
            .fold(by_role, Level::max)
    }

    pub(super) fn level(&self, record: &Record) -> Level {
        let by_user = record
            .user
            .map_or(Level::None, |user| self.user_level(user));
        let by_group = record
            .group
            .map_or(Level::None, |group| self.group_level(group));
        by_user.max(by_group).max(self.everyone)
    }
}

#[derive(Debug)]
pub(super) struct RelationReach<'a> {
    pub(super) relation: RelationId,
    pub(super) rules: RulesReach,
    pub(super) with_shares: bool,
    /// How much of the access to a parent carries to its children, and the caller's view of the parents.
    pub(super) with_parent: Option<(Level, Box<dyn ParentView + 'a>)>,
    /// The same, where records of the parent can be given to people.
    pub(super) with_grants: bool,
}

/// Whether `rule` reaches `me` by what it is shared with.
pub fn is_shared_with(
    org: &Org,
    me: &User,
    my_groups: &FxHashSet<GroupId>,
    shared_with: Party,
    superiors: bool,
) -> bool {
    let reaches = |role: RoleId| match shared_with {
        Party::Role(target) => role == target || superiors && org.role_tree.is_below(target, role),
        Party::RoleAndSubordinates(top) => {
            org.role_tree.is_within(role, top) || superiors && org.role_tree.is_below(top, role)
        }
        Party::Group(group) => superiors && org.is_above_a_member(me, group),
    };
    matches!(shared_with, Party::Group(group) if my_groups.contains(&group))
        || me.role.is_some_and(reaches)
}

/// Whether what was given to `to` was given to `me`.
pub(super) fn is_given_to(
    org: &Org,
    me: &User,
    my_groups: &FxHashSet<GroupId>,
    to: Recipient,
) -> bool {
    match to {
        Recipient::User(user) => me.id == user,
        Recipient::Role(role) => me.role == Some(role),
        Recipient::RoleAndSubordinates(top) => me
            .role
            .is_some_and(|role| org.role_tree.is_within(role, top)),
        Recipient::Group(group) => my_groups.contains(&group),
    }
}

/// Whether a rule speaks of `record`: by what it meets, and by whose it is.
pub(super) fn speaks_of(org: &Org, rule: &Rule, record: &Record) -> bool {
    rule.criteria.is_none_or(|id| record.meets.contains(&id)) && covers(org, rule.owned_by, record)
}

/// Whether `record` is owned by `owned_by` (semantics: The decision, *Rule, owned by*).
pub(super) fn covers(org: &Org, owned_by: Option<Party>, record: &Record) -> bool {
    let user_role = record.user.and_then(|user| user.role);
    let Some(owned_by) = owned_by else {
        return true;
    };
    match owned_by {
        Party::Role(role) => user_role == Some(role),
        Party::RoleAndSubordinates(top) => {
            user_role.is_some_and(|role| org.role_tree.is_within(role, top))
        }
        Party::Group(group) => {
            record
                .group
                .is_some_and(|owner| org.groups_within(group).contains(&owner))
                || record
                    .user
                    .is_some_and(|user| org.groups_of(user).contains(&group))
        }
    }
}
