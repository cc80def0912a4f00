//! Single records that were given to a caller, or to a role or a group of theirs (grant 14).
//!
//! What was given to somebody is remembered under the stamps of theirs, and no longer than nothing of it ends.
//! Whether a closed office withholds it is asked of each record.

use crate::core::Level;
use crate::core::org::{ModuleId, Recipient};
use crate::pg::clock::Time;
use crate::policy::sets::key_map::KeyMap;
use crate::policy::sets::keys::{KeySet, KeyType};
use crate::policy::sets::owners::ColumnValue;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// Records by their keys, each with its level.
pub(super) type GivenLevels = Rc<KeyMap<Level>>;

/// What is remembered of what was given to somebody in a module.
#[derive(Clone, Debug)]
pub struct GivenRecords {
    /// Theirs, when they were read.
    pub(super) stamp: u128,
    /// That of all roles and groups in the module, while theirs was that.
    pub(super) module_stamp: u128,
    /// From when on it is what counts, and until when.
    pub(super) since: Time,
    pub(super) until: Time,
    pub(super) records: GivenLevels,
}

impl GivenRecords {
    /// How much memory they take, roughly, in bytes.
    pub fn bytes(&self) -> usize {
        self.records.bytes()
    }

    pub(super) fn count_at(&self, time: Time) -> bool {
        self.since <= time && time < self.until
    }
}

/// The records that a caller may do one action with because these were given to them.
#[derive(Debug)]
pub struct GivenSet {
    /// One for each by whom they reach any.
    lists: Vec<GivenLevels>,
    /// How many keys the lists have together, and how many lists were looked into.
    keys: usize,
    looked: Cell<usize>,
    /// All of them in one, once looking into each has cost as much as making it.
    merged: OnceCell<KeySet>,
    /// The lowest level that allows the action.
    pub(super) lowest: Level,
    pub(super) record: KeyType,
}

impl GivenSet {
    pub fn nothing(record: KeyType) -> GivenSet {
        GivenSet {
            lists: Vec::new(),
            keys: 0,
            looked: Cell::new(0),
            merged: OnceCell::new(),
            lowest: Level::Full,
            record,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    pub(super) fn add(&mut self, list: GivenLevels) {
        if !list.is_empty() {
            self.keys += list.len();
            self.lists.push(list);
        }
    }

    /// Whether a record is among them, unless its office is closed to the caller.
    ///
    /// # Safety
    /// The value must be of the type that the set was made for.
    #[inline]
    pub unsafe fn has(&self, record: ColumnValue) -> bool {
        let Some(record) = record else {
            return false;
        };
        if let Some(merged) = self.merged() {
            // SAFETY: by the caller's promise.
            return unsafe { merged.contains(self.record, record) };
        }
        // SAFETY: by the caller's promise.
        let level = |list: &GivenLevels| unsafe { list.get(self.record, record).copied() };
        self.lists
            .iter()
            .any(|list| level(list).is_some_and(|level| level >= self.lowest))
    }

    /// Who is in hundreds of groups has as many lists: a statement on many rows merges them.
    #[inline]
    fn merged(&self) -> Option<&KeySet> {
        if self.lists.len() < 2 {
            return None;
        }
        if self.looked.get() < self.keys {
            self.looked.set(self.looked.get() + self.lists.len());
            return None;
        }
        Some(self.merged.get_or_init(|| {
            let mut keys = KeySet::new(self.record);
            self.add_keys(&mut keys);
            keys
        }))
    }

    /// Adds the keys of all these records.
    pub(super) fn add_keys(&self, keys: &mut KeySet) {
        for list in &self.lists {
            list.add_keys(keys, |level| level >= self.lowest);
        }
    }
}

/// What was given to somebody in a module, for columns of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GivenName {
    pub(super) to: Recipient,
    pub(super) module: ModuleId,
    pub(super) record: KeyType,
}
