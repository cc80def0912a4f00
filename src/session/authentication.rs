//! Becoming somebody by a signed token (semantics: Who is asking, *Signed tokens*). Reads one row, writes
//! nothing.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::token_keys::token_key;
use crate::core::token::{KeyAlgorithm, TokenKey, verify};
use crate::core::{Error, Result};
use crate::pg::process;
use crate::session::{acting, token};
use pgrx::pg_sys;
use std::ffi::CStr;

/// Lets the session be known by a token, from the next statement on. What fails changes nothing.
pub fn authenticate(text: &str) -> Result<()> {
    // SAFETY: raises PostgreSQL's error where it is so.
    unsafe { pg_sys::PreventCommandIfParallelMode(c"sharing.authenticate()".as_ptr()) };
    if let Some(user_key) = acting::user_key() {
        return Err(Error::not_possible(format!(
            "the session acts as user \"{user_key}\" until the transaction ends"
        ))
        .hint("Authenticate in another transaction."));
    }
    let snapshot = Snapshot::latest();
    let mut fingerprint = None;
    let token = verify(text, &database()?, process::clock(), |kid| {
        let Some(stored) = token_key(kid, &snapshot)? else {
            return Ok(None);
        };
        fingerprint = Some(stored.fingerprint());
        let algorithm = KeyAlgorithm::parse(&stored.algorithm)?;
        TokenKey::parse(algorithm, &stored.key).map(Some)
    })?;
    token::give(token, fingerprint.unwrap_or_default());
    Ok(())
}

/// The name of the database of this session, for which a token may be.
fn database() -> Result<String> {
    // SAFETY: looks the database up by its number; the name is palloc'd, or null.
    let name = unsafe {
        let name = pg_sys::get_database_name(pg_sys::MyDatabaseId);
        (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
    };
    name.ok_or_else(|| Error::internal("the database of this session is gone"))
}
