//! Who administers, and who may name a user (semantics: Who is asking; Administration and safety).

use crate::api::raise::{OrRaise, required};
use crate::catalog::read::configuration;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::catalog::write::change::{Change, Look};
use crate::catalog::write::elevation;
use crate::core::{Error, Result, Right};
use crate::session::author::Authorship;
use crate::session::caller::Caller;
use crate::session::identity::identity;
use crate::tables::remarks::warn_of_trusted_owner;
use pgrx::pg_sys;
use pgrx::prelude::*;

/// The database role that calls: superuser, the extension's owner, or one that was given
/// `grant_admin`, itself or through membership.
pub fn is_db_administrator() -> Result<bool> {
    // SAFETY: asks the system caches about roles.
    let (role, is_superuser) = unsafe {
        let role = pg_sys::GetUserId();
        (role, pg_sys::superuser_arg(role))
    };
    if is_superuser || elevation::owner() == Some(role) {
        return Ok(true);
    }
    let administrators = configuration::administrators(&Snapshot::latest())?;
    // SAFETY: as above; a role that was dropped is nobody's.
    Ok(administrators
        .into_iter()
        .any(|admin| unsafe { pg_sys::has_privs_of_role(role, admin) }))
}

/// The identity that calls has the right `administrator`.
fn is_administrator() -> Result<bool> {
    let snapshot = Snapshot::latest();
    let Some(state) = State::seen_by(&snapshot)? else {
        return Ok(false);
    };
    let me = identity(&Caller::now(), &state, &snapshot)?;
    Ok(me.is_some_and(|me| me.rights.has(Right::Administrator)))
}

/// Whether the caller administers, in either way.
pub fn administers() -> Result<bool> {
    Ok(is_db_administrator()? || is_administrator()?)
}

/// Refuses everyone who does not administer the organization and its rules.
pub fn must_administer(function: &str) -> Result<()> {
    must_administer_to(&format!("call sharing.{function}()"))
}

/// As `must_administer`; `what` is what only administrators may do.
pub fn must_administer_to(what: &str) -> Result<()> {
    if administers()? {
        return Ok(());
    }
    Err(Error::not_allowed(format!("only administrators may {what}"))
        .hint("Administrators are superusers, roles given to sharing.grant_admin(), and users with the right administrator."))
}

/// Refuses everyone who does not administer by his database role.
pub fn must_administer_database(function: &str) -> Result<()> {
    if is_db_administrator()? {
        return Ok(());
    }
    Err(Error::not_allowed(format!(
        "only administrators of the database may call sharing.{function}()"
    ))
    .hint("These are superusers and roles given to sharing.grant_admin()."))
}

/// Runs a change of the organization or its rules for somebody who may make it.
pub fn change<T>(function: &str, make: impl FnOnce(&Change) -> Result<T>) -> T {
    must_administer(function)
        .and_then(|()| {
            let _authorship = Authorship::begin(function)?;
            make(&Change::begin()?)
        })
        .or_raise()
}

/// Runs a look at the configuration for somebody who may make changes.
pub fn look<T>(function: &str, see: impl FnOnce(&Look) -> Result<T>) -> T {
    must_administer(function)
        .and_then(|()| see(&Look::begin()?))
        .or_raise()
}

fn change_database<T>(function: &str, make: impl FnOnce(&Change) -> Result<T>) -> T {
    must_administer_database(function)
        .and_then(|()| {
            let _authorship = Authorship::begin(function)?;
            make(&Change::begin()?)
        })
        .or_raise()
}

#[pg_extern(sql = false)]
fn trust(role: Option<pg_sys::Oid>) {
    change_database("trust", |change| {
        let role = required(role, "role")?;
        change.trust(role)?;
        warn_of_trusted_owner(role)
    });
}

#[pg_extern(sql = false)]
fn untrust(role: Option<pg_sys::Oid>) {
    change_database("untrust", |change| change.untrust(required(role, "role")?));
}

#[pg_extern(sql = false)]
fn grant_admin(role: Option<pg_sys::Oid>) {
    change_database("grant_admin", |change| {
        change.grant_admin(required(role, "role")?)
    });
}

#[pg_extern(sql = false)]
fn revoke_admin(role: Option<pg_sys::Oid>) {
    change_database("revoke_admin", |change| {
        change.revoke_admin(required(role, "role")?)
    });
}
