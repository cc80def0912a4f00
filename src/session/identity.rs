//! From the caller of a statement to the user that he is (SPEC 2).

use crate::catalog::read::People;
use crate::catalog::snapshot::Snapshot;
use crate::catalog::state::{Source, State};
use crate::core::Result;
use crate::core::org::User;
use crate::session::caller::Caller;
use std::rc::Rc;

/// The identity of `caller` by `state`, which `snapshot` sees. None is nobody.
pub fn identity(caller: &Caller, state: &State, snapshot: &Snapshot) -> Result<Option<Rc<User>>> {
    let source = match &caller.user_key {
        // A source that is present and fails means nobody: it never falls to a weaker one.
        Some(key) if state.is_trusted(caller.session_user, snapshot)? => {
            Source::UserKey(key.clone())
        }
        _ => Source::DbRole(caller.current_user),
    };
    state.identity(source, |source| {
        let people = People::open()?;
        match source {
            Source::UserKey(key) => Ok(people.by_key(key, snapshot)),
            Source::DbRole(role) => people.by_db_role(*role, snapshot),
        }
    })
}
