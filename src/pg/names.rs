//! Names of things as SQL writes them.

use pgrx::pg_sys;
use pgrx::spi::quote_identifier;
use std::ffi::{CStr, CString};

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

/// The number of a column in a table, or in a part of one, which may number its columns otherwise.
pub fn column_in(part: pg_sys::Oid, name: &str) -> Option<i16> {
    let name = CString::new(name).ok()?;
    // SAFETY: looks up a column by its name.
    let number = unsafe { pg_sys::get_attnum(part, name.as_ptr()) };
    (number > 0).then_some(number)
}

/// An operator as `OPERATOR(schema.name)`; None where there is none.
pub fn operator_named(operator: pg_sys::Oid) -> Option<String> {
    // SAFETY: looks a row of pg_operator up in the system caches, and releases it.
    unsafe {
        let id = pg_sys::SysCacheIdentifier::OPEROID as i32;
        let tuple = pg_sys::SearchSysCache1(id, pg_sys::Datum::from(operator));
        if tuple.is_null() {
            return None;
        }
        let row = pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_operator>();
        let name = CStr::from_ptr((*row).oprname.data.as_ptr());
        let name = name.to_string_lossy().into_owned();
        let schema = pg_sys::get_namespace_name((*row).oprnamespace);
        pg_sys::ReleaseSysCache(tuple);
        if schema.is_null() {
            return None;
        }
        let schema = CStr::from_ptr(schema).to_string_lossy();
        Some(format!("OPERATOR({}.{name})", quote_identifier(schema)))
    }
}
