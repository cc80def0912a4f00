//! Reading the extension's tables by direct index scans.
//!
//! The read path of every query on a protected table goes through here instead of SPI: it needs no
//! privilege of the caller, no search path, no plan, assigns no transaction id, and sees exactly
//! the snapshot that it is given (ARCHITECTURE.md).

use crate::catalog::read::index_scan::{IndexScan, equals};
use crate::catalog::read::names::{relation_oid, system_relation_oid};
use crate::catalog::read::rows::Row;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::version;
use crate::pg::pages;
use pgrx::{PgBox, pg_sys};
use std::convert::Infallible;
use std::ffi::CStr;

/// What a column must be equal to.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    Int(i32),
    Bigint(i64),
    Oid(pg_sys::Oid),
    Text(&'a str),
}

/// An open table of the extension.
pub struct CatalogTable {
    pub(super) relation: pg_sys::Relation,
}

impl CatalogTable {
    /// None where it does not exist, or is of another version than this library: once it is locked, no
    /// upgrade changes its columns any more. Whoever answers from tables looks at the version again.
    pub fn open(name: &'static CStr) -> Option<CatalogTable> {
        let oid = relation_oid(name)?;
        // SAFETY: `oid` is a relation; opening it locks it, or raises an error if it just went.
        let relation = unsafe { pg_sys::table_open(oid, pg_sys::AccessShareLock as _) };
        let table = CatalogTable { relation };
        version::check().is_ok().then_some(table)
    }

    /// Every row that `snapshot` sees.
    pub fn each_row(&self, snapshot: &Snapshot, mut visit: impl FnMut(&Row)) {
        // SAFETY: the relation is open and locked; a row is of it.
        let Ok(()) = unsafe {
            each_tuple(self.relation, snapshot, |tuple| {
                visit(&Row::read(tuple, (*self.relation).rd_att));
                Ok::<(), Infallible>(())
            })
        };
    }

    /// The rows whose column number `column` equals `key`, by the index `index`.
    pub fn each_where(
        &self,
        index: &'static CStr,
        column: i16,
        key: Key,
        snapshot: &Snapshot,
        visit: impl FnMut(&Row),
    ) {
        self.each_where_all(index, &[(column, key)], snapshot, visit);
    }

    /// The rows whose columns equal the keys, by an index that begins with these columns.
    pub fn each_where_all(
        &self,
        index: &'static CStr,
        keys: &[(i16, Key)],
        snapshot: &Snapshot,
        mut visit: impl FnMut(&Row),
    ) {
        let Some(index) = relation_oid(index) else {
            return;
        };
        let mut scan_keys: Vec<pg_sys::ScanKeyData> = Vec::with_capacity(keys.len());
        let mut texts: Vec<PgBox<pg_sys::varlena>> = Vec::new();
        for &(column, key) in keys {
            let (equals, datum) = match key {
                Key::Int(value) => (pg_sys::F_INT4EQ, pg_sys::Datum::from(value)),
                Key::Bigint(value) => (pg_sys::F_INT8EQ, pg_sys::Datum::from(value)),
                Key::Oid(value) => (pg_sys::F_OIDEQ, pg_sys::Datum::from(value)),
                Key::Text(value) => {
                    // SAFETY: copies the bytes into a text of the current memory context.
                    let text = unsafe {
                        pg_sys::cstring_to_text_with_len(value.as_ptr().cast(), value.len() as i32)
                    };
                    // SAFETY: `text` was just allocated by palloc.
                    texts.push(unsafe { PgBox::from_pg(text.cast()) });
                    (pg_sys::F_TEXTEQ, pg_sys::Datum::from(text))
                }
            };
            let mut scan_key = pg_sys::ScanKeyData::default();
            // SAFETY: fills in the key; the collation it sets, "C", is that of all our text columns.
            unsafe {
                pg_sys::ScanKeyInit(
                    &mut scan_key,
                    column,
                    pg_sys::BTEqualStrategyNumber as _,
                    equals.into(),
                    datum,
                );
            }
            scan_keys.push(scan_key);
        }
        // SAFETY: the relation is open and locked, the keys outlive the scan (systable_beginscan
        // rewrites their column numbers in place, which is why they are ours), the snapshot is
        // active or registered for as long as `snapshot` lives. Each row is read before the next.
        unsafe {
            let is_long = pages::are_many(self.relation);
            let scan = pg_sys::systable_beginscan(
                self.relation,
                index,
                is_long,
                snapshot.raw(),
                scan_keys.len() as i32,
                scan_keys.as_mut_ptr(),
            );
            loop {
                let tuple = pg_sys::systable_getnext(scan);
                if tuple.is_null() {
                    break;
                }
                visit(&Row::read(tuple, (*self.relation).rd_att));
            }
            pg_sys::systable_endscan(scan);
        }
        for text in texts {
            // SAFETY: allocated above, and no longer referred to by any scan key.
            unsafe { pg_sys::pfree(text.as_ptr().cast()) };
        }
    }

    /// The rows whose column equals one of the keys, by an index on that column that holds all columns
    /// that are looked at; others may be NULL. The keys are looked up one after another in one scan.
    pub fn each_covered(
        &self,
        index: &'static CStr,
        keys: &[i32],
        snapshot: &Snapshot,
        mut visit: impl FnMut(&Row),
    ) {
        let Some(index) = relation_oid(index).filter(|_| !keys.is_empty()) else {
            return;
        };
        // SAFETY: the relation is open and locked, the index is one of its own on an integer, and the
        // snapshot lives as long as `snapshot`.
        unsafe {
            let scan = IndexScan::begin(self.relation, index, snapshot);
            for &key in keys {
                scan.each_covered(&mut equals(key), &mut visit);
            }
        }
    }

    /// About how many rows there are.
    pub fn estimated_rows(&self) -> f64 {
        // SAFETY: the relation is open.
        unsafe { estimated_rows(self.relation) }
    }
}

impl Drop for CatalogTable {
    fn drop(&mut self) {
        // After an error the transaction's clean-up closes the table.
        if !std::thread::panicking() {
            // SAFETY: opened in `open` with the same lock and closed only here.
            unsafe { pg_sys::table_close(self.relation, pg_sys::AccessShareLock as _) };
        }
    }
}

/// Every row of a table that a snapshot sees. Each is gone when the next is fetched.
///
/// # Safety
/// `relation` must be open and locked.
pub unsafe fn each_tuple<E>(
    relation: pg_sys::Relation,
    snapshot: &Snapshot,
    visit: impl FnMut(pg_sys::HeapTuple) -> Result<(), E>,
) -> Result<(), E> {
    let forward = pg_sys::ScanDirection::ForwardScanDirection;
    // SAFETY: by the caller's promise; the snapshot lives as long as `snapshot`.
    unsafe {
        if !std::ptr::eq((*relation).rd_tableam, pg_sys::GetHeapamTableAmRoutine()) {
            let (none, no_keys) = (pg_sys::InvalidOid, std::ptr::null_mut());
            let scan =
                pg_sys::systable_beginscan(relation, none, false, snapshot.raw(), 0, no_keys);
            let result = each_until_null(|| pg_sys::systable_getnext(scan), visit);
            pg_sys::systable_endscan(scan);
            return result;
        }
        // Without the slot that other kinds of tables need.
        let flags = pg_sys::ScanOptions::SO_TYPE_SEQSCAN
            | pg_sys::ScanOptions::SO_ALLOW_STRAT
            | pg_sys::ScanOptions::SO_ALLOW_PAGEMODE;
        let (no_keys, alone) = (std::ptr::null_mut(), std::ptr::null_mut());
        let scan = pg_sys::heap_beginscan(relation, snapshot.raw(), 0, no_keys, alone, flags);
        let result = each_until_null(|| pg_sys::heap_getnext(scan, forward), visit);
        pg_sys::heap_endscan(scan);
        result
    }
}

/// Every row of a table of pg_catalog as it is now, if there is one of that name; of any kind of transaction,
/// also in parallel plans.
pub fn each_system_row(name: &'static CStr, mut visit: impl FnMut(&Row)) {
    let Some(oid) = system_relation_oid(name) else {
        return;
    };
    // SAFETY: opening it locks it, or raises an error if it just went; without a snapshot the scan takes one of
    // its own. A row is of the table, and read before the next.
    unsafe {
        let lock = pg_sys::AccessShareLock as pg_sys::LOCKMODE;
        let relation = pg_sys::table_open(oid, lock);
        let (no_index, no_snapshot) = (pg_sys::InvalidOid, std::ptr::null_mut());
        let no_keys = std::ptr::null_mut();
        let scan = pg_sys::systable_beginscan(relation, no_index, false, no_snapshot, 0, no_keys);
        let Ok(()) = each_until_null(
            || pg_sys::systable_getnext(scan),
            |tuple| {
                visit(&Row::read(tuple, (*relation).rd_att));
                Ok::<(), Infallible>(())
            },
        );
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(relation, lock);
    }
}

fn each_until_null<E>(
    mut next: impl FnMut() -> pg_sys::HeapTuple,
    mut visit: impl FnMut(pg_sys::HeapTuple) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        let tuple = next();
        if tuple.is_null() {
            return Ok(());
        }
        visit(tuple)?;
    }
}

/// For tables of which there are no statistics yet.
const ROWS_PER_PAGE: f64 = 60.0;

const ROWS_OF_UNKNOWN: f64 = 10_000.0;

/// About how many rows a table has.
///
/// # Safety
/// `relation` must be open.
pub unsafe fn estimated_rows(relation: pg_sys::Relation) -> f64 {
    // SAFETY: by the caller's promise.
    unsafe {
        let known = (*(*relation).rd_rel).reltuples;
        if known >= 0.0 {
            return f64::from(known);
        }
        match (*(*relation).rd_rel).relkind as u8 {
            b'r' => {
                let fork = pg_sys::ForkNumber::MAIN_FORKNUM;
                let pages = pg_sys::RelationGetNumberOfBlocksInFork(relation, fork);
                f64::from(pages) * ROWS_PER_PAGE
            }
            _ => ROWS_OF_UNKNOWN,
        }
    }
}
