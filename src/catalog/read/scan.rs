//! Reading the extension's tables by direct index scans.
//!
//! The read path of every query on a protected table goes through here instead of SPI: it needs no
//! privilege of the caller, no search path, no plan, assigns no transaction id, and sees exactly
//! the snapshot that it is given (ARCHITECTURE.md).

use crate::catalog::read::names::relation_oid;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::version;
use crate::pg::compat;
use pgrx::varlena::{varatt_is_1b, varatt_is_1b_e, varatt_is_4b_u};
use pgrx::{PgBox, pg_sys};
use std::cell::Cell;
use std::convert::Infallible;
use std::ffi::CStr;
use std::marker::PhantomData;

const MAX_COLUMNS: usize = 16;

/// What a column must be equal to.
#[derive(Clone, Copy)]
pub enum Key<'a> {
    Int(i32),
    Bigint(i64),
    Oid(pg_sys::Oid),
    Text(&'a str),
}

/// An open table of the extension.
pub struct Table {
    relation: pg_sys::Relation,
}

impl Table {
    /// None where it does not exist, or is of another version than this library: once it is locked, no
    /// upgrade changes its columns any more. Whoever answers from tables looks at the version again.
    pub fn open(name: &'static CStr) -> Option<Table> {
        let oid = relation_oid(name)?;
        // SAFETY: `oid` is a relation; opening it locks it, or raises an error if it just went.
        let relation = unsafe { pg_sys::table_open(oid, pg_sys::AccessShareLock as _) };
        let table = Table { relation };
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
            // A single page is read sooner than a new session opens an index.
            let fork = pg_sys::ForkNumber::MAIN_FORKNUM;
            let is_long = pg_sys::RelationGetNumberOfBlocksInFork(self.relation, fork) > 1;
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

impl Drop for Table {
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

/// A scan of an index for one key after another: to begin one costs more than to find a row.
pub struct IndexScan {
    index: pg_sys::Relation,
    scan: pg_sys::IndexScanDesc,
    slot: *mut pg_sys::TupleTableSlot,
    /// The last page of the visibility map that was looked at.
    map: Cell<pg_sys::Buffer>,
}

const NO_BUFFER: pg_sys::Buffer = pg_sys::InvalidBuffer as pg_sys::Buffer;
const LOCK: pg_sys::LOCKMODE = pg_sys::AccessShareLock as pg_sys::LOCKMODE;

unsafe extern "C-unwind" {
    fn PredicateLockPage(
        relation: pg_sys::Relation,
        page: pg_sys::BlockNumber,
        snapshot: pg_sys::Snapshot,
    );
}

impl IndexScan {
    /// # Safety
    /// `relation` must be open and locked, `index` be one of its indexes, and both the relation and
    /// the snapshot outlive the scan.
    pub unsafe fn begin(
        relation: pg_sys::Relation,
        index: pg_sys::Oid,
        snapshot: &Snapshot,
    ) -> IndexScan {
        // SAFETY: by the caller's promise.
        unsafe { Self::begin_with(relation, index, snapshot, 1) }
    }

    /// The same for keys of several columns.
    ///
    /// # Safety
    /// As for `begin`.
    pub unsafe fn begin_with(
        relation: pg_sys::Relation,
        index: pg_sys::Oid,
        snapshot: &Snapshot,
        keys: usize,
    ) -> IndexScan {
        // SAFETY: by the caller's promise; what is opened is closed in `drop`.
        unsafe {
            let index = pg_sys::index_open(index, LOCK);
            let scan = compat::index_beginscan(relation, index, snapshot.raw(), keys as i32);
            let callbacks = pg_sys::table_slot_callbacks(relation);
            let slot = pg_sys::MakeSingleTupleTableSlot((*relation).rd_att, callbacks);
            let map = Cell::new(NO_BUFFER);
            IndexScan {
                index,
                scan,
                slot,
                map,
            }
        }
    }

    /// The rows that match `wanted`, a key for the first column of the index. Each is gone when the
    /// next is fetched.
    ///
    /// # Safety
    /// The key must be right for the index.
    pub unsafe fn each<E>(
        &self,
        wanted: &mut pg_sys::ScanKeyData,
        visit: impl FnMut(pg_sys::HeapTuple) -> Result<(), E>,
    ) -> Result<(), E> {
        // SAFETY: by the caller's promise.
        unsafe { self.each_matching(std::slice::from_mut(wanted), visit) }
    }

    /// The same by keys for several columns, in the order of the index.
    ///
    /// # Safety
    /// As for `each`; there must be as many keys as the scan was begun for.
    pub unsafe fn each_matching<E>(
        &self,
        wanted: &mut [pg_sys::ScanKeyData],
        mut visit: impl FnMut(pg_sys::HeapTuple) -> Result<(), E>,
    ) -> Result<(), E> {
        let forward = pg_sys::ScanDirection::ForwardScanDirection;
        // SAFETY: by the caller's promise; a copy of a row is freed.
        unsafe {
            let count = wanted.len() as i32;
            pg_sys::index_rescan(
                self.scan,
                wanted.as_mut_ptr(),
                count,
                std::ptr::null_mut(),
                0,
            );
            while pg_sys::index_getnext_slot(self.scan, forward, self.slot) {
                let mut is_copy = false;
                let tuple = pg_sys::ExecFetchSlotHeapTuple(self.slot, false, &mut is_copy);
                // A copy does not know where its row is stored.
                (*tuple).t_self = (*self.slot).tts_tid;
                let result = visit(tuple);
                if is_copy {
                    pg_sys::pfree(tuple.cast());
                }
                result?;
            }
        }
        Ok(())
    }

    /// The same from the index alone, where the row's page is known to be visible to everybody.
    ///
    /// # Safety
    /// As for `each`.
    unsafe fn each_covered(&self, wanted: &mut pg_sys::ScanKeyData, mut visit: impl FnMut(&Row)) {
        let forward = pg_sys::ScanDirection::ForwardScanDirection;
        // SAFETY: by the caller's promise. Rows are looked for and judged as by PostgreSQL's own
        // index-only scans; the buffer of the visibility map is released.
        unsafe {
            let (relation, snapshot) = ((*self.scan).heapRelation, (*self.scan).xs_snapshot);
            (*self.scan).xs_want_itup = true;
            pg_sys::index_rescan(self.scan, wanted, 1, std::ptr::null_mut(), 0);
            let mut map = self.map.get();
            loop {
                let place = pg_sys::index_getnext_tid(self.scan, forward);
                if place.is_null() {
                    break;
                }
                let page = pgrx::itemptr::item_pointer_get_block_number(place);
                let status = pg_sys::visibilitymap_get_status(relation, page, &mut map);
                if u32::from(status) & pg_sys::VISIBILITYMAP_ALL_VISIBLE != 0 {
                    pg_sys::ffi::pg_guard_ffi_boundary(|| {
                        PredicateLockPage(relation, page, snapshot);
                    });
                    visit(&Row::read_index(
                        (*self.scan).xs_itup,
                        (*self.scan).xs_itupdesc,
                        (*self.index).rd_index,
                    ));
                } else if pg_sys::index_fetch_heap(self.scan, self.slot) {
                    let mut is_copy = false;
                    let tuple = pg_sys::ExecFetchSlotHeapTuple(self.slot, false, &mut is_copy);
                    visit(&Row::read(tuple, (*relation).rd_att));
                    if is_copy {
                        pg_sys::pfree(tuple.cast());
                    }
                }
            }
            self.map.set(map);
        }
    }
}

impl Drop for IndexScan {
    fn drop(&mut self) {
        // After an error the transaction's clean-up closes everything.
        if !std::thread::panicking() {
            // SAFETY: opened in `begin`, and closed only here.
            unsafe {
                if self.map.get() != NO_BUFFER {
                    pg_sys::ReleaseBuffer(self.map.get());
                }
                pg_sys::ExecDropSingleTupleTableSlot(self.slot);
                pg_sys::index_endscan(self.scan);
                pg_sys::index_close(self.index, LOCK);
            }
        }
    }
}

/// A condition on the first column of an index, which is an integer.
fn equals(key: i32) -> pg_sys::ScanKeyData {
    let mut wanted = pg_sys::ScanKeyData::default();
    // SAFETY: fills it in.
    unsafe {
        pg_sys::ScanKeyInit(
            &mut wanted,
            1,
            pg_sys::BTEqualStrategyNumber as _,
            pg_sys::F_INT4EQ.into(),
            pg_sys::Datum::from(key),
        );
    }
    wanted
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

/// One row of a scan: columns are numbered from 1, as in pg_attribute.
pub struct Row<'scan> {
    values: [pg_sys::Datum; MAX_COLUMNS],
    nulls: [bool; MAX_COLUMNS],
    xmin: pg_sys::TransactionId,
    scan: PhantomData<&'scan ()>,
}

impl Row<'_> {
    /// # Safety
    /// `tuple` must be a tuple of a table described by `descriptor`, and stay in place while the
    /// row is in use.
    unsafe fn read(tuple: pg_sys::HeapTuple, descriptor: pg_sys::TupleDesc) -> Self {
        let mut row = Row {
            values: [pg_sys::Datum::null(); MAX_COLUMNS],
            nulls: [true; MAX_COLUMNS],
            xmin: pg_sys::InvalidTransactionId,
            scan: PhantomData,
        };
        // SAFETY: by the caller's promise; our tables have fewer than MAX_COLUMNS columns, and
        // `natts` counts dropped ones too, hence the check.
        unsafe {
            if (*descriptor).natts as usize <= MAX_COLUMNS {
                pg_sys::heap_deform_tuple(
                    tuple,
                    descriptor,
                    row.values.as_mut_ptr(),
                    row.nulls.as_mut_ptr(),
                );
            }
            row.xmin = (*(*tuple).t_data).t_choice.t_heap.t_xmin;
        }
        row
    }

    /// # Safety
    /// `tuple` must be of an index described by the others, and stay in place while the row is in use.
    unsafe fn read_index(
        tuple: pg_sys::IndexTuple,
        descriptor: pg_sys::TupleDesc,
        index: pg_sys::Form_pg_index,
    ) -> Self {
        let mut row = Row {
            values: [pg_sys::Datum::null(); MAX_COLUMNS],
            nulls: [true; MAX_COLUMNS],
            xmin: pg_sys::InvalidTransactionId,
            scan: PhantomData,
        };
        let (mut values, mut nulls) = (row.values, row.nulls);
        // SAFETY: by the caller's promise; `indkey` names a column of the table for each of the index.
        unsafe {
            let columns = (*index).indnatts as usize;
            if columns <= MAX_COLUMNS {
                let (values, nulls) = (values.as_mut_ptr(), nulls.as_mut_ptr());
                pg_sys::index_deform_tuple(tuple, descriptor, values, nulls);
            }
            for n in 0..columns.min(MAX_COLUMNS) {
                let column = *(*index).indkey.values.as_ptr().add(n);
                if let Some(at) = usize::try_from(column - 1)
                    .ok()
                    .filter(|at| *at < MAX_COLUMNS)
                {
                    row.values[at] = values[n];
                    row.nulls[at] = nulls[n];
                }
            }
        }
        row
    }

    fn datum(&self, column: usize) -> Option<pg_sys::Datum> {
        (!self.nulls[column - 1]).then(|| self.values[column - 1])
    }

    pub fn int(&self, column: usize) -> Option<i32> {
        self.datum(column).map(|datum| datum.value() as i32)
    }

    pub fn bigint(&self, column: usize) -> Option<i64> {
        self.datum(column).map(|datum| datum.value() as i64)
    }

    pub fn bool(&self, column: usize) -> bool {
        self.datum(column)
            .is_some_and(|datum| datum.value() as u8 != 0)
    }

    pub fn oid(&self, column: usize) -> Option<pg_sys::Oid> {
        self.datum(column)
            .map(|datum| pg_sys::Oid::from(datum.value() as u32))
    }

    pub fn text(&self, column: usize) -> Option<String> {
        // SAFETY: the column is a text; the result is copied before the row goes away.
        self.datum(column)
            .and_then(|datum| unsafe { text_of(datum) })
    }

    /// Calls `f` with a text, which is not copied; not for NULL.
    pub fn with_text<R>(&self, column: usize, f: impl FnOnce(&str) -> R) -> Option<R> {
        // SAFETY: the column is a text.
        self.datum(column)
            .and_then(|datum| unsafe { with_text(datum, |text| text.map(f)) })
    }

    pub fn uuid(&self, column: usize) -> Option<u128> {
        // SAFETY: the column is a uuid: a pointer to 16 bytes, without alignment.
        self.datum(column).map(|datum| unsafe { uuid_of(datum) })
    }

    /// The transaction that wrote the row.
    pub fn xmin(&self) -> pg_sys::TransactionId {
        self.xmin
    }
}

/// # Safety
/// `datum` must be a uuid.
pub unsafe fn uuid_of(datum: pg_sys::Datum) -> u128 {
    // SAFETY: a uuid is 16 bytes at any address.
    u128::from_be_bytes(unsafe { std::ptr::read_unaligned(datum.cast_mut_ptr::<[u8; 16]>()) })
}

/// # Safety
/// `datum` must be a text or varchar.
pub unsafe fn text_of(datum: pg_sys::Datum) -> Option<String> {
    // SAFETY: by the caller's promise.
    unsafe { with_text(datum, |text| text.map(str::to_owned)) }
}

/// Calls `f` with the text, without copying it where it is stored plainly. None where it is not
/// valid UTF-8, which an UTF8 database does not hold.
///
/// # Safety
/// `datum` must be a text or varchar.
pub unsafe fn with_text<R>(datum: pg_sys::Datum, f: impl FnOnce(Option<&str>) -> R) -> R {
    // SAFETY: by the caller's promise; a value that is compressed or stored out of line is
    // expanded into a copy, which is freed when `f` is done with it.
    unsafe {
        let stored = datum.cast_mut_ptr::<pg_sys::varlena>();
        let is_plain = varatt_is_4b_u(stored) || varatt_is_1b(stored) && !varatt_is_1b_e(stored);
        let plain = match is_plain {
            true => stored,
            false => pg_sys::pg_detoast_datum_packed(stored),
        };
        let bytes = std::slice::from_raw_parts(
            pgrx::varlena::vardata_any(plain).cast::<u8>(),
            pgrx::varlena::varsize_any_exhdr(plain),
        );
        let result = f(std::str::from_utf8(bytes).ok());
        if !std::ptr::eq(plain, stored) {
            pg_sys::pfree(plain.cast());
        }
        result
    }
}
