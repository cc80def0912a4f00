//! Transactions that wait for no other server when they are committed, whatever `synchronous_commit` says.
//!
//! Citus commits at its workers once the coordinator has committed; a commit that waits until the workers know of
//! it waits for what they do in the same transaction: a table that appears or disappears there, on which the rows
//! of the configuration depend that come to them. That would never end. Nothing is shown meanwhile that was taken
//! back: the records of a table that is gone are gone, and shards of which a worker knows nothing yet show nothing.

use crate::pg::setting::{self, Until};
use pgrx::pg_sys;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;

thread_local! {
    /// The savepoints within which that was asked for.
    static ASKED: RefCell<Vec<pg_sys::SubTransactionId>> = const { RefCell::new(Vec::new()) };
    static IS_INSTALLED: Cell<bool> = const { Cell::new(false) };
}

/// The commit of this transaction waits for nobody, unless its present savepoint is rolled back.
pub fn commit_waits_for_nobody() {
    // SAFETY: registers functions that live as long as the process, once; reads the state of the transaction.
    let savepoint = unsafe {
        if !IS_INSTALLED.replace(true) {
            pg_sys::RegisterXactCallback(Some(transaction_ends), std::ptr::null_mut());
            pg_sys::RegisterSubXactCallback(Some(savepoint_ends), std::ptr::null_mut());
        }
        pg_sys::GetCurrentSubTransactionId()
    };
    ASKED.with_borrow_mut(|asked| asked.push(savepoint));
}

/// A setting that was made earlier would end with a function that has settings of its own.
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
            // SAFETY: reads a variable of this process.
            unsafe {
                if is_asked && pg_sys::synchronous_commit > SYNCHRONOUS_COMMIT_LOCAL_FLUSH as i32 {
                    setting::set(c"synchronous_commit", c"local", Until::TransactionEnds);
                }
            }
        }
        XACT_EVENT_COMMIT | XACT_EVENT_ABORT | XACT_EVENT_PREPARE => forget(|_| true),
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
        SUBXACT_EVENT_COMMIT_SUB => ASKED.with(|asked| {
            let mut asked = asked.try_borrow_mut();
            for savepoint in asked.iter_mut().flat_map(|asked| asked.iter_mut()) {
                if *savepoint == ending {
                    *savepoint = parent;
                }
            }
        }),
        _ => {}
    }
}

/// Nothing here can fail: it also runs while an error is cleaned up.
fn forget(which: impl Fn(pg_sys::SubTransactionId) -> bool) {
    ASKED.with(|asked| {
        if let Ok(mut asked) = asked.try_borrow_mut() {
            asked.retain(|&savepoint| !which(savepoint));
        }
    });
}
