//! The records that were shared with a caller, found out or remembered.

use crate::catalog::read::configuration::{Owners, ProtectedTable};
use crate::catalog::read::links::{Link, each_share_of, links_to};
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::decision::{Sight, may_share};
use crate::core::org::{ModuleId, RelationId, User, UserId};
use crate::core::{Action, Level, Result};
use crate::pg::clock;
use crate::pg::clock::Time;
use crate::policy::sets::key_map::KeyMap;
use crate::policy::sets::keys::KeyType;
use crate::policy::sets::memory;
use crate::policy::sets::memory::{RememberedSet, SetName};
use crate::policy::sets::shares::{
    LinkLevels, LinkName, LinkRecords, ShareSet, ShareTypes, is_group_as_well,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

const SHARERS_REMEMBERED: usize = 10_000;

/// The key of the user who shares, if they can: by stamp of the configuration and both users.
type Sharers = HashMap<(u128, UserId, UserId), Option<Rc<str>>>;

thread_local! {
    static SHARERS: RefCell<Sharers> = RefCell::default();
}

/// The records of `table` shared with `me` that allow what takes a share of the level `lowest`, by `state`, which
/// `snapshot` sees.
pub fn share_set(
    state: &State,
    snapshot: &Snapshot,
    me: &User,
    table: &ProtectedTable,
    lowest: Option<Level>,
    types: ShareTypes,
) -> Result<ShareSet> {
    let mut set = ShareSet::nothing(types);
    set.lowest = lowest;
    // A key in a column of groups is nobody's who shares.
    if lowest.is_none() || table.owners == Owners::Group {
        return Ok(set);
    }
    for link in links_to(me.id, snapshot)
        .into_iter()
        .filter(|link| link.active)
    {
        if let Some(key) = sharer(state, snapshot, me, &link)?
            && !is_group_as_well(state, table, &key)
        {
            let records = records_of(&link, table.module, types.record, snapshot);
            if !records.is_empty() {
                set.by_owner.insert(&key, records);
            }
        }
    }
    Ok(set)
}

/// The lowest level of a share or a grant that lets `me` do `action`, within what their profiles leave.
pub fn lowest_level(state: &State, me: &User, module: ModuleId, action: Action) -> Option<Level> {
    let sight = Sight::new(&state.configuration.org, me, module)?;
    [Level::Read, Level::Edit]
        .into_iter()
        .find(|&level| sight.allows_by_share(action, level))
}

/// The same of a parent's share over a relation, for the children.
pub fn lowest_level_over(
    state: &State,
    me: &User,
    parent: ModuleId,
    relation: RelationId,
    action: Action,
) -> Option<Level> {
    let org = &state.configuration.org;
    let relation = org.relation(relation).filter(|one| one.parent == parent)?;
    let sight = Sight::new(org, me, relation.child)?;
    sight
        .allows_related_by_share(relation.id, action)
        .then_some(Level::Read)
}

/// The key of the user at the other end, if records can be shared over the link now.
fn sharer(state: &State, snapshot: &Snapshot, me: &User, link: &Link) -> Result<Option<Rc<str>>> {
    let name = (state.generation.stamp, link.from, me.id);
    if !state.generation.own
        && let Some(known) = SHARERS.with_borrow(|sharers| sharers.get(&name).cloned())
    {
        return Ok(known);
    }
    let from = People::open()?.by_id(link.from, snapshot);
    let key = from
        .filter(|(_, from)| may_share(from, me))
        .map(|(key, _)| Rc::from(key));
    if !state.generation.own {
        SHARERS.with_borrow_mut(|sharers| {
            if sharers.len() >= SHARERS_REMEMBERED {
                sharers.clear();
            }
            sharers.insert(name, key.clone());
        });
    }
    Ok(key)
}

fn records_of(link: &Link, module: ModuleId, record: KeyType, snapshot: &Snapshot) -> LinkLevels {
    let now = clock::now();
    let name = SetName::Link(LinkName {
        link: link.id,
        module,
        record,
    });
    if !link.own
        && let Some(RememberedSet::Link(known)) = memory::recall(&name)
        && known.stamp == link.stamp
        && known.count_at(now)
    {
        return used(&known);
    }
    let mut map = KeyMap::new(record);
    let (mut since, mut until) = (Time::MIN, Time::MAX);
    each_share_of(link.id, module, snapshot, |key, level, end| match end {
        Some(end) if end <= now => since = since.max(end),
        _ => {
            until = until.min(end.unwrap_or(Time::MAX));
            map.insert(&key, level);
        }
    });
    let found = LinkRecords {
        stamp: link.stamp,
        since,
        until,
        records: Rc::new(map),
    };
    let records = used(&found);
    if !link.own {
        memory::remember(name, RememberedSet::Link(found));
    }
    records
}

/// What is found out by it holds no longer than it does.
fn used(known: &LinkRecords) -> LinkLevels {
    if known.until < Time::MAX {
        clock::note_end(known.until);
    }
    known.records.clone()
}
