//! The one gate of the library: where the extension's tables are of another version, nothing of ours
//! runs but what is listed here.
//!
//! Functions that SQL calls are stopped before their arguments are looked at, since these may be others in
//! that version, too: PostgreSQL asks about every function that an expression is going to call. It does not
//! ask about triggers and planner support, which `sql_functions!` stops.

use crate::api::raise::{OrRaise, raise};
use crate::catalog::read::names::{INTERNAL, schema_oid};
use crate::catalog::read::version::{announce, check, is_in_script, is_known_to_match};
use crate::catalog::write::foreign_version::{command_concerns_us, drop_concerns_us};
use crate::catalog::write::grant_stamps::renew_all_grants;
use crate::catalog::write::links::renew_all_links;
use crate::catalog::write::renewal::renew_any_version;
use crate::core::{Error, Result};
use crate::policy::rows::owner_guard::unenforced_row;
use crate::session::settings::is_restore;
use pgrx::pg_sys;
use std::cell::Cell;
use std::ffi::CStr;

/// Stops a function of ours that is going to be called, where it must not run.
///
/// # Safety
/// To be called from PostgreSQL's hook, outside of any frame of Rust that owns something.
#[inline]
pub unsafe fn function_is_called(function: pg_sys::Oid) {
    if !is_known_to_match() {
        // SAFETY: by the caller's promise, an error may pass.
        unsafe { function_is_going_to_run(function) }
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn function_is_going_to_run(function: pg_sys::Oid) {
    // SAFETY: looks the function up in the system caches.
    let schema = unsafe { pg_sys::get_func_namespace(function) };
    let ours = [c"sharing", INTERNAL];
    // SAFETY: as above; a name ends in NUL.
    let is_asked_by_trigger = || unsafe {
        let name = pg_sys::get_func_name(function);
        !name.is_null() && ASKED_BY_TRIGGERS.contains(&CStr::from_ptr(name))
    };
    if schema_oid(INTERNAL) == Some(schema) && is_asked_by_trigger() {
        return;
    }
    // SAFETY: as above.
    let is_doctor = || unsafe {
        let name = pg_sys::get_func_name(function);
        !name.is_null() && DOCTOR.contains(&CStr::from_ptr(name))
    };
    if schema_oid(c"sharing") == Some(schema) && is_doctor() {
        return;
    }
    if ours.iter().any(|name| schema_oid(name) == Some(schema)) {
        check().or_raise();
    }
}

/// Asked before a trigger is called, which answers for itself: so do they (`sql_functions!`).
const ASKED_BY_TRIGGERS: [&CStr; 2] = [c"differs", c"any_shared"];

/// Without arguments, and of the same columns in every version: it says what mends that.
const DOCTOR: [&CStr; 1] = [c"doctor"];

/// What a function does where versions differ: it returns something, or the error.
pub type Instead = unsafe fn(pg_sys::FunctionCallInfo, Error) -> Result<Then>;

/// How it goes on.
pub enum Then {
    Return(pg_sys::Datum),
    /// With the function itself, which reads no tables of ours.
    CarryOn,
}

/// Runs a function where the versions are the same, and still are when it has its answer.
#[inline]
pub fn between_equals(
    fcinfo: pg_sys::FunctionCallInfo,
    instead: Option<Instead>,
    run: impl FnOnce() -> pg_sys::Datum,
) -> pg_sys::Datum {
    if let Err(error) = check() {
        return differently(fcinfo, instead, error, run);
    }
    let answer = run();
    if instead.is_none() {
        check().or_raise();
    }
    answer
}

#[cold]
fn differently(
    fcinfo: pg_sys::FunctionCallInfo,
    instead: Option<Instead>,
    error: Error,
    run: impl FnOnce() -> pg_sys::Datum,
) -> pg_sys::Datum {
    let Some(instead) = instead else {
        raise(error);
    };
    // SAFETY: the call is the one that PostgreSQL makes.
    match unsafe { instead(fcinfo, error) }.or_raise() {
        Then::Return(answer) => answer,
        Then::CarryOn => run(),
    }
}

const NOTHING: Result<Then> = Ok(Then::Return(pg_sys::Datum::null()));

/// For functions that read no tables of ours.
///
/// # Safety
/// Always safe; the type is that of the others.
pub unsafe fn carry_on(_fcinfo: pg_sys::FunctionCallInfo, _error: Error) -> Result<Then> {
    Ok(Then::CarryOn)
}

/// In doubt there is something to do for the trigger that asks.
///
/// # Safety
/// As for `carry_on`.
pub unsafe fn may_be(_fcinfo: pg_sys::FunctionCallInfo, _error: Error) -> Result<Then> {
    Ok(Then::Return(pg_sys::Datum::from(true)))
}

/// Changes by hand, by a restore, or by a script: sessions of the right version must see them.
///
/// # Safety
/// As for `carry_on`.
pub unsafe fn renew(_fcinfo: pg_sys::FunctionCallInfo, _error: Error) -> Result<Then> {
    renew_any_version()?;
    NOTHING
}

/// The same for shares.
///
/// # Safety
/// As for `carry_on`.
pub unsafe fn renew_links(_fcinfo: pg_sys::FunctionCallInfo, _error: Error) -> Result<Then> {
    let _renewing = Renewing::begin();
    renew_all_links()?;
    NOTHING
}

/// The same for grants of records.
///
/// # Safety
/// As for `carry_on`.
pub unsafe fn renew_grants(_fcinfo: pg_sys::FunctionCallInfo, _error: Error) -> Result<Then> {
    renew_all_grants()?;
    NOTHING
}

thread_local! {
    static RENEWING: Cell<bool> = const { Cell::new(false) };
}

/// While links get new stamps, which nobody records.
struct Renewing;

impl Renewing {
    fn begin() -> Renewing {
        RENEWING.set(true);
        Renewing
    }
}

impl Drop for Renewing {
    /// After an error, too, which unwinds the stack.
    fn drop(&mut self) {
        RENEWING.set(false);
    }
}

/// What a script does is no change by anybody, and what a restore brings was recorded before. Nobody else
/// changes a configuration that cannot be recorded.
///
/// # Safety
/// As for `carry_on`.
pub unsafe fn record_nothing(_fcinfo: pg_sys::FunctionCallInfo, error: Error) -> Result<Then> {
    match is_in_script() || is_restore() || RENEWING.get() {
        true => NOTHING,
        false => Err(error),
    }
}

/// Who is not held by row security may change owners.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn pass_unenforced(fcinfo: pg_sys::FunctionCallInfo, error: Error) -> Result<Then> {
    // SAFETY: by the caller's promise.
    let row = unsafe { unenforced_row(fcinfo) }?;
    row.map(Then::Return).ok_or(error)
}

/// DDL that concerns neither protected tables nor ours must go on, as must our own scripts, and a restore
/// by a superuser, which brings policies and triggers as they were.
///
/// # Safety
/// As for `carry_on`.
pub unsafe fn follow(_fcinfo: pg_sys::FunctionCallInfo, error: Error) -> Result<Then> {
    // The command may be the one that made them differ.
    announce();
    // SAFETY: asks about the current user.
    let is_restored = is_restore() && unsafe { pg_sys::superuser() };
    match is_restored || is_in_script() || !command_concerns_us()? {
        true => NOTHING,
        false => Err(error),
    }
}

/// The same for DROP.
///
/// # Safety
/// As for `carry_on`.
pub unsafe fn follow_drop(_fcinfo: pg_sys::FunctionCallInfo, error: Error) -> Result<Then> {
    // SAFETY: asks about the current user.
    let is_restored = is_restore() && unsafe { pg_sys::superuser() };
    match is_restored || is_in_script() || !drop_concerns_us()? {
        true => NOTHING,
        false => Err(error),
    }
}
