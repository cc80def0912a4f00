//! The owners whose offices are closed to a caller: a rule that carries over a relation stops at them.

use crate::core::Result;
use crate::core::org::OfficeId;
use crate::policy::sets::keys::{KeySet, KeyType};
use crate::policy::sets::owners::ColumnValue;
use pgrx::pg_sys;

/// Owners by whom the office of a record is one that is closed to the caller.
#[derive(Debug)]
pub struct ClosedOwners {
    pub in_owner_column: KeySet,
    /// Where groups have a column of their own: they count where there is no user.
    pub in_group_column: Option<KeySet>,
}

impl ClosedOwners {
    /// Whether the office of a record of these owners is closed to the caller. `is_user` tells whether a key is
    /// that of a user.
    ///
    /// # Safety
    /// The values must be of the types that this was made for.
    pub unsafe fn close(
        &self,
        (owner_type, group_type): (KeyType, KeyType),
        owner: ColumnValue,
        group: ColumnValue,
        is_user: impl FnOnce(pg_sys::Datum) -> Result<bool>,
    ) -> Result<bool> {
        // SAFETY: by the caller's promise.
        unsafe {
            let has = |keys: &KeySet, key_type, key: ColumnValue| {
                key.is_some_and(|key| keys.contains(key_type, key))
            };
            if has(&self.in_owner_column, owner_type, owner) {
                return Ok(true);
            }
            let is_of_closed_group = (self.in_group_column.as_ref())
                .is_some_and(|groups| has(groups, group_type, group));
            // The user's office counts, where there is a user.
            match owner.filter(|_| is_of_closed_group) {
                None => Ok(is_of_closed_group),
                Some(owner) => Ok(!is_user(owner)?),
            }
        }
    }

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
