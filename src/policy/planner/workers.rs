//! What a parallel worker spends on the parts of a protected table before it reads them.
//!
//! A worker is a new process: it opens each part anew, and reads its policies and triggers, which takes it as long as
//! reading some hundred rows. PostgreSQL's costs know nothing of that, so it takes workers for hundreds of small parts
//! and waits longer for them to begin than it takes to read them all: 1 of 10 owners in 300 parts of 667 rows,
//! 41 ms with two workers and 14 ms without. For large parts it makes no difference.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::pg::list::{length, nth};
use pgrx::pg_sys;

/// To open one part, in operators that the planner could let evaluate instead: 30 microseconds.
const OPENING: f64 = 4_000.0;

/// Whether workers may read a table that is a part of another.
///
/// # Safety
/// `relation` must be the planner's.
pub unsafe fn may_read_part(relation: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        !(*relation).partial_pathlist.is_null()
            && (*relation).reloptkind == pg_sys::RelOptKind::RELOPT_OTHER_MEMBER_REL
    }
}

/// Adds what opening costs to the ways in which workers read a part of a protected table.
///
/// # Safety
/// All must be the planner's, which has just made the ways to read the table.
pub unsafe fn count_opening(root: *mut pg_sys::PlannerInfo, relation: *mut pg_sys::RelOptInfo) {
    // SAFETY: by the caller's promise: a part of a table names the whole, which has an entry in the range table,
    // and every path begins as a Path does.
    unsafe {
        let mut whole = 0;
        if !pg_sys::bms_get_singleton_member((*relation).top_parent_relids, &mut whole) {
            return;
        }
        let entry = *(*root).simple_rte_array.add(whole as usize);
        if entry.is_null() || !is_protected((*entry).relid) {
            return;
        }
        let paths = (*relation).partial_pathlist;
        let cost = OPENING * pg_sys::cpu_operator_cost;
        for n in 0..length(paths) {
            let path = nth(paths, n).cast::<pg_sys::Path>();
            (*path).startup_cost += cost;
            (*path).total_cost += cost;
        }
    }
}

/// In doubt it is not, and costs are PostgreSQL's.
fn is_protected(table: pg_sys::Oid) -> bool {
    let state = Snapshot::of_statement().map(|snapshot| State::seen_by(&snapshot));
    matches!(state, Some(Ok(Some(state))) if state.table(table).is_some())
}
