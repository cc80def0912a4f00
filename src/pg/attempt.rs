//! Something that is done to see what it would do, or whether it can be done, and taken back.

use crate::core::{Error, Result};
use pgrx::pg_sys::panic::CaughtError;
use pgrx::{PgSqlErrorCode, PgTryBuilder, pg_sys};
use std::panic::AssertUnwindSafe;

/// A savepoint. Whoever begins one takes it back; an error that passes ends it with the transaction or
/// savepoint around it.
#[must_use]
pub struct Attempt {
    context: pg_sys::MemoryContext,
    owner: pg_sys::ResourceOwner,
    /// What stands on the stack of error contexts: whoever was pushed within is gone afterwards.
    contexts: *mut pg_sys::ErrorContextCallback,
}

impl Attempt {
    pub fn begin() -> Attempt {
        // SAFETY: as PL/pgSQL begins a block with an exception clause.
        unsafe {
            let attempt = Attempt {
                context: pg_sys::CurrentMemoryContext,
                owner: pg_sys::CurrentResourceOwner,
                contexts: pg_sys::error_context_stack,
            };
            pg_sys::BeginInternalSubTransaction(std::ptr::null());
            pg_sys::CurrentMemoryContext = attempt.context;
            attempt
        }
    }

    pub fn take_back(self) {
        // SAFETY: as PL/pgSQL ends such a block after an error; nothing that was made within is left.
        unsafe {
            pg_sys::RollbackAndReleaseCurrentSubTransaction();
            pg_sys::CurrentMemoryContext = self.context;
            pg_sys::CurrentResourceOwner = self.owner;
            pg_sys::error_context_stack = self.contexts;
        }
    }
}

/// Looks at something, and makes values of PostgreSQL's errors, too, but for those that end the statement.
/// Locks that it takes are given back.
pub fn attempted<T>(look: impl FnOnce() -> Result<T>) -> Result<T> {
    let attempt = Attempt::begin();
    let told = PgTryBuilder::new(AssertUnwindSafe(look))
        .catch_when(PgSqlErrorCode::ERRCODE_QUERY_CANCELED, |cause| {
            cause.rethrow()
        })
        .catch_when(PgSqlErrorCode::ERRCODE_ADMIN_SHUTDOWN, |cause| {
            cause.rethrow()
        })
        .catch_others(|cause| Err(Error::internal(message(&cause))))
        .execute();
    attempt.take_back();
    told
}

fn message(cause: &CaughtError) -> String {
    match cause {
        CaughtError::PostgresError(report)
        | CaughtError::RustPanic {
            ereport: report, ..
        } => report.message().to_owned(),
        // Raised in `api` alone, which is asked by nobody who attempts something.
        _ => "an error of pg_sharing".to_owned(),
    }
}
