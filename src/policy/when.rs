//! Whether a row is one of which a relation holds: a column says so (`policy::columns::When`).

use crate::core::{Error, Result};
use crate::policy::columns::When;
use crate::policy::record_lookup::column_in;
use crate::policy::records::Records;
use pgrx::pg_sys;

/// `column = value` over the rows of one part of a table, by the default equality of the column's base
/// type. Such an operator, like the type's input, is made by superusers alone.
pub struct Condition {
    column: Option<i16>,
    equals: *mut pg_sys::FmgrInfo,
    collation: pg_sys::Oid,
    value: pg_sys::Datum,
}

impl Condition {
    pub fn new(when: &When, part: pg_sys::Oid) -> Result<Condition> {
        let text = std::ffi::CString::new(when.value.as_str())
            .map_err(|_| Error::internal("the value of a relation has a zero byte"))?;
        // SAFETY: looks up a column and its type. The value is made in the current memory context, which
        // outlives the scan; the type cache lives as long as the process.
        unsafe {
            let column = column_in(part, &when.column);
            let base = pg_sys::getBaseType(when.type_oid);
            let entry = pg_sys::lookup_type_cache(base, pg_sys::TYPECACHE_EQ_OPR_FINFO as i32);
            let equals = &raw mut (*entry).eq_opr_finfo;
            if (*equals).fn_oid == pg_sys::InvalidOid {
                return Err(Error::internal("the column of a relation has no equality"));
            }
            let (mut input, mut parameter) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
            pg_sys::getTypeInputInfo(base, &mut input, &mut parameter);
            let text = pg_sys::pstrdup(text.as_ptr());
            Ok(Condition {
                column,
                equals,
                collation: column.map_or(pg_sys::InvalidOid, |column| collation(part, column)),
                value: pg_sys::OidInputFunctionCall(input, text, parameter, -1),
            })
        }
    }

    /// # Safety
    /// `tuple` must be a row of the part, which `records` are.
    pub unsafe fn holds(&self, records: &Records, tuple: pg_sys::HeapTuple) -> bool {
        // SAFETY: by the caller's promise; the column is of the type that the function compares.
        unsafe {
            let column = self.column.and_then(|column| records.value(tuple, column));
            column.is_some_and(|found| {
                let equal =
                    pg_sys::FunctionCall2Coll(self.equals, self.collation, found, self.value);
                equal.value() as u8 != 0
            })
        }
    }
}

/// The collation of a column.
unsafe fn collation(part: pg_sys::Oid, column: i16) -> pg_sys::Oid {
    let (mut type_oid, mut modifier) = (pg_sys::InvalidOid, 0);
    let mut collation = pg_sys::InvalidOid;
    // SAFETY: looks up a column that exists.
    unsafe {
        pg_sys::get_atttypetypmodcoll(part, column, &mut type_oid, &mut modifier, &mut collation);
    }
    collation
}
