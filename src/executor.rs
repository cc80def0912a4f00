//! What is checked before a plan runs, and what its workers are given.

use crate::api::raise::OrRaise;
use crate::policy::plans::handover;
use crate::policy::plans::unfiltered;
use pgrx::pg_sys;

static mut PREVIOUS_HOOK: pg_sys::ExecutorStart_hook_type = None;

/// Checks every plan from now on.
pub fn install() {
    // SAFETY: called once, while the library is loaded.
    unsafe {
        PREVIOUS_HOOK = pg_sys::ExecutorStart_hook;
        pg_sys::ExecutorStart_hook = Some(plan_starts);
    }
}

unsafe extern "C-unwind" {
    /// Not by pgrx, whose wrapper would turn an error into a panic and back, and lose parts of it.
    fn standard_ExecutorStart(query: *mut pg_sys::QueryDesc, flags: i32);
}

unsafe extern "C-unwind" fn plan_starts(query: *mut pg_sys::QueryDesc, flags: i32) {
    // SAFETY: called by the executor with a query description, under the snapshot of the query. An
    // error of PostgreSQL's passes this frame, which owns nothing.
    unsafe {
        before(query);
        match PREVIOUS_HOOK {
            Some(previous) => previous(query, flags),
            None => standard_ExecutorStart(query, flags),
        }
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
        unfiltered::check(query).or_raise();
    }
}

/// # Safety
/// As for the hook; the execution was started.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn after(query: *mut pg_sys::QueryDesc) {
    // SAFETY: by the caller's promise.
    unsafe { handover::give(query) }.or_raise();
}
