//! From the caller of a statement to the user that they are (semantics: Who is asking).

use crate::catalog::read::people::{People, user_of_db_role};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::{Identity, Source, State};
use crate::catalog::read::token_keys::token_key;
use crate::catalog::read::trust::{Trust, trust};
use crate::core::org::User;
use crate::core::trust::{Claimed, TrustSource};
use crate::core::{Error, Result, Sqlstate};
use crate::session::caller::Caller;
use crate::session::source_setting;
use crate::session::token::{TokenFailure, TokenState};
use std::rc::Rc;

/// The identity of `caller` by `state`, which `snapshot` sees. None is nobody.
pub fn identity(
    caller: &Caller,
    state: &State,
    snapshot: &Snapshot,
) -> Result<Option<Rc<Identity>>> {
    if state.generation.is_lapsed {
        return Ok(None);
    }
    let standing = standing(
        caller,
        || state.trust(caller.session_user, snapshot),
        |kid| state.token_key(kid, snapshot),
    )?;
    match standing.source {
        Some(source) => state.identity(source, snapshot, |source| find(source, snapshot)),
        None => Ok(None),
    }
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
    if state.generation.is_lapsed {
        return Ok(None);
    }
    let source = Source::UserKey(key.into());
    state.identity(source, snapshot, |source| find(source, snapshot))
}

/// The key of the identity, straight from the tables: a transaction that changes the configuration
/// would read the whole of it again for every change.
pub fn identity_key(caller: &Caller, snapshot: &Snapshot) -> Result<Option<String>> {
    let found = match standing_by(caller, snapshot)?.source {
        Some(source) => find(&source, snapshot)?,
        None => None,
    };
    Ok(found.filter(|(_, user)| user.active).map(|(key, _)| key))
}

/// Who a caller says they are, and what is known of that.
pub struct Claim {
    /// From what their sessions take a user, if they are trusted to name one.
    pub trust: Option<Trust>,
    pub standing: Identification,
    /// Also one who is not active.
    pub user: Option<(String, User)>,
}

/// The claim of `caller`, as `snapshot` sees it.
pub fn claim(caller: &Caller, snapshot: &Snapshot) -> Result<Claim> {
    let trust = trust(caller.session_user, snapshot)?;
    let standing = standing_by(caller, snapshot)?;
    let user = match &standing.source {
        Some(source) => find(source, snapshot)?,
        None => None,
    };
    Ok(Claim {
        trust,
        standing,
        user,
    })
}

/// The strongest source that is present.
#[derive(Clone, Debug, PartialEq)]
pub enum KnownBy {
    Acting,
    Token(Option<TokenFailure>),
    UserKey,
    Setting(Rc<TrustSource>),
    DbRole,
}

/// By what a caller is known. A source that is present and fails means nobody: it never falls to a weaker one.
pub struct Identification {
    pub by: KnownBy,
    /// None where it names nobody who could be looked for.
    pub source: Option<Source>,
}

impl Identification {
    fn of_user(by: KnownBy, key: &Rc<str>) -> Identification {
        let source = Some(Source::UserKey(key.clone()));
        Identification { by, source }
    }
}

fn standing_by(caller: &Caller, snapshot: &Snapshot) -> Result<Identification> {
    let key = |kid: &Rc<str>| Ok(token_key(kid, snapshot)?.map(|key| key.fingerprint()));
    standing(caller, || trust(caller.session_user, snapshot), key)
}

fn standing(
    caller: &Caller,
    trust: impl FnOnce() -> Result<Option<Trust>>,
    key: impl FnOnce(&Rc<str>) -> Result<Option<[u8; 32]>>,
) -> Result<Identification> {
    let failed = |failure| {
        let by = KnownBy::Token(Some(failure));
        Ok(Identification { by, source: None })
    };
    let by_token = match &caller.token {
        None => None,
        Some(TokenState::Fails(failure)) => return failed(*failure),
        Some(TokenState::Holds(claim)) if key(&claim.kid)? != Some(claim.fingerprint) => {
            return failed(TokenFailure::KeyGone);
        }
        Some(TokenState::Holds(claim)) => Some(&claim.user_key),
    };
    if let Some(key) = &caller.acting_as {
        return Ok(Identification::of_user(KnownBy::Acting, key));
    }
    if let Some(key) = by_token {
        return Ok(Identification::of_user(KnownBy::Token(None), key));
    }
    let by_db_role = Identification {
        by: KnownBy::DbRole,
        source: Some(Source::DbRole(caller.current_user)),
    };
    if caller.requires_token {
        return Ok(by_db_role);
    }
    Ok(match trust()? {
        Some(Trust::UserKey) => match &caller.user_key {
            Some(key) => Identification::of_user(KnownBy::UserKey, key),
            None => by_db_role,
        },
        Some(Trust::Setting(source)) => match claimed_by(caller, &source)? {
            Claimed::Nothing => by_db_role,
            Claimed::Key(key) => {
                Identification::of_user(KnownBy::Setting(source), &key.as_str().into())
            }
            Claimed::Nobody => Identification {
                by: KnownBy::Setting(source),
                source: None,
            },
        },
        None => by_db_role,
    })
}

/// What the caller's source said when the statement began. It is looked at from the first statement of a session
/// on; where the source has become another one since, the statement begins again.
fn claimed_by(caller: &Caller, source: &Rc<TrustSource>) -> Result<Claimed> {
    match &caller.claim {
        Some(claim) if claim.source == *source => Ok(claim.claimed.clone()),
        _ => {
            let trust = Trust::Setting(source.clone());
            source_setting::watch(caller.session_user, Some(&trust));
            Err(Error::new(
                Sqlstate::Retry,
                "where the sessions of this database role take their user from was changed",
            )
            .hint("Run the transaction again."))
        }
    }
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
