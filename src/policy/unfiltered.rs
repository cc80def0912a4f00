//! Plans from which the read predicate was left out, because whoever they were made for sees every
//! record of the table. They cost him nothing: index-only scans, and index conditions of operators
//! that are not leakproof.
//!
//! Such a plan would show everything to others. Three things keep it to those who may use it:
//! switching to another caller discards it; changing the configuration does (it names the
//! generation table); and since neither reaches a session at once in every case, a plan names the
//! tables for which it relies on this, and whoever starts it has to see everything of them by his
//! own snapshot (SQLSTATE 40001 otherwise).

use crate::catalog::snapshot::Snapshot;
use crate::core::{Action, Error, Result, Sqlstate};
use crate::policy::columns::{length, nth};
use crate::policy::keys::KeyType;
use crate::policy::owners::{ColumnTypes, Reach};
use crate::policy::plans::depend_on_configuration;
use crate::policy::predicate::fetch_by;
use crate::session::caller::Caller;
use pgrx::{PgBox, pg_sys};
use std::cell::Cell;

/// No cache of PostgreSQL's has this number: an item with it has the OID of a table as its value.
const TABLE: i32 = -1;

/// By this hash, among those of functions, the plan cache finds these plans. A function that
/// happens to have it too is planned anew more often than it must.
const DISCARD: u32 = 0x7368_6172;

thread_local! {
    /// Whether the plan cache may hold such a plan.
    static MADE: Cell<bool> = const { Cell::new(false) };
}

/// Notes in the plan under construction that it leaves out the predicate on `relation`.
///
/// # Safety
/// `root` must be the planner's information on the query that is being planned.
pub unsafe fn note(root: *mut pg_sys::PlannerInfo, relation: pg_sys::Oid) {
    // SAFETY: `glob` belongs to the planner; its lists become those of the plan.
    unsafe {
        let glob = (*root).glob;
        for (cache, value) in [
            (TABLE, relation.to_u32()),
            (pg_sys::SysCacheIdentifier::PROCOID as i32, DISCARD),
        ] {
            let mut item =
                PgBox::<pg_sys::PlanInvalItem>::alloc_node(pg_sys::NodeTag::T_PlanInvalItem);
            item.cacheId = cache;
            item.hashValue = value;
            (*glob).invalItems = pg_sys::lappend((*glob).invalItems, item.into_pg().cast());
        }
        depend_on_configuration(root);
    }
    MADE.set(true);
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

/// Refuses a plan that leaves out a predicate which the caller needs.
///
/// # Safety
/// `query` must be about to be started, with its snapshot active.
pub unsafe fn check(query: *mut pg_sys::QueryDesc) -> Result<()> {
    // SAFETY: a query description has a plan, whose list holds items.
    let tables = unsafe {
        let items = (*(*query).plannedstmt).invalItems;
        (0..length(items)).filter_map(move |n| {
            let item = nth(items, n).cast::<pg_sys::PlanInvalItem>();
            ((*item).cacheId == TABLE).then(|| pg_sys::Oid::from((*item).hashValue))
        })
    };
    for table in tables {
        if !sees_everything(table)? {
            MADE.set(true);
            discard();
            return Err(Error::new(
                Sqlstate::Retry,
                "the plan of this statement was made for a caller who sees every record",
            )
            .hint("Run the transaction again: the statement will be planned anew."));
        }
    }
    Ok(())
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
    let set = fetch_by(&snapshot, &Caller::now(), table, Action::Read, types)?;
    Ok(set.reach == Reach::Everything)
}
