//! Plans that depend on who the caller is, and how they end.
//!
//! A plan with `owner = ANY (owner_keys(…))` in an index scan is right for every caller whose
//! owners can be listed, whoever they are: the keys are looked up when it runs. For a caller who
//! sees everything it is not. Three things keep the two apart: switching to such a caller discards
//! these plans; changing the configuration does (they name the generation table); and where a plan
//! is used all the same, `owner_keys` refuses to answer (SQLSTATE 40001).

use crate::catalog::read::names::{INTERNAL, Remembered, pretend_change, relation_oid};
use crate::core::Result;
use crate::session::planned_for;
use pgrx::pg_sys;
use std::cell::Cell;
use std::ffi::CStr;

thread_local! {
    /// The hash by which the plan cache knows plans that call the functions for index conditions.
    static FUNCTION_HASHES: Cell<[Option<u32>; 6]> = const { Cell::new([None; 6]) };
}

/// Which function an index condition calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeysFunction {
    Owner,
    Group,
    Shared,
    Related,
    Parent,
    Criteria,
}

thread_local! {
    static KEYS_FUNCTIONS: Remembered<KeysFunction, Option<pg_sys::Oid>> = Remembered::default();
}

impl KeysFunction {
    /// `sharing_internal.owner_keys(regclass, text, anyelement)`, or another of these functions.
    pub fn oid(self) -> Option<pg_sys::Oid> {
        KEYS_FUNCTIONS.with(|functions| functions.or_find(self, || self.find()))
    }

    fn find(self) -> Option<pg_sys::Oid> {
        let name = match self {
            KeysFunction::Owner => c"owner_keys",
            KeysFunction::Group => c"group_keys",
            KeysFunction::Shared => c"shared_keys",
            KeysFunction::Related => c"related_keys",
            KeysFunction::Parent => c"parent_keys",
            KeysFunction::Criteria => c"criteria_keys",
        };
        let mut types = vec![pg_sys::REGCLASSOID, pg_sys::TEXTOID, pg_sys::ANYELEMENTOID];
        if let KeysFunction::Related | KeysFunction::Criteria = self {
            types.push(pg_sys::INT4OID);
        }
        // SAFETY: makeString keeps the pointer, hence the copies.
        let oid = unsafe {
            let schema = pg_sys::makeString(pg_sys::pstrdup(INTERNAL.as_ptr()));
            let function = pg_sys::makeString(pg_sys::pstrdup(name.as_ptr()));
            let qualified = pg_sys::lappend(
                pg_sys::lappend(std::ptr::null_mut(), schema.cast()),
                function.cast(),
            );
            pg_sys::LookupFuncName(qualified, types.len() as i32, types.as_ptr(), true)
        };
        (oid != pg_sys::InvalidOid).then_some(oid)
    }
}

/// Whether this session planned anything that calls the functions for index conditions.
pub fn any_made() -> bool {
    FUNCTION_HASHES.get() != [None; 6]
}

/// Makes the plan cache of this session plan anew what calls the functions for index conditions.
pub fn discard_plans() {
    for hash in FUNCTION_HASHES.get().into_iter().flatten() {
        pretend_change(hash);
    }
}

/// Ties the plan under construction to the configuration and to `function`, whose hash is noted.
///
/// # Safety
/// `root` must be the planner's information on the query that is being planned.
pub unsafe fn depend_on_caller(
    root: *mut pg_sys::PlannerInfo,
    kind: KeysFunction,
    function: pg_sys::Oid,
) -> Result<()> {
    // SAFETY: `glob` belongs to the planner and lives as long as `root`. The plan's use of the
    // function itself makes PostgreSQL record the function's hash in the plan.
    unsafe {
        let hash = pg_sys::GetSysCacheHashValue(
            pg_sys::SysCacheIdentifier::PROCOID as i32,
            pg_sys::Datum::from(function),
            pg_sys::Datum::null(),
            pg_sys::Datum::null(),
            pg_sys::Datum::null(),
        );
        let mut hashes = FUNCTION_HASHES.get();
        hashes[kind as usize] = Some(hash);
        FUNCTION_HASHES.set(hashes);
        depend_on_configuration(root);
        planned_for::note(root);
    }
    Ok(())
}

/// Ties the plan under construction to the configuration.
///
/// # Safety
/// As for `depend_on_caller`.
pub unsafe fn depend_on_configuration(root: *mut pg_sys::PlannerInfo) {
    // SAFETY: by the caller's promise.
    unsafe { depend_on(root, c"generation") }
}

/// Ties the plan under construction to a table of the extension.
///
/// # Safety
/// As for `depend_on_caller`.
pub unsafe fn depend_on(root: *mut pg_sys::PlannerInfo, table: &'static CStr) {
    let Some(oid) = relation_oid(table) else {
        return;
    };
    // SAFETY: `glob` belongs to the planner and lives as long as `root`.
    unsafe {
        let glob = (*root).glob;
        if !pg_sys::list_member_oid((*glob).relationOids, oid) {
            (*glob).relationOids = pg_sys::lappend_oid((*glob).relationOids, oid);
        }
    }
}
