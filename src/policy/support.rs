//! What the planner is told about the predicates: how many rows they keep, and that an index on
//! the owner column can answer them (ARCHITECTURE.md).

use crate::catalog::snapshot::Snapshot;
use crate::catalog::state::State;
use crate::core::{Action, Error, Result};
use crate::policy::columns::{length, nth};
use crate::policy::keys::{KeySet, KeyType};
use crate::policy::owners::{ColumnTypes, OwnerSet, Reach};
use crate::policy::plans::{KeysFunction, depend_on_caller};
use crate::policy::predicate::{Arm, fetch_by};
use crate::policy::share_predicate::{fetch_shared, fetch_shared_by};
use crate::policy::shares::ShareTypes;
use crate::policy::unfiltered::{self, Reliance};
use crate::policy::worth::{is_found_by_key, is_worth_listing};
use crate::session::caller::Caller;
use pgrx::{PgBox, pg_sys};
use std::ffi::CStr;
use std::rc::Rc;

/// A longer list of single records is not offered to an index: the planner looks at each of them,
/// and they are seldom most of what a caller sees.
const LONGEST_RECORD_LIST: usize = 1_000;

/// What the column of a predicate call holds, by which an index may answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    Owners(Arm),
    Records,
}

/// A predicate call in a query, as far as the planner's questions need it.
struct Call {
    action: Action,
    asks: Asks,
    relation: pg_sys::Oid,
    /// The column that the arm starts from.
    column: *mut pg_sys::Node,
    /// Its type, and that of the column that goes with it.
    types: [KeyType; 2],
}

/// The keys for which a predicate call lets records of the present caller through.
struct Present {
    reach: Reach,
    keys: Keys,
}

enum Keys {
    Owners(Rc<OwnerSet>),
    Others(KeySet),
}

impl Present {
    fn keys(&self) -> &KeySet {
        match &self.keys {
            Keys::Owners(set) => &set.owners,
            Keys::Others(keys) => keys,
        }
    }
}

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

/// # Safety
/// `args` must be the arguments of a call of the function `funcid`.
unsafe fn call_of(funcid: pg_sys::Oid, args: *mut pg_sys::List) -> Option<Call> {
    // SAFETY: by the caller's promise.
    unsafe {
        let name = pg_sys::get_func_name(funcid);
        if name.is_null() || pg_sys::get_func_namespace(funcid) != namespace() {
            return None;
        }
        let (action, asks) = predicate_named(CStr::from_ptr(name).to_str().ok()?)?;
        let relation = nth(args, 0).cast::<pg_sys::Const>();
        if length(args) < 2 || (*relation.cast::<pg_sys::Node>()).type_ != pg_sys::NodeTag::T_Const
        {
            return None;
        }
        let column = nth(args, 1).cast::<pg_sys::Node>();
        let first = KeyType::of(pg_sys::exprType(column))?;
        let second = match length(args) {
            2 => first,
            _ => KeyType::of(pg_sys::exprType(nth(args, 2).cast()))?,
        };
        let relation = pg_sys::Oid::from((*relation).constvalue.value() as u32);
        Some(Call {
            action,
            asks,
            relation,
            column,
            types: [first, second],
        })
    }
}

/// Whether a function is `sharing.always`, which is TRUE whatever its argument.
///
/// # Safety
/// Needs a transaction.
unsafe fn is_always(funcid: pg_sys::Oid) -> bool {
    // SAFETY: looks up the system cache.
    unsafe {
        let name = pg_sys::get_func_name(funcid);
        !name.is_null()
            && CStr::from_ptr(name) == c"always"
            && pg_sys::get_func_namespace(funcid) == namespace()
    }
}

fn namespace() -> pg_sys::Oid {
    // SAFETY: looks up the system cache.
    unsafe { pg_sys::get_namespace_oid(c"sharing".as_ptr(), true) }
}

/// `may_read`, `may_edit_as_group`, `may_read_shared`, …
fn predicate_named(name: &str) -> Option<(Action, Asks)> {
    let name = name.strip_prefix("may_")?;
    if let Some(action) = name.strip_suffix("_shared") {
        return Some((Action::from_label(action)?, Asks::Records));
    }
    match name.strip_suffix("_as_group") {
        Some(action) => Some((Action::from_label(action)?, Asks::Owners(Arm::Group))),
        None => Some((Action::from_label(name)?, Asks::Owners(Arm::Owner))),
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
fn present(call: &Call) -> Result<Option<Present>> {
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(None);
    };
    let caller = Caller::now();
    let [first, second] = call.types;
    let types = match call.asks {
        Asks::Owners(Arm::Owner) => ColumnTypes {
            user: first,
            group: second,
        },
        Asks::Owners(Arm::Group) => ColumnTypes {
            user: second,
            group: first,
        },
        Asks::Records => {
            let types = ShareTypes {
                record: first,
                owner: second,
            };
            let set = fetch_shared_by(&snapshot, &caller, call.relation, call.action, types)?;
            return Ok(Some(Present {
                reach: Reach::Listed,
                keys: Keys::Others(set.records()),
            }));
        }
    };
    let set = fetch_by(&snapshot, &caller, call.relation, call.action, types)?;
    let reach = set.reach;
    let keys = match (call.asks, &set.groups) {
        (Asks::Owners(Arm::Group), Some(groups)) => Keys::Others(groups.candidates()),
        (Asks::Owners(Arm::Group), None) => Keys::Others(KeySet::new(first)),
        _ => Keys::Owners(set),
    };
    Ok(Some(Present { reach, keys }))
}

/// A constant in place of a predicate: TRUE for reading, where the caller sees every record; FALSE
/// for the arm of single records, where none of the table was ever shared. Only of columns in a
/// query that is being planned: such a plan is checked when it starts. TRUE never for writing, which
/// goes by the latest configuration.
///
/// # Safety
/// `request` must be such a request of the planner.
unsafe fn simplified(
    request: *mut pg_sys::SupportRequestSimplify,
) -> Result<Option<*mut pg_sys::Node>> {
    // SAFETY: by the caller's promise; a node tells its type by its tag.
    unsafe {
        let (root, function) = ((*request).root, (*request).fcall);
        if is_always((*function).funcid) {
            return Ok(Some(pg_sys::makeBoolConst(true, false)));
        }
        if root.is_null() {
            return Ok(None);
        }
        let Some(call) = call_of((*function).funcid, (*function).args) else {
            return Ok(None);
        };
        if (*bare(call.column)).type_ != pg_sys::NodeTag::T_Var {
            return Ok(None);
        }
        let (reliance, value) = match call.asks {
            Asks::Records if !unfiltered::has_shares(call.relation)? => (Reliance::NoShares, false),
            Asks::Owners(_)
                if call.action == Action::Read
                    && present(&call)?.is_some_and(|now| now.reach == Reach::Everything) =>
            {
                (Reliance::Everything, true)
            }
            _ => return Ok(None),
        };
        unfiltered::note(root, call.relation, reliance);
        Ok(Some(pg_sys::makeBoolConst(value, false)))
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
        if let Some(relation) = relation_of((*request).root, call.column)
            && is_implied(relation, &call)
        {
            return Ok(Some(1.0));
        }
        let Some(present) = present(&call)? else {
            return Ok(None);
        };
        let fraction = || fraction((*request).root, (*request).varRelid, &call, &present);
        Ok(Some(match present.reach {
            Reach::Everything => 1.0,
            Reach::AllExcept => 1.0 - fraction(),
            Reach::Listed => fraction(),
        }))
    }
}

/// The fraction of the table's rows whose key is in the set.
///
/// # Safety
/// `root` must be the planner's, and the call one in its query.
unsafe fn fraction(
    root: *mut pg_sys::PlannerInfo,
    relation: i32,
    call: &Call,
    present: &Present,
) -> f64 {
    // SAFETY: by the caller's promise; what `examine_variable` found is released.
    unsafe {
        let mut variable = pg_sys::VariableStatData::default();
        pg_sys::examine_variable(root, call.column, relation, &mut variable);
        let fraction = fraction_owned(present.keys(), call.types[0], &mut variable);
        if let (false, Some(free)) = (variable.statsTuple.is_null(), variable.freefunc) {
            free(variable.statsTuple);
        }
        fraction
    }
}

/// The fraction of rows whose key is in the set: exact for the most common values, as far as
/// statistics go, and evenly spread over the rest. Looks at no value outside of the set.
///
/// # Safety
/// `variable` must have been filled in by `examine_variable`.
unsafe fn fraction_owned(
    keys: &KeySet,
    key_type: KeyType,
    variable: &mut pg_sys::VariableStatData,
) -> f64 {
    if keys.is_empty() {
        return 0.0;
    }
    let (mut common, mut common_here, mut here) = (0.0f64, 0usize, 0.0f64);
    let (mut values, mut null_fraction) = (0usize, 0.0f64);
    // SAFETY: by the caller's promise; the slot is freed.
    let distinct = unsafe {
        if !variable.statsTuple.is_null() {
            let statistics =
                pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_statistic>(variable.statsTuple);
            null_fraction = f64::from((*statistics).stanullfrac);
            let mut slot = pg_sys::AttStatsSlot::default();
            if pg_sys::get_attstatsslot(
                &mut slot,
                variable.statsTuple,
                pg_sys::STATISTIC_KIND_MCV as i32,
                pg_sys::InvalidOid,
                (pg_sys::ATTSTATSSLOT_VALUES | pg_sys::ATTSTATSSLOT_NUMBERS) as i32,
            ) {
                if KeyType::of(slot.valuetype) == Some(key_type) {
                    values = slot.nvalues as usize;
                    for n in 0..values {
                        let frequency = f64::from(*slot.numbers.add(n));
                        common += frequency;
                        if keys.contains(key_type, *slot.values.add(n)) {
                            here += frequency;
                            common_here += 1;
                        }
                    }
                }
                pg_sys::free_attstatsslot(&mut slot);
            }
        }
        let mut is_default = false;
        pg_sys::get_variable_numdistinct(variable, &mut is_default)
    };
    let others = (distinct - values as f64).max(1.0);
    let wanted = (keys.len() - common_here) as f64;
    let rest = (1.0 - null_fraction - common).max(0.0);
    (here + rest * (wanted / others).min(1.0)).clamp(0.0, 1.0)
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

/// # Safety
/// `node` must be an expression.
unsafe fn bare(node: *mut pg_sys::Node) -> *mut pg_sys::Node {
    // SAFETY: by the caller's promise.
    unsafe {
        match (*node).type_ {
            pg_sys::NodeTag::T_RelabelType => {
                bare((*node.cast::<pg_sys::RelabelType>()).arg.cast())
            }
            _ => node,
        }
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
                    other.asks == call.asks
                        && other.relation == call.relation
                        && strength(other.action) > strength(call.action)
                })
            }
            _ => false,
        }
    }
}

/// The clause `column = ANY (owner_keys(module, action, NULL::type))`: the keys are looked up when
/// the plan runs, so the plan holds no fact about its caller but that he can be listed.
///
/// # Safety
/// `request` must be such a request of the planner.
unsafe fn index_condition(
    request: *mut pg_sys::SupportRequestIndexCondition,
) -> Result<Option<*mut pg_sys::List>> {
    // SAFETY: by the caller's promise; nodes are built in the planner's memory context.
    unsafe {
        let node = (*request).node;
        let index = (*request).index;
        if (*node).type_ != pg_sys::NodeTag::T_FuncExpr
            || (*request).indexarg != 1
            || (*index).relam != pg_sys::BTREE_AM_OID
            || is_found_by_key(index)
        {
            return Ok(None);
        }
        let function = node.cast::<pg_sys::FuncExpr>();
        let Some(call) = call_of((*function).funcid, (*function).args) else {
            return Ok(None);
        };
        if is_implied((*index).rel, &call) {
            return Ok(None);
        }
        let (function, name) = match call.asks {
            Asks::Owners(_) if !is_listed_for_ordinary_callers(&call)? => return Ok(None),
            Asks::Owners(Arm::Owner) => (KeysFunction::Owner, c"owner_keys"),
            Asks::Owners(Arm::Group) => (KeysFunction::Group, c"group_keys"),
            Asks::Records => (KeysFunction::Shared, c"shared_keys"),
        };
        let Some(present) = present(&call)? else {
            return Ok(None);
        };
        let root = (*request).root;
        let count = present.keys().len();
        let is_worth_it = match call.asks {
            Asks::Owners(_) => {
                is_worth_listing(root, index, count, fraction(root, 0, &call, &present))
            }
            Asks::Records => count <= LONGEST_RECORD_LIST,
        };
        if present.reach != Reach::Listed || !is_worth_it {
            return Ok(None);
        }
        let key_type = call.types[0];
        let element = key_type.oid();
        let operator = pg_sys::get_opfamily_member(
            (*request).opfamily,
            element,
            element,
            pg_sys::BTEqualStrategyNumber as i16,
        );
        let keys_function = keys_function(name);
        if operator == pg_sys::InvalidOid || keys_function == pg_sys::InvalidOid {
            return Ok(None);
        }
        let clause = any_of_keys(
            &call,
            element,
            operator,
            keys_function,
            (*request).indexcollation,
        );
        depend_on_caller(root, function, keys_function)?;
        // A collation may take different texts for equal; keys are exact.
        let exact_text = key_type != KeyType::Text
            || pg_sys::get_collation_isdeterministic((*request).indexcollation);
        (*request).lossy = call.asks != Asks::Owners(Arm::Owner) || !exact_text;
        Ok(Some(pg_sys::lappend(std::ptr::null_mut(), clause.cast())))
    }
}

/// Whether a caller without extraordinary rights has a list of owners in this module, rather than
/// everything: only then may a plan rely on lists, whoever makes it (see `plans`).
fn is_listed_for_ordinary_callers(call: &Call) -> Result<bool> {
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(false);
    };
    let Some(state) = State::seen_by(&snapshot)? else {
        return Ok(false);
    };
    let org = &state.configuration.org;
    let Some(table) = state.configuration.tables.get(&call.relation) else {
        return Ok(false);
    };
    let open = org
        .modules
        .get(&org.ruling_module(table.module))
        .map_or(crate::core::Level::None, |module| {
            module.global_access.level()
        });
    Ok(!crate::core::access::Permissions::ALL.allow(open, call.action))
}

/// `sharing.owner_keys(regclass, text, anyelement)`, or `group_keys`.
///
/// # Safety
/// Needs a transaction.
unsafe fn keys_function(name: &CStr) -> pg_sys::Oid {
    let types = [pg_sys::REGCLASSOID, pg_sys::TEXTOID, pg_sys::ANYELEMENTOID];
    // SAFETY: makeString keeps the pointer, hence the copies.
    unsafe {
        let schema = pg_sys::makeString(pg_sys::pstrdup(c"sharing".as_ptr()));
        let function = pg_sys::makeString(pg_sys::pstrdup(name.as_ptr()));
        let qualified = pg_sys::lappend(
            pg_sys::lappend(std::ptr::null_mut(), schema.cast()),
            function.cast(),
        );
        pg_sys::LookupFuncName(qualified, types.len() as i32, types.as_ptr(), true)
    }
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

/// The keys for an index condition: all of them, since the plan shows no other rows.
///
/// # Safety
/// `context` must be null or the memory context of the function call.
pub unsafe fn listed_keys(
    context: pg_sys::MemoryContext,
    relation: pg_sys::Oid,
    action: Action,
    asks: Asks,
    key_type: KeyType,
) -> Result<pg_sys::Datum> {
    // SAFETY: by the caller's promise.
    let caller = unsafe { Caller::of_call(context) };
    let Asks::Owners(arm) = asks else {
        // The owner is looked at when the row comes by.
        let types = ShareTypes {
            record: key_type,
            owner: KeyType::Text,
        };
        let set = fetch_shared(&caller, relation, action, types)?;
        return Ok(set.records().to_array(key_type));
    };
    let types = ColumnTypes {
        user: key_type,
        group: key_type,
    };
    let set = crate::policy::predicate::fetch(&caller, relation, action, types)?;
    if set.reach != Reach::Listed {
        crate::policy::plans::discard_plans();
        return Err(Error::new(
            crate::core::Sqlstate::Retry,
            "the plan of this statement was made before its caller was given access to everything",
        )
        .hint("Run the transaction again: the statement will be planned anew."));
    }
    Ok(match (arm, &set.groups) {
        (Arm::Owner, _) => set.owners.to_array(key_type),
        (Arm::Group, Some(groups)) => groups.candidates().to_array(key_type),
        (Arm::Group, None) => KeySet::new(key_type).to_array(key_type),
    })
}
