//! Looks for single records of a protected table by their keys, and keeps them from going away.
//!
//! SQL would not do: it runs with the rights of whoever the functions act as, and with it what the
//! table's owner hung on the table, such as expressions of indexes and checks of domains. Rows are
//! read by direct scans instead, which evaluate nothing, and keys are compared as their base types. Those in shards
//! of Citus are read by SQL, as the caller (`policy::records::shards`).

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::tables::is_unlogged;
use crate::core::{Error, Result};
use crate::pg::names::column_in;
use crate::policy::records::reading::{Index, Records, tables_with_rows};
use crate::policy::records::shards;
use crate::policy::records::shards::WantedRows;
use crate::policy::sets::keys::{KeySet, KeyType, text_of_key};
use crate::policy::text::columns::{KeyColumn, OwnerColumns};
use pgrx::pg_sys;
use std::collections::HashSet;
use std::ffi::CStr;
use std::ops::ControlFlow;

/// Looking up one key in an index costs about as much as reading so many rows in turn.
const ROWS_FOR_A_PROBE: f64 = 8.0;

/// A record that was found.
pub struct FoundRecord {
    records: Records,
    place: Place,
    /// Its key, as the database writes it.
    pub key: String,
    /// The key of the user who owns it.
    pub owner: Option<String>,
}

/// Where a record is.
enum Place {
    Here(pg_sys::ItemPointerData),
    /// In a shard, where it has its key in a column of that number and type.
    InShard(i16, KeyType),
}

/// The tables that hold the rows of `relation`, open, each with its number of a column: partitions
/// call their columns the same, and may number them otherwise.
fn with_column(relation: pg_sys::Oid, column: &KeyColumn) -> Vec<(Records, i16)> {
    tables_with_rows(relation)
        .into_iter()
        .filter_map(Records::open)
        .filter_map(|records| number_of(&records, column).map(|number| (records, number)))
        .collect()
}

/// The number of a column in one of the tables of a module, which may number them otherwise.
pub fn number_of(records: &Records, column: &KeyColumn) -> Option<i16> {
    // SAFETY: the table is open.
    let table = unsafe { (*records.relation()).rd_id };
    column_in(table, &column.name)
}

/// What the transaction did so far becomes visible to the snapshots that are taken from here on, as
/// for each statement of a function.
fn see_own_changes() {
    // SAFETY: counts commands; the functions that come here may change something.
    unsafe { pg_sys::CommandCounterIncrement() };
}

/// The record of a table or partition that has a key, by the latest committed state.
pub fn find(
    relation: pg_sys::Oid,
    columns: &OwnerColumns,
    key: &str,
) -> Result<Option<FoundRecord>> {
    let Some(record) = &columns.record else {
        return Ok(None);
    };
    if !record.key_type.can_hold(key) {
        return Ok(None);
    }
    see_own_changes();
    let mut wanted = KeySet::new(record.key_type);
    wanted.insert(key);
    let tables = with_column(relation, record);
    // After the tables are locked: whoever rewrites one is done with it.
    let snapshot = Snapshot::latest();
    for (records, number) in tables {
        let Some(owner) = number_of(&records, &columns.owner) else {
            continue;
        };
        let mut found = None;
        let visit = |tuple: pg_sys::HeapTuple| {
            // SAFETY: a row of this table, whose columns have the types that the policies say.
            unsafe {
                if let Some(key) = records.value(tuple, number)
                    && wanted.contains(record.key_type, key)
                {
                    let owner = records.value(tuple, owner);
                    found = Some((
                        Place::Here((*tuple).t_self),
                        text_of_key(record.key_type, key),
                        owner.and_then(|owner| text_of_key(columns.owner.key_type, owner)),
                    ));
                }
            }
            Ok(())
        };
        if shards::hold(&records) {
            let place = WantedRows::WithKeys(number, record.key_type, &[key]);
            let mut visit = visit;
            shards::each(&records, &[number, owner], place, &mut visit)?;
            if let Some(found) = &mut found {
                found.0 = Place::InShard(number, record.key_type);
            }
        } else {
            let index = records.key_on(number).filter(|index| index.is_usable);
            let index = index.or_else(|| records.index_on(number));
            each_of(&records, index, &wanted, &snapshot, visit)?;
        }
        if let Some((place, Some(key), owner)) = found {
            return Ok(Some(FoundRecord {
                records,
                place,
                key,
                owner,
            }));
        }
    }
    Ok(None)
}

impl FoundRecord {
    /// Refuses records of a table that a crash empties: their shares would stay, and open whatever gets
    /// the same key.
    pub fn must_survive_a_crash(&self) -> Result<()> {
        let relation = self.records.relation();
        // SAFETY: the relation is open while it is among the records.
        let (persistence, name) = unsafe {
            let row = (*relation).rd_rel;
            let name = std::ffi::CStr::from_ptr((*row).relname.data.as_ptr());
            (
                (*row).relpersistence as u8,
                name.to_string_lossy().into_owned(),
            )
        };
        match persistence == pg_sys::RELPERSISTENCE_UNLOGGED {
            true => Err(is_unlogged(&pgrx::spi::quote_identifier(&name))),
            false => Ok(()),
        }
    }

    /// Keeps the record from being deleted, and its key from being changed, until the transaction
    /// ends, like SELECT ... FOR KEY SHARE; waits for whoever is doing so. Breaks with nothing where
    /// the record became another meanwhile or is gone: look for it again. `function` is the one that was called.
    pub fn lock(&self, function: &CStr) -> Result<ControlFlow<(), ()>> {
        let relation = self.records.relation();
        let mut place = match self.place {
            Place::Here(place) => place,
            Place::InShard(column, key_type) => {
                let is_there = shards::hold_record(&self.records, column, key_type, &self.key)?;
                return Ok(match is_there {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                });
            }
        };
        if place.ip_posid == 0 {
            // The access method does not tell where its rows are.
            return Err(Error::not_possible(
                "records of this kind of table cannot be locked",
            ));
        }
        let mut failure = pg_sys::TM_FailureData::default();
        // SAFETY: the relation is open and locked; the slot is made for it and dropped; what the
        // table's access method raises is passed on.
        let result = unsafe {
            pg_sys::check_for_interrupts!();
            pg_sys::PreventCommandIfReadOnly(function.as_ptr());
            pg_sys::LockRelationOid((*relation).rd_id, pg_sys::RowShareLock as _);
            let Some(tuple_lock) = (*(*relation).rd_tableam).tuple_lock else {
                return Err(Error::not_possible(
                    "records of this kind of table cannot be locked",
                ));
            };
            let snapshot = Snapshot::latest();
            let callbacks = pg_sys::table_slot_callbacks(relation);
            let slot = pg_sys::MakeSingleTupleTableSlot((*relation).rd_att, callbacks);
            let command = pg_sys::GetCurrentCommandId(true);
            let result = pg_sys::ffi::pg_guard_ffi_boundary(|| {
                tuple_lock(
                    relation,
                    &mut place,
                    snapshot.raw(),
                    slot,
                    command,
                    pg_sys::LockTupleMode::LockTupleKeyShare,
                    pg_sys::LockWaitPolicy::LockWaitBlock,
                    pg_sys::TUPLE_LOCK_FLAG_LOCK_UPDATE_IN_PROGRESS as u8,
                    &mut failure,
                )
            });
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            result
        };
        Ok(match result {
            pg_sys::TM_Result::TM_Ok => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        })
    }
}

/// The tables that hold the records of a module, open and locked.
pub struct RecordTables<'a> {
    tables: Vec<(Records, i16)>,
    record: &'a KeyColumn,
}

impl<'a> RecordTables<'a> {
    /// To be opened before the snapshot is taken that `without` goes by.
    pub fn open(relation: pg_sys::Oid, record: &'a KeyColumn) -> RecordTables<'a> {
        see_own_changes();
        let tables = with_column(relation, record);
        RecordTables { tables, record }
    }

    /// Those of the keys that no record has.
    pub fn without(&self, keys: Vec<String>, snapshot: &Snapshot) -> Result<Vec<String>> {
        let key_type = self.record.key_type;
        let mut wanted = KeySet::new(key_type);
        for key in &keys {
            wanted.insert(key);
        }
        let mut missing: HashSet<String> = keys.into_iter().collect();
        for (records, number) in &self.tables {
            let visit = |tuple| {
                // SAFETY: a row of this table, whose column has the type that the policies say.
                unsafe {
                    if let Some(key) = records.value(tuple, *number)
                        && wanted.contains(key_type, key)
                        && let Some(key) = text_of_key(key_type, key)
                    {
                        missing.remove(&key);
                    }
                }
                Ok(())
            };
            let are_few = wanted.len() as f64 * ROWS_FOR_A_PROBE < records.estimated_rows();
            let index = are_few.then(|| records.index_on(*number)).flatten();
            each_of(records, index, &wanted, snapshot, visit)?;
        }
        Ok(missing.into_iter().collect())
    }
}

/// The rows that have one of the keys by the index; without one, every row.
pub fn each_of(
    records: &Records,
    index: Option<Index>,
    wanted: &KeySet,
    snapshot: &Snapshot,
    visit: impl FnMut(pg_sys::HeapTuple) -> Result<()>,
) -> Result<()> {
    match index {
        // SAFETY: the keys are of the index's type.
        Some(index) => unsafe {
            records.each_with(&index, &wanted.datums(index.key_type), snapshot, visit)
        },
        None => records.each(snapshot, visit),
    }
}
