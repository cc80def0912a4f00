//! Plans from which a predicate was left out: that for reading, because whoever they were made for
//! sees every record of the table; the arm for single records, because none was ever shared; or that
//! for a relation, because nothing is carried over it, or nothing to whoever they were made for.
//! They cost nothing: index-only scans, and for who sees everything index conditions of operators
//! that are not leakproof.
//!
//! Such a plan would show everything to others, or too little. Three things keep it to those who may
//! use it: switching to a caller for whom it is not known to be right discards it; changing the
//! configuration does (it names the generation table); and since neither reaches a session at once
//! in every case, a plan names what it relies on, and that is checked by the snapshot of whoever
//! starts it (SQLSTATE 40001 otherwise). The first share of a table discards what relies on there
//! being none.

use crate::catalog::read::links::shared_modules;
use crate::catalog::read::names::pretend_change;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::decision::Way;
use crate::core::ordinary::Reached;
use crate::core::org::{CriteriaId, Org, Relation, RelationId};
use crate::core::{Action, Error, Level, Result, Sqlstate};
use crate::pg::plan_items::{self, Item};
use crate::pg::process;
use crate::policy::plans::dependent::{depend_on, depend_on_configuration};
use crate::policy::sets::callers;
use crate::policy::sets::keys::KeyType;
use crate::policy::sets::owners::{ColumnTypes, Reach};
use crate::policy::sets::reached::fetch_by;
use crate::session::caller::Caller;
use crate::session::identity::known_by;
use crate::session::planned_for;
use pgrx::pg_sys;
use std::cell::{Cell, RefCell};

/// What a plan relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reliance {
    /// The caller sees every record of a table.
    Everything(pg_sys::Oid),
    /// No record of a table was ever shared.
    NoShares(pg_sys::Oid),
    /// Nothing is carried over a relation: no rule gives something, and no parent record was ever
    /// shared.
    NothingCarried(RelationId),
    /// No rule lets the caller read children over a relation, and no parent record was ever shared.
    NothingForCaller(RelationId),
    /// No rule with these criteria reaches the caller.
    NoRuleForCaller(CriteriaId),
    /// No rule gives the caller everybody's records that meet these criteria.
    NotEverybodyForCaller(CriteriaId),
}

impl Reliance {
    fn item(self) -> (Item, u32) {
        match self {
            Reliance::Everything(table) => (Item::Everything, table.to_u32()),
            Reliance::NoShares(table) => (Item::NoShares, table.to_u32()),
            Reliance::NothingCarried(RelationId(id)) => (Item::NothingCarried, id.cast_unsigned()),
            Reliance::NothingForCaller(RelationId(id)) => {
                (Item::NothingForCaller, id.cast_unsigned())
            }
            Reliance::NoRuleForCaller(CriteriaId(id)) => {
                (Item::NoRuleForCaller, id.cast_unsigned())
            }
            Reliance::NotEverybodyForCaller(CriteriaId(id)) => {
                (Item::NotEverybodyForCaller, id.cast_unsigned())
            }
        }
    }

    fn of_item(item: Item, value: u32) -> Option<Reliance> {
        let relation = RelationId(value.cast_signed());
        match item {
            Item::Everything => Some(Reliance::Everything(value.into())),
            Item::NoShares => Some(Reliance::NoShares(value.into())),
            Item::NothingCarried => Some(Reliance::NothingCarried(relation)),
            Item::NothingForCaller => Some(Reliance::NothingForCaller(relation)),
            Item::NoRuleForCaller => {
                Some(Reliance::NoRuleForCaller(CriteriaId(value.cast_signed())))
            }
            Item::NotEverybodyForCaller => Some(Reliance::NotEverybodyForCaller(CriteriaId(
                value.cast_signed(),
            ))),
            Item::PlannedFor => None,
        }
    }

    /// Whether it is so, as a snapshot sees it.
    pub fn holds(self, snapshot: &Snapshot) -> Result<bool> {
        match self {
            Reliance::Everything(table) => sees_everything(table, snapshot),
            Reliance::NoShares(table) => Ok(!has_shares(table, snapshot)?),
            Reliance::NothingCarried(relation) => Ok(!carries_anything(relation, snapshot)?),
            Reliance::NothingForCaller(relation) => {
                Ok(!carries_to_caller(relation, &Caller::now(), snapshot)?)
            }
            Reliance::NoRuleForCaller(_) | Reliance::NotEverybodyForCaller(_) => {
                let reached = self.must_not_be_reached();
                reached.map_or(Ok(false), |reached| {
                    Ok(!callers::reaches(&Caller::now(), reached, snapshot)?)
                })
            }
        }
    }

    /// What a caller must not reach for whom the plan is right.
    fn must_not_be_reached(self) -> Option<Reached> {
        match self {
            Reliance::NothingForCaller(relation) => Some(Reached::By(Way::Relation(relation))),
            Reliance::NoRuleForCaller(id) => Some(Reached::By(Way::Criteria(id))),
            Reliance::NotEverybodyForCaller(id) => Some(Reached::Everybody(id)),
            Reliance::Everything(_) | Reliance::NoShares(_) | Reliance::NothingCarried(_) => None,
        }
    }

    /// Whether it is said of the caller, and not of all.
    pub fn is_of_caller(self) -> bool {
        matches!(self, Reliance::Everything(_)) || self.must_not_be_reached().is_some()
    }

    /// By this hash, among those of functions, the plan cache finds the plans that are right for some
    /// callers alone. A function that happens to have it too is planned anew more often than it must.
    fn hash(self) -> Option<u32> {
        match self {
            Reliance::Everything(_) => Some(OF_EVERYTHING),
            _ => self.must_not_be_reached().map(|_| OF_CALLERS),
        }
    }
}

const OF_EVERYTHING: u32 = 0x7368_6172;
const OF_CALLERS: u32 = 0x7368_6173;

thread_local! {
    /// Whether the plan cache may hold a plan for who sees everything.
    static MADE: Cell<bool> = const { Cell::new(false) };
    /// What those do not reach for whom plans were made that it may hold.
    static MADE_WITHOUT: RefCell<Vec<Reached>> = const { RefCell::new(Vec::new()) };
}

/// Notes in the plan under construction what it relies on.
///
/// # Safety
/// `root` must be the planner's information on the query that is being planned.
pub unsafe fn note(root: *mut pg_sys::PlannerInfo, reliance: Reliance) {
    // SAFETY: by the caller's promise.
    unsafe {
        let (item, value) = reliance.item();
        plan_items::add(root, item, value);
        if let Some(hash) = reliance.hash() {
            plan_items::add_function(root, hash);
            planned_for::note(root);
        }
        if !matches!(reliance, Reliance::NoShares(_)) {
            depend_on_configuration(root);
        }
        if !matches!(
            reliance,
            Reliance::Everything(_)
                | Reliance::NoRuleForCaller(_)
                | Reliance::NotEverybodyForCaller(_)
        ) {
            depend_on(root, c"shared_modules");
        }
    }
    expect(reliance);
}

/// Notes that the plan cache may hold a plan that is right for some callers alone.
fn expect(reliance: Reliance) {
    if let Reliance::Everything(_) = reliance {
        MADE.set(true);
    }
    if let Some(reached) = reliance.must_not_be_reached() {
        MADE_WITHOUT.with_borrow_mut(|all| {
            if !all.contains(&reached) {
                all.push(reached);
            }
        });
    }
}

/// Makes the plan cache of this session plan anew what was planned for who sees everything. Never
/// fails.
pub fn discard() {
    if MADE.take() {
        pretend_change(OF_EVERYTHING);
    }
}

/// The same with what was planned for whom rules do not reach something, unless that is known of
/// `caller`. Never fails.
pub fn discard_unless_right_for(caller: &Caller) {
    let is_wrong = MADE_WITHOUT.with(|without| {
        without
            .try_borrow()
            .is_ok_and(|all| !all.is_empty() && !callers::is_known_not_to_reach(caller, &all))
    });
    if is_wrong {
        MADE_WITHOUT.with(|without| {
            if let Ok(mut all) = without.try_borrow_mut() {
                all.clear();
            }
        });
        pretend_change(OF_CALLERS);
    }
}

/// Refuses a plan that relies on what is not so.
///
/// # Safety
/// `query` must be about to be started, with its snapshot active.
pub unsafe fn check(query: *mut pg_sys::QueryDesc) -> Result<()> {
    // SAFETY: a query description has a plan, whose list holds items.
    let (plan, items) = unsafe {
        let plan = (*query).plannedstmt;
        (plan, plan_items::each((*plan).invalItems))
    };
    for (item, value) in items {
        let Some(reliance) = Reliance::of_item(item, value) else {
            continue;
        };
        let snapshot = Snapshot::of_statement();
        let holds = snapshot.map_or(Ok(false), |snapshot| reliance.holds(&snapshot))?;
        if !holds {
            if let Some(hash) = reliance.hash() {
                pretend_change(hash);
            }
            // SAFETY: as above.
            unsafe { planned_for::was_in_vain(plan) };
            return Err(Error::new(
                Sqlstate::Retry,
                "the plan of this statement was made for another caller, or before records were shared or related",
            )
            .hint("Run the transaction again: the statement will be planned anew."));
        }
    }
    Ok(())
}

/// Whether arms may be left out for the present caller alone. Not for nobody, as whom a session begins
/// that is going to say for whom it acts.
pub fn may_be_for_caller(snapshot: &Snapshot) -> Result<bool> {
    Ok(known_by(&Caller::now(), snapshot)?.is_some())
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

/// Whether a record of a table was ever shared, as a snapshot sees it.
fn has_shares(table: pg_sys::Oid, snapshot: &Snapshot) -> Result<bool> {
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

/// Whether a rule gives something over a relation, or a parent record was ever shared, as a snapshot
/// sees it.
fn carries_anything(id: RelationId, snapshot: &Snapshot) -> Result<bool> {
    carries(id, snapshot, |org, relation| {
        Ok(org.carries_rules(relation) || relation.with_parent > Level::None)
    })
}

/// Whether a rule may give a caller something over a relation, or a parent record was ever shared, as a
/// snapshot sees it.
fn carries_to_caller(id: RelationId, caller: &Caller, snapshot: &Snapshot) -> Result<bool> {
    carries(id, snapshot, |_, _| {
        callers::reaches(caller, Reached::By(Way::Relation(id)), snapshot)
    })
}

/// In doubt it carries.
fn carries(
    id: RelationId,
    snapshot: &Snapshot,
    by_rules: impl FnOnce(&Org, &Relation) -> Result<bool>,
) -> Result<bool> {
    let Some(state) = State::seen_by(snapshot)? else {
        return Ok(true);
    };
    let org = &state.configuration.org;
    let Some(relation) = org.relation(id) else {
        return Ok(true);
    };
    let is_shared = || {
        shared_modules(snapshot)
            .binary_search(&relation.parent)
            .is_ok()
    };
    Ok(by_rules(org, relation)? || relation.with_shares && is_shared())
}

/// The types of columns make no difference to this.
const ANY_TYPES: ColumnTypes = ColumnTypes {
    user: KeyType::Int8,
    group: KeyType::Int8,
};

fn sees_everything(table: pg_sys::Oid, snapshot: &Snapshot) -> Result<bool> {
    let (caller, way, action) = (Caller::now(), Way::Own, Action::Read);
    let set = fetch_by(snapshot, &caller, table, way, action, ANY_TYPES)?;
    Ok(set.reach == Reach::Everything)
}
