//! Which callers of this session are out of the ordinary.

use crate::catalog::read::shared::{self, Subject};
use crate::catalog::read::state::{Identity, State};
use crate::core::ordinary::is_extraordinary;
use crate::session::caller::Caller;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::convert::Infallible;

const CALLERS: usize = 20_000;

thread_local! {
    /// Whether a caller may see everything where ordinary callers see only some owners' records.
    static CALLERS_SEEN: RefCell<(u128, FxHashMap<Caller, bool>)> = RefCell::default();
}

/// Remembers whether a caller is out of the ordinary, for when the session switches to them.
/// Returns whether the caller was new.
pub fn note_caller(caller: &Caller, state: &State, me: Option<&Identity>) -> bool {
    let stamp = state.generation.stamp;
    let is_known = CALLERS_SEEN
        .with_borrow(|(seen_under, callers)| *seen_under == stamp && callers.contains_key(caller));
    // Under a stamp of this very transaction, people may still change.
    if is_known && !state.generation.own {
        return false;
    }
    let extraordinary = me.is_some_and(|me| {
        let find_out = || Ok::<_, Infallible>(is_extraordinary(&state.configuration.org, me));
        let Ok(extraordinary) =
            shared::or_find_out(&state.generation, Subject::Extraordinary, me.id, find_out);
        extraordinary
    });
    CALLERS_SEEN.with_borrow_mut(|(seen_under, callers)| {
        if *seen_under != stamp || callers.len() >= CALLERS {
            *seen_under = stamp;
            callers.clear();
        }
        callers.insert(caller.clone(), extraordinary);
    });
    true
}

/// Whether a caller was noted as an ordinary one. Never fails.
pub fn is_ordinary(caller: &Caller) -> bool {
    CALLERS_SEEN.with(|seen| {
        seen.try_borrow()
            .is_ok_and(|seen| seen.1.get(caller) == Some(&false))
    })
}
