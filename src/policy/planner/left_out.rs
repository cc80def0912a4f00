//! Constants in place of predicates that decide nothing for a query (`policy::plans::unfiltered`).

use crate::catalog::read::snapshot::Snapshot;
use crate::core::{Action, Result};
use crate::policy::parents::estimate;
use crate::policy::planner::planning;
use crate::policy::plans::unfiltered;
use crate::policy::plans::unfiltered::{Reliance, may_be_for_caller};
use crate::policy::text::calls::{Call, Criterion, Function, bare, call_of, our_function};
use crate::session::caller::Caller;
use crate::session::planned_for;
use pgrx::pg_sys;
use std::iter;

/// A constant in place of a predicate: TRUE for reading, where the caller sees every record; FALSE
/// for the arm of single records, where none of the table was ever shared, and for that of a relation
/// which carries nothing, or nothing to the caller. Only of columns in a query that is being planned:
/// such a plan is checked when it starts. TRUE never for writing, which goes by the latest
/// configuration.
///
/// # Safety
/// `request` must be such a request of the planner.
pub(super) unsafe fn simplified(
    request: *mut pg_sys::SupportRequestSimplify,
) -> Result<Option<*mut pg_sys::Node>> {
    // SAFETY: by the caller's promise; a node tells its type by its tag.
    unsafe {
        let (root, function) = ((*request).root, (*request).fcall);
        let ours = our_function((*function).funcid);
        if ours == Some(Function::RecordKey) {
            return Ok(Some(pg_sys::makeBoolConst(true, false)));
        }
        if root.is_null() {
            return Ok(None);
        }
        let Some(call) = call_of((*function).funcid, (*function).args) else {
            return Ok(None);
        };
        if (*bare(call.column)).type_ != pg_sys::NodeTag::T_Var {
            return Ok(None);
        }
        let varno = (*bare(call.column).cast::<pg_sys::Var>()).varno;
        let is_read = call.action == Action::Read;
        let (first, second, value) = match call.criterion {
            Criterion::Records => (Reliance::NoShares(call.relation), None, false),
            Criterion::Related(id) => {
                // Of a table that is written, no index answers alone what is asked.
                let for_caller =
                    (is_read && !is_written(root, varno)).then_some(Reliance::NothingForCaller(id));
                (Reliance::NothingCarried(id), for_caller, false)
            }
            // Of a table that is written, no index answers alone what is asked.
            Criterion::Criteria(id) if is_read && !is_written(root, varno) => {
                (Reliance::NoRuleForCaller(id), None, false)
            }
            Criterion::Criteria(_) => return Ok(None),
            Criterion::Owners(_) | Criterion::Parent
                if is_read && !goes_by_reading_alone(root, varno) =>
            {
                (Reliance::Everything(call.relation), None, true)
            }
            Criterion::Owners(_) | Criterion::Parent => return Ok(None),
        };
        for reliance in iter::once(first).chain(second) {
            if relies_on(root, &call, reliance)? {
                return Ok(Some(pg_sys::makeBoolConst(value, false)));
            }
        }
        Ok(None)
    }
}

/// Whether the plan under construction relies on something from now on, which is so.
///
/// # Safety
/// `root` must be the planner's, and `call` in its query.
pub(super) unsafe fn relies_on(
    root: *mut pg_sys::PlannerInfo,
    call: &Call,
    reliance: Reliance,
) -> Result<bool> {
    let is_of_caller = reliance.is_of_caller();
    if is_of_caller && !planned_for::is_worth_it() {
        return Ok(false);
    }
    let is_so = |snapshot: &Snapshot| match reliance {
        // The set of owners is wanted afterwards, too.
        Reliance::Everything(_) => {
            estimate::lets_everything_through(call, snapshot, &Caller::now())
        }
        _ if is_of_caller && !may_be_for_caller(snapshot)? => Ok(false),
        _ => reliance.holds(snapshot),
    };
    // SAFETY: by the caller's promise.
    unsafe {
        let holds = planning::relies_on(root, call, reliance, || unfiltered::stays_so(is_so))?;
        if holds {
            unfiltered::note(root, reliance);
        }
        Ok(holds)
    }
}

/// Whether the query writes a table, or a partition of it.
///
/// # Safety
/// `root` must be the planner's.
unsafe fn is_written(root: *mut pg_sys::PlannerInfo, relation: i32) -> bool {
    // SAFETY: by the caller's promise. Later versions than 15 may fill the set only after they have
    // simplified the query, but all add partitions before they look at their restrictions.
    unsafe {
        (*(*root).parse).resultRelation == relation
            || pg_sys::bms_is_member(relation, (*root).all_result_relids)
    }
}

/// Whether a table is the target of a MERGE, or a partition of it. Other statements that may wait for a
/// row ask whether it may be changed, too, for each row. A MERGE asks that of a row after the user's
/// conditions have seen it: before them is only the predicate for reading, which therefore stays.
///
/// # Safety
/// `root` must be the planner's.
pub(super) unsafe fn goes_by_reading_alone(root: *mut pg_sys::PlannerInfo, relation: i32) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        (*(*root).parse).commandType == pg_sys::CmdType::CMD_MERGE && is_written(root, relation)
    }
}
