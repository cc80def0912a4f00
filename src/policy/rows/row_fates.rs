//! What this transaction made of the rows to which a foreign key refers.
//!
//! A row version says by whom it was replaced, and by which one. What a transaction replaced itself
//! stays stored until it ends, so its own changes can be followed from version to version.
//!
//! The index of the foreign key is asked, and those that inherit from it, since the referenced table may be
//! partitioned several times over; with the operators and casts by which PostgreSQL's own triggers compare. A
//! row that an UPDATE moves to another partition leaves no link behind: its successor is what the same
//! command stored elsewhere.

use crate::catalog::read::index_scan::IndexScan;
use crate::catalog::read::snapshot::Snapshot;
use crate::pg::image::is_same_image;
use crate::policy::records::reading::{Records, inheritors};
use crate::policy::rows::key_columns::{
    ForeignKeyColumn, ReferencedRow, ReferencedTable, value_of,
};
use pgrx::pg_sys;

/// The access method of tables whose row versions are linked.
const HEAP: pg_sys::Oid = pg_sys::Oid::from_u32(2);

/// The place, on any page, that a version has for its next one in another partition.
const MOVED_TO_ANOTHER_PARTITION: u16 = 0xfffd;

/// What a condition that asks for NULL has for a strategy.
const INVALID_STRATEGY: u32 = 0;

/// What this transaction made of a row version that was referred to.
pub enum Fate<'row> {
    Kept,
    Deleted,
    /// It has another key now.
    Changed(ReferencedRow<'row>),
    /// It stands in another partition now, so its key changed.
    Moved(OwnCommand),
}

/// A command of this transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OwnCommand {
    pub(super) transaction: pg_sys::TransactionId,
    pub(super) number: pg_sys::CommandId,
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
    columns: &[ForeignKeyColumn],
    mut visit: impl FnMut(Fate),
) {
    // SAFETY: by the caller's promise.
    unsafe {
        let refers = |column: &ForeignKeyColumn| value_of(relation, old, column.own).is_some();
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
    command: OwnCommand,
    relation: pg_sys::Relation,
    new: pg_sys::HeapTuple,
    index: pg_sys::Oid,
    columns: &[ForeignKeyColumn],
    mut visit: impl FnMut(ReferencedRow),
) {
    // SAFETY: by the caller's promise. Which command of this transaction stored a row, is known as long
    // as it lasts.
    unsafe {
        each_version(relation, new, index, columns, |place, tuple| {
            let transaction = (*(*tuple).t_data).t_choice.t_heap.t_xmin;
            if transaction == command.transaction
                && pg_sys::HeapTupleHeaderGetCmin((*tuple).t_data) == command.number
            {
                visit(ReferencedRow { place, tuple });
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
    columns: &[ForeignKeyColumn],
    mut visit: impl FnMut(&ReferencedTable, pg_sys::HeapTuple),
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
            let place = ReferencedTable {
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
    place: &ReferencedTable,
    relation: pg_sys::Relation,
    tuple: pg_sys::HeapTuple,
    columns: &[ForeignKeyColumn],
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
    place: &ReferencedTable,
    tuple: pg_sys::HeapTuple,
    columns: &[ForeignKeyColumn],
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
                        false => Fate::Changed(ReferencedRow {
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
    place: &ReferencedTable,
    column: &ForeignKeyColumn,
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
            (Some(one), Some(other)) => is_same_image(one, other, by_value, length),
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
unsafe fn command_that_replaced(tuple: pg_sys::HeapTuple) -> OwnCommand {
    // SAFETY: by the caller's promise, the command is one of this transaction.
    unsafe {
        OwnCommand {
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
