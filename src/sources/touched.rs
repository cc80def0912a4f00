//! What a statement changed in the columns that a source names, from the rows that its trigger was handed.

use crate::catalog::read::sources::TableSource;
use crate::core::Result;
use crate::core::sources::{SourceKind, SourcePart};
use crate::sources::engine::Pairs;
use crate::sources::rows::{Entry, EntryReader, value_of};
use crate::sources::scope::{Scope, unit_of};
use pgrx::pg_sys;
use std::collections::BTreeSet;

/// The units whose rows came, went or say something else now.
#[derive(Default)]
pub struct Touched {
    units: BTreeSet<String>,
    pairs: Pairs,
}

impl Touched {
    /// A row, as it was and as it is; None of one that came or went.
    fn compare(&mut self, source: &TableSource, old: Option<&Entry>, new: Option<&Entry>) {
        if old == new {
            return;
        }
        for entry in [old, new].into_iter().flatten() {
            self.units.extend(unit_of(source, entry));
            // Whoever comes to manage somebody gets another role, too.
            if source.kind == SourceKind::Users {
                let manager = value_of(source, entry, SourcePart::Manager);
                self.units.extend(manager.map(str::to_owned));
            }
        }
        let is_thing = matches!(
            source.kind,
            SourceKind::Offices | SourceKind::Roles | SourceKind::Groups
        );
        if let (true, Some(old), Some(new)) = (is_thing, old, new)
            && let (Some(old), Some(new)) = (unit_of(source, old), unit_of(source, new))
            && old != new
        {
            self.pairs.push((old, new));
        }
    }

    pub fn into_scope(self) -> (Scope, Pairs) {
        (Scope::Units(self.units), self.pairs)
    }

    /// What a statement did.
    ///
    /// # Safety
    /// `data` must be that of a trigger on a table of the source.
    pub unsafe fn by_statement(
        source: &TableSource,
        data: *mut pg_sys::TriggerData,
    ) -> Result<Touched> {
        // SAFETY: by the caller's promise. The two tables of an UPDATE have the same rows in the same order;
        // where a row is in one alone, what follows is compared with others, which finds more, and not less.
        unsafe {
            let descriptor = (*(*data).tg_relation).rd_att;
            let reader = EntryReader::of(source, descriptor)?;
            let mut old = StoredRows::of((*data).tg_oldtable, descriptor);
            let mut new = StoredRows::of((*data).tg_newtable, descriptor);
            let mut touched = Touched::default();
            loop {
                pg_sys::check_for_interrupts!();
                let (before, after) = (old.next(&reader), new.next(&reader));
                if before.is_none() && after.is_none() {
                    return Ok(touched);
                }
                touched.compare(source, before.as_ref(), after.as_ref());
            }
        }
    }

    /// What became of one row.
    ///
    /// # Safety
    /// `data` must be that of a trigger for a row of a table of the source.
    pub unsafe fn by_row(source: &TableSource, data: *mut pg_sys::TriggerData) -> Result<Touched> {
        // SAFETY: by the caller's promise.
        unsafe {
            let reader = EntryReader::of(source, (*(*data).tg_relation).rd_att)?;
            let row = |tuple: pg_sys::HeapTuple| (!tuple.is_null()).then(|| reader.entry(tuple));
            let (first, second) = (row((*data).tg_trigtuple), row((*data).tg_newtuple));
            let mut touched = Touched::default();
            touched.compare(source, first.as_ref(), second.as_ref());
            Ok(touched)
        }
    }
}

/// The rows of a transition table. Several triggers read the same one, each by a place of its own.
struct StoredRows {
    store: *mut pg_sys::Tuplestorestate,
    slot: *mut pg_sys::TupleTableSlot,
    place: i32,
}

impl StoredRows {
    /// # Safety
    /// `store` must be null or hold rows of that description.
    unsafe fn of(store: *mut pg_sys::Tuplestorestate, descriptor: pg_sys::TupleDesc) -> StoredRows {
        let mut rows = StoredRows {
            store,
            slot: std::ptr::null_mut(),
            place: 0,
        };
        if !store.is_null() {
            // SAFETY: by the caller's promise; as PostgreSQL scans a transition table.
            unsafe {
                rows.place =
                    pg_sys::tuplestore_alloc_read_pointer(store, pg_sys::EXEC_FLAG_REWIND as i32);
                pg_sys::tuplestore_select_read_pointer(store, rows.place);
                pg_sys::tuplestore_rescan(store);
                rows.slot = pg_sys::MakeSingleTupleTableSlot(
                    descriptor,
                    &raw const pg_sys::TTSOpsMinimalTuple,
                );
            }
        }
        rows
    }

    /// # Safety
    /// The table and what `reader` reads must be there still.
    unsafe fn next(&mut self, reader: &EntryReader) -> Option<Entry> {
        if self.store.is_null() {
            return None;
        }
        // SAFETY: by the caller's promise. The tuple is a copy where it says so.
        unsafe {
            pg_sys::tuplestore_select_read_pointer(self.store, self.place);
            if !pg_sys::tuplestore_gettupleslot(self.store, true, false, self.slot) {
                return None;
            }
            let mut is_copy = false;
            let tuple = pg_sys::ExecFetchSlotHeapTuple(self.slot, false, &mut is_copy);
            let entry = reader.entry(tuple);
            if is_copy {
                pg_sys::heap_freetuple(tuple);
            }
            Some(entry)
        }
    }
}

impl Drop for StoredRows {
    fn drop(&mut self) {
        // After an error the transaction's clean-up frees it.
        if !self.slot.is_null() && !std::thread::panicking() {
            // SAFETY: made in `of`.
            unsafe { pg_sys::ExecDropSingleTupleTableSlot(self.slot) };
        }
    }
}
