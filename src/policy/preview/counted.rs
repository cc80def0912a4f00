//! What is counted: records by what decides about them.

use crate::core::Level;
use crate::core::org::{CriteriaId, Recipient, UserId};

/// To which role or group, and for what.
pub type GivenTo = (Recipient, Level);

/// What a record's columns say of its owners, to which roles and groups it was given, and what it meets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerKeys {
    pub owner: Option<String>,
    pub group: Option<String>,
    pub given: Vec<GivenTo>,
    /// The criteria that it meets.
    pub meets: Vec<CriteriaId>,
}

/// Of a record: its own owners first, then those of its parents, in the order of `parents`.
pub type DecidingKeys = Vec<OwnerKeys>;

/// How many records there are of each combination of keys.
pub struct Counts {
    pub all: Vec<(DecidingKeys, i64)>,
    pub shared: Vec<SharedCount>,
}

/// How many records of one combination of keys a user reaches by shares, how far now, and once everything
/// is applied; or because they, or parents of theirs, were given to them.
pub struct SharedCount {
    pub viewer: UserId,
    pub now: Level,
    pub then: Level,
    pub given: Level,
    pub over: u128,
    pub keys: DecidingKeys,
    pub count: i64,
}
