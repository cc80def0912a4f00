//! Whether the policies of a table are what `protect` writes: what it would write is read by PostgreSQL's own
//! parser, as for CREATE POLICY, and compared with what is stored. That runs nobody's code: a condition of ours
//! names functions of ours, columns, and constants of built-in types.

use crate::catalog::write::policy_names::{OUR_POLICIES, OurPolicy};
use crate::catalog::write::tables::ApplicationTable;
use crate::pg::list::{length, nth};
use crate::policy::text::protection::Predicates;
use pgrx::{PgMemoryContexts, PgRelation, pg_sys};
use std::ffi::{CStr, CString};

/// What of a policy is not as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    Missing,
    Kind,
    Command,
    Roles,
    Condition,
}

impl Difference {
    pub fn words(self) -> &'static str {
        match self {
            Difference::Missing => "is missing",
            Difference::Kind => {
                "is RESTRICTIVE where it should be PERMISSIVE, or the other way round"
            }
            Difference::Command => "is for another command",
            Difference::Roles => "is not for everybody",
            Difference::Condition => "has another condition than sharing.protect() writes",
        }
    }
}

/// How the policies of a relation compare with what `predicates` say.
pub struct Comparison {
    pub differences: Vec<(&'static str, Difference)>,
    /// How many are as they should be.
    pub agreeing: usize,
}

/// Compares the policies of a relation that has row security on. Those that permit are looked for where one of
/// them is there: where others permitted before, `protect` made none.
pub fn compare(table: &ApplicationTable, predicates: &Predicates) -> Comparison {
    // SAFETY: the caller found the table in the catalogs; one that went since is an error of PostgreSQL's.
    let open = unsafe { PgRelation::with_lock(table.oid, pg_sys::AccessShareLock as _) };
    let has = |name: &str| table.policies.iter().any(|present| present == name);
    let permits = OUR_POLICIES.iter().any(|policy| has(policy.permissive));
    let mut comparison = Comparison {
        differences: Vec::new(),
        agreeing: 0,
    };
    let with_heirs = predicates.as_with_heirs();
    for policy in &OUR_POLICIES {
        let conditions = [predicates, &with_heirs].map(|one| one.conditions_on(table, policy));
        for (name, is_permissive) in [(policy.restrictive, false), (policy.permissive, true)] {
            if is_permissive && !permits {
                continue;
            }
            // SAFETY: the table is open while `open` lives.
            match unsafe { difference(open.as_ptr(), policy, name, is_permissive, &conditions) } {
                None => comparison.agreeing += 1,
                Some(difference) => comparison.differences.push((name, difference)),
            }
        }
    }
    comparison
}

/// # Safety
/// `relation` must be open.
unsafe fn difference(
    relation: pg_sys::Relation,
    policy: &OurPolicy,
    name: &str,
    is_permissive: bool,
    conditions: &[[Option<String>; 2]],
) -> Option<Difference> {
    // SAFETY: by the caller's promise; the policy belongs to the relation cache entry.
    unsafe {
        let Some(stored) = stored(relation, name) else {
            return Some(Difference::Missing);
        };
        let letter = match policy.command {
            "SELECT" => b'r',
            "INSERT" => b'a',
            "UPDATE" => b'w',
            _ => b'd',
        };
        if (*stored).polcmd as u8 != letter {
            return Some(Difference::Command);
        }
        if (*stored).permissive != is_permissive {
            return Some(Difference::Kind);
        }
        if !is_for_everybody((*stored).roles) {
            return Some(Difference::Roles);
        }
        let present = [(*stored).qual, (*stored).with_check_qual];
        let is_same = |conditions: &[Option<String>; 2]| {
            let mut pairs = present.into_iter().zip(conditions);
            pairs.all(|(present, condition)| match condition {
                None => present.is_null(),
                // What is parsed goes with its own memory: there may be thousands of policies.
                Some(condition) => PgMemoryContexts::new("a condition of a policy")
                    .switch_to(|_| says(relation, present.cast(), condition)),
            })
        };
        let is_one = conditions.iter().any(is_same);
        (!is_one).then_some(Difference::Condition)
    }
}

/// # Safety
/// As for `difference`.
unsafe fn stored(relation: pg_sys::Relation, name: &str) -> Option<*mut pg_sys::RowSecurityPolicy> {
    // SAFETY: by the caller's promise; the list holds policies, names are NUL-terminated.
    unsafe {
        let security = (*relation).rd_rsdesc;
        if security.is_null() {
            return None;
        }
        let policies = (*security).policies;
        (0..length(policies))
            .map(|n| nth(policies, n).cast::<pg_sys::RowSecurityPolicy>())
            .find(|&one| CStr::from_ptr((*one).policy_name).to_bytes() == name.as_bytes())
    }
}

/// Whether an array of roles is PUBLIC alone, which has the number 0.
///
/// # Safety
/// `roles` must be an array of role numbers without NULLs.
unsafe fn is_for_everybody(roles: *mut pg_sys::ArrayType) -> bool {
    // SAFETY: by the caller's promise; the array is detoasted in the relation cache.
    unsafe {
        let (mut elements, mut count) = (std::ptr::null_mut(), 0);
        pg_sys::deconstruct_array(
            roles,
            pg_sys::OIDOID,
            size_of::<pg_sys::Oid>() as i32,
            true,
            b'i' as std::ffi::c_char,
            &mut elements,
            std::ptr::null_mut(),
            &mut count,
        );
        count == 1 && (*elements).value() == 0
    }
}

/// Whether an expression of a table is the one that a text says.
///
/// # Safety
/// `relation` must be open, and `present` null or an expression of its rows.
unsafe fn says(relation: pg_sys::Relation, present: *mut pg_sys::Node, condition: &str) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        !present.is_null()
            && expression(relation, condition).is_some_and(|written| say_the_same(present, written))
    }
}

/// Whether two expressions are equal, but for the order of what AND and OR join and of the values in a list: what was
/// renamed since a policy was written has another place in it by now.
///
/// # Safety
/// Both must be expressions.
unsafe fn say_the_same(one: *mut pg_sys::Node, other: *mut pg_sys::Node) -> bool {
    // SAFETY: by the caller's promise; every node tells its type by its tag.
    unsafe {
        if pg_sys::equal(one.cast(), other.cast()) {
            return true;
        }
        match ((*one).type_, (*other).type_) {
            (pg_sys::NodeTag::T_BoolExpr, pg_sys::NodeTag::T_BoolExpr) => {
                let [one, other] = [one, other].map(|node| &*node.cast::<pg_sys::BoolExpr>());
                one.boolop == other.boolop && lists_say_the_same(one.args, other.args)
            }
            (pg_sys::NodeTag::T_ScalarArrayOpExpr, pg_sys::NodeTag::T_ScalarArrayOpExpr) => {
                let [one, other] =
                    [one, other].map(|node| &*node.cast::<pg_sys::ScalarArrayOpExpr>());
                let lists = [one, other].map(|list| labels(nth(list.args, 1).cast()));
                (one.opno, one.useOr) == (other.opno, other.useOr)
                    && pg_sys::equal(nth(one.args, 0), nth(other.args, 0))
                    && lists[0].is_some()
                    && lists[0] == lists[1]
            }
            _ => false,
        }
    }
}

/// # Safety
/// Both must be lists of expressions.
unsafe fn lists_say_the_same(one: *mut pg_sys::List, other: *mut pg_sys::List) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        let mut left: Vec<_> = (0..length(other)).collect();
        let found = (0..length(one)).all(|n| {
            let part = nth(one, n).cast();
            let place = left
                .iter()
                .position(|&other_n| say_the_same(part, nth(other, other_n).cast()));
            place.map(|place| left.swap_remove(place)).is_some()
        });
        found && left.is_empty()
    }
}

/// The labels in a list of those of an enum, in the order of their numbers; None for any other list, whose values
/// nobody renames.
///
/// # Safety
/// `list` must be an expression.
unsafe fn labels(list: *mut pg_sys::Node) -> Option<Vec<pg_sys::Oid>> {
    // SAFETY: a node tells its type by its tag; a constant of an array type is an array, and labels are numbers.
    unsafe {
        let constant = list.cast::<pg_sys::Const>();
        if (*list).type_ != pg_sys::NodeTag::T_Const || (*constant).constisnull {
            return None;
        }
        let element = pg_sys::get_element_type((*constant).consttype);
        if !pg_sys::type_is_enum(element) {
            return None;
        }
        let array = <pgrx::Array<pg_sys::Oid> as pgrx::FromDatum>::from_polymorphic_datum(
            (*constant).constvalue,
            false,
            pg_sys::OIDARRAYOID,
        )?;
        let mut labels: Vec<_> = array.iter().flatten().collect();
        labels.sort_unstable_by_key(|label| label.to_u32());
        Some(labels)
    }
}

/// The expression of the rows of a table that a text says, as PostgreSQL makes it of the condition of a policy;
/// None where it is none.
///
/// # Safety
/// `relation` must be open. The text must be one of ours.
pub unsafe fn expression(relation: pg_sys::Relation, condition: &str) -> Option<*mut pg_sys::Node> {
    let text = CString::new(format!("SELECT {condition}")).ok()?;
    // SAFETY: the text is a query with one column, as the parser makes it of such a text; what PostgreSQL does
    // with the condition of a policy is done in the same order.
    unsafe {
        let statements = pg_sys::pg_parse_query(text.as_ptr());
        if length(statements) != 1 {
            return None;
        }
        let statement = (*nth(statements, 0).cast::<pg_sys::RawStmt>()).stmt;
        if (*statement).type_ != pg_sys::NodeTag::T_SelectStmt {
            return None;
        }
        let target = nth((*statement.cast::<pg_sys::SelectStmt>()).targetList, 0);
        let written = (*target.cast::<pg_sys::ResTarget>()).val;
        let state = pg_sys::make_parsestate(std::ptr::null_mut());
        let (lock, alias) = (pg_sys::AccessShareLock as i32, std::ptr::null_mut());
        let table =
            pg_sys::addRangeTableEntryForRelation(state, relation, lock, alias, false, false);
        pg_sys::addNSItemToQuery(state, table, false, true, true);
        let kind = pg_sys::ParseExprKind::EXPR_KIND_POLICY;
        let written = pg_sys::transformExpr(state, written, kind);
        let written = pg_sys::coerce_to_boolean(state, written, c"POLICY".as_ptr());
        pg_sys::assign_expr_collations(state, written);
        pg_sys::free_parsestate(state);
        Some(written)
    }
}
