//! Whether a list of owners is worth offering to an index.
//!
//! The planner estimates a list key by key, each time it plans, and thinks of every page as read
//! from disk. So a long list is offered only where it may win.

use crate::pg::list::{length, nth};
use pgrx::pg_sys;

/// A longer list is not offered to an index of a table with less than so many times as many rows:
/// walking it costs more than it saves.
const LONG_LIST: usize = 10_000;
const ROWS_PER_KEY: f64 = 100.0;
/// A shorter list costs next to nothing to estimate: the planner shall choose, unless another index finds
/// much fewer rows.
const SHORT_LIST: usize = 100;
/// Whatever the length of a list that it cannot see, the planner thinks that so many keys are looked up. It
/// would read a longer one beside another index, to spare looking at the few rows that this finds.
const KEYS_THOUGHT_OF: usize = 10;
/// The records of these owners lie on every page of the table.
const LARGE_PART: f64 = 0.2;
/// How many rows may be listed from the index in the time in which one is fetched and judged.
const LISTED_PER_FETCHED: f64 = 4.0;
/// How many rows of an index may be judged in the time in which it is gone down for a key.
const JUDGED_PER_DESCENT: f64 = 10.0;

/// Whether the query names the key of one row: no list of owners can find it faster, and no estimate
/// makes it less.
///
/// # Safety
/// `relation` must be the planner's.
pub unsafe fn is_found_by_key(relation: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: restrictions are RestrictInfo nodes, and the index list holds indexes.
    unsafe {
        (0..length((*relation).indexlist))
            .map(|n| nth((*relation).indexlist, n).cast::<pg_sys::IndexOptInfo>())
            .filter(|other| {
                (**other).unique && (**other).nkeycolumns == 1 && (**other).indpred.is_null()
            })
            .any(|other| {
                (0..length((*relation).baserestrictinfo)).any(|n| {
                    let restriction =
                        nth((*relation).baserestrictinfo, n).cast::<pg_sys::RestrictInfo>();
                    strategy(restriction, other) == pg_sys::BTEqualStrategyNumber as i32
                })
            })
    }
}

/// Whether `index` may be worth asking for `keys` owners, who own `fraction` of the rows.
///
/// # Safety
/// Must be what the planner asked about.
pub unsafe fn is_worth_listing(
    root: *mut pg_sys::PlannerInfo,
    index: *mut pg_sys::IndexOptInfo,
    keys: usize,
    fraction: f64,
) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        let relation = (*index).rel;
        if keys > LONG_LIST && keys as f64 * ROWS_PER_KEY > (*relation).tuples {
            return false;
        }
        if keys <= KEYS_THOUGHT_OF || answers_alone(index) {
            return true;
        }
        let listed = fraction * (*relation).tuples;
        let is_least = listed <= LISTED_PER_FETCHED * rows_by_other_indexes(root, index);
        if keys <= SHORT_LIST {
            return is_least;
        }
        fraction <= LARGE_PART
            && is_least
            && !(is_ordered_by_index(root, relation)
                && listed > LISTED_PER_FETCHED * rows_until_limit(root, relation))
            && !is_answered_at_ends(root, listed)
    }
}

/// Whether looking up so many records, one by one, and then asking the other indexes too, is less than fetching and
/// judging all the rows that these find. (Of 1,000 records that were given, a page of ten days took 3.4 ms by both, 1.7
/// by the days alone, of which there were 1,100.)
///
/// # Safety
/// As for `is_worth_listing`.
pub unsafe fn is_worth_finding(
    root: *mut pg_sys::PlannerInfo,
    index: *mut pg_sys::IndexOptInfo,
    records: usize,
) -> bool {
    // SAFETY: by the caller's promise.
    records <= KEYS_THOUGHT_OF
        || records as f64 * 2.0 <= unsafe { rows_by_other_indexes(root, index) }
}

/// Whether looking up so many keys, one by one, is less than judging every row that `fixing` leaves, the
/// conditions on the columns before that of the keys. The planner does not know how many keys there are:
/// for each row of an outer table it might look them up.
///
/// # Safety
/// As for `is_worth_listing`.
pub unsafe fn is_worth_descending(
    root: *mut pg_sys::PlannerInfo,
    index: *mut pg_sys::IndexOptInfo,
    keys: usize,
    fixing: &[*mut pg_sys::RestrictInfo],
) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        fixing.is_empty()
            || keys as f64 * JUDGED_PER_DESCENT
                <= selectivity(root, fixing) * (*(*index).rel).tuples
    }
}

/// # Safety
/// As for `is_worth_listing`.
unsafe fn selectivity(
    root: *mut pg_sys::PlannerInfo,
    restrictions: &[*mut pg_sys::RestrictInfo],
) -> f64 {
    // SAFETY: by the caller's promise.
    unsafe {
        let mut list = std::ptr::null_mut();
        for &restriction in restrictions {
            list = pg_sys::lappend(list, restriction.cast());
        }
        let (join, none) = (pg_sys::JoinType::JOIN_INNER, std::ptr::null_mut());
        pg_sys::clauselist_selectivity(root, list, 0, join, none)
    }
}

/// Whether the query needs no column that the index does not hold.
///
/// # Safety
/// `index` must be the planner's.
unsafe fn answers_alone(index: *mut pg_sys::IndexOptInfo) -> bool {
    // SAFETY: arrays of an index have as many elements as it has columns; column 0 is an expression.
    unsafe {
        let relation = (*index).rel;
        let (mut needed, mut held) = (std::ptr::null_mut(), std::ptr::null_mut());
        let outputs = (*(*relation).reltarget).exprs;
        pg_sys::pull_varattnos(outputs.cast(), (*relation).relid, &mut needed);
        for n in 0..length((*relation).baserestrictinfo) {
            let restriction = nth((*relation).baserestrictinfo, n).cast::<pg_sys::RestrictInfo>();
            let clause = (*restriction).clause.cast();
            pg_sys::pull_varattnos(clause, (*relation).relid, &mut needed);
        }
        for n in 0..(*index).ncolumns as usize {
            let column = *(*index).indexkeys.add(n);
            if column != 0 && *(*index).canreturn.add(n) {
                held = pg_sys::bms_add_member(
                    held,
                    column - pg_sys::FirstLowInvalidHeapAttributeNumber,
                );
            }
        }
        pg_sys::bms_is_subset(needed, held)
    }
}

/// How many rows the conditions leave that other indexes answer.
///
/// # Safety
/// As for `is_worth_listing`.
unsafe fn rows_by_other_indexes(
    root: *mut pg_sys::PlannerInfo,
    index: *mut pg_sys::IndexOptInfo,
) -> f64 {
    // SAFETY: restrictions are RestrictInfo nodes, and the index list holds indexes.
    unsafe {
        let relation = (*index).rel;
        let answered: Vec<_> = (0..length((*relation).baserestrictinfo))
            .map(|n| nth((*relation).baserestrictinfo, n).cast::<pg_sys::RestrictInfo>())
            .filter(|&restriction| {
                (0..length((*relation).indexlist))
                    .map(|n| nth((*relation).indexlist, n).cast::<pg_sys::IndexOptInfo>())
                    .any(|other| other != index && strategy(restriction, other) != 0)
            })
            .collect();
        selectivity(root, &answered) * (*relation).tuples
    }
}

/// The strategy of `index` that answers `column operator value` by its first column or expression; 0 for
/// none, also where the value is of the row itself, and where the condition waits for the policies: an index
/// on `numeric` finds nothing until they were asked.
///
/// # Safety
/// Both must be of the planner's.
unsafe fn strategy(
    restriction: *mut pg_sys::RestrictInfo,
    index: *mut pg_sys::IndexOptInfo,
) -> i32 {
    // SAFETY: every node tells its type by its tag; an index has a column.
    unsafe {
        let clause = (*restriction).clause;
        let waits = !(*restriction).leakproof
            && (*restriction).security_level > (*(*index).rel).baserestrict_min_security;
        if (*clause).type_ != pg_sys::NodeTag::T_OpExpr
            || !(*restriction).right_relids.is_null()
            || waits
        {
            return 0;
        }
        let operation = clause.cast::<pg_sys::OpExpr>();
        let operand = nth((*operation).args, 0).cast::<pg_sys::Node>();
        let is_first = match *(*index).indexkeys {
            0 => pg_sys::equal(nth((*index).indexprs, 0), operand.cast()),
            number => {
                (*operand).type_ == pg_sys::NodeTag::T_Var
                    && i32::from((*operand.cast::<pg_sys::Var>()).varattno) == number
            }
        };
        if !is_first {
            return 0;
        }
        pg_sys::get_op_opfamily_strategy((*operation).opno, *(*index).opfamily)
    }
}

/// Whether the ends of indexes answer the query, as they do for `max(id)`, for less than so many rows
/// cost in any plan.
///
/// # Safety
/// As for `is_worth_listing`.
unsafe fn is_answered_at_ends(root: *mut pg_sys::PlannerInfo, listed: f64) -> bool {
    // SAFETY: by the caller's promise. Before tables are planned, the only ways to aggregate that
    // are known are those by the ends of indexes.
    unsafe {
        let aggregates = (*root).upper_rels[pg_sys::UpperRelationKind::UPPERREL_GROUP_AGG as usize];
        (0..length(aggregates))
            .map(|n| (*nth(aggregates, n).cast::<pg_sys::RelOptInfo>()).pathlist)
            .flat_map(|paths| (0..length(paths)).map(move |n| nth(paths, n).cast::<pg_sys::Path>()))
            .any(|path| (*path).total_cost < listed * pg_sys::cpu_tuple_cost)
    }
}

/// Whether an index yields the rows of the table in the order that a LIMIT cuts.
///
/// # Safety
/// As for `is_worth_listing`.
unsafe fn is_ordered_by_index(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
) -> bool {
    use pg_sys::ScanDirection::{BackwardScanDirection, ForwardScanDirection};
    // SAFETY: by the caller's promise; looks up pathkeys that exist.
    unsafe {
        (*root).limit_tuples > 0.0
            && length((*root).query_pathkeys) > 0
            && pg_sys::bms_membership((*root).all_baserels) == pg_sys::BMS_Membership::BMS_SINGLETON
            && (0..length((*relation).indexlist)).any(|n| {
                let index = nth((*relation).indexlist, n).cast::<pg_sys::IndexOptInfo>();
                [ForwardScanDirection, BackwardScanDirection]
                    .into_iter()
                    .any(|direction| {
                        let pathkeys = pg_sys::build_index_pathkeys(root, index, direction);
                        pg_sys::pathkeys_contained_in((*root).query_pathkeys, pathkeys)
                    })
            })
    }
}

/// How many rows have to be looked at until the LIMIT is full.
///
/// # Safety
/// As for `is_worth_listing`.
unsafe fn rows_until_limit(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
) -> f64 {
    // SAFETY: by the caller's promise. The planner estimates at least one row.
    unsafe { (*root).limit_tuples * (*relation).tuples / (*relation).rows.max(1.0) }
}
