//! Users, by key, by number and by what they belong to.

use crate::catalog::read::ends::counts_at;
use crate::catalog::read::organization::open;
use crate::catalog::read::rows::Row;
use crate::catalog::read::scan::{CatalogTable, Key};
use crate::catalog::read::snapshot::Snapshot;
use crate::core::org::{GroupId, OfficeId, RoleId, User, UserId};
use crate::core::{Result, Right, Rights};
use crate::pg::clock;
use crate::pg::clock::Time;
use pgrx::pg_sys;
use rustc_hash::FxHashMap;
use std::ffi::CStr;

/// The roles of the users whom one group names as members, as far as they were asked for.
#[derive(Debug)]
pub struct RolesOfMembers {
    pub(super) known: Vec<RoleId>,
    /// Who was not looked at yet.
    pub(super) others: Vec<UserId>,
}

impl RolesOfMembers {
    pub fn new(group: GroupId, snapshot: &Snapshot) -> Result<RolesOfMembers> {
        Ok(RolesOfMembers {
            known: Vec::new(),
            others: People::open()?.ids_of_group(group, snapshot),
        })
    }

    /// Whether any of the roles is one that is looked for: often one of the first is.
    pub fn any(&mut self, snapshot: &Snapshot, is_it: impl Fn(RoleId) -> bool) -> Result<bool> {
        if self.known.iter().any(|&role| is_it(role)) {
            return Ok(true);
        }
        let mut at_once = 2;
        while !self.others.is_empty() {
            let left = self.others.len().saturating_sub(at_once);
            let mut found = false;
            People::open()?.each_with_id(&self.others[left..], snapshot, |user, _| {
                if let Some(role) = user.role
                    && !self.known.contains(&role)
                {
                    self.known.push(role);
                    found |= is_it(role);
                }
            });
            // Not before they were read: that may be interrupted.
            self.others.truncate(left);
            if found {
                return Ok(true);
            }
            at_once *= 4;
        }
        Ok(false)
    }
}

/// A user with what only people need to know of them.
pub struct Person {
    pub key: String,
    pub name: String,
    pub user: User,
    pub db_role: Option<pg_sys::Oid>,
}

/// The large half: users, looked up by index.
pub struct People {
    pub(super) users: CatalogTable,
    pub(super) rights: CatalogTable,
    pub(super) group_users: CatalogTable,
    /// Memberships count that have not ended by then.
    pub(super) at: Time,
}

impl People {
    pub fn open() -> Result<People> {
        People::open_at(clock::now())
    }

    fn open_at(at: Time) -> Result<People> {
        Ok(People {
            at,
            users: open(c"users")?,
            rights: open(c"user_rights")?,
            group_users: open(c"group_users")?,
        })
    }

    pub fn by_key(&self, key: &str, snapshot: &Snapshot) -> Option<User> {
        self.first(c"users_key_key", 2, Key::Text(key), snapshot)
            .map(|(_, user)| user)
    }

    pub fn by_id(&self, id: UserId, snapshot: &Snapshot) -> Option<(String, User)> {
        self.first(c"users_pkey", 1, Key::Int(id.0), snapshot)
    }

    /// Every user as a person of the organization: with their name, and their database role.
    pub fn everybody(&self, snapshot: &Snapshot) -> Result<Vec<Person>> {
        let mut names = Vec::new();
        let users = self.all_with(snapshot, |row| names.push(row.text(3).unwrap_or_default()));
        let mut db_roles = FxHashMap::default();
        open(c"user_db_roles")?.each_row(snapshot, |row| {
            db_roles.extend(row.int(2).zip(row.oid(1)));
        });
        Ok(users
            .into_iter()
            .zip(names)
            .map(|((key, user), name)| Person {
                db_role: db_roles.get(&user.id.0).copied(),
                key,
                name,
                user,
            })
            .collect())
    }

    /// The name of a user.
    pub fn name(&self, id: UserId, snapshot: &Snapshot) -> Option<String> {
        let mut name = None;
        self.users
            .each_where(c"users_pkey", 1, Key::Int(id.0), snapshot, |row| {
                name = row.text(3);
            });
        name
    }

    fn first(
        &self,
        index: &'static CStr,
        column: i16,
        key: Key,
        snapshot: &Snapshot,
    ) -> Option<(String, User)> {
        let mut found = None;
        self.users
            .each_where(index, column, key, snapshot, |row| found = user_row(row));
        let (key, mut user) = found?;
        self.add_rights_and_groups(&mut user, snapshot);
        Some((key, user))
    }

    fn add_rights_and_groups(&self, user: &mut User, snapshot: &Snapshot) {
        let id = Key::Int(user.id.0);
        let mut rights = Vec::new();
        self.rights
            .each_where(c"user_rights_pkey", 1, id, snapshot, |row| {
                rights.extend(row.text(2).and_then(|label| Right::parse(&label).ok()));
            });
        user.rights = Rights::from_iter(rights);
        self.group_users
            .each_where(c"group_users_user_id_idx", 2, id, snapshot, |row| {
                let group = row.int(1).filter(|_| self.counts(row));
                user.groups.extend(group.map(GroupId));
            });
    }

    /// The users of an office. Without rights and memberships.
    pub fn of_office(&self, office: OfficeId, snapshot: &Snapshot) -> Vec<(String, User)> {
        let mut users = Vec::new();
        self.each_of(UsersOf::Office(office), snapshot, |user, row| {
            users.extend(row.text(KEY).map(|key| (key, user.clone())));
        });
        users
    }

    /// The users whom groups name as members, each with those of the groups that do.
    pub fn members_of(
        &self,
        groups: &[GroupId],
        snapshot: &Snapshot,
    ) -> FxHashMap<UserId, Vec<GroupId>> {
        let mut groups_of: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for &group in groups {
            for user in self.ids_of_group(group, snapshot) {
                groups_of.entry(user).or_default().push(group);
            }
        }
        groups_of
    }

    /// The rights of all who have some.
    pub fn all_rights(&self, snapshot: &Snapshot) -> FxHashMap<UserId, Rights> {
        let mut rights: FxHashMap<UserId, Rights> = FxHashMap::default();
        self.rights.each_row(snapshot, |row| {
            let right = row.text(2).and_then(|label| Right::parse(&label).ok());
            if let (Some(id), Some(right)) = (row.int(1), right) {
                let of_user = rights.entry(UserId(id)).or_default();
                *of_user = of_user.with(right);
            }
        });
        rights
    }

    /// Whether a row of a membership has not ended.
    fn counts(&self, row: &Row) -> bool {
        counts_at(self.at, row.bigint(4))
    }

    /// In the order of the numbers.
    fn ids_of_group(&self, group: GroupId, snapshot: &Snapshot) -> Vec<UserId> {
        let mut ids = Vec::new();
        self.group_users
            .each_where(c"group_users_pkey", 1, Key::Int(group.0), snapshot, |row| {
                ids.extend(row.int(2).filter(|_| self.counts(row)).map(UserId));
            });
        ids
    }

    /// Calls `visit` with each user who has one of the numbers, without rights and memberships, and
    /// their row. Sorted numbers are found much faster.
    pub fn each_with_id(
        &self,
        users: &[UserId],
        snapshot: &Snapshot,
        mut visit: impl FnMut(&mut User, &Row),
    ) {
        let ids: Vec<i32> = users.iter().map(|user| user.0).collect();
        self.users
            .each_covered(c"users_pkey", &ids, snapshot, |row| {
                visit_user(row, &mut visit);
            });
    }

    /// The same for the users of a role or an office.
    pub fn each_of(
        &self,
        place: UsersOf,
        snapshot: &Snapshot,
        mut visit: impl FnMut(&mut User, &Row),
    ) {
        let visit = |row: &Row| visit_user(row, &mut visit);
        match place {
            UsersOf::Role(RoleId(id)) => {
                self.users
                    .each_covered(c"users_role_id_idx", &[id], snapshot, visit);
            }
            UsersOf::Office(OfficeId(id)) => {
                let (index, id) = (c"users_office_id_name_idx", Key::Int(id));
                self.users.each_where(index, 5, id, snapshot, visit);
            }
        }
    }

    /// About how many users there are.
    pub fn estimated(&self) -> f64 {
        self.users.estimated_rows()
    }

    /// The same for everybody.
    pub fn each(&self, snapshot: &Snapshot, mut visit: impl FnMut(&mut User, &Row)) {
        self.users
            .each_row(snapshot, |row| visit_user(row, &mut visit));
    }

    /// The same; `visit` is called with the row of each, in the same order.
    pub fn all_with(
        &self,
        snapshot: &Snapshot,
        mut visit: impl FnMut(&Row),
    ) -> Vec<(String, User)> {
        let mut users = Vec::new();
        self.users.each_row(snapshot, |row| {
            if let Some(user) = user_row(row) {
                users.push(user);
                visit(row);
            }
        });
        let places: FxHashMap<i32, usize> = users
            .iter()
            .enumerate()
            .map(|(at, (_, user))| (user.id.0, at))
            .collect();
        let place = |id: Option<i32>| id.and_then(|id| places.get(&id)).copied();
        self.group_users.each_row(snapshot, |row| {
            if let (Some(group), Some(at), true) = (row.int(1), place(row.int(2)), self.counts(row))
            {
                users[at].1.groups.push(GroupId(group));
            }
        });
        self.rights.each_row(snapshot, |row| {
            let right = row.text(2).and_then(|label| Right::parse(&label).ok());
            if let (Some(at), Some(right)) = (place(row.int(1)), right) {
                users[at].1.rights = users[at].1.rights.with(right);
            }
        });
        users
    }
}

/// The columns of `sharing.users` that hold the key and the name.
pub const KEY: usize = 2;
pub const NAME: usize = 3;

/// What users are looked up by.
#[derive(Clone, Copy, Debug)]
pub enum UsersOf {
    Role(RoleId),
    Office(OfficeId),
}

fn visit_user(row: &Row, visit: &mut impl FnMut(&mut User, &Row)) {
    if let Some(mut user) = user_of(row) {
        visit(&mut user, row);
    }
}

fn user_of(row: &Row) -> Option<User> {
    Some(User {
        id: UserId(row.int(1)?),
        role: row.int(4).map(RoleId),
        office: row.int(5).map(OfficeId),
        active: row.bool(6),
        rights: Rights::default(),
        groups: Vec::new(),
        superior_in: Vec::new(),
    })
}

fn user_row(row: &Row) -> Option<(String, User)> {
    Some((row.text(KEY)?, user_of(row)?))
}

/// The user as whom a database role is known.
pub fn user_of_db_role(role: pg_sys::Oid, snapshot: &Snapshot) -> Result<Option<UserId>> {
    let mut id = None;
    open(c"user_db_roles")?.each_where(c"user_db_roles_pkey", 1, Key::Oid(role), snapshot, |row| {
        id = row.int(2).map(UserId)
    });
    Ok(id)
}
