//! What is told to whoever calls, and keeps nobody from going on. Nothing here raises an ERROR.

use pgrx::PgLogLevel;
use pgrx::PgSqlErrorCode as Code;
use pgrx::pg_sys::panic::ErrorReport;

/// Tells something that keeps nobody from going on.
pub fn warn(message: String, hint: &str) {
    ErrorReport::new(Code::ERRCODE_WARNING, message, "")
        .set_hint(hint)
        .report(PgLogLevel::WARNING);
}

/// Tells something that is worth knowing.
pub fn note(message: String, hint: &str) {
    ErrorReport::new(Code::ERRCODE_SUCCESSFUL_COMPLETION, message, "")
        .set_hint(hint)
        .report(PgLogLevel::NOTICE);
}
