//! Plans from which a predicate was left out: that for reading, because whoever they were made for
//! sees every record of the table; or the arm for single records, because none was ever shared.
//! They cost nothing: index-only scans, and for who sees everything index conditions of operators
//! that are not leakproof.
//!
//! Such a plan would show everything to others. Three things keep it to those who may use it:
//! switching to another caller discards it; changing the configuration does (it names the
//! generation table); and since neither reaches a session at once in every case, a plan names the
//! tables for which it relies on this, and it is checked by the snapshot of whoever starts it
//! (SQLSTATE 40001 otherwise). The first share of a table discards what relies on there being none.

use crate::catalog::read::links::shared_modules;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::decision::Way;
use crate::core::org::Relation;
use crate::core::{Action, Error, Result, Sqlstate};
use crate::pg::list::{length, nth};
use crate::pg::process;
use crate::policy::plans::dependent::{depend_on, depend_on_configuration};
use crate::policy::sets::keys::KeyType;
use crate::policy::sets::owners::{ColumnTypes, Reach};
use crate::policy::sets::reached::fetch_by;
use crate::session::caller::Caller;
use pgrx::{PgBox, pg_sys};
use std::cell::Cell;

/// What a plan relies on for a table. No cache of PostgreSQL's has these numbers: an item of the
/// plan with one of them has the OID of the table as its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliance {
    /// The caller sees every record.
    Everything = -1,
    /// No record was ever shared.
    NoShares = -2,
    /// Over no relation of the table anything carries: no rule gives something, and no parent
    /// record was ever shared.
    NothingRelated = -3,
}

/// By this hash, among those of functions, the plan cache finds these plans. A function that
/// happens to have it too is planned anew more often than it must.
const DISCARD: u32 = 0x7368_6172;

thread_local! {
    /// Whether the plan cache may hold such a plan.
    static MADE: Cell<bool> = const { Cell::new(false) };
}

/// Notes in the plan under construction what it relies on for `relation`.
///
/// # Safety
/// `root` must be the planner's information on the query that is being planned.
pub unsafe fn note(root: *mut pg_sys::PlannerInfo, relation: pg_sys::Oid, reliance: Reliance) {
    // SAFETY: `glob` belongs to the planner; its lists become those of the plan.
    unsafe {
        let glob = (*root).glob;
        let add = |cache: i32, value: u32| {
            let mut item =
                PgBox::<pg_sys::PlanInvalItem>::alloc_node(pg_sys::NodeTag::T_PlanInvalItem);
            item.cacheId = cache;
            item.hashValue = value;
            (*glob).invalItems = pg_sys::lappend((*glob).invalItems, item.into_pg().cast());
        };
        add(reliance as i32, relation.to_u32());
        match reliance {
            Reliance::Everything => {
                add(pg_sys::SysCacheIdentifier::PROCOID as i32, DISCARD);
                depend_on_configuration(root);
                MADE.set(true);
            }
            Reliance::NoShares => depend_on(root, c"shared_modules"),
            Reliance::NothingRelated => {
                depend_on_configuration(root);
                depend_on(root, c"shared_modules");
            }
        }
    }
}

/// Makes the plan cache of this session plan such statements anew. Never fails.
pub fn discard() {
    if MADE.take() {
        // SAFETY: runs the callbacks that hang on changes of a function; they only mark entries.
        unsafe {
            pg_sys::CallSyscacheCallbacks(pg_sys::SysCacheIdentifier::PROCOID as i32, DISCARD);
        }
    }
}

/// Refuses a plan that relies on what is not so.
///
/// # Safety
/// `query` must be about to be started, with its snapshot active.
pub unsafe fn check(query: *mut pg_sys::QueryDesc) -> Result<()> {
    // SAFETY: a query description has a plan, whose list holds items.
    let items = unsafe { (*(*query).plannedstmt).invalItems };
    // SAFETY: as above.
    for n in 0..unsafe { length(items) } {
        // SAFETY: as above.
        let (cache, value) = unsafe {
            let item = nth(items, n).cast::<pg_sys::PlanInvalItem>();
            ((*item).cacheId, (*item).hashValue)
        };
        let table = pg_sys::Oid::from(value);
        let holds = match cache {
            cache if cache == Reliance::Everything as i32 => sees_everything(table)?,
            cache if cache == Reliance::NoShares as i32 => never_shared(table)?,
            cache if cache == Reliance::NothingRelated as i32 => carries_nothing(table)?,
            _ => true,
        };
        if !holds {
            MADE.set(true);
            discard();
            return Err(Error::new(
                Sqlstate::Retry,
                "the plan of this statement was made for a caller who sees every record, or before records were shared or related",
            )
            .hint("Run the transaction again: the statement will be planned anew."));
        }
    }
    Ok(())
}

/// Whether something is so at present, and will be when what is now planned is run: a function plans
/// its statements by the snapshot of whoever called it, and runs them by one that sees what it did
/// itself. (What others do meanwhile ends in SQLSTATE 40001, and the next attempt sees it.)
pub fn stays_so(is_so: impl Fn(&Snapshot) -> Result<bool>) -> Result<bool> {
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(false);
    };
    if !is_so(&snapshot)? {
        return Ok(false);
    }
    // SAFETY: reads a variable of this process.
    let may_have_changed = process::has_transaction_id() && !unsafe { pg_sys::IsInParallelMode() };
    Ok(!may_have_changed || is_so(&Snapshot::latest())?)
}

fn never_shared(table: pg_sys::Oid) -> Result<bool> {
    Snapshot::of_statement().map_or(Ok(false), |snapshot| Ok(!has_shares(table, &snapshot)?))
}

fn carries_nothing(table: pg_sys::Oid) -> Result<bool> {
    Snapshot::of_statement().map_or(Ok(false), |snapshot| {
        Ok(!carries_anything(table, &snapshot)?)
    })
}

/// Whether a record of a table was ever shared, as a snapshot sees it.
pub fn has_shares(table: pg_sys::Oid, snapshot: &Snapshot) -> Result<bool> {
    let modules = shared_modules(snapshot);
    if modules.is_empty() {
        return Ok(false);
    }
    let Some(state) = State::seen_by(snapshot)? else {
        return Ok(true);
    };
    let module = state.module_of(table);
    Ok(module.is_some_and(|module| modules.binary_search(&module).is_ok()))
}

/// Whether a rule gives something over any relation of a table, or a parent record was ever shared,
/// as a snapshot sees it.
pub fn carries_anything(table: pg_sys::Oid, snapshot: &Snapshot) -> Result<bool> {
    let Some(state) = State::seen_by(snapshot)? else {
        return Ok(true);
    };
    let Some(table) = state.table(table) else {
        return Ok(true);
    };
    if !table.is_child {
        return Ok(false);
    }
    let org = &state.configuration.org;
    let shared = shared_modules(snapshot);
    let carries = |relation: &Relation| {
        org.carries_rules(relation)
            || relation.with_shares && shared.binary_search(&relation.parent).is_ok()
    };
    let mut relations = org.relations.iter();
    Ok(relations.any(|relation| relation.child == table.module && carries(relation)))
}

fn sees_everything(table: pg_sys::Oid) -> Result<bool> {
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(false);
    };
    // The types of columns make no difference to this.
    let types = ColumnTypes {
        user: KeyType::Int8,
        group: KeyType::Int8,
    };
    let set = fetch_by(
        &snapshot,
        &Caller::now(),
        table,
        Way::Own,
        Action::Read,
        types,
    )?;
    Ok(set.reach == Reach::Everything)
}
