//! The records of one module that were given to people, by their keys.
//!
//! What was given to roles and groups is part of what decides about a record, as its owners are; what was given to
//! single users is counted for them alone, like shares.

use crate::catalog::read::grants::StoredGrant;
use crate::core::Level;
use crate::core::org::{Recipient, UserId};
use crate::policy::preview::counted::GivenTo;
use crate::policy::preview::tally::{ByKey, Numbered, Viewer};
use crate::policy::sets::keys::KeyType;
use crate::policy::sets::owners::ColumnValue;
use rustc_hash::FxHashMap;

#[derive(Default)]
pub struct GivenKeys {
    places: ByKey<usize>,
    /// The number of the list of roles and groups, and the users.
    records: Vec<(u32, Vec<(UserId, Level)>)>,
}

impl GivenKeys {
    pub fn new<'g>(
        key_type: KeyType,
        grants: impl Iterator<Item = &'g StoredGrant>,
        lists: &mut Numbered<GivenTo>,
    ) -> GivenKeys {
        let mut by_record: FxHashMap<&str, Vec<GivenTo>> = FxHashMap::default();
        for grant in grants {
            let given = (grant.to, grant.level);
            by_record.entry(&grant.record).or_default().push(given);
        }
        let mut made = GivenKeys::default();
        for (record, mut all) in by_record {
            let users = all.iter().filter_map(|&(to, level)| match to {
                Recipient::User(user) => Some((user, level)),
                _ => None,
            });
            let users = users.collect();
            all.retain(|(to, _)| !matches!(to, Recipient::User(_)));
            all.sort_unstable();
            made.places.insert(key_type, record, made.records.len());
            made.records.push((lists.number(&all), users));
        }
        made
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The number of the list of roles and groups to which a record was given; adds the users.
    ///
    /// # Safety
    /// `record` must be of a column type `key_type`.
    pub unsafe fn add_viewers(
        &self,
        key_type: KeyType,
        record: ColumnValue,
        viewers: &mut Vec<Viewer>,
    ) -> u32 {
        // SAFETY: by the caller's promise.
        let place = unsafe { self.places.get(key_type, record) };
        let Some((list, users)) = place.and_then(|place| self.records.get(place)) else {
            return 0;
        };
        viewers.extend(users.iter().map(|&(user, given)| Viewer {
            user,
            now: Level::None,
            then: Level::None,
            given,
            over: 0,
        }));
        *list
    }
}
