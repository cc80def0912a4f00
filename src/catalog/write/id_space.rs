//! Keys that a user and a group have in common, where one column of a module holds either (semantics: Vocabulary).

use crate::catalog::write::change::Change;
use crate::catalog::write::sql::{rows, value};
use crate::core::Result;
use crate::core::document::id_space::{Collision, keys_must_differ};

impl Change {
    /// Refuses such a key, once a user or a group has got it.
    pub(super) fn key_must_differ(&self, key: &str) -> Result<()> {
        let module: Option<String> = value(
            "SELECT name FROM sharing.modules WHERE owners = 'user_or_group' ORDER BY name LIMIT 1",
            &[],
        )?;
        match module {
            None => Ok(()),
            Some(module) => keys_must_differ(&module, &collisions(Some(key))?),
        }
    }

    /// Refuses such keys for a module that is going to have one column for both.
    pub fn keys_must_differ_for(&self, module: &str) -> Result<()> {
        keys_must_differ(module, &collisions(None)?)
    }
}

fn collisions(key: Option<&str>) -> Result<Vec<Collision>> {
    rows(
        "SELECT u.key, u.name, g.name FROM sharing.groups g JOIN sharing.users u ON u.key = g.key WHERE $1 IS NULL OR g.key = $1 ORDER BY 1",
        &[key.into()],
        |row| {
            Ok(Collision {
                key: row.get(1)?.unwrap_or_default(),
                user: row.get(2)?.unwrap_or_default(),
                group: row.get(3)?.unwrap_or_default(),
            })
        },
    )
}
