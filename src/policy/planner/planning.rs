//! What was found out while one query is planned. PostgreSQL plans each partition of a table by itself, and
//! asks the same of each: what a predicate lets through for the caller is found once.
//!
//! It ends with the memory in which the query is planned. A plan is only ever right or wrong about speed by it,
//! but for what it relies on (`policy::plans::unfiltered`), which is checked when it starts.

use crate::core::{Action, Result};
use crate::policy::parents::estimate::Admitted;
use crate::policy::plans::unfiltered::Reliance;
use crate::policy::sets::keys::KeyType;
use crate::policy::text::calls::{Call, Criterion};
use pgrx::{PgMemoryContexts, pg_sys};
use rustc_hash::FxHashSet;
use std::cell::RefCell;
use std::rc::Rc;

/// What a call asks, whatever the number of its column.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Asked {
    action: Action,
    criterion: Criterion,
    relation: pg_sys::Oid,
    types: [KeyType; 2],
}

impl Asked {
    fn by(call: &Call) -> Asked {
        Asked {
            action: call.action,
            criterion: call.criterion,
            relation: call.relation,
            types: call.types,
        }
    }
}

/// A condition on a list of keys, and the keys of the present caller as a constant: what it is estimated by.
#[derive(Clone, Copy)]
pub struct EstimatedBy {
    pub clause: *mut pg_sys::ScalarArrayOpExpr,
    pub keys: *mut pg_sys::Node,
}

struct Planning {
    /// PostgreSQL's own information on the query, which is compared and not looked into.
    query: *mut pg_sys::PlannerGlobal,
    admitted: Vec<(Asked, Option<Rc<Admitted>>)>,
    relied_on: Vec<((Asked, Reliance), bool)>,
    lists: Vec<EstimatedBy>,
    /// The tables whose safe conditions were estimated (`estimates`).
    estimated: FxHashSet<*mut pg_sys::RelOptInfo>,
    /// Whether the caller sees all of a table by the latest state, where that was asked.
    shown: Vec<(pg_sys::Oid, bool)>,
}

thread_local! {
    /// Of the query that is being planned. Where planning one leads to another, each begins anew.
    static PLANNING: RefCell<Option<Planning>> = const { RefCell::new(None) };
}

/// Ends what was found out when the memory of the query's planner goes.
struct Ending(*mut pg_sys::PlannerGlobal);

impl Drop for Ending {
    fn drop(&mut self) {
        // Also runs while an error is cleaned up: nothing here can fail.
        PLANNING.with(|planning| {
            if let Ok(mut planning) = planning.try_borrow_mut()
                && planning.as_ref().is_some_and(|known| known.query == self.0)
            {
                *planning = None;
            }
        });
    }
}

/// # Safety
/// `root` must be the planner's.
unsafe fn with<T>(root: *mut pg_sys::PlannerInfo, look: impl FnOnce(&mut Planning) -> T) -> T {
    // SAFETY: by the caller's promise; the planner's memory lives as long as what it knows of the query.
    let query = unsafe { (*root).glob };
    let is_new = PLANNING.with_borrow(|planning| {
        let known = planning.as_ref();
        known.is_none_or(|known| known.query != query)
    });
    if is_new {
        // SAFETY: as above.
        unsafe {
            PgMemoryContexts::For((*root).planner_cxt).leak_and_drop_on_delete(Ending(query));
        }
    }
    PLANNING.with_borrow_mut(|planning| {
        let fresh = || Planning {
            query,
            admitted: Vec::new(),
            relied_on: Vec::new(),
            lists: Vec::new(),
            estimated: FxHashSet::default(),
            shown: Vec::new(),
        };
        if is_new {
            *planning = None;
        }
        look(planning.get_or_insert_with(fresh))
    })
}

/// What a call lets through, unless `find` finds that.
///
/// # Safety
/// `root` must be the planner's.
pub unsafe fn admitted(
    root: *mut pg_sys::PlannerInfo,
    call: &Call,
    find: impl FnOnce() -> Result<Option<Admitted>>,
) -> Result<Option<Rc<Admitted>>> {
    let asked = Asked::by(call);
    let known = |planning: &mut Planning| {
        let mut all = planning.admitted.iter();
        all.find(|(known, _)| *known == asked)
            .map(|(_, admitted)| admitted.clone())
    };
    // SAFETY: by the caller's promise.
    unsafe {
        if let Some(admitted) = with(root, known) {
            return Ok(admitted);
        }
        let admitted = find()?.map(Rc::new);
        with(root, |planning| {
            planning.admitted.push((asked, admitted.clone()))
        });
        Ok(admitted)
    }
}

/// Whether the plan may rely on something in place of a call, unless `find` finds that.
///
/// # Safety
/// `root` must be the planner's.
pub unsafe fn relies_on(
    root: *mut pg_sys::PlannerInfo,
    call: &Call,
    reliance: Reliance,
    find: impl FnOnce() -> Result<bool>,
) -> Result<bool> {
    let asked = (Asked::by(call), reliance);
    let known = |planning: &mut Planning| {
        let mut all = planning.relied_on.iter();
        all.find(|(known, _)| *known == asked)
            .map(|(_, holds)| *holds)
    };
    // SAFETY: by the caller's promise.
    unsafe {
        if let Some(holds) = with(root, known) {
            return Ok(holds);
        }
        let holds = find()?;
        with(root, |planning| planning.relied_on.push((asked, holds)));
        Ok(holds)
    }
}

/// Whether the safe conditions on a table were estimated; from now on they were.
///
/// # Safety
/// `root` must be the planner's.
pub unsafe fn is_estimated(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
) -> bool {
    // SAFETY: by the caller's promise.
    unsafe { with(root, |planning| !planning.estimated.insert(relation)) }
}

/// Whether the caller sees all of a table by the latest state, unless `find` finds that.
///
/// # Safety
/// `root` must be the planner's.
pub unsafe fn is_shown(
    root: *mut pg_sys::PlannerInfo,
    table: pg_sys::Oid,
    find: impl FnOnce() -> bool,
) -> bool {
    let known = |planning: &mut Planning| {
        let mut all = planning.shown.iter();
        all.find(|(known, _)| *known == table).map(|(_, is)| *is)
    };
    // SAFETY: by the caller's promise.
    unsafe {
        with(root, known).unwrap_or_else(|| {
            let is_shown = find();
            with(root, |planning| planning.shown.push((table, is_shown)));
            is_shown
        })
    }
}

/// Notes by what a condition on a list of keys is estimated.
///
/// # Safety
/// `root` must be the planner's.
pub unsafe fn note_list(root: *mut pg_sys::PlannerInfo, list: EstimatedBy) {
    // SAFETY: by the caller's promise.
    unsafe { with(root, |planning| planning.lists.push(list)) }
}

/// By what a condition is estimated, where that was noted.
pub fn list_of(
    root: *mut pg_sys::PlannerInfo,
    clause: *mut pg_sys::ScalarArrayOpExpr,
) -> Option<EstimatedBy> {
    PLANNING.with(|planning| {
        let planning = planning.try_borrow().ok()?;
        // SAFETY: the planner's.
        let planning = planning
            .as_ref()
            .filter(|known| known.query == unsafe { (*root).glob })?;
        let mut lists = planning.lists.iter().rev();
        lists.find(|list| list.clause == clause).copied()
    })
}
