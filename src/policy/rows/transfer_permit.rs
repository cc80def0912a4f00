//! What lets the rows of a transfer under way pass.

use crate::core::Action;
use crate::policy::sets::keys::{KeyType, text_of_key};
use crate::policy::sets::owners::ColumnValue;
use crate::policy::text::calls::OwnerArm;
use crate::session::caller::{Execution, await_update, awaited_update};
use pgrx::pg_sys;
use std::cell::{Cell, RefCell};

/// A `transfer()` under way: rows become the new owner's, also where the caller loses sight of
/// them by it.
struct PermittedTransfer {
    relation: pg_sys::Oid,
    /// The arm whose column receives the new owner.
    arm: OwnerArm,
    key_type: KeyType,
    key: String,
}

thread_local! {
    static TRANSFERRING: Cell<bool> = const { Cell::new(false) };
    static TRANSFER: RefCell<Option<PermittedTransfer>> = const { RefCell::new(None) };
}

/// While it lives, rows of the new owner pass the checks of the next UPDATE of `table`, and of no
/// other statement: not of those that its triggers, policies and functions run.
pub struct TransferPermit(());

impl TransferPermit {
    pub fn new(
        table: pg_sys::Oid,
        module_relation: pg_sys::Oid,
        arm: OwnerArm,
        key_type: KeyType,
        key: &str,
    ) -> TransferPermit {
        let key = key.to_owned();
        let transfer = PermittedTransfer {
            relation: module_relation,
            arm,
            key_type,
            key,
        };
        TRANSFER.set(Some(transfer));
        TRANSFERRING.set(true);
        await_update(Some(table));
        TransferPermit(())
    }
}

impl Drop for TransferPermit {
    // Also when an error unwinds: a permit must not outlive its statement.
    fn drop(&mut self) {
        await_update(None);
        TRANSFERRING.set(false);
        TRANSFER.set(None);
    }
}

/// Some(true) where a transfer under way lets a row pass in `execution`.
///
/// # Safety
/// The values must be of the column types that the predicate was called with.
#[inline]
pub unsafe fn transfer_admits(
    execution: Option<Execution>,
    relation: pg_sys::Oid,
    action: Action,
    arm: OwnerArm,
    first: ColumnValue,
    second: ColumnValue,
) -> Option<bool> {
    if !TRANSFERRING.get() || !matches!(action, Action::Read | Action::Edit) {
        return None;
    }
    TRANSFER.with_borrow(|transfer| {
        let transfer = transfer.as_ref()?;
        if transfer.relation != relation || execution.is_none() || execution != awaited_update() {
            return None;
        }
        let value = if transfer.arm == arm { first } else { second };
        // SAFETY: by the caller's promise; `key_type` is that of the column.
        let key = value.and_then(|datum| unsafe { text_of_key(transfer.key_type, datum) })?;
        (key == transfer.key).then_some(true)
    })
}
