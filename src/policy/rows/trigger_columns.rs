//! The owner columns of a table, and who reaches what they say, as its triggers ask for them: of many rows, and
//! read once.

use crate::core::decision::Way;
use crate::core::{Action, Error, Result};
use crate::pg::compat::completed_transactions;
use crate::pg::process;
use crate::policy::rows::call_site::kept_along;
use crate::policy::sets::owners::OwnerSet;
use crate::policy::sets::reached::fetch;
use crate::policy::text::columns::{OwnerColumns, owner_columns};
use crate::session::caller::Caller;
use pgrx::pg_sys;
use std::rc::Rc;

/// What a trigger keeps from row to row. Whoever alters policies meanwhile is this transaction itself, by
/// another command: for others the table is locked.
struct KeptColumns {
    relation: pg_sys::Oid,
    command: pg_sys::CommandId,
    columns: OwnerColumns,
    reached: Option<KeptReach>,
}

/// The owners with whose records somebody may do something, by the latest state: as long as no transaction
/// was completed.
struct KeptReach {
    caller: Caller,
    action: Action,
    completed: u64,
    set: Rc<OwnerSet>,
}

/// # Safety
/// `fcinfo` must be the call of a trigger that keeps nothing else, and `relation` its table, which is open.
/// What an earlier call got must no longer be in use.
pub unsafe fn owner_columns_of_call<'call>(
    fcinfo: pg_sys::FunctionCallInfo,
    relation: pg_sys::Relation,
) -> Result<&'call OwnerColumns> {
    // SAFETY: by the caller's promise.
    unsafe { kept(fcinfo, relation) }.map(|kept| &kept.columns)
}

/// The owners with whose records a caller may do an action of writing, and the columns that say who owns one.
///
/// # Safety
/// As for `owner_columns_of_call`.
pub unsafe fn reached_by_call<'call>(
    fcinfo: pg_sys::FunctionCallInfo,
    relation: pg_sys::Relation,
    caller: Caller,
    action: Action,
) -> Result<(&'call OwnerColumns, Rc<OwnerSet>)> {
    // SAFETY: by the caller's promise.
    let kept = unsafe { kept(fcinfo, relation)? };
    // Before it is looked, so that what was seen is not taken for newer than it is.
    let completed = completed_transactions();
    let is_it = |known: &&KeptReach| {
        known.completed == completed && known.action == action && known.caller == caller
    };
    let set = match kept.reached.as_ref().filter(is_it) {
        Some(known) => known.set.clone(),
        None => {
            let columns = &kept.columns;
            let set = fetch(
                &caller,
                columns.module_relation,
                Way::Own,
                action,
                columns.types(),
            )?;
            kept.reached = Some(KeptReach {
                caller,
                action,
                completed,
                set: set.clone(),
            });
            set
        }
    };
    Ok((&kept.columns, set))
}

/// # Safety
/// As for `owner_columns_of_call`.
unsafe fn kept<'call>(
    fcinfo: pg_sys::FunctionCallInfo,
    relation: pg_sys::Relation,
) -> Result<&'call mut KeptColumns> {
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
                reached: None,
            });
        }
        let kept = kept.as_mut();
        kept.ok_or_else(|| Error::internal("the owner columns of a table were not kept"))
    }
}
