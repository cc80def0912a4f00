//! What this process knows of its session and transaction, asked for without pgrx's guard: these
//! functions of PostgreSQL's raise no error, and a guard costs several times as much as they do. A
//! statement asks some thirty times.

use pgrx::pg_sys;

unsafe extern "C-unwind" {
    fn GetSessionUserId() -> pg_sys::Oid;
    fn GetUserId() -> pg_sys::Oid;
    fn ActiveSnapshotSet() -> bool;
    fn GetActiveSnapshot() -> pg_sys::Snapshot;
    fn GetTopTransactionIdIfAny() -> pg_sys::TransactionId;
    fn GetCurrentCommandId(used: bool) -> pg_sys::CommandId;
}

/// `session_user` and `current_user`.
pub fn users() -> (pg_sys::Oid, pg_sys::Oid) {
    // SAFETY: reads two variables of this process.
    unsafe { (GetSessionUserId(), GetUserId()) }
}

/// The snapshot of the statement under way, which whoever runs it keeps.
pub fn active_snapshot() -> Option<pg_sys::Snapshot> {
    // SAFETY: looks at the top of the snapshot stack, if it has one.
    unsafe { ActiveSnapshotSet().then(|| GetActiveSnapshot()) }
}

/// Whether this transaction may have changed something.
pub fn has_transaction_id() -> bool {
    // SAFETY: reads the state of the transaction.
    unsafe { GetTopTransactionIdIfAny() != pg_sys::InvalidTransactionId }
}

/// The command under way: what later ones of this transaction do is not seen by it.
pub fn command() -> pg_sys::CommandId {
    // SAFETY: reads the state of the transaction, and changes nothing where the command is not used.
    unsafe { GetCurrentCommandId(false) }
}
