//! The settings for people: overviews, the matrix of a module, diagrams (semantics: Looking at the settings).

use crate::catalog::read::configuration::{Configuration, Owners, configuration};
use crate::catalog::read::export::{ModuleColumns, RelationColumns, present, present_with};
use crate::catalog::read::organization::{Names, Rules, names};
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::{Look, MODULE};
use crate::core::diagram::{Format, diagram};
use crate::core::document::Present;
use crate::core::matrix::{MatrixCell, OwnedBy, RoleOrGroup, access_matrix};
use crate::core::org::{GroupId, ModuleId, RelationId, RoleId, UserId};
use crate::core::{Level, Principal, Result};
use crate::pg::clock;
use crate::pg::clock::Time;
use crate::tables::module_columns::{column_names, relation_columns};
use pgrx::pg_sys;
use rustc_hash::FxHashMap;

fn now() -> Snapshot {
    Snapshot::of_statement().unwrap_or_else(Snapshot::latest)
}

/// What is valid for modules, and beside it what is staged. Nobody is warned of those that are broken: they are
/// told as that.
pub fn modules_and_relations() -> Result<Present> {
    let _look = Look::begin()?;
    present_with(
        Vec::new(),
        clock::now(),
        &now(),
        column_names,
        relation_columns,
    )
}

/// The same of rules, with those that have ended. The columns of tables, for which it might wait, are left out.
pub fn rules() -> Result<Present> {
    let _look = Look::begin()?;
    present_with(
        Vec::new(),
        Time::MIN,
        &now(),
        no_columns,
        no_relation_columns,
    )
}

/// The organization, likewise.
pub fn organization() -> Result<Present> {
    let _look = Look::begin()?;
    present(&now(), no_columns, no_relation_columns)
}

fn no_columns(_table: pg_sys::Oid, _owners: Owners) -> Result<ModuleColumns> {
    Ok(ModuleColumns::default())
}

fn no_relation_columns(_table: pg_sys::Oid, _relation: RelationId) -> Result<RelationColumns> {
    Ok(RelationColumns::default())
}

/// The picture of everything, or of a module.
pub fn draw(format: &str, module: Option<&str>) -> Result<String> {
    let format = Format::parse(format)?;
    let _look = Look::begin()?;
    MODULE.must_be_known(module)?;
    let document = present(&now(), column_names, relation_columns)?.document;
    Ok(diagram(&document, format, module))
}

/// Who may do what with whose records of a module: both as principals, with the codes of the reasons.
pub struct MatrixRow {
    pub viewer: String,
    pub owner: String,
    pub access: Level,
    pub reasons: Vec<String>,
    /// Where the record meets the criteria of all rules, if it is more then.
    pub by_criteria: Option<Level>,
}

/// In the order of the viewers, then of the owners.
pub fn matrix(module: &str) -> Result<Vec<MatrixRow>> {
    let _look = Look::begin()?;
    MODULE.must_be_known(Some(module))?;
    let snapshot = now();
    let configuration = configuration(&snapshot, Rules::Enforced)?;
    let names = names(&snapshot)?;
    let mut modules = configuration.org.modules.iter();
    let Some((&id, _)) = modules.find(|(_, facts)| facts.name == module) else {
        return Err(MODULE.unknown(module));
    };
    let roles = roles_of_members(&configuration, &snapshot)?;
    let cells = access_matrix(&configuration.org, id, owned_by(&configuration, id), &roles);
    let row = |cell: MatrixCell| {
        Some(MatrixRow {
            viewer: principal(cell.viewer, &names)?,
            owner: principal(cell.owner, &names)?,
            access: cell.access,
            by_criteria: cell.by_criteria,
            reasons: cell
                .reasons
                .iter()
                .map(|reason| reason.code().to_owned())
                .collect(),
        })
    };
    let mut rows: Vec<MatrixRow> = cells.into_iter().filter_map(row).collect();
    rows.sort_by(|a, b| (&a.viewer, &a.owner).cmp(&(&b.viewer, &b.owner)));
    Ok(rows)
}

fn principal(one: RoleOrGroup, names: &Names) -> Option<String> {
    let principal = match one {
        RoleOrGroup::Role(id) => Principal::Role(names.roles.get(&id)?.clone()),
        RoleOrGroup::Group(id) => Principal::Group(names.groups.get(&id)?.clone()),
    };
    Some(principal.to_string())
}

/// Of a module that another controls, by that one's columns.
fn owned_by(configuration: &Configuration, module: ModuleId) -> OwnedBy {
    let owned = configuration.org.controlling_module(module);
    let mut tables = configuration.tables.values();
    let table = tables.find(|table| Some(table.module) == owned);
    let owners = table.map_or(Owners::Parent, |table| table.owners);
    let both = matches!(owners, Owners::UserOrGroup | Owners::UserAndGroup);
    OwnedBy {
        users: both || owners == Owners::User,
        groups: both || owners == Owners::Group,
    }
}

/// The roles of the users whom groups name as members, of which rules with `superiors` ask.
fn roles_of_members(
    configuration: &Configuration,
    snapshot: &Snapshot,
) -> Result<FxHashMap<GroupId, Vec<RoleId>>> {
    let groups: Vec<GroupId> = configuration
        .org
        .groups_with_superiors()
        .into_iter()
        .collect();
    let mut roles: FxHashMap<GroupId, Vec<RoleId>> = FxHashMap::default();
    if groups.is_empty() {
        return Ok(roles);
    }
    let people = People::open()?;
    let members = people.members_of(&groups, snapshot);
    let mut users: Vec<UserId> = members.keys().copied().collect();
    users.sort();
    people.each_with_id(&users, snapshot, |user, _| {
        for group in members.get(&user.id).into_iter().flatten() {
            roles.entry(*group).or_default().extend(user.role);
        }
    });
    for roles in roles.values_mut() {
        roles.sort();
        roles.dedup();
    }
    Ok(roles)
}
