//! The token by which a session is known whose statement came from another server: Citus carries SET LOCAL to where
//! the shards are, so `sharing.carried_token` holds the text of the token there, and is verified there.
//!
//! To set it is what `authenticate()` is: whoever has a token is its user, at every server that has the key, for as
//! long as it holds. It counts where Citus is, and where nobody can read the statements of the session
//! (`shows_statements`): the text stands in one, and with it others of the same database role would be its user.

use crate::catalog::read::citus;
use crate::catalog::read::snapshot::Snapshot;
use crate::pg::setting::held;
use crate::session::authentication::verified;
use crate::session::token::{SessionToken, TokenFailure, TokenState};
use pgrx::pg_sys;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_void};
use std::rc::Rc;

static mut CARRIED: *mut c_char = std::ptr::null_mut();
pub const SETTING: &CStr = c"sharing.carried_token";

/// What the text was found to be; None where it is no good token.
struct Verified {
    text: Rc<str>,
    session_user: pg_sys::Oid,
    token: Option<SessionToken>,
}

thread_local! {
    /// What the setting holds.
    static PRESENT: RefCell<Option<Rc<str>>> = const { RefCell::new(None) };
    static VERIFIED: RefCell<Option<Verified>> = const { RefCell::new(None) };
    /// Whether other servers have to be told.
    static IS_NEWS: Cell<bool> = const { Cell::new(false) };
    /// Whether the transaction is over, and PostgreSQL may be giving back what the setting held before.
    static IS_OVER: Cell<bool> = const { Cell::new(false) };
    /// Whether the setting is set for other servers alone.
    static TELLING: Cell<bool> = const { Cell::new(false) };
    static ON_CHANGE: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// `on_change` runs when the session has come to be known by another token, or by none. It cannot fail.
pub fn install(on_change: fn()) {
    ON_CHANGE.set(Some(on_change));
    // SAFETY: called once, while the library is loaded, with names, a variable and functions that live as long
    // as the process.
    unsafe {
        pg_sys::DefineCustomStringVariable(
            SETTING.as_ptr(),
            c"The token of a session whose statement came from another server of Citus.".as_ptr(),
            c"Set by pg_sharing.".as_ptr(),
            &raw mut CARRIED,
            c"".as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            (pg_sys::GUC_NO_SHOW_ALL | pg_sys::GUC_NOT_IN_SAMPLE | pg_sys::GUC_DISALLOW_IN_FILE)
                as i32,
            Some(may_be_set),
            Some(assigned),
            None,
        );
        pg_sys::RegisterXactCallback(Some(transaction_ends), std::ptr::null_mut());
    }
}

/// Whether the session was told of a token by another server.
pub fn is_present() -> bool {
    PRESENT.with_borrow(Option::is_some)
}

/// The text of that token.
pub fn text() -> Option<Rc<str>> {
    PRESENT.with_borrow(Clone::clone)
}

/// Its state by the clock; None where there is none. Reads nothing: what nobody has verified fails.
pub fn present(session_user: pg_sys::Oid) -> Option<TokenState> {
    PRESENT.with_borrow(|text| {
        let text = text.as_ref()?;
        VERIFIED.with_borrow(|verified| {
            let verified = verified.as_ref();
            let verified = verified
                .filter(|verified| (verified.session_user, &verified.text) == (session_user, text));
            Some(match verified.map(|verified| &verified.token) {
                None => TokenState::Fails(TokenFailure::Unknown),
                Some(None) => TokenState::Fails(TokenFailure::NotVerified),
                Some(Some(token)) => token.present_state(),
            })
        })
    })
}

/// Verifies the token, where that was not done. A bad one may be good once its key has come.
pub fn find_out(session_user: pg_sys::Oid, snapshot: &Snapshot) {
    let Some(text) = text() else {
        return;
    };
    let is_known = VERIFIED.with_borrow(|verified| {
        let verified = verified
            .as_ref()
            .filter(|verified| verified.token.is_some());
        verified.is_some_and(|verified| {
            (verified.session_user, &verified.text) == (session_user, &text)
        })
    });
    if is_known {
        return;
    }
    let token = match citus::is_here() {
        true => verified(&text, snapshot).ok(),
        false => None,
    };
    VERIFIED.set(Some(Verified {
        text,
        session_user,
        token: token.map(|(token, fingerprint)| SessionToken::new(token, fingerprint)),
    }));
}

/// What lets others of the same database role read the statements of this session, if anything does.
pub fn shows_statements() -> Option<&'static str> {
    // SAFETY: reads variables of this process; a value ends in NUL.
    unsafe {
        if pg_sys::pgstat_track_activities {
            return Some("track_activities is on");
        }
    }
    collects_statements()
}

/// The same of what is executed within statements, too.
pub fn collects_statements() -> Option<&'static str> {
    let holds = |name: &CStr, value: &CStr| held(name).is_some_and(|held| held.as_c_str() == value);
    let is_collected = holds(c"pg_stat_statements.track_utility", c"on")
        && !holds(c"pg_stat_statements.track", c"none");
    is_collected.then_some("pg_stat_statements.track_utility is on")
}

/// Whether other servers have to be told of the session's token: it may be another one than when they were told.
pub fn is_news() -> bool {
    IS_NEWS.get()
}

/// It is another one.
pub fn becomes_news() {
    IS_NEWS.set(true);
}

/// While it lives, the setting is set for other servers, and says nothing of this session. Then they were told.
pub struct TellingOthers(());

impl TellingOthers {
    pub fn begin() -> TellingOthers {
        TELLING.set(true);
        TellingOthers(())
    }
}

impl Drop for TellingOthers {
    /// After an error, too, which unwinds the stack.
    fn drop(&mut self) {
        TELLING.set(false);
        IS_NEWS.set(std::thread::panicking());
    }
}

/// In a session, while it lasts: kept for later ones, or on a function, it would make others its user.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn may_be_set(
    new: *mut *mut c_char,
    _extra: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: PostgreSQL passes the value, which may be null, and reads a variable of this process.
    unsafe {
        let is_empty = (*new).is_null() || **new == 0;
        is_empty || source == pg_sys::GucSource::PGC_S_SESSION || pg_sys::InitializingParallelWorker
    }
}

/// Also runs while an error is cleaned up: nothing here can fail.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn assigned(new: *const c_char, _extra: *mut c_void) {
    // SAFETY: PostgreSQL passes the string that the variable is about to point to, or null.
    let text = unsafe { (!new.is_null()).then(|| CStr::from_ptr(new)) };
    // SAFETY: reads the state of the transaction.
    if unsafe { pg_sys::IsTransactionState() } {
        IS_OVER.set(false);
    }
    let text = text.filter(|text| !text.is_empty() && !IS_OVER.get());
    if !TELLING.get() {
        IS_NEWS.set(true);
        becomes(text.map(|text| text.to_string_lossy().into()));
    }
}

/// It counts in the transaction that set it, whatever happens to the setting: else it would outlive a token that is
/// for a transaction, under a pooler for whoever comes next.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn transaction_ends(
    event: pg_sys::XactEvent::Type,
    _argument: *mut c_void,
) {
    use pg_sys::XactEvent::{XACT_EVENT_ABORT, XACT_EVENT_COMMIT, XACT_EVENT_PREPARE};
    if [XACT_EVENT_ABORT, XACT_EVENT_COMMIT, XACT_EVENT_PREPARE].contains(&event) {
        IS_OVER.set(true);
        becomes(None);
    }
}

/// Nothing here can fail.
fn becomes(text: Option<Rc<str>>) {
    let is_same = PRESENT.with(|present| {
        let before = present.try_borrow().ok();
        before.is_some_and(|before| *before == text)
    });
    if is_same {
        return;
    }
    PRESENT.set(text);
    if let Some(on_change) = ON_CHANGE.get() {
        on_change();
    }
}
