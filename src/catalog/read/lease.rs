//! Whether the configuration of this database still counts, where it comes from another server
//! (`sharing.configuration_lease`).
//!
//! Whoever is cut off knows nothing of what is taken back meanwhile. So a copy counts from one heartbeat on for the
//! lease, and then for nothing until the next. That is an end like those of rules (`catalog::read::ends`): what is
//! remembered goes by the stamp of a state, and the state in which nobody is known has stamps of its own.
//!
//! A heartbeat is read by the same snapshot as the configuration that it vouches for.

use crate::catalog::read::citus;
use crate::catalog::read::scan::CatalogTable;
use crate::catalog::read::snapshot::{LastRead, Snapshot};
use crate::catalog::read::subscriptions;
use crate::core::lease::{Heartbeat, Lapse, counts_until};
use crate::core::time::Moment;
use crate::core::{Error, Result, Sqlstate};
use crate::pg::clock::Time;
use crate::pg::{clock, process};
use pgrx::pg_sys;
use std::cell::Cell;

thread_local! {
    /// In milliseconds; zero: a copy counts for ever.
    static LEASE: Cell<i32> = const { Cell::new(0) };
    static LAST: LastRead<Heartbeat> = LastRead::default();
}

/// Takes what `sharing.configuration_lease` holds from now on, in milliseconds.
pub fn set(milliseconds: i32) {
    if LEASE.replace(milliseconds) != milliseconds {
        // What was found out before goes by another lease.
        clock::end_came();
    }
}

/// In microseconds, where there is one.
pub fn lease() -> Option<Time> {
    let milliseconds = LEASE.get();
    (milliseconds > 0).then(|| Time::from(milliseconds) * 1000)
}

/// Why nobody is known by the state that a snapshot sees, if that is so. Where it still counts, notes until when.
pub fn lapse(snapshot: &Snapshot) -> Option<Lapse> {
    let lease = lease()?;
    if !is_copy() {
        return None;
    }
    let heartbeat = LAST.with(|last| last.or_read(snapshot, || Some(heartbeat(snapshot))));
    let heartbeat = heartbeat.unwrap_or(Heartbeat::None);
    let now = clock::now();
    // SAFETY: reads the clock.
    let by_the_clock = || Moment(now.max(unsafe { pg_sys::GetCurrentTimestamp() }));
    match counts_until(heartbeat, lease, Moment(now), by_the_clock) {
        Ok(until) => {
            clock::note_end(until.0);
            None
        }
        Err(lapse) => Some(lapse),
    }
}

/// Refuses a transaction that keeps a snapshot by which the configuration has lapsed, where it has not by a new one:
/// what such a transaction reads would otherwise end in the middle, without a word.
pub fn refuse_old_snapshot() -> Result<()> {
    // SAFETY: reads a variable of this process.
    let may_look = process::keeps_its_snapshot() && !unsafe { pg_sys::IsInParallelMode() };
    if !may_look || lapse(&Snapshot::latest()).is_some() {
        return Ok(());
    }
    Err(Error::new(
        Sqlstate::Retry,
        "the transaction goes by a configuration that is older than sharing.configuration_lease",
    )
    .hint("Run the transaction again."))
}

/// Whether the configuration comes to this database from another server.
pub fn is_copy() -> bool {
    process::is_in_recovery() || subscriptions::bring_ours() || citus::is_worker()
}

/// The last heartbeat that a snapshot sees.
pub fn heartbeat(snapshot: &Snapshot) -> Heartbeat {
    let mut heartbeat = Heartbeat::None;
    if let Some(table) = CatalogTable::open(c"last_heartbeat") {
        table.each_row(snapshot, |row| {
            heartbeat = match row.bigint(4) {
                None => Heartbeat::None,
                Some(Time::MIN) => Heartbeat::Missed,
                Some(at) => Heartbeat::At(Moment(at)),
            };
        });
    }
    heartbeat
}
