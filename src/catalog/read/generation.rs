//! The version of the configuration: what remembered facts are checked against (ARCHITECTURE.md).

use crate::catalog::read::scan::CatalogTable;
use crate::catalog::read::snapshot::{LastRead, Snapshot};
use pgrx::pg_sys;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Never the same for two committed states.
    pub stamp: u128,
    /// The same for two states that differ in nothing but single users.
    pub structure: u128,
    /// Written by this very transaction, which may go on changing the configuration, or roll back,
    /// under the same stamp: what is found out under it must not be remembered.
    pub own: bool,
}

thread_local! {
    static LAST: LastRead<Generation> = LastRead::default();
}

impl Generation {
    /// None where `snapshot` is from before the extension was installed.
    pub fn seen_by(snapshot: &Snapshot) -> Option<Generation> {
        LAST.with(|last| last.or_read(snapshot, || Self::read(snapshot)))
    }

    fn read(snapshot: &Snapshot) -> Option<Generation> {
        let mut generation = None;
        CatalogTable::open(c"generation")?.each_row(snapshot, |row| {
            generation = row
                .uuid(2)
                .zip(row.uuid(3))
                .map(|(stamp, structure)| Generation {
                    stamp,
                    structure,
                    // SAFETY: asks the transaction state about a transaction id.
                    own: unsafe { pg_sys::TransactionIdIsCurrentTransactionId(row.xmin()) },
                });
        });
        generation
    }
}
