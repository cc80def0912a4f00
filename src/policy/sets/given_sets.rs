//! The records that were given to a caller, found out or remembered.

use crate::catalog::read::configuration::ProtectedTable;
use crate::catalog::read::grants::{GrantStamp, StampOf, given_to, stamp_of};
use crate::catalog::read::links::was_ever_shared;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::decision::{Sight, Way};
use crate::core::org::{ModuleId, Recipient, User};
use crate::core::{Action, Level};
use crate::policy::sets::given::{GivenLevels, GivenName, GivenRecords, GivenSet};
use crate::policy::sets::key_map::KeyMap;
use crate::policy::sets::keys::KeyType;
use crate::policy::sets::memory;
use crate::policy::sets::memory::{RememberedSet, SetName};
use crate::policy::sets::share_sets::lowest_level;
use crate::session::clock;
use crate::session::clock::Time;
use std::rc::Rc;

/// The records of `table` given to `me` that allow `action`, by `state`, which `snapshot` sees: with the
/// records or, over a relation, with their children.
pub fn given_set(
    state: &State,
    snapshot: &Snapshot,
    me: &User,
    table: &ProtectedTable,
    way: Way,
    action: Action,
    record: KeyType,
) -> GivenSet {
    let mut set = GivenSet::nothing(record);
    let module = table.module;
    let lowest = match way {
        Way::Own => lowest_level(state, me, module, action),
        Way::Relation(_) => lowest_level_over(state, me, module, way, action),
    };
    let org = &state.configuration.org;
    let (Some(lowest), Some(sight)) = (lowest, Sight::new(org, me, module)) else {
        return set;
    };
    if !was_ever_shared(module, snapshot) {
        return set;
    }
    set.lowest = lowest;
    let of_module = stamp_of(StampOf::Module(module), snapshot);
    for to in sight.recipients() {
        let is_user = matches!(to, Recipient::User(_));
        if !is_user && of_module.is_none() {
            continue;
        }
        let name = GivenName { to, module, record };
        let records = records_of(name, of_module, snapshot);
        if !records.is_empty() {
            set.lists.push(records);
        }
    }
    set
}

/// The lowest level of a grant of a parent that lets `me` do `action` with its children.
fn lowest_level_over(
    state: &State,
    me: &User,
    parent: ModuleId,
    way: Way,
    action: Action,
) -> Option<Level> {
    let Way::Relation(id) = way else { return None };
    let org = &state.configuration.org;
    let relation = org.relation(id).filter(|one| one.parent == parent)?;
    let sight = Sight::new(org, me, relation.child)?;
    sight
        .allows_related_by_grant(id, action)
        .then_some(Level::Read)
}

/// What was given to somebody. Roles and groups need not be asked one by one while nothing was given to any.
fn records_of(name: GivenName, of_module: GrantStamp, snapshot: &Snapshot) -> GivenLevels {
    let is_user = matches!(name.to, Recipient::User(_));
    let now = clock::now();
    let known = match memory::recall(&SetName::Given(name)) {
        Some(RememberedSet::Given(known)) if known.count_at(now) => Some(known),
        _ => None,
    };
    if let Some(known) = &known
        && !is_user
        && !of_module.own
        && known.module_stamp == of_module.stamp
    {
        return used(known);
    }
    let theirs = stamp_of(StampOf::Recipient(name.to), snapshot);
    if let Some(known) = known
        && !theirs.own
        && known.stamp == theirs.stamp
    {
        if !is_user && !of_module.own {
            let module_stamp = of_module.stamp;
            remember(
                name,
                GivenRecords {
                    module_stamp,
                    ..known.clone()
                },
            );
        }
        return used(&known);
    }
    let read = read(name, theirs, of_module, now, snapshot);
    let records = used(&read);
    if !theirs.own && !of_module.own {
        remember(name, read);
    }
    records
}

/// What is found out by it holds no longer than it does.
fn used(known: &GivenRecords) -> GivenLevels {
    if known.until < Time::MAX {
        clock::note_end(known.until);
    }
    known.records.clone()
}

fn remember(name: GivenName, records: GivenRecords) {
    memory::remember(SetName::Given(name), RememberedSet::Given(records));
}

fn read(
    name: GivenName,
    theirs: GrantStamp,
    of_module: GrantStamp,
    now: Time,
    snapshot: &Snapshot,
) -> GivenRecords {
    let mut map = KeyMap::new(name.record);
    let (mut since, mut until) = (Time::MIN, Time::MAX);
    given_to(name.to, name.module, snapshot, |key, level, end| {
        match end {
            Some(end) if end <= now => {
                since = since.max(end);
                return;
            }
            Some(end) => until = until.min(end),
            None => {}
        }
        map.insert(key, level);
    });
    GivenRecords {
        stamp: theirs.stamp,
        module_stamp: of_module.stamp,
        since,
        until,
        records: Rc::new(map),
    }
}
