//! What docs/semantics.md (The decision) says, as plainly as it can be written: the answer that every other way of deciding
//! is compared with.
//!
//! It shares nothing with the extension: things are texts, as users name them, and every question
//! walks the whole world again. Where two readings of the semantics are possible, a line marked *Reading*
//! says which one was taken.
#![allow(
    dead_code,
    reason = "every test that includes this file uses a part of it"
)]

#[path = "worlds.rs"]
pub mod worlds;

pub use worlds::{Options, random_world};

use std::collections::BTreeSet;
use std::fmt;

// ---------------------------------------------------------------------------------------------
// The world
// ---------------------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    None,
    Read,
    Edit,
    Full,
}

impl Level {
    /// As `sharing.access_level` writes it.
    pub fn label(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Read => "read",
            Level::Edit => "edit",
            Level::Full => "full",
        }
    }

    /// As `add_rule` writes it, for a rule and for the child modules that it names.
    pub fn rule_label(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Read => "read_only",
            Level::Edit | Level::Full => "read_write",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    Read,
    Create,
    Edit,
    Delete,
    ChangeOwner,
}

impl Action {
    pub const ALL: [Action; 5] = [
        Action::Read,
        Action::Create,
        Action::Edit,
        Action::Delete,
        Action::ChangeOwner,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlobalAccess {
    Private,
    PublicReadOnly,
    PublicReadEdit,
    PublicReadEditDelete,
}

impl GlobalAccess {
    pub fn label(self) -> &'static str {
        match self {
            GlobalAccess::Private => "private",
            GlobalAccess::PublicReadOnly => "public_read_only",
            GlobalAccess::PublicReadEdit => "public_read_edit",
            GlobalAccess::PublicReadEditDelete => "public_read_edit_delete",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// By key.
    User(String),
    Role(String),
    RoleAndSubordinates(String),
    /// By name.
    Group(String),
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Principal::User(key) => write!(f, "user:{key}"),
            Principal::Role(name) => write!(f, "role:{name}"),
            Principal::RoleAndSubordinates(name) => write!(f, "role_and_subordinates:{name}"),
            Principal::Group(name) => write!(f, "group:{name}"),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Office {
    pub name: String,
    pub parent: Option<String>,
    pub security: bool,
}

#[derive(Clone, Debug)]
pub struct Role {
    pub name: String,
    pub parent: Option<String>,
    pub profiles: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Rights {
    pub administrator: bool,
    pub super_user: bool,
    pub enterprise_view: bool,
    pub record_sharing: bool,
}

#[derive(Clone, Debug)]
pub struct User {
    pub key: String,
    pub name: String,
    pub role: Option<String>,
    pub office: Option<String>,
    pub active: bool,
    pub rights: Rights,
}

#[derive(Clone, Debug)]
pub struct Group {
    pub key: String,
    pub name: String,
    pub office: Option<String>,
    pub members: Vec<Principal>,
}

#[derive(Clone, Debug)]
pub struct Profile {
    pub name: String,
    pub view_all: bool,
    pub edit_all: bool,
    pub permissions: Vec<Permission>,
}

#[derive(Clone, Debug)]
pub struct Permission {
    /// None: any other module.
    pub module: Option<String>,
    pub view: bool,
    pub create: bool,
    pub edit: bool,
    pub delete: bool,
}

/// Which columns of a table say whose the records are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    UserColumn,
    GroupColumn,
    TwoColumns,
    /// One id space: the owner column holds a user's key or a group's key.
    OneColumn,
    /// None of them: a detail module, and the module that controls it.
    ControlledBy(String),
}

#[derive(Clone, Debug)]
pub struct Module {
    pub name: String,
    pub ownership: Ownership,
    pub follows: Option<String>,
    pub hierarchy: bool,
    /// Single records can be given to people.
    pub grants: bool,
    pub global_access: GlobalAccess,
}

#[derive(Clone, Debug)]
pub struct Relation {
    pub child: String,
    pub via: String,
    pub parent: String,
    /// Holds only for records whose `kind` says so.
    pub when: Option<String>,
    pub with_shares: bool,
    /// False: declared after the rules were last applied (semantics: Modules).
    pub applied: bool,
    /// False: declared after records of the parent were shared, and not applied since.
    pub shares_applied: bool,
    /// Access to a parent record is as much access to its children, at most that: None, Read or Edit; and what
    /// that is once it is applied.
    pub with_parent: Level,
    pub staged_with_parent: Level,
}

/// Whether access to the records of `parent` is carried to it from those of `child`, or would be once it is applied.
pub fn carries_from(world: &World, parent: &str, child: &str) -> bool {
    parent == child
        || world
            .relations
            .iter()
            .filter(|relation| relation.child == parent)
            .filter(|relation| relation.with_parent.max(relation.staged_with_parent) > Level::None)
            .any(|relation| carries_from(world, &relation.parent, child))
}

impl Rule {
    /// Two rules that differ in what they give alone cannot be added.
    pub fn is_between_the_same(&self, other: &Rule) -> bool {
        let parties = |rule: &Rule| {
            (
                rule.module.clone(),
                rule.owned_by.as_ref().map(Principal::to_string),
                rule.shared_with.to_string(),
                rule.superiors,
                rule.criteria.clone(),
            )
        };
        parties(self) == parties(other)
    }
}

/// What the kind of a record has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criteria {
    Is(String),
    IsNot(String),
    AnyOf(Vec<String>),
    After(String),
    Null,
    NotNull,
}

impl Criteria {
    /// NULL is nothing but NULL.
    pub fn are_met_by(&self, record: &Record) -> bool {
        match (self, &record.kind) {
            (Criteria::Null, kind) => kind.is_none(),
            (Criteria::NotNull, kind) => kind.is_some(),
            (_, None) => false,
            (Criteria::Is(wanted), Some(kind)) => kind == wanted,
            (Criteria::IsNot(other), Some(kind)) => kind != other,
            (Criteria::AnyOf(all), Some(kind)) => all.contains(kind),
            (Criteria::After(other), Some(kind)) => kind > other,
        }
    }
}

/// An enforced rule; the rule's place in `World::rules` names it.
#[derive(Clone, Debug)]
pub struct Rule {
    pub module: String,
    /// None: anybody, where there are criteria.
    pub owned_by: Option<Principal>,
    pub criteria: Option<Criteria>,
    pub shared_with: Principal,
    /// Read or Edit.
    pub access: Level,
    pub superiors: bool,
    /// None, Read or Edit, by child module.
    pub related: Vec<(String, Level)>,
    /// It counts for nothing, and is still there.
    pub ended: bool,
}

#[derive(Clone, Debug)]
pub struct Link {
    pub from: String,
    pub to: String,
    pub active: bool,
}

#[derive(Clone, Debug)]
pub struct Share {
    pub module: String,
    pub record: String,
    pub from: String,
    pub to: String,
    /// Read or Edit.
    pub access: Level,
}

/// A single record given to somebody of the same company.
#[derive(Clone, Debug)]
pub struct Given {
    pub module: String,
    pub record: String,
    pub to: Principal,
    /// Read or Edit.
    pub access: Level,
    pub ended: bool,
}

#[derive(Clone, Debug)]
pub struct Record {
    pub module: String,
    /// The primary key, unique within the module.
    pub id: String,
    /// What the owner column says; of `OneColumn` modules the only one.
    pub owner: Option<String>,
    pub group: Option<String>,
    /// What the polymorphic relations of the module look at.
    pub kind: Option<String>,
    /// What the relation columns say: column, and the id in the parent module.
    pub parents: Vec<(String, String)>,
    /// Of a detail: the id in the module that controls it.
    pub controller: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct World {
    pub offices: Vec<Office>,
    pub roles: Vec<Role>,
    pub users: Vec<User>,
    pub groups: Vec<Group>,
    pub profiles: Vec<Profile>,
    pub modules: Vec<Module>,
    pub relations: Vec<Relation>,
    pub rules: Vec<Rule>,
    pub links: Vec<Link>,
    pub shares: Vec<Share>,
    pub given: Vec<Given>,
    pub records: Vec<Record>,
}

// ---------------------------------------------------------------------------------------------
// The questions
// ---------------------------------------------------------------------------------------------

/// One line of the table of docs/semantics.md (The decision) that holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    pub reason: &'static str,
    pub level: Level,
    /// Office security takes it away.
    pub withheld: bool,
    /// For `custom_rule` and `related_rule`: which one of `World::rules`.
    pub rule: Option<usize>,
}

/// What `access_to` says. The record need not be one of the world's.
pub fn level(world: &World, user_key: &str, record: &Record) -> Level {
    if allows(world, user_key, record, Action::Delete) {
        Level::Full
    } else if allows(world, user_key, record, Action::Edit) {
        Level::Edit
    } else if allows(world, user_key, record, Action::Read) {
        Level::Read
    } else {
        Level::None
    }
}

/// Whether the user may do it with this record as it is (Create: as it would be stored).
pub fn allows(world: &World, user_key: &str, record: &Record, action: Action) -> bool {
    let Some(user) = identity(world, user_key) else {
        return false;
    };
    if user.rights.administrator {
        return true;
    }
    let by_grants = match module(world, &record.module).ownership {
        Ownership::ControlledBy(_) => match controller(world, record) {
            // Inserting takes edit on the parent; everything else the same on the parent.
            Some(parent) if action == Action::Create => {
                allows(world, user_key, parent, Action::Edit)
            }
            Some(parent) => allows(world, user_key, parent, action),
            None => false,
        },
        _ => {
            let needed = match action {
                Action::Read => Level::Read,
                Action::Create | Action::Edit => Level::Edit,
                Action::Delete | Action::ChangeOwner => Level::Full,
            };
            grants(world, user_key, record)
                .iter()
                .any(|grant| !grant.withheld && grant.level >= needed)
        }
    };
    by_grants && profiles_let(world, user, &record.module, action)
}

/// Why: every grant that holds, also the withheld ones. Of a detail: the grants on the record that
/// controls it, at the end of the chain. Profiles are not looked at.
pub fn grants(world: &World, user_key: &str, record: &Record) -> Vec<Grant> {
    let Some(user) = identity(world, user_key) else {
        return Vec::new();
    };
    if let Ownership::ControlledBy(_) = module(world, &record.module).ownership {
        return match controller(world, record) {
            Some(parent) => grants(world, user_key, parent),
            None => administrator(user),
        };
    }
    [
        administrator(user),
        owner(world, user, record),
        group_member(world, user, record),
        role_hierarchy(world, user, record),
        global_access(world, record),
        custom_rule(world, user, record),
        related_rule(world, user, record),
        view_all(world, user, record),
        edit_all(world, user, record),
        super_user(world, user, record),
        enterprise_view(world, user, record),
        shared_record(world, user, record),
        related_share(world, user, record),
        related_given(world, user, record),
        parent_access(world, user, record),
        record_grant(world, user, record),
    ]
    .concat()
}

/// The ids of a module's records with which the user may do it.
pub fn records_allowing(
    world: &World,
    user_key: &str,
    module: &str,
    action: Action,
) -> BTreeSet<String> {
    world
        .records
        .iter()
        .filter(|record| record.module == module && allows(world, user_key, record, action))
        .map(|record| record.id.clone())
        .collect()
}

/// A row of the matrix of a module: viewer, owner, access, reasons; what it is where all criteria are met, if more.
pub type MatrixRow = (String, String, Level, Vec<&'static str>, Option<Level>);

/// What somebody with a role, or in a group, and nothing else may do with a record of somebody with a role, or
/// of a group; only what is something. By the names of the two.
pub fn access_matrix(world: &World, module: &str) -> Vec<MatrixRow> {
    // Of any record, whatever that is, and of one that meets what all rules ask for.
    let (mut of_any, mut of_met) = (world.clone(), world.clone());
    of_any.rules.retain(|rule| rule.criteria.is_none());
    for rule in &mut of_met.rules {
        rule.criteria = rule.criteria.as_ref().map(|_| Criteria::Null);
    }
    let any = matrix_cells(&of_any, module);
    let rows = matrix_cells(&of_met, module).into_iter();
    rows.map(|(viewer, owner, most, _)| {
        let same = |cell: &&MatrixCell| (&cell.0, &cell.1) == (&viewer, &owner);
        let told = any.iter().find(same).map(|cell| (cell.2, cell.3.clone()));
        let (access, reasons) = told.unwrap_or((Level::None, Vec::new()));
        let by_criteria = Some(most).filter(|most| *most > access);
        (viewer, owner, access, reasons, by_criteria)
    })
    .collect()
}

type MatrixCell = (String, String, Level, Vec<&'static str>);

/// Of records without a kind.
fn matrix_cells(world: &World, module: &str) -> Vec<MatrixCell> {
    const OWNER: &str = "the owner with ";
    let stranger = |key: String, role: Option<String>| User {
        name: key.clone(),
        key,
        role,
        office: None,
        active: true,
        rights: Rights::default(),
    };
    // The chain from the module to the one whose records have owners.
    let mut chain = vec![module.to_owned()];
    while let Ownership::ControlledBy(parent) =
        &self::module(world, &chain[chain.len() - 1]).ownership
    {
        chain.push(parent.clone());
    }
    let mut probe = world.clone();
    for role in &world.roles {
        let key = format!("{OWNER}{}", role.name);
        probe.users.push(stranger(key, Some(role.name.clone())));
    }
    let by_users = world.roles.iter().map(|role| {
        let owner = format!("role:{}", role.name);
        (owner, Some(format!("{OWNER}{}", role.name)), None)
    });
    let by_groups = world.groups.iter().map(|group| {
        (
            format!("group:{}", group.name),
            None,
            Some(group.key.clone()),
        )
    });
    let (users, groups) = match self::module(world, &chain[chain.len() - 1]).ownership {
        Ownership::UserColumn => (true, false),
        Ownership::GroupColumn => (false, true),
        _ => (true, true),
    };
    let one_column = self::module(world, &chain[chain.len() - 1]).ownership == Ownership::OneColumn;
    let owners = by_users
        .filter(|_| users)
        .chain(by_groups.filter(|_| groups));
    let mut asked = Vec::new();
    for (owner, user, group) in owners {
        for (place, module) in chain.iter().enumerate() {
            let is_owned = place + 1 == chain.len();
            let record = Record {
                module: module.clone(),
                id: owner.clone(),
                owner: match one_column {
                    true => user.clone().or(group.clone()),
                    false => user.clone(),
                }
                .filter(|_| is_owned),
                group: group.clone().filter(|_| is_owned && !one_column),
                kind: None,
                parents: Vec::new(),
                controller: (!is_owned).then(|| owner.clone()),
            };
            if place == 0 {
                asked.push((owner.clone(), record.clone()));
            }
            probe.records.push(record);
        }
    }
    let mut rows = Vec::new();
    let viewer = "the viewer";
    let mut ask = |world: World, principal: String| {
        for (owner, record) in &asked {
            let level = level(&world, viewer, record);
            if level > Level::None {
                let mut grants = grants(&world, viewer, record);
                grants.retain(|grant| !grant.withheld);
                grants.sort_by_key(|grant| std::cmp::Reverse(grant.level));
                let mut reasons: Vec<_> = grants.iter().map(|grant| grant.reason).collect();
                let mut seen = BTreeSet::new();
                reasons.retain(|reason| seen.insert(*reason));
                rows.push((principal.clone(), owner.clone(), level, reasons));
            }
        }
    };
    for role in &world.roles {
        let mut world = probe.clone();
        world
            .users
            .push(stranger(viewer.to_owned(), Some(role.name.clone())));
        ask(world, format!("role:{}", role.name));
    }
    for group in 0..world.groups.len() {
        let mut world = probe.clone();
        world.users.push(stranger(viewer.to_owned(), None));
        world.groups[group]
            .members
            .push(Principal::User(viewer.to_owned()));
        let name = format!("group:{}", world.groups[group].name);
        ask(world, name);
    }
    rows.sort();
    rows
}

/// INSERT: a new record starts without shares and grants, whoever had its key before.
pub fn may_insert(world: &World, user_key: &str, record: &Record) -> bool {
    let mut world = world.clone();
    world
        .shares
        .retain(|share| (&share.module, &share.record) != (&record.module, &record.id));
    world
        .given
        .retain(|given| (&given.module, &given.record) != (&record.module, &record.id));
    allows(&world, user_key, record, Action::Create)
}

/// UPDATE: edit before and after; where an owner column changes, full before.
pub fn may_update(world: &World, user_key: &str, before: &Record, after: &Record) -> bool {
    let moves = before.owner != after.owner || before.group != after.group;
    let first = if moves {
        Action::ChangeOwner
    } else {
        Action::Edit
    };
    allows(world, user_key, before, Action::Edit)
        && allows(world, user_key, before, first)
        && allows(world, user_key, after, Action::Edit)
}

// ---------------------------------------------------------------------------------------------
// The grants, one function each, in the order of docs/semantics.md (The decision)
// ---------------------------------------------------------------------------------------------

fn grant(holds: bool, reason: &'static str, level: Level, withheld: bool) -> Vec<Grant> {
    if holds && level > Level::None {
        vec![Grant {
            reason,
            level,
            withheld,
            rule: None,
        }]
    } else {
        Vec::new()
    }
}

/// 1. U has the right `administrator`.
fn administrator(user: &User) -> Vec<Grant> {
    grant(
        user.rights.administrator,
        "administrator",
        Level::Full,
        false,
    )
}

/// 2. O = U.
fn owner(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let holds = user_owner(world, record).is_some_and(|owner| owner.key == user.key);
    grant(holds, "owner", Level::Full, false)
}

/// 3. U is a member of G.
fn group_member(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let holds = group_owner(world, record).is_some_and(|group| is_member(world, user, group));
    grant(holds, "group_member", Level::Full, false)
}

/// 4. O's role is strictly below U's role, at any depth, unless the module has no hierarchy.
fn role_hierarchy(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let owners_role = user_owner(world, record).and_then(|owner| owner.role.as_ref());
    let holds = match (owners_role, &user.role) {
        (Some(below), Some(above)) => role_is_below(world, below, above),
        _ => false,
    };
    let holds = holds && module(world, &record.module).hierarchy;
    grant(
        holds,
        "role_hierarchy",
        Level::Full,
        closed_to(world, user, record),
    )
}

/// 5. M's global access, or that of the module which M follows.
fn global_access(world: &World, record: &Record) -> Vec<Grant> {
    let level = match ruling_module(world, &record.module).global_access {
        GlobalAccess::Private => Level::None,
        GlobalAccess::PublicReadOnly => Level::Read,
        GlobalAccess::PublicReadEdit => Level::Edit,
        GlobalAccess::PublicReadEditDelete => Level::Full,
    };
    grant(true, "global_access", level, is_closed(world, record))
}

/// 6. A rule of M whose *owned by* contains the owner and whose *shared with* contains U.
fn custom_rule(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let ruling = &ruling_module(world, &record.module).name;
    let mut found = Vec::new();
    for (number, rule) in world.rules.iter().enumerate() {
        if rule.module == *ruling
            && !rule.ended
            && rule_covers(world, rule, record)
            && rule_reaches(world, rule, user)
        {
            found.push(Grant {
                reason: "custom_rule",
                level: rule.access,
                withheld: closed_to(world, user, record),
                rule: Some(number),
            });
        }
    }
    found
}

/// 7. The parent record is owned by the *owned by* of a rule of the parent's module.
fn related_rule(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let mut found = Vec::new();
    for relation in &world.relations {
        let Some(parent) = related_parent(world, relation, record) else {
            continue;
        };
        let ruling = &ruling_module(world, &relation.parent).name;
        for (number, rule) in world.rules.iter().enumerate() {
            let named = rule
                .related
                .iter()
                .find(|(child, _)| *child == record.module);
            let level = match named {
                Some((_, level)) => *level,
                None if relation.applied => Level::Read,
                None => Level::None,
            };
            if rule.module == *ruling
                && !rule.ended
                && level > Level::None
                && rule_covers(world, rule, parent)
                && rule_reaches(world, rule, user)
            {
                found.push(Grant {
                    reason: "related_rule",
                    level,
                    withheld: closed_to(world, user, record) || closed_to(world, user, parent),
                    rule: Some(number),
                });
            }
        }
    }
    found
}

/// 8. A profile of U's role has it.
fn view_all(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let holds = profiles_of(world, user)
        .iter()
        .any(|profile| profile.view_all);
    grant(holds, "view_all", Level::Read, is_closed(world, record))
}

/// 8. A profile of U's role has it.
fn edit_all(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let holds = profiles_of(world, user)
        .iter()
        .any(|profile| profile.edit_all);
    grant(holds, "edit_all", Level::Edit, is_closed(world, record))
}

/// 9. U has the right, and the record's office is U's own.
fn super_user(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let office = office_of(world, record);
    let holds = user.rights.super_user && office.is_some() && office == user.office;
    grant(holds, "super_user", Level::Full, false)
}

/// 10. U has the right, and the record's office is U's own or one below it.
fn enterprise_view(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let holds = match (office_of(world, record), &user.office) {
        (Some(office), Some(own)) => office == *own || office_is_below(world, &office, own),
        _ => false,
    };
    grant(
        user.rights.enterprise_view && holds,
        "enterprise_view",
        Level::Read,
        false,
    )
}

/// 11. A share of R over an active link from O to U.
fn shared_record(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let level = share_level(world, user, record);
    grant(true, "shared_record", level, false)
}

/// 12. R's parent record is shared with U, over a relation that carries shares.
fn related_share(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let mut found = Vec::new();
    for relation in world
        .relations
        .iter()
        .filter(|relation| relation.with_shares && relation.shares_applied)
    {
        if let Some(parent) = related_parent(world, relation, record) {
            let holds = share_level(world, user, parent) > Level::None;
            found.extend(grant(holds, "related_share", Level::Read, false));
        }
    }
    found
}

/// Grant 12: R's parent record was given to U, over a relation that carries shares. *Reading*: withheld by the closed
/// office of either.
fn related_given(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let mut found = Vec::new();
    for relation in world
        .relations
        .iter()
        .filter(|relation| relation.with_shares && relation.shares_applied)
    {
        if let Some(parent) = related_parent(world, relation, record) {
            let withheld = closed_to(world, user, record) || closed_to(world, user, parent);
            for _ in given_to(world, user, parent) {
                found.extend(grant(true, "related_share", Level::Read, withheld));
            }
        }
    }
    found
}

/// 13. U has access to R's parent record, over a relation along which that carries.
fn parent_access(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let withheld = closed_to(world, user, record);
    let carrying = world
        .relations
        .iter()
        .filter(|relation| relation.with_parent > Level::None);
    carrying
        .filter_map(|relation| Some((relation, related_parent(world, relation, record)?)))
        .flat_map(|(relation, parent)| {
            let access = level(world, &user.key, parent).min(relation.with_parent);
            grant(access > Level::None, "parent_access", access, withheld)
        })
        .collect()
}

/// 14. The record was given to U, or to a role or group of his.
fn record_grant(world: &World, user: &User, record: &Record) -> Vec<Grant> {
    let withheld = closed_to(world, user, record);
    given_to(world, user, record)
        .into_iter()
        .flat_map(|level| grant(true, "record_grant", level, withheld))
        .collect()
}

// ---------------------------------------------------------------------------------------------
// The words that the grants use
// ---------------------------------------------------------------------------------------------

/// An unknown or inactive user is nobody.
fn identity<'w>(world: &'w World, key: &str) -> Option<&'w User> {
    user(world, key).filter(|user| user.active)
}

fn user<'w>(world: &'w World, key: &str) -> Option<&'w User> {
    world.users.iter().find(|user| user.key == key)
}

/// # Panics
/// Where the world has no such module: the world is wrong then.
pub fn module<'w>(world: &'w World, name: &str) -> &'w Module {
    world
        .modules
        .iter()
        .find(|module| module.name == name)
        .expect("a module of the world")
}

fn record<'w>(world: &'w World, module: &str, id: &str) -> Option<&'w Record> {
    world
        .records
        .iter()
        .find(|record| record.module == module && record.id == id)
}

/// The module whose global access and rules are used.
pub fn ruling_module<'w>(world: &'w World, name: &str) -> &'w Module {
    let own = module(world, name);
    own.follows
        .as_ref()
        .map_or(own, |followed| module(world, followed))
}

/// O: the user whom the record's columns name, active or not. An unknown one counts as absent.
pub fn user_owner<'w>(world: &'w World, record: &Record) -> Option<&'w User> {
    match module(world, &record.module).ownership {
        Ownership::UserColumn | Ownership::TwoColumns | Ownership::OneColumn => {
            user(world, record.owner.as_ref()?)
        }
        Ownership::GroupColumn | Ownership::ControlledBy(_) => None,
    }
}

/// G: the group whom the record's columns name. *Reading*: a text in a column for both that is a
/// user's and a group's key names both.
pub fn group_owner<'w>(world: &'w World, record: &Record) -> Option<&'w Group> {
    let key = match module(world, &record.module).ownership {
        Ownership::OneColumn => record.owner.as_ref()?,
        Ownership::GroupColumn | Ownership::TwoColumns => record.group.as_ref()?,
        Ownership::UserColumn | Ownership::ControlledBy(_) => return None,
    };
    world.groups.iter().find(|group| group.key == *key)
}

/// The record that controls a detail.
pub fn controller<'w>(world: &'w World, detail: &Record) -> Option<&'w Record> {
    match &module(world, &detail.module).ownership {
        Ownership::ControlledBy(parent) => record(world, parent, detail.controller.as_ref()?),
        _ => None,
    }
}

/// The record to which `relation` leads from `child`. Where it leads out of the record's own
/// module, the record itself may be its parent.
pub fn related_parent<'w>(
    world: &'w World,
    relation: &Relation,
    child: &Record,
) -> Option<&'w Record> {
    if relation.child != child.module || relation.when.is_some() && relation.when != child.kind {
        return None;
    }
    let (_, id) = child.parents.iter().find(|(via, _)| *via == relation.via)?;
    record(world, &relation.parent, id)
}

fn role_is_below(world: &World, below: &str, above: &str) -> bool {
    let role = world.roles.iter().find(|role| role.name == below);
    match role.and_then(|role| role.parent.as_ref()) {
        Some(parent) => parent == above || role_is_below(world, parent, above),
        None => false,
    }
}

fn office_is_below(world: &World, below: &str, above: &str) -> bool {
    let office = world.offices.iter().find(|office| office.name == below);
    match office.and_then(|office| office.parent.as_ref()) {
        Some(parent) => parent == above || office_is_below(world, parent, above),
        None => false,
    }
}

fn has_role(user: &User, role: &str) -> bool {
    user.role.as_deref() == Some(role)
}

fn has_role_below(world: &World, user: &User, top: &str) -> bool {
    user.role
        .as_ref()
        .is_some_and(|role| role_is_below(world, role, top))
}

fn has_role_above(world: &World, user: &User, bottom: &str) -> bool {
    user.role
        .as_ref()
        .is_some_and(|role| role_is_below(world, bottom, role))
}

fn group_named<'w>(world: &'w World, name: &str) -> &'w Group {
    world
        .groups
        .iter()
        .find(|group| group.name == name)
        .expect("a group of the world")
}

/// Directly, or through any chain of nested groups.
fn is_member(world: &World, user: &User, group: &Group) -> bool {
    group.members.iter().any(|member| match member {
        Principal::User(key) => user.key == *key,
        Principal::Role(role) => has_role(user, role),
        Principal::RoleAndSubordinates(top) => {
            has_role(user, top) || has_role_below(world, user, top)
        }
        Principal::Group(inner) => is_member(world, user, group_named(world, inner)),
    })
}

fn is_nested_in(world: &World, inner: &Group, outer: &Group) -> bool {
    outer.members.iter().any(|member| match member {
        Principal::Group(name) => {
            *name == inner.name || is_nested_in(world, inner, group_named(world, name))
        }
        _ => false,
    })
}

/// Above the role of any member. *Reading*: a role that is a member counts as such, whether or not
/// somebody has it at the moment, and so does an inactive member.
fn is_above_a_member(world: &World, user: &User, group: &Group) -> bool {
    group.members.iter().any(|member| match member {
        Principal::User(key) => self::user(world, key)
            .and_then(|member| member.role.as_ref())
            .is_some_and(|role| has_role_above(world, user, role)),
        Principal::Role(role) => has_role_above(world, user, role),
        Principal::RoleAndSubordinates(top) => world.roles.iter().any(|role| {
            (role.name == *top || role_is_below(world, &role.name, top))
                && has_role_above(world, user, &role.name)
        }),
        Principal::Group(inner) => is_above_a_member(world, user, group_named(world, inner)),
    })
}

/// Whether the record is owned by the *owned by* of the rule.
fn rule_covers(world: &World, rule: &Rule, record: &Record) -> bool {
    if rule
        .criteria
        .as_ref()
        .is_some_and(|criteria| !criteria.are_met_by(record))
    {
        return false;
    }
    let Some(owned_by) = &rule.owned_by else {
        return rule.criteria.is_some();
    };
    let by_user = user_owner(world, record).is_some_and(|owner| match owned_by {
        Principal::User(_) => false,
        Principal::Role(role) => has_role(owner, role),
        Principal::RoleAndSubordinates(top) => {
            has_role(owner, top) || has_role_below(world, owner, top)
        }
        Principal::Group(name) => is_member(world, owner, group_named(world, name)),
    });
    let by_group = group_owner(world, record).is_some_and(|owner| match owned_by {
        Principal::Group(name) => {
            owner.name == *name || is_nested_in(world, owner, group_named(world, name))
        }
        _ => false,
    });
    by_user || by_group
}

/// Whether the *shared with* of the rule contains the user.
fn rule_reaches(world: &World, rule: &Rule, user: &User) -> bool {
    let receives = match &rule.shared_with {
        Principal::User(_) => false,
        Principal::Role(role) => has_role(user, role),
        Principal::RoleAndSubordinates(top) => {
            has_role(user, top) || has_role_below(world, user, top)
        }
        Principal::Group(name) => is_member(world, user, group_named(world, name)),
    };
    let is_superior = match &rule.shared_with {
        Principal::User(_) => false,
        Principal::Role(role) => has_role_above(world, user, role),
        // Whoever is above a role of the subtree is in the subtree himself or above its top.
        Principal::RoleAndSubordinates(top) => has_role_above(world, user, top),
        Principal::Group(name) => is_above_a_member(world, user, group_named(world, name)),
    };
    receives || rule.superiors && is_superior
}

/// The present office of the user owner; without a user owner, of the group owner.
pub fn office_of(world: &World, record: &Record) -> Option<String> {
    match user_owner(world, record) {
        Some(owner) => owner.office.clone(),
        None => group_owner(world, record)?.office.clone(),
    }
}

/// While the record's office has security on.
fn is_closed(world: &World, record: &Record) -> bool {
    let office = office_of(world, record);
    world
        .offices
        .iter()
        .any(|other| office.as_ref() == Some(&other.name) && other.security)
}

/// Closed, and the user is of another office.
fn closed_to(world: &World, user: &User, record: &Record) -> bool {
    is_closed(world, record) && user.office != office_of(world, record)
}

/// What the shares of exactly this record are worth to the user now (semantics: The decision; Record sharing between offices).
fn share_level(world: &World, user: &User, record: &Record) -> Level {
    let Some(owner) = user_owner(world, record) else {
        return Level::None;
    };
    let specialist = |user: &User| user.active && user.rights.record_sharing;
    let linked = world
        .links
        .iter()
        .any(|link| link.from == owner.key && link.to == user.key && link.active);
    let apart = owner.office.is_some() && user.office.is_some() && owner.office != user.office;
    if !(linked && apart && specialist(owner) && specialist(user)) {
        return Level::None;
    }
    world
        .shares
        .iter()
        .filter(|share| share.module == record.module && share.record == record.id)
        .filter(|share| share.from == owner.key && share.to == user.key)
        .map(|share| share.access)
        .max()
        .unwrap_or(Level::None)
}

/// For what exactly this record was given to the user, each time that it was.
fn given_to(world: &World, user: &User, record: &Record) -> Vec<Level> {
    if !module(world, &record.module).grants {
        return Vec::new();
    }
    let is_of = |given: &&Given| given.module == record.module && given.record == record.id;
    let is_theirs = |given: &&Given| match &given.to {
        Principal::User(key) => user.key == *key,
        Principal::Role(role) => has_role(user, role),
        Principal::RoleAndSubordinates(top) => {
            has_role(user, top) || has_role_below(world, user, top)
        }
        Principal::Group(name) => is_member(world, user, group_named(world, name)),
    };
    let given = world.given.iter().filter(is_of);
    let given = given.filter(|given| !given.ended).filter(is_theirs);
    given.map(|given| given.access).collect()
}

fn profiles_of<'w>(world: &'w World, user: &User) -> Vec<&'w Profile> {
    let role = world.roles.iter().find(|role| has_role(user, &role.name));
    let names = role.map_or(&[][..], |role| &role.profiles);
    world
        .profiles
        .iter()
        .filter(|profile| names.contains(&profile.name))
        .collect()
}

/// Whether the profiles of the user's role leave him the action: those of the module itself, also
/// where it follows another. Without edit he has read at most, so nothing that takes more.
fn profiles_let(world: &World, user: &User, module: &str, action: Action) -> bool {
    let may = |which: fn(&Permission) -> bool| {
        let profiles = profiles_of(world, user);
        profiles.is_empty()
            || profiles.iter().any(|profile| {
                let of = |name: Option<&str>| {
                    profile
                        .permissions
                        .iter()
                        .find(|row| row.module.as_deref() == name)
                };
                of(Some(module)).or_else(|| of(None)).is_some_and(which)
            })
    };
    let view = may(|row| row.view);
    let edit = may(|row| row.edit);
    match action {
        Action::Read => view,
        Action::Edit | Action::ChangeOwner => view && edit,
        Action::Create => view && edit && may(|row| row.create),
        Action::Delete => view && edit && may(|row| row.delete),
    }
}
