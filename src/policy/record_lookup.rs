//! Single records of a module, found by their keys and locked.
//!
//! By direct scans, as in `policy::records`: a statement would run what the table's owner hung on the
//! table (index expressions while it is planned, checks of a domain while it casts), and whoever asks may
//! have no privilege on the table. Keys and owners are read as what their base types are, so no code of
//! the application's runs.

use crate::catalog::scan::lock_tuple;
use crate::catalog::snapshot::Snapshot;
use crate::core::{Error, Result};
use crate::policy::columns::{KeyColumn, OwnerColumns};
use crate::policy::keys::{KeySet, KeyType, text_of_key};
use crate::policy::records::{Records, tables_with_rows};
use pgrx::pg_sys;
use std::ffi::CString;

/// A version of a record.
pub struct Record {
    pub key: String,
    /// The key of the user owner.
    pub owner: Option<String>,
    table: pg_sys::Oid,
    place: pg_sys::ItemPointerData,
}

/// The number of a column in a part of a table, which may number its columns otherwise.
pub fn column_in(part: pg_sys::Oid, name: &str) -> Option<i16> {
    let name = CString::new(name).ok()?;
    // SAFETY: looks a column up by its name.
    let number = unsafe { pg_sys::get_attnum(part, name.as_ptr()) };
    (number > 0).then_some(number)
}

/// Calls `visit` with the parts of a module's table: each with the number of `column` there.
fn each_part(
    relation: pg_sys::Oid,
    column: &KeyColumn,
    mut visit: impl FnMut(pg_sys::Oid, &Records, i16) -> Result<()>,
) -> Result<()> {
    for part in tables_with_rows(relation) {
        if let Some(records) = Records::open(part)
            && let Some(number) = column_in(part, &column.name)
        {
            visit(part, &records, number)?;
        }
    }
    Ok(())
}

/// The rows of an open table that have one of the keys, by an index where there is one.
fn each_with_key(
    records: &Records,
    column: i16,
    key_type: KeyType,
    keys: &KeySet,
    snapshot: &Snapshot,
    mut visit: impl FnMut(pg_sys::HeapTuple) -> Result<()>,
) -> Result<()> {
    let visit = |tuple| {
        // By its collation an index may take different texts for equal.
        // SAFETY: the row is of this table, and the column of the keys' type.
        let is_one = unsafe {
            let key = records.value(tuple, column);
            key.is_some_and(|key| keys.contains(key_type, key))
        };
        match is_one {
            true => visit(tuple),
            false => Ok(()),
        }
    };
    match records.index_on(column) {
        // SAFETY: the keys are of the index's type.
        Some(index) => unsafe {
            records.each_with(&index, &keys.datums(index.key_type), snapshot, visit)
        },
        None => records.each(snapshot, visit),
    }
}

/// The record of a table, or of a partition, with this very key, as a snapshot sees it.
pub fn find(
    relation: pg_sys::Oid,
    columns: &OwnerColumns,
    key: &str,
    snapshot: &Snapshot,
) -> Result<Option<Record>> {
    let Some(record) = &columns.record else {
        return Ok(None);
    };
    let mut keys = KeySet::new(record.key_type);
    keys.insert(key);
    let mut found = None;
    if keys.is_empty() {
        return Ok(None);
    }
    each_part(relation, record, |part, records, column| {
        let Some(owner) = column_in(part, &columns.owner.name) else {
            return Ok(());
        };
        each_with_key(records, column, record.key_type, &keys, snapshot, |tuple| {
            // SAFETY: the row is of this table, and its owner column of this type.
            let owner = unsafe {
                let value = records.value(tuple, owner);
                value.and_then(|value| text_of_key(columns.owner.key_type, value))
            };
            found = Some(Record {
                key: key.to_owned(),
                owner,
                table: part,
                // SAFETY: a row of a scan says where it is stored.
                place: unsafe { (*tuple).t_self },
            });
            Ok(())
        })
    })?;
    Ok(found)
}

/// Locks the record with this key, where it is one that is `wanted`: nobody deletes it or gives it
/// another key until the transaction ends. Waits for whoever is doing so, and looks again.
pub fn lock(
    relation: pg_sys::Oid,
    columns: &OwnerColumns,
    key: &str,
    wanted: impl Fn(&Record) -> bool,
) -> Result<Option<Record>> {
    // SAFETY: refuses what must not write; what this transaction did before is seen from now on.
    unsafe {
        pg_sys::PreventCommandIfReadOnly(c"sharing.share_record()".as_ptr());
        pg_sys::CommandCounterIncrement();
    }
    loop {
        pgrx::check_for_interrupts!();
        let snapshot = Snapshot::latest();
        let Some(found) = find(relation, columns, key, &snapshot)?.filter(&wanted) else {
            return Ok(None);
        };
        if found.lock(&snapshot)? {
            return Ok(Some(found));
        }
    }
}

impl Record {
    /// Whether this version is still the last one, which is locked then.
    fn lock(&self, snapshot: &Snapshot) -> Result<bool> {
        if self.place.ip_posid == 0 {
            return Err(Error::unsupported(
                "records of a table with such an access method cannot be locked",
            ));
        }
        // SAFETY: locks a table that is there, since it was read and stays locked for reading.
        unsafe { pg_sys::LockRelationOid(self.table, pg_sys::RowShareLock as _) };
        let Some(records) = Records::open(self.table) else {
            return Ok(false);
        };
        // SAFETY: the table is open, and the place that of a row which the snapshot sees.
        match unsafe { lock_tuple(records.relation(), self.place, snapshot) } {
            pg_sys::TM_Result::TM_Ok => Ok(true),
            pg_sys::TM_Result::TM_Updated | pg_sys::TM_Result::TM_Deleted => Ok(false),
            other => Err(Error::internal(format!(
                "a record could not be locked (result {other})"
            ))),
        }
    }
}

/// Of some keys, those of which there is a record. Keys that no record could have are left out.
pub fn present(
    relation: pg_sys::Oid,
    record: &KeyColumn,
    keys: &[String],
    snapshot: &Snapshot,
) -> Result<KeySet> {
    let mut wanted = KeySet::new(record.key_type);
    let mut found = KeySet::new(record.key_type);
    keys.iter().for_each(|key| wanted.insert(key));
    if wanted.is_empty() {
        return Ok(found);
    }
    each_part(relation, record, |_, records, column| {
        each_with_key(
            records,
            column,
            record.key_type,
            &wanted,
            snapshot,
            |tuple| {
                // SAFETY: the row is of this table, and the column of the set's type.
                unsafe {
                    if let Some(key) = records.value(tuple, column) {
                        found.insert_datum(record.key_type, key);
                    }
                }
                Ok(())
            },
        )
    })?;
    Ok(found)
}
