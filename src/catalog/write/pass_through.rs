//! PostgreSQL's own errors, and those of an application's triggers, pass through our functions as they are.
//!
//! pgrx carries an error through Rust as a value and raises it again, without its CONTEXT, without the names
//! of table, column and constraint, and with a SQLSTATE of the application's own turned into XX000. What it
//! loses is noted when the error is raised first, and given back when it is raised again: both times
//! PostgreSQL asks whoever stands on its stack of error contexts.

use pgrx::{PgSqlErrorCode, pg_sys};
use std::ffi::{c_char, c_int, c_void};

/// While it lives, errors of PostgreSQL pass through whole.
pub struct PassThrough(*mut Watch);

#[repr(C)]
struct Watch {
    callback: pg_sys::ErrorContextCallback,
    /// The last error below this place. It may have been caught there.
    raised: *mut pg_sys::ErrorData,
    /// Where the watch is kept, and what it notes: gone with the caller's transaction or savepoint.
    context: pg_sys::MemoryContext,
    /// Rust is on its way up with an error: the next one is the same, raised again.
    unwinds: bool,
}

// As they are, and not as pgrx guards them: they are called while PostgreSQL raises an error, where none may
// be caught.
unsafe extern "C-unwind" {
    fn CopyErrorData() -> *mut pg_sys::ErrorData;
    fn FreeErrorData(error: *mut pg_sys::ErrorData);
    fn errcode(code: c_int) -> c_int;
    fn geterrcode() -> c_int;
    fn set_errcontext_domain(domain: *const c_char) -> c_int;
    fn errcontext_msg(format: *const c_char, ...) -> c_int;
    fn err_generic_string(field: c_int, text: *const c_char) -> c_int;
    fn internalerrquery(query: *const c_char) -> c_int;
    fn internalerrposition(position: c_int) -> c_int;
}

impl PassThrough {
    pub fn begin() -> PassThrough {
        // SAFETY: the watch lives as long as the transaction or savepoint of its caller, or until `drop`. An error raised again after
        // Rust has unwound still finds it: only `drop` without an error, or whoever catches the error in
        // PostgreSQL, takes it off the stack.
        unsafe {
            let context = pg_sys::CurTransactionContext;
            let watch = pg_sys::MemoryContextAllocZero(context, size_of::<Watch>()).cast::<Watch>();
            (*watch).context = context;
            (*watch).callback = pg_sys::ErrorContextCallback {
                previous: pg_sys::error_context_stack,
                callback: Some(tell),
                arg: watch.cast(),
            };
            pg_sys::error_context_stack = &raw mut (*watch).callback;
            PassThrough(watch)
        }
    }
}

impl Drop for PassThrough {
    fn drop(&mut self) {
        // SAFETY: made by `begin`; values of this type are nested like the stack.
        unsafe {
            if std::thread::panicking() {
                (*self.0).unwinds = true;
                return;
            }
            pg_sys::error_context_stack = (*self.0).callback.previous;
            if !(*self.0).raised.is_null() {
                pg_sys::FreeErrorData((*self.0).raised);
            }
            pg_sys::pfree(self.0.cast());
        }
    }
}

/// PostgreSQL asks for the context of a message.
unsafe extern "C-unwind" fn tell(watch: *mut c_void) {
    // SAFETY: the watch is on the stack, so it lives. What is called here is what error contexts may call;
    // copying is left out where memory is short.
    unsafe {
        let watch = watch.cast::<Watch>();
        match (*watch).unwinds {
            true if !(*watch).raised.is_null() => give_back(&*(*watch).raised),
            true => (),
            false if geterrcode() == PgSqlErrorCode::ERRCODE_OUT_OF_MEMORY as c_int => (),
            false => {
                let before = pg_sys::CurrentMemoryContext;
                pg_sys::CurrentMemoryContext = (*watch).context;
                let told = CopyErrorData();
                let forgotten = match (*told).elevel >= pg_sys::PGERROR as c_int {
                    true => std::mem::replace(&mut (*watch).raised, told),
                    false => told,
                };
                if !forgotten.is_null() {
                    FreeErrorData(forgotten);
                }
                pg_sys::CurrentMemoryContext = before;
            }
        }
    }
}

/// Of an error that is raised again, what pgrx left out.
///
/// # Safety
/// As for `tell`.
unsafe fn give_back(raised: &pg_sys::ErrorData) {
    // SAFETY: by the caller's promise; the texts are those of a copy.
    unsafe {
        errcode(raised.sqlerrcode);
        if !raised.context.is_null() {
            set_errcontext_domain(std::ptr::null());
            errcontext_msg(c"%s".as_ptr(), raised.context);
        }
        for (field, text) in [
            (b's', raised.schema_name),
            (b't', raised.table_name),
            (b'c', raised.column_name),
            (b'd', raised.datatype_name),
            (b'n', raised.constraint_name),
        ] {
            if !text.is_null() {
                err_generic_string(field.into(), text);
            }
        }
        if !raised.internalquery.is_null() {
            internalerrquery(raised.internalquery);
            internalerrposition(raised.internalpos);
        }
    }
}
