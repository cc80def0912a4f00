//! What this transaction made of the rows to which a foreign key refers.
//!
//! A row version says by whom it was replaced, and by which one. What a transaction replaced itself
//! stays stored until it ends, so its own changes can be followed from version to version.

use crate::catalog::read::index_scan::IndexScan;
use crate::catalog::read::snapshot::Snapshot;
use crate::policy::records::reading::{Records, inheritors};
use crate::policy::rows::referential::number_in;
use pgrx::pg_sys;
use std::ffi::CStr;

unsafe extern "C-unwind" {
    fn datum_image_eq(
        one: pg_sys::Datum,
        other: pg_sys::Datum,
        by_value: bool,
        length: i32,
    ) -> bool;
}

/// The access method of tables whose row versions are linked.
const HEAP: pg_sys::Oid = pg_sys::Oid::from_u32(2);

/// The place, on any page, that a version has for its next one in another partition.
const MOVED_TO_ANOTHER_PARTITION: u16 = 0xfffd;

/// What a condition that asks for NULL has for a strategy.
const INVALID_STRATEGY: u32 = 0;

/// A column of a foreign key.
pub struct Column {
    /// The number of the column that refers, in its own table.
    pub own: i16,
    /// The number of the column that it refers to.
    referenced: i16,
    /// The function by which they are compared: `referenced = own`.
    equals: pg_sys::Oid,
    /// What the function takes for the own column, and what makes it of the value, unless it is the same.
    compared_as: pg_sys::Oid,
    cast: Option<pg_sys::Oid>,
}

/// What this transaction made of a row version that was referred to.
pub enum Fate<'row> {
    Kept,
    Deleted,
    /// It has another key now.
    Changed(Row<'row>),
    /// It stands in another partition now, so its key changed.
    Moved(Command),
}

/// A row of the referenced table, or of a partition of it.
#[derive(Clone, Copy)]
pub struct Row<'row> {
    place: &'row Place,
    tuple: pg_sys::HeapTuple,
}

/// A command of this transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Command {
    transaction: pg_sys::TransactionId,
    number: pg_sys::CommandId,
}

/// A table with rows that are referred to: the referenced one, or a partition.
struct Place {
    records: Records,
    index: pg_sys::Oid,
    referenced: pg_sys::Oid,
}

impl Column {
    /// None where the values cannot be compared by the operator `referenced = own`.
    ///
    /// # Safety
    /// `relation` must be open and have the column `own`.
    pub unsafe fn new(
        relation: pg_sys::Relation,
        own: i16,
        referenced: i16,
        operator: pg_sys::Oid,
    ) -> Option<Column> {
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
            Some(Column {
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
    unsafe fn value(
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
        row: Row,
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

impl Row<'_> {
    /// The text of a referenced value. Blanks at the end of a `char` are not part of it: they go when it
    /// becomes a text.
    ///
    /// # Safety
    /// The column must be of the foreign key by which the row was found.
    pub unsafe fn text(&self, column: &Column) -> Option<String> {
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

impl Place {
    /// The number of a referenced column in this table.
    ///
    /// # Safety
    /// The column must be of a foreign key to the referenced table.
    unsafe fn number(&self, column: &Column) -> i16 {
        // SAFETY: by the caller's promise.
        unsafe {
            let table = (*self.records.relation()).rd_id;
            number_in(table, self.referenced, column.referenced)
        }
    }
}

/// What became of the row versions that had the key which a row refers to. One that refers to nothing,
/// since a part of the key is NULL, has none.
///
/// # Safety
/// `old` must be a row of `relation`, which must be open; `index` and `columns` those of a foreign key.
pub unsafe fn each_fate(
    relation: pg_sys::Relation,
    old: pg_sys::HeapTuple,
    index: pg_sys::Oid,
    columns: &[Column],
    mut visit: impl FnMut(Fate),
) {
    // SAFETY: by the caller's promise.
    unsafe {
        let refers = |column: &Column| value_of(relation, old, column.own).is_some();
        if !columns.iter().all(refers) {
            return;
        }
        each_version(relation, old, index, columns, |place, tuple| {
            visit_fate(place, tuple, columns, &mut visit);
        });
    }
}

/// The rows that a command of this transaction stored with the key that a row holds.
///
/// # Safety
/// As for `each_fate`.
pub unsafe fn put_by(
    command: Command,
    relation: pg_sys::Relation,
    new: pg_sys::HeapTuple,
    index: pg_sys::Oid,
    columns: &[Column],
    mut visit: impl FnMut(Row),
) {
    // SAFETY: by the caller's promise. Which command of this transaction stored a row, is known as long
    // as it lasts.
    unsafe {
        each_version(relation, new, index, columns, |place, tuple| {
            let transaction = (*(*tuple).t_data).t_choice.t_heap.t_xmin;
            if transaction == command.transaction
                && pg_sys::HeapTupleHeaderGetCmin((*tuple).t_data) == command.number
            {
                visit(Row { place, tuple });
            }
        });
    }
}

/// Every stored version of the rows that have the key which a row of the referring table holds.
///
/// # Safety
/// As for `each_fate`.
unsafe fn each_version(
    relation: pg_sys::Relation,
    tuple: pg_sys::HeapTuple,
    index: pg_sys::Oid,
    columns: &[Column],
    mut visit: impl FnMut(&Place, pg_sys::HeapTuple),
) {
    // SAFETY: by the caller's promise. The operators are of the index; an index outlives the lock on
    // its table, which is kept.
    unsafe {
        let referenced = pg_sys::IndexGetRelation(index, false);
        for index in inheritors(index, pg_sys::NoLock as _) {
            if pg_sys::get_rel_relkind(index) as u8 != b'i' {
                continue;
            }
            let table = pg_sys::IndexGetRelation(index, true);
            let Some(records) = Records::open(table) else {
                continue;
            };
            if (*(*records.relation()).rd_rel).relam != HEAP {
                continue;
            }
            let place = Place {
                records,
                index,
                referenced,
            };
            let Some(mut wanted) = conditions(&place, relation, tuple, columns) else {
                continue;
            };
            let table = place.records.relation();
            let scan = IndexScan::begin_with(table, index, &Snapshot::any(), wanted.len());
            let Ok(()) = scan.each_matching(&mut wanted, |tuple| {
                visit(&place, tuple);
                Ok::<(), std::convert::Infallible>(())
            });
        }
    }
}

/// What the columns of an index have to be equal to.
///
/// # Safety
/// As for `each_fate`; the place must be open.
unsafe fn conditions(
    place: &Place,
    relation: pg_sys::Relation,
    tuple: pg_sys::HeapTuple,
    columns: &[Column],
) -> Option<Vec<pg_sys::ScanKeyData>> {
    // SAFETY: by the caller's promise. The index has as many key columns as it says.
    unsafe {
        let opened = pg_sys::index_open(place.index, pg_sys::AccessShareLock as _);
        let form = (*opened).rd_index;
        let count = (*form).indnkeyatts as usize;
        let numbers = (*form).indkey.values.as_slice(count);
        let conditions = (0..count).map(|n| {
            let column = columns.iter().find(|one| place.number(one) == numbers[n])?;
            let mut wanted = pg_sys::ScanKeyData::default();
            let value = column.value(relation, tuple);
            let (flags, strategy, function) = match value {
                Some(_) => (0, pg_sys::BTEqualStrategyNumber, column.equals),
                None => (
                    pg_sys::SK_ISNULL | pg_sys::SK_SEARCHNULL,
                    INVALID_STRATEGY,
                    pg_sys::InvalidOid,
                ),
            };
            pg_sys::ScanKeyEntryInitialize(
                &mut wanted,
                flags as i32,
                n as i16 + 1,
                strategy as _,
                column.compared_as,
                *(*opened).rd_indcollation.add(n),
                function,
                value.unwrap_or(pg_sys::Datum::null()),
            );
            Some(wanted)
        });
        let conditions = conditions.collect();
        pg_sys::index_close(opened, pg_sys::NoLock as _);
        conditions
    }
}

/// What this transaction made of a row version: the last version that came of it tells.
///
/// # Safety
/// `tuple` must be a row of the place, a heap, whose table must be open.
unsafe fn visit_fate(
    place: &Place,
    tuple: pg_sys::HeapTuple,
    columns: &[Column],
    visit: &mut impl FnMut(Fate),
) {
    // SAFETY: by the caller's promise. What this transaction replaced is not removed before it ends,
    // so the links lead to rows; each page is held while its row is looked at.
    unsafe {
        let table = place.records.relation();
        let Some(mut next) = replaced_by(tuple) else {
            return visit(Fate::Kept);
        };
        let mut at = (*tuple).t_self;
        let mut command = command_that_replaced(tuple);
        loop {
            if next.ip_posid == MOVED_TO_ANOTHER_PARTITION {
                return visit(Fate::Moved(command));
            }
            if same_place(&next, &at) {
                return visit(Fate::Deleted);
            }
            at = next;
            let mut version = pg_sys::HeapTupleData {
                t_self: at,
                ..Default::default()
            };
            let mut buffer = 0;
            let any = &raw mut pg_sys::SnapshotAnyData;
            if !pg_sys::heap_fetch(table, any, &mut version, &mut buffer, false) {
                return visit(Fate::Kept);
            }
            let version = &raw mut version;
            let after = replaced_by(version);
            match after {
                Some(after) => {
                    next = after;
                    command = command_that_replaced(version);
                }
                None => {
                    let has_key = |column| is_same_in(place, column, tuple, version);
                    visit(match columns.iter().all(has_key) {
                        true => Fate::Kept,
                        false => Fate::Changed(Row {
                            place,
                            tuple: version,
                        }),
                    });
                }
            }
            pg_sys::ReleaseBuffer(buffer);
            if after.is_none() {
                return;
            }
        }
    }
}

/// Whether two versions of a row hold the very same in a referenced column: otherwise PostgreSQL takes
/// the key for changed.
///
/// # Safety
/// Both must be rows of the place, whose table must be open.
unsafe fn is_same_in(
    place: &Place,
    column: &Column,
    one: pg_sys::HeapTuple,
    other: pg_sys::HeapTuple,
) -> bool {
    // SAFETY: by the caller's promise; the attribute tells how its values are stored.
    unsafe {
        let table = place.records.relation();
        let number = place.number(column);
        let attribute = crate::pg::compat::attribute((*table).rd_att, number);
        let (by_value, length) = ((*attribute).attbyval, (*attribute).attlen);
        match (value_of(table, one, number), value_of(table, other, number)) {
            (None, None) => true,
            (Some(one), Some(other)) => pg_sys::ffi::pg_guard_ffi_boundary(|| {
                datum_image_eq(one, other, by_value, length.into())
            }),
            _ => false,
        }
    }
}

/// Where the version stands that this transaction put in the place of another, which is that one's own
/// place if it deleted it; None if it did neither, or took it back.
///
/// # Safety
/// `tuple` must be a row of a heap.
unsafe fn replaced_by(tuple: pg_sys::HeapTuple) -> Option<pg_sys::ItemPointerData> {
    // SAFETY: by the caller's promise.
    unsafe {
        let by = replacing_transaction(tuple)?;
        pg_sys::TransactionIdIsCurrentTransactionId(by).then(|| (*(*tuple).t_data).t_ctid)
    }
}

/// The transaction, of those that savepoints make of one, that replaced or deleted a version, or tried to.
///
/// # Safety
/// `tuple` must be a row of a heap.
unsafe fn replacing_transaction(tuple: pg_sys::HeapTuple) -> Option<pg_sys::TransactionId> {
    // SAFETY: by the caller's promise.
    unsafe {
        let header = (*tuple).t_data;
        let mask = u32::from((*header).t_infomask);
        if mask & (pg_sys::HEAP_XMAX_INVALID | pg_sys::HEAP_XMAX_LOCK_ONLY) != 0 {
            return None;
        }
        Some(match mask & pg_sys::HEAP_XMAX_IS_MULTI != 0 {
            true => pg_sys::HeapTupleGetUpdateXid(header),
            false => (*header).t_choice.t_heap.t_xmax,
        })
    }
}

/// # Safety
/// `tuple` must be a row of a heap that this transaction replaced.
unsafe fn command_that_replaced(tuple: pg_sys::HeapTuple) -> Command {
    // SAFETY: by the caller's promise, the command is one of this transaction.
    unsafe {
        Command {
            transaction: replacing_transaction(tuple).unwrap_or(pg_sys::InvalidTransactionId),
            number: pg_sys::HeapTupleHeaderGetCmax((*tuple).t_data),
        }
    }
}

fn same_place(one: &pg_sys::ItemPointerData, other: &pg_sys::ItemPointerData) -> bool {
    let parts = |place: &pg_sys::ItemPointerData| {
        (place.ip_blkid.bi_hi, place.ip_blkid.bi_lo, place.ip_posid)
    };
    parts(one) == parts(other)
}

/// # Safety
/// `tuple` must be a row of `relation`, which must be open.
unsafe fn value_of(
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
