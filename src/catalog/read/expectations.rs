//! What users are expected to have on records.

use crate::catalog::read::organization::open;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::expectation::Expectation;
use crate::core::org::{ModuleId, UserId};
use crate::core::{Level, Result};

pub struct StoredExpectation {
    pub id: i64,
    pub user: UserId,
    pub module: ModuleId,
    /// The text form of its primary key.
    pub record: String,
    pub expected: Expectation,
}

/// All, by number.
pub fn expectations(snapshot: &Snapshot) -> Result<Vec<StoredExpectation>> {
    let mut stored = Vec::new();
    open(c"expectations")?.each_row(snapshot, |row| {
        let access = row.text(5).and_then(|label| Level::from_label(&label));
        let expected = access.and_then(|access| Expectation::new(access, row.bool(6)).ok());
        if let (Some(id), Some(user), Some(module), Some(record), Some(expected)) =
            (row.bigint(1), row.int(2), row.int(3), row.text(4), expected)
        {
            stored.push(StoredExpectation {
                id,
                user: UserId(user),
                module: ModuleId(module),
                record,
                expected,
            });
        }
    });
    stored.sort_by_key(|one| one.id);
    Ok(stored)
}
