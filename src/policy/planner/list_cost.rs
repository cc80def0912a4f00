//! What asking an index for a short list of keys costs.
//!
//! PostgreSQL takes a list that it does not know for one of ten keys. Where a caller has one, a table of many
//! partitions was read through bitmaps, each made for ten times as many rows as there were. So while the
//! planner estimates a condition, the caller's own keys stand there. The plan holds them no more than before.

use crate::pg::compat::estimate_by;
use crate::pg::list::{length, nth};
use crate::policy::parents::estimate::{Admitted, AdmittedKeys};
use crate::policy::planner::planning::{EstimatedBy, list_of, note_list};
use crate::policy::sets::keys::KeyType;
use pgrx::pg_sys;

/// As many keys as PostgreSQL takes a list for that it does not know. Where there are more, it would look at each
/// of them, for every index.
const UNKNOWN_LIST: usize = 10;

/// How many conditions of one index are estimated so.
const MOST_CONDITIONS: usize = 4;

unsafe extern "C-unwind" {
    // Not by pgrx, whose wrapper would turn an error into a panic and back, and lose parts of it.
    fn btcostestimate(
        root: *mut pg_sys::PlannerInfo,
        path: *mut pg_sys::IndexPath,
        loop_count: f64,
        startup_cost: *mut pg_sys::Cost,
        total_cost: *mut pg_sys::Cost,
        selectivity: *mut pg_sys::Selectivity,
        correlation: *mut f64,
        pages: *mut f64,
    );
}

/// Lets a condition on an index of a partition be estimated by the caller's keys.
///
/// # Safety
/// All must be the planner's, the index a btree, and `clause` a condition on it that was just made.
pub unsafe fn estimate_by_keys(
    root: *mut pg_sys::PlannerInfo,
    index: *mut pg_sys::IndexOptInfo,
    clause: *mut pg_sys::ScalarArrayOpExpr,
    admitted: &Admitted,
    key_type: KeyType,
) {
    let keys = match &admitted.keys {
        AdmittedKeys::Owners(set) => &set.owners,
        AdmittedKeys::Others(keys) => keys,
        AdmittedKeys::Parents { .. } => return,
    };
    // SAFETY: by the caller's promise.
    unsafe {
        let is_part = (*(*index).rel).reloptkind == pg_sys::RelOptKind::RELOPT_OTHER_MEMBER_REL;
        if !is_part || keys.len() >= UNKNOWN_LIST {
            return;
        }
        let array = pg_sys::get_array_type(key_type.oid());
        let (collation, value) = (pg_sys::get_typcollation(array), keys.to_array(key_type));
        let keys = pg_sys::makeConst(array, -1, collation, -1, value, false, false);
        note_list(
            root,
            EstimatedBy {
                clause,
                keys: keys.cast(),
            },
        );
        estimate_by(index, cost_of_list);
    }
}

/// What a condition of the index holds, and stands for its keys meanwhile.
type Exchanged = Option<(*mut pg_sys::ListCell, *mut std::ffi::c_void)>;

/// What the planner asks of such an index in place of what it asks of others.
unsafe extern "C-unwind" fn cost_of_list(
    root: *mut pg_sys::PlannerInfo,
    path: *mut pg_sys::IndexPath,
    loop_count: f64,
    startup_cost: *mut pg_sys::Cost,
    total_cost: *mut pg_sys::Cost,
    selectivity: *mut pg_sys::Selectivity,
    correlation: *mut f64,
    pages: *mut f64,
) {
    // SAFETY: called by the planner as it would call what estimates a btree. An error passes this frame, which
    // owns nothing; what was planned until then is given up.
    unsafe {
        let exchanged = exchange(root, path);
        btcostestimate(
            root,
            path,
            loop_count,
            startup_cost,
            total_cost,
            selectivity,
            correlation,
            pages,
        );
        for (cell, value) in exchanged.into_iter().flatten() {
            (*cell).ptr_value = value;
        }
    }
}

/// Puts the caller's keys into the conditions of a path.
///
/// # Safety
/// Both must be the planner's.
unsafe fn exchange(
    root: *mut pg_sys::PlannerInfo,
    path: *mut pg_sys::IndexPath,
) -> [Exchanged; MOST_CONDITIONS] {
    let mut exchanged = [None; MOST_CONDITIONS];
    let mut free = exchanged.iter_mut();
    // SAFETY: by the caller's promise. A path has clauses, each with conditions; the second operand of one on a
    // list is the list.
    unsafe {
        let clauses = (*path).indexclauses;
        for n in 0..length(clauses) {
            let conditions = (*nth(clauses, n).cast::<pg_sys::IndexClause>()).indexquals;
            for m in 0..length(conditions) {
                let clause = (*nth(conditions, m).cast::<pg_sys::RestrictInfo>()).clause;
                if (*clause).type_ != pg_sys::NodeTag::T_ScalarArrayOpExpr {
                    continue;
                }
                let clause = clause.cast::<pg_sys::ScalarArrayOpExpr>();
                if let Some(list) = list_of(root, clause)
                    && let Some(free) = free.next()
                {
                    let cell = (*(*clause).args).elements.add(1);
                    *free = Some((cell, (*cell).ptr_value));
                    (*cell).ptr_value = list.keys.cast();
                }
            }
        }
    }
    exchanged
}
