//! What a call of a predicate keeps from row to row: who asks, and what decides.
//!
//! At the first call of a statement what decides is fetched and hung on the call site; after that a row
//! costs one probe, without SPI, allocation, or a call back into PostgreSQL.

use crate::catalog::read::snapshot::Snapshot;
use crate::core::{Action, Result};
use crate::pg::compat::completed_transactions;
use crate::policy::sets::owners::ColumnValue;
use crate::session::caller::{Caller, Execution};
use pgrx::{PgMemoryContexts, pg_sys};
use std::ops::{Deref, DerefMut};

/// One call of a predicate in one execution of one statement.
pub struct CallSite<T> {
    pub asker: Asker,
    pub decides: T,
    /// Transactions completed when `decides` was fetched: none since, and it is still the latest.
    completed: u64,
}

/// What decides about the rows of a call, by one state of affairs.
pub trait Deciding: Sized {
    /// Fetches it anew, by the state that counts now. What cannot be fetched is asked for again.
    fn renew(&mut self, asker: &Asker) -> Result<()>;
}

/// Who asks what of the records in which table, and in which memory what is made for it lives.
pub struct Asker {
    pub caller: Caller,
    pub execution: Option<Execution>,
    pub context: pg_sys::MemoryContext,
    pub relation: pg_sys::Oid,
    pub action: Action,
    /// Whether a MERGE asks whether its target may be read. It calls the user's conditions before it asks
    /// whether a row may be changed, also of a row that it waited for: so this, too, is judged by the
    /// latest snapshot, which is made the active one meanwhile.
    pub merges: bool,
}

/// What a call works with, and the snapshot that has to stay while it does, where it is not the
/// statement's own. `make` is asked for what decides when nothing is kept.
///
/// # Safety
/// `fcinfo` must be a call of a predicate of this action, whose first argument is a regclass, and which
/// keeps a `CallSite<T>` and nothing else; what an earlier call of this got must no longer be in use.
#[inline]
pub unsafe fn call_site<'call, T: Deciding>(
    fcinfo: pg_sys::FunctionCallInfo,
    action: Action,
    make: impl FnOnce(&Asker) -> Result<T>,
) -> Result<(Kept<'call, CallSite<T>>, Option<Snapshot>)> {
    // SAFETY: by the caller's promise.
    let mut site = unsafe { kept_for_call(fcinfo, action, |asker| CallSite::new(asker, make))? };
    let latest = site.asker.merges.then(Snapshot::latest);
    if action != Action::Read || site.asker.merges {
        site.keep_up()?;
    }
    Ok((site, latest))
}

impl<T: Deciding> CallSite<T> {
    #[cold]
    fn new(asker: Asker, make: impl FnOnce(&Asker) -> Result<T>) -> Result<CallSite<T>> {
        let completed = completed_transactions();
        let _latest = asker.merges.then(Snapshot::latest);
        let _time = Execution::clock(asker.execution);
        Ok(CallSite {
            decides: make(&asker)?,
            asker,
            completed,
        })
    }

    /// Writing and locking go by the latest committed state, also where a statement waited for a row
    /// and looks at it again (ARCHITECTURE.md).
    #[inline]
    fn keep_up(&mut self) -> Result<()> {
        let completed = completed_transactions();
        if completed != self.completed {
            let _time = Execution::clock(self.asker.execution);
            self.decides.renew(&self.asker)?;
            self.completed = completed;
        }
        Ok(())
    }
}

/// What a call keeps from row to row, made at its first: as long as the FmgrInfo of the call lives, but
/// only where that belongs to an execution, whose caller and configuration do not change. A call
/// outside of one, as of a simple expression of PL/pgSQL, whose FmgrInfo lives as long as the
/// transaction, keeps nothing: what is made in the given context goes with its `Kept`.
///
/// # Safety
/// As for `call_site`.
#[inline]
unsafe fn kept_for_call<'call, T>(
    fcinfo: pg_sys::FunctionCallInfo,
    action: Action,
    make: impl FnOnce(Asker) -> Result<T>,
) -> Result<Kept<'call, T>> {
    // SAFETY: by the caller's promise `fn_extra` is null or what was set here, a T that lives as long
    // as the memory context of the FmgrInfo, and no other reference to it is in use.
    unsafe {
        let flinfo = (*fcinfo).flinfo;
        if (*flinfo).fn_extra.is_null() {
            let asker = Asker::of_call(fcinfo, action);
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

/// What a call of another function keeps from row to row, made at its first: as long as its FmgrInfo lives.
///
/// # Safety
/// `fcinfo` must be a function call that keeps a `T` and nothing else; what an earlier call of this got must
/// no longer be in use.
#[inline]
pub unsafe fn kept_along<'call, T>(
    fcinfo: pg_sys::FunctionCallInfo,
    make: impl FnOnce() -> T,
) -> &'call mut T {
    // SAFETY: by the caller's promise `fn_extra` is null or what was set here, which lives as long as the
    // memory context of the FmgrInfo.
    unsafe {
        let flinfo = (*fcinfo).flinfo;
        if (*flinfo).fn_extra.is_null() {
            let kept = PgMemoryContexts::For((*flinfo).fn_mcxt).leak_and_drop_on_delete(make());
            (*flinfo).fn_extra = kept.cast();
        }
        &mut *(*flinfo).fn_extra.cast::<T>()
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

impl Asker {
    /// # Safety
    /// As for `call_site`.
    unsafe fn of_call(fcinfo: pg_sys::FunctionCallInfo, action: Action) -> Asker {
        // SAFETY: by the caller's promise.
        unsafe {
            let own_context = (*(*fcinfo).flinfo).fn_mcxt;
            let (caller, execution) = Caller::and_execution_of_call(own_context);
            let context = match execution {
                Some(_) => own_context,
                None => pg_sys::CurrentMemoryContext,
            };
            let relation = value(fcinfo, 0).map_or(pg_sys::InvalidOid, |datum| {
                pg_sys::Oid::from(datum.value() as u32)
            });
            let merges = action == Action::Read
                && execution.is_some_and(|execution| execution.merges_into(relation));
            Asker {
                caller,
                execution,
                context,
                relation,
                action,
                merges,
            }
        }
    }
}

/// # Safety
/// `fcinfo` must have more than `n` arguments.
#[inline]
pub unsafe fn value(fcinfo: pg_sys::FunctionCallInfo, n: usize) -> ColumnValue {
    // SAFETY: by the caller's promise.
    let argument = unsafe { (*fcinfo).args.as_slice(n + 1)[n] };
    (!argument.isnull).then_some(argument.value)
}
