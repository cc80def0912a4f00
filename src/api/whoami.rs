//! What a session is told of itself (semantics: Who is asking): why it is who it is, or nobody.

use crate::api::raise::OrRaise;
use crate::catalog::read::labels::{office_name, role_name};
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::Source;
use crate::core::{Result, Right};
use crate::session::caller::Caller;
use crate::session::identity::{Claim, claim, identity_key};
use pgrx::pg_sys;
use pgrx::prelude::*;
use std::ffi::CStr;

/// The one row.
#[derive(Default)]
struct WhoamiRow {
    source: Option<&'static str>,
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
fn name_of_db_role(role: pg_sys::Oid) -> String {
    // SAFETY: asks the system caches; the name is palloc'd, or null.
    unsafe {
        let name = pg_sys::GetUserNameFromId(role, true);
        match name.is_null() {
            true => role.to_u32().to_string(),
            false => CStr::from_ptr(name).to_string_lossy().into_owned(),
        }
    }
}

fn bypasses(role: pg_sys::Oid) -> bool {
    // SAFETY: asks the system caches about a role.
    unsafe { pg_sys::has_bypassrls_privilege(role) }
}

/// In words: what stands in the way of seeing anything, or of sharing deciding at all.
fn note(caller: &Caller, claim: &Claim, in_person: Option<String>) -> String {
    let quoted = |role| format!("\"{}\"", name_of_db_role(role));
    let session = quoted(caller.session_user);
    let mut notes = Vec::new();
    if caller.acting_as.is_some() {
        notes.push(match in_person {
            Some(key) => format!("user \"{key}\" acts as this user"),
            None => format!("role {} acts as this user", quoted(caller.current_user)),
        });
    } else if caller.user_key.is_some() && !claim.trusted {
        notes.push(format!(
            "sharing.user_key counts for nothing: role {session} was not given to sharing.trust()"
        ));
    }
    match (&claim.source, &claim.user) {
        (Source::UserKey(key), None) => {
            notes.push(format!("nobody: no user has the key \"{key}\""));
        }
        (Source::DbRole(role), None) => {
            notes.push(format!(
                "nobody: role {} is the database role of no user",
                quoted(*role)
            ));
            if claim.trusted {
                notes.push("sharing.user_key is not set".to_owned());
            }
        }
        (_, Some((_, user))) if !user.active => {
            notes.push("nobody: the user is not active".to_owned());
        }
        _ => {}
    }
    if bypasses(caller.current_user) {
        notes.push(format!(
            "role {} sees everything: row security does not hold for it",
            quoted(caller.current_user)
        ));
    }
    notes.join("; ")
}

fn told(caller: &Caller) -> Result<WhoamiRow> {
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(WhoamiRow::default());
    };
    let claim = claim(caller, &snapshot)?;
    let mut told = WhoamiRow {
        trusted: claim.trusted,
        note: note(
            caller,
            &claim,
            identity_key(&caller.in_person(), &snapshot)?,
        ),
        ..WhoamiRow::default()
    };
    (told.source, told.user_key) = match &claim.source {
        Source::UserKey(key) => {
            let source = match caller.acting_as {
                Some(_) => "act_as",
                None => "sharing.user_key",
            };
            (Some(source), Some(key.to_string()))
        }
        Source::DbRole(_) => (Some("db_role"), None),
    };
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
        name!(source, Option<&'static str>),
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
        name_of_db_role(caller.session_user),
        name_of_db_role(caller.current_user),
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
