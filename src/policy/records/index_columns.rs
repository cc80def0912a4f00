//! Which columns of an index may be asked for a list of keys.

use crate::pg::list::{length, nth};
use crate::policy::sets::keys::KeyType;
use crate::policy::text::calls::bare;
use pgrx::pg_sys;

/// Whether an index compares by the equality that keys have. Other operator classes may take different
/// values for equal, and keep them where the default one does not look.
pub fn has_default_equality(operator_family: pg_sys::Oid, key_type: KeyType) -> bool {
    let wanted = pg_sys::TYPECACHE_BTREE_OPFAMILY as i32;
    // SAFETY: looks up the type cache, whose entries last as long as the process; the type is built in.
    operator_family == unsafe { (*pg_sys::lookup_type_cache(key_type.oid(), wanted)).btree_opf }
}

/// The conditions that fix all columns of an index before this one (from 0) to one value each; None where
/// one of them is not fixed. Only then does an index that is asked for a list of keys in this column yield
/// its rows in its own order, as the planner believes it does.
///
/// A btree goes from key to key, in their order, and for each of them through what follows: that is the
/// order of the index where all columns before are fixed, or where there are none. Behind other columns it
/// is not. PostgreSQL 15 and 16 know that of a list which the query names itself, but of ours they look at
/// the predicate that it stands for.
///
/// # Safety
/// `index` must be the planner's, with a column of that number.
pub unsafe fn fixing(
    index: *mut pg_sys::IndexOptInfo,
    column: usize,
) -> Option<Vec<*mut pg_sys::RestrictInfo>> {
    // SAFETY: by the caller's promise.
    unsafe {
        (0..column)
            .map(|before| fixes_column(index, before))
            .collect()
    }
}

/// The condition by which the query names the one value that a column of an index has, so that every scan
/// of the index is asked for it.
///
/// # Safety
/// As for `fixing`.
unsafe fn fixes_column(
    index: *mut pg_sys::IndexOptInfo,
    column: usize,
) -> Option<*mut pg_sys::RestrictInfo> {
    // SAFETY: restrictions are RestrictInfo nodes. Whether the planner asks the index for one is decided
    // by what it asks itself (match_clause_to_index).
    unsafe {
        let restrictions = (*index).indrestrictinfo;
        (0..length(restrictions))
            .map(|n| nth(restrictions, n).cast::<pg_sys::RestrictInfo>())
            .find(|&restriction| {
                !(*restriction).pseudoconstant
                    && pg_sys::restriction_is_securely_promotable(restriction, (*index).rel)
                    && fixes((*restriction).clause.cast(), index, column)
            })
    }
}

/// Whether a condition is `column = value`, by the index's own idea of equality, where the value is not
/// of any table.
///
/// # Safety
/// As for `fixing`; `condition` must be one on the index's table.
unsafe fn fixes(
    condition: *mut pg_sys::Node,
    index: *mut pg_sys::IndexOptInfo,
    column: usize,
) -> bool {
    // SAFETY: every node tells its type by its tag; the arrays have an element for each key column.
    unsafe {
        if (*condition).type_ != pg_sys::NodeTag::T_OpExpr {
            return false;
        }
        let comparison = condition.cast::<pg_sys::OpExpr>();
        if length((*comparison).args) != 2 {
            return false;
        }
        let (left, right) = (
            bare(nth((*comparison).args, 0).cast()),
            nth((*comparison).args, 1).cast::<pg_sys::Node>(),
        );
        let collation = *(*index).indexcollations.add(column);
        let strategy =
            pg_sys::get_op_opfamily_strategy((*comparison).opno, *(*index).opfamily.add(column));
        (*left).type_ == pg_sys::NodeTag::T_Var
            && i32::from((*left.cast::<pg_sys::Var>()).varattno) == *(*index).indexkeys.add(column)
            && strategy == pg_sys::BTEqualStrategyNumber as i32
            && (collation == pg_sys::InvalidOid || collation == (*comparison).inputcollid)
            && !pg_sys::contain_var_clause(right)
            && !pg_sys::contain_volatile_functions(right)
    }
}
