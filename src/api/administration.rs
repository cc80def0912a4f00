//! Who administers, and who may name a user (semantics: Who is asking; Administration and safety).

use crate::api::raise::{OrRaise, required};
use crate::catalog::write::change::{Change, Look};
use crate::core::Result;
use crate::core::trust::TrustSource;
use crate::session::administration::{must_administer, must_administer_database};
use crate::session::author::Authorship;
use crate::tables::remarks::warn_of_trusted_owner;
use pgrx::pg_sys;
use pgrx::prelude::*;

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

pub fn change_database<T>(function: &str, make: impl FnOnce(&Change) -> Result<T>) -> T {
    must_administer_database(function)
        .and_then(|()| {
            let _authorship = Authorship::begin(function)?;
            make(&Change::begin()?)
        })
        .or_raise()
}

#[pg_extern(sql = false)]
fn trust(role: Option<pg_sys::Oid>, setting: Option<&str>, claim: Option<&str>) {
    change_database("trust", |change| {
        let role = required(role, "role")?;
        let source = TrustSource::new(setting, claim)?;
        change.trust(role, source.as_ref())?;
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
