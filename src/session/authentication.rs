//! Becoming somebody by a signed token (semantics: Who is asking, *Signed tokens*). Reads one row, writes
//! nothing.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::token_keys::token_key;
use crate::core::token::{KeyAlgorithm, Token, TokenKey, verify};
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
    let (token, fingerprint) = verified(text, &Snapshot::latest())?;
    token::give(token, fingerprint, text);
    Ok(())
}

/// What a token says, if it is good by the keys that a snapshot sees, and by which key it is known again.
pub fn verified(text: &str, snapshot: &Snapshot) -> Result<(Token, [u8; 32])> {
    let mut fingerprint = None;
    let token = verify(text, &database()?, process::clock(), |kid| {
        let Some(stored) = token_key(kid, snapshot)? else {
            return Ok(None);
        };
        fingerprint = Some(stored.fingerprint());
        let algorithm = KeyAlgorithm::parse(&stored.algorithm)?;
        TokenKey::parse(algorithm, &stored.key).map(Some)
    })?;
    Ok((token, fingerprint.unwrap_or_default()))
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
