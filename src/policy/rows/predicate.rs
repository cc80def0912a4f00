//! The arms of a policy for the owners of a record: `may_…(module, owner [, group])` and
//! `may_…_as_group(module, group, owner)`. One call per row, which costs one probe of the caller's
//! owner set.

use crate::core::decision::Way;
use crate::core::org::CriteriaId;
use crate::core::{Action, Result};
use crate::policy::rows::call_site::{Asker, CallSite, Deciding, call_site, value};
use crate::policy::rows::{told_transfer, transfer_permit};
use crate::policy::sets::keys::{KeyType, key_type_of_argument};
use crate::policy::sets::owners::{ColumnTypes, OwnerSet};
use crate::policy::sets::reached::{fetch, is_user, snapshot_for};
use crate::policy::text::calls::OwnerArm;
use pgrx::pg_sys;
use std::collections::HashMap;
use std::rc::Rc;

/// The owners whose records the caller reaches.
struct ByOwners {
    types: ColumnTypes,
    set: Rc<OwnerSet>,
    /// Whether a key is a user's, where a group column makes that matter.
    known_users: HashMap<String, bool>,
}

impl Deciding for ByOwners {
    fn renew(&mut self, asker: &Asker) -> Result<()> {
        self.set = fetch(
            &asker.caller,
            asker.relation,
            Way::Own,
            asker.action,
            self.types,
        )?;
        self.known_users.clear();
        Ok(())
    }
}

/// Whether the caller may do `action` with a record of these owners. NULL owners are values too.
///
/// # Safety
/// `fcinfo` must be a call of a predicate: a regclass, then one or two owner columns.
#[inline]
pub unsafe fn judge(
    fcinfo: pg_sys::FunctionCallInfo,
    action: Action,
    arm: OwnerArm,
) -> Result<bool> {
    // SAFETY: by the caller's promise; these predicates keep nothing else. The keys that are looked up
    // are values of the user column, of whose type they are.
    unsafe {
        let (mut site, _latest) =
            call_site(fcinfo, action, |asker| ByOwners::new(fcinfo, asker, arm))?;
        let CallSite { asker, decides, .. } = &mut *site;
        let first = value(fcinfo, 1);
        let second = if (*fcinfo).nargs > 2 {
            value(fcinfo, 2)
        } else {
            None
        };
        let (execution, relation) = (asker.execution, asker.relation);
        let transferred =
            transfer_permit::transfer_admits(execution, relation, action, arm, first, second);
        if let Some(admitted) = transferred {
            return Ok(admitted);
        }
        if told_transfer::lets_pass(fcinfo, execution) {
            return Ok(true);
        }
        let ByOwners {
            types,
            set,
            known_users,
        } = decides;
        let is_known = |key| match snapshot_for(action) {
            Some(snapshot) => is_user(known_users, types.user, key, &snapshot),
            None => Ok(false),
        };
        match arm {
            OwnerArm::Owner => set.admits_owner(first, second, is_known),
            OwnerArm::Group => set.admits_group(first, second, is_known),
        }
    }
}

impl ByOwners {
    /// # Safety
    /// As for `judge`.
    unsafe fn new(
        fcinfo: pg_sys::FunctionCallInfo,
        asker: &Asker,
        arm: OwnerArm,
    ) -> Result<ByOwners> {
        // SAFETY: by the caller's promise.
        let types = unsafe { column_types((*fcinfo).flinfo, (*fcinfo).nargs, arm)? };
        Ok(ByOwners {
            types,
            set: fetch(&asker.caller, asker.relation, Way::Own, asker.action, types)?,
            known_users: HashMap::new(),
        })
    }
}

/// Whether a rule lets the caller do `action` with a record of these owners, which meets the criteria of the call.
///
/// # Safety
/// `fcinfo` must be a call of `may_…_by_criteria`: a regclass, the owner, the criteria, and the group if apart.
#[inline]
pub unsafe fn judge_by_criteria(fcinfo: pg_sys::FunctionCallInfo, action: Action) -> Result<bool> {
    // SAFETY: by the caller's promise; as for `judge`.
    unsafe {
        let id = CriteriaId(value(fcinfo, 2).map_or(0, |id| id.value() as i32));
        let (mut site, _latest) = call_site(fcinfo, action, |asker| {
            let flinfo = (*fcinfo).flinfo;
            let user = key_type_of_argument(flinfo, 1, "owner")?;
            let group = match (*fcinfo).nargs > 3 {
                true => key_type_of_argument(flinfo, 3, "group")?,
                false => user,
            };
            ByCriteria::new(asker, id, ColumnTypes { user, group })
        })?;
        let CallSite { asker, decides, .. } = &mut *site;
        if decides.id != id {
            // Not in our policies, where the criteria are a constant.
            *decides = ByCriteria::new(asker, id, decides.types)?;
        }
        let owner = value(fcinfo, 1);
        let group = match (*fcinfo).nargs > 3 {
            true => value(fcinfo, 3),
            false => None,
        };
        let ByCriteria {
            types,
            set,
            known_users,
            ..
        } = decides;
        let mut is_known = |key| match snapshot_for(action) {
            Some(snapshot) => is_user(known_users, types.user, key, &snapshot),
            None => Ok(false),
        };
        Ok(set.admits_owner(owner, group, &mut is_known)?
            || (*fcinfo).nargs > 3 && set.admits_group(group, owner, is_known)?)
    }
}

/// The owners whose records the caller reaches if these meet criteria.
struct ByCriteria {
    id: CriteriaId,
    types: ColumnTypes,
    set: Rc<OwnerSet>,
    known_users: HashMap<String, bool>,
}

impl ByCriteria {
    fn new(asker: &Asker, id: CriteriaId, types: ColumnTypes) -> Result<ByCriteria> {
        let way = Way::Criteria(id);
        Ok(ByCriteria {
            id,
            types,
            set: fetch(&asker.caller, asker.relation, way, asker.action, types)?,
            known_users: HashMap::new(),
        })
    }
}

impl Deciding for ByCriteria {
    fn renew(&mut self, asker: &Asker) -> Result<()> {
        *self = ByCriteria::new(asker, self.id, self.types)?;
        Ok(())
    }
}

/// The types of the owner columns that a call is given.
///
/// # Safety
/// `flinfo` must be that of a predicate call.
unsafe fn column_types(
    flinfo: *mut pg_sys::FmgrInfo,
    nargs: i16,
    arm: OwnerArm,
) -> Result<ColumnTypes> {
    // SAFETY: by the caller's promise.
    let key_type =
        |n| unsafe { key_type_of_argument(flinfo, n, if n == 1 { "owner" } else { "group" }) };
    let first: KeyType = key_type(1)?;
    let second = if nargs > 2 { key_type(2)? } else { first };
    Ok(match arm {
        OwnerArm::Owner => ColumnTypes {
            user: first,
            group: second,
        },
        OwnerArm::Group => ColumnTypes {
            user: second,
            group: first,
        },
    })
}
