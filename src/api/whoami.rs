//! What a session is told of itself (semantics: Who is asking): why it is who it is, or nobody.

use crate::api::raise::OrRaise;
use crate::catalog::read::labels::{name_of_db_role, office_name, role_name};
use crate::catalog::read::lease::lapse;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::Source;
use crate::catalog::read::trust::Trust;
use crate::core::{Result, Right};
use crate::session::caller::Caller;
use crate::session::identity::{Claim, KnownBy, claim, identity_key};
use crate::session::token::TokenFailure;
use pgrx::pg_sys;
use pgrx::prelude::*;

/// The one row.
#[derive(Default)]
struct WhoamiRow {
    source: Option<String>,
    trusted: bool,
    user_key: Option<String>,
    found: bool,
    active: Option<bool>,
    name: Option<String>,
    role: Option<String>,
    office: Option<String>,
    rights: Option<Vec<String>>,
    note: String,
}

/// The name of a database role. One that was dropped has its number left.
fn name_or_number(role: pg_sys::Oid) -> String {
    name_of_db_role(role).unwrap_or_else(|| role.to_u32().to_string())
}

fn bypasses(role: pg_sys::Oid) -> bool {
    // SAFETY: asks the system caches about a role.
    unsafe { pg_sys::has_bypassrls_privilege(role) }
}

/// In words: what stands in the way of seeing anything, or of sharing deciding at all.
fn note(caller: &Caller, claim: &Claim, in_person: Option<String>) -> String {
    let quoted = |role| format!("\"{}\"", name_or_number(role));
    let session = quoted(caller.session_user);
    let mut notes = Vec::new();
    if caller.acting_as.is_some() {
        notes.push(match in_person {
            Some(key) => format!("user \"{key}\" acts as this user"),
            None => format!("role {} acts as this user", quoted(caller.current_user)),
        });
    } else if caller.user_key.is_some() && claim.standing.by != KnownBy::UserKey {
        notes.push(match (&claim.trust, &claim.standing.by) {
            (_, KnownBy::Token(_)) => "sharing.user_key counts for nothing beside a token".to_owned(),
            _ if caller.requires_token => {
                "sharing.user_key counts for nothing: sharing.require_token is on".to_owned()
            }
            (Some(_), _) => format!(
                "sharing.user_key counts for nothing: role {session} was trusted with another source"
            ),
            (None, _) => format!(
                "sharing.user_key counts for nothing: role {session} was not given to sharing.trust()"
            ),
        });
    }
    notes.extend(why_nobody(caller, claim));
    if bypasses(caller.current_user) {
        notes.push(format!(
            "role {} sees everything: row security does not hold for it",
            quoted(caller.current_user)
        ));
    }
    notes.join("; ")
}

/// In words, where it is so.
fn why_nobody(caller: &Caller, claim: &Claim) -> Vec<String> {
    match (&claim.standing.by, &claim.standing.source, &claim.user) {
        (KnownBy::Token(Some(failure)), ..) => {
            let why = match failure {
                TokenFailure::Expired => "the token has expired",
                TokenFailure::NotValidYet => "the token is not valid yet",
                TokenFailure::KeyGone => "the key of the token is no longer there",
                TokenFailure::Unknown => "the token is not known to this process",
                TokenFailure::NotVerified => {
                    "the token that another server told of is not valid here"
                }
            };
            vec![format!("nobody: {why}")]
        }
        (KnownBy::Setting(source), None, _) => vec![match &source.claim {
            Some(claim) => format!(
                "nobody: {} is no JSON object with a field \"{claim}\" that is a text or a number, and each field once",
                source.setting
            ),
            None => format!("nobody: what {} holds is no key", source.setting),
        }],
        (_, Some(Source::UserKey(key)), None) => {
            vec![format!("nobody: no user has the key \"{key}\"")]
        }
        (_, Some(Source::DbRole(role)), None) => {
            let no_user = format!(
                "nobody: role \"{}\" is the database role of no user",
                name_or_number(*role)
            );
            let not_set = match &claim.trust {
                _ if caller.requires_token => None,
                Some(Trust::UserKey) => Some("sharing.user_key is not set".to_owned()),
                Some(Trust::Setting(source)) => Some(format!("{} is not set", source.setting)),
                None => None,
            };
            [no_user].into_iter().chain(not_set).collect()
        }
        (.., Some((_, user))) if !user.active => {
            vec!["nobody: the user is not active".to_owned()]
        }
        _ => Vec::new(),
    }
}

fn told(caller: &Caller) -> Result<WhoamiRow> {
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(WhoamiRow::default());
    };
    let claim = claim(caller, &snapshot)?;
    let in_person = identity_key(&caller.in_person(), &snapshot)?;
    let lapsed = lapse(&snapshot).map(|lapse| format!("nobody: {lapse}"));
    let notes = [lapsed.unwrap_or_default(), note(caller, &claim, in_person)];
    let notes = notes.into_iter().filter(|note| !note.is_empty());
    let mut told = WhoamiRow {
        trusted: claim.trust.is_some(),
        note: notes.collect::<Vec<_>>().join("; "),
        ..WhoamiRow::default()
    };
    told.source = Some(match &claim.standing.by {
        KnownBy::Acting => "act_as".to_owned(),
        KnownBy::Token(_) => "token".to_owned(),
        KnownBy::UserKey => "sharing.user_key".to_owned(),
        KnownBy::Setting(source) => source.setting.clone(),
        KnownBy::DbRole => "db_role".to_owned(),
    });
    if let Some(Source::UserKey(key)) = &claim.standing.source {
        told.user_key = Some(key.to_string());
    }
    if let Some((key, user)) = claim.user {
        let rights = Right::ALL
            .into_iter()
            .filter(|&right| user.rights.has(right));
        told.user_key = Some(key);
        told.found = true;
        told.active = Some(user.active);
        told.name = People::open()?.name(user.id, &snapshot);
        told.role = user.role.and_then(|role| role_name(role, &snapshot));
        told.office = user
            .office
            .and_then(|office| office_name(office, &snapshot));
        told.rights = Some(rights.map(|right| right.label().to_owned()).collect());
    }
    Ok(told)
}

#[pg_extern(sql = false)]
#[allow(
    clippy::type_complexity,
    reason = "they are the columns of the SQL function"
)]
fn whoami() -> TableIterator<
    'static,
    (
        name!(session_user, String),
        name!(current_user, String),
        name!(source, Option<String>),
        name!(trusted, bool),
        name!(user_key, Option<String>),
        name!(found, bool),
        name!(active, Option<bool>),
        name!(user_name, Option<String>),
        name!(role, Option<String>),
        name!(office, Option<String>),
        name!(rights, Option<Vec<String>>),
        name!(note, Option<String>),
    ),
> {
    let caller = Caller::now();
    let told = told(&caller).or_raise();
    TableIterator::once((
        name_or_number(caller.session_user),
        name_or_number(caller.current_user),
        told.source,
        told.trusted,
        told.user_key,
        told.found,
        told.active,
        told.name,
        told.role,
        told.office,
        told.rights,
        Some(told.note).filter(|note| !note.is_empty()),
    ))
}
