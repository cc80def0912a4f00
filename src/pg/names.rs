//! Names of things as SQL writes them.

use pgrx::pg_sys;
use std::ffi::CStr;

/// Schema and name of a relation, quoted; None where it is gone.
pub fn qualified_name(relation: pg_sys::Oid) -> Option<String> {
    // SAFETY: looks the relation and its schema up; the names are palloc'd strings, or null where
    // there is none.
    unsafe {
        let name = pg_sys::get_rel_name(relation);
        let schema = pg_sys::get_namespace_name(pg_sys::get_rel_namespace(relation));
        if name.is_null() || schema.is_null() {
            return None;
        }
        let quoted = pg_sys::quote_qualified_identifier(schema, name);
        Some(CStr::from_ptr(quoted).to_string_lossy().into_owned())
    }
}
