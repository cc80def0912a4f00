//! Going through an index and fetching the rows that it points at.

use crate::catalog::read::rows::Row;
use crate::catalog::read::snapshot::Snapshot;
use crate::pg::compat;
use pgrx::pg_sys;
use std::cell::Cell;

/// A scan of an index for one key after another: to begin one costs more than to find a row.
pub struct IndexScan {
    pub(super) index: pg_sys::Relation,
    pub(super) scan: pg_sys::IndexScanDesc,
    pub(super) slot: *mut pg_sys::TupleTableSlot,
    /// The last page of the visibility map that was looked at.
    pub(super) map: Cell<pg_sys::Buffer>,
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
    pub(super) unsafe fn each_covered(
        &self,
        wanted: &mut pg_sys::ScanKeyData,
        mut visit: impl FnMut(&Row),
    ) {
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
pub(super) fn equals(key: i32) -> pg_sys::ScanKeyData {
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
