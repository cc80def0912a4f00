//! As whom statements are planned, where that makes a difference to their plans, and whether it was worth it.
//!
//! PostgreSQL plans again what it keeps before somebody else runs it. But an SQL function plans all of its
//! statements before it runs the first, which may say for whom the others run. A plan that depends on who asks then
//! ends in an error (SQLSTATE 40001), and would again whenever the function is called. So a session remembers as
//! whom it planned in vain, and makes no such plans as them any more.

use crate::pg::plan_items::{self, Item};
use crate::session::caller::{Caller, Execution};
use pgrx::{PgMemoryContexts, pg_sys};
use rustc_hash::FxHasher;
use std::cell::RefCell;
use std::hash::{Hash, Hasher};

/// They are few, or this is no use.
const REMEMBERED: usize = 100;

thread_local! {
    /// Numbers of callers.
    static IN_VAIN: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    /// Executions of plans that were made as somebody else, and as whom.
    static FOR_OTHERS: RefCell<rustc_hash::FxHashMap<usize, u32>> = RefCell::default();
}

/// Callers of the same number are taken for one: that costs time alone.
fn number_of(caller: &Caller) -> u32 {
    let mut hasher = FxHasher::default();
    caller.hash(&mut hasher);
    (hasher.finish() >> 32) as u32
}

/// Whether what is planned now may depend on who asks. Not within a statement of somebody else: that is an SQL
/// function which has said for whom it acts, and what is computed while it is planned is computed for whom the
/// statement is.
pub fn is_worth_it() -> bool {
    // SAFETY: the memory in which something is planned.
    if unsafe { Caller::of_call(pg_sys::CurrentMemoryContext) } != Caller::now() {
        return false;
    }
    IN_VAIN
        .with_borrow(|numbers| numbers.is_empty() || !numbers.contains(&number_of(&Caller::now())))
}

/// Notes in the plan under construction as whom it is planned.
///
/// # Safety
/// `root` must be the planner's information on the query that is being planned.
pub unsafe fn note(root: *mut pg_sys::PlannerInfo) {
    // SAFETY: by the caller's promise.
    unsafe {
        let noted = plan_items::each((*(*root).glob).invalItems);
        if !{ noted }.any(|(item, _)| item == Item::PlannedFor) {
            plan_items::add(root, Item::PlannedFor, number_of(&Caller::now()));
        }
    }
}

/// As whom a plan was made that `caller` is about to run, if that is somebody else.
///
/// # Safety
/// `plan` must be a plan.
unsafe fn other(plan: *mut pg_sys::PlannedStmt, caller: &Caller) -> Option<u32> {
    // SAFETY: by the caller's promise.
    let mut items = unsafe { plan_items::each((*plan).invalItems) };
    let (_, made_as) = items.find(|(item, _)| *item == Item::PlannedFor)?;
    (made_as != number_of(caller)).then_some(made_as)
}

/// Remembers that a plan is not right for the present caller.
///
/// # Safety
/// `plan` must be a plan.
pub unsafe fn was_in_vain(plan: *mut pg_sys::PlannedStmt) {
    // SAFETY: by the caller's promise.
    if let Some(made_as) = unsafe { other(plan, &Caller::now()) } {
        remember(made_as);
    }
}

/// The same of the plan of an execution.
pub fn is_in_vain(execution: Execution) {
    let number = execution.context() as usize;
    let made_as = FOR_OTHERS.with_borrow(|executions| executions.get(&number).copied());
    if let Some(made_as) = made_as {
        remember(made_as);
    }
}

fn remember(made_as: u32) {
    IN_VAIN.with_borrow_mut(|numbers| {
        if numbers.len() >= REMEMBERED {
            numbers.clear();
        }
        if !numbers.contains(&made_as) {
            numbers.push(made_as);
        }
    });
}

/// Notes an execution that begins of a plan that was made as somebody else.
///
/// # Safety
/// The execution of `query` must have been started.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn execution_begins(query: *mut pg_sys::QueryDesc) {
    // SAFETY: by the caller's promise. What forgets the execution belongs to the memory that ends with it.
    unsafe {
        let estate = (*query).estate;
        if estate.is_null() {
            return;
        }
        if let Some(made_as) = other((*query).plannedstmt, &Caller::now()) {
            let context = (*estate).es_query_cxt;
            PgMemoryContexts::For(context)
                .leak_and_drop_on_delete(EndingExecution(context as usize));
            FOR_OTHERS.with_borrow_mut(|executions| executions.insert(context as usize, made_as));
        }
    }
}

/// Forgets an execution when its memory goes.
struct EndingExecution(usize);

impl Drop for EndingExecution {
    fn drop(&mut self) {
        // Also runs while an error is cleaned up: nothing here can fail.
        FOR_OTHERS.with(|executions| {
            if let Ok(mut executions) = executions.try_borrow_mut() {
                executions.remove(&self.0);
            }
        });
    }
}
