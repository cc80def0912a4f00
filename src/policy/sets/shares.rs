//! Single records that were shared with a caller over links: the arm of a policy beside the owners.
//!
//! What a link carries is remembered under the link's stamp; who may share at all, under that of the
//! configuration. Whether a share is worth anything is judged when the query runs.

use crate::catalog::read::configuration::{Owners, ProtectedTable};
use crate::catalog::read::links::{Link, links_to, shares_of, was_ever_shared};
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::decision::{Sight, Way, may_share};
use crate::core::org::{ModuleId, RelationId, User, UserId};
use crate::core::{Action, Level, Result};
use crate::policy::sets::keys::{KeyMap, KeySet, KeyType};
use crate::policy::sets::memory;
use crate::policy::sets::memory::{Name, Thing};
use crate::policy::sets::owners::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The types of the columns that the arm looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShareTypes {
    pub record: KeyType,
    pub owner: KeyType,
}

/// The records of one link, each with its level.
type Records = Rc<KeyMap<Level>>;

/// What is remembered of a link.
#[derive(Clone, Debug)]
pub struct LinkRecords {
    /// The link's, when they were read.
    stamp: u128,
    records: Records,
}

impl LinkRecords {
    /// How much memory they take, roughly, in bytes.
    pub fn bytes(&self) -> usize {
        self.records.bytes()
    }
}

/// The records that a caller may do one action with because they were shared with him, by the owner
/// who shared them: a share counts only while the record is his.
#[derive(Debug)]
pub struct ShareSet {
    by_owner: KeyMap<Records>,
    /// The lowest level that allows the action.
    lowest: Option<Level>,
    types: ShareTypes,
}

impl ShareSet {
    pub fn nothing(types: ShareTypes) -> ShareSet {
        ShareSet {
            by_owner: KeyMap::new(types.owner),
            lowest: None,
            types,
        }
    }

    /// # Safety
    /// The values must be of the types that the set was made for.
    #[inline]
    pub unsafe fn admits(&self, record: Value, owner: Value) -> bool {
        let (Some(lowest), Some(record), Some(owner)) = (self.lowest, record, owner) else {
            return false;
        };
        // SAFETY: by the caller's promise.
        unsafe {
            self.by_owner
                .get(self.types.owner, owner)
                .and_then(|records| records.get(self.types.record, record))
                .is_some_and(|&level| level >= lowest)
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lowest.is_none() || self.by_owner.is_empty()
    }

    /// The keys of all these records, whoever owns them now.
    pub fn records(&self) -> KeySet {
        let mut keys = KeySet::new(self.types.record);
        if let Some(lowest) = self.lowest {
            for records in self.by_owner.values() {
                records.add_keys(&mut keys, |level| level >= lowest);
            }
        }
        keys
    }
}

/// Shares of a link in a module, for columns of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkName {
    link: i64,
    module: ModuleId,
    record: KeyType,
}

const SHARERS_REMEMBERED: usize = 10_000;

/// The key of the user who shares, if he can: by stamp of the configuration and both users.
type Sharers = HashMap<(u128, UserId, UserId), Option<Rc<str>>>;

thread_local! {
    static SHARERS: RefCell<Sharers> = RefCell::default();
}

/// Whether a key in the owner column would say a user and a group: then it says neither.
fn is_group_as_well(state: &State, table: &ProtectedTable, key: &str) -> bool {
    let mut groups = state.configuration.org.groups.values();
    table.owners == Owners::UserOrGroup && groups.any(|group| group.key == *key)
}

/// The records of `table` shared with `me` that allow `action`, by `state`, which `snapshot` sees:
/// with the records or, over a relation, with their children.
pub fn share_set(
    state: &State,
    snapshot: &Snapshot,
    me: &User,
    table: &ProtectedTable,
    way: Way,
    action: Action,
    types: ShareTypes,
) -> Result<ShareSet> {
    let mut set = ShareSet::nothing(types);
    set.lowest = match way {
        Way::Own => lowest_level(state, me, table.module, action),
        Way::Relation(id) => lowest_level_over(state, me, table.module, id, action),
    };
    if set.lowest.is_none() || !was_ever_shared(table.module, snapshot) {
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

/// The lowest level of a share that lets `me` do `action`, within what his profiles leave.
pub fn lowest_level(state: &State, me: &User, module: ModuleId, action: Action) -> Option<Level> {
    let sight = Sight::new(&state.configuration.org, me, module)?;
    [Level::Read, Level::Edit]
        .into_iter()
        .find(|&level| sight.allows_by_share(action, level))
}

/// The same of a parent's share over a relation, for the children.
fn lowest_level_over(
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

fn records_of(link: &Link, module: ModuleId, record: KeyType, snapshot: &Snapshot) -> Records {
    let name = Name::Link(LinkName {
        link: link.id,
        module,
        record,
    });
    if !link.own
        && let Some(Thing::Link(known)) = memory::recall(&name)
        && known.stamp == link.stamp
    {
        return known.records;
    }
    let mut map = KeyMap::new(record);
    for (key, level) in shares_of(link.id, module, snapshot) {
        map.insert(&key, level);
    }
    let records = Rc::new(map);
    if !link.own {
        let known = LinkRecords {
            stamp: link.stamp,
            records: records.clone(),
        };
        memory::remember(name, Thing::Link(known));
    }
    records
}
