//! The columns by which a foreign key compares rows, and what they hold.

use crate::policy::records::reading::Records;
use pgrx::pg_sys;
use std::ffi::CStr;

/// A column of a foreign key.
pub struct ForeignKeyColumn {
    /// The number of the column that refers, in its own table.
    pub own: i16,
    /// The number of the column that it refers to.
    pub(super) referenced: i16,
    /// The function by which they are compared: `referenced = own`.
    pub(super) equals: pg_sys::Oid,
    /// What the function takes for the own column, and what makes it of the value, unless it is the same.
    pub(super) compared_as: pg_sys::Oid,
    pub(super) cast: Option<pg_sys::Oid>,
}

impl ForeignKeyColumn {
    /// None where the values cannot be compared by the operator `referenced = own`.
    ///
    /// # Safety
    /// `relation` must be open and have the column `own`.
    pub unsafe fn new(
        relation: pg_sys::Relation,
        own: i16,
        referenced: i16,
        operator: pg_sys::Oid,
    ) -> Option<ForeignKeyColumn> {
        // SAFETY: by the caller's promise. The operator is that of a foreign key, and its own side is
        // made by the cast with which PostgreSQL's triggers make it.
        unsafe {
            let (mut left, mut compared_as) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
            pg_sys::op_input_types(operator, &mut left, &mut compared_as);
            let own_type = pg_sys::getBaseType(
                (*crate::pg::compat::attribute((*relation).rd_att, own)).atttypid,
            );
            let mut cast = pg_sys::InvalidOid;
            let implicit = pg_sys::CoercionContext::COERCION_IMPLICIT;
            let is_same = pg_sys::IsBinaryCoercible(own_type, compared_as);
            if !is_same {
                match pg_sys::find_coercion_pathway(compared_as, own_type, implicit, &mut cast) {
                    pg_sys::CoercionPathType::COERCION_PATH_FUNC
                    | pg_sys::CoercionPathType::COERCION_PATH_RELABELTYPE => {}
                    _ => return None,
                }
            }
            Some(ForeignKeyColumn {
                own,
                referenced,
                equals: pg_sys::get_opcode(operator),
                compared_as,
                cast: (cast != pg_sys::InvalidOid).then_some(cast),
            })
        }
    }

    /// The value of a row that refers, as it is compared.
    ///
    /// # Safety
    /// `tuple` must be a row of `relation`, which must be open.
    pub(super) unsafe fn value(
        &self,
        relation: pg_sys::Relation,
        tuple: pg_sys::HeapTuple,
    ) -> Option<pg_sys::Datum> {
        // SAFETY: by the caller's promise; the cast takes the column's type, and the type modifier
        // and the kind of cast where it wants to know them.
        unsafe {
            let value = value_of(relation, tuple, self.own)?;
            Some(match self.cast {
                None => value,
                Some(cast) => {
                    let none = pg_sys::Datum::from(-1i32);
                    let is_explicit = pg_sys::Datum::from(false);
                    pg_sys::OidFunctionCall3Coll(cast, pg_sys::InvalidOid, value, none, is_explicit)
                }
            })
        }
    }

    /// Whether a row that refers holds in this column what the referenced row has, or NULL like this.
    ///
    /// # Safety
    /// `tuple` must be a row of `relation`, which must be open and have the foreign key.
    pub unsafe fn holds_the_same(
        &self,
        relation: pg_sys::Relation,
        tuple: pg_sys::HeapTuple,
        row: ReferencedRow,
    ) -> bool {
        // SAFETY: by the caller's promise.
        unsafe {
            let table = row.place.records.relation();
            let number = row.place.number(self);
            match (
                value_of(table, row.tuple, number),
                self.value(relation, tuple),
            ) {
                (None, None) => true,
                (Some(referenced), Some(own)) => {
                    let collation =
                        (*crate::pg::compat::attribute((*table).rd_att, number)).attcollation;
                    pg_sys::OidFunctionCall2Coll(self.equals, collation, referenced, own).value()
                        as u8
                        != 0
                }
                _ => false,
            }
        }
    }
}

/// A row of the referenced table, or of a partition of it.
#[derive(Clone, Copy)]
pub struct ReferencedRow<'row> {
    pub(super) place: &'row ReferencedTable,
    pub(super) tuple: pg_sys::HeapTuple,
}

impl ReferencedRow<'_> {
    /// The text of a referenced value. Blanks at the end of a `char` are not part of it: they go when it
    /// becomes a text.
    ///
    /// # Safety
    /// The column must be of the foreign key by which the row was found.
    pub unsafe fn text(&self, column: &ForeignKeyColumn) -> Option<String> {
        // SAFETY: by the caller's promise.
        unsafe {
            let table = self.place.records.relation();
            let number = self.place.number(column);
            let value = value_of(table, self.tuple, number)?;
            let type_oid = (*crate::pg::compat::attribute((*table).rd_att, number)).atttypid;
            let (mut output, mut is_varlena) = (pg_sys::InvalidOid, false);
            pg_sys::getTypeOutputInfo(type_oid, &mut output, &mut is_varlena);
            let text = pg_sys::OidOutputFunctionCall(output, value);
            let text = CStr::from_ptr(text).to_string_lossy();
            Some(match pg_sys::getBaseType(type_oid) {
                pg_sys::BPCHAROID => text.trim_end_matches(' ').to_owned(),
                _ => text.into_owned(),
            })
        }
    }
}

/// A table with rows that are referred to: the referenced one, or a partition.
pub(super) struct ReferencedTable {
    pub(super) records: Records,
    pub(super) index: pg_sys::Oid,
    pub(super) referenced: pg_sys::Oid,
}

impl ReferencedTable {
    /// The number of a referenced column in this table.
    ///
    /// # Safety
    /// The column must be of a foreign key to the referenced table.
    pub(super) unsafe fn number(&self, column: &ForeignKeyColumn) -> i16 {
        // SAFETY: by the caller's promise.
        unsafe {
            let table = (*self.records.relation()).rd_id;
            number_in(table, self.referenced, column.referenced)
        }
    }
}

/// The number of a column of `of` in another table of the same partitioned one.
///
/// # Safety
/// Needs a transaction; both tables must have the column.
pub unsafe fn number_in(table: pg_sys::Oid, of: pg_sys::Oid, number: i16) -> i16 {
    if table == of {
        return number;
    }
    // SAFETY: by the caller's promise.
    unsafe { pg_sys::get_attnum(table, pg_sys::get_attname(of, number, false)) }
}

/// # Safety
/// `tuple` must be a row of `relation`, which must be open.
pub(super) unsafe fn value_of(
    relation: pg_sys::Relation,
    tuple: pg_sys::HeapTuple,
    number: i16,
) -> Option<pg_sys::Datum> {
    let mut is_null = false;
    // SAFETY: by the caller's promise.
    let value =
        unsafe { pg_sys::heap_getattr(tuple, number.into(), (*relation).rd_att, &mut is_null) };
    (!is_null).then_some(value)
}
