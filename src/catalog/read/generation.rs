//! The version of the configuration: what remembered facts are checked against (ARCHITECTURE.md).

use crate::catalog::read::scan::CatalogTable;
use crate::catalog::read::snapshot::{LastRead, Snapshot};
use crate::pg::clock;
use crate::pg::clock::Time;
use pgrx::pg_sys;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Never the same for two committed states, nor before and after an end of something in one.
    pub stamp: u128,
    /// The same for two states that differ in nothing but single users.
    pub structure: u128,
    /// Written by this very transaction, which may go on changing the configuration, or roll back,
    /// under the same stamp: what is found out under it must not be remembered.
    pub own: bool,
    /// Nobody is known by it: it comes from another server, of which nothing was heard for long.
    pub is_lapsed: bool,
}

/// What lapsed goes by stamps of its own.
const LAPSED: u128 = 0x6c61_7073_6564_2063_6f6e_6669_6775_7261;

thread_local! {
    static LAST: LastRead<Generation> = LastRead::default();
}

impl Generation {
    /// What is stored of it, whatever has ended. None where `snapshot` is from before the extension was installed.
    pub(super) fn stored(snapshot: &Snapshot) -> Option<Generation> {
        LAST.with(|last| last.or_read(snapshot, || Self::read(snapshot)))
    }

    /// The same at a time, given all ends in their order. With each that has come the state is another one, and so
    /// are its stamps: whatever is remembered under those of before is not found any more, in any session.
    pub(super) fn at(self, now: Time, ends: &[Time]) -> Generation {
        let come = ends.partition_point(|end| *end <= now);
        if let Some(&next) = ends.get(come) {
            clock::note_end(next);
        }
        let last = come.checked_sub(1).map(|last| ends[last]);
        // An odd factor: different ends make different stamps.
        let mark = last.map_or(0, |last| {
            (last as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
        });
        Generation {
            stamp: self.stamp ^ mark,
            structure: self.structure ^ mark,
            ..self
        }
    }

    /// The same where nobody is known by it.
    pub(super) fn lapsed(self) -> Generation {
        Generation {
            stamp: self.stamp ^ LAPSED,
            structure: self.structure ^ LAPSED,
            is_lapsed: true,
            ..self
        }
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
                    is_lapsed: false,
                });
        });
        generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_that_has_come_makes_another_state() {
        let stored = Generation {
            stamp: 7,
            structure: 7,
            own: false,
            is_lapsed: false,
        };
        let ends = [10, 20, 20, 30];
        let at = |now| stored.at(now, &ends);
        assert_eq!(at(9), stored);
        assert_eq!(at(10), at(19));
        assert_eq!(at(20), at(29));
        assert_eq!(at(30), at(Time::MAX));
        let states = [at(9), at(10), at(20), at(30)];
        for (n, one) in states.iter().enumerate() {
            assert_eq!(one.stamp, one.structure);
            assert!(states[..n].iter().all(|other| other.stamp != one.stamp));
            assert!(states.iter().all(|other| other.stamp != one.lapsed().stamp));
        }
    }
}
