//! The predicates that stand in the policies: one call per row.
//!
//! At the first call of a statement the caller's owner set is fetched and hung on the call site;
//! after that a row costs one probe, without SPI, allocation, or a call back into PostgreSQL.

use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::decision::Way;
use crate::core::{Action, Result};
use crate::policy::plans::dependent;
use crate::policy::plans::handover;
use crate::policy::rows::owner_guard;
use crate::policy::sets::keys::{KeyType, key_type_of_argument, text_of_key};
use crate::policy::sets::owners::{ColumnTypes, OwnerSet, Value, owner_set};
use crate::session::caller::{Caller, Execution};
use crate::session::identity::identity;
use pgrx::{PgMemoryContexts, pg_sys};
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// Which column the predicate starts from. The policy of a module with two owner columns has an
/// arm for each, so that each can be answered from an index of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arm {
    /// `may_…(module, owner [, group])`
    Owner,
    /// `may_…_as_group(module, group [, owner])`
    Group,
}

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
        if let Some(admitted) =
            owner_guard::transfer_admits(site.execution, site.relation, action, arm, first, second)
        {
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

/// Whether a value of a user column is a user's key.
///
/// # Safety
/// `key` must be of the key type.
pub unsafe fn is_user(
    known_users: &mut HashMap<String, bool>,
    key_type: KeyType,
    key: pg_sys::Datum,
    snapshot: &Snapshot,
) -> Result<bool> {
    // SAFETY: by the caller's promise.
    let Some(key) = (unsafe { text_of_key(key_type, key) }) else {
        return Ok(false);
    };
    if let Some(&known) = known_users.get(&key) {
        return Ok(known);
    }
    let known = People::open()?.by_key(&key, snapshot).is_some();
    known_users.insert(key, known);
    Ok(known)
}

/// How many transactions have ended in this cluster.
fn completed_transactions() -> u64 {
    crate::pg::compat::completed_transactions()
}

/// By which state an action is judged: reading by the statement's own, the others by the latest. (The
/// target of a MERGE: `Asker::merges_into`.)
pub fn snapshot_for(action: Action) -> Option<Snapshot> {
    match action {
        Action::Read => Snapshot::of_statement(),
        _ => Some(Snapshot::latest()),
    }
}

/// The owner set of `caller`, by the state of the configuration that counts for `action`.
pub fn fetch(
    caller: &Caller,
    relation: pg_sys::Oid,
    action: Action,
    types: ColumnTypes,
) -> Result<Rc<OwnerSet>> {
    match snapshot_for(action) {
        Some(snapshot) => fetch_by(&snapshot, caller, relation, Way::Own, action, types),
        None => Ok(Rc::new(OwnerSet::nothing(types))),
    }
}

/// The owners in the table `relation` by whom `caller` may do `action`, by the state that `snapshot`
/// sees: with their records or, over a relation, with the children of these. Nobody reaches
/// nothing, and a table that is no module shows nothing.
pub fn fetch_by(
    snapshot: &Snapshot,
    caller: &Caller,
    relation: pg_sys::Oid,
    way: Way,
    action: Action,
    types: ColumnTypes,
) -> Result<Rc<OwnerSet>> {
    if let Some(set) = handover::received(snapshot, caller, relation, way, action, types) {
        return Ok(set);
    }
    let nothing = || Ok(Rc::new(OwnerSet::nothing(types)));
    let Some(state) = State::seen_by(snapshot)? else {
        return nothing();
    };
    let me = identity(caller, &state, snapshot)?;
    if dependent::note_caller(caller, &state, me.as_deref()) && caller.user_key.is_some() {
        // The session goes back to this one when SET LOCAL ends.
        let without_key = Caller {
            user_key: None,
            ..caller.clone()
        };
        let user = identity(&without_key, &state, snapshot)?;
        dependent::note_caller(&without_key, &state, user.as_deref());
    }
    let Some(me) = me else { return nothing() };
    match state.configuration.tables.get(&relation) {
        Some(table) => owner_set(&state, snapshot, &me, table, way, action, types),
        None => nothing(),
    }
}
