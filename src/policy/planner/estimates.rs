//! Conditions on a protected table that are estimated by statistics, as if it had no policies.
//!
//! Of a table with policies PostgreSQL asks statistics only for conditions that are leakproof. For the others it
//! guesses, whatever they say: that LIKE 'vip%' is met by nearly all rows, that ILIKE '%4711%' is by one in a hundred.
//! Of the plans that follow from that some took five times as long as by hand. Two kinds tell nothing by being asked
//! of the values in statistics: those that may be asked of an index before the policies (`search`), and the criteria
//! in our own policies, which every row is asked anyway. They are estimated once, before PostgreSQL does, which
//! remembers an estimate with its condition. From who sees everything nothing has to be kept, so anything may be asked
//! there, also by operators of theirs: if they see everything by the latest state, too, as statistics are of the latest
//! rows.

use crate::catalog::read::configuration::module_of;
use crate::catalog::read::search::Search;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::Result;
use crate::pg::list::{length, nth};
use crate::policy::planner::planning;
use crate::policy::planner::safe_condition::{SafeBy, is_safe};
use crate::policy::plans::unfiltered::Reliance;
use crate::policy::text::calls::{Criterion, call_in};
use pgrx::pg_sys;
use pgrx::pg_sys::NodeTag;
use std::cell::{Cell, OnceCell};
use std::ptr;

thread_local! {
    /// The table of which a condition is being estimated that may ask any statistics.
    static ASKS_STATISTICS: Cell<*mut pg_sys::RelOptInfo> = const { Cell::new(ptr::null_mut()) };
    /// The number of the table that was asked for last: the next is often the same, or follows.
    static ASKED_LAST: Cell<usize> = const { Cell::new(0) };
}

/// An index on an expression is looked for among all tables of a query where these are not more.
const MOST_TABLES: i32 = 100;

/// While this lives, estimates may ask statistics of a table.
struct AskingStatistics;

impl AskingStatistics {
    fn begin(relation: *mut pg_sys::RelOptInfo) -> AskingStatistics {
        ASKS_STATISTICS.set(relation);
        AskingStatistics
    }
}

impl Drop for AskingStatistics {
    fn drop(&mut self) {
        ASKS_STATISTICS.set(ptr::null_mut());
    }
}

/// Estimates the safe conditions on a table, unless that was done.
///
/// # Safety
/// Both must be the planner's.
pub unsafe fn estimate(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
) -> Result<()> {
    // SAFETY: by the caller's promise; restrictions are RestrictInfo nodes.
    unsafe {
        if planning::is_estimated(root, relation) {
            return Ok(());
        }
        let state = match Snapshot::of_statement() {
            Some(snapshot) => State::seen_by(&snapshot)?,
            None => None,
        };
        let Some(state) = state else {
            return Ok(());
        };
        let estimating = Estimating {
            root,
            relation,
            search: &state.configuration.search,
            is_protected: OnceCell::new(),
        };
        let restrictions = (*relation).baserestrictinfo;
        for n in 0..length(restrictions) {
            let restriction = nth(restrictions, n).cast::<pg_sys::RestrictInfo>();
            let is_of_policy = (*restriction).security_level < (*root).qual_security_level;
            match is_of_policy {
                true => estimating.criteria(restriction.cast()),
                false => estimating.conditions(restriction.cast(), &estimating.named()),
            };
        }
        Ok(())
    }
}

struct Estimating<'a> {
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
    search: &'a Search,
    /// Of the whole table, where that was asked.
    is_protected: OnceCell<bool>,
}

impl Estimating<'_> {
    /// Anybody can write our calls into a query of a table that others keep by policies of their own, or into these.
    unsafe fn is_protected(&self) -> bool {
        *self.is_protected.get_or_init(|| {
            // SAFETY: the planner's.
            let table = unsafe {
                let number = whole(self.root, (*self.relation).relid as usize);
                (**(*self.root).simple_rte_array.add(number)).relid
            };
            let snapshot = Snapshot::of_statement();
            let found = snapshot.map(|snapshot| module_table(table, &snapshot));
            matches!(found, Some(Ok(Some(_))))
        })
    }

    fn named(&self) -> Option<SafeBy<'_>> {
        (!self.search.is_empty()).then_some(SafeBy::Named(self.search))
    }

    /// The conditions that stand beside a call of ours for criteria, joined by AND.
    ///
    /// # Safety
    /// `node` must be a restriction, or an AND or OR of such.
    unsafe fn criteria(&self, node: *mut pg_sys::Node) -> bool {
        // SAFETY: every node tells its type by its tag.
        unsafe {
            match parts(node) {
                Parts::One(_) => false,
                Parts::Any(list) => {
                    each(list).fold(false, |found, part| self.criteria(part) | found)
                }
                Parts::All(list) if each(list).any(|part| is_call_for_criteria(part)) => {
                    self.all(list, &Some(SafeBy::Compares))
                }
                Parts::All(list) => {
                    each(list).fold(false, |found, part| self.criteria(part) | found)
                }
            }
        }
    }

    /// The safe conditions of which a condition is made; returns whether there were any.
    ///
    /// # Safety
    /// As for `criteria`.
    unsafe fn conditions(&self, node: *mut pg_sys::Node, known: &Option<SafeBy>) -> bool {
        // SAFETY: every node tells its type by its tag.
        unsafe {
            let found = match parts(node) {
                Parts::One(restriction) => return self.one(restriction, known),
                Parts::Any(list) | Parts::All(list) => self.all(list, known),
            };
            if found && (*node).type_ == NodeTag::T_RestrictInfo {
                // It follows from those of its parts.
                forget_estimate(node.cast());
            }
            found
        }
    }

    /// # Safety
    /// `list` must be one of nodes as for `criteria`.
    unsafe fn all(&self, list: *mut pg_sys::List, known: &Option<SafeBy>) -> bool {
        // SAFETY: by the caller's promise.
        unsafe { each(list).fold(false, |found, part| self.conditions(part, known) | found) }
    }

    /// # Safety
    /// `restriction` must be one.
    unsafe fn one(&self, restriction: *mut pg_sys::RestrictInfo, known: &Option<SafeBy>) -> bool {
        let Some(known) = known else { return false };
        // SAFETY: by the caller's promise. What is estimated calls no function but safe ones.
        unsafe {
            let clause = (*restriction).clause.cast::<pg_sys::Node>();
            // What is leakproof asks statistics anyway.
            if (*restriction).leakproof || !is_safe(clause, known) || !self.is_protected() {
                return false;
            }
            forget_estimate(restriction);
            let _asking = AskingStatistics::begin(self.relation);
            let (join, none) = (pg_sys::JoinType::JOIN_INNER, std::ptr::null_mut());
            pg_sys::clause_selectivity(self.root, restriction.cast(), 0, join, none);
            true
        }
    }
}

/// # Safety
/// `restriction` must be one.
unsafe fn forget_estimate(restriction: *mut pg_sys::RestrictInfo) {
    // SAFETY: by the caller's promise; negative is what PostgreSQL begins with.
    unsafe { (*restriction).norm_selec = -1.0 }
}

enum Parts {
    One(*mut pg_sys::RestrictInfo),
    Any(*mut pg_sys::List),
    All(*mut pg_sys::List),
}

/// # Safety
/// As for `Estimating::criteria`.
unsafe fn parts(node: *mut pg_sys::Node) -> Parts {
    // SAFETY: every node tells its type by its tag; an OR has restrictions for its parts, below ANDs where they
    // are more than one.
    unsafe {
        let restriction = node.cast::<pg_sys::RestrictInfo>();
        match (*node).type_ {
            NodeTag::T_RestrictInfo if (*restriction).orclause.is_null() => Parts::One(restriction),
            NodeTag::T_RestrictInfo => parts((*restriction).orclause.cast()),
            _ => {
                let boolean = node.cast::<pg_sys::BoolExpr>();
                match (*boolean).boolop {
                    pg_sys::BoolExprType::AND_EXPR => Parts::All((*boolean).args),
                    _ => Parts::Any((*boolean).args),
                }
            }
        }
    }
}

/// # Safety
/// `list` must be one of nodes.
unsafe fn each(list: *mut pg_sys::List) -> impl Iterator<Item = *mut pg_sys::Node> {
    // SAFETY: by the caller's promise.
    (0..unsafe { length(list) }).map(move |n| unsafe { nth(list, n).cast() })
}

/// # Safety
/// As for `Estimating::criteria`.
unsafe fn is_call_for_criteria(node: *mut pg_sys::Node) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        let Parts::One(restriction) = parts(node) else {
            return false;
        };
        let call = call_in((*restriction).clause.cast());
        call.is_some_and(|call| matches!(call.criterion, Criterion::Criteria(_)))
    }
}

/// The hook by which PostgreSQL asks for the statistics of a column: they are what they would be, and may be asked.
/// Returns whether they are given here.
///
/// # Safety
/// As for the hook.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn of_column(
    root: *mut pg_sys::PlannerInfo,
    entry: *mut pg_sys::RangeTblEntry,
    column: pg_sys::AttrNumber,
    variable: *mut pg_sys::VariableStatData,
) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        if (*entry).rtekind != pg_sys::RTEKind::RTE_RELATION || !may_matter(root) {
            return false;
        }
        let Some(number) = number_of(root, entry) else {
            return false;
        };
        let (table, with_heirs) = ((*entry).relid, (*entry).inh);
        may_ask(root, number) && give(variable, (table, column, with_heirs))
    }
}

/// The same for the column of an index that holds an expression.
///
/// # Safety
/// As for the hook.
#[pgrx::pg_guard]
pub unsafe extern "C-unwind" fn of_expression(
    root: *mut pg_sys::PlannerInfo,
    index: pg_sys::Oid,
    column: pg_sys::AttrNumber,
    variable: *mut pg_sys::VariableStatData,
) -> bool {
    // SAFETY: by the caller's promise; the list holds indexes.
    unsafe {
        if !may_matter(root) || (*root).simple_rel_array_size > MOST_TABLES {
            return false;
        }
        // The table may stand there more than once, by views of other people's.
        let mut places = (1..(*root).simple_rel_array_size as usize)
            .filter(|&number| has_index(*(*root).simple_rel_array.add(number), index))
            .peekable();
        places.peek().is_some()
            && { places }.all(|number| may_ask(root, number))
            && give(variable, (index, column, false))
    }
}

/// Whether anything has to be found out: no table of most queries has policies.
///
/// # Safety
/// `root` must be the planner's.
unsafe fn may_matter(root: *mut pg_sys::PlannerInfo) -> bool {
    // SAFETY: by the caller's promise.
    unsafe { (*root).qual_security_level > 0 && !(*root).simple_rel_array.is_null() }
}

/// The number of a table in a query. (What PostgreSQL says of it beside that is not always there: for BRIN it is what
/// happened to lie in memory.)
///
/// # Safety
/// Both must be the planner's.
unsafe fn number_of(
    root: *mut pg_sys::PlannerInfo,
    entry: *mut pg_sys::RangeTblEntry,
) -> Option<usize> {
    // SAFETY: the array has places for all numbers of tables in the query.
    unsafe {
        let size = (*root).simple_rel_array_size as usize;
        let last = ASKED_LAST.get();
        let number = (last..size)
            .chain(1..last.min(size))
            .find(|&number| *(*root).simple_rte_array.add(number) == entry)?;
        ASKED_LAST.set(number);
        Some(number)
    }
}

/// Whether an index is one of all rows of a table: what statistics say of a part says nothing of the whole.
///
/// # Safety
/// `relation` must be null or the planner's.
unsafe fn has_index(relation: *mut pg_sys::RelOptInfo, index: pg_sys::Oid) -> bool {
    // SAFETY: by the caller's promise; the list holds indexes.
    unsafe {
        !relation.is_null()
            && (0..length((*relation).indexlist)).any(|n| {
                let known = nth((*relation).indexlist, n).cast::<pg_sys::IndexOptInfo>();
                (*known).indexoid == index && (*known).indpred.is_null()
            })
    }
}

/// Whether an estimate may ask any statistics of a table.
///
/// # Safety
/// `root` must be the planner's, and `number` of a table in its query.
unsafe fn may_ask(root: *mut pg_sys::PlannerInfo, number: usize) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        let relation = *(*root).simple_rel_array.add(number);
        if relation.is_null() {
            return false;
        }
        let entry = *(*root).simple_rte_array.add(whole(root, number));
        (ASKS_STATISTICS.get() == relation || shows_everything(root, relation, entry))
            && may_select(relation, (*entry).relid)
    }
}

/// The number of the table of which a table is a part, or its own. (What UNION ALL appends to is no table.)
///
/// # Safety
/// `root` must be the planner's, and `number` of a table in its query.
unsafe fn whole(root: *mut pg_sys::PlannerInfo, mut number: usize) -> usize {
    // SAFETY: by the caller's promise.
    unsafe {
        while !(*root).append_rel_array.is_null() {
            let appended = *(*root).append_rel_array.add(number);
            if appended.is_null() {
                break;
            }
            let parent = (*appended).parent_relid as usize;
            let entry = *(*root).simple_rte_array.add(parent);
            if (*entry).rtekind != pg_sys::RTEKind::RTE_RELATION {
                break;
            }
            number = parent;
        }
        number
    }
}

/// Whether a protected table has policies that let this caller see all of it, so that nothing of them is left in the
/// plan (`plans::unfiltered`). PostgreSQL still keeps statistics from the query.
///
/// # Safety
/// All must be the planner's, and `entry` that of the whole table.
unsafe fn shows_everything(
    root: *mut pg_sys::PlannerInfo,
    relation: *mut pg_sys::RelOptInfo,
    entry: *mut pg_sys::RangeTblEntry,
) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        if (*entry).securityQuals.is_null()
            || (*relation).baserestrict_min_security < (*root).qual_security_level
        {
            return false;
        }
        let table = (*entry).relid;
        planning::is_shown(root, table, || is_shown_by_latest(table))
    }
}

/// Whether the caller sees all of a table by the latest state, which a statement's snapshot may be older than.
fn is_shown_by_latest(table: pg_sys::Oid) -> bool {
    // SAFETY: reads a variable of this process. While there are workers, no snapshot may be taken.
    if unsafe { pg_sys::IsInParallelMode() } {
        return false;
    }
    let snapshot = Snapshot::latest();
    let Ok(Some(table)) = module_table(table, &snapshot) else {
        return false;
    };
    matches!(Reliance::Everything(table).holds(&snapshot), Ok(true))
}

/// The table of the module to which a table belongs, itself or a part of it. None for one that is not protected.
fn module_table(table: pg_sys::Oid, snapshot: &Snapshot) -> Result<Option<pg_sys::Oid>> {
    let Some(state) = State::seen_by(snapshot)? else {
        return Ok(None);
    };
    if state.table(table).is_some() {
        return Ok(Some(table));
    }
    let Some(module) = module_of(table, snapshot)? else {
        return Ok(None);
    };
    let mut tables = state.configuration.tables.iter();
    let found = tables.find(|(_, known)| known.module == module);
    Ok(found.map(|(table, _)| *table))
}

/// Whether all columns of a table may be read by whose query this is. Who may read some alone is left to PostgreSQL.
///
/// # Safety
/// `relation` must be the planner's.
unsafe fn may_select(relation: *mut pg_sys::RelOptInfo, table: pg_sys::Oid) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        let user = match (*relation).userid {
            pg_sys::InvalidOid => pg_sys::GetUserId(),
            user => user,
        };
        let select = pg_sys::AclMode::from(pg_sys::ACL_SELECT);
        pg_sys::pg_class_aclcheck(table, user, select) == pg_sys::AclResult::ACLCHECK_OK
    }
}

/// # Safety
/// As for the hooks.
unsafe fn give(
    variable: *mut pg_sys::VariableStatData,
    (table, column, with_heirs): (pg_sys::Oid, pg_sys::AttrNumber, bool),
) -> bool {
    // SAFETY: by the caller's promise; PostgreSQL releases the tuple.
    unsafe {
        (*variable).statsTuple = pg_sys::SearchSysCache3(
            pg_sys::SysCacheIdentifier::STATRELATTINH as i32,
            table.into(),
            column.into(),
            with_heirs.into(),
        );
        (*variable).freefunc = Some(release);
        (*variable).acl_ok = true;
        true
    }
}

unsafe extern "C-unwind" fn release(tuple: pg_sys::HeapTuple) {
    // SAFETY: called with the tuple that was looked up.
    unsafe { pg_sys::ReleaseSysCache(tuple) }
}
