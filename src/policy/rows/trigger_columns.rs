//! The owner columns of a table, as its triggers ask for them: of many rows, and read from the policies once.

use crate::core::{Error, Result};
use crate::pg::process;
use crate::policy::rows::call_site::kept_along;
use crate::policy::text::columns::{OwnerColumns, owner_columns};
use pgrx::pg_sys;

/// What a trigger keeps from row to row. Whoever alters policies meanwhile is this transaction itself, by
/// another command: for others the table is locked.
struct KeptColumns {
    relation: pg_sys::Oid,
    command: pg_sys::CommandId,
    columns: OwnerColumns,
}

/// # Safety
/// `fcinfo` must be the call of a trigger that keeps nothing else, and `relation` its table, which is open.
/// What an earlier call got must no longer be in use.
pub unsafe fn owner_columns_of_call<'call>(
    fcinfo: pg_sys::FunctionCallInfo,
    relation: pg_sys::Relation,
) -> Result<&'call OwnerColumns> {
    // SAFETY: by the caller's promise.
    unsafe {
        let (table, command) = ((*relation).rd_id, process::command());
        let kept = kept_along::<Option<KeptColumns>>(fcinfo, || None);
        let same = |known: &KeptColumns| known.relation == table && known.command == command;
        if !kept.as_ref().is_some_and(same) {
            *kept = Some(KeptColumns {
                relation: table,
                command,
                columns: owner_columns(relation)?,
            });
        }
        let kept = kept.as_ref().map(|kept| &kept.columns);
        kept.ok_or_else(|| Error::internal("the owner columns of a table were not kept"))
    }
}
