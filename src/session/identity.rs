//! From the caller of a statement to the user that they are (semantics: Who is asking).

use crate::catalog::read::configuration::is_trusted;
use crate::catalog::read::people::{People, user_of_db_role};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::{Identity, Source, State};
use crate::core::Result;
use crate::core::org::User;
use crate::session::caller::Caller;
use std::rc::Rc;

/// The identity of `caller` by `state`, which `snapshot` sees. None is nobody.
pub fn identity(
    caller: &Caller,
    state: &State,
    snapshot: &Snapshot,
) -> Result<Option<Rc<Identity>>> {
    let source = source(caller, || state.is_trusted(caller.session_user, snapshot))?;
    state.identity(source, snapshot, |source| find(source, snapshot))
}

/// The state that `snapshot` sees, and the identity of `caller` by it. None for nobody.
pub fn known_by(caller: &Caller, snapshot: &Snapshot) -> Result<Option<(Rc<State>, Rc<Identity>)>> {
    let Some(state) = State::seen_by(snapshot)? else {
        return Ok(None);
    };
    let me = identity(caller, &state, snapshot)?;
    Ok(me.map(|me| (state, me)))
}

/// The active user with a key, whoever calls.
pub fn known_as(key: &str, state: &State, snapshot: &Snapshot) -> Result<Option<Rc<Identity>>> {
    let source = Source::UserKey(key.into());
    state.identity(source, snapshot, |source| find(source, snapshot))
}

/// The key of the identity, straight from the tables: a transaction that changes the configuration
/// would read the whole of it again for every change.
pub fn identity_key(caller: &Caller, snapshot: &Snapshot) -> Result<Option<String>> {
    let source = source(caller, || is_trusted(caller.session_user, snapshot))?;
    let found = find(&source, snapshot)?.filter(|(_, user)| user.active);
    Ok(found.map(|(key, _)| key))
}

/// Who a caller says they are, and what is known of that.
pub struct Claim {
    /// Whether they may name a user by `sharing.user_key`.
    pub trusted: bool,
    pub source: Source,
    /// Also one who is not active.
    pub user: Option<(String, User)>,
}

/// The claim of `caller`, as `snapshot` sees it.
pub fn claim(caller: &Caller, snapshot: &Snapshot) -> Result<Claim> {
    let trusted = is_trusted(caller.session_user, snapshot)?;
    let source = source(caller, || Ok(trusted))?;
    let user = find(&source, snapshot)?;
    Ok(Claim {
        trusted,
        source,
        user,
    })
}

fn source(caller: &Caller, is_trusted: impl FnOnce() -> Result<bool>) -> Result<Source> {
    if let Some(key) = &caller.acting_as {
        return Ok(Source::UserKey(key.clone()));
    }
    Ok(match &caller.user_key {
        // A source that is present and fails means nobody: it never falls to a weaker one.
        Some(key) if is_trusted()? => Source::UserKey(key.clone()),
        _ => Source::DbRole(caller.current_user),
    })
}

fn find(source: &Source, snapshot: &Snapshot) -> Result<Option<(String, User)>> {
    match source {
        Source::UserKey(key) => {
            let user = People::open()?.by_key(key, snapshot);
            Ok(user.map(|user| (key.to_string(), user)))
        }
        Source::DbRole(role) => match user_of_db_role(*role, snapshot)? {
            Some(id) => Ok(People::open()?.by_id(id, snapshot)),
            None => Ok(None),
        },
    }
}
