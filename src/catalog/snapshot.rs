//! Which state of the configuration a call looks at (ARCHITECTURE.md).

use pgrx::pg_sys;

/// A snapshot that stays valid while this value lives.
pub struct Snapshot {
    raw: pg_sys::Snapshot,
    pushed: bool,
}

impl Snapshot {
    /// The snapshot of the statement under way: reading goes by it. None outside of a statement.
    pub fn of_statement() -> Option<Snapshot> {
        // SAFETY: looks at the top of the snapshot stack, which whoever runs the statement keeps.
        unsafe {
            pg_sys::ActiveSnapshotSet().then(|| Snapshot {
                raw: pg_sys::GetActiveSnapshot(),
                pushed: false,
            })
        }
    }

    /// What is committed now, and what this transaction did: writing and locking go by it.
    pub fn latest() -> Snapshot {
        // SAFETY: the snapshot is pushed, which copies it and keeps what it sees from being
        // vacuumed away, until it is popped in `drop`.
        unsafe {
            pg_sys::PushActiveSnapshot(pg_sys::GetLatestSnapshot());
            Snapshot {
                raw: pg_sys::GetActiveSnapshot(),
                pushed: true,
            }
        }
    }

    pub fn raw(&self) -> pg_sys::Snapshot {
        self.raw
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // After an error the transaction's clean-up pops it.
        if self.pushed && !std::thread::panicking() {
            // SAFETY: pushed in `latest`; pushes and pops are nested like these values.
            unsafe { pg_sys::PopActiveSnapshot() };
        }
    }
}
