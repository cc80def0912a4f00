//! Whether a restore is under way, which brings the organization as it was, in any order, and needs nobody to
//! follow the tables from which it came.

use crate::catalog::write::elevation;
use crate::session::settings::is_restore;
use pgrx::pg_sys;

/// Whether whoever is connected restores, and may bring the organization itself. Anybody else could set what a
/// restore sets, and so keep a change of the application's tables from the organization. The current user does
/// not count: in a function with its owner's privileges, settings may be its caller's.
pub fn is_whole_restore() -> bool {
    is_restore() && {
        // SAFETY: asks who is connected.
        let connected = unsafe { [pg_sys::GetSessionUserId(), pg_sys::GetAuthenticatedUserId()] };
        // SAFETY: asks the system caches about a role.
        let may_bring_it = |&role: &pg_sys::Oid| unsafe {
            pg_sys::superuser_arg(role) || elevation::owner() == Some(role)
        };
        connected.iter().any(may_bring_it)
    }
}
