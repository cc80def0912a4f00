//! What differs between PostgreSQL versions.

use pgrx::pg_sys;
use std::ffi::CStr;

/// How many transactions that changed something have ended since the server started.
pub fn completed_transactions() -> u64 {
    // SAFETY: a counter in shared memory, which exists as long as the server runs. An aligned
    // 64-bit read is not torn; whoever waited for a transaction sees that it was counted, because
    // it is counted before its locks are released.
    unsafe {
        #[cfg(any(feature = "pg15", feature = "pg16"))]
        let counter = &raw const (*pg_sys::ShmemVariableCache).xactCompletionCount;
        #[cfg(any(feature = "pg17", feature = "pg18"))]
        let counter = &raw const (*pg_sys::TransamVariables).xactCompletionCount;
        std::ptr::read_volatile(counter)
    }
}

/// Whether a setting that nobody has defined yet was given a value. ALTER ROLE … RESET, too, leaves one behind that has
/// none; PostgreSQL 15 tells it by a null pointer, later ones show an empty text for it.
pub fn was_given(name: &CStr) -> bool {
    // SAFETY: looks up a setting by a NUL-terminated name; a missing one is no error.
    unsafe {
        #[cfg(feature = "pg15")]
        let given = !pg_sys::GetConfigOption(name.as_ptr(), true, false).is_null();
        #[cfg(not(feature = "pg15"))]
        let given = {
            let setting = pg_sys::find_option(name.as_ptr(), false, true, 0);
            !setting.is_null() && (*setting).source != pg_sys::GucSource::PGC_S_DEFAULT
        };
        given
    }
}

/// What ALTER TABLE does that gives rows other values in a column that is there: another type, or from
/// PostgreSQL 17 on another expression by which it is generated.
pub const MAKES_VALUES_ANEW: &[pg_sys::AlterTableType::Type] = &[
    pg_sys::AlterTableType::AT_AlterColumnType,
    #[cfg(any(feature = "pg17", feature = "pg18"))]
    pg_sys::AlterTableType::AT_SetExpression,
];

/// A column of a table, by its number from 1.
///
/// # Safety
/// `descriptor` must describe a table with at least `number` columns.
pub unsafe fn attribute(
    descriptor: pg_sys::TupleDesc,
    number: i16,
) -> *const pg_sys::FormData_pg_attribute {
    // SAFETY: by the caller's promise. PostgreSQL 18 keeps them behind a compact form of all of them.
    unsafe {
        #[cfg(not(feature = "pg18"))]
        let attributes = (*descriptor).attrs.as_ptr();
        #[cfg(feature = "pg18")]
        let attributes = (*descriptor)
            .compact_attrs
            .as_ptr()
            .add((*descriptor).natts as usize)
            .cast::<pg_sys::FormData_pg_attribute>();
        attributes.add(number as usize - 1)
    }
}

/// Begins a scan of an index for one key at a time; the rescan says which.
///
/// # Safety
/// Both must be open, and the index one of the table's.
pub unsafe fn index_beginscan(
    table: pg_sys::Relation,
    index: pg_sys::Relation,
    snapshot: pg_sys::Snapshot,
    keys: i32,
) -> pg_sys::IndexScanDesc {
    // SAFETY: by the caller's promise.
    unsafe {
        #[cfg(not(feature = "pg18"))]
        {
            pg_sys::index_beginscan(table, index, snapshot, keys, 0)
        }
        #[cfg(feature = "pg18")]
        {
            pg_sys::index_beginscan(table, index, snapshot, std::ptr::null_mut(), keys, 0)
        }
    }
}

/// What estimates the cost of scans of an index.
pub type CostEstimate = unsafe extern "C-unwind" fn(
    *mut pg_sys::PlannerInfo,
    *mut pg_sys::IndexPath,
    f64,
    *mut pg_sys::Cost,
    *mut pg_sys::Cost,
    *mut pg_sys::Selectivity,
    *mut f64,
    *mut f64,
);

/// Has scans of an index estimated by another function.
///
/// # Safety
/// `index` must be the planner's.
pub unsafe fn estimate_by(index: *mut pg_sys::IndexOptInfo, estimate: CostEstimate) {
    // SAFETY: by the caller's promise. Version 15 declares the function without its arguments, and calls it
    // with these.
    unsafe {
        #[cfg(feature = "pg15")]
        let estimate = std::mem::transmute::<CostEstimate, unsafe extern "C-unwind" fn()>(estimate);
        (*index).amcostestimate = Some(estimate);
    }
}

/// Whether a statement that is about to run must do without parallel workers.
pub type MustRunAlone = unsafe extern "C-unwind" fn(*mut pg_sys::QueryDesc) -> bool;

/// What is asked before a statement runs for the first time.
pub type FirstRun = unsafe extern "C-unwind" fn(*mut pg_sys::QueryDesc);

static mut MUST_RUN_ALONE: Option<MustRunAlone> = None;
static mut FIRST_RUN: Option<FirstRun> = None;
static mut PREVIOUS_RUN_HOOK: pg_sys::ExecutorRun_hook_type = None;

/// Asks `must_run_alone` whenever a statement runs from now on, and `first_run` when it does so for the first time.
///
/// # Safety
/// To be called once, while the library is loaded.
pub unsafe fn before_running(must_run_alone: MustRunAlone, first_run: FirstRun) {
    // SAFETY: by the caller's promise, nothing runs meanwhile.
    unsafe {
        MUST_RUN_ALONE = Some(must_run_alone);
        FIRST_RUN = Some(first_run);
        PREVIOUS_RUN_HOOK = pg_sys::ExecutorRun_hook;
        pg_sys::ExecutorRun_hook = Some(statement_runs);
    }
}

/// # Safety
/// `query` must be a statement whose execution was started.
unsafe fn must_run_alone(query: *mut pg_sys::QueryDesc) -> bool {
    // SAFETY: by the caller's promise; the variables do not change after they were set. An error passes this frame,
    // which owns nothing.
    unsafe {
        if let Some(first_run) = FIRST_RUN.filter(|_| !(*query).already_executed) {
            first_run(query);
        }
        (*(*query).plannedstmt).parallelModeNeeded
            && MUST_RUN_ALONE.is_some_and(|asked| asked(query))
    }
}

#[cfg(not(feature = "pg18"))]
unsafe extern "C-unwind" {
    /// Not by pgrx, whose wrapper would turn an error into a panic and back, and lose parts of it.
    fn standard_ExecutorRun(
        query: *mut pg_sys::QueryDesc,
        direction: pg_sys::ScanDirection::Type,
        count: u64,
        execute_once: bool,
    );
}

#[cfg(not(feature = "pg18"))]
unsafe extern "C-unwind" fn statement_runs(
    query: *mut pg_sys::QueryDesc,
    direction: pg_sys::ScanDirection::Type,
    count: u64,
    execute_once: bool,
) {
    // SAFETY: called by the executor. An error of PostgreSQL's passes this frame, which owns nothing.
    unsafe {
        // Workers are only used for what is executed once. Older minor versions look at the argument,
        // newer ones at the field.
        let alone = must_run_alone(query);
        (*query).already_executed |= alone;
        let execute_once = execute_once && !alone;
        match PREVIOUS_RUN_HOOK {
            Some(previous) => previous(query, direction, count, execute_once),
            None => standard_ExecutorRun(query, direction, count, execute_once),
        }
    }
}

#[cfg(feature = "pg18")]
unsafe extern "C-unwind" {
    /// Not by pgrx, whose wrapper would turn an error into a panic and back, and lose parts of it.
    fn standard_ExecutorRun(
        query: *mut pg_sys::QueryDesc,
        direction: pg_sys::ScanDirection::Type,
        count: u64,
    );
}

#[cfg(feature = "pg18")]
unsafe extern "C-unwind" fn statement_runs(
    query: *mut pg_sys::QueryDesc,
    direction: pg_sys::ScanDirection::Type,
    count: u64,
) {
    // SAFETY: called by the executor. An error of PostgreSQL's passes this frame, which owns nothing.
    unsafe {
        // Workers are not used for what was executed in part before.
        (*query).already_executed |= must_run_alone(query);
        match PREVIOUS_RUN_HOOK {
            Some(previous) => previous(query, direction, count),
            None => standard_ExecutorRun(query, direction, count),
        }
    }
}

/// Whether a foreign key is enforced, and its actions are carried out. Before version 18 all are.
pub fn is_enforced(_key: &pg_sys::ForeignKeyCacheInfo) -> bool {
    #[cfg(feature = "pg18")]
    return _key.conenforced;
    #[cfg(not(feature = "pg18"))]
    true
}

/// The numbers of columns of pg_constraint.
pub mod column_of_constraint {
    /// Version 18 has a column more before all of these, and another before the last.
    const MORE: i16 = if cfg!(feature = "pg18") { 1 } else { 0 };
    pub const RELATION: i16 = 8 + MORE;
    pub const INDEX: i16 = 10 + MORE;
    pub const PARENT: i16 = 11 + MORE;
    pub const ON_UPDATE: i16 = 13 + MORE;
    pub const ON_DELETE: i16 = 14 + MORE;
    pub const SET_ON_DELETE: i16 = 24 + 2 * MORE;
}
