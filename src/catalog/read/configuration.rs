//! From rows to the types of `core`. Columns are numbered as in sql/schema.sql.

use crate::catalog::read::ends::counts_at;
use crate::catalog::read::organization::{
    Rules, open, party, read_profiles, read_relations, related_levels, room,
};
use crate::catalog::read::rows::Row;
use crate::catalog::read::scan::Key;
use crate::catalog::read::search::Search;
use crate::catalog::read::shared_org::SharedOrg;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::criteria::Criteria;
use crate::core::forest::Forest;
use crate::core::org::{
    Control, CriteriaId, Group, GroupId, GroupMember, Module, ModuleId, Office, OfficeId, Org,
    Role, RoleId, Rule, RuleId,
};
use crate::core::{GlobalAccess, Result, RuleAccess};
use crate::pg::clock;
use crate::pg::clock::Time;
use pgrx::pg_sys;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// A protected table, with what only the database knows of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProtectedTable {
    pub module: ModuleId,
    pub relation: pg_sys::Oid,
    pub owners: Owners,
    pub default_owner: bool,
    /// A foreign key tells by which column of the parent that controls it.
    pub by_foreign_key: bool,
    /// It is the child of a relation.
    pub is_child: bool,
}

/// Which owner columns a module has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Configuration {
    pub org: SharedOrg,
    pub tables: FxHashMap<pg_sys::Oid, ProtectedTable>,
    pub search: Search,
    pub criteria: AllCriteria,
}

/// Criteria by their numbers.
pub type AllCriteria = FxHashMap<CriteriaId, StoredCriteria>;

/// Criteria of a module's rules.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredCriteria {
    pub module: ModuleId,
    #[serde(with = "as_text")]
    pub criteria: Criteria,
}

/// For sessions, which do not read each other's JSON.
mod as_text {
    use crate::core::criteria::Criteria;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(criteria: &Criteria, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&criteria.to_text())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Criteria, D::Error> {
        let text = String::deserialize(from)?;
        Criteria::parse(&text).map_err(|error| D::Error::custom(error.message))
    }
}

impl Configuration {
    /// The criteria of rules for a module, valid or staged, in the order of their numbers.
    pub fn criteria_of(&self, module: ModuleId) -> Vec<(CriteriaId, &Criteria)> {
        let ruling = self.org.ruling_module(module);
        let all = self.criteria.iter().filter(|one| one.1.module == ruling);
        let mut all: Vec<_> = all.map(|(&id, one)| (id, &one.criteria)).collect();
        all.sort_by_key(|one| one.0);
        all
    }
}

/// Reads everything but users and their memberships, without what has ended by now.
pub fn configuration(snapshot: &Snapshot, rules: Rules) -> Result<Configuration> {
    configuration_at(snapshot, rules, clock::now())
}

/// The same without what has ended by a time.
pub fn configuration_at(snapshot: &Snapshot, rules: Rules, at: Time) -> Result<Configuration> {
    let mut org = Org::default();
    read_offices(snapshot, &mut org)?;
    read_roles(snapshot, &mut org)?;
    read_groups(snapshot, at, &mut org)?;
    let mut tables = read_modules(snapshot, rules, &mut org)?;
    read_relations(snapshot, rules, &mut org)?;
    for table in tables.values_mut() {
        let mut relations = org.relations.iter();
        table.is_child = relations.any(|relation| relation.child == table.module);
    }
    read_rules(snapshot, rules, at, &mut org)?;
    read_profiles(snapshot, &mut org)?;
    let search = Search::read(snapshot)?;
    Ok(Configuration {
        org: org.into(),
        tables,
        search,
        criteria: read_criteria(snapshot)?,
    })
}

fn read_offices(snapshot: &Snapshot, org: &mut Org) -> Result<()> {
    let mut tree = Vec::new();
    open(c"offices")?.each_row(snapshot, |row| {
        if let Some(id) = row.int(1).map(OfficeId) {
            tree.push((id, row.int(3).map(OfficeId)));
            let security = row.bool(4);
            org.offices.insert(id, Office { security });
        }
    });
    org.office_tree = Forest::new(tree);
    Ok(())
}

fn read_roles(snapshot: &Snapshot, org: &mut Org) -> Result<()> {
    let roles = open(c"roles")?;
    let mut tree = Vec::with_capacity(room(&roles));
    org.roles.reserve(room(&roles));
    roles.each_row(snapshot, |row| {
        if let Some(id) = row.int(1).map(RoleId) {
            tree.push((id, row.int(3).map(RoleId)));
            org.roles.insert(id, Role::default());
        }
    });
    org.role_tree = Forest::new(tree);
    Ok(())
}

fn read_groups(snapshot: &Snapshot, at: Time, org: &mut Org) -> Result<()> {
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
        let Some(member) = group_member(row) else {
            return;
        };
        if counts_at(at, row.bigint(6))
            && let Some(group) = row.int(1).and_then(|id| org.groups.get_mut(&GroupId(id)))
        {
            group.members.push(member);
        }
    });
    Ok(())
}

/// The member of which a row of `group_members` tells.
pub(super) fn group_member(row: &Row) -> Option<GroupMember> {
    match (row.int(2).map(RoleId), row.bool(3), row.int(4).map(GroupId)) {
        (Some(role), false, _) => Some(GroupMember::Role(role)),
        (Some(role), true, _) => Some(GroupMember::RoleAndSubordinates(role)),
        (None, _, Some(group)) => Some(GroupMember::Group(group)),
        (None, _, None) => None,
    }
}

/// The modules, and the tables that they are.
fn read_modules(
    snapshot: &Snapshot,
    rules: Rules,
    org: &mut Org,
) -> Result<FxHashMap<pg_sys::Oid, ProtectedTable>> {
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
            grants: row.bool(12),
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
                is_child: false,
            },
        );
    });
    Ok(tables)
}

/// All there are, valid or staged.
fn read_criteria(snapshot: &Snapshot) -> Result<AllCriteria> {
    let mut all = AllCriteria::default();
    open(c"criteria")?.each_row(snapshot, |row| {
        // What is not understood is met by nothing.
        let criteria = row.with_text(3, Criteria::parse).and_then(Result::ok);
        if let (Some(id), Some(module), Some(criteria)) = (row.int(1), row.int(2), criteria) {
            let module = ModuleId(module);
            all.insert(CriteriaId(id), StoredCriteria { module, criteria });
        }
    });
    Ok(all)
}

/// With the levels for modules that are related, which are known by then.
fn read_rules(snapshot: &Snapshot, rules: Rules, at: Time, org: &mut Org) -> Result<()> {
    let mut related = match org.relations.is_empty() {
        true => FxHashMap::default(),
        false => related_levels(snapshot, rules)?,
    };
    let stored = open(c"rules")?;
    org.rules.reserve(room(&stored));
    stored.each_row(snapshot, |row| {
        let (access, until, criteria) = match rules {
            Rules::Enforced => (10, 12, 14),
            Rules::Staged => (11, 13, 15),
        };
        let until = row.bigint(until);
        if !counts_at(at, until) {
            return;
        }
        let access = row
            .with_text(access, RuleAccess::parse)
            .and_then(Result::ok);
        let (owned_by, criteria) = (party(row, 3), row.int(criteria).map(CriteriaId));
        if owned_by.is_none() && criteria.is_none() {
            return; // It would open every record.
        }
        if let (Some(id), Some(module), Some(shared_with), Some(access)) =
            (row.bigint(1), row.int(2), party(row, 6), access)
        {
            org.rules.push(Rule {
                id: RuleId(id),
                module: ModuleId(module),
                owned_by,
                criteria,
                shared_with,
                access,
                superiors: row.bool(9),
                until,
                related: related.remove(&id).unwrap_or_default(),
            });
        }
    });
    Ok(())
}

/// Whether a relation carries the policies of a module. Anybody can put policies that look like these
/// on a table of their own.
pub fn is_protected(relation: pg_sys::Oid, module: ModuleId, snapshot: &Snapshot) -> Result<bool> {
    Ok(module_of(relation, snapshot)? == Some(module))
}

/// The module whose policies a relation carries.
pub fn module_of(relation: pg_sys::Oid, snapshot: &Snapshot) -> Result<Option<ModuleId>> {
    let mut module = None;
    open(c"protected_relations")?.each_where(
        c"protected_relations_pkey",
        1,
        Key::Oid(relation),
        snapshot,
        |row| module = row.int(2).map(ModuleId),
    );
    Ok(module)
}

/// The database roles that administer record sharing.
pub fn administrators(snapshot: &Snapshot) -> Result<Vec<pg_sys::Oid>> {
    let mut roles = Vec::new();
    open(c"administrators")?.each_row(snapshot, |row| roles.extend(row.oid(1)));
    Ok(roles)
}
