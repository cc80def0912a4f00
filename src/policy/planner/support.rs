//! What the planner is told about the predicates: how many rows they keep, and that an index on
//! the owner column can answer them (ARCHITECTURE.md).

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::core::ordinary::{criteria_are_listed_for_everybody, is_listed_for_everybody};
use crate::core::org::{CriteriaId, RelationId};
use crate::core::{Action, Result};
use crate::pg::list::{length, nth};
use crate::policy::parents::estimate;
use crate::policy::parents::estimate::Admitted;
use crate::policy::planner::left_out::{goes_by_reading_alone, relies_on, simplified};
use crate::policy::planner::worth::{
    is_found_by_key, is_worth_descending, is_worth_finding, is_worth_listing,
};
use crate::policy::planner::{estimates, list_cost, planning};
use crate::policy::plans::dependent::{KeysFunction, depend_on_caller};
use crate::policy::plans::unfiltered::Reliance;
use crate::policy::records::index_columns::{fixing, has_default_equality};
use crate::policy::records::statistics::Statistics;
use crate::policy::sets::keys::KeyType;
use crate::policy::sets::owners::Reach;
use crate::policy::text::calls::OwnerArm;
use crate::policy::text::calls::{Call, Criterion, bare, call_of};
use crate::session::caller::Caller;
use crate::session::planned_for;
use pgrx::{PgBox, pg_sys};
use std::rc::Rc;

/// A longer list of parents is not offered: they are found for each statement.
const LONGEST_PARENT_LIST: usize = 10_000;

/// A longer list of single records is not offered to an index: the planner looks at each of them,
/// and they are seldom most of what a caller sees.
const LONGEST_RECORD_LIST: usize = 1_000;

/// Answers a request of the planner; None where there is nothing to say.
///
/// # Safety
/// `request` must be a request node that the planner passed to a support function.
pub unsafe fn answer(request: *mut pg_sys::Node) -> Result<Option<*mut pg_sys::Node>> {
    // SAFETY: the tag tells the type of the request.
    unsafe {
        match (*request).type_ {
            pg_sys::NodeTag::T_SupportRequestSelectivity => {
                let request = request.cast::<pg_sys::SupportRequestSelectivity>();
                Ok(selectivity(request)?.map(|estimate| {
                    (*request).selectivity = estimate;
                    request.cast()
                }))
            }
            pg_sys::NodeTag::T_SupportRequestIndexCondition => {
                index_condition(request.cast()).map(|clauses| clauses.map(|list| list.cast()))
            }
            pg_sys::NodeTag::T_SupportRequestSimplify => simplified(request.cast()),
            _ => Ok(None),
        }
    }
}

/// How much an action takes: what one action is allowed, the weaker ones are as well.
fn strength(action: Action) -> u8 {
    match action {
        Action::Read => 0,
        Action::Edit => 1,
        Action::Create => 2,
        Action::ChangeOwner => 3,
        Action::Delete => 4,
    }
}

/// What a call lets through for the present caller, by the present snapshot. Plans are only ever
/// right or wrong about speed by it.
///
/// # Safety
/// `root` must be null or the planner's.
unsafe fn admitted(root: *mut pg_sys::PlannerInfo, call: &Call) -> Result<Option<Rc<Admitted>>> {
    let find = || match Snapshot::of_statement() {
        Some(snapshot) => estimate::admitted(call, &snapshot, &Caller::now()).map(Some),
        None => Ok(None),
    };
    match root.is_null() {
        true => Ok(find()?.map(Rc::new)),
        // SAFETY: by the caller's promise.
        false => unsafe { planning::admitted(root, call, find) },
    }
}

/// # Safety
/// `request` must be such a request of the planner.
unsafe fn selectivity(request: *mut pg_sys::SupportRequestSelectivity) -> Result<Option<f64>> {
    // SAFETY: by the caller's promise.
    unsafe {
        let Some(call) = call_of((*request).funcid, (*request).args) else {
            return Ok(None);
        };
        let relation = relation_of((*request).root, call.column);
        // A policy begins with this, and conditions of the query come after it.
        if let (Some(relation), Criterion::Owners(OwnerArm::Owner) | Criterion::Parent) =
            (relation, call.criterion)
        {
            estimates::estimate((*request).root, relation)?;
        }
        if let Some(relation) = relation
            && (is_implied(relation, &call) || is_found_by_key(relation))
        {
            return Ok(Some(1.0));
        }
        let Some(admitted) = admitted((*request).root, &call)? else {
            return Ok(None);
        };
        let (root, relation) = ((*request).root, (*request).varRelid);
        Ok(Some(fraction(root, relation, &call, &admitted)))
    }
}

/// The fraction of the table's rows that a call lets through.
///
/// # Safety
/// `root` must be the planner's, and the call one in its query.
unsafe fn fraction(
    root: *mut pg_sys::PlannerInfo,
    relation: i32,
    call: &Call,
    admitted: &Admitted,
) -> f64 {
    // SAFETY: by the caller's promise; what `examine_variable` found is released.
    unsafe {
        let mut variable = pg_sys::VariableStatData::default();
        pg_sys::examine_variable(root, call.column, relation, &mut variable);
        let fraction =
            Statistics::of_variable(&mut variable).fraction_let_through(admitted, call.types[0]);
        if let (false, Some(free)) = (variable.statsTuple.is_null(), variable.freefunc) {
            free(variable.statsTuple);
        }
        fraction
    }
}

/// # Safety
/// `root` must be the planner's, `column` an expression of the query.
unsafe fn relation_of(
    root: *mut pg_sys::PlannerInfo,
    column: *mut pg_sys::Node,
) -> Option<*mut pg_sys::RelOptInfo> {
    // SAFETY: by the caller's promise; the number of a table in the query is below the array's size.
    unsafe {
        let node = bare(column);
        if root.is_null()
            || (*root).simple_rel_array.is_null()
            || (*node).type_ != pg_sys::NodeTag::T_Var
        {
            return None;
        }
        let number = (*node.cast::<pg_sys::Var>()).varno;
        if number < 1 || number >= (*root).simple_rel_array_size {
            return None;
        }
        let relation = *(*root).simple_rel_array.add(number as usize);
        (!relation.is_null()).then_some(relation)
    }
}

/// Whether the table is also asked for a stronger action: UPDATE asks to read and to edit. The
/// stronger one then carries the estimate and the index condition for both, since two lists on one
/// column would be multiplied.
///
/// # Safety
/// `relation` must be of the planner's.
unsafe fn is_implied(relation: *mut pg_sys::RelOptInfo, call: &Call) -> bool {
    // SAFETY: restrictions are RestrictInfo nodes.
    unsafe {
        let restrictions = (*relation).baserestrictinfo;
        (0..length(restrictions)).any(|n| {
            let restriction = nth(restrictions, n).cast::<pg_sys::RestrictInfo>();
            holds_stronger((*restriction).clause.cast(), call)
        })
    }
}

/// # Safety
/// `node` must be an expression.
unsafe fn holds_stronger(node: *mut pg_sys::Node, call: &Call) -> bool {
    // SAFETY: every node tells its type by its tag.
    unsafe {
        if node.is_null() {
            return false;
        }
        match (*node).type_ {
            pg_sys::NodeTag::T_BoolExpr => {
                let args = (*node.cast::<pg_sys::BoolExpr>()).args;
                (*node.cast::<pg_sys::BoolExpr>()).boolop != pg_sys::BoolExprType::NOT_EXPR
                    && (0..length(args)).any(|n| holds_stronger(nth(args, n).cast(), call))
            }
            pg_sys::NodeTag::T_FuncExpr => {
                let function = node.cast::<pg_sys::FuncExpr>();
                call_of((*function).funcid, (*function).args).is_some_and(|other| {
                    other.criterion == call.criterion
                        && other.relation == call.relation
                        && strength(other.action) > strength(call.action)
                })
            }
            _ => false,
        }
    }
}

/// The clause `column = ANY (owner_keys(module, action, NULL::type))`: the keys are looked up when
/// the plan runs, so the plan holds no fact about its caller but that they can be listed.
///
/// # Safety
/// `request` must be such a request of the planner.
unsafe fn index_condition(
    request: *mut pg_sys::SupportRequestIndexCondition,
) -> Result<Option<*mut pg_sys::List>> {
    // SAFETY: by the caller's promise; nodes are built in the planner's memory context.
    unsafe {
        let (node, index) = ((*request).node, (*request).index);
        if (*node).type_ != pg_sys::NodeTag::T_FuncExpr
            || (*request).indexarg != 1
            || (*index).relam != pg_sys::BTREE_AM_OID
            || is_found_by_key((*index).rel)
        {
            return Ok(None);
        }
        let function = node.cast::<pg_sys::FuncExpr>();
        let Some(call) = call_of((*function).funcid, (*function).args) else {
            return Ok(None);
        };
        let Some(fixing) = fixing(index, (*request).indexcol as usize) else {
            return Ok(None);
        };
        let key_type = call.types[0];
        if !has_default_equality((*request).opfamily, key_type) || is_implied((*index).rel, &call) {
            return Ok(None);
        }
        let Some(keys_function) = keys_function(&call, length((*function).args))? else {
            return Ok(None);
        };
        let root = (*request).root;
        let Some(admitted) = admitted(root, &call)? else {
            return Ok(None);
        };
        let count = admitted.keys.count().ceil() as usize;
        let is_worth_it = match call.criterion {
            Criterion::Records if count > LONGEST_RECORD_LIST => false,
            Criterion::Records => is_worth_finding(root, index, count),
            Criterion::Related(_) | Criterion::Parent if count > LONGEST_PARENT_LIST => false,
            _ => is_worth_listing(root, index, count, fraction(root, 0, &call, &admitted)),
        } && is_worth_descending(root, index, count, &fixing);
        if admitted.reach != Reach::Listed || !is_worth_it {
            return Ok(None);
        }
        if let Criterion::Criteria(id) = call.criterion
            && !criteria_are_listed(id)?
            && !relies_on(root, &call, Reliance::NotEverybodyForCaller(id))?
        {
            return Ok(None);
        }
        let element = key_type.oid();
        let operator = pg_sys::get_opfamily_member(
            (*request).opfamily,
            element,
            element,
            pg_sys::BTEqualStrategyNumber as i16,
        );
        let Some(function) = keys_function.oid() else {
            return Ok(None);
        };
        if operator == pg_sys::InvalidOid {
            return Ok(None);
        }
        let collation = (*request).indexcollation;
        let clause = any_of_keys(&call, element, operator, function, collation);
        depend_on_caller(root, keys_function, function)?;
        list_cost::estimate_by_keys(root, index, clause, &admitted, key_type);
        // A collation may take different texts for equal; keys are exact.
        let exact_text = key_type != KeyType::Text
            || pg_sys::get_collation_isdeterministic((*request).indexcollation);
        let is_exact = matches!(
            call.criterion,
            Criterion::Owners(OwnerArm::Owner) | Criterion::Parent
        ) && exact_text;
        // What writes asks again for each row: it goes by the latest configuration, and a list is as old
        // as the scan.
        let is_final = is_exact
            && call.action == Action::Read
            && !goes_by_reading_alone(root, (*(*index).rel).relid as i32);
        (*request).lossy = !is_final;
        let is_everywhere = key_type != KeyType::Text || all_compare_exactly((*index).rel);
        if is_final && is_everywhere {
            give_class_of_its_own((*index).rel, node);
        }
        Ok(Some(pg_sys::lappend(std::ptr::null_mut(), clause.cast())))
    }
}

/// Which function lists the keys of a call with so many arguments; None where some caller has no list.
fn keys_function(call: &Call, arguments: usize) -> Result<Option<KeysFunction>> {
    Ok(Some(match call.criterion {
        Criterion::Owners(_) | Criterion::Parent if !is_listed_for_ordinary_callers(call)? => {
            return Ok(None);
        }
        // With groups apart, these may be whose records are reached.
        Criterion::Criteria(_) if arguments > 3 => return Ok(None),
        Criterion::Criteria(_) => KeysFunction::Criteria,
        Criterion::Owners(OwnerArm::Owner) => KeysFunction::Owner,
        Criterion::Owners(OwnerArm::Group) => KeysFunction::Group,
        Criterion::Records => KeysFunction::Shared,
        Criterion::Related(_) => KeysFunction::Related,
        Criterion::Parent => KeysFunction::Parent,
    }))
}

/// Whether no index of a table takes different texts for equal.
///
/// # Safety
/// `relation` must be the planner's.
unsafe fn all_compare_exactly(relation: *mut pg_sys::RelOptInfo) -> bool {
    // SAFETY: the list holds indexes, each with a collation for each of its key columns.
    unsafe {
        let indexes = (*relation).indexlist;
        (0..length(indexes)).all(|n| {
            let index = nth(indexes, n).cast::<pg_sys::IndexOptInfo>();
            (0..(*index).nkeycolumns as usize).all(|column| {
                let collation = *(*index).indexcollations.add(column);
                collation == pg_sys::InvalidOid || pg_sys::get_collation_isdeterministic(collation)
            })
        })
    }
}

/// An index scan leaves out of its filter what its index condition says exactly. Above a bitmap PostgreSQL
/// does so only for what it can prove, which goes for no function of ours; but there, too, it leaves out
/// a condition whose equivalence class is that of an index condition. So the predicate is given a class,
/// of which nothing else is. It stays what is looked at again where a bitmap has lost single rows.
///
/// # Safety
/// `relation` must be the planner's, and `predicate` an expression of its query.
unsafe fn give_class_of_its_own(relation: *mut pg_sys::RelOptInfo, predicate: *mut pg_sys::Node) {
    // SAFETY: restrictions are RestrictInfo nodes; the class lives as long as they do.
    unsafe {
        let restrictions = (*relation).baserestrictinfo;
        for n in 0..length(restrictions) {
            let restriction = nth(restrictions, n).cast::<pg_sys::RestrictInfo>();
            if (*restriction).clause.cast() == predicate && (*restriction).parent_ec.is_null() {
                let class = PgBox::<pg_sys::EquivalenceClass>::alloc_node(
                    pg_sys::NodeTag::T_EquivalenceClass,
                );
                (*restriction).parent_ec = class.into_pg();
            }
        }
    }
}

/// Whether a caller without extraordinary rights has a list of owners in this module, rather than
/// everything: only then may a plan rely on lists, whoever makes it (see `plans`).
fn is_listed_for_ordinary_callers(call: &Call) -> Result<bool> {
    if !planned_for::is_worth_it() {
        return Ok(false);
    }
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(false);
    };
    let Some(state) = State::seen_by(&snapshot)? else {
        return Ok(false);
    };
    let org = &state.configuration.org;
    let Some(table) = state.table(call.relation) else {
        return Ok(false);
    };
    Ok(is_listed_for_everybody(org, table.module, call.action) == Some(true))
}

/// Whether everybody has a list of owners whose records they reach if these meet criteria.
fn criteria_are_listed(id: CriteriaId) -> Result<bool> {
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(false);
    };
    let state = State::seen_by(&snapshot)?;
    Ok(state.is_some_and(|state| criteria_are_listed_for_everybody(&state.configuration.org, id)))
}

/// # Safety
/// The operator must compare two `element` values, and `function` be the keys function.
unsafe fn any_of_keys(
    call: &Call,
    element: pg_sys::Oid,
    operator: pg_sys::Oid,
    function: pg_sys::Oid,
    index_collation: pg_sys::Oid,
) -> *mut pg_sys::ScalarArrayOpExpr {
    // SAFETY: builds nodes with the planner's own constructors.
    unsafe {
        let relation = pg_sys::makeConst(
            pg_sys::REGCLASSOID,
            -1,
            pg_sys::InvalidOid,
            4,
            pg_sys::Datum::from(call.relation),
            false,
            true,
        );
        let label = call.action.label();
        let label = pg_sys::cstring_to_text_with_len(label.as_ptr().cast(), label.len() as i32);
        let action = pg_sys::makeConst(
            pg_sys::TEXTOID,
            -1,
            pg_sys::DEFAULT_COLLATION_OID,
            -1,
            pg_sys::Datum::from(label),
            false,
            false,
        );
        let collation = pg_sys::get_typcollation(element);
        let of_type = pg_sys::makeNullConst(element, -1, collation);
        let mut args = std::ptr::null_mut();
        for argument in [relation, action, of_type] {
            args = pg_sys::lappend(args, argument.cast());
        }
        if let Criterion::Related(RelationId(id)) | Criterion::Criteria(CriteriaId(id)) =
            call.criterion
        {
            let id = pg_sys::Datum::from(id);
            let (type_oid, none) = (pg_sys::INT4OID, pg_sys::InvalidOid);
            let over = pg_sys::makeConst(type_oid, -1, none, 4, id, false, true);
            args = pg_sys::lappend(args, over.cast());
        }
        let keys = pg_sys::makeFuncExpr(
            function,
            pg_sys::get_array_type(element),
            args,
            collation,
            collation,
            pg_sys::CoercionForm::COERCE_EXPLICIT_CALL,
        );
        let mut column = pg_sys::copyObjectImpl(call.column.cast()).cast::<pg_sys::Node>();
        if pg_sys::exprType(column) != element {
            column = pg_sys::makeRelabelType(
                column.cast(),
                element,
                -1,
                collation,
                pg_sys::CoercionForm::COERCE_IMPLICIT_CAST,
            )
            .cast();
        }
        let mut clause =
            PgBox::<pg_sys::ScalarArrayOpExpr>::alloc_node(pg_sys::NodeTag::T_ScalarArrayOpExpr);
        clause.opno = operator;
        clause.opfuncid = pg_sys::get_opcode(operator);
        clause.useOr = true;
        clause.inputcollid = index_collation;
        clause.args = pg_sys::lappend(
            pg_sys::lappend(std::ptr::null_mut(), column.cast()),
            keys.cast(),
        );
        clause.location = -1;
        clause.into_pg()
    }
}
