//! What a session remembers of what callers reach, within the memory that `sharing.cache_size` gives.
//!
//! Whatever is remembered is found again only under the stamp that it was made under, so forgetting is
//! a matter of memory alone.

use crate::policy::sets::closed_owners::{ClosedName, ClosedOwners};
use crate::policy::sets::owners::{OwnerSet, OwnerSetName};
use crate::policy::sets::shares::{LinkName, LinkRecords};
use crate::session::settings;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    Owners(OwnerSetName),
    Link(LinkName),
    Closed(ClosedName),
}

#[derive(Clone, Debug)]
pub enum Thing {
    Owners(Rc<OwnerSet>),
    Link(LinkRecords),
    Closed(Rc<ClosedOwners>),
}

impl Thing {
    fn bytes(&self) -> usize {
        let held = match self {
            Thing::Owners(set) => set.bytes(),
            Thing::Link(records) => records.bytes(),
            Thing::Closed(owners) => owners.bytes(),
        };
        held + size_of::<(Name, Entry)>()
    }
}

struct Entry {
    thing: Thing,
    bytes: usize,
    used: u64,
}

#[derive(Default)]
struct Memory {
    entries: FxHashMap<Name, Entry>,
    bytes: usize,
    clock: u64,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

pub fn recall(name: &Name) -> Option<Thing> {
    MEMORY.with_borrow_mut(|memory| {
        memory.clock += 1;
        let entry = memory.entries.get_mut(name)?;
        entry.used = memory.clock;
        Some(entry.thing.clone())
    })
}

/// Whether anything is remembered.
pub fn any() -> bool {
    MEMORY.with_borrow(|memory| !memory.entries.is_empty())
}

/// What `choose` makes of the things that it does not pass over.
pub fn all<T>(choose: impl Fn(&Name, &Thing) -> Option<T>) -> Vec<T> {
    MEMORY.with_borrow(|memory| {
        let entries = memory.entries.iter();
        entries
            .filter_map(|(name, entry)| choose(name, &entry.thing))
            .collect()
    })
}

/// Remembers a thing instead of what had the name before.
pub fn remember(name: Name, thing: Thing) {
    MEMORY.with_borrow_mut(|memory| {
        let (bytes, used) = (thing.bytes(), memory.clock);
        let entry = Entry { thing, bytes, used };
        memory.bytes += bytes;
        memory.bytes -= memory
            .entries
            .insert(name, entry)
            .map_or(0, |old| old.bytes);
        while memory.bytes > settings::cache_size() && memory.entries.len() > 1 {
            memory.forget_half();
        }
    });
}

impl Memory {
    /// Forgets what was not used for longest: half at once, so that it is seldom done.
    fn forget_half(&mut self) {
        let mut uses: Vec<u64> = self.entries.values().map(|entry| entry.used).collect();
        uses.sort_unstable();
        let middle = uses[uses.len() / 2];
        self.entries.retain(|_, entry| entry.used >= middle);
        self.bytes = self.entries.values().map(|entry| entry.bytes).sum();
    }
}
