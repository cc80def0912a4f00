//! Conditions that may be asked of an index before the policies were (semantics: Search).
//!
//! PostgreSQL holds a condition back from indexes until the policies were asked, unless it is leakproof.
//! Once it has made the ways to read a protected table, it is asked to make those by indexes again, while
//! conditions that are safe (`safe_condition`) count as leakproof. Only then: in filters, joins and tables
//! elsewhere they wait for the policies as before. So what the executor evaluates for a row that is
//! hidden is the condition of an index, where that is looked at again.

use crate::catalog::read::configuration::module_of;
use crate::catalog::read::search::Search;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::Result;
use crate::pg::list::{length, nth};
use crate::policy::planner::safe_condition::{SafeBy, is_safe};
use crate::policy::plans::dependent::depend_on_configuration;
use pgrx::pg_sys;
use pgrx::pg_sys::NodeTag;

/// Lets the safe conditions on a table count as leakproof; returns them. None for most tables.
///
/// # Safety
/// All must be the planner's, which has just made the ways to read the table.
pub unsafe fn let_pass(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
    entry: *mut pg_sys::RangeTblEntry,
) -> *mut pg_sys::List {
    // SAFETY: by the caller's promise.
    unsafe {
        if !may_be_read_by_index(relation, entry) {
            return std::ptr::null_mut();
        }
        let held_back = held_back(root, relation);
        if length(held_back) == 0 {
            return std::ptr::null_mut();
        }
        // In doubt nothing passes; whoever reads the table is told what is wrong.
        match passing((*entry).relid, held_back) {
            Ok(Passing::NotProtected) | Err(_) => std::ptr::null_mut(),
            Ok(Passing::Protected(passing)) => {
                // Naming an operator changes the plan, and so does forgetting it.
                depend_on_configuration(root);
                set_leakproof(passing, true);
                passing
            }
        }
    }
}

/// Ends that.
///
/// # Safety
/// `passing` must be what `let_pass` returned.
pub unsafe fn hold_back(passing: *mut pg_sys::List) {
    // SAFETY: by the caller's promise.
    unsafe { set_leakproof(passing, false) }
}

/// # Safety
/// Must be a list of restrictions.
unsafe fn set_leakproof(restrictions: *mut pg_sys::List, value: bool) {
    // SAFETY: by the caller's promise.
    unsafe {
        for n in 0..length(restrictions) {
            (*nth(restrictions, n).cast::<pg_sys::RestrictInfo>()).leakproof = value;
        }
    }
}

/// Not a table of which a sample is read, nor one that is known to be empty.
///
/// # Safety
/// As for `let_pass`.
unsafe fn may_be_read_by_index(
    relation: *mut pg_sys::RelOptInfo,
    entry: *mut pg_sys::RangeTblEntry,
) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        (*entry).rtekind == pg_sys::RTEKind::RTE_RELATION
            && !(*entry).inh
            && (*entry).tablesample.is_null()
            && (*entry).relkind as u8 == pg_sys::RELKIND_RELATION
            && length((*relation).indexlist) > 0
            && !pg_sys::is_dummy_rel(relation)
    }
}

/// The conditions of the query on a table, also parts of those with OR, which wait for the policies.
///
/// # Safety
/// Both must be the planner's.
unsafe fn held_back(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
) -> *mut pg_sys::List {
    // SAFETY: both are lists of restrictions.
    unsafe {
        let mut found = std::ptr::null_mut();
        // Policies are of lower levels than what the query itself says.
        let level = (*root).qual_security_level;
        if level <= (*relation).baserestrict_min_security {
            return found;
        }
        for list in [(*relation).baserestrictinfo, (*relation).joininfo] {
            for n in 0..length(list) {
                add_held_back(nth(list, n).cast(), level, &mut found);
            }
        }
        found
    }
}

/// # Safety
/// `node` must be a restriction, or an AND or OR of such.
unsafe fn add_held_back(node: *mut pg_sys::Node, level: u32, found: &mut *mut pg_sys::List) {
    // SAFETY: every node tells its type by its tag.
    unsafe {
        match (*node).type_ {
            NodeTag::T_RestrictInfo => {
                let restriction = node.cast::<pg_sys::RestrictInfo>();
                if !(*restriction).leakproof && (*restriction).security_level == level {
                    *found = pg_sys::lappend(*found, restriction.cast());
                }
                if !(*restriction).orclause.is_null() {
                    add_held_back((*restriction).orclause.cast(), level, found);
                }
            }
            NodeTag::T_BoolExpr => {
                let args = (*node.cast::<pg_sys::BoolExpr>()).args;
                for n in 0..length(args) {
                    add_held_back(nth(args, n).cast(), level, found);
                }
            }
            _ => {}
        }
    }
}

enum Passing {
    NotProtected,
    /// The conditions that are safe.
    Protected(*mut pg_sys::List),
}

/// # Safety
/// `held_back` must be a list of restrictions.
unsafe fn passing(table: pg_sys::Oid, held_back: *mut pg_sys::List) -> Result<Passing> {
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(Passing::NotProtected);
    };
    let Some(state) = State::seen_by(&snapshot)? else {
        return Ok(Passing::NotProtected);
    };
    if module_of(table, &snapshot)?.is_none() {
        return Ok(Passing::NotProtected);
    }
    let search: &Search = &state.configuration.search;
    let mut passing = std::ptr::null_mut();
    if search.is_empty() {
        return Ok(Passing::Protected(passing));
    }
    // SAFETY: by the caller's promise; the clause of a restriction is an expression.
    unsafe {
        for n in 0..length(held_back) {
            let restriction = nth(held_back, n).cast::<pg_sys::RestrictInfo>();
            if is_safe((*restriction).clause.cast(), &SafeBy::Named(search)) {
                passing = pg_sys::lappend(passing, restriction.cast());
            }
        }
    }
    Ok(Passing::Protected(passing))
}
