//! Single records that a caller reaches whoever owns the others: shared over links, and given to them.

use crate::policy::sets::given::GivenSet;
use crate::policy::sets::keys::KeySet;
use crate::policy::sets::shares::{ShareSet, ShareTypes};

#[derive(Debug)]
pub struct SingleRecords {
    pub shared: ShareSet,
    pub given: GivenSet,
}

impl SingleRecords {
    pub fn nothing(types: ShareTypes) -> SingleRecords {
        SingleRecords {
            shared: ShareSet::nothing(types),
            given: GivenSet::nothing(types.record),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.shared.is_empty() && self.given.is_empty()
    }

    /// The keys of all these records, whoever owns them now, and whether or not their office is closed.
    pub fn keys(&self) -> KeySet {
        let mut keys = self.shared.records();
        self.given.add_keys(&mut keys);
        keys
    }
}
