//! What a plan says of itself beside what PostgreSQL's caches need: in its list of what invalidates it, under
//! numbers that no cache of PostgreSQL's has.

use crate::pg::list::{length, nth};
use pgrx::{PgBox, pg_sys};

/// Adds an item to the plan under construction.
///
/// # Safety
/// `root` must be the planner's information on the query that is being planned.
pub unsafe fn add(root: *mut pg_sys::PlannerInfo, number: i32, value: u32) {
    // SAFETY: `glob` belongs to the planner; its lists become those of the plan.
    unsafe {
        let glob = (*root).glob;
        let mut item = PgBox::<pg_sys::PlanInvalItem>::alloc_node(pg_sys::NodeTag::T_PlanInvalItem);
        item.cacheId = number;
        item.hashValue = value;
        (*glob).invalItems = pg_sys::lappend((*glob).invalItems, item.into_pg().cast());
    }
}

/// The items of a list, PostgreSQL's own among them.
///
/// # Safety
/// `items` must be null or such a list, as long as the result is used.
pub unsafe fn each(items: *mut pg_sys::List) -> impl Iterator<Item = (i32, u32)> {
    // SAFETY: by the caller's promise.
    (0..unsafe { length(items) }).map(move |n| unsafe {
        let item = nth(items, n).cast::<pg_sys::PlanInvalItem>();
        ((*item).cacheId, (*item).hashValue)
    })
}
