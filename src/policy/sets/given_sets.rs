//! The records that were given to a caller, found out or remembered.

use crate::catalog::read::grants::{GrantStamp, StampOf, given_to, stamp_of};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::decision::Sight;
use crate::core::org::{ModuleId, Recipient, RelationId, User, UserId};
use crate::core::{Action, Level};
use crate::pg::clock;
use crate::pg::clock::Time;
use crate::policy::sets::given::{GivenLevels, GivenName, GivenRecords, GivenSet};
use crate::policy::sets::key_map::KeyMap;
use crate::policy::sets::keys::KeyType;
use crate::policy::sets::memory;
use crate::policy::sets::memory::{RememberedSet, SetName};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

const RECIPIENTS_REMEMBERED: usize = 200;

/// By stamp of the configuration and user.
type Recipients = HashMap<(u128, UserId), Rc<[Recipient]>>;

thread_local! {
    static RECIPIENTS: RefCell<Recipients> = RefCell::default();
}

/// The records of a module given to `me` that allow what takes a grant of the level `lowest`, by `state`, which
/// `snapshot` sees. Whoever was given nothing is not asked about.
pub fn given_set(
    state: &State,
    snapshot: &Snapshot,
    me: &User,
    module: ModuleId,
    lowest: impl FnOnce() -> Option<Level>,
    record: KeyType,
) -> GivenSet {
    let mut set = GivenSet::nothing(record);
    let org = &state.configuration.org;
    if !org.modules.get(&module).is_some_and(|facts| facts.grants) {
        return set;
    }
    let of_me = stamp_of(StampOf::Recipient(Recipient::User(me.id)), snapshot);
    let of_module = stamp_of(StampOf::Module(module), snapshot);
    if of_me.is_none() && of_module.is_none() {
        return set;
    }
    let Some(lowest) = lowest() else { return set };
    set.lowest = lowest;
    let mut add = |to, theirs| {
        let name = GivenName { to, module, record };
        set.add(records_of(name, theirs, of_module, snapshot));
    };
    add(Recipient::User(me.id), Some(of_me));
    if !of_module.is_none() {
        for &to in &*recipients(state, me) {
            if to != Recipient::User(me.id) {
                add(to, None);
            }
        }
    }
    set
}

/// By what records may have been given to a user, found out or remembered.
fn recipients(state: &State, me: &User) -> Rc<[Recipient]> {
    let find_out = || Rc::from(state.configuration.org.recipients_of(me));
    if state.generation.own {
        return find_out();
    }
    let name = (state.generation.stamp, me.id);
    let known = RECIPIENTS.with_borrow(|recipients| recipients.get(&name).cloned());
    known.unwrap_or_else(|| {
        let found: Rc<[Recipient]> = find_out();
        RECIPIENTS.with_borrow_mut(|recipients| {
            if recipients.len() >= RECIPIENTS_REMEMBERED {
                recipients.clear();
            }
            recipients.insert(name, found.clone());
        });
        found
    })
}

/// The lowest level of a grant of a parent that lets `me` do `action` with its children.
pub fn lowest_given_over(
    state: &State,
    me: &User,
    parent: ModuleId,
    id: RelationId,
    action: Action,
) -> Option<Level> {
    let org = &state.configuration.org;
    let relation = org.relation(id).filter(|one| one.parent == parent)?;
    let sight = Sight::new(org, me, relation.child)?;
    sight
        .allows_related_by_grant(id, action)
        .then_some(Level::Read)
}

/// What was given to somebody, whose stamp may be known already. Roles and groups need not be asked one by one
/// while nothing was given to any.
fn records_of(
    name: GivenName,
    theirs: Option<GrantStamp>,
    of_module: GrantStamp,
    snapshot: &Snapshot,
) -> GivenLevels {
    let is_of_module = theirs.is_none();
    let now = clock::now();
    let known = match memory::recall(&SetName::Given(name)) {
        Some(RememberedSet::Given(known)) if known.count_at(now) => Some(known),
        _ => None,
    };
    if let Some(known) = &known
        && is_of_module
        && !of_module.own
        && known.module_stamp == of_module.stamp
    {
        return used(known);
    }
    let theirs = theirs.unwrap_or_else(|| stamp_of(StampOf::Recipient(name.to), snapshot));
    if let Some(known) = known
        && !theirs.own
        && known.stamp == theirs.stamp
    {
        let records = used(&known);
        if is_of_module && !of_module.own {
            let module_stamp = of_module.stamp;
            remember(
                name,
                GivenRecords {
                    module_stamp,
                    ..known
                },
            );
        }
        return records;
    }
    let read = read(name, theirs, of_module, now, snapshot);
    let records = used(&read);
    if !(theirs.own || is_of_module && of_module.own) {
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
