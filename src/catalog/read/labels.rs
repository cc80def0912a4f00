//! Names of single things, by direct scans: for functions that read and write nothing.

use crate::catalog::read::names::{Remembered, schema_oid};
use crate::catalog::read::scan::{CatalogTable, Key};
use crate::catalog::read::snapshot::Snapshot;
use crate::core::org::{GroupId, OfficeId, ProfileId, RoleId};
use crate::core::{Error, Level, Result};
use pgrx::pg_sys;
use pgrx::pg_sys::SysCacheIdentifier::{ENUMTYPOIDNAME, TYPENAMENSP};
use std::ffi::{CStr, CString};

fn name_of(
    table: &'static CStr,
    index: &'static CStr,
    column: usize,
    id: i32,
    snapshot: &Snapshot,
) -> Option<String> {
    let mut name = None;
    CatalogTable::open(table)?.each_where(index, 1, Key::Int(id), snapshot, |row| {
        name = row.text(column);
    });
    name
}

pub fn role_name(role: RoleId, snapshot: &Snapshot) -> Option<String> {
    name_of(c"roles", c"roles_pkey", 2, role.0, snapshot)
}

pub fn office_name(office: OfficeId, snapshot: &Snapshot) -> Option<String> {
    name_of(c"offices", c"offices_pkey", 2, office.0, snapshot)
}

pub fn group_name(group: GroupId, snapshot: &Snapshot) -> Option<String> {
    name_of(c"groups", c"groups_pkey", 3, group.0, snapshot)
}

pub fn profile_name(profile: ProfileId, snapshot: &Snapshot) -> Option<String> {
    name_of(c"profiles", c"profiles_pkey", 2, profile.0, snapshot)
}

thread_local! {
    static LEVELS: Remembered<Level, Option<pg_sys::Oid>> = Remembered::default();
}

/// A level as a value of the type `sharing.access_level`.
pub fn access_level(level: Level) -> Result<pg_sys::Oid> {
    LEVELS
        .with(|levels| levels.or_find(level, || find_access_level(level)))
        .ok_or_else(|| Error::internal("a value of sharing.access_level is missing"))
}

fn find_access_level(level: Level) -> Option<pg_sys::Oid> {
    let schema = schema_oid(c"sharing")?;
    let label = CString::new(level.label()).ok()?;
    let none = pg_sys::Datum::null();
    // SAFETY: looks up the system caches by NUL-terminated names.
    let found = unsafe {
        let name = pg_sys::Datum::from(c"access_level".as_ptr());
        let (id, column) = (TYPENAMENSP as i32, pg_sys::Anum_pg_type_oid as i16);
        let of_type = pg_sys::GetSysCacheOid(id, column, name, schema.into(), none, none);
        let (id, column) = (ENUMTYPOIDNAME as i32, pg_sys::Anum_pg_enum_oid as i16);
        let name = pg_sys::Datum::from(label.as_ptr());
        pg_sys::GetSysCacheOid(id, column, of_type.into(), name, none, none)
    };
    (found != pg_sys::InvalidOid).then_some(found)
}

/// None for a database role that was dropped.
pub fn name_of_db_role(role: pg_sys::Oid) -> Option<String> {
    // SAFETY: looks the role up; the name is a palloc'd string.
    unsafe {
        let name = pg_sys::GetUserNameFromId(role, true);
        (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
    }
}
