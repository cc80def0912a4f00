//! Whether a referential action (ON UPDATE CASCADE, ON DELETE SET NULL …) may be what changes the owner
//! of a record (SPEC 4).
//!
//! PostgreSQL's own sign of it, InNoForceRLSOperation(), also holds for whatever triggers and functions
//! run inside of such an action, on whatever table. So the data decide: a foreign key of the table
//! must ask for this very change, because of what this transaction did to the row it refers to.

use crate::catalog::scan::IndexScan;
use crate::catalog::snapshot::Snapshot;
use crate::compat::column_of_constraint;
use crate::policy::calls::{length, nth};
use crate::policy::columns::KeyColumn;
use crate::policy::keys::text_of_key;
use crate::policy::records::{Records, tables_with_rows};
use pgrx::{FromDatum, pg_sys};
use std::ffi::CStr;

unsafe extern "C-unwind" {
    fn index_get_partition(partition: pg_sys::Relation, index: pg_sys::Oid) -> pg_sys::Oid;
}

/// The access method of tables whose row versions are linked.
const HEAP: pg_sys::Oid = pg_sys::Oid::from_u32(2);

/// The place, on any page, that a version has for its next one in another partition.
const MOVED_TO_ANOTHER_PARTITION: u16 = 0xfffd;

/// A foreign key of a table, as far as its actions go.
struct ForeignKey {
    referenced: pg_sys::Oid,
    /// The unique index of the referenced table.
    index: pg_sys::Oid,
    /// The columns of the table, those that they refer to, and the operators `referenced = own`.
    columns: Vec<(i16, i16, pg_sys::Oid)>,
    on_update: u8,
    on_delete: u8,
    /// The columns that ON DELETE SET sets, where they are named.
    set_on_delete: Option<Vec<i16>>,
}

/// What this transaction made of a row that was referred to.
enum Fate {
    Kept,
    Deleted,
    /// The texts of its key columns, as they are now.
    Changed(Vec<Option<String>>),
}

/// Whether a referential action asks for the change of `column` from the old row to the new one.
///
/// # Safety
/// The rows must be of `relation`, which must be open.
pub unsafe fn asks_for_change(
    relation: pg_sys::Relation,
    column: &KeyColumn,
    old: pg_sys::HeapTuple,
    new: pg_sys::HeapTuple,
) -> bool {
    // SAFETY: by the caller's promise. The list belongs to the relation cache entry; it is copied
    // before anything else is looked up.
    unsafe {
        let list = pg_sys::RelationGetFKeyList(relation);
        let keys: Vec<pg_sys::ForeignKeyCacheInfo> = (0..length(list))
            .map(|n| *nth(list, n).cast::<pg_sys::ForeignKeyCacheInfo>())
            .collect();
        keys.iter()
            .filter_map(|key| ForeignKey::read(key))
            .any(|key| key.asks_for(relation, column, old, new))
    }
}

impl ForeignKey {
    /// None for what stands for a part of another: the referenced table's partition.
    ///
    /// # Safety
    /// Needs a transaction.
    unsafe fn read(key: &pg_sys::ForeignKeyCacheInfo) -> Option<ForeignKey> {
        // SAFETY: looks up the system caches; arrays are copied before the row is released.
        unsafe {
            let parent = attribute(key.conoid, column_of_constraint::PARENT)?;
            let parent = pg_sys::Oid::from(parent.value() as u32);
            let of_parent = attribute(parent, column_of_constraint::RELATION);
            if of_parent.is_some_and(|oid| oid.value() as u32 == key.conrelid.to_u32()) {
                return None;
            }
            let index = attribute(key.conoid, column_of_constraint::INDEX)?;
            let action = |number| attribute(key.conoid, number).map(|datum| datum.value() as u8);
            let columns = (0..key.nkeys as usize)
                .map(|n| (key.conkey[n], key.confkey[n], key.conpfeqop[n]))
                .collect();
            Some(ForeignKey {
                referenced: key.confrelid,
                index: pg_sys::Oid::from(index.value() as u32),
                columns,
                on_update: action(column_of_constraint::ON_UPDATE)?,
                on_delete: action(column_of_constraint::ON_DELETE)?,
                set_on_delete: columns_set(key.conoid),
            })
        }
    }

    /// # Safety
    /// As for `asks_for_change`.
    unsafe fn asks_for(
        &self,
        relation: pg_sys::Relation,
        column: &KeyColumn,
        old: pg_sys::HeapTuple,
        new: pg_sys::HeapTuple,
    ) -> bool {
        let Some(place) = self.columns.iter().position(|one| one.0 == column.number) else {
            return false;
        };
        // SAFETY: by the caller's promise.
        unsafe {
            let text = |tuple, number| text_of(relation, tuple, number);
            let set_to = |action| match action {
                b'n' => text(new, column.number).is_none(),
                b'd' => is_default(relation, column, text(new, column.number)),
                _ => false,
            };
            let mut is_asked = false;
            self.each_fate(relation, old, |fate| {
                is_asked |= match fate {
                    Fate::Kept => false,
                    Fate::Deleted => {
                        let named = self.set_on_delete.as_ref();
                        named.is_none_or(|named| named.contains(&column.number))
                            && set_to(self.on_delete)
                    }
                    Fate::Changed(key) if self.on_update == b'c' => {
                        key[place].is_some()
                            && (self.columns.iter().zip(&key))
                                .all(|(one, key)| text(new, one.0) == *key)
                    }
                    Fate::Changed(_) => set_to(self.on_update),
                };
            });
            is_asked
        }
    }

    /// What became of the versions of the referenced row that had the key which a row refers to.
    ///
    /// # Safety
    /// `old` must be a row of `relation`, which must be open.
    unsafe fn each_fate(
        &self,
        relation: pg_sys::Relation,
        old: pg_sys::HeapTuple,
        mut visit: impl FnMut(Fate),
    ) {
        // SAFETY: by the caller's promise; the referenced tables are open while they are scanned.
        unsafe {
            for table in tables_with_rows(self.referenced) {
                let Some(records) = Records::open(table) else {
                    continue;
                };
                if (*(*records.relation()).rd_rel).relam != HEAP {
                    continue;
                }
                let index = match table == self.referenced {
                    true => self.index,
                    false => pg_sys::ffi::pg_guard_ffi_boundary(|| {
                        index_get_partition(records.relation(), self.index)
                    }),
                };
                if index == pg_sys::InvalidOid {
                    continue;
                }
                // The columns by the numbers that they have in this partition.
                let columns: Vec<_> = (self.columns.iter())
                    .map(|one| (one.0, number_in(table, self.referenced, one.1), one.2))
                    .collect();
                let _ = fates(relation, old, &records, index, &columns, &mut visit);
            }
        }
    }
}

/// # Safety
/// As for `each_fate`; `columns` must be of `records`, and `index` one of its indexes.
unsafe fn fates(
    relation: pg_sys::Relation,
    old: pg_sys::HeapTuple,
    records: &Records,
    index: pg_sys::Oid,
    columns: &[(i16, i16, pg_sys::Oid)],
    visit: &mut impl FnMut(Fate),
) -> Option<()> {
    // SAFETY: by the caller's promise. The operators are those by which the foreign key compares.
    unsafe {
        let table = records.relation();
        let opened = pg_sys::index_open(index, pg_sys::AccessShareLock as _);
        let first = *(*(*opened).rd_index).indkey.values.as_slice(1).first()?;
        let collation = *(*opened).rd_indcollation;
        pg_sys::index_close(opened, pg_sys::NoLock as _);
        let &(own, _, operator) = columns.iter().find(|one| one.1 == first)?;
        let (mut left, mut right) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
        pg_sys::op_input_types(operator, &mut left, &mut right);
        let own_type = (*crate::compat::attribute((*relation).rd_att, own)).atttypid;
        if !pg_sys::IsBinaryCoercible(pg_sys::getBaseType(own_type), right) {
            return None; // The foreign key compares by a cast.
        }
        let mut wanted = pg_sys::ScanKeyData::default();
        pg_sys::ScanKeyEntryInitialize(
            &mut wanted,
            0,
            1,
            pg_sys::BTEqualStrategyNumber as _,
            right,
            collation,
            pg_sys::get_opcode(operator),
            value_of(relation, old, own)?,
        );
        let old_key: Vec<_> = columns
            .iter()
            .map(|one| text_of(relation, old, one.0))
            .collect();
        let key_of = |tuple| -> Vec<_> {
            columns
                .iter()
                .map(|one| text_of(table, tuple, one.1))
                .collect()
        };
        let scan = IndexScan::begin(table, index, &Snapshot::any());
        scan.each(&mut wanted, |tuple| -> Result<(), ()> {
            if key_of(tuple) == old_key {
                visit(fate(table, tuple, &old_key, key_of));
            }
            Ok(())
        })
        .ok()
    }
}

/// What this transaction made of a row version: the last version that came of it tells.
///
/// # Safety
/// `tuple` must be a row of `table`, a heap, which must be open.
unsafe fn fate(
    table: pg_sys::Relation,
    tuple: pg_sys::HeapTuple,
    old_key: &[Option<String>],
    key_of: impl Fn(pg_sys::HeapTuple) -> Vec<Option<String>>,
) -> Fate {
    // SAFETY: by the caller's promise. What this transaction replaced is not removed before it ends,
    // so the links lead to rows; each page is held while its row is looked at.
    unsafe {
        let Some(mut next) = replaced_by(tuple) else {
            return Fate::Kept;
        };
        let mut place = (*tuple).t_self;
        loop {
            if same_place(&next, &place) || next.ip_posid == MOVED_TO_ANOTHER_PARTITION {
                return Fate::Deleted;
            }
            place = next;
            let mut version = pg_sys::HeapTupleData {
                t_self: place,
                ..Default::default()
            };
            let mut buffer = 0;
            let any = &raw mut pg_sys::SnapshotAnyData;
            if !pg_sys::heap_fetch(table, any, &mut version, &mut buffer, false) {
                return Fate::Kept;
            }
            let after = replaced_by(&mut version);
            let key = key_of(&mut version);
            pg_sys::ReleaseBuffer(buffer);
            match after {
                Some(after) => next = after,
                None if key == old_key => return Fate::Kept,
                None => return Fate::Changed(key),
            }
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
        let header = (*tuple).t_data;
        let mask = u32::from((*header).t_infomask);
        if mask & (pg_sys::HEAP_XMAX_INVALID | pg_sys::HEAP_XMAX_LOCK_ONLY) != 0 {
            return None;
        }
        let by = match mask & pg_sys::HEAP_XMAX_IS_MULTI != 0 {
            true => pg_sys::HeapTupleGetUpdateXid(header),
            false => (*header).t_choice.t_heap.t_xmax,
        };
        pg_sys::TransactionIdIsCurrentTransactionId(by).then(|| (*header).t_ctid)
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

/// The text form of a value: keys are the same when these are.
///
/// # Safety
/// As for `value_of`.
unsafe fn text_of(
    relation: pg_sys::Relation,
    tuple: pg_sys::HeapTuple,
    number: i16,
) -> Option<String> {
    // SAFETY: by the caller's promise.
    unsafe {
        let value = value_of(relation, tuple, number)?;
        let type_oid = (*crate::compat::attribute((*relation).rd_att, number)).atttypid;
        let (mut output, mut is_varlena) = (pg_sys::InvalidOid, false);
        pg_sys::getTypeOutputInfo(type_oid, &mut output, &mut is_varlena);
        let text = pg_sys::OidOutputFunctionCall(output, value);
        Some(CStr::from_ptr(text).to_string_lossy().into_owned())
    }
}

/// Whether a value is the constant default of a column, or NULL where it has none. What other defaults
/// give is not known.
///
/// # Safety
/// `relation` must be open.
unsafe fn is_default(relation: pg_sys::Relation, column: &KeyColumn, text: Option<String>) -> bool {
    // SAFETY: a node tells its type by its tag; the constant is of the column's type.
    unsafe {
        let default = pg_sys::build_column_default(relation, column.number.into());
        if default.is_null() {
            return text.is_none();
        }
        if (*default).type_ != pg_sys::NodeTag::T_Const {
            return false;
        }
        let constant = default.cast::<pg_sys::Const>();
        let value = (!(*constant).constisnull).then(|| (*constant).constvalue);
        value.and_then(|value| text_of_key(column.key_type, value)) == text
    }
}

/// The number of a column in a partition.
///
/// # Safety
/// Needs a transaction; the table must have the column.
unsafe fn number_in(partition: pg_sys::Oid, table: pg_sys::Oid, number: i16) -> i16 {
    if partition == table {
        return number;
    }
    // SAFETY: by the caller's promise.
    unsafe { pg_sys::get_attnum(partition, pg_sys::get_attname(table, number, false)) }
}

/// A column of a row of pg_constraint that is passed by value.
///
/// # Safety
/// Needs a transaction.
unsafe fn attribute(constraint: pg_sys::Oid, number: i16) -> Option<pg_sys::Datum> {
    // SAFETY: by the caller's promise; the row is released.
    unsafe { with_attribute(constraint, number, |datum| datum) }
}

/// # Safety
/// Needs a transaction.
unsafe fn columns_set(constraint: pg_sys::Oid) -> Option<Vec<i16>> {
    let number = column_of_constraint::SET_ON_DELETE;
    // SAFETY: by the caller's promise; the column is a smallint[].
    unsafe {
        with_attribute(constraint, number, |datum| {
            Vec::<i16>::from_datum(datum, false)
        })?
    }
}

/// # Safety
/// Needs a transaction.
unsafe fn with_attribute<T>(
    constraint: pg_sys::Oid,
    number: i16,
    read: impl FnOnce(pg_sys::Datum) -> T,
) -> Option<T> {
    // SAFETY: by the caller's promise; the row is released after it was read.
    unsafe {
        let cache = pg_sys::SysCacheIdentifier::CONSTROID as i32;
        let row = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(constraint));
        if row.is_null() {
            return None;
        }
        let mut is_null = false;
        let datum = pg_sys::SysCacheGetAttr(cache, row, number, &mut is_null);
        let read = (!is_null).then(|| read(datum));
        pg_sys::ReleaseSysCache(row);
        read
    }
}
