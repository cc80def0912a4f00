//! The single records that were shared with a caller or given to them, where the table still knows them by a key.

use crate::catalog::read::links::was_ever_shared;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::decision::Way;
use crate::core::{Action, Result};
use crate::policy::records::reading::Records;
use crate::policy::sets::given_sets::{given_set, lowest_given_over};
use crate::policy::sets::share_sets::{lowest_level, lowest_level_over, share_set};
use crate::policy::sets::shares::ShareTypes;
use crate::policy::sets::since::is_protected_as_before;
use crate::policy::sets::singles::SingleRecords;
use crate::policy::text::columns::owner_columns;
use crate::session::caller::Caller;
use crate::session::identity::known_by;
use pgrx::pg_sys;

/// The records in the table `relation` that were shared with `caller` or given to them, by what `snapshot`
/// sees: so that they may do `action` with them or, over a relation, with their children.
pub fn fetch_shared_by(
    snapshot: &Snapshot,
    caller: &Caller,
    relation: pg_sys::Oid,
    way: Way,
    action: Action,
    types: ShareTypes,
) -> Result<SingleRecords> {
    let Some((state, me)) = known_by(caller, snapshot)? else {
        return Ok(SingleRecords::nothing(types));
    };
    match state.table(relation) {
        Some(table)
            if was_ever_shared(table.module, snapshot)
                && is_protected_as_before(relation, snapshot) =>
        {
            let module = table.module;
            let by_share = match way {
                // Shares and grants ask for nothing else.
                Way::Criteria(_) | Way::RelatedCriteria(..) => None,
                Way::Own => lowest_level(&state, &me, module, action),
                Way::Relation(id) => lowest_level_over(&state, &me, module, id, action),
            };
            let by_grant = || match way {
                Way::Criteria(_) | Way::RelatedCriteria(..) => None,
                Way::Own => by_share,
                Way::Relation(id) => lowest_given_over(&state, &me, module, id, action),
            };
            let set = SingleRecords {
                shared: share_set(&state, snapshot, &me, table, by_share, types)?,
                given: given_set(&state, snapshot, &me, module, by_grant, types.record),
            };
            match set.is_empty() || knows_records(relation) {
                true => Ok(set),
                false => Ok(SingleRecords::nothing(types)),
            }
        }
        _ => Ok(SingleRecords::nothing(types)),
    }
}

/// Whether the column by which shares name records is still a key. Without its unique index another
/// record may say the same.
pub fn knows_records(relation: pg_sys::Oid) -> bool {
    let Some(records) = Records::open(relation) else {
        return false;
    };
    // SAFETY: the table is open.
    let found = unsafe { owner_columns(records.relation()) };
    let record = found.ok().and_then(|columns| columns.record);
    record.is_some_and(|record| records.key_on(record.number).is_some())
}
