//! What differs between PostgreSQL versions.

use pgrx::pg_sys;

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

/// A column of a table, by its number from 1.
///
/// # Safety
/// `descriptor` must describe a table with at least `number` columns.
pub unsafe fn attribute(
    descriptor: pg_sys::TupleDesc,
    number: i16,
) -> *const pg_sys::FormData_pg_attribute {
    // SAFETY: by the caller's promise.
    unsafe {
        #[cfg(not(feature = "pg18"))]
        {
            (*descriptor).attrs.as_ptr().add(number as usize - 1)
        }
        #[cfg(feature = "pg18")]
        {
            pg_sys::TupleDescAttr(descriptor, i32::from(number) - 1)
        }
    }
}
