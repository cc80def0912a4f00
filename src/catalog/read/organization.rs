//! The small half of the configuration, table by table.

use crate::catalog::read::rows::Row;
use crate::catalog::read::scan::CatalogTable;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::version;
use crate::core::org::{
    GroupId, ModuleId, OfficeId, Org, Party, Profile, ProfileId, Relation, RelationId, RoleId,
};
use crate::core::{Error, Level, Permissions, RelatedAccess, Result, ShareAccess};
use rustc_hash::FxHashMap;
use std::ffi::CStr;
use std::hash::Hash;

/// Which of the two states of global access and rules is meant (semantics: Sharing rules).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    Enforced,
    /// As they will be after `apply_rules()`.
    Staged,
}

pub(super) fn open(name: &'static CStr) -> Result<CatalogTable> {
    version::check()?;
    CatalogTable::open(name).ok_or_else(|| {
        Error::internal(format!(
            "table sharing.{} does not exist",
            name.to_string_lossy()
        ))
        .hint("The extension pg_sharing is damaged or only partly restored.")
    })
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

pub(super) fn read_relations(snapshot: &Snapshot, rules: Rules, org: &mut Org) -> Result<()> {
    open(c"relations")?.each_row(snapshot, |row| {
        if let (Some(id), Some(child), Some(parent)) = (row.int(1), row.int(2), row.int(3)) {
            let with_parent = if rules == Rules::Enforced { 8 } else { 9 };
            // What is not understood gives nothing.
            let with_parent = row
                .with_text(with_parent, ShareAccess::from_label)
                .flatten();
            org.relations.push(Relation {
                id: RelationId(id),
                child: ModuleId(child),
                parent: ModuleId(parent),
                with_shares: row.bool(4) && (row.bool(7) || rules == Rules::Staged),
                with_parent: with_parent.map_or(Level::None, ShareAccess::level),
                applied: row.bool(5) || rules == Rules::Staged,
                by_foreign_key: row.bool(6),
            });
        }
    });
    org.relations.sort_by_key(|relation| relation.id);
    org.break_circles();
    Ok(())
}

/// The levels that rules name for child modules.
pub(super) fn related_levels(
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

pub(super) fn read_profiles(snapshot: &Snapshot, org: &mut Org) -> Result<()> {
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
pub(super) fn party(row: &Row, first: usize) -> Option<Party> {
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

/// Room for about as many rows as a table has: growing step by step costs a new process more than
/// reading them.
pub(super) fn room(table: &CatalogTable) -> usize {
    table.estimated_rows() as usize
}
