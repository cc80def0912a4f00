//! In whose transaction a session takes part, where Citus is.
//!
//! What a statement keeps between its steps Citus stores in files of the database role and the transaction, until that
//! ends. Whoever takes part in the transaction reads them, and Citus lets anybody do so who knows its number. Sessions
//! of one role may be those of several people, known by their tokens: they must not read each other's rows there.
//! Citus itself lets a session take part that it opened, once the transaction has begun.

use crate::catalog::read::citus;
use crate::catalog::read::names::relation_oid;
use crate::core::{Error, Result};
use pgrx::pg_sys;
use std::ffi::CStr;

/// By which a session takes part in a transaction.
const JOIN: &CStr = c"assign_distributed_transaction_id";

/// How Citus names the sessions that it opens for somebody's statements.
const OWN_SESSIONS: &[u8] = b"citus_internal gpid=";

/// Before a function is called: refuses to whoever is held by row security what Citus does for them.
pub fn function_is_called(function: pg_sys::Oid) -> Result<()> {
    // Functions of extensions have high numbers.
    if function.to_u32() < pg_sys::FirstNormalObjectId || !is_join(function) {
        return Ok(());
    }
    // SAFETY: asks the system caches about a role, and reads the state of the transaction.
    let (sees_all, is_in_block) = unsafe {
        let sees_all = pg_sys::has_bypassrls_privilege(pg_sys::GetUserId());
        (sees_all, pg_sys::IsTransactionBlock())
    };
    if sees_all || is_in_block && is_opened_by_citus() {
        return Ok(());
    }
    Err(Error::not_allowed(
        "a session takes part in a transaction of Citus by Citus alone, where tables are protected: others of its database role would read what they are not shown",
    ))
}

fn is_join(function: pg_sys::Oid) -> bool {
    // SAFETY: looks a function up in the system caches; its name ends in NUL.
    unsafe {
        if pg_sys::get_func_namespace(function) != pg_sys::Oid::from(pg_sys::PG_CATALOG_NAMESPACE) {
            return false;
        }
        let name = pg_sys::get_func_name(function);
        !name.is_null()
            && CStr::from_ptr(name) == JOIN
            && citus::is_here()
            && relation_oid(c"generation").is_some()
    }
}

/// By the name with which it was opened: what it is called since says nothing.
fn is_opened_by_citus() -> bool {
    // SAFETY: asks for a setting that there is; the value ends in NUL.
    unsafe {
        let name = pg_sys::GetConfigOptionResetString(c"application_name".as_ptr());
        !name.is_null() && CStr::from_ptr(name).to_bytes().starts_with(OWN_SESSIONS)
    }
}
