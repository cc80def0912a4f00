//! Acting as the extension's owner, where a caller without privileges asked for something that he
//! may ask for.
//!
//! None of the extension's functions is SECURITY DEFINER: such a function could not see who called
//! it. Each looks at its caller first, and only then enters this.

use crate::catalog::scan::Table;
use crate::core::{Error, Result};
use pgrx::pg_sys;

pub struct Elevated {
    user: pg_sys::Oid,
    security_context: i32,
    guc_nest_level: i32,
}

impl Elevated {
    /// Until the value is dropped: the extension's owner, with a search path that nobody can write
    /// to. An error ends it as well, by the transaction's clean-up.
    pub fn enter() -> Result<Elevated> {
        let owner = owner().ok_or_else(|| Error::internal("pg_sharing is not installed"))?;
        let mut elevated = Elevated {
            user: pg_sys::InvalidOid,
            security_context: 0,
            guc_nest_level: 0,
        };
        // SAFETY: the same calls in the same order as for a SECURITY DEFINER function with a SET
        // clause; undone in `drop`.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut elevated.user, &mut elevated.security_context);
            elevated.guc_nest_level = pg_sys::NewGUCNestLevel();
            for (name, value) in SETTINGS {
                pg_sys::set_config_option(
                    name.as_ptr(),
                    value.as_ptr(),
                    pg_sys::GucContext::PGC_USERSET,
                    pg_sys::GucSource::PGC_S_SESSION,
                    pg_sys::GucAction::GUC_ACTION_SAVE,
                    true,
                    0,
                    false,
                );
            }
            pg_sys::SetUserIdAndSecContext(
                owner,
                elevated.security_context | pg_sys::SECURITY_LOCAL_USERID_CHANGE as i32,
            );
        }
        Ok(elevated)
    }
}

/// What a caller may have set that changes what our statements mean or say.
const SETTINGS: [(&std::ffi::CStr, &std::ffi::CStr); 4] = [
    (c"search_path", c"pg_catalog, pg_temp"),
    (c"row_security", c"on"),
    (c"quote_all_identifiers", c"off"),
    (c"check_function_bodies", c"on"),
];

impl Drop for Elevated {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: restores what `enter` saved.
            unsafe {
                pg_sys::AtEOXact_GUC(true, self.guc_nest_level);
                pg_sys::SetUserIdAndSecContext(self.user, self.security_context);
            }
        }
    }
}

/// The role that owns the extension's tables.
pub fn owner() -> Option<pg_sys::Oid> {
    Table::open(c"generation").map(|table| table.owner())
}

/// Acting as the owner of application tables, to read them by a statement: what the owner hung on them,
/// such as an index expression, runs with no more rights than the owner's, and can neither create
/// anything that lasts for others nor become somebody else.
pub struct AsOwner {
    user: pg_sys::Oid,
    security_context: i32,
}

impl AsOwner {
    /// Until the value is dropped. `owner` reads all rows of the owner's own tables, as in referential
    /// actions, also where row security is forced.
    pub fn enter(owner: pg_sys::Oid) -> AsOwner {
        let mut before = AsOwner {
            user: pg_sys::InvalidOid,
            security_context: 0,
        };
        let restricted = pg_sys::SECURITY_LOCAL_USERID_CHANGE
            | pg_sys::SECURITY_RESTRICTED_OPERATION
            | pg_sys::SECURITY_NOFORCE_RLS;
        // SAFETY: the calls with which PostgreSQL runs maintenance as a table's owner; undone in `drop`.
        unsafe {
            pg_sys::GetUserIdAndSecContext(&mut before.user, &mut before.security_context);
            pg_sys::SetUserIdAndSecContext(owner, before.security_context | restricted as i32);
        }
        before
    }
}

impl Drop for AsOwner {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: restores what `enter` saved.
            unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.security_context) };
        }
    }
}
