//! Who works where, and who is in which group.

use crate::core::access::Right;
use crate::core::document::{Document, GroupEntry, RoleEntry, UserEntry, section};
use crate::core::forest::Forest;
use crate::core::principal::Principal;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// A role in its place in the tree.
#[derive(Debug, PartialEq)]
pub struct RoleOverview {
    pub role: String,
    pub parent: Option<String>,
    /// How many roles are above it.
    pub depth: usize,
    /// Active users with this role, and with one below it.
    pub users: i64,
    pub users_below: i64,
    pub profiles: Vec<String>,
}

/// The tree of the roles of a document, by their places in it.
struct RoleTree<'a> {
    roles: &'a [RoleEntry],
    places: HashMap<&'a str, usize>,
    forest: Forest<usize>,
}

impl<'a> RoleTree<'a> {
    fn new(document: &'a Document) -> RoleTree<'a> {
        let roles = section(&document.roles);
        let names = roles.iter().enumerate();
        let places: HashMap<&str, usize> =
            names.map(|(at, role)| (role.name.as_str(), at)).collect();
        let parent = |role: &RoleEntry| places.get(role.parent.as_deref()?).copied();
        let forest = Forest::new(roles.iter().map(parent).enumerate());
        RoleTree {
            roles,
            places,
            forest,
        }
    }

    /// The role and everything below it.
    fn within(&self, role: &str) -> &[usize] {
        self.places
            .get(role)
            .map_or(&[], |&place| self.forest.subtree(place))
    }
}

/// How many active users have each role.
pub fn active_users(document: &Document) -> HashMap<&str, i64> {
    let mut users = HashMap::new();
    for user in section(&document.users).iter().filter(|user| user.active) {
        if let Some(role) = user.role.as_deref() {
            *users.entry(role).or_default() += 1;
        }
    }
    users
}

/// Each role directly followed by those below it; roles of one parent by name.
pub fn role_tree(document: &Document) -> Vec<RoleOverview> {
    let tree = RoleTree::new(document);
    let active = active_users(document);
    let users = |at: usize| {
        active
            .get(tree.roles[at].name.as_str())
            .copied()
            .unwrap_or_default()
    };
    let roots = (0..tree.roles.len()).filter(|&at| tree.forest.parent(at).is_none());
    let depth = |at: usize| {
        let above = std::iter::successors(tree.forest.parent(at), |&at| tree.forest.parent(at));
        above.count()
    };
    let row = |&at: &usize| {
        let role = &tree.roles[at];
        RoleOverview {
            role: role.name.clone(),
            parent: role.parent.clone(),
            depth: depth(at),
            users: users(at),
            users_below: tree.forest.below(at).iter().map(|&at| users(at)).sum(),
            profiles: role.profiles.clone(),
        }
    };
    roots
        .flat_map(|root| tree.forest.subtree(root).iter().map(row))
        .collect()
}

/// A user with all that they are in.
#[derive(Debug, PartialEq)]
pub struct UserOverview {
    pub key: String,
    pub name: String,
    pub role: Option<String>,
    pub office: Option<String>,
    pub active: bool,
    pub db_role: Option<String>,
    pub rights: Vec<String>,
    /// Directly, by their role, or through other groups.
    pub groups: Rc<[String]>,
    pub profiles: Rc<[String]>,
}

/// By key. Who has the same role, and is named by the same groups, is in the same groups.
pub fn users(document: &Document) -> Vec<UserOverview> {
    let groups = section(&document.groups);
    let memberships = Memberships::new(document);
    let roles = section(&document.roles).iter();
    let profiles: HashMap<&str, Rc<[String]>> = roles
        .map(|role| (role.name.as_str(), Rc::from(role.profiles.as_slice())))
        .collect();
    let none: Rc<[String]> = Rc::from([]);
    let mut known: HashMap<NamedAs, Rc<[String]>> = HashMap::new();
    let mut rows = Vec::new();
    for user in section(&document.users) {
        let UserEntry {
            key,
            name,
            role,
            office,
            active,
            db_role,
            rights,
        } = user;
        let named_by = memberships.by_user.get(key.as_str());
        let likeness = (role.as_deref(), named_by.map_or(&[][..], Vec::as_slice));
        let in_groups = known.entry(likeness).or_insert_with(|| {
            let within = memberships.all(likeness);
            let names: BTreeSet<&String> = within.iter().map(|&at| &groups[at].name).collect();
            names.into_iter().cloned().collect()
        });
        let of_role = role.as_deref().and_then(|role| profiles.get(role));
        rows.push(UserOverview {
            key: key.clone(),
            name: name.clone(),
            role: role.clone(),
            office: office.clone(),
            active: *active,
            db_role: db_role.clone(),
            rights: rights
                .iter()
                .copied()
                .map(Right::label)
                .map(str::to_owned)
                .collect(),
            groups: in_groups.clone(),
            profiles: of_role.unwrap_or(&none).clone(),
        });
    }
    rows
}

/// As whom groups name somebody: by their role, and these groups by their key.
type NamedAs<'a> = (Option<&'a str>, &'a [usize]);

/// Which groups name whom, by the places of groups in the document.
struct Memberships<'a> {
    by_user: HashMap<&'a str, Vec<usize>>,
    by_role: HashMap<&'a str, Vec<usize>>,
    /// The groups of which a group is a member.
    outer: Vec<Vec<usize>>,
}

impl<'a> Memberships<'a> {
    fn new(document: &'a Document) -> Memberships<'a> {
        let tree = RoleTree::new(document);
        let groups = section(&document.groups);
        let names = groups.iter().enumerate();
        let places: HashMap<&str, usize> =
            names.map(|(at, group)| (group.name.as_str(), at)).collect();
        let mut memberships = Memberships {
            by_user: HashMap::new(),
            by_role: HashMap::new(),
            outer: vec![Vec::new(); groups.len()],
        };
        for (at, group) in groups.iter().enumerate() {
            for member in &group.members {
                match member {
                    Principal::User(key) => memberships.by_user.entry(key).or_default().push(at),
                    Principal::Role(name) => memberships.by_role.entry(name).or_default().push(at),
                    Principal::RoleAndSubordinates(top) => {
                        for &role in tree.within(top) {
                            let name = tree.roles[role].name.as_str();
                            memberships.by_role.entry(name).or_default().push(at);
                        }
                    }
                    Principal::Group(name) => {
                        if let Some(&inner) = places.get(name.as_str()) {
                            memberships.outer[inner].push(at);
                        }
                    }
                }
            }
        }
        memberships
    }

    /// All groups of somebody with a role, whom these groups name.
    fn all(&self, (role, named_by): NamedAs) -> HashSet<usize> {
        let by_role = role.and_then(|role| self.by_role.get(role));
        let direct = named_by.iter().chain(by_role.into_iter().flatten());
        let mut within: HashSet<usize> = direct.copied().collect();
        let mut open: Vec<usize> = within.iter().copied().collect();
        while let Some(inner) = open.pop() {
            open.extend(
                self.outer[inner]
                    .iter()
                    .copied()
                    .filter(|&outer| within.insert(outer)),
            );
        }
        within
    }
}

/// Somebody who is a member of a group, and the members that the group names by which they are. A group without
/// anybody has one row.
#[derive(Debug)]
pub struct GroupMemberOverview<'a> {
    pub group: &'a GroupEntry,
    pub user: Option<&'a UserEntry>,
    pub via: Vec<String>,
}

/// By the names of groups and the keys of users.
pub fn group_members(document: &Document) -> impl Iterator<Item = GroupMemberOverview<'_>> {
    let tree = RoleTree::new(document);
    let users = section(&document.users);
    let mut by_role: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, user) in users.iter().enumerate() {
        if let Some(role) = user.role.as_deref() {
            by_role.entry(role).or_default().push(at);
        }
    }
    let by_key: HashMap<&str, usize> = users
        .iter()
        .enumerate()
        .map(|(at, user)| (user.key.as_str(), at))
        .collect();
    let mut groups: Vec<&GroupEntry> = section(&document.groups).iter().collect();
    groups.sort_by_key(|group| &group.name);
    let places: HashMap<&str, usize> = groups
        .iter()
        .enumerate()
        .map(|(at, group)| (group.name.as_str(), at))
        .collect();
    let named = groups.clone();
    // Everybody whom a member stands for.
    let stands_for = move |member: &Principal| {
        let mut found = BTreeSet::new();
        let mut seen = HashSet::new();
        let mut open = vec![member];
        while let Some(member) = open.pop() {
            match member {
                Principal::User(key) => found.extend(by_key.get(key.as_str())),
                Principal::Role(name) => {
                    found.extend(by_role.get(name.as_str()).into_iter().flatten())
                }
                Principal::RoleAndSubordinates(top) => {
                    let roles = tree
                        .within(top)
                        .iter()
                        .map(|&at| tree.roles[at].name.as_str());
                    found.extend(roles.filter_map(|name| by_role.get(name)).flatten());
                }
                Principal::Group(name) => {
                    if let Some(&inner) = places.get(name.as_str())
                        && seen.insert(inner)
                    {
                        open.extend(&named[inner].members);
                    }
                }
            }
        }
        found
    };
    groups.into_iter().flat_map(move |group| {
        let mut members: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for member in &group.members {
            for user in stands_for(member) {
                members.entry(user).or_default().push(member.to_string());
            }
        }
        let nobody = members.is_empty().then_some(GroupMemberOverview {
            group,
            user: None,
            via: Vec::new(),
        });
        let rows = members
            .into_iter()
            .map(move |(user, via)| GroupMemberOverview {
                group,
                user: Some(&users[user]),
                via,
            });
        nobody.into_iter().chain(rows)
    })
}
