//! What is counted: records by what decides about them.

use crate::core::Level;
use crate::core::org::UserId;

/// What a record's columns say of its owners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerKeys {
    pub owner: Option<String>,
    pub group: Option<String>,
}

/// Of a record: its own owners first, then those of its parents, in the order of `parents`.
pub type DecidingKeys = Vec<OwnerKeys>;

/// How many records there are of each combination of keys.
pub struct Counts {
    pub all: Vec<(DecidingKeys, i64)>,
    pub shared: Vec<SharedCount>,
}

/// How many records of one combination of keys a user reaches by shares: how far now, and once everything
/// is applied.
pub struct SharedCount {
    pub viewer: UserId,
    pub now: Level,
    pub then: Level,
    pub keys: DecidingKeys,
    pub count: i64,
}
