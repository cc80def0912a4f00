//! The organization in the document of docs/semantics.md (Configuration as one document): offices, roles,
//! users, groups and profiles.

use crate::catalog::read::configuration::group_member;
use crate::catalog::read::labels::name_of_db_role;
use crate::catalog::read::organization::{Names, open};
use crate::catalog::read::people::Person;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::document::{
    GroupEntry, OfficeEntry, Permission, ProfileEntry, RoleEntry, UserEntry,
};
use crate::core::org::{GroupId, GroupMember, OfficeId, Org, RoleId, UserId};
use crate::core::time::Moment;
use crate::core::{Principal, Result, Right};
use std::collections::{BTreeMap, HashMap};

pub(super) fn offices(org: &Org, names: &Names) -> Vec<OfficeEntry> {
    org.offices
        .iter()
        .filter_map(|(&id, office)| {
            Some(OfficeEntry {
                name: names.office(id)?,
                parent: org.office_tree.parent(id).and_then(|id| names.office(id)),
                security: office.security,
            })
        })
        .collect()
}

pub(super) fn roles(org: &Org, names: &Names) -> Vec<RoleEntry> {
    org.roles
        .iter()
        .filter_map(|(&id, role)| {
            let profiles = role.profiles.iter().filter_map(|id| names.profiles.get(id));
            let mut profiles: Vec<_> = profiles.cloned().collect();
            profiles.sort();
            Some(RoleEntry {
                name: names.role(id)?,
                parent: org.role_tree.parent(id).and_then(|id| names.role(id)),
                profiles,
            })
        })
        .collect()
}

pub(super) fn users(people: Vec<Person>, names: &Names) -> Vec<UserEntry> {
    let users = people.into_iter().map(|person| UserEntry {
        role: person.user.role.and_then(|id| names.role(id)),
        office: person.user.office.and_then(|id| names.office(id)),
        active: person.user.active,
        db_role: person.db_role.and_then(name_of_db_role),
        rights: Right::ALL
            .into_iter()
            .filter(|&right| person.user.rights.has(right))
            .collect(),
        key: person.key,
        name: person.name,
    });
    users.collect()
}

pub(super) fn profiles(org: &Org, names: &Names) -> Vec<ProfileEntry> {
    org.profiles
        .iter()
        .filter_map(|(id, profile)| {
            let rows = profile.permissions.iter().filter_map(|(&module, row)| {
                let module = match module {
                    Some(id) => Some(org.modules.get(&id)?.name.clone()),
                    None => None,
                };
                Some(Permission {
                    module,
                    view: row.view,
                    create: row.create,
                    edit: row.edit,
                    delete: row.delete,
                })
            });
            let mut permissions: Vec<_> = rows.collect();
            // Any other module comes last, as one reads it.
            permissions.sort_by_cached_key(|row| (row.module.is_none(), row.module.clone()));
            Some(ProfileEntry {
                name: names.profiles.get(id)?.clone(),
                view_all: profile.view_all,
                edit_all: profile.edit_all,
                permissions,
            })
        })
        .collect()
}

/// When memberships end that have an end: of users, and of what else is a member.
#[derive(Default)]
pub(super) struct EndsOfMembers {
    users: HashMap<(GroupId, UserId), Moment>,
    others: HashMap<(GroupId, GroupMember), Moment>,
}

pub(super) fn ends_of_members(snapshot: &Snapshot) -> Result<EndsOfMembers> {
    let mut ends = EndsOfMembers::default();
    open(c"group_users")?.each_where_all(c"group_users_until_idx", &[], snapshot, |row| {
        if let (Some(group), Some(user), Some(until)) = (row.int(1), row.int(2), row.bigint(4)) {
            let name = (GroupId(group), UserId(user));
            ends.users.insert(name, Moment(until));
        }
    });
    open(c"group_members")?.each_where_all(c"group_members_until_idx", &[], snapshot, |row| {
        let member = group_member(row);
        if let (Some(group), Some(member), Some(until)) = (row.int(1), member, row.bigint(6)) {
            ends.others.insert((GroupId(group), member), Moment(until));
        }
    });
    Ok(ends)
}

pub(super) fn groups(
    org: &Org,
    names: &Names,
    people: &[Person],
    ends: &EndsOfMembers,
) -> Vec<GroupEntry> {
    let mut until: HashMap<GroupId, BTreeMap<Principal, Moment>> = HashMap::new();
    let mut users: HashMap<_, Vec<Principal>> = HashMap::new();
    for person in people {
        for &group in &person.user.groups {
            if let Some(end) = ends.users.get(&(group, person.user.id)) {
                let member = Principal::User(person.key.clone());
                until.entry(group).or_default().insert(member, *end);
            }
            users
                .entry(group)
                .or_default()
                .push(Principal::User(person.key.clone()));
        }
    }
    org.groups
        .iter()
        .filter_map(|(&id, group)| {
            let mut members = users.remove(&id).unwrap_or_default();
            for member in &group.members {
                let named = match *member {
                    GroupMember::Role(id) => names.role(id).map(Principal::Role),
                    GroupMember::RoleAndSubordinates(id) => {
                        names.role(id).map(Principal::RoleAndSubordinates)
                    }
                    GroupMember::Group(id) => names.group(id).map(Principal::Group),
                };
                if let Some((named, end)) = named.clone().zip(ends.others.get(&(id, *member))) {
                    until.entry(id).or_default().insert(named, *end);
                }
                members.extend(named);
            }
            members.sort();
            Some(GroupEntry {
                key: group.key.clone(),
                name: names.group(id)?,
                office: group.office.and_then(|id| names.office(id)),
                members,
                until: until.remove(&id).unwrap_or_default(),
            })
        })
        .collect()
}

impl Names {
    pub(super) fn office(&self, id: OfficeId) -> Option<String> {
        self.offices.get(&id).cloned()
    }

    pub(super) fn role(&self, id: RoleId) -> Option<String> {
        self.roles.get(&id).cloned()
    }

    pub(super) fn group(&self, id: GroupId) -> Option<String> {
        self.groups.get(&id).cloned()
    }
}
