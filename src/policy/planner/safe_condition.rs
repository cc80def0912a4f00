//! Whether a condition tells nothing of a row but whether the row meets it (semantics: Search): evaluating it
//! raises no error, no notice, and has no side effect, whatever the row holds.
//!
//! That goes by what PostgreSQL calls leakproof and by what was named. Some of it depends on more than the
//! operator: a pattern of LIKE may be none, comparing arrays compares their elements, and a collation may
//! not be one that an operator takes. Nodes that are not spoken of here are not safe.

use crate::catalog::read::search::{Search, function_of, is_compiled, takes_pattern};
use crate::core::search::is_whole_pattern;
use crate::pg::list::{length, nth};
use pgrx::pg_sys;
use pgrx::pg_sys::NodeTag;
use std::slice;

/// By what an operator or a function that is not leakproof may be safe.
pub enum SafeBy<'a> {
    /// It was named.
    Named(&'a Search),
    /// It compares, as criteria do, by code that no ordinary role can have written.
    Compares,
}

impl SafeBy<'_> {
    /// # Safety
    /// `args` must be the operands, which are expressions as for `is_safe`.
    unsafe fn has_operator(&self, operator: pg_sys::Oid, args: *mut pg_sys::List) -> bool {
        match self {
            SafeBy::Named(search) => search.has_operator(operator),
            // SAFETY: by the caller's promise.
            SafeBy::Compares => unsafe { compares(operator, args) },
        }
    }

    fn has_function(&self, function: pg_sys::Oid) -> bool {
        match self {
            SafeBy::Named(search) => search.has_function(function),
            SafeBy::Compares => false,
        }
    }
}

/// Whether an operator is LIKE, or of the btree operator family of what it compares, or says the opposite of one.
///
/// # Safety
/// As for `SafeBy::has_operator`.
unsafe fn compares(operator: pg_sys::Oid, args: *mut pg_sys::List) -> bool {
    let function = function_of(operator);
    if !is_compiled(function) {
        return false;
    }
    // SAFETY: by the caller's promise; looks the type and its operators up.
    unsafe {
        let compared = pg_sys::getBaseType(pg_sys::exprType(nth(args, 0).cast()));
        let known = pg_sys::lookup_type_cache(compared, pg_sys::TYPECACHE_BTREE_OPFAMILY as i32);
        let is_of_family = |operator| {
            operator != pg_sys::InvalidOid && pg_sys::op_in_opfamily(operator, (*known).btree_opf)
        };
        takes_pattern(function)
            || is_of_family(operator)
            || is_of_family(pg_sys::get_negator(operator))
    }
}

/// # Safety
/// `node` must be an expression of a query whose constants were computed, or null.
pub unsafe fn is_safe(node: *mut pg_sys::Node, known: &SafeBy) -> bool {
    // SAFETY: every node tells its type by its tag.
    unsafe {
        if node.is_null() {
            return false;
        }
        match (*node).type_ {
            NodeTag::T_Const => true,
            NodeTag::T_Var => (*node.cast::<pg_sys::Var>()).varlevelsup == 0,
            NodeTag::T_Param => {
                (*node.cast::<pg_sys::Param>()).paramkind == pg_sys::ParamKind::PARAM_EXTERN
            }
            NodeTag::T_RelabelType => {
                is_safe((*node.cast::<pg_sys::RelabelType>()).arg.cast(), known)
            }
            NodeTag::T_CollateExpr => {
                is_safe((*node.cast::<pg_sys::CollateExpr>()).arg.cast(), known)
            }
            NodeTag::T_NullTest => is_safe((*node.cast::<pg_sys::NullTest>()).arg.cast(), known),
            NodeTag::T_BooleanTest => {
                is_safe((*node.cast::<pg_sys::BooleanTest>()).arg.cast(), known)
            }
            NodeTag::T_BoolExpr => are_safe((*node.cast::<pg_sys::BoolExpr>()).args, known),
            NodeTag::T_CoalesceExpr => are_safe((*node.cast::<pg_sys::CoalesceExpr>()).args, known),
            NodeTag::T_OpExpr => {
                let expression = node.cast::<pg_sys::OpExpr>();
                FunctionCall {
                    function: pg_sys::get_opcode((*expression).opno),
                    args: (*expression).args,
                    collation: (*expression).inputcollid,
                    is_list: false,
                }
                .is_safe(
                    || known.has_operator((*expression).opno, (*expression).args),
                    known,
                )
            }
            NodeTag::T_ScalarArrayOpExpr => {
                let expression = node.cast::<pg_sys::ScalarArrayOpExpr>();
                FunctionCall {
                    function: pg_sys::get_opcode((*expression).opno),
                    args: (*expression).args,
                    collation: (*expression).inputcollid,
                    is_list: true,
                }
                .is_safe(
                    || known.has_operator((*expression).opno, (*expression).args),
                    known,
                )
            }
            NodeTag::T_FuncExpr => {
                let expression = node.cast::<pg_sys::FuncExpr>();
                !(*expression).funcretset
                    && FunctionCall {
                        function: (*expression).funcid,
                        args: (*expression).args,
                        collation: (*expression).inputcollid,
                        is_list: false,
                    }
                    .is_safe(|| known.has_function((*expression).funcid), known)
            }
            _ => false,
        }
    }
}

/// # Safety
/// As for `is_safe`, of each element of the list.
unsafe fn are_safe(nodes: *mut pg_sys::List, known: &SafeBy) -> bool {
    // SAFETY: by the caller's promise.
    unsafe { (0..length(nodes)).all(|n| is_safe(nth(nodes, n).cast(), known)) }
}

/// A function that a condition calls.
struct FunctionCall {
    function: pg_sys::Oid,
    args: *mut pg_sys::List,
    collation: pg_sys::Oid,
    /// The second argument is an array, of whose elements the function is asked one by one.
    is_list: bool,
}

impl FunctionCall {
    /// # Safety
    /// Must be of an expression as for `is_safe`.
    unsafe fn is_safe(&self, is_named: impl FnOnce() -> bool, known: &SafeBy) -> bool {
        // SAFETY: by the caller's promise.
        unsafe {
            if !are_safe(self.args, known) || self.is_list && self.list().is_none() {
                return false;
            }
            pg_sys::get_func_leakproof(self.function) || is_named() && self.takes_its_arguments()
        }
    }

    /// Whether a function that was named takes these arguments without an error, whatever the row holds.
    ///
    /// # Safety
    /// As for `is_safe`.
    unsafe fn takes_its_arguments(&self) -> bool {
        // SAFETY: by the caller's promise.
        unsafe {
            self.has_collation()
                && self.compares_plain_types()
                && (!takes_pattern(self.function) || self.has_whole_pattern())
        }
    }

    /// Operators refuse texts without a collation, and some refuse those that take different texts for equal.
    ///
    /// # Safety
    /// As for `is_safe`.
    unsafe fn has_collation(&self) -> bool {
        // SAFETY: looks types and the collation up.
        unsafe {
            match self.collation {
                pg_sys::InvalidOid => !self
                    .types()
                    .any(|of_argument| pg_sys::type_is_collatable(of_argument)),
                collation => pg_sys::get_collation_isdeterministic(collation),
            }
        }
    }

    /// Where the function is one for arrays, ranges or enumerations of any kind: whether what it compares
    /// is compared by PostgreSQL itself.
    ///
    /// # Safety
    /// As for `is_safe`.
    unsafe fn compares_plain_types(&self) -> bool {
        // SAFETY: looks the function and types up.
        unsafe {
            let (mut declared, mut count) = (std::ptr::null_mut(), 0);
            pg_sys::get_func_signature(self.function, &mut declared, &mut count);
            let declared = match count {
                0 => &[],
                _ => slice::from_raw_parts(declared, count as usize),
            };
            let is_any_type = |declared: &pg_sys::Oid| {
                *declared == pg_sys::RECORDOID
                    || *declared == pg_sys::ANYOID
                    || pg_sys::get_typtype(*declared) as u8 == pg_sys::TYPTYPE_PSEUDO
            };
            !declared.iter().any(is_any_type) || self.types().all(|one| is_plain(one))
        }
    }

    /// # Safety
    /// As for `is_safe`.
    unsafe fn has_whole_pattern(&self) -> bool {
        // SAFETY: by the caller's promise; values of these types are varlena.
        unsafe {
            if length(self.args) != 2 {
                return false;
            }
            let pattern = constant(nth(self.args, 1).cast());
            match (pattern, self.is_list) {
                (Some(pattern), false) => is_whole(pattern, pg_sys::exprType(pattern.cast())),
                (Some(_), true) => self.list().is_some_and(|(element, patterns)| {
                    patterns
                        .into_iter()
                        .all(|datum| is_whole_text(datum, element))
                }),
                (None, _) => false,
            }
        }
    }

    /// The elements of the array that a row is compared with, and their type: constants, and none NULL.
    ///
    /// # Safety
    /// As for `is_safe`.
    unsafe fn list(&self) -> Option<(pg_sys::Oid, Vec<pg_sys::Datum>)> {
        // SAFETY: by the caller's promise; a constant of an array type is an array.
        unsafe {
            let list = constant(nth(self.args, 1).cast())?;
            let element = pg_sys::get_base_element_type((*list).consttype);
            if element == pg_sys::InvalidOid {
                return None;
            }
            let array = pg_sys::pg_detoast_datum((*list).constvalue.cast_mut_ptr())
                .cast::<pg_sys::ArrayType>();
            if pg_sys::array_contains_nulls(array) {
                return None;
            }
            let (mut length, mut by_value, mut alignment) = (0, false, 0);
            pg_sys::get_typlenbyvalalign(element, &mut length, &mut by_value, &mut alignment);
            let (mut elements, mut nulls, mut count) =
                (std::ptr::null_mut(), std::ptr::null_mut(), 0);
            pg_sys::deconstruct_array(
                array,
                element,
                length.into(),
                by_value,
                alignment,
                &mut elements,
                &mut nulls,
                &mut count,
            );
            let elements = match count {
                0 => Vec::new(),
                _ => slice::from_raw_parts(elements, count as usize).to_vec(),
            };
            Some((element, elements))
        }
    }

    /// # Safety
    /// As for `is_safe`.
    unsafe fn types(&self) -> impl Iterator<Item = pg_sys::Oid> + '_ {
        // SAFETY: by the caller's promise.
        unsafe { (0..length(self.args)).map(|n| pg_sys::exprType(nth(self.args, n).cast())) }
    }
}

/// A constant that is not NULL, without what only says another type of it.
///
/// # Safety
/// As for `is_safe`.
unsafe fn constant(mut node: *mut pg_sys::Node) -> Option<*mut pg_sys::Const> {
    // SAFETY: every node tells its type by its tag.
    unsafe {
        while (*node).type_ == NodeTag::T_RelabelType {
            node = (*node.cast::<pg_sys::RelabelType>()).arg.cast();
        }
        let constant = node.cast::<pg_sys::Const>();
        ((*node).type_ == NodeTag::T_Const && !(*constant).constisnull).then_some(constant)
    }
}

/// # Safety
/// `pattern` must be a constant of this type that is not NULL.
unsafe fn is_whole(pattern: *mut pg_sys::Const, of_type: pg_sys::Oid) -> bool {
    // SAFETY: by the caller's promise.
    unsafe { is_whole_text((*pattern).constvalue, of_type) }
}

/// # Safety
/// `datum` must be a value of this type.
unsafe fn is_whole_text(datum: pg_sys::Datum, of_type: pg_sys::Oid) -> bool {
    // SAFETY: a type of variable length begins with its length.
    unsafe {
        if pg_sys::get_typlen(of_type) != -1 {
            return false;
        }
        let text = pg_sys::pg_detoast_datum(datum.cast_mut_ptr());
        let bytes = pgrx::varlena_to_byte_slice(text);
        is_whole_pattern(bytes)
    }
}

/// Whether values of a type are compared by functions of PostgreSQL's that take all of them: its own types,
/// arrays of these, enumerations. Not composites, whose columns may be of any type, nor ranges of others.
///
/// # Safety
/// `of_type` must be a type.
unsafe fn is_plain(of_type: pg_sys::Oid) -> bool {
    // SAFETY: looks types up.
    unsafe {
        let base = pg_sys::getBaseType(of_type);
        let element = pg_sys::get_element_type(base);
        if element != pg_sys::InvalidOid {
            return is_plain_element(pg_sys::getBaseType(element));
        }
        match pg_sys::get_typtype(base) as u8 {
            pg_sys::TYPTYPE_ENUM => true,
            pg_sys::TYPTYPE_BASE | pg_sys::TYPTYPE_RANGE | pg_sys::TYPTYPE_MULTIRANGE => {
                is_of_postgresql(base)
            }
            _ => false,
        }
    }
}

/// # Safety
/// As for `is_plain`.
unsafe fn is_plain_element(element: pg_sys::Oid) -> bool {
    // SAFETY: looks the type and its operators up.
    unsafe {
        match pg_sys::get_typtype(element) as u8 {
            pg_sys::TYPTYPE_ENUM => true,
            pg_sys::TYPTYPE_BASE if is_of_postgresql(element) => {
                let flags = pg_sys::TYPECACHE_EQ_OPR | pg_sys::TYPECACHE_CMP_PROC;
                let known = pg_sys::lookup_type_cache(element, flags as i32);
                (*known).eq_opr != pg_sys::InvalidOid && (*known).cmp_proc != pg_sys::InvalidOid
            }
            _ => false,
        }
    }
}

/// Whether an object was there before any that somebody made.
fn is_of_postgresql(object: pg_sys::Oid) -> bool {
    object.to_u32() < pg_sys::FirstGenbkiObjectId
}
