//! The arm of a policy for single records: `may_…_shared(module, record, owner [, group])`.
//!
//! Like the owner predicates, one probe a row; and nothing at all in plans for modules of which no
//! record was ever shared or given, where the planner drops the arm (policy/planner/support.rs).

use crate::core::decision::Way;
use crate::core::{Action, Result};
use crate::policy::records::reached_shares::fetch_shared_by;
use crate::policy::rows::call_site::{Asker, CallSite, Deciding, call_site, value};
use crate::policy::sets::closed_owners::ClosedOwners;
use crate::policy::sets::closed_sets::closed_owners;
use crate::policy::sets::keys::key_type_of_argument;
use crate::policy::sets::owners::ColumnValue;
use crate::policy::sets::reached::{is_user, snapshot_for};
use crate::policy::sets::shares::ShareTypes;
use crate::policy::sets::singles::SingleRecords;
use crate::session::caller::Caller;
use pgrx::pg_sys;
use std::collections::HashMap;
use std::rc::Rc;

/// The records that were shared with the caller or given to them.
struct BySingleRecords {
    types: ShareTypes,
    set: SingleRecords,
    /// The owners whose office is closed to the caller, where records were given.
    closed: Option<Rc<ClosedOwners>>,
    known_users: HashMap<String, bool>,
}

impl BySingleRecords {
    fn fetch(asker: &Asker, types: ShareTypes) -> Result<BySingleRecords> {
        let set = fetch_shared(&asker.caller, asker.relation, asker.action, types)?;
        let closed = match snapshot_for(asker.action) {
            Some(snapshot) if !set.given.is_empty() => {
                let owners = (types.owner, types.group);
                closed_owners(&snapshot, &asker.caller, asker.relation, owners)?
            }
            _ => None,
        };
        Ok(BySingleRecords {
            types,
            set,
            closed,
            known_users: HashMap::new(),
        })
    }

    /// Whether the office of a record that was given is closed to the caller.
    ///
    /// # Safety
    /// The values must be of the types that the call has.
    unsafe fn is_closed(
        &mut self,
        action: Action,
        owner: ColumnValue,
        group: ColumnValue,
    ) -> Result<bool> {
        let Some(closed) = &self.closed else {
            return Ok(false);
        };
        let types = (self.types.owner, self.types.group);
        let is_known = |owner| match snapshot_for(action) {
            // SAFETY: by the caller's promise.
            Some(snapshot) => unsafe { is_user(&mut self.known_users, types.0, owner, &snapshot) },
            None => Ok(false),
        };
        // SAFETY: by the caller's promise.
        unsafe { closed.close(types, owner, group, is_known) }
    }
}

impl Deciding for BySingleRecords {
    fn renew(&mut self, asker: &Asker) -> Result<()> {
        *self = BySingleRecords::fetch(asker, self.types)?;
        Ok(())
    }
}

/// Whether the record was shared with the caller, or given to them, so that they may do `action`.
///
/// # Safety
/// `fcinfo` must be a call of such a predicate: a regclass, the record's key, one or two owner columns.
#[inline]
pub unsafe fn judge_shared(fcinfo: pg_sys::FunctionCallInfo, action: Action) -> Result<bool> {
    // SAFETY: by the caller's promise; these predicates keep nothing else.
    unsafe {
        let (mut site, _latest) = call_site(fcinfo, action, |asker| {
            BySingleRecords::fetch(asker, share_types(fcinfo)?)
        })?;
        let CallSite { decides, .. } = &mut *site;
        let (record, owner) = (value(fcinfo, 1), value(fcinfo, 2));
        if decides.set.shared.admits(record, owner) {
            return Ok(true);
        }
        if !decides.set.given.has(record) {
            return Ok(false);
        }
        let group = if (*fcinfo).nargs > 3 {
            value(fcinfo, 3)
        } else {
            None
        };
        Ok(!decides.is_closed(action, owner, group)?)
    }
}

/// The types of the record and owner columns of a call.
///
/// # Safety
/// `fcinfo` must be a predicate call.
unsafe fn share_types(fcinfo: pg_sys::FunctionCallInfo) -> Result<ShareTypes> {
    // SAFETY: by the caller's promise.
    unsafe {
        let key_type = |n, name| key_type_of_argument((*fcinfo).flinfo, n, name);
        let owner = key_type(2, "owner")?;
        Ok(ShareTypes {
            record: key_type(1, "record")?,
            owner,
            group: match (*fcinfo).nargs > 3 {
                true => key_type(3, "group")?,
                false => owner,
            },
        })
    }
}

/// The records shared with `caller` or given to them, by the state of affairs that counts for `action`.
pub fn fetch_shared(
    caller: &Caller,
    relation: pg_sys::Oid,
    action: Action,
    types: ShareTypes,
) -> Result<SingleRecords> {
    match snapshot_for(action) {
        Some(snapshot) => fetch_shared_by(&snapshot, caller, relation, Way::Own, action, types),
        None => Ok(SingleRecords::nothing(types)),
    }
}
