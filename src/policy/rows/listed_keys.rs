//! The keys that an index condition asks for, looked up when the plan runs.
//!
//! A nested loop begins its inner scan anew for each outer row, and each partition has a scan of its own:
//! a list is made once for an execution.

use crate::core::decision::Way;
use crate::core::{Action, Error, Result, Sqlstate};
use crate::policy::parents::estimate::{ChildAccess, questions};
use crate::policy::parents::parent_keys::parents_for;
use crate::policy::plans::dependent;
use crate::policy::rows::share_predicate::fetch_shared;
use crate::policy::sets::keys::{KeySet, KeyType};
use crate::policy::sets::owners::{ColumnTypes, Reach};
use crate::policy::sets::reached::{fetch, snapshot_for};
use crate::policy::sets::shares::ShareTypes;
use crate::policy::text::calls::{Criterion, OwnerArm};
use crate::session::caller::{Caller, Execution};
use crate::session::{planned_for, settings};
use pgrx::{PgMemoryContexts, pg_sys};
use rustc_hash::FxHashMap;
use std::cell::RefCell;

/// A list of one execution: who asks is the caller of that.
type ListName = (Execution, pg_sys::Oid, Action, Criterion, KeyType);

/// A list that lies in the memory of its execution.
#[derive(Clone, Copy)]
struct KeptList {
    array: pg_sys::Datum,
    /// Transactions completed when it was made: what writes goes by the latest configuration.
    completed: u64,
    /// With those before it, which somebody may still read.
    bytes: usize,
}

#[derive(Default)]
struct Lists {
    lists: FxHashMap<ListName, KeptList>,
    bytes: usize,
}

thread_local! {
    static LISTS: RefCell<Lists> = RefCell::default();
}

/// Forgets a list when its execution ends.
struct ForgetList(ListName);

impl Drop for ForgetList {
    fn drop(&mut self) {
        // Also runs while an error is cleaned up: nothing here can fail.
        LISTS.with(|lists| {
            if let Ok(mut lists) = lists.try_borrow_mut() {
                let gone = lists.lists.remove(&self.0);
                lists.bytes -= gone.map_or(0, |kept| kept.bytes);
            }
        });
    }
}

/// The keys for an index condition: all of them, since the plan shows no other rows.
///
/// # Safety
/// `context` must be null or the memory context of the function call.
pub unsafe fn listed_keys(
    context: pg_sys::MemoryContext,
    relation: pg_sys::Oid,
    action: Action,
    criterion: Criterion,
    key_type: KeyType,
) -> Result<pg_sys::Datum> {
    // SAFETY: by the caller's promise.
    let (caller, execution) = unsafe { Caller::and_execution_of_call(context) };
    // Before the list is made, so that it is not taken for newer than it is.
    let completed = crate::pg::compat::completed_transactions();
    let name = execution.map(|execution| (execution, relation, action, criterion, key_type));
    if let Some(name) = &name
        && let Some(kept) = LISTS.with_borrow(|lists| lists.lists.get(name).copied())
        && (action == Action::Read || kept.completed == completed)
    {
        return Ok(kept.array);
    }
    let _time = Execution::clock(execution);
    let array = made((caller, execution), relation, action, criterion, key_type)?;
    Ok(match name {
        // SAFETY: an array was made, and the execution is under way.
        Some(name) => unsafe { keep(name, array, completed) }.unwrap_or(array),
        // Outside of a statement that PostgreSQL runs, or while one is planned.
        None => array,
    })
}

/// Copies a list into the memory of its execution; None where there is no room for it.
///
/// # Safety
/// `array` must be an array in memory.
unsafe fn keep(name: ListName, array: pg_sys::Datum, completed: u64) -> Option<pg_sys::Datum> {
    // SAFETY: by the caller's promise. The copy is as long as what is copied, and lives as long as the
    // execution, like the value that forgets it.
    unsafe {
        let size = pgrx::varlena::varsize_any(array.cast_mut_ptr());
        let (before, total) = LISTS.with_borrow(|lists| {
            let before = lists.lists.get(&name).map(|kept| kept.bytes);
            (before, lists.bytes)
        });
        if total + size > settings::cache_size() {
            return None;
        }
        let context = name.0.context();
        let copy = pg_sys::MemoryContextAlloc(context, size).cast::<u8>();
        copy.copy_from_nonoverlapping(array.cast_mut_ptr::<u8>(), size);
        if before.is_none() {
            PgMemoryContexts::For(context).leak_and_drop_on_delete(ForgetList(name));
        }
        let kept = KeptList {
            array: pg_sys::Datum::from(copy),
            completed,
            bytes: before.unwrap_or(0) + size,
        };
        LISTS.with_borrow_mut(|lists| {
            lists.bytes += size;
            lists.lists.insert(name, kept);
        });
        Some(kept.array)
    }
}

fn made(
    (caller, execution): (Caller, Option<Execution>),
    relation: pg_sys::Oid,
    action: Action,
    criterion: Criterion,
    key_type: KeyType,
) -> Result<pg_sys::Datum> {
    let mut way = Way::Own;
    let arm = match criterion {
        Criterion::Owners(arm) => arm,
        Criterion::Criteria(id) => {
            way = Way::Criteria(id);
            OwnerArm::Owner
        }
        Criterion::Records => {
            // The owner is looked at when the row comes by.
            let types = ShareTypes {
                record: key_type,
                owner: KeyType::Text,
                group: KeyType::Text,
            };
            let set = fetch_shared(&caller, relation, action, types)?;
            return Ok(set.keys().to_array(key_type));
        }
        Criterion::Related(_) | Criterion::Parent => {
            return listed_parents((caller, execution), relation, action, criterion, key_type);
        }
    };
    let types = ColumnTypes {
        user: key_type,
        group: key_type,
    };
    let set = fetch(&caller, relation, way, action, types)?;
    if set.reach != Reach::Listed {
        return Err(cannot_be_listed(execution));
    }
    Ok(match (arm, &set.groups) {
        (OwnerArm::Owner, _) => set.owners.to_array(key_type),
        (OwnerArm::Group, Some(groups)) => groups.candidates().to_array(key_type),
        (OwnerArm::Group, None) => KeySet::new(key_type).to_array(key_type),
    })
}

fn cannot_be_listed(execution: Option<Execution>) -> Error {
    dependent::discard_plans();
    if let Some(execution) = execution {
        planned_for::is_in_vain(execution);
    }
    Error::new(
        Sqlstate::Retry,
        "the plan of this statement was made before its caller was given access to everything",
    )
    .hint("Run the transaction again: the statement will be planned anew.")
}

fn listed_parents(
    (caller, execution): (Caller, Option<Execution>),
    relation: pg_sys::Oid,
    action: Action,
    criterion: Criterion,
    key_type: KeyType,
) -> Result<pg_sys::Datum> {
    let nothing = || Ok(KeySet::new(key_type).to_array(key_type));
    let Some(snapshot) = snapshot_for(action) else {
        return nothing();
    };
    let way = match criterion {
        Criterion::Related(id) => Way::Relation(id),
        _ => Way::Own,
    };
    match questions(&snapshot, &caller, relation, way, action)? {
        None => nothing(),
        // Over a relation the plan has an arm for the owner, which lets an administrator through.
        Some(ChildAccess::Everything) if way != Way::Own => nothing(),
        Some(ChildAccess::Everything) => Err(cannot_be_listed(execution)),
        // SAFETY: what is compiled lives as long as the memory of this call, which is longer than
        // the set of parents.
        Some(ChildAccess::ByParents(parent, questions)) => unsafe {
            let context = pg_sys::CurrentMemoryContext;
            let mut keys = KeySet::new(key_type);
            for question in questions {
                let asking = (caller.clone(), execution);
                let parents = parents_for(asking, parent, question, key_type, context);
                keys.extend(&parents.borrow_mut().all(key_type)?);
            }
            Ok(keys.to_array(key_type))
        },
    }
}
