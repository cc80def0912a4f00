//! Users by their keys, and what is said of a key that nobody has.

use crate::catalog::write::sql::value;
use crate::catalog::write::unknown::unknown_user;
use crate::core::{Error, Result};

pub(super) fn find_user(key: &str) -> Result<Option<i32>> {
    value("SELECT id FROM sharing.users WHERE key = $1", &[key.into()])
}

/// The internal number of a user.
pub(crate) fn user_id(key: &str) -> Result<i32> {
    find_user(key)?.ok_or_else(|| unknown(key))
}

/// The internal number of a user who is to lose something.
pub(crate) fn present_user_id(key: &str) -> Result<i32> {
    find_user(key)?.ok_or_else(|| unknown_user(key, None))
}

/// For administrators.
pub(crate) fn unknown(key: &str) -> Error {
    unknown_user(key, Some("create one with sharing.create_user(key, name)"))
}

/// For everybody: says nothing of those who are there.
pub(crate) fn unknown_key(key: &str) -> Error {
    Error::unknown(format!("user \"{key}\" does not exist"))
        .hint("Users are named by their key, as it stands in owner columns.")
}
