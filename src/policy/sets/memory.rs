//! What a session remembers of what callers reach, within the memory that `sharing.cache_size` gives.
//!
//! Whatever is remembered is found again only under the stamp that it was made under, so forgetting is
//! a matter of memory alone.

use crate::policy::sets::closed_owners::{ClosedName, ClosedOwners};
use crate::policy::sets::given::{GivenName, GivenRecords};
use crate::policy::sets::owners::{OwnerSet, OwnerSetName};
use crate::policy::sets::shares::{LinkName, LinkRecords};
use crate::session::settings;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetName {
    Owners(OwnerSetName),
    Link(LinkName),
    Given(GivenName),
    Closed(ClosedName),
}

#[derive(Clone, Debug)]
pub enum RememberedSet {
    Owners(Rc<OwnerSet>),
    Link(LinkRecords),
    Given(GivenRecords),
    Closed(Rc<ClosedOwners>),
}

impl RememberedSet {
    fn bytes(&self) -> usize {
        let held = match self {
            RememberedSet::Owners(set) => set.bytes(),
            RememberedSet::Link(records) => records.bytes(),
            RememberedSet::Given(records) => records.bytes(),
            RememberedSet::Closed(owners) => owners.bytes(),
        };
        held + size_of::<(SetName, MemoryEntry)>()
    }
}

struct MemoryEntry {
    set: RememberedSet,
    bytes: usize,
    used: u64,
}

#[derive(Default)]
struct Memory {
    entries: FxHashMap<SetName, MemoryEntry>,
    bytes: usize,
    clock: u64,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

pub fn recall(name: &SetName) -> Option<RememberedSet> {
    MEMORY.with_borrow_mut(|memory| {
        memory.clock += 1;
        let entry = memory.entries.get_mut(name)?;
        entry.used = memory.clock;
        Some(entry.set.clone())
    })
}

/// Whether anything is remembered.
pub fn any() -> bool {
    MEMORY.with_borrow(|memory| !memory.entries.is_empty())
}

/// What `choose` makes of the sets that it does not pass over.
pub fn all<T>(choose: impl Fn(&SetName, &RememberedSet) -> Option<T>) -> Vec<T> {
    MEMORY.with_borrow(|memory| {
        let entries = memory.entries.iter();
        entries
            .filter_map(|(name, entry)| choose(name, &entry.set))
            .collect()
    })
}

/// Remembers a set instead of what had the name before.
pub fn remember(name: SetName, set: RememberedSet) {
    MEMORY.with_borrow_mut(|memory| {
        let (bytes, used) = (set.bytes(), memory.clock);
        let entry = MemoryEntry { set, bytes, used };
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
