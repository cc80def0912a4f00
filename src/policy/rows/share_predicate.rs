//! The arm of a policy for single records: `may_…_shared(module, record, owner)`.
//!
//! Like the owner predicates, one probe a row; and nothing at all in plans for modules of which no
//! record was ever shared, where the planner drops the arm (policy/support.rs).

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::decision::Way;
use crate::core::{Action, Result};
use crate::policy::records::reading::Records;
use crate::policy::rows::predicate::{Asker, kept_for_call, snapshot_for, value};
use crate::policy::sets::keys::key_type_of_argument;
use crate::policy::sets::shares::{ShareSet, ShareTypes, share_set};
use crate::policy::text::columns::owner_columns;
use crate::policy::text::since::is_protected_as_before;
use crate::session::caller::Caller;
use crate::session::identity::identity;
use pgrx::pg_sys;

/// One call of the predicate in one execution of one statement.
struct CallSite {
    caller: Caller,
    relation: pg_sys::Oid,
    action: Action,
    types: ShareTypes,
    set: ShareSet,
    /// As for the owner predicates.
    completed: u64,
    merged: bool,
}

/// Whether the record was shared with the caller so that he may do `action`.
///
/// # Safety
/// `fcinfo` must be a call of such a predicate: a regclass, the record's key, its user owner.
#[inline]
pub unsafe fn judge_shared(fcinfo: pg_sys::FunctionCallInfo, action: Action) -> Result<bool> {
    // SAFETY: by the caller's promise; these predicates keep nothing else.
    unsafe {
        let mut site = kept_for_call(fcinfo, |asker| CallSite::new(fcinfo, asker, action))?;
        let _latest = site.merged.then(Snapshot::latest);
        if action != Action::Read || site.merged {
            site.keep_up()?;
        }
        Ok(site.set.admits(value(fcinfo, 1), value(fcinfo, 2)))
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

impl CallSite {
    /// # Safety
    /// As for `judge_shared`.
    unsafe fn new(
        fcinfo: pg_sys::FunctionCallInfo,
        asker: Asker,
        action: Action,
    ) -> Result<CallSite> {
        // SAFETY: by the caller's promise.
        let (relation, types) = unsafe {
            let flinfo = (*fcinfo).flinfo;
            let relation = value(fcinfo, 0).map_or(pg_sys::InvalidOid, |datum| {
                pg_sys::Oid::from(datum.value() as u32)
            });
            (relation, share_types(flinfo)?)
        };
        let merged = asker.merges_into(relation, action);
        let caller = asker.caller;
        let completed = crate::pg::compat::completed_transactions();
        let _latest = merged.then(Snapshot::latest);
        let set = fetch_shared(&caller, relation, action, types)?;
        Ok(CallSite {
            caller,
            relation,
            action,
            types,
            set,
            completed,
            merged,
        })
    }

    fn keep_up(&mut self) -> Result<()> {
        let completed = crate::pg::compat::completed_transactions();
        if completed != self.completed {
            self.set = fetch_shared(&self.caller, self.relation, self.action, self.types)?;
            self.completed = completed;
        }
        Ok(())
    }
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

/// The records in the table `relation` that were shared with `caller`, by what `snapshot` sees: so that
/// he may do `action` with them or, over a relation, with their children.
pub fn fetch_shared_by(
    snapshot: &Snapshot,
    caller: &Caller,
    relation: pg_sys::Oid,
    way: Way,
    action: Action,
    types: ShareTypes,
) -> Result<ShareSet> {
    let Some(state) = State::seen_by(snapshot)? else {
        return Ok(ShareSet::nothing(types));
    };
    let me = identity(caller, &state, snapshot)?;
    match (me, state.configuration.tables.get(&relation)) {
        (Some(me), Some(table)) if is_protected_as_before(relation, snapshot) => {
            let set = share_set(&state, snapshot, &me, table, way, action, types)?;
            match set.is_empty() || knows_records(relation) {
                true => Ok(set),
                false => Ok(ShareSet::nothing(types)),
            }
        }
        _ => Ok(ShareSet::nothing(types)),
    }
}

/// Whether the column by which shares name records is still a key. Without its unique index another
/// record may say the same.
fn knows_records(relation: pg_sys::Oid) -> bool {
    let Some(records) = Records::open(relation) else {
        return false;
    };
    // SAFETY: the table is open.
    let found = unsafe { owner_columns(records.relation()) };
    let record = found.ok().and_then(|columns| columns.record);
    record.is_some_and(|record| records.key_on(record.number).is_some())
}
