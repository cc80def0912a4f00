//! How many people there are in roles and groups.

use crate::core::Principal;
use crate::core::document::{Document, GroupEntry, section};
use std::collections::{HashMap, HashSet};

/// How many of the people count.
#[derive(Clone, Copy)]
pub(super) enum Headcount {
    /// Who is inactive sees nothing.
    Active,
    /// Records of whoever is inactive stay.
    All,
}

pub(super) struct Census<'a> {
    /// The users of each role, and of it and all roles below it.
    in_role: HashMap<&'a str, usize>,
    within_role: HashMap<&'a str, usize>,
    parents: HashMap<&'a str, Option<&'a str>>,
    counted: HashSet<&'a str>,
    groups: HashMap<&'a str, &'a GroupEntry>,
}

impl<'a> Census<'a> {
    pub(super) fn of(document: &'a Document, which: Headcount) -> Census<'a> {
        let roles = section(&document.roles).iter();
        let parents: HashMap<&str, Option<&str>> = roles
            .map(|role| (role.name.as_str(), role.parent.as_deref()))
            .collect();
        let people = section(&document.users).iter().filter(|user| match which {
            Headcount::Active => user.active,
            Headcount::All => true,
        });
        let (mut in_role, mut counted) = (HashMap::new(), HashSet::new());
        for user in people {
            counted.insert(user.key.as_str());
            if let Some(role) = user.role.as_deref() {
                *in_role.entry(role).or_default() += 1;
            }
        }
        let groups = section(&document.groups).iter();
        let mut census = Census {
            within_role: HashMap::new(),
            in_role,
            parents,
            counted,
            groups: groups.map(|group| (group.name.as_str(), group)).collect(),
        };
        for (&role, &count) in &census.in_role {
            for above in census.and_above(role) {
                *census.within_role.entry(above).or_default() += count;
            }
        }
        census
    }

    /// A role and all above it, the nearest first. Ends where parents go round in a circle.
    pub(super) fn and_above(&self, role: &'a str) -> Vec<&'a str> {
        let parent = |role: &&'a str| self.parents.get(role).copied().flatten();
        std::iter::successors(Some(role), parent)
            .take(self.parents.len().max(1))
            .collect()
    }

    pub(super) fn in_role(&self, role: &str) -> usize {
        self.in_role.get(role).copied().unwrap_or_default()
    }

    pub(super) fn within_role(&self, role: &str) -> usize {
        self.within_role.get(role).copied().unwrap_or_default()
    }

    /// Whether anybody is what a principal says.
    pub(super) fn any(&self, principal: &Principal) -> bool {
        match principal {
            Principal::User(key) => self.counted.contains(key.as_str()),
            Principal::Role(role) => self.in_role(role) > 0,
            Principal::RoleAndSubordinates(role) => self.within_role(role) > 0,
            Principal::Group(group) => self.any_in_group(group),
        }
    }

    fn any_in_group(&self, group: &str) -> bool {
        let (mut seen, mut open) = (HashSet::from([group]), vec![group]);
        while let Some(group) = open.pop() {
            let entry = self.groups.get(group);
            for member in entry.into_iter().flat_map(|entry| &entry.members) {
                match member {
                    Principal::Group(inner) if seen.insert(inner) => open.push(inner),
                    Principal::Group(_) => {}
                    other if self.any(other) => return true,
                    _ => {}
                }
            }
        }
        false
    }

    /// Whether anybody has a role above that of a principal, or above one of its members'.
    pub(super) fn any_above(
        &self,
        principal: &Principal,
        roles_of: &HashMap<&str, &'a str>,
    ) -> bool {
        let above = |role: &'a str| {
            let mut roles = self.and_above(role).into_iter().skip(1);
            roles.any(|role| self.in_role(role) > 0)
        };
        let known = |role: &str| self.parents.get_key_value(role).map(|(role, _)| *role);
        match principal {
            Principal::User(key) => roles_of.get(key.as_str()).copied().is_some_and(above),
            Principal::Role(role) | Principal::RoleAndSubordinates(role) => {
                known(role).is_some_and(above)
            }
            Principal::Group(group) => {
                let (mut seen, mut open) = (HashSet::from([group.as_str()]), vec![group.as_str()]);
                while let Some(group) = open.pop() {
                    let entry = self.groups.get(group);
                    for member in entry.into_iter().flat_map(|entry| &entry.members) {
                        match member {
                            Principal::Group(inner) if seen.insert(inner) => open.push(inner),
                            Principal::Group(_) => {}
                            other if self.any_above(other, roles_of) => return true,
                            _ => {}
                        }
                    }
                }
                false
            }
        }
    }
}
