//! Every hook of PostgreSQL's that this library hangs itself on in a session, in one place and in the order in
//! which they run. (Those by which the postmaster gives memory: pg::shared_memory.)
//!
//! The ways to read a table are planned (`set_rel_pathlist_hook`): more of them by indexes are made, and what workers
//! spend is counted.
//! A condition is estimated (`get_relation_stats_hook`, `get_index_stats_hook`): where it is a safe one, by what
//! statistics say. Other libraries that give statistics of their own come first.
//! A statement begins (`ExecutorStart`): what a worker was handed is taken in, then its plan is
//! checked, since the check asks who the statement is for; then PostgreSQL starts it. From then on the
//! execution has a memory context, by which its caller is noted; then whether it is a part of a transfer that another
//! server carries out; and last, what its workers will need is handed over, which tells them of that caller.
//! A statement runs (`ExecutorRun`): it does without workers where the caller is another one by now, and shards on
//! other servers are not read then.
//! A function is going to be called (`object_access_hook`): ours are stopped where the extension's tables
//! are of another version, and one of Citus by which a session would read what another one stored.
//!
//! Hooks of other libraries run where PostgreSQL would.

use crate::api::raise::OrRaise;
use crate::api::version_gate;
use crate::pg::clock::During;
use crate::pg::{clock, compat};
use crate::policy::planner::{estimates, search, workers};
use crate::policy::plans::{carried, handover, unfiltered};
use crate::policy::rows::told_transfer;
use crate::session::{caller, planned_for, transaction_of_others};
use crate::tables::conversions;
use pgrx::pg_sys;

static mut PREVIOUS_PATHS: pg_sys::set_rel_pathlist_hook_type = None;
static mut PREVIOUS_COLUMN: pg_sys::get_relation_stats_hook_type = None;
static mut PREVIOUS_EXPRESSION: pg_sys::get_index_stats_hook_type = None;
static mut PREVIOUS_START: pg_sys::ExecutorStart_hook_type = None;
static mut PREVIOUS_ACCESS: pg_sys::object_access_hook_type = None;

/// Hangs them all.
pub fn install() {
    // SAFETY: called once, while the library is loaded.
    unsafe {
        PREVIOUS_PATHS = pg_sys::set_rel_pathlist_hook;
        pg_sys::set_rel_pathlist_hook = Some(table_is_planned);
        PREVIOUS_COLUMN = pg_sys::get_relation_stats_hook;
        pg_sys::get_relation_stats_hook = Some(column_is_estimated);
        PREVIOUS_EXPRESSION = pg_sys::get_index_stats_hook;
        pg_sys::get_index_stats_hook = Some(expression_is_estimated);
        PREVIOUS_START = pg_sys::ExecutorStart_hook;
        pg_sys::ExecutorStart_hook = Some(statement_starts);
        // PostgreSQL's versions declare it differently.
        compat::before_running(caller::runs_for_another, statement_runs_first);
        PREVIOUS_ACCESS = pg_sys::object_access_hook;
        pg_sys::object_access_hook = Some(object_accessed);
    }
}

unsafe extern "C-unwind" {
    /// Not by pgrx, whose wrapper would turn an error into a panic and back, and lose parts of it.
    fn standard_ExecutorStart(query: *mut pg_sys::QueryDesc, flags: i32);
    fn create_index_paths(root: *mut pg_sys::PlannerInfo, relation: *mut pg_sys::RelOptInfo);
}

/// Other libraries may take paths away, so they come last.
unsafe extern "C-unwind" fn table_is_planned(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
    number: pg_sys::Index,
    entry: *mut pg_sys::RangeTblEntry,
) {
    // SAFETY: called by the planner once it has made paths for a table. An error of PostgreSQL's passes
    // this frame, which owns nothing.
    unsafe {
        let passing = conditions_that_pass(root, relation, entry);
        if !passing.is_null() {
            create_index_paths(root, relation);
            search::hold_back(passing);
        }
        costs_of_workers(root, relation, entry);
        if let Some(previous) = PREVIOUS_PATHS {
            previous(root, relation, number, entry);
        }
    }
}

/// # Safety
/// As for the hook.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn conditions_that_pass(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
    entry: *mut pg_sys::RangeTblEntry,
) -> *mut pg_sys::List {
    // SAFETY: by the caller's promise.
    unsafe { search::let_pass(root, relation, entry) }
}

/// # Safety
/// As for the hook.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn costs_of_workers(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
    entry: *mut pg_sys::RangeTblEntry,
) {
    // SAFETY: by the caller's promise.
    unsafe { workers::count_opening(root, relation, entry) }
}

unsafe extern "C-unwind" fn column_is_estimated(
    root: *mut pg_sys::PlannerInfo,
    entry: *mut pg_sys::RangeTblEntry,
    column: pg_sys::AttrNumber,
    variable: *mut pg_sys::VariableStatData,
) -> bool {
    // SAFETY: called by the planner, as the previous hook would be. An error of PostgreSQL's passes this frame,
    // which owns nothing.
    unsafe {
        PREVIOUS_COLUMN.is_some_and(|previous| previous(root, entry, column, variable))
            || estimates::of_column(root, entry, column, variable)
    }
}

unsafe extern "C-unwind" fn expression_is_estimated(
    root: *mut pg_sys::PlannerInfo,
    index: pg_sys::Oid,
    column: pg_sys::AttrNumber,
    variable: *mut pg_sys::VariableStatData,
) -> bool {
    // SAFETY: as for a column.
    unsafe {
        PREVIOUS_EXPRESSION.is_some_and(|previous| previous(root, index, column, variable))
            || estimates::of_expression(root, index, column, variable)
    }
}

unsafe extern "C-unwind" fn statement_starts(query: *mut pg_sys::QueryDesc, flags: i32) {
    // SAFETY: called by the executor with a query description, under the snapshot of the query. An
    // error of PostgreSQL's passes this frame, which owns nothing.
    unsafe {
        before(query);
        match PREVIOUS_START {
            Some(previous) => previous(query, flags),
            None => standard_ExecutorStart(query, flags),
        }
        caller::note_caller(query);
        planned_for::execution_begins(query);
        if flags & pg_sys::EXEC_FLAG_EXPLAIN_ONLY as i32 == 0 {
            after(query);
        }
    }
}

/// # Safety
/// As for the hook.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn before(query: *mut pg_sys::QueryDesc) {
    // SAFETY: by the caller's promise.
    unsafe {
        handover::receive(query).or_raise();
        let _time = During::time(clock::of_leader());
        unfiltered::check(query).or_raise();
        carried::check(query).or_raise();
        conversions::check(query).or_raise();
    }
}

/// # Safety
/// As for the hook; the execution was started.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn after(query: *mut pg_sys::QueryDesc) {
    // SAFETY: by the caller's promise.
    unsafe {
        told_transfer::statement_begins(query).or_raise();
        handover::give(query).or_raise();
    }
}

/// # Safety
/// `query` must be a statement whose execution was started.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn statement_runs_first(query: *mut pg_sys::QueryDesc) {
    // SAFETY: by the caller's promise.
    unsafe { carried::check_first_run(query).or_raise() }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn function_is_called(function: pg_sys::Oid) {
    transaction_of_others::function_is_called(function).or_raise();
}

unsafe extern "C-unwind" fn object_accessed(
    access: pg_sys::ObjectAccessType::Type,
    class: pg_sys::Oid,
    object: pg_sys::Oid,
    part: i32,
    argument: *mut std::ffi::c_void,
) {
    // SAFETY: called by PostgreSQL. An error passes this frame, which owns nothing.
    unsafe {
        if let Some(previous) = PREVIOUS_ACCESS {
            previous(access, class, object, part, argument);
        }
        if access == pg_sys::ObjectAccessType::OAT_FUNCTION_EXECUTE {
            version_gate::function_is_called(object);
            function_is_called(object);
        }
    }
}
