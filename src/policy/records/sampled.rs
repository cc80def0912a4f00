//! Rows of a table for who wants to know what is usual in it: all of a small one, of a large one those of some
//! blocks, evenly spread over it.

use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::policy::records::reading::Records;
use pgrx::pg_sys;

/// Whether all rows were visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampled {
    All,
    Part,
}

/// So many pieces of a table are read, each of blocks that follow one another.
const PIECES: u32 = 100;

/// Visits about that many rows at most.
pub fn each_sampled(
    records: &Records,
    snapshot: &Snapshot,
    rows: usize,
    mut visit: impl FnMut(pg_sys::HeapTuple) -> Result<()>,
) -> Result<Sampled> {
    if !records.has_rows_of_its_own() {
        return Ok(Sampled::All);
    }
    let relation = records.relation();
    // SAFETY: the relation is open.
    let (is_heap, blocks) = unsafe {
        let heap = pg_sys::GetHeapamTableAmRoutine();
        let fork = pg_sys::ForkNumber::MAIN_FORKNUM;
        (
            std::ptr::eq((*relation).rd_tableam, heap),
            pg_sys::RelationGetNumberOfBlocksInFork(relation, fork),
        )
    };
    let estimated = records.estimated_rows().max(1.0);
    if !is_heap || estimated <= rows as f64 && blocks <= PIECES * 100 || blocks <= PIECES {
        records.each(snapshot, visit)?;
        return Ok(Sampled::All);
    }
    let wanted = (f64::from(blocks) * (rows as f64 / estimated).min(1.0)) as u32;
    let piece = (wanted / PIECES).clamp(1, blocks / PIECES);
    for n in 0..PIECES {
        let first = (u64::from(blocks) * u64::from(n) / u64::from(PIECES)) as u32;
        // SAFETY: the relation is open and locked, the blocks are of it; the scan ends before the snapshot.
        unsafe {
            let flags = pg_sys::ScanOptions::SO_TYPE_SEQSCAN
                | pg_sys::ScanOptions::SO_ALLOW_STRAT
                | pg_sys::ScanOptions::SO_ALLOW_PAGEMODE;
            let (no_keys, alone) = (std::ptr::null_mut(), std::ptr::null_mut());
            let scan = pg_sys::heap_beginscan(relation, snapshot.raw(), 0, no_keys, alone, flags);
            pg_sys::heap_setscanlimits(scan, first, piece);
            let forward = pg_sys::ScanDirection::ForwardScanDirection;
            loop {
                let tuple = pg_sys::heap_getnext(scan, forward);
                if tuple.is_null() {
                    break;
                }
                visit(tuple)?;
            }
            pg_sys::heap_endscan(scan);
        }
    }
    Ok(match piece == blocks / PIECES && blocks % PIECES == 0 {
        true => Sampled::All,
        false => Sampled::Part,
    })
}
