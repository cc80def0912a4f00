//! What parallel workers spend on the parts of a protected table before they read a row.
//!
//! A worker is a new process: it opens every part, and reads its policies and triggers, in the time in which it would
//! read some hundred rows. PostgreSQL's costs know nothing of that. So it took workers for a thousand small parts, and
//! waited longer for them to begin than it takes to read all parts without. Where parts are large it makes no difference.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::pg::list::{length, nth};
use pgrx::pg_sys;
use pgrx::pg_sys::RelOptKind::{RELOPT_BASEREL, RELOPT_OTHER_MEMBER_REL};

/// To open one part, of what it costs to have workers at all. So whoever sets `parallel_setup_cost` lower has more of
/// them here as everywhere.
const OPENING: f64 = 0.025;

/// Where a table is made of parts, lets the planner know what opening them costs workers: in a join the ways in which
/// they read the whole cost that more. Of a query on the whole alone PostgreSQL makes these ways anew at the end, so it
/// is decided before, by the sizes of the parts, whether there are any.
///
/// # Safety
/// All must be the planner's, which has just made the ways to read the table.
pub unsafe fn count_opening(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
    entry: *mut pg_sys::RangeTblEntry,
) {
    // SAFETY: by the caller's promise.
    unsafe {
        if (*relation).partial_pathlist.is_null() {
            return;
        }
        if (*relation).reloptkind == RELOPT_BASEREL {
            if (*entry).inh && is_protected(entry) {
                add_to_ways(relation);
            }
        } else if (*relation).reloptkind == RELOPT_OTHER_MEMBER_REL && (*root).parent_root.is_null()
        {
            let mut whole = 0;
            if pg_sys::bms_get_singleton_member((*root).all_baserels, &mut whole)
                && is_first_part(root, relation)
                && is_protected(*(*root).simple_rte_array.add(whole as usize))
                && !is_worth_opening(root)
            {
                do_without(root);
            }
        }
    }
}

/// # Safety
/// `relation` must be the planner's.
unsafe fn add_to_ways(relation: *mut pg_sys::RelOptInfo) {
    // SAFETY: by the caller's promise; every node tells its type by its tag.
    unsafe {
        let paths = (*relation).partial_pathlist;
        for n in 0..length(paths) {
            let path = nth(paths, n).cast::<pg_sys::AppendPath>();
            if (*path).path.type_ == pg_sys::NodeTag::T_AppendPath {
                let cost = opening(length((*path).subpaths));
                (*path).path.startup_cost += cost;
                (*path).path.total_cost += cost;
            }
        }
    }
}

fn opening(parts: usize) -> f64 {
    // SAFETY: reads a setting.
    parts as f64 * OPENING * unsafe { pg_sys::parallel_setup_cost }
}

/// The tables of a query of which PostgreSQL plans to read rows, but for a whole that is made of others.
///
/// # Safety
/// `root` must be the planner's.
unsafe fn parts(root: *mut pg_sys::PlannerInfo) -> impl Iterator<Item = *mut pg_sys::RelOptInfo> {
    // SAFETY: by the caller's promise; the arrays have places for all numbers of tables.
    unsafe {
        (1..(*root).simple_rel_array_size as usize).filter_map(move |number| {
            let relation = *(*root).simple_rel_array.add(number);
            let is_part = !relation.is_null()
                && (*relation).reloptkind == RELOPT_OTHER_MEMBER_REL
                && !(**(*root).simple_rte_array.add(number)).inh;
            is_part.then_some(relation)
        })
    }
}

/// # Safety
/// Both must be the planner's.
unsafe fn is_first_part(root: *mut pg_sys::PlannerInfo, relation: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: by the caller's promise.
    unsafe { parts(root).next() == Some(relation) }
}

/// Whether workers may spare more than opening costs them: at best half of reading all rows.
///
/// # Safety
/// `root` must be the planner's.
unsafe fn is_worth_opening(root: *mut pg_sys::PlannerInfo) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        let (mut number, mut reading) = (0, 0.0);
        for part in parts(root) {
            let row = pg_sys::cpu_tuple_cost + (*part).baserestrictcost.per_tuple;
            number += 1;
            reading += f64::from((*part).pages) * pg_sys::seq_page_cost + (*part).tuples * row;
        }
        reading / 2.0 > opening(number)
    }
}

/// # Safety
/// `root` must be the planner's.
unsafe fn do_without(root: *mut pg_sys::PlannerInfo) {
    // SAFETY: by the caller's promise; the array has places for all numbers of tables.
    unsafe {
        for number in 1..(*root).simple_rel_array_size as usize {
            let relation = *(*root).simple_rel_array.add(number);
            if !relation.is_null() {
                (*relation).consider_parallel = false;
                (*relation).partial_pathlist = std::ptr::null_mut();
            }
        }
    }
}

/// In doubt it is not, and costs are PostgreSQL's.
///
/// # Safety
/// `entry` must be the planner's.
unsafe fn is_protected(entry: *mut pg_sys::RangeTblEntry) -> bool {
    // SAFETY: by the caller's promise.
    let table = unsafe {
        if (*entry).securityQuals.is_null() {
            return false;
        }
        (*entry).relid
    };
    let state = Snapshot::of_statement().map(|snapshot| State::seen_by(&snapshot));
    matches!(state, Some(Ok(Some(state))) if state.module_of(table).is_some())
}
