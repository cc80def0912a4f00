//! The token by which a session is known (semantics: Who is asking, *Signed tokens*).
//!
//! What was found good is kept here, under a number, and the setting `sharing.token_in_use` holds the number.
//! So PostgreSQL says when a token ends: with a rollback of the transaction or of the savepoint, with RESET ALL
//! and DISCARD ALL. Nobody can give the setting a value but `authenticate()`: a number that somebody has seen
//! opens nothing. What PostgreSQL does not know is that a token for the transaction ends at its commit: SET
//! LOCAL would end where a function with settings of its own returns, and such functions are where people
//! authenticate.

use crate::core::token::Token;
use crate::pg::process;
use crate::pg::setting::{self, Until};
use pgrx::pg_sys;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_void};
use std::rc::Rc;

/// Who a token names, and by which key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenClaim {
    pub user_key: Rc<str>,
    pub kid: Rc<str>,
    /// By which the key is known again.
    pub fingerprint: [u8; 32],
}

/// What the token of a session is worth when it is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TokenState {
    /// By the clock. The key is asked about with a snapshot.
    Holds(Rc<TokenClaim>),
    Fails(TokenFailure),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TokenFailure {
    Expired,
    /// The clock was put back.
    NotValidYet,
    KeyGone,
    /// A worker that was told nothing of the token of its leader.
    Unknown,
    /// What another server told of it is not good here.
    NotVerified,
}

pub(super) struct SessionToken {
    claim: Rc<TokenClaim>,
    begins: i64,
    ends: i64,
    /// It says nothing of another.
    session_user: pg_sys::Oid,
    /// Empty where it was told by another server.
    text: Rc<str>,
}

/// A token that was given in the transaction under way.
struct GivenToken {
    number: u64,
    token: Rc<SessionToken>,
    for_session: bool,
    /// That of the session, which comes back when the transaction ends.
    below: Option<Rc<SessionToken>>,
}

#[derive(Default)]
struct Tokens {
    given: Vec<GivenToken>,
    /// What the number stands for that the setting held when the last transaction ended.
    settled: Option<(u64, Option<Rc<SessionToken>>)>,
    last_number: u64,
}

static mut TOKEN_IN_USE: *mut c_char = std::ptr::null_mut();
const SETTING: &CStr = c"sharing.token_in_use";

thread_local! {
    static TOKENS: RefCell<Tokens> = RefCell::default();
    /// The number in the setting; 0 is none.
    static PRESENT: Cell<u64> = const { Cell::new(0) };
    /// Whether it is `give` that sets the setting.
    static GIVING: Cell<bool> = const { Cell::new(false) };
    /// What the leader of a parallel plan had, in its worker.
    static TAKEN: RefCell<Option<Option<TokenState>>> = const { RefCell::new(None) };
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
            c"The number of the token by which the session is known.".as_ptr(),
            c"Set by sharing.authenticate() alone.".as_ptr(),
            &raw mut TOKEN_IN_USE,
            c"".as_ptr(),
            pg_sys::GucContext::PGC_SUSET,
            (pg_sys::GUC_NO_SHOW_ALL | pg_sys::GUC_NOT_IN_SAMPLE | pg_sys::GUC_DISALLOW_IN_FILE)
                as i32,
            Some(may_be_set),
            Some(assigned),
            None,
        );
        pg_sys::RegisterXactCallback(Some(transaction_ends), std::ptr::null_mut());
    }
}

/// The state of the token by which the session is known, by the clock; None where it has none. Reads nothing.
pub fn present(session_user: pg_sys::Oid) -> Option<TokenState> {
    if let Some(taken) = TAKEN.with_borrow(Clone::clone) {
        return taken;
    }
    let number = PRESENT.get();
    if number == 0 {
        return None;
    }
    TOKENS.with_borrow(|tokens| match tokens.of_number(number) {
        None => Some(TokenState::Fails(TokenFailure::Unknown)),
        Some(None) => None,
        Some(Some(token)) if token.session_user != session_user => None,
        Some(Some(token)) => Some(token.present_state()),
    })
}

/// The text of the token by which the session is known, where it has one.
pub fn text(session_user: pg_sys::Oid) -> Option<Rc<str>> {
    TOKENS.with_borrow(|tokens| {
        let token = tokens.of_number(PRESENT.get())??;
        (token.session_user == session_user).then(|| token.text.clone())
    })
}

/// Lets the session be known by a token, whose text is kept for other servers: from the next statement on, until it
/// is over or taken back.
pub fn give(token: Token, fingerprint: [u8; 32], text: &str) {
    let for_session = token.for_session;
    let session_token = SessionToken {
        text: text.into(),
        ..SessionToken::new(token, fingerprint)
    };
    let number = TOKENS.with_borrow_mut(|tokens| {
        tokens.last_number += 1;
        let number = tokens.last_number;
        let below = tokens.after_commit(PRESENT.get());
        tokens.given.push(GivenToken {
            number,
            token: Rc::new(session_token),
            for_session,
            below,
        });
        number
    });
    let _giving = Giving::begin();
    let value = CString::new(number.to_string()).unwrap_or_default();
    setting::set_reserved(SETTING, &value, Until::SetAgain);
}

/// Goes by what the leader of a parallel plan found when its statement began: a worker has no clock of its own.
pub fn take_over(state: Option<TokenState>) {
    TAKEN.set(Some(state));
}

impl SessionToken {
    pub(super) fn new(token: Token, fingerprint: [u8; 32]) -> SessionToken {
        let claim = TokenClaim {
            user_key: token.user_key.into(),
            kid: token.kid.into(),
            fingerprint,
        };
        SessionToken {
            claim: Rc::new(claim),
            begins: token.begins,
            ends: token.ends,
            session_user: process::users().0,
            text: "".into(),
        }
    }

    pub(super) fn present_state(&self) -> TokenState {
        self.state(process::clock())
    }

    fn state(&self, now: i64) -> TokenState {
        if now >= self.ends {
            TokenState::Fails(TokenFailure::Expired)
        } else if now < self.begins {
            TokenState::Fails(TokenFailure::NotValidYet)
        } else {
            TokenState::Holds(self.claim.clone())
        }
    }
}

impl Tokens {
    /// What a number stands for: None where that is not known.
    fn of_number(&self, number: u64) -> Option<Option<Rc<SessionToken>>> {
        // The last one is asked about most.
        let mut given = self.given.iter().rev();
        if let Some(given) = given.find(|given| given.number == number) {
            return Some(Some(given.token.clone()));
        }
        let settled = self.settled.as_ref();
        settled
            .filter(|settled| settled.0 == number)
            .map(|settled| settled.1.clone())
    }

    /// What is left of the token with a number once the transaction is committed.
    fn after_commit(&self, number: u64) -> Option<Rc<SessionToken>> {
        let mut given = self.given.iter().rev();
        match given.find(|given| given.number == number) {
            Some(given) if given.for_session => Some(given.token.clone()),
            Some(given) => given.below.clone(),
            None => self.before(number),
        }
    }

    /// What the session had before the transaction, where the setting still says so.
    fn before(&self, number: u64) -> Option<Rc<SessionToken>> {
        let settled = self.settled.as_ref();
        settled
            .filter(|settled| settled.0 == number)
            .and_then(|settled| settled.1.clone())
    }
}

/// While it lives, the setting may be set.
struct Giving;

impl Giving {
    fn begin() -> Giving {
        GIVING.set(true);
        Giving
    }
}

impl Drop for Giving {
    // Also when an error unwinds.
    fn drop(&mut self) {
        GIVING.set(false);
    }
}

fn changed() {
    if let Some(on_change) = ON_CHANGE.get() {
        on_change();
    }
}

/// Workers are given the settings of their leader. Else only `give` sets it, and everybody may empty it who
/// may set it at all.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn may_be_set(
    new: *mut *mut c_char,
    _extra: *mut *mut c_void,
    _source: pg_sys::GucSource::Type,
) -> bool {
    // SAFETY: PostgreSQL passes the value, which may be null, and reads a variable of this process.
    unsafe {
        let is_empty = (*new).is_null() || **new == 0;
        is_empty || GIVING.get() || pg_sys::InitializingParallelWorker
    }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn assigned(new: *const c_char, _extra: *mut c_void) {
    let number = match new.is_null() {
        true => 0,
        // SAFETY: PostgreSQL passes the string that the variable is about to point to.
        false => match unsafe { CStr::from_ptr(new) }.to_str() {
            Ok("") => 0,
            // What is no number is none that was given.
            text => text
                .ok()
                .and_then(|text| text.parse().ok())
                .unwrap_or(u64::MAX),
        },
    };
    if PRESENT.replace(number) != number {
        changed();
    }
}

/// Comes before PostgreSQL puts settings back.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn transaction_ends(
    event: pg_sys::XactEvent::Type,
    _argument: *mut c_void,
) {
    use pg_sys::XactEvent::{XACT_EVENT_ABORT, XACT_EVENT_COMMIT, XACT_EVENT_PREPARE};
    let number = PRESENT.get();
    // Nothing here can fail: it also runs while an error is cleaned up.
    let ended = TOKENS.with(|tokens| {
        let Ok(mut tokens) = tokens.try_borrow_mut() else {
            return false;
        };
        if tokens.given.is_empty() {
            return false;
        }
        match event {
            // What was given in a transaction that is not sure to be committed goes with it.
            XACT_EVENT_PREPARE => {
                let before = tokens.settled.take().and_then(|settled| settled.1);
                tokens.settled = (number != 0).then_some((number, before));
            }
            XACT_EVENT_COMMIT => {
                let left = tokens.after_commit(number);
                tokens.settled = (number != 0).then_some((number, left));
            }
            XACT_EVENT_ABORT => {}
            _ => return false,
        }
        tokens.given.clear();
        event != XACT_EVENT_ABORT
    });
    if ended {
        changed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From its first moment until before its last, also where the clock is put back after it was taken.
    #[test]
    fn the_clock_decides_anew() {
        let claim = TokenClaim {
            user_key: "2".into(),
            kid: "k".into(),
            fingerprint: [0; 32],
        };
        let token = SessionToken {
            claim: Rc::new(claim),
            begins: 10,
            ends: 20,
            session_user: pg_sys::InvalidOid,
            text: "".into(),
        };
        let failed = |failure| TokenState::Fails(failure);
        let holds = TokenState::Holds(token.claim.clone());
        for (now, state) in [
            (9, failed(TokenFailure::NotValidYet)),
            (10, holds.clone()),
            (19, holds),
            (20, failed(TokenFailure::Expired)),
        ] {
            assert_eq!(token.state(now), state, "{now}");
        }
    }
}
