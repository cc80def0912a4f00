//! What a worker of a parallel plan has from its leader.

use crate::catalog::read::ends;
use crate::catalog::read::ends::EndsOfState;
use crate::catalog::read::generation::Generation;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::Action;
use crate::core::decision::Way;
use crate::pg::clock;
use crate::pg::clock::Time;
use crate::policy::sets::owners::{ColumnTypes, OwnerSet};
use crate::session::caller::Caller;
use pgrx::pg_sys;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Debug, Serialize, Deserialize)]
pub struct Handover {
    pub caller: Caller,
    /// By which ends are judged.
    pub time: Time,
    /// When something ends, where the leader knows.
    pub ends: Option<EndsOfState>,
    pub stamp: u128,
    /// The owners with whose records the caller may do something at all.
    pub read: Vec<(pg_sys::Oid, Way, Rc<OwnerSet>)>,
}

thread_local! {
    /// A worker works for one statement.
    static RECEIVED: RefCell<Option<Handover>> = const { RefCell::new(None) };
}

/// Keeps what the leader gave.
pub fn receive(mut handover: Handover) {
    clock::take_over(handover.time);
    if let Some(ends) = handover.ends.take() {
        ends::take_over(ends);
    }
    RECEIVED.set(Some(handover));
}

/// The owners of whom the leader knew.
pub fn received(
    snapshot: &Snapshot,
    caller: &Caller,
    relation: pg_sys::Oid,
    way: Way,
    action: Action,
    types: ColumnTypes,
) -> Option<Rc<OwnerSet>> {
    RECEIVED.with_borrow(|received| {
        let handover = received.as_ref()?;
        if action != Action::Read || handover.caller != *caller {
            return None;
        }
        let (.., set) = handover
            .read
            .iter()
            .find(|(table, over, set)| *table == relation && *over == way && set.types == types)?;
        let generation = Generation::seen_by(snapshot)?;
        (generation.stamp == handover.stamp && !generation.own).then(|| set.clone())
    })
}
