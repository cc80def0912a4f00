//! The arm of a policy for single records: `may_…_shared(module, record, owner)`.
//!
//! Like the owner predicates, one probe a row; and nothing at all in plans for modules of which no
//! record was ever shared, where the planner drops the arm (policy/planner/support.rs).

use crate::core::decision::Way;
use crate::core::{Action, Result};
use crate::policy::records::reached_shares::fetch_shared_by;
use crate::policy::rows::call_site::{Asker, Deciding, call_site, value};
use crate::policy::sets::keys::key_type_of_argument;
use crate::policy::sets::reached::snapshot_for;
use crate::policy::sets::shares::{ShareSet, ShareTypes};
use crate::session::caller::Caller;
use pgrx::pg_sys;

/// The records that were shared with the caller.
struct ByShares {
    types: ShareTypes,
    set: ShareSet,
}

impl ByShares {
    fn fetch(asker: &Asker, types: ShareTypes) -> Result<ByShares> {
        let set = fetch_shared(&asker.caller, asker.relation, asker.action, types)?;
        Ok(ByShares { types, set })
    }
}

impl Deciding for ByShares {
    fn renew(&mut self, asker: &Asker) -> Result<()> {
        *self = ByShares::fetch(asker, self.types)?;
        Ok(())
    }
}

/// Whether the record was shared with the caller so that they may do `action`.
///
/// # Safety
/// `fcinfo` must be a call of such a predicate: a regclass, the record's key, its user owner.
#[inline]
pub unsafe fn judge_shared(fcinfo: pg_sys::FunctionCallInfo, action: Action) -> Result<bool> {
    // SAFETY: by the caller's promise; these predicates keep nothing else.
    unsafe {
        let (site, _latest) = call_site(fcinfo, action, |asker| {
            ByShares::fetch(asker, share_types((*fcinfo).flinfo)?)
        })?;
        Ok(site.decides.set.admits(value(fcinfo, 1), value(fcinfo, 2)))
    }
}

/// The types of the record and owner columns of a call.
///
/// # Safety
/// `flinfo` must be that of a predicate call.
unsafe fn share_types(flinfo: *mut pg_sys::FmgrInfo) -> Result<ShareTypes> {
    // SAFETY: by the caller's promise.
    let key_type = |n, name| unsafe { key_type_of_argument(flinfo, n, name) };
    Ok(ShareTypes {
        record: key_type(1, "record")?,
        owner: key_type(2, "owner")?,
    })
}

/// The records shared with `caller`, by the state of affairs that counts for `action`.
pub fn fetch_shared(
    caller: &Caller,
    relation: pg_sys::Oid,
    action: Action,
    types: ShareTypes,
) -> Result<ShareSet> {
    match snapshot_for(action) {
        Some(snapshot) => fetch_shared_by(&snapshot, caller, relation, Way::Own, action, types),
        None => Ok(ShareSet::nothing(types)),
    }
}
