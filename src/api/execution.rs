//! What is checked before a plan runs.

use crate::api::raise::OrRaise;
use crate::policy::unfiltered;
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

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn plan_starts(query: *mut pg_sys::QueryDesc, flags: i32) {
    // SAFETY: called by the executor with a query description, under the snapshot of the query.
    unsafe {
        unfiltered::check(query).or_raise();
        match PREVIOUS_HOOK {
            Some(previous) => previous(query, flags),
            None => pg_sys::standard_ExecutorStart(query, flags),
        }
    }
}
