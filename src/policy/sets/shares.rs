//! Single records that were shared with a caller over links: the arm of a policy beside the owners.
//!
//! What a link carries is remembered under the link's stamp; who may share at all, under that of the
//! configuration. Whether a share is worth anything is judged when the query runs.

use crate::catalog::read::configuration::{Owners, ProtectedTable};
use crate::catalog::read::state::State;
use crate::core::Level;
use crate::core::org::ModuleId;
use crate::pg::clock::Time;
use crate::policy::sets::key_map::KeyMap;
use crate::policy::sets::keys::{KeySet, KeyType};
use crate::policy::sets::owners::ColumnValue;
use std::rc::Rc;

/// The types of the columns that the arm for single records looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShareTypes {
    pub record: KeyType,
    pub owner: KeyType,
    /// That of the owner where groups have no column of their own.
    pub group: KeyType,
}

/// The records of one link, each with its level.
pub(super) type LinkLevels = Rc<KeyMap<Level>>;

/// What is remembered of a link.
#[derive(Clone, Debug)]
pub struct LinkRecords {
    /// The link's, when they were read.
    pub(super) stamp: u128,
    /// From when on it is what counts, and until when.
    pub(super) since: Time,
    pub(super) until: Time,
    pub(super) records: LinkLevels,
}

impl LinkRecords {
    /// How much memory they take, roughly, in bytes.
    pub fn bytes(&self) -> usize {
        self.records.bytes()
    }

    pub(super) fn count_at(&self, time: Time) -> bool {
        self.since <= time && time < self.until
    }
}

/// The records that a caller may do one action with because these were shared with the caller, by the
/// owner who shared them: a share counts only while the record is that owner's.
#[derive(Debug)]
pub struct ShareSet {
    pub(super) by_owner: KeyMap<LinkLevels>,
    /// The lowest level that allows the action.
    pub(super) lowest: Option<Level>,
    pub(super) types: ShareTypes,
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
    pub unsafe fn admits(&self, record: ColumnValue, owner: ColumnValue) -> bool {
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
    pub(super) link: i64,
    pub(super) module: ModuleId,
    pub(super) record: KeyType,
}

/// Whether a key in the owner column would say a user and a group: then it says neither.
pub(super) fn is_group_as_well(state: &State, table: &ProtectedTable, key: &str) -> bool {
    let mut groups = state.configuration.org.groups.values();
    table.owners == Owners::UserOrGroup && groups.any(|group| group.key == *key)
}
