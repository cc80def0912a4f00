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
    fn GetCurrentTimestamp() -> pg_sys::TimestampTz;
    fn RecoveryInProgress() -> bool;
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

/// The present moment by the clock, in microseconds since 1970, in UTC.
pub fn clock() -> i64 {
    const SECONDS_BEFORE_2000: i64 = 946_684_800;
    // SAFETY: asks the operating system for the time.
    unsafe { GetCurrentTimestamp() }.saturating_add(SECONDS_BEFORE_2000 * 1_000_000)
}

/// Whether this server repeats what another one did: a standby.
pub fn is_in_recovery() -> bool {
    // SAFETY: reads shared memory, until it is found to be over.
    unsafe { RecoveryInProgress() }
}

/// Whether all statements of the transaction go by the snapshot of its first.
pub fn keeps_its_snapshot() -> bool {
    // SAFETY: reads a variable of this process.
    unsafe { pg_sys::XactIsoLevel >= pg_sys::XACT_REPEATABLE_READ as i32 }
}
