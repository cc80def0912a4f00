//! For whom transactions wait when they are committed, whatever `synchronous_commit` says.
//!
//! *For no other server.* Citus commits at its workers once the coordinator has committed; a commit that waits until
//! the workers know of it waits for what they do in the same transaction: a table that appears or disappears there,
//! on which the rows of the configuration depend that come to them. That would never end. Nothing is shown meanwhile
//! that was taken back: the records of a table that is gone are gone, and shards of which a worker knows nothing yet
//! show nothing.
//!
//! *For all of them*, where a single record is shared or taken back. That wait can be cancelled, which takes nothing
//! back: PostgreSQL warns of it, and we say what may be so until the workers have heard.

use crate::pg::notices::warn;
use crate::pg::setting::{self, Until};
use pgrx::pg_sys;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_void};

type Savepoints = RefCell<Vec<pg_sys::SubTransactionId>>;

thread_local! {
    /// The savepoints within which it was asked to wait for nobody.
    static ASKED: Savepoints = const { RefCell::new(Vec::new()) };
    /// Those within which it was asked to wait for all.
    static WAITS: Savepoints = const { RefCell::new(Vec::new()) };
    static IS_INSTALLED: Cell<bool> = const { Cell::new(false) };
}

/// The commit of this transaction waits for nobody, unless its present savepoint is rolled back.
pub fn commit_waits_for_nobody() {
    let savepoint = present_savepoint();
    ASKED.with_borrow_mut(|asked| asked.push(savepoint));
}

/// The commit of this transaction waits until the workers know of it, unless its present savepoint is rolled back.
pub fn commit_waits_for_workers() {
    let savepoint = present_savepoint();
    WAITS.with_borrow_mut(|waits| waits.push(savepoint));
}

fn present_savepoint() -> pg_sys::SubTransactionId {
    // SAFETY: registers functions that live as long as the process, once; reads the state of the transaction.
    unsafe {
        if !IS_INSTALLED.replace(true) {
            pg_sys::RegisterXactCallback(Some(transaction_ends), std::ptr::null_mut());
            pg_sys::RegisterSubXactCallback(Some(savepoint_ends), std::ptr::null_mut());
        }
        pg_sys::GetCurrentSubTransactionId()
    }
}

fn synchronous_commit_is(value: &CStr) {
    setting::set(c"synchronous_commit", value, Until::TransactionEnds);
}

/// A setting that was made earlier would end with a function that has settings of its own, or be made another.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn transaction_ends(
    event: pg_sys::XactEvent::Type,
    _argument: *mut c_void,
) {
    use pg_sys::SyncCommitLevel::SYNCHRONOUS_COMMIT_LOCAL_FLUSH;
    use pg_sys::XactEvent::{
        XACT_EVENT_ABORT, XACT_EVENT_COMMIT, XACT_EVENT_PRE_COMMIT, XACT_EVENT_PREPARE,
    };
    match event {
        XACT_EVENT_PRE_COMMIT => {
            let is_asked = ASKED.with_borrow(|asked| !asked.is_empty());
            let waits = WAITS.with_borrow(|waits| !waits.is_empty());
            // SAFETY: reads a variable of this process.
            let present = unsafe { pg_sys::synchronous_commit };
            if is_asked && present > SYNCHRONOUS_COMMIT_LOCAL_FLUSH as i32 {
                synchronous_commit_is(c"local");
            }
            if waits && !is_asked {
                synchronous_commit_is(c"remote_apply");
            }
        }
        XACT_EVENT_COMMIT => {
            let waited = WAITS.with_borrow(|waits| !waits.is_empty());
            forget(|_| true);
            if waited && !is_known_elsewhere() {
                warn(
                    "workers of Citus may not know yet what this transaction shared or took back"
                        .to_owned(),
                    "It is committed. Until their subscriptions are level, they show what was taken back, and a record that was shared can be deleted there without taking it along: see pg_stat_replication.",
                );
            }
        }
        XACT_EVENT_ABORT | XACT_EVENT_PREPARE => forget(|_| true),
        _ => {}
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn savepoint_ends(
    event: pg_sys::SubXactEvent::Type,
    ending: pg_sys::SubTransactionId,
    parent: pg_sys::SubTransactionId,
    _argument: *mut c_void,
) {
    use pg_sys::SubXactEvent::{SUBXACT_EVENT_ABORT_SUB, SUBXACT_EVENT_COMMIT_SUB};
    match event {
        SUBXACT_EVENT_ABORT_SUB => forget(|savepoint| savepoint == ending),
        SUBXACT_EVENT_COMMIT_SUB => each_list(|savepoints| {
            for savepoint in savepoints.iter_mut().filter(|one| **one == ending) {
                *savepoint = parent;
            }
        }),
        _ => {}
    }
}

/// Whether the servers for which commits wait have applied what this session committed last.
fn is_known_elsewhere() -> bool {
    // SAFETY: reads a variable of this process, and a number in shared memory that is written as a whole.
    unsafe {
        let mode = pg_sys::SYNC_REP_WAIT_APPLY as usize;
        let applied = &raw const (*pg_sys::WalSndCtl).lsn[mode];
        applied.read_volatile() >= pg_sys::XactLastCommitEnd
    }
}

fn forget(which: impl Fn(pg_sys::SubTransactionId) -> bool) {
    each_list(|savepoints| savepoints.retain(|&savepoint| !which(savepoint)));
}

/// Nothing here can fail: it also runs while an error is cleaned up.
fn each_list(change: impl Fn(&mut Vec<pg_sys::SubTransactionId>)) {
    for list in [&ASKED, &WAITS] {
        list.with(|savepoints| {
            if let Ok(mut savepoints) = savepoints.try_borrow_mut() {
                change(&mut savepoints);
            }
        });
    }
}
