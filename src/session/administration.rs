//! Who administers, and who has to be somebody (semantics: Who is asking; Administration and safety).

use crate::catalog::read::configuration;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::Identity;
use crate::catalog::write::elevation;
use crate::core::{Error, Result, Right};
use crate::session::caller::Caller;
use crate::session::identity::known_by;
use pgrx::pg_sys;
use std::rc::Rc;

/// The database role that calls: superuser, the extension's owner, or one that was given
/// `grant_admin`, itself or through membership.
pub fn is_db_administrator() -> Result<bool> {
    // SAFETY: reads a variable of this process.
    is_administering_role(unsafe { pg_sys::GetUserId() }, None)
}

/// Without a snapshot, by the latest state.
fn is_administering_role(role: pg_sys::Oid, snapshot: Option<&Snapshot>) -> Result<bool> {
    // SAFETY: asks the system caches about a role.
    if unsafe { pg_sys::superuser_arg(role) } || elevation::owner() == Some(role) {
        return Ok(true);
    }
    let administrators = match snapshot {
        Some(snapshot) => configuration::administrators(snapshot)?,
        None => configuration::administrators(&Snapshot::latest())?,
    };
    // SAFETY: as above; a role that was dropped is nobody's.
    Ok(administrators
        .into_iter()
        .any(|admin| unsafe { pg_sys::has_privs_of_role(role, admin) }))
}

/// The identity that calls has the right `administrator`.
fn is_administrator() -> Result<bool> {
    Ok(caller()?.is_some_and(|me| me.rights.has(Right::Administrator)))
}

/// Whether no record is hidden from the caller: row security does not hold for them, or they have the right
/// `administrator`.
pub fn sees_all_records() -> Result<bool> {
    // SAFETY: reads a variable of this process, and asks the system caches about a role.
    let bypasses = unsafe { pg_sys::has_bypassrls_privilege(pg_sys::GetUserId()) };
    Ok(bypasses || is_administrator()?)
}

/// Whether the caller administers, in either way.
pub fn administers() -> Result<bool> {
    Ok(is_db_administrator()? || is_administrator()?)
}

/// Whether the caller of a statement administers, in either way, by what its snapshot sees: for functions that
/// only read, also in parallel plans, where there is no latest snapshot.
pub fn administers_by(caller: &Caller, snapshot: &Snapshot) -> Result<bool> {
    if is_administering_role(caller.current_user, Some(snapshot))? {
        return Ok(true);
    }
    let known = known_by(caller, snapshot)?;
    Ok(known.is_some_and(|(_, me)| me.rights.has(Right::Administrator)))
}

/// Refuses everyone who does not administer the organization and its rules.
pub fn must_administer(function: &str) -> Result<()> {
    must_administer_to(&format!("call sharing.{function}()"))
}

/// As `must_administer`; `what` is what only administrators may do.
pub fn must_administer_to(what: &str) -> Result<()> {
    match administers()? {
        true => Ok(()),
        false => Err(only_administrators(what)),
    }
}

/// The error for everyone else.
pub fn only_administrators(what: &str) -> Error {
    Error::not_allowed(format!("only administrators may {what}"))
        .hint("Administrators are superusers, roles given to sharing.grant_admin(), and users with the right administrator.")
}

/// Refuses everyone who does not administer by their database role.
pub fn must_administer_database(function: &str) -> Result<()> {
    must_administer_database_to(&format!("call sharing.{function}()"))
}

/// As `must_administer_database`; `what` is what only they may do.
pub fn must_administer_database_to(what: &str) -> Result<()> {
    if is_db_administrator()? {
        return Ok(());
    }
    Err(
        Error::not_allowed(format!("only administrators of the database may {what}"))
            .hint("These are superusers and roles given to sharing.grant_admin()."),
    )
}

/// Refuses everybody but superusers, with an error that is given: where nobody else is known.
pub fn must_be_superuser(otherwise: Error) -> Result<()> {
    // SAFETY: asks the system caches about a role.
    match unsafe { pg_sys::superuser_arg(pg_sys::GetUserId()) } {
        true => Ok(()),
        false => Err(otherwise),
    }
}

/// The identity that calls, by the latest configuration.
pub fn caller() -> Result<Option<Rc<Identity>>> {
    let known = known_by(&Caller::now(), &Snapshot::latest())?;
    Ok(known.map(|(_, me)| me))
}

pub fn required_caller(function: &str) -> Result<Rc<Identity>> {
    caller()?.ok_or_else(|| {
        Error::not_allowed(format!("sharing.{function}() needs to know who calls"))
            .hint("sharing.whoami() tells as whom a session is known, and why.")
    })
}

/// The caller's identity, if they have one, and whether they administer; refuses who is neither.
pub fn caller_or_administrator(function: &str) -> Result<(Option<Rc<Identity>>, bool)> {
    match administers()? {
        true => Ok((caller()?, true)),
        false => Ok((Some(required_caller(function)?), false)),
    }
}
