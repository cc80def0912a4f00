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

/// Tells the server's log, and nobody else: what the log of the database cannot keep, since it is rolled back
/// with the transaction.
pub fn log(message: String) {
    ErrorReport::new(Code::ERRCODE_SUCCESSFUL_COMPLETION, message, "")
        .report(PgLogLevel::LOG_SERVER_ONLY);
}

/// Tells something that is worth knowing.
pub fn note(message: String, hint: &str) {
    ErrorReport::new(Code::ERRCODE_SUCCESSFUL_COMPLETION, message, "")
        .set_hint(hint)
        .report(PgLogLevel::NOTICE);
}
