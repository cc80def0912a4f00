//! As whom a session acts in place of its own identity (semantics: Who and why, *Acting as somebody else*).
//!
//! It ends with the transaction, and where it began in one that is rolled back, with the savepoint: so it is
//! kept by the (sub)transactions in which it began. A setting would end where a function with settings of its own
//! returns, and anybody could give it.

use pgrx::pg_sys;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::rc::Rc;

/// A user in whose place the session acts, and since when.
struct Acting {
    user_key: Rc<str>,
    since: pg_sys::SubTransactionId,
}

thread_local! {
    /// The last one counts.
    static ACTING: RefCell<Vec<Acting>> = const { RefCell::new(Vec::new()) };
    static ON_CHANGE: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// `on_change` runs when the session has come to act as another. It cannot fail.
pub fn install(on_change: fn()) {
    ON_CHANGE.set(Some(on_change));
    // SAFETY: called once, while the library is loaded, with functions that live as long as the process.
    unsafe {
        pg_sys::RegisterXactCallback(Some(transaction_ends), std::ptr::null_mut());
        pg_sys::RegisterSubXactCallback(Some(savepoint_ends), std::ptr::null_mut());
    }
}

/// The key of the user as whom the session acts, if it does.
pub fn user_key() -> Option<Rc<str>> {
    ACTING.with_borrow(|acting| acting.last().map(|last| last.user_key.clone()))
}

/// From the next statement on, and for the rest of the transaction.
pub fn begin(user_key: Rc<str>) {
    // SAFETY: reads the state of the transaction.
    let since = unsafe { pg_sys::GetCurrentSubTransactionId() };
    ACTING.with_borrow_mut(|acting| acting.push(Acting { user_key, since }));
    changed();
}

/// Acts as the leader of a parallel plan does: a worker works for one statement.
pub fn take_over(user_key: Option<Rc<str>>) {
    if user_key != self::user_key() {
        // It has no savepoints.
        let since = 0;
        ACTING.set(Vec::from_iter(
            user_key.map(|user_key| Acting { user_key, since }),
        ));
        changed();
    }
}

fn changed() {
    if let Some(on_change) = ON_CHANGE.get() {
        on_change();
    }
}

/// Keeps what passes. Nothing here can fail: it also runs while an error is cleaned up.
fn retain(passes: impl Fn(&Acting) -> bool) {
    let ended = ACTING.with(|acting| {
        acting.try_borrow_mut().is_ok_and(|mut acting| {
            let before = acting.len();
            acting.retain(passes);
            acting.len() < before
        })
    });
    if ended {
        changed();
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn transaction_ends(
    event: pg_sys::XactEvent::Type,
    _argument: *mut c_void,
) {
    use pg_sys::XactEvent::{XACT_EVENT_ABORT, XACT_EVENT_COMMIT, XACT_EVENT_PREPARE};
    if matches!(
        event,
        XACT_EVENT_COMMIT | XACT_EVENT_ABORT | XACT_EVENT_PREPARE
    ) {
        retain(|_| false);
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
        SUBXACT_EVENT_ABORT_SUB => retain(|acting| acting.since != ending),
        // It goes on in the transaction around.
        SUBXACT_EVENT_COMMIT_SUB => ACTING.with(|acting| {
            let mut acting = acting.try_borrow_mut();
            for acting in acting.iter_mut().flat_map(|acting| acting.iter_mut()) {
                if acting.since == ending {
                    acting.since = parent;
                }
            }
        }),
        _ => {}
    }
}
