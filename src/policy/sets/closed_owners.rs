//! The owners whose offices are closed to a caller: a rule that carries over a relation stops at them.

use crate::core::org::OfficeId;
use crate::policy::sets::keys::{KeySet, KeyType};
use pgrx::pg_sys;

/// Owners by whom the office of a record is one that is closed to the caller.
#[derive(Debug)]
pub struct ClosedOwners {
    pub in_owner_column: KeySet,
    /// Where groups have a column of their own: they count where there is no user.
    pub in_group_column: Option<KeySet>,
}

impl ClosedOwners {
    pub fn bytes(&self) -> usize {
        let groups = self.in_group_column.as_ref().map_or(0, KeySet::bytes);
        self.in_owner_column.bytes() + groups + size_of::<ClosedOwners>()
    }
}

/// The stamp of the configuration, the caller's office, the table, and the types of its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClosedName {
    pub(super) stamp: u128,
    pub(super) office: Option<OfficeId>,
    pub(super) relation: pg_sys::Oid,
    pub(super) types: (KeyType, KeyType),
}
