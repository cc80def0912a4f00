//! The predicates that stand in policies and queries: which call asks what, of which columns.

use crate::catalog::read::names::{INTERNAL, Remembered, schema_oid};
use crate::core::Action;
use crate::core::org::{CriteriaId, RelationId};
use crate::pg::list::{length, nth};
use crate::policy::sets::keys::KeyType;
use pgrx::pg_sys;
use std::ffi::CStr;

/// Which column the predicate starts from. The policy of a module with two owner columns has an
/// arm for each, so that each can be answered from an index of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnerArm {
    /// `may_…(module, owner [, group])`
    Owner,
    /// `may_…_as_group(module, group [, owner])`
    Group,
}

/// What the column of a predicate call holds, by which an index may answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Criterion {
    /// The owner: `may_…(module, owner [, group])`, `may_…_as_group(module, group, owner)`
    Owners(OwnerArm),
    /// The record's own key: `may_…_shared(module, key, owner [, group])`
    Records,
    /// The key of the parent of a relation: `may_…_related(module, parent, relation, owner [, group])`
    Related(RelationId),
    /// The owner, of records that meet criteria: `may_…_by_criteria(module, owner, criteria [, group])`
    Criteria(CriteriaId),
    /// The key of the record that controls it: `may_…_detail(module, parent)`
    Parent,
}

/// A predicate call.
pub struct Call {
    pub action: Action,
    pub criterion: Criterion,
    pub relation: pg_sys::Oid,
    /// The column that the arm starts from.
    pub column: *mut pg_sys::Node,
    /// Its type, and that of the column that goes with it.
    pub types: [KeyType; 2],
}

/// The call of a predicate that an expression is, if it is one.
///
/// # Safety
/// `node` must be null or an expression.
pub unsafe fn call_in(node: *mut pg_sys::Node) -> Option<Call> {
    // SAFETY: a node tells its type by its tag.
    unsafe {
        if node.is_null() || (*node).type_ != pg_sys::NodeTag::T_FuncExpr {
            return None;
        }
        let function = node.cast::<pg_sys::FuncExpr>();
        call_of((*function).funcid, (*function).args)
    }
}

/// # Safety
/// `args` must be the arguments of a call of the function `funcid`.
pub unsafe fn call_of(funcid: pg_sys::Oid, args: *mut pg_sys::List) -> Option<Call> {
    // SAFETY: by the caller's promise.
    unsafe {
        let Function::Predicate(action, kind) = our_function(funcid)? else {
            return None;
        };
        if length(args) < 2 {
            return None;
        }
        let relation = constant(nth(args, 0).cast())?;
        let criterion = match kind {
            ArmKind::Owner => Criterion::Owners(OwnerArm::Owner),
            ArmKind::Group => Criterion::Owners(OwnerArm::Group),
            ArmKind::Shared => Criterion::Records,
            ArmKind::Detail => Criterion::Parent,
            ArmKind::Related if length(args) > 2 => {
                Criterion::Related(RelationId(constant(nth(args, 2).cast())?.value() as i32))
            }
            ArmKind::Criteria if length(args) > 2 => {
                Criterion::Criteria(CriteriaId(constant(nth(args, 2).cast())?.value() as i32))
            }
            ArmKind::Related | ArmKind::Criteria => return None,
        };
        let column = nth(args, 1).cast::<pg_sys::Node>();
        let first = KeyType::of(type_of(column))?;
        let second = match (length(args), kind) {
            (2, _) | (_, ArmKind::Related) | (3, ArmKind::Criteria) => first,
            (_, ArmKind::Criteria) => KeyType::of(type_of(nth(args, 3).cast()))?,
            _ => KeyType::of(type_of(nth(args, 2).cast()))?,
        };
        Some(Call {
            action,
            criterion,
            relation: pg_sys::Oid::from(relation.value() as u32),
            column,
            types: [first, second],
        })
    }
}

/// # Safety
/// `node` must be an expression.
unsafe fn type_of(node: *mut pg_sys::Node) -> pg_sys::Oid {
    // SAFETY: a node tells its type by its tag.
    unsafe {
        match (*node).type_ {
            pg_sys::NodeTag::T_Var => (*node.cast::<pg_sys::Var>()).vartype,
            _ => pg_sys::exprType(node),
        }
    }
}

/// # Safety
/// `node` must be an expression.
unsafe fn constant(node: *mut pg_sys::Node) -> Option<pg_sys::Datum> {
    // SAFETY: a node tells its type by its tag.
    unsafe {
        let constant = node.cast::<pg_sys::Const>();
        let is_constant = (*node).type_ == pg_sys::NodeTag::T_Const && !(*constant).constisnull;
        is_constant.then(|| (*constant).constvalue)
    }
}

/// A function that stands in policies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `record_key(column)`, which lets every row through, and says which column is the table's key.
    RecordKey,
    Predicate(Action, ArmKind),
}

thread_local! {
    static FUNCTIONS: Remembered<pg_sys::Oid, Option<Function>> = Remembered::default();
}

/// What a function is, if it is one of ours. Anybody can have functions of these names, but not in
/// our schema.
///
/// # Safety
/// Needs a transaction.
pub unsafe fn our_function(funcid: pg_sys::Oid) -> Option<Function> {
    let find = || {
        // SAFETY: looks up the system caches; the name is copied into the memory context of the
        // caller, and looked at only here.
        let name = unsafe {
            let name = pg_sys::get_func_name(funcid);
            if name.is_null() || Some(pg_sys::get_func_namespace(funcid)) != schema_oid(INTERNAL) {
                return None;
            }
            CStr::from_ptr(name)
        };
        match name.to_str() {
            Ok("record_key") => Some(Function::RecordKey),
            Ok(name) => predicate_named(name),
            Err(_) => None,
        }
    };
    FUNCTIONS.with(|functions| functions.or_find(funcid, find))
}

/// Which column of a table a predicate starts from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ArmKind {
    Owner,
    Group,
    Shared,
    Related,
    Criteria,
    Detail,
}

/// `may_read`, `may_edit_as_group`, `may_read_shared`, …
fn predicate_named(name: &str) -> Option<Function> {
    let name = name.strip_prefix("may_")?;
    let kinds = [
        ("_as_group", ArmKind::Group),
        ("_shared", ArmKind::Shared),
        ("_related", ArmKind::Related),
        ("_by_criteria", ArmKind::Criteria),
        ("_detail", ArmKind::Detail),
    ];
    let (action, kind) = kinds
        .into_iter()
        .find_map(|(suffix, kind)| Some((name.strip_suffix(suffix)?, kind)))
        .unwrap_or((name, ArmKind::Owner));
    Some(Function::Predicate(Action::from_label(action)?, kind))
}

/// The arms of a policy: what stands between its ORs, beside what it says of the record's key.
///
/// # Safety
/// `node` must be null or an expression.
pub unsafe fn arms(node: *mut pg_sys::Node) -> Vec<*mut pg_sys::Node> {
    // SAFETY: by the caller's promise.
    unsafe {
        let decides = |part: &*mut pg_sys::Node| key_marked_by(*part).is_none();
        let node = match conditions(node)
            .into_iter()
            .filter(decides)
            .collect::<Vec<_>>()[..]
        {
            [decides] => decides,
            _ => node,
        };
        parts(node, pg_sys::BoolExprType::OR_EXPR)
    }
}

/// The column that a policy says is the key of its records.
///
/// # Safety
/// `policy` must be null or an expression.
pub unsafe fn record_key(policy: *mut pg_sys::Node) -> Option<i16> {
    // SAFETY: by the caller's promise.
    unsafe {
        let mut parts = conditions(policy).into_iter();
        parts.find_map(|part| key_marked_by(part))
    }
}

/// # Safety
/// `node` must be null or an expression.
unsafe fn key_marked_by(node: *mut pg_sys::Node) -> Option<i16> {
    // SAFETY: a node tells its type by its tag.
    unsafe {
        if node.is_null() || (*node).type_ != pg_sys::NodeTag::T_FuncExpr {
            return None;
        }
        let function = node.cast::<pg_sys::FuncExpr>();
        let (funcid, args) = ((*function).funcid, (*function).args);
        if length(args) != 1 || our_function(funcid) != Some(Function::RecordKey) {
            return None;
        }
        column_number(nth(args, 0).cast()).filter(|number| *number > 0)
    }
}

/// What of an arm has to hold all at once.
///
/// # Safety
/// `node` must be null or an expression.
pub unsafe fn conditions(node: *mut pg_sys::Node) -> Vec<*mut pg_sys::Node> {
    // SAFETY: by the caller's promise.
    unsafe { parts(node, pg_sys::BoolExprType::AND_EXPR) }
}

/// What an arm asks of a row for each of the criteria that a policy knows, as one condition.
///
/// # Safety
/// `policy` must be null or an expression.
pub unsafe fn criteria_conditions(
    policy: *mut pg_sys::Node,
) -> Vec<(CriteriaId, *mut pg_sys::Node)> {
    let mut all = Vec::new();
    // SAFETY: by the caller's promise; nodes are built with PostgreSQL's own constructors.
    unsafe {
        for arm in arms(policy) {
            let (mut id, mut asked) = (None, std::ptr::null_mut());
            for part in conditions(arm) {
                match call_in(part).map(|call| call.criterion) {
                    Some(Criterion::Criteria(found)) => id = Some(found),
                    Some(_) => {}
                    None => asked = pg_sys::lappend(asked, part.cast()),
                }
            }
            if let Some(id) = id
                && length(asked) > 0
            {
                all.push((id, pg_sys::make_ands_explicit(asked).cast()));
            }
        }
    }
    all
}

/// # Safety
/// `node` must be null or an expression.
unsafe fn parts(
    node: *mut pg_sys::Node,
    kind: pg_sys::BoolExprType::Type,
) -> Vec<*mut pg_sys::Node> {
    // SAFETY: every node tells its type by its tag, and is cast only to that type.
    unsafe {
        if node.is_null() {
            return Vec::new();
        }
        let expression = node.cast::<pg_sys::BoolExpr>();
        if (*node).type_ != pg_sys::NodeTag::T_BoolExpr || (*expression).boolop != kind {
            return vec![node];
        }
        let args = (*expression).args;
        (0..length(args))
            .flat_map(|n| parts(nth(args, n).cast(), kind))
            .collect()
    }
}

/// The number of the column that an expression is, if it is one.
///
/// # Safety
/// `node` must be an expression.
pub unsafe fn column_number(node: *mut pg_sys::Node) -> Option<i16> {
    // SAFETY: a node tells its type by its tag.
    unsafe {
        let node = bare(node);
        ((*node).type_ == pg_sys::NodeTag::T_Var).then(|| (*node.cast::<pg_sys::Var>()).varattno)
    }
}

/// An expression without changes of type that change no value.
///
/// # Safety
/// `node` must be an expression.
pub unsafe fn bare(node: *mut pg_sys::Node) -> *mut pg_sys::Node {
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
