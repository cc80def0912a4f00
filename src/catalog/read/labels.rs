//! Names of single things, by direct scans: for functions that read and write nothing.

use crate::catalog::read::scan::{CatalogTable, Key};
use crate::catalog::read::snapshot::Snapshot;
use crate::core::org::{OfficeId, RoleId};
use std::ffi::CStr;

fn name_of(
    table: &'static CStr,
    index: &'static CStr,
    id: i32,
    snapshot: &Snapshot,
) -> Option<String> {
    let mut name = None;
    CatalogTable::open(table)?
        .each_where(index, 1, Key::Int(id), snapshot, |row| name = row.text(2));
    name
}

pub fn role_name(role: RoleId, snapshot: &Snapshot) -> Option<String> {
    name_of(c"roles", c"roles_pkey", role.0, snapshot)
}

pub fn office_name(office: OfficeId, snapshot: &Snapshot) -> Option<String> {
    name_of(c"offices", c"offices_pkey", office.0, snapshot)
}
