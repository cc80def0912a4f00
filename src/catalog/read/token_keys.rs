//! The keys by which signatures of tokens are verified, one at a time.

use crate::catalog::read::organization::open;
use crate::catalog::read::scan::Key;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::core::token::fingerprint;

/// A key as it is stored.
pub struct StoredKey {
    pub algorithm: String,
    pub key: String,
}

impl StoredKey {
    /// By which it is known again.
    pub fn fingerprint(&self) -> [u8; 32] {
        fingerprint(&self.algorithm, &self.key)
    }
}

/// The key with a name, as `snapshot` sees it.
pub fn token_key(kid: &str, snapshot: &Snapshot) -> Result<Option<StoredKey>> {
    let mut found = None;
    let keys = open(c"token_keys")?;
    keys.each_where(c"token_keys_pkey", 1, Key::Text(kid), snapshot, |row| {
        found = row
            .text(2)
            .zip(row.text(3))
            .map(|(algorithm, key)| StoredKey { algorithm, key });
    });
    Ok(found)
}
