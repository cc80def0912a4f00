//! The predicates that stand in the policies: one call per row.
//!
//! At the first call of a statement the caller's owner set is fetched and hung on the call site;
//! after that a row costs one probe, without SPI, allocation, or a call back into PostgreSQL.

use crate::catalog::read::snapshot::Snapshot;
use crate::core::{Action, Result};
use crate::policy::rows::transfer_permit;
use crate::policy::sets::keys::{KeyType, key_type_of_argument};
use crate::policy::sets::owners::{ColumnTypes, OwnerSet, Value};
use crate::policy::sets::reached::{fetch, is_user, snapshot_for};
use crate::policy::text::calls::Arm;
use crate::session::caller::{Caller, Execution};
use pgrx::{PgMemoryContexts, pg_sys};
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// One call of a predicate in one execution of one statement.
struct CallSite {
    caller: Caller,
    execution: Option<Execution>,
    relation: pg_sys::Oid,
    action: Action,
    types: ColumnTypes,
    set: Rc<OwnerSet>,
    /// Transactions completed when `set` was fetched: none since, and it is still the latest.
    completed: u64,
    /// See `Asker::merges_into`.
    merged: bool,
    /// Whether a key is a user's, where a group column makes that matter.
    known_users: HashMap<String, bool>,
}

/// Whether the caller may do `action` with a record of these owners. NULL owners are values too.
///
/// # Safety
/// `fcinfo` must be a call of a predicate: a regclass, then one or two owner columns.
#[inline]
pub unsafe fn judge(fcinfo: pg_sys::FunctionCallInfo, action: Action, arm: Arm) -> Result<bool> {
    // SAFETY: by the caller's promise; these predicates keep nothing else.
    unsafe {
        let mut site = kept_for_call(fcinfo, |asker| CallSite::new(fcinfo, asker, action, arm))?;
        let _latest = site.merged.then(Snapshot::latest);
        if action != Action::Read || site.merged {
            site.keep_up()?;
        }
        let first = value(fcinfo, 1);
        let second = if (*fcinfo).nargs > 2 {
            value(fcinfo, 2)
        } else {
            None
        };
        if let Some(admitted) = transfer_permit::transfer_admits(
            site.execution,
            site.relation,
            action,
            arm,
            first,
            second,
        ) {
            return Ok(admitted);
        }
        let set = site.set.clone();
        match arm {
            Arm::Owner => set.admits_owner(first, second, |key| site.is_user(key)),
            Arm::Group => set.admits_group(first, second, |key| site.is_user(key)),
        }
    }
}

/// What a call keeps from row to row, made at its first: as long as the FmgrInfo of the call lives, but
/// only where that belongs to an execution, whose caller and configuration do not change. A call
/// outside of one, as of a simple expression of PL/pgSQL, whose FmgrInfo lives as long as the
/// transaction, keeps nothing: what is made in the given context goes with its `Kept`.
///
/// # Safety
/// `fcinfo` must be a call of a function that keeps a `T` and nothing else, and what an earlier call
/// of this got must no longer be in use.
#[inline]
pub unsafe fn kept_for_call<'call, T>(
    fcinfo: pg_sys::FunctionCallInfo,
    make: impl FnOnce(Asker) -> Result<T>,
) -> Result<Kept<'call, T>> {
    // SAFETY: by the caller's promise `fn_extra` is null or what was set here, a T that lives as long
    // as the memory context of the FmgrInfo, and no other reference to it is in use.
    unsafe {
        let flinfo = (*fcinfo).flinfo;
        if (*flinfo).fn_extra.is_null() {
            let asker = Asker::of_call(flinfo);
            let belongs_to_one = asker.execution.is_some();
            let made = make(asker)?;
            if !belongs_to_one {
                return Ok(Kept::Once(Box::new(made)));
            }
            let kept = PgMemoryContexts::For((*flinfo).fn_mcxt).leak_and_drop_on_delete(made);
            (*flinfo).fn_extra = kept.cast();
        }
        Ok(Kept::Along(&mut *(*flinfo).fn_extra.cast::<T>()))
    }
}

/// What a call of a predicate works with: kept by its execution, or made for this one evaluation.
pub enum Kept<'call, T> {
    Along(&'call mut T),
    Once(Box<T>),
}

impl<T> Deref for Kept<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        match self {
            Kept::Along(kept) => kept,
            Kept::Once(made) => made,
        }
    }
}

impl<T> DerefMut for Kept<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        match self {
            Kept::Along(kept) => kept,
            Kept::Once(made) => made,
        }
    }
}

/// Who asks by a call, and in which memory what is made for it lives.
pub struct Asker {
    pub caller: Caller,
    pub execution: Option<Execution>,
    pub context: pg_sys::MemoryContext,
}

impl Asker {
    /// Whether a MERGE asks whether its target may be read. It calls the user's conditions before it asks
    /// whether a row may be changed, also of a row that it waited for: so this, too, is judged by the
    /// latest snapshot, which is made the active one meanwhile.
    pub fn merges_into(&self, relation: pg_sys::Oid, action: Action) -> bool {
        let execution = self.execution.filter(|_| action == Action::Read);
        execution.is_some_and(|execution| execution.merges_into(relation))
    }
}

impl Asker {
    /// # Safety
    /// `flinfo` must be that of a function call.
    unsafe fn of_call(flinfo: *mut pg_sys::FmgrInfo) -> Asker {
        // SAFETY: by the caller's promise.
        unsafe {
            let (caller, execution) = Caller::and_execution_of_call((*flinfo).fn_mcxt);
            let context = match execution {
                Some(_) => (*flinfo).fn_mcxt,
                None => pg_sys::CurrentMemoryContext,
            };
            Asker {
                caller,
                execution,
                context,
            }
        }
    }
}

/// # Safety
/// `fcinfo` must have more than `n` arguments.
#[inline]
pub unsafe fn value(fcinfo: pg_sys::FunctionCallInfo, n: usize) -> Value {
    // SAFETY: by the caller's promise.
    let argument = unsafe { (*fcinfo).args.as_slice(n + 1)[n] };
    (!argument.isnull).then_some(argument.value)
}

/// The types of the owner columns that a call is given.
///
/// # Safety
/// `flinfo` must be that of a predicate call.
unsafe fn column_types(flinfo: *mut pg_sys::FmgrInfo, nargs: i16, arm: Arm) -> Result<ColumnTypes> {
    // SAFETY: by the caller's promise.
    let key_type =
        |n| unsafe { key_type_of_argument(flinfo, n, if n == 1 { "owner" } else { "group" }) };
    let first: KeyType = key_type(1)?;
    let second = if nargs > 2 { key_type(2)? } else { first };
    Ok(match arm {
        Arm::Owner => ColumnTypes {
            user: first,
            group: second,
        },
        Arm::Group => ColumnTypes {
            user: second,
            group: first,
        },
    })
}

impl CallSite {
    /// # Safety
    /// As for `judge`.
    unsafe fn new(
        fcinfo: pg_sys::FunctionCallInfo,
        asker: Asker,
        action: Action,
        arm: Arm,
    ) -> Result<CallSite> {
        // SAFETY: by the caller's promise.
        let (relation, types) = unsafe {
            let flinfo = (*fcinfo).flinfo;
            let relation = value(fcinfo, 0).map_or(pg_sys::InvalidOid, |datum| {
                pg_sys::Oid::from(datum.value() as u32)
            });
            let types = column_types(flinfo, (*fcinfo).nargs, arm)?;
            (relation, types)
        };
        let merged = asker.merges_into(relation, action);
        let Asker {
            caller, execution, ..
        } = asker;
        let completed = completed_transactions();
        let _latest = merged.then(Snapshot::latest);
        let set = fetch(&caller, relation, action, types)?;
        Ok(CallSite {
            caller,
            execution,
            relation,
            action,
            types,
            set,
            completed,
            merged,
            known_users: HashMap::new(),
        })
    }

    /// Writing and locking go by the latest committed configuration, also where a statement waited
    /// for a row and looks at it again (ARCHITECTURE.md).
    fn keep_up(&mut self) -> Result<()> {
        let completed = completed_transactions();
        if completed != self.completed {
            self.set = fetch(&self.caller, self.relation, self.action, self.types)?;
            self.known_users.clear();
            self.completed = completed;
        }
        Ok(())
    }

    fn is_user(&mut self, key: pg_sys::Datum) -> Result<bool> {
        let Some(snapshot) = snapshot_for(self.action) else {
            return Ok(false);
        };
        // SAFETY: the datum is a value of the user column, whose type `types` was made from.
        unsafe { is_user(&mut self.known_users, self.types.user, key, &snapshot) }
    }
}

/// How many transactions have ended in this cluster.
fn completed_transactions() -> u64 {
    crate::pg::compat::completed_transactions()
}
