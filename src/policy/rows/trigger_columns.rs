//! The owner columns of a table, as its triggers ask for them: of many rows, and read from the policies once.

use crate::core::Result;
use crate::pg::process;
use crate::policy::text::columns::{OwnerColumns, owner_columns};
use pgrx::{PgMemoryContexts, pg_sys};

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
    // SAFETY: by the caller's promise `fn_extra` is null or what was set here, which lives as long as the
    // memory of the call.
    unsafe {
        let flinfo = (*fcinfo).flinfo;
        let (table, command) = ((*relation).rd_id, process::command());
        let kept = (*flinfo).fn_extra.cast::<KeptColumns>();
        let is_known = !kept.is_null() && (*kept).relation == table && (*kept).command == command;
        if is_known {
            return Ok(&(*kept).columns);
        }
        let found = KeptColumns {
            relation: table,
            command,
            columns: owner_columns(relation)?,
        };
        let kept = match kept.is_null() {
            true => PgMemoryContexts::For((*flinfo).fn_mcxt).leak_and_drop_on_delete(found),
            false => {
                *kept = found;
                kept
            }
        };
        (*flinfo).fn_extra = kept.cast();
        Ok(&(*kept).columns)
    }
}
