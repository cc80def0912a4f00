//! Which state of the configuration a call looks at (ARCHITECTURE.md).

use crate::pg::process;
use pgrx::pg_sys;
use std::cell::RefCell;

/// A snapshot that stays valid while this value lives.
pub struct Snapshot {
    raw: pg_sys::Snapshot,
    pushed: bool,
}

impl Snapshot {
    /// The snapshot of the statement under way: reading goes by it. None outside of a statement.
    pub fn of_statement() -> Option<Snapshot> {
        process::active_snapshot().map(|raw| Snapshot { raw, pushed: false })
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

    /// Sees every row version that is stored, whoever made or deleted it: to follow what became of one.
    pub fn any() -> Snapshot {
        let raw = &raw mut pg_sys::SnapshotAnyData;
        Snapshot { raw, pushed: false }
    }

    pub fn raw(&self) -> pg_sys::Snapshot {
        self.raw
    }

    /// Whether a transaction, other than this one, had surely ended when the snapshot was taken.
    pub fn is_later_than(&self, transaction: pg_sys::TransactionId) -> bool {
        // SAFETY: looks at a snapshot that is kept.
        let first_running = unsafe { (*self.raw).xmin };
        // Numbers of transactions go round: the older of two is less than half of them behind.
        (transaction
            .into_inner()
            .wrapping_sub(first_running.into_inner()) as i32)
            < 0
    }
}

/// What a snapshot sees: the transactions that had ended when it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Contents<'a> {
    bounds: Bounds,
    /// Transactions that had not ended, and subtransactions that had not.
    running: [&'a [pg_sys::TransactionId]; 2],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    first_running: pg_sys::TransactionId,
    first_later: pg_sys::TransactionId,
    is_overflowed: bool,
    in_recovery: bool,
}

/// The same, kept.
#[derive(Debug)]
struct KeptContents {
    bounds: Bounds,
    running: [Vec<pg_sys::TransactionId>; 2],
}

impl Snapshot {
    /// None where this transaction may have changed something itself: what it sees depends on what
    /// became of its savepoints, too. Snapshots of the same contents see the same, for ever.
    fn contents(&self) -> Option<Contents<'_>> {
        // SAFETY: looks at a snapshot that is kept; its arrays have as many elements as it says.
        unsafe {
            let raw = &*self.raw;
            if raw.snapshot_type != pg_sys::SnapshotType::SNAPSHOT_MVCC
                || process::has_transaction_id()
            {
                return None;
            }
            let ids = |array: *mut pg_sys::TransactionId, count: usize| match count {
                0 => &[][..],
                count => std::slice::from_raw_parts(array, count),
            };
            Some(Contents {
                bounds: Bounds {
                    first_running: raw.xmin,
                    first_later: raw.xmax,
                    is_overflowed: raw.suboverflowed,
                    in_recovery: raw.takenDuringRecovery,
                },
                running: [
                    ids(raw.xip, raw.xcnt as usize),
                    ids(raw.subxip, raw.subxcnt.max(0) as usize),
                ],
            })
        }
    }
}

impl Contents<'_> {
    fn are(&self, kept: &KeptContents) -> bool {
        let [running, below] = &kept.running;
        self.bounds == kept.bounds && self.running == [running.as_slice(), below.as_slice()]
    }

    fn keep(&self) -> KeptContents {
        KeptContents {
            bounds: self.bounds,
            running: self.running.map(<[_]>::to_vec),
        }
    }
}

/// What was read last, for snapshots that see the same: a statement asks again and again while it is
/// planned.
pub struct LastRead<T>(RefCell<Option<(KeptContents, T)>>);

impl<T> Default for LastRead<T> {
    fn default() -> Self {
        LastRead(RefCell::default())
    }
}

impl<T: Clone> LastRead<T> {
    /// What `snapshot` sees; `read` is asked if that is not known. None is not remembered.
    pub fn or_read(&self, snapshot: &Snapshot, read: impl FnOnce() -> Option<T>) -> Option<T> {
        let Some(contents) = snapshot.contents() else {
            return read();
        };
        if let Some((seen, value)) = &*self.0.borrow()
            && contents.are(seen)
        {
            return Some(value.clone());
        }
        let value = read()?;
        self.0.replace(Some((contents.keep(), value.clone())));
        Some(value)
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
