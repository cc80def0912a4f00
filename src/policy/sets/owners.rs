//! Whose records a caller reaches in a module: `core`'s answer, turned into the keys that stand in
//! owner columns. Nothing of it is stored; a session remembers it under the stamp of the
//! configuration it was made from (ARCHITECTURE.md).

use crate::core::decision::Way;
use crate::core::org::UserId;
use crate::core::{Action, Result};
use crate::policy::sets::keys::{KeySet, KeyType};
use pgrx::pg_sys;
use serde::{Deserialize, Serialize};

/// The types of the columns that a predicate is given: the user's, and the group's if apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ColumnTypes {
    pub user: KeyType,
    pub group: KeyType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Every record, whoever owns it.
    Everything,
    /// Every record but those of the owners in the set; also records of unknown owners.
    AllExcept,
    /// The records of the owners in the set.
    Listed,
}

/// The owners with whose records a caller may do one action.
#[derive(Debug, Serialize, Deserialize)]
pub struct OwnerSet {
    pub reach: Reach,
    /// Keys of the owner column: users, and groups too where they share the column.
    pub owners: KeySet,
    /// Where groups have a column of their own.
    pub groups: Option<GroupKeys>,
    pub types: ColumnTypes,
}

/// What the group column adds, given what the user column says.
#[derive(Debug, Serialize, Deserialize)]
pub struct GroupKeys {
    /// Groups whose records are reached where no user owns them.
    pub(super) alone: KeySet,
    /// Groups whose records are reached whoever else owns them.
    pub(super) always: KeySet,
    /// Groups whose records are reached unless the user owner's office is closed to the caller.
    pub(super) unless_closed: KeySet,
    /// Groups that are known and not in `alone`.
    pub(super) refused: KeySet,
    /// Users of offices that are closed to the caller.
    pub(super) closed_users: KeySet,
}

impl GroupKeys {
    /// The groups that can let a record through at all: what an index may be asked for.
    pub fn candidates(&self) -> KeySet {
        let mut all = self.alone.clone();
        all.extend(&self.unless_closed);
        all.extend(&self.always);
        all
    }
}

/// A value of an owner column; None for NULL.
pub type ColumnValue = Option<pg_sys::Datum>;

impl OwnerSet {
    pub fn nothing(types: ColumnTypes) -> OwnerSet {
        OwnerSet {
            reach: Reach::Listed,
            owners: KeySet::new(types.user),
            groups: None,
            types,
        }
    }

    /// Whether the user column alone lets the record through, where the set lists owners; else
    /// whether the record is reached at all.
    ///
    /// # Safety
    /// The values must be of `self.types`. `is_user` tells whether a key is that of a user.
    #[inline]
    pub unsafe fn admits_owner(
        &self,
        user: ColumnValue,
        group: ColumnValue,
        is_user: impl FnMut(pg_sys::Datum) -> Result<bool>,
    ) -> Result<bool> {
        match (self.reach, &self.groups) {
            (Reach::Everything, _) => Ok(true),
            // SAFETY: by the caller's promise.
            (Reach::Listed, _) => Ok(user.is_some_and(|key| unsafe { self.lists(key) })),
            // SAFETY: by the caller's promise.
            (Reach::AllExcept, None) => Ok(!user.is_some_and(|key| unsafe { self.lists(key) })),
            // SAFETY: by the caller's promise.
            (Reach::AllExcept, Some(groups)) => unsafe {
                self.admits_all_except(groups, user, group, is_user)
            },
        }
    }

    /// Whether the group column lets the record through.
    ///
    /// # Safety
    /// As for `admits_owner`.
    #[inline]
    pub unsafe fn admits_group(
        &self,
        group: ColumnValue,
        user: ColumnValue,
        mut is_user: impl FnMut(pg_sys::Datum) -> Result<bool>,
    ) -> Result<bool> {
        let Some(groups) = &self.groups else {
            return Ok(self.reach == Reach::Everything);
        };
        // SAFETY: by the caller's promise, here and below.
        unsafe {
            match self.reach {
                Reach::Everything => Ok(true),
                Reach::AllExcept => self.admits_all_except(groups, user, group, is_user),
                Reach::Listed => {
                    let Some(group) = group else { return Ok(false) };
                    let types = self.types;
                    let Some(user) = user else {
                        return Ok(groups.alone.contains(types.group, group));
                    };
                    if groups.always.contains(types.group, group) {
                        return Ok(true);
                    }
                    if groups.closed_users.contains(types.user, user) {
                        return Ok(false);
                    }
                    let with_user = groups.unless_closed.contains(types.group, group);
                    let without = groups.alone.contains(types.group, group);
                    if with_user == without {
                        return Ok(with_user);
                    }
                    Ok(if is_user(user)? { with_user } else { without })
                }
            }
        }
    }

    /// # Safety
    /// As for `admits_owner`.
    unsafe fn admits_all_except(
        &self,
        groups: &GroupKeys,
        user: ColumnValue,
        group: ColumnValue,
        mut is_user: impl FnMut(pg_sys::Datum) -> Result<bool>,
    ) -> Result<bool> {
        let types = self.types;
        // SAFETY: by the caller's promise.
        unsafe {
            let has = |set: &KeySet| group.is_some_and(|key| set.contains(types.group, key));
            if let Some(user) = user {
                if self.owners.contains(types.user, user) {
                    let closed = groups.closed_users.contains(types.user, user);
                    return Ok(has(&groups.always) || !closed && has(&groups.unless_closed));
                }
                if !has(&groups.refused) {
                    return Ok(true);
                }
                return is_user(user);
            }
            Ok(!has(&groups.refused))
        }
    }

    /// # Safety
    /// `key` must be of the type of the user column.
    unsafe fn lists(&self, key: pg_sys::Datum) -> bool {
        // SAFETY: by the caller's promise.
        unsafe { self.owners.contains(self.types.user, key) }
    }

    /// How much memory the set takes, roughly, in bytes.
    pub fn bytes(&self) -> usize {
        let groups = self.groups.as_ref().map_or(0, |groups| {
            let sets = [
                &groups.alone,
                &groups.always,
                &groups.unless_closed,
                &groups.refused,
            ];
            sets.into_iter().map(KeySet::bytes).sum::<usize>() + groups.closed_users.bytes()
        });
        self.owners.bytes() + groups + size_of::<OwnerSet>()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct OwnerSetName {
    pub(super) stamp: u128,
    pub(super) user: UserId,
    pub(super) relation: pg_sys::Oid,
    pub(super) way: Way,
    pub(super) action: Action,
    pub(super) types: ColumnTypes,
}
