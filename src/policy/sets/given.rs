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
    pub(super) lists: Vec<GivenLevels>,
    /// The lowest level that allows the action.
    pub(super) lowest: Level,
    pub(super) record: KeyType,
}

impl GivenSet {
    pub fn nothing(record: KeyType) -> GivenSet {
        GivenSet {
            lists: Vec::new(),
            lowest: Level::Full,
            record,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
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
        // SAFETY: by the caller's promise.
        let level = |list: &GivenLevels| unsafe { list.get(self.record, record).copied() };
        self.lists
            .iter()
            .any(|list| level(list).is_some_and(|level| level >= self.lowest))
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
