//! When rules and memberships end: what is valid changes by then, though nobody changes anything.
//!
//! Nothing has to run for it. Each of these tables has an index of what has an end, so the ends are read once for
//! each stamp, and the state at a time has a stamp of its own (`catalog::read::generation`).

use crate::catalog::read::generation::Generation;
use crate::catalog::read::lease::lapse;
use crate::catalog::read::names::relation_oid;
use crate::catalog::read::rows::Row;
use crate::catalog::read::scan::CatalogTable;
use crate::catalog::read::shared::{self, Subject};
use crate::catalog::read::snapshot::Snapshot;
use crate::core::time::Moment;
use crate::core::{Error, Result};
use crate::pg::clock;
use crate::pg::clock::Time;
use pgrx::pg_sys;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::convert::Infallible;
use std::ffi::CStr;
use std::rc::Rc;

/// Tables, their indexes of ends, and the column.
const ENDING: [(&CStr, &CStr, usize); 3] = [
    (c"rules", c"rules_until_idx", 12),
    (c"group_users", c"group_users_until_idx", 4),
    (c"group_members", c"group_members_until_idx", 6),
];

/// As many states as a session remembers.
const REMEMBERED: usize = 3;

/// By the stamp that is stored.
type KnownEnds = Vec<(u128, Rc<[Time]>)>;

thread_local! {
    static KNOWN: RefCell<KnownEnds> = const { RefCell::new(Vec::new()) };
}

impl Generation {
    /// At the time by which is judged what is asked now. None where `snapshot` is from before the extension was
    /// installed.
    pub fn seen_by(snapshot: &Snapshot) -> Option<Generation> {
        let stored = Generation::stored(snapshot)?;
        let generation = stored.at(clock::now(), &ends_under(&stored, snapshot));
        Some(match lapse(snapshot) {
            None => generation,
            Some(_) => generation.lapsed(),
        })
    }
}

/// All ends in a state, in order, for processes that are to know them without reading.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndsOfState {
    /// Under which the state is stored.
    stamp: u128,
    ends: Vec<Time>,
}

impl EndsOfState {
    /// None where the state is one that must not be remembered.
    pub fn seen_by(snapshot: &Snapshot) -> Option<EndsOfState> {
        let stored = Generation::stored(snapshot).filter(|stored| !stored.own)?;
        Some(EndsOfState {
            stamp: stored.stamp,
            ends: ends_under(&stored, snapshot).to_vec(),
        })
    }
}

/// Keeps what another process knows.
pub fn take_over(known: EndsOfState) {
    remember(known.stamp, known.ends.into());
}

fn remember(stamp: u128, ends: Rc<[Time]>) {
    KNOWN.with_borrow_mut(|known| {
        known.truncate(REMEMBERED - 1);
        known.insert(0, (stamp, ends));
    });
}

/// All ends in a state, in order. `stored` is what `snapshot` sees of it.
fn ends_under(stored: &Generation, snapshot: &Snapshot) -> Rc<[Time]> {
    if stored.own {
        return read(snapshot).into();
    }
    let known = KNOWN.with_borrow(|known| {
        let mut known = known.iter();
        let of_state = known.find(|(stamp, _)| *stamp == stored.stamp);
        of_state.map(|(_, ends)| ends.clone())
    });
    known.unwrap_or_else(|| {
        let find_out = || Ok::<_, Infallible>(read(snapshot));
        let Ok(ends) = shared::or_find_out(stored, Subject::Ends, (), find_out);
        let ends: Rc<[Time]> = ends.into();
        remember(stored.stamp, ends.clone());
        ends
    })
}

fn read(snapshot: &Snapshot) -> Vec<Time> {
    let mut ends = Vec::new();
    for (table, index, column) in ENDING {
        if let Some(table) = CatalogTable::open(table) {
            let mut note = |row: &Row| ends.extend(row.bigint(column));
            match relation_oid(index) {
                Some(_) => table.each_where_all(index, &[], snapshot, &mut note),
                None => table.each_row(snapshot, &mut note),
            }
        }
    }
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// Whether what has such an end counts at a time.
pub fn counts_at(time: Time, until: Option<Time>) -> bool {
    until.is_none_or(|until| until > time)
}

/// Refuses an end that is none, or has come already. `instead` says how something ends at once.
pub fn must_be_to_come(until: Option<Time>, instead: &str) -> Result<()> {
    let Some(until) = until else { return Ok(()) };
    let refused = match until {
        Time::MIN | Time::MAX => Some("an end cannot be infinity"),
        late if late > Moment::LATEST.0 => Some("an end cannot be after the year 9999"),
        _ => None,
    };
    if let Some(refused) = refused {
        return Err(
            Error::bad_value(refused).hint("What is to have no end is given without until.")
        );
    }
    // SAFETY: reads the clock.
    let clock = unsafe { pg_sys::GetCurrentTimestamp() };
    match until > clock.max(clock::now()) {
        true => Ok(()),
        false => Err(
            Error::bad_value("an end must be in the future").hint(format!(
                "What is to end at once does not need one: {instead}."
            )),
        ),
    }
}
