//! Names of things as SQL writes them.

use pgrx::pg_sys;
use pgrx::spi::quote_identifier;
use std::ffi::CStr;

/// Schema and name of a relation, quoted; None where it is gone.
pub fn qualified_name(relation: pg_sys::Oid) -> Option<String> {
    // SAFETY: asks the system caches; names are palloc'd, or null.
    let (schema, name) = unsafe {
        let schema = pg_sys::get_namespace_name(pg_sys::get_rel_namespace(relation));
        let name = pg_sys::get_rel_name(relation);
        if schema.is_null() || name.is_null() {
            return None;
        }
        (CStr::from_ptr(schema), CStr::from_ptr(name))
    };
    let quoted = |name: &CStr| quote_identifier(name.to_string_lossy());
    Some(format!("{}.{}", quoted(schema), quoted(name)))
}
