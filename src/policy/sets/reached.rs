//! What a caller reaches, by the state of the configuration that counts.

use crate::catalog::read::names;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::{LastRead, Snapshot};
use crate::catalog::read::state::State;
use crate::catalog::read::version;
use crate::core::decision::Way;
use crate::core::{Action, Result};
use crate::pg::clock;
use crate::policy::sets::callers;
use crate::policy::sets::keys::{KeyType, text_of_key};
use crate::policy::sets::owner_sets::owner_set;
use crate::policy::sets::owners::{ColumnTypes, OwnerSet};
use crate::policy::sets::received;
use crate::policy::sets::since::is_protected_as_before;
use crate::session::caller::Caller;
use crate::session::identity::identity;
use pgrx::pg_sys;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};

/// By which state an action is judged: reading by the statement's own, the others by the latest. (The
/// target of a MERGE: `Asker::merges`.)
#[inline]
pub fn snapshot_for(action: Action) -> Option<Snapshot> {
    match action {
        Action::Read => Snapshot::of_statement(),
        _ => Some(Snapshot::latest()),
    }
}

/// The owner set of `caller`, by the state of the configuration that counts for `action`.
pub fn fetch(
    caller: &Caller,
    relation: pg_sys::Oid,
    way: Way,
    action: Action,
    types: ColumnTypes,
) -> Result<Rc<OwnerSet>> {
    match snapshot_for(action) {
        Some(snapshot) => fetch_by(&snapshot, caller, relation, way, action, types),
        None => Ok(Rc::new(OwnerSet::nothing(types))),
    }
}

/// What is asked of a table's owners, for a caller.
type OwnerQuestion = (pg_sys::Oid, Way, Action, ColumnTypes);

/// What a caller asked lately, while policies and names were the same. The sets are kept by `memory` alone.
struct LatelyFetched {
    caller: Caller,
    names: u64,
    /// While no end has passed since (`pg::clock`).
    ends_passed: Option<u64>,
    sets: Vec<(OwnerQuestion, Weak<OwnerSet>)>,
}

/// More are asked by few statements.
const LATELY_FETCHED: usize = 64;

thread_local! {
    /// By snapshots that see the same: a statement asks while it is planned, and again when it runs, and the
    /// next statement of a loop asks the same.
    static LATELY: LastRead<Rc<RefCell<Option<LatelyFetched>>>> = LastRead::default();
}

/// The owners in the table `relation` by whom `caller` may do `action`, by the state that `snapshot`
/// sees: with their records or, over a relation, with the children of these. Nobody reaches
/// nothing, and a table that is no module shows nothing.
pub fn fetch_by(
    snapshot: &Snapshot,
    caller: &Caller,
    relation: pg_sys::Oid,
    way: Way,
    action: Action,
    types: ColumnTypes,
) -> Result<Rc<OwnerSet>> {
    version::check()?;
    let question = (relation, way, action, types);
    let lately = LATELY.with(|last| last.or_read(snapshot, || Some(Rc::default())));
    let (names, ends_passed) = (names::changes(), clock::ends_passed());
    let is_now = |known: &LatelyFetched| {
        let of_names = known.names == names && known.caller == *caller;
        of_names && known.ends_passed.is_some() && known.ends_passed == ends_passed
    };
    if let Some(lately) = &lately
        && let Some(known) = &*lately.borrow()
        && is_now(known)
        && let Some((_, set)) = known.sets.iter().find(|(asked, _)| *asked == question)
        && let Some(set) = set.upgrade()
    {
        return Ok(set);
    }
    let set = find(snapshot, caller, question)?;
    // What is looked up may bring news of changes.
    if let Some(lately) = lately
        && names::changes() == names
    {
        let mut lately = lately.borrow_mut();
        let known = lately
            .take()
            .filter(is_now)
            .filter(|known| known.sets.len() < LATELY_FETCHED);
        let mut known = known.unwrap_or_else(|| LatelyFetched {
            caller: caller.clone(),
            names,
            ends_passed,
            sets: Vec::new(),
        });
        known.sets.retain(|(asked, _)| *asked != question);
        known.sets.push((question, Rc::downgrade(&set)));
        *lately = Some(known);
    }
    Ok(set)
}

fn find(
    snapshot: &Snapshot,
    caller: &Caller,
    (relation, way, action, types): OwnerQuestion,
) -> Result<Rc<OwnerSet>> {
    // Also of what a worker was given: a leader remembers the sets of tables by the state of the
    // configuration alone.
    let as_before = is_protected_as_before(relation, snapshot);
    if as_before
        && let Some(set) = received::received(snapshot, caller, relation, way, action, types)
    {
        return Ok(set);
    }
    let nothing = || Ok(Rc::new(OwnerSet::nothing(types)));
    let Some(state) = State::seen_by(snapshot)? else {
        return nothing();
    };
    let me = identity(caller, &state, snapshot)?;
    if callers::note_caller(caller, &state, me.as_deref())
        && let Some(unnamed) = caller.unnamed()
    {
        // The session goes back to this one when SET LOCAL ends.
        let user = identity(&unnamed, &state, snapshot)?;
        callers::note_caller(&unnamed, &state, user.as_deref());
    }
    let Some(me) = me else { return nothing() };
    match state.table(relation) {
        Some(table) if as_before => owner_set(&state, snapshot, &me, table, way, action, types),
        _ => nothing(),
    }
}

/// Whether a value of a user column is a user's key.
///
/// # Safety
/// `key` must be of the key type.
#[inline]
pub unsafe fn is_user(
    known_users: &mut HashMap<String, bool>,
    key_type: KeyType,
    key: pg_sys::Datum,
    snapshot: &Snapshot,
) -> Result<bool> {
    // SAFETY: by the caller's promise.
    let Some(key) = (unsafe { text_of_key(key_type, key) }) else {
        return Ok(false);
    };
    if let Some(&known) = known_users.get(&key) {
        return Ok(known);
    }
    let known = People::open()?.by_key(&key, snapshot).is_some();
    known_users.insert(key, known);
    Ok(known)
}
