//! The keys by which tokens are verified (semantics: Who is asking, *Signed tokens*). What they are is in no
//! error, and in no text of a statement.

use crate::catalog::write::change::{Change, Look};
use crate::catalog::write::sql::{execute, read_rows, rows};
use crate::core::error::must_fit;
use crate::core::token::{JwksDiff, JwksKey, KeyAlgorithm, TokenKey};
use crate::core::{Error, Result};
use pgrx::datum::TimestampWithTimeZone;

/// A key as people may know it.
pub struct KeyRow {
    pub kid: String,
    pub algorithm: String,
    pub added_at: Option<TimestampWithTimeZone>,
}

impl Change {
    pub fn add_key(&self, kid: &str, algorithm: &str, key: &str) -> Result<()> {
        must_fit("the kid of a key", kid)?;
        if kid.is_empty() {
            return Err(Error::bad_value("the kid of a key is empty"));
        }
        let algorithm = KeyAlgorithm::parse(algorithm)?;
        let stored = TokenKey::parse(algorithm, key)?.stored();
        match self.store_key(kid, algorithm, &stored)? {
            0 => Err(Error::exists(format!("key \"{kid}\" exists already"))
                .hint("sharing.drop_key(kid) drops it; a new key has a new kid.")),
            _ => Ok(()),
        }
    }

    pub fn drop_key(&self, kid: &str) -> Result<()> {
        match self.forget_key(kid)? {
            0 => Err(Error::unknown(format!("key \"{kid}\" does not exist"))
                .hint("The view sharing.key_overview lists them.")),
            _ => Ok(()),
        }
    }

    /// Makes the keys that have no secret equal to a set; tells what changes.
    pub fn import_jwks(&self, set: &str) -> Result<JwksDiff> {
        let present = rows(
            "SELECT kid, algorithm, key FROM sharing.token_keys ORDER BY kid",
            &[],
            |row| {
                Ok((
                    row.get::<String>(1)?,
                    row.get::<String>(2)?,
                    row.get::<String>(3)?,
                ))
            },
        )?;
        let mut keys = Vec::new();
        for row in present {
            if let (Some(kid), Some(algorithm), Some(stored)) = row {
                let algorithm = KeyAlgorithm::parse(&algorithm)?;
                keys.push(JwksKey {
                    kid,
                    algorithm,
                    stored,
                });
            }
        }
        let diff = JwksDiff::new(set, &keys)?;
        for kid in &diff.gone {
            self.forget_key(kid)?;
        }
        for key in &diff.stored {
            self.store_key(&key.kid, key.algorithm, &key.stored)?;
        }
        Ok(diff)
    }

    fn store_key(&self, kid: &str, algorithm: KeyAlgorithm, stored: &str) -> Result<usize> {
        execute(
            "INSERT INTO sharing.token_keys (kid, algorithm, key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            &[kid.into(), algorithm.label().into(), stored.into()],
        )
    }

    fn forget_key(&self, kid: &str) -> Result<usize> {
        execute(
            "DELETE FROM sharing.token_keys WHERE kid = $1",
            &[kid.into()],
        )
    }
}

impl Look {
    /// All keys, without what they are.
    pub fn keys(&self) -> Result<Vec<KeyRow>> {
        read_rows(
            "SELECT kid, algorithm, added_at FROM sharing.token_keys ORDER BY kid",
            &[],
            |row| {
                Ok(KeyRow {
                    kid: row.get(1)?.unwrap_or_default(),
                    algorithm: row.get(2)?.unwrap_or_default(),
                    added_at: row.get(3)?,
                })
            },
        )
    }
}
