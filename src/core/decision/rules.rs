//! Custom rules: whom they reach, and whose records they speak of.

use crate::core::access::Level;
use crate::core::decision::record::{ParentView, Record};
use crate::core::org::{
    GroupId, GroupMember, Org, Party, Recipient, RelationId, RoleId, RuleId, User,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// Whose records a set of rules that reach the caller speak of, and at which level.
#[derive(Debug, Default)]
pub(super) struct RuleReach {
    pub(super) rules: Vec<(RuleId, Party, Level)>,
    pub(super) roles: FxHashMap<RoleId, Level>,
    /// Records owned by the group, and the records of those who are its members by name.
    pub(super) groups: FxHashMap<GroupId, Level>,
}

impl RuleReach {
    pub(super) fn add(&mut self, org: &Org, id: RuleId, owned_by: Party, level: Level) {
        let raise = |slot: &mut Level| *slot = level.max(*slot);
        self.rules.push((id, owned_by, level));
        let mut roles = |roles: &[RoleId]| {
            roles
                .iter()
                .for_each(|&role| raise(self.roles.entry(role).or_default()));
        };
        match owned_by {
            Party::Role(role) => roles(&[role]),
            Party::RoleAndSubordinates(top) => roles(org.role_tree.subtree(top)),
            Party::Group(outer) => {
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
        self.groups.get(&group).copied().unwrap_or_default()
    }

    pub(super) fn user_level(&self, user: &User) -> Level {
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
        by_user.max(by_group)
    }
}

#[derive(Debug)]
pub(super) struct RelationReach<'a> {
    pub(super) relation: RelationId,
    pub(super) reach: RuleReach,
    pub(super) with_shares: bool,
    /// How much of the access to a parent carries to its children, and the caller's view of the parents.
    pub(super) with_parent: Option<(Level, Box<dyn ParentView + 'a>)>,
    /// The same, where records of the parent can be given to people.
    pub(super) with_grants: bool,
}

/// Whether `rule` reaches `me` by what it is shared with.
pub(super) fn is_shared_with(
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

/// Whether `record` is owned by `owned_by` (semantics: The decision, *Rule, owned by*).
pub(super) fn covers(org: &Org, owned_by: Party, record: &Record) -> bool {
    let user_role = record.user.and_then(|user| user.role);
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
