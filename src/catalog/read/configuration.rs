//! From rows to the types of `core`. Columns are numbered as in sql/schema.sql.

use crate::catalog::read::scan::{Key, Row, Table};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::version;
use crate::core::org::{
    Control, Group, GroupId, GroupMember, Module, ModuleId, Office, OfficeId, Org, Party, Profile,
    ProfileId, Relation, RelationId, Role, RoleId, Rule, RuleId, User, UserId,
};
use crate::core::{
    Error, GlobalAccess, Permissions, RelatedAccess, Result, Right, Rights, RuleAccess,
};
use pgrx::pg_sys;
use rustc_hash::FxHashMap;
use std::ffi::CStr;
use std::hash::Hash;

/// A protected table, with what only the database knows of it.
#[derive(Clone, Debug)]
pub struct ProtectedTable {
    pub module: ModuleId,
    pub relation: pg_sys::Oid,
    pub owners: Owners,
    pub default_owner: bool,
    /// A foreign key tells by which column of the parent that controls it.
    pub by_foreign_key: bool,
}

/// Which owner columns a module has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owners {
    User,
    Group,
    /// One column, one space of keys for users and groups.
    UserOrGroup,
    /// A column each.
    UserAndGroup,
    /// None: a record of another module controls it.
    Parent,
}

impl Owners {
    pub const ALL: [Owners; 5] = [
        Owners::User,
        Owners::Group,
        Owners::UserOrGroup,
        Owners::UserAndGroup,
        Owners::Parent,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Owners::User => "user",
            Owners::Group => "group",
            Owners::UserOrGroup => "user_or_group",
            Owners::UserAndGroup => "user_and_group",
            Owners::Parent => "parent",
        }
    }

    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|owners| owners.label() == label)
    }
}

/// The small half of the configuration, as one snapshot sees it.
#[derive(Debug, Default)]
pub struct Configuration {
    pub org: Org,
    pub tables: FxHashMap<pg_sys::Oid, ProtectedTable>,
}

/// Which of the two states of global access and rules is meant (semantics: Sharing rules).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    Enforced,
    /// As they will be after `apply_rules()`.
    Staged,
}

fn open(name: &'static CStr) -> Result<Table> {
    version::check()?;
    Table::open(name).ok_or_else(|| {
        Error::internal(format!(
            "table sharing.{} does not exist",
            name.to_string_lossy()
        ))
        .hint("The extension pg_sharing is damaged or only partly restored.")
    })
}

/// Reads everything but users and their memberships.
pub fn configuration(snapshot: &Snapshot, rules: Rules) -> Result<Configuration> {
    let mut org = Org::default();
    let mut tree = Vec::new();
    open(c"offices")?.each_row(snapshot, |row| {
        if let Some(id) = row.int(1).map(OfficeId) {
            tree.push((id, row.int(3).map(OfficeId)));
            let security = row.bool(4);
            org.offices.insert(id, Office { security });
        }
    });
    org.office_tree = crate::core::forest::Forest::new(tree);

    let roles = open(c"roles")?;
    let mut tree = Vec::with_capacity(room(&roles));
    org.roles.reserve(room(&roles));
    roles.each_row(snapshot, |row| {
        if let Some(id) = row.int(1).map(RoleId) {
            tree.push((id, row.int(3).map(RoleId)));
            org.roles.insert(id, Role::default());
        }
    });
    org.role_tree = crate::core::forest::Forest::new(tree);

    let groups = open(c"groups")?;
    org.groups.reserve(room(&groups));
    groups.each_row(snapshot, |row| {
        if let (Some(id), Some(key)) = (row.int(1).map(GroupId), row.text(2)) {
            let office = row.int(4).map(OfficeId);
            let group = Group {
                key,
                office,
                members: Vec::new(),
            };
            org.groups.insert(id, group);
        }
    });
    open(c"group_members")?.each_row(snapshot, |row| {
        let member = match (row.int(2).map(RoleId), row.bool(3), row.int(4).map(GroupId)) {
            (Some(role), false, _) => GroupMember::Role(role),
            (Some(role), true, _) => GroupMember::RoleAndSubordinates(role),
            (None, _, Some(group)) => GroupMember::Group(group),
            (None, _, None) => return,
        };
        if let Some(group) = row.int(1).and_then(|id| org.groups.get_mut(&GroupId(id))) {
            group.members.push(member);
        }
    });

    let mut tables = FxHashMap::default();
    open(c"modules")?.each_row(snapshot, |row| {
        let global_access = if rules == Rules::Enforced { 7 } else { 8 };
        let global_access = row.with_text(global_access, GlobalAccess::parse);
        let owners = row.with_text(4, Owners::from_label).flatten();
        let (Some(id), Some(name), Some(relation), Some(owners)) =
            (row.int(1).map(ModuleId), row.text(2), row.oid(3), owners)
        else {
            return;
        };
        // What is not understood is private.
        let global_access = global_access.and_then(Result::ok).unwrap_or_default();
        let hierarchy = row.bool(5);
        let module = Module {
            name,
            control: row
                .int(9)
                .map_or(Control::Owner, |id| Control::Parent(ModuleId(id))),
            follows: row.int(10).map(ModuleId),
            hierarchy,
            global_access,
        };
        org.modules.insert(id, module);
        let default_owner = row.bool(6);
        tables.insert(
            relation,
            ProtectedTable {
                module: id,
                relation,
                owners,
                default_owner,
                by_foreign_key: row.bool(11),
            },
        );
    });

    read_relations(snapshot, rules, &mut org)?;
    let mut related = match org.relations.is_empty() {
        true => FxHashMap::default(),
        false => related_levels(snapshot, rules)?,
    };
    let stored = open(c"rules")?;
    org.rules.reserve(room(&stored));
    stored.each_row(snapshot, |row| {
        let access = if rules == Rules::Enforced { 10 } else { 11 };
        let access = row
            .with_text(access, RuleAccess::parse)
            .and_then(Result::ok);
        if let (Some(id), Some(module), Some(owned_by), Some(shared_with), Some(access)) = (
            row.bigint(1),
            row.int(2),
            party(row, 3),
            party(row, 6),
            access,
        ) {
            org.rules.push(Rule {
                id: RuleId(id),
                module: ModuleId(module),
                owned_by,
                shared_with,
                access,
                superiors: row.bool(9),
                related: related.remove(&id).unwrap_or_default(),
            });
        }
    });
    read_profiles(snapshot, &mut org)?;
    Ok(Configuration { org, tables })
}

/// Room for about as many rows as a table has: growing step by step costs a new process more than
/// reading them.
fn room(table: &Table) -> usize {
    table.estimated_rows() as usize
}

/// What people call things; no decision needs it.
#[derive(Debug, Default)]
pub struct Names {
    pub offices: FxHashMap<OfficeId, String>,
    pub roles: FxHashMap<RoleId, String>,
    pub groups: FxHashMap<GroupId, String>,
    pub profiles: FxHashMap<ProfileId, String>,
}

pub fn names(snapshot: &Snapshot) -> Result<Names> {
    fn of<Id: Eq + Hash>(
        table: &'static CStr,
        column: usize,
        id: impl Fn(i32) -> Id,
        snapshot: &Snapshot,
    ) -> Result<FxHashMap<Id, String>> {
        let mut names = FxHashMap::default();
        open(table)?.each_row(snapshot, |row| {
            names.extend(row.int(1).map(&id).zip(row.text(column)));
        });
        Ok(names)
    }
    Ok(Names {
        offices: of(c"offices", 2, OfficeId, snapshot)?,
        roles: of(c"roles", 2, RoleId, snapshot)?,
        groups: of(c"groups", 3, GroupId, snapshot)?,
        profiles: of(c"profiles", 2, ProfileId, snapshot)?,
    })
}

fn read_relations(snapshot: &Snapshot, rules: Rules, org: &mut Org) -> Result<()> {
    open(c"relations")?.each_row(snapshot, |row| {
        if let (Some(id), Some(child), Some(parent)) = (row.int(1), row.int(2), row.int(3)) {
            org.relations.push(Relation {
                id: RelationId(id),
                child: ModuleId(child),
                parent: ModuleId(parent),
                with_shares: row.bool(4),
                applied: row.bool(5) || rules == Rules::Staged,
                by_foreign_key: row.bool(6),
            });
        }
    });
    org.relations.sort_by_key(|relation| relation.id);
    Ok(())
}

/// The levels that rules name for child modules.
fn related_levels(
    snapshot: &Snapshot,
    rules: Rules,
) -> Result<FxHashMap<i64, Vec<(ModuleId, RelatedAccess)>>> {
    let mut levels: FxHashMap<i64, Vec<_>> = FxHashMap::default();
    open(c"related_levels")?.each_row(snapshot, |row| {
        let level = if rules == Rules::Enforced { 3 } else { 4 };
        // What is not understood gives nothing.
        let level = row.with_text(level, |label| {
            RelatedAccess::parse(label).unwrap_or_default()
        });
        if let (Some(rule), Some(module), Some(level)) = (row.bigint(1), row.int(2), level) {
            levels
                .entry(rule)
                .or_default()
                .push((ModuleId(module), level));
        }
    });
    Ok(levels)
}

fn read_profiles(snapshot: &Snapshot, org: &mut Org) -> Result<()> {
    open(c"profiles")?.each_row(snapshot, |row| {
        if let Some(id) = row.int(1) {
            let profile = Profile {
                view_all: row.bool(3),
                edit_all: row.bool(4),
                permissions: FxHashMap::default(),
            };
            org.profiles.insert(ProfileId(id), profile);
        }
    });
    if org.profiles.is_empty() {
        return Ok(());
    }
    open(c"profile_permissions")?.each_row(snapshot, |row| {
        let profile = row
            .int(1)
            .and_then(|id| org.profiles.get_mut(&ProfileId(id)));
        if let Some(profile) = profile {
            let permissions = Permissions {
                view: row.bool(3),
                create: row.bool(4),
                edit: row.bool(5),
                delete: row.bool(6),
            };
            let module = row.int(2).map(ModuleId);
            profile.permissions.insert(module, permissions);
        }
    });
    open(c"role_profiles")?.each_row(snapshot, |row| {
        let role = row.int(1).and_then(|id| org.roles.get_mut(&RoleId(id)));
        if let (Some(role), Some(profile)) = (role, row.int(2)) {
            role.profiles.push(ProfileId(profile));
        }
    });
    for role in org.roles.values_mut() {
        role.profiles.sort();
    }
    Ok(())
}

/// Three columns: a role, whether its subordinates too, a group.
fn party(row: &Row, first: usize) -> Option<Party> {
    match (
        row.int(first).map(RoleId),
        row.bool(first + 1),
        row.int(first + 2).map(GroupId),
    ) {
        (Some(role), false, _) => Some(Party::Role(role)),
        (Some(role), true, _) => Some(Party::RoleAndSubordinates(role)),
        (None, _, Some(group)) => Some(Party::Group(group)),
        (None, _, None) => None,
    }
}

/// The roles of the users whom one group names as members, as far as they were asked for.
#[derive(Debug)]
pub struct RolesOfMembers {
    known: Vec<RoleId>,
    /// Who was not looked at yet.
    others: Vec<UserId>,
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

/// A user with what only people need to know of him.
pub struct Person {
    pub key: String,
    pub name: String,
    pub user: User,
    pub db_role: Option<pg_sys::Oid>,
}

/// The large half: users, looked up by index.
pub struct People {
    users: Table,
    rights: Table,
    group_users: Table,
}

impl People {
    pub fn open() -> Result<People> {
        Ok(People {
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

    /// Every user as a person of the organization: with his name, and his database role.
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
                user.groups.extend(row.int(1).map(GroupId));
            });
    }

    /// The users of an office. Without rights and memberships.
    pub fn of_office(&self, office: OfficeId, snapshot: &Snapshot) -> Vec<(String, User)> {
        let mut users = Vec::new();
        self.each_of(Place::Office(office), snapshot, |user, row| {
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

    /// In the order of the numbers.
    fn ids_of_group(&self, group: GroupId, snapshot: &Snapshot) -> Vec<UserId> {
        let mut ids = Vec::new();
        self.group_users
            .each_where(c"group_users_pkey", 1, Key::Int(group.0), snapshot, |row| {
                ids.extend(row.int(2).map(UserId));
            });
        ids
    }

    /// Calls `visit` with each user who has one of the numbers, without rights and memberships, and
    /// his row. Sorted numbers are found much faster.
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
        place: Place,
        snapshot: &Snapshot,
        mut visit: impl FnMut(&mut User, &Row),
    ) {
        let visit = |row: &Row| visit_user(row, &mut visit);
        match place {
            Place::Role(RoleId(id)) => {
                self.users
                    .each_covered(c"users_role_id_idx", &[id], snapshot, visit);
            }
            Place::Office(OfficeId(id)) => {
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

    /// Every user, with his key.
    pub fn all(&self, snapshot: &Snapshot) -> Vec<(String, User)> {
        self.all_with(snapshot, |_| {})
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
            if let (Some(group), Some(at)) = (row.int(1), place(row.int(2))) {
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

/// The column of `sharing.users` that holds the key.
pub const KEY: usize = 2;

/// What users are looked up by.
#[derive(Clone, Copy, Debug)]
pub enum Place {
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

/// Whether a relation carries the policies of a module. Anybody can put policies that look like these
/// on a table of his own.
pub fn is_protected(relation: pg_sys::Oid, module: ModuleId, snapshot: &Snapshot) -> Result<bool> {
    let mut found = false;
    open(c"protected_relations")?.each_where(
        c"protected_relations_pkey",
        1,
        Key::Oid(relation),
        snapshot,
        |row| found = row.int(2) == Some(module.0),
    );
    Ok(found)
}

/// Whether sessions of a database role may say on whose behalf they act.
pub fn is_trusted(role: pg_sys::Oid, snapshot: &Snapshot) -> Result<bool> {
    let mut trusted = false;
    open(c"trusted_roles")?.each_where(c"trusted_roles_pkey", 1, Key::Oid(role), snapshot, |_| {
        trusted = true
    });
    Ok(trusted)
}

/// The database roles that administer record sharing.
pub fn administrators(snapshot: &Snapshot) -> Result<Vec<pg_sys::Oid>> {
    let mut roles = Vec::new();
    open(c"administrators")?.each_row(snapshot, |row| roles.extend(row.oid(1)));
    Ok(roles)
}
