//! What a session knows of its callers, for plans that depend on who asks (`plans`): who is out of the ordinary, and
//! whom rules reach over relations.

use crate::catalog::read::shared::{self, Subject};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::{Identity, State};
use crate::core::Result;
use crate::core::ordinary::{Reached, is_extraordinary};
use crate::session::caller::Caller;
use crate::session::identity::identity;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::convert::Infallible;

/// As many as fit into the table before it doubles from 16,384 places.
const CALLERS: usize = 14_000;

/// What is known of a caller.
#[derive(Default)]
struct KnownCaller {
    /// Whether they may see everything where ordinary callers see only some owners' records.
    extraordinary: bool,
    /// Whether rules may let them read so, where that was asked.
    reaches: Vec<(Reached, bool)>,
}

impl KnownCaller {
    fn reaches(&self, reached: Reached) -> Option<bool> {
        let mut known = self.reaches.iter();
        known.find(|known| known.0 == reached).map(|known| known.1)
    }
}

thread_local! {
    static CALLERS_SEEN: RefCell<(u128, FxHashMap<Caller, KnownCaller>)> = RefCell::default();
}

/// Remembers whether a caller is out of the ordinary, for when the session switches to them.
/// Returns whether the caller was new.
pub fn note_caller(caller: &Caller, state: &State, me: Option<&Identity>) -> bool {
    let stamp = state.generation.stamp;
    if state.generation.own {
        // People may still change under this stamp: so nobody is known under it, nor by what was so before.
        CALLERS_SEEN.take();
        return false;
    }
    let is_known = CALLERS_SEEN
        .with_borrow(|(seen_under, callers)| *seen_under == stamp && callers.contains_key(caller));
    if is_known {
        return false;
    }
    let extraordinary = me.is_some_and(|me| {
        let find_out = || Ok::<_, Infallible>(is_extraordinary(&state.configuration.org, me));
        let Ok(extraordinary) =
            shared::or_find_out(&state.generation, Subject::Extraordinary, me.id, find_out);
        extraordinary
    });
    let known = KnownCaller {
        extraordinary,
        reaches: Vec::new(),
    };
    CALLERS_SEEN.with_borrow_mut(|(seen_under, callers)| {
        if *seen_under != stamp || callers.len() >= CALLERS {
            *seen_under = stamp;
            callers.clear();
        }
        callers.insert(caller.clone(), known);
    });
    true
}

/// Whether a caller was noted as an ordinary one. Never fails.
pub fn is_ordinary(caller: &Caller) -> bool {
    CALLERS_SEEN.with(|seen| {
        seen.try_borrow()
            .is_ok_and(|seen| seen.1.get(caller).is_some_and(|known| !known.extraordinary))
    })
}

/// Whether it is known of a caller that no rule lets them read any of these. Never fails.
pub fn is_known_not_to_reach(caller: &Caller, all: &[Reached]) -> bool {
    CALLERS_SEEN.with(|seen| {
        seen.try_borrow().is_ok_and(|seen| {
            let known = seen.1.get(caller);
            known.is_some_and(|known| all.iter().all(|&one| known.reaches(one) == Some(false)))
        })
    })
}

/// Whether rules may let a caller read so, by what a snapshot sees. In doubt they may.
pub fn reaches(caller: &Caller, reached: Reached, snapshot: &Snapshot) -> Result<bool> {
    let Some(state) = State::seen_by(snapshot)? else {
        return Ok(true);
    };
    let (is_new, does) = find_reached(caller, reached, &state, snapshot)?;
    if is_new && let Some(unnamed) = caller.unnamed() {
        // The session goes back to this one when SET LOCAL ends.
        find_reached(&unnamed, reached, &state, snapshot)?;
    }
    Ok(does)
}

/// Whether that was not known before, and what it is.
fn find_reached(
    caller: &Caller,
    reached: Reached,
    state: &State,
    snapshot: &Snapshot,
) -> Result<(bool, bool)> {
    let stamp = state.generation.stamp;
    let known = CALLERS_SEEN.with_borrow(|(seen_under, callers)| {
        let is_of_state = *seen_under == stamp && !state.generation.own;
        let known = callers.get(caller).filter(|_| is_of_state);
        known.and_then(|known| known.reaches(reached))
    });
    if let Some(does) = known {
        return Ok((false, does));
    }
    let me = identity(caller, state, snapshot)?;
    let org = &state.configuration.org;
    let does = me.as_deref().is_some_and(|me| reached.is_of(org, me));
    // Rules may still change under a stamp of this very transaction.
    if !state.generation.own {
        note_caller(caller, state, me.as_deref());
        CALLERS_SEEN.with_borrow_mut(|(_, callers)| {
            if let Some(known) = callers.get_mut(caller) {
                known.reaches.push((reached, does));
            }
        });
    }
    Ok((true, does))
}
