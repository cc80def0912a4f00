//! Whether a row is one of which a relation holds: a column says so (`policy::text::columns::When`).

use crate::core::{Error, Result};
use crate::pg::names::column_in;
use crate::policy::records::reading::Records;
use crate::policy::sets::keys::KeyType;
use crate::policy::text::columns::When;
use pgrx::pg_sys;

/// The base type of a column by which a relation can be chosen: an integer, uuid, text, varchar, char or
/// an enum. Its input and its default equality are code of PostgreSQL's own. Other types are made of
/// types, and call the checks of domains among these.
pub fn comparable(type_oid: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: looks up the type of a column.
    let (base, is_enum) = unsafe {
        let base = pg_sys::getBaseType(type_oid);
        (base, pg_sys::type_is_enum(base))
    };
    let is_comparable = is_enum || base == pg_sys::BPCHAROID || KeyType::of(base).is_some();
    is_comparable.then_some(base)
}

/// `column = value` over the rows of one part of a table.
pub struct Condition {
    column: i16,
    equals: *mut pg_sys::FmgrInfo,
    collation: pg_sys::Oid,
    value: pg_sys::Datum,
}

impl Condition {
    /// None where it holds for no row: a policy that somebody wrote by hand may compare anything.
    pub fn new(when: &When, part: pg_sys::Oid) -> Result<Option<Condition>> {
        let column = column_in(part, &when.column);
        let Some((base, column)) = comparable(when.type_oid).zip(column) else {
            return Ok(None);
        };
        let text = std::ffi::CString::new(when.value.as_str())
            .map_err(|_| Error::internal("the value of a relation has a zero byte"))?;
        // SAFETY: looks up what belongs to a type. The value is made in the current memory context, which
        // outlives the scan; the type cache lives as long as the process.
        unsafe {
            let entry = pg_sys::lookup_type_cache(base, pg_sys::TYPECACHE_EQ_OPR_FINFO as i32);
            let equals = &raw mut (*entry).eq_opr_finfo;
            if (*equals).fn_oid == pg_sys::InvalidOid {
                return Err(Error::internal("the column of a relation has no equality"));
            }
            let (mut input, mut parameter) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
            pg_sys::getTypeInputInfo(base, &mut input, &mut parameter);
            let text = pg_sys::pstrdup(text.as_ptr());
            Ok(Some(Condition {
                column,
                equals,
                collation: collation(part, column),
                value: pg_sys::OidInputFunctionCall(input, text, parameter, -1),
            }))
        }
    }

    /// # Safety
    /// `tuple` must be a row of the part, which `records` are.
    pub unsafe fn holds(&self, records: &Records, tuple: pg_sys::HeapTuple) -> bool {
        // SAFETY: by the caller's promise; the column is of the type that the function compares.
        unsafe {
            let column = records.value(tuple, self.column);
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
