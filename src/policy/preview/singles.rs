//! Single records that were shared or given, of all tables and of one.

use crate::catalog::read::grants::StoredGrant;
use crate::core::Level;
use crate::core::org::{ModuleId, UserId};
use crate::policy::preview::counted::GivenTo;
use crate::policy::preview::given::GivenKeys;
use crate::policy::preview::tally::{Numbered, Shares, Viewer};
use crate::policy::sets::keys::KeyType;
use crate::policy::sets::owners::ColumnValue;

/// A record that was shared with a user, so that they see it while it is the giver's.
pub struct SharedRecord {
    pub viewer: UserId,
    pub level: Level,
    pub module: ModuleId,
    pub giver: String,
    pub record: String,
}

/// The single records that count.
#[derive(Clone, Copy)]
pub struct Singles<'a> {
    pub shared: &'a [SharedRecord],
    pub given: &'a [StoredGrant],
}

/// Those of one table, by their keys.
#[derive(Default)]
pub struct ByRecord {
    shares: Shares,
    given: GivenKeys,
}

impl ByRecord {
    pub fn new(
        module: ModuleId,
        key_type: KeyType,
        singles: Singles,
        lists: &mut Numbered<GivenTo>,
    ) -> ByRecord {
        let given = singles.given.iter().filter(|one| one.module == module);
        let shared = singles.shared.iter().filter(|one| one.module == module);
        let shared = shared.map(|one| {
            let viewer = Viewer {
                user: one.viewer,
                now: one.level,
                then: one.level,
                given: Level::None,
                over: 0,
            };
            (viewer, one.giver.clone(), one.record.clone())
        });
        ByRecord {
            shares: Shares::new(key_type, shared),
            given: GivenKeys::new(key_type, given, lists),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.shares.is_empty() && self.given.is_empty()
    }

    /// Adds those who see a record while its owner has that key; returns the number of the list of roles and
    /// groups to which it was given.
    ///
    /// # Safety
    /// `record` must be of a column type `key_type`.
    pub unsafe fn add_viewers(
        &self,
        key_type: KeyType,
        record: ColumnValue,
        owner: Option<&String>,
        viewers: &mut Vec<Viewer>,
    ) -> u32 {
        // SAFETY: by the caller's promise.
        unsafe {
            self.shares.add_viewers(key_type, record, owner, viewers);
            self.given.add_viewers(key_type, record, viewers)
        }
    }
}
