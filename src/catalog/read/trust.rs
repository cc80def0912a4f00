//! Trusted roles, and from what their sessions take the user for whom they act.

use crate::catalog::read::organization::open;
use crate::catalog::read::rows::Row;
use crate::catalog::read::scan::Key;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::core::trust::TrustSource;
use pgrx::pg_sys;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// From what sessions of a trusted role take their user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Trust {
    /// The setting `sharing.user_key`.
    UserKey,
    Setting(Rc<TrustSource>),
}

/// From what sessions of a database role take the user for whom they act; None where it is not trusted.
pub fn trust(role: pg_sys::Oid, snapshot: &Snapshot) -> Result<Option<Trust>> {
    let mut trust = None;
    open(c"trusted_roles")?.each_where(c"trusted_roles_pkey", 1, Key::Oid(role), snapshot, |row| {
        trust = Some(trust_of(row));
    });
    Ok(trust)
}

fn trust_of(row: &Row) -> Trust {
    let claim = row.text(3);
    match row.text(2) {
        Some(setting) => Trust::Setting(Rc::new(TrustSource { setting, claim })),
        None => Trust::UserKey,
    }
}

/// All trusted roles.
pub fn trusted_roles(snapshot: &Snapshot) -> Result<Vec<(pg_sys::Oid, Trust)>> {
    let mut roles = Vec::new();
    open(c"trusted_roles")?.each_row(snapshot, |row| {
        roles.extend(row.oid(1).map(|role| (role, trust_of(row))));
    });
    Ok(roles)
}
