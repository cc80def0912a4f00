//! What is known of a table that is a module: its number and name, its columns, and the key of its records.

use crate::catalog::read::configuration::{Owners, is_protected};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::catalog::write::modules::module_of;
use crate::catalog::write::tables;
use crate::catalog::write::tables::ApplicationTable;
use crate::core::org::ModuleId;
use crate::core::{Error, Result, Sqlstate};
use crate::policy::records::reading::Records;
use crate::policy::text::columns::{
    Columns, KeyColumn, OwnerColumns, columns, has_no_owner, key_of_records,
};
use pgrx::{PgRelation, pg_sys};
use std::ffi::CStr;
use std::rc::Rc;

/// A relation by its number.
pub fn existing(relation: pg_sys::Oid) -> Result<ApplicationTable> {
    tables::family(relation)?
        .into_iter()
        .next()
        .ok_or_else(|| Error::unknown(format!("relation {relation} does not exist")))
}

/// The number and the name of the module that a table is.
pub fn protected(table: &ApplicationTable) -> Result<(i32, String)> {
    module_of(table.oid)?.ok_or_else(|| not_a_module(table))
}

/// The error for a table that is no module.
pub fn not_a_module(table: &ApplicationTable) -> Error {
    Error::unknown(format!("table {} is not protected", table.name))
        .hint("Protect it first, with sharing.protect(); of a partitioned table, the table itself.")
}

/// The number and the name of the module of a table whose records have owners.
pub fn owned_module(table: &ApplicationTable) -> Result<(i32, String)> {
    let found = protected(table)?;
    owners_of(&open_table(table.oid)?)?;
    Ok(found)
}

/// The column by which the records of a protected table are known, one by one.
pub fn key_of(table: &PgRelation) -> Result<KeyColumn> {
    // SAFETY: the relation is open while `table` lives.
    let known = unsafe { key_of_records(table.as_ptr()) };
    let known = known.ok_or_else(|| {
        Error::not_possible(format!(
            "table \"{}\" had no primary key of one column when it was protected",
            table.name()
        ))
        .hint("Give it one and protect it again: sharing.unprotect(), sharing.protect().")
    })?;
    let is_key =
        Records::open(table.oid()).is_some_and(|records| records.key_on(known.number).is_some());
    match is_key {
        true => Ok(known),
        false => Err(Error::not_possible(format!(
            "column \"{}\" of table \"{}\", by which its records are known, is no longer a key",
            known.name,
            table.name()
        ))
        .hint("Make it unique again, or protect the table again to go by its primary key: sharing.unprotect(), sharing.protect().")),
    }
}

/// Opens a relation that may be a protected table, for as long as the answer lives.
pub fn open_table(relation: pg_sys::Oid) -> Result<PgRelation> {
    // SAFETY: the lock is the one of a query; an unknown relation is an error of PostgreSQL's.
    unsafe {
        match pg_sys::get_rel_relkind(relation) as u8 {
            b'r' | b'p' => Ok(PgRelation::with_lock(
                relation,
                pg_sys::AccessShareLock as _,
            )),
            _ => {
                let name = pg_sys::get_rel_name(relation);
                let name = match name.is_null() {
                    true => relation.to_u32().to_string(),
                    false => CStr::from_ptr(name).to_string_lossy().into_owned(),
                };
                Err(Error::new(
                    Sqlstate::WrongObject,
                    format!("\"{name}\" is not a protected table"),
                ))
            }
        }
    }
}

/// The owner columns of a table that should be a protected one.
pub fn owners_of(table: &PgRelation) -> Result<OwnerColumns> {
    match columns_of(table, is_module)? {
        Columns::Owned(columns) => Ok(columns),
        Columns::Detail(_) => Err(has_no_owner(table.name())),
    }
}

/// What the policies of a table that should be a protected one go by; `is_module` tells whether it is.
pub fn columns_of(
    table: &PgRelation,
    is_module: impl FnOnce(pg_sys::Oid) -> Result<bool>,
) -> Result<Columns> {
    // SAFETY: the relation is open while `table` lives.
    match unsafe { columns(table.as_ptr()) } {
        Ok(columns) => Ok(columns),
        Err(altered) => Err(match is_module(table.oid())? {
            true => altered.hint(
                "Somebody dropped or altered them, or dropped a column that they name: sharing.protect() with its columns makes them anew, and keeps its rules.",
            ),
            false => not_protected(table),
        }),
    }
}

/// Whether the policies of a protected table no longer say what it goes by.
pub fn is_broken(table: &ApplicationTable) -> Result<bool> {
    let open = open_table(table.oid)?;
    // SAFETY: the relation is open while `open` lives.
    Ok(unsafe { columns(open.as_ptr()) }.is_err())
}

/// The same as `module_of`, for everybody.
fn is_module(relation: pg_sys::Oid) -> Result<bool> {
    let state = State::seen_by(&Snapshot::latest())?;
    Ok(state.is_some_and(|state| state.table(relation).is_some()))
}

/// A protected table whose records have owners, or a part of one, by the latest state.
pub struct OwnedTable {
    pub open: PgRelation,
    pub columns: OwnerColumns,
    pub module: ModuleId,
    pub owners: Owners,
    pub state: Rc<State>,
}

impl OwnedTable {
    pub fn find(relation: pg_sys::Oid) -> Result<OwnedTable> {
        let open = open_table(relation)?;
        let columns = owners_of(&open)?;
        let snapshot = Snapshot::latest();
        let state = State::seen_by(&snapshot)?.ok_or_else(|| not_protected(&open))?;
        let table = state.table(columns.module_relation);
        let table = table.ok_or_else(|| not_protected(&open))?;
        if !is_protected(relation, table.module, &snapshot)? {
            return Err(not_protected(&open));
        }
        let (module, owners) = (table.module, table.owners);
        Ok(OwnedTable {
            open,
            columns,
            module,
            owners,
            state,
        })
    }
}

pub fn not_protected(relation: &PgRelation) -> Error {
    Error::unknown(format!("table \"{}\" is not protected", relation.name()))
        .hint("Protect it with sharing.protect().")
}
