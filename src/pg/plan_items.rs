//! What a plan says of itself beside what PostgreSQL's caches need: in its list of what invalidates it, under
//! numbers that no cache of PostgreSQL's has.

use crate::pg::list::{length, nth};
use pgrx::{PgBox, pg_sys};

/// What an item says. Whoever adds one says what its value means; two with one number do not compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Item {
    Everything = -1,
    NoShares = -2,
    NothingCarried = -3,
    NothingForCaller = -4,
    NoRuleForCaller = -5,
    NotEverybodyForCaller = -6,
    PlannedFor = -7,
}

impl Item {
    const ALL: [Item; 7] = [
        Item::Everything,
        Item::NoShares,
        Item::NothingCarried,
        Item::NothingForCaller,
        Item::NoRuleForCaller,
        Item::NotEverybodyForCaller,
        Item::PlannedFor,
    ];
}

/// Adds an item to the plan under construction, once.
///
/// # Safety
/// `root` must be the planner's information on the query that is being planned.
pub unsafe fn add(root: *mut pg_sys::PlannerInfo, item: Item, value: u32) {
    // SAFETY: by the caller's promise.
    unsafe { append(root, item as i32, value) }
}

/// Lets the plan under construction be invalidated as if it called a function of this hash.
///
/// # Safety
/// As for `add`.
pub unsafe fn add_function(root: *mut pg_sys::PlannerInfo, hash: u32) {
    // SAFETY: by the caller's promise.
    unsafe { append(root, pg_sys::SysCacheIdentifier::PROCOID as i32, hash) }
}

/// # Safety
/// As for `add`.
unsafe fn append(root: *mut pg_sys::PlannerInfo, number: i32, value: u32) {
    // SAFETY: `glob` belongs to the planner; its lists become those of the plan, and hold items.
    unsafe {
        let glob = (*root).glob;
        let is_there = (0..length((*glob).invalItems)).any(|n| {
            let item = nth((*glob).invalItems, n).cast::<pg_sys::PlanInvalItem>();
            (*item).cacheId == number && (*item).hashValue == value
        });
        if is_there {
            return;
        }
        let mut item = PgBox::<pg_sys::PlanInvalItem>::alloc_node(pg_sys::NodeTag::T_PlanInvalItem);
        item.cacheId = number;
        item.hashValue = value;
        (*glob).invalItems = pg_sys::lappend((*glob).invalItems, item.into_pg().cast());
    }
}

/// The items of a list that are ours, with their values.
///
/// # Safety
/// `items` must be null or such a list, as long as the result is used.
pub unsafe fn each(items: *mut pg_sys::List) -> impl Iterator<Item = (Item, u32)> {
    // SAFETY: by the caller's promise.
    (0..unsafe { length(items) }).filter_map(move |n| unsafe {
        let item = nth(items, n).cast::<pg_sys::PlanInvalItem>();
        let number = (*item).cacheId;
        let ours = Item::ALL.into_iter().find(|&ours| ours as i32 == number)?;
        Some((ours, (*item).hashValue))
    })
}
