//! Records of protected tables, read by direct scans: whoever judges a child looks at its parent.
//!
//! Like the extension's own tables: no privilege of the caller, no policy, no SPI, and exactly the
//! snapshot that is given. The tables stay locked until the transaction ends, as by any query.

use crate::catalog::read::citus;
use crate::catalog::read::index_scan::IndexScan;
use crate::catalog::read::scan::{each_tuple, estimated_rows};
use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::pg::list::length;
use crate::policy::records::index_columns::has_default_equality;
use crate::policy::sets::keys::KeyType;
use crate::policy::sets::owners::ColumnValue;
use pgrx::pg_sys;

/// An open table that has rows of its own.
pub struct Records {
    relation: pg_sys::Relation,
}

/// An index by whose first column rows can be found.
#[derive(Clone, Copy, Debug)]
pub struct Index {
    oid: pg_sys::Oid,
    /// The number of that column in the table.
    pub column: i16,
    pub key_type: KeyType,
    equals: pg_sys::Oid,
    collation: pg_sys::Oid,
    /// Whether it holds what old snapshots see.
    pub is_usable: bool,
    /// Whether its equality is the one that the type has by default.
    is_by_default: bool,
}

unsafe extern "C-unwind" {
    fn find_all_inheritors(
        parent: pg_sys::Oid,
        lock: pg_sys::LOCKMODE,
        parents: *mut *mut pg_sys::List,
    ) -> *mut pg_sys::List;
}

/// The tables that hold the rows of a module's table: itself, or its partitions. Other tables that
/// inherit from it may have the same keys again, and foreign keys do not look at them either. A table of Citus is
/// read as a whole: who reads it by a query may have no privilege on its partitions.
pub fn tables_with_rows(relation: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    // SAFETY: looks up a relation.
    match unsafe { pg_sys::get_rel_relkind(relation) } as u8 {
        b'r' => vec![relation],
        b'p' if citus::is_spread(relation) => vec![relation],
        b'p' => tables_and_heirs(relation),
        _ => Vec::new(),
    }
}

/// The same, of a table of Citus the shards that this server holds: whoever asks about a parent has a shard whose
/// parents are at the same server.
pub fn tables_here(relation: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    match citus::is_spread(relation) {
        true => {
            let shards = citus::shards_here(relation).into_iter();
            shards.flat_map(tables_with_rows).collect()
        }
        false => tables_with_rows(relation),
    }
}

/// The tables whose rows a query on a table shows: itself and all that inherit from it, but for temporary
/// ones of other sessions, which nobody else can read. A table of Citus is read as a whole.
pub fn tables_and_heirs(relation: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    // SAFETY: looks up and locks relations, and looks up their schemas.
    unsafe {
        let mut all = inheritors(relation, pg_sys::AccessShareLock as _);
        if citus::is_spread(relation) {
            return vec![relation];
        }
        all.retain(|oid| {
            pg_sys::get_rel_relkind(*oid) as u8 == b'r'
                && !pg_sys::isOtherTempNamespace(pg_sys::get_rel_namespace(*oid))
        });
        all
    }
}

/// Keeps everybody from changing a table, and what inherits from it, until the transaction ends. Returns whether
/// it is there.
pub fn hold(relation: pg_sys::Oid) -> bool {
    // SAFETY: locks a relation by its number, whether or not it is there, and looks it up.
    let is_there = unsafe {
        pg_sys::LockRelationOid(relation, pg_sys::AccessShareLock as _);
        pg_sys::get_rel_relkind(relation) != 0
    };
    if is_there {
        tables_and_heirs(relation);
    }
    is_there
}

/// A table or an index and all that inherits from it, its partitions among them, locked in that way.
///
/// # Safety
/// Needs a transaction.
pub unsafe fn inheritors(relation: pg_sys::Oid, lock: pg_sys::LOCKMODE) -> Vec<pg_sys::Oid> {
    // SAFETY: by the caller's promise; the list holds OIDs.
    unsafe {
        let all = pg_sys::ffi::pg_guard_ffi_boundary(|| {
            find_all_inheritors(relation, lock, std::ptr::null_mut())
        });
        (0..length(all))
            .map(|n| (*(*all).elements.add(n)).oid_value)
            .collect()
    }
}

impl Records {
    /// None for a table that is gone.
    pub fn open(relation: pg_sys::Oid) -> Option<Records> {
        // SAFETY: locks the relation, if it is there.
        let relation = unsafe { pg_sys::try_table_open(relation, pg_sys::AccessShareLock as _) };
        // Lazily: a value of no table must not be made, since dropping it closes the table.
        (!relation.is_null()).then(|| Records { relation })
    }

    pub fn relation(&self) -> pg_sys::Relation {
        self.relation
    }

    /// Not where all are in partitions: PostgreSQL has nothing then that could be scanned.
    pub fn has_rows_of_its_own(&self) -> bool {
        // SAFETY: the relation is open.
        unsafe { (*(*self.relation).rd_rel).relkind as u8 != b'p' }
    }

    /// The unique index that makes a column a key of the table: it tells rows apart at every moment,
    /// by the equality that the type has by default. A deferrable one does not: anybody could make
    /// another row of the same key for a while.
    pub fn key_on(&self, column: i16) -> Option<Index> {
        // SAFETY: the relation is open, the list holds OIDs.
        unsafe {
            let list = pg_sys::RelationGetIndexList(self.relation);
            let all = (0..length(list)).filter_map(|n| {
                self.index((*(*list).elements.add(n)).oid_value, |form| {
                    *(*form).indkey.values.as_ptr() == column
                        && (*form).indnkeyatts == 1
                        && (*form).indisunique
                        && (*form).indimmediate
                })
                .filter(|index| index.is_by_default)
            });
            let found = all.reduce(|one, other| if one.is_usable { one } else { other });
            pg_sys::list_free(list);
            found
        }
    }

    /// An index that begins with the column and holds every row that is seen.
    pub fn index_on(&self, column: i16) -> Option<Index> {
        // SAFETY: the relation is open, the list holds OIDs.
        unsafe {
            let list = pg_sys::RelationGetIndexList(self.relation);
            let found = (0..length(list)).find_map(|n| {
                let oid = (*(*list).elements.add(n)).oid_value;
                self.index(oid, |form| *(*form).indkey.values.as_ptr() == column)
                    .filter(|index| index.is_usable)
            });
            pg_sys::list_free(list);
            found
        }
    }

    /// # Safety
    /// `oid` must be an index of the table.
    unsafe fn index(
        &self,
        oid: pg_sys::Oid,
        is_wanted: impl FnOnce(pg_sys::Form_pg_index) -> bool,
    ) -> Option<Index> {
        // SAFETY: the index is open while it is looked at, and has a first column.
        unsafe {
            let index = pg_sys::index_open(oid, pg_sys::AccessShareLock as _);
            let form = (*index).rd_index;
            let column = *(*form).indkey.values.as_ptr();
            let is_whole = (*form).indisvalid
                && (*(*index).rd_rel).relam == pg_sys::BTREE_AM_OID
                && pg_sys::heap_attisnull(
                    (*index).rd_indextuple,
                    pg_sys::Anum_pg_index_indpred as i32,
                    std::ptr::null_mut(),
                );
            let found = if is_whole && column > 0 && is_wanted(form) {
                let attribute = crate::pg::compat::attribute((*self.relation).rd_att, column);
                KeyType::of((*attribute).atttypid).and_then(|key_type| {
                    let element = key_type.oid();
                    let family = *(*index).rd_opfamily;
                    if !has_default_equality(family, key_type) {
                        return None;
                    }
                    let operator = pg_sys::get_opfamily_member(
                        family,
                        element,
                        element,
                        pg_sys::BTEqualStrategyNumber as i16,
                    );
                    let equals = match operator {
                        pg_sys::InvalidOid => return None,
                        operator => pg_sys::get_opcode(operator),
                    };
                    let collation = *(*index).rd_indcollation;
                    let class = pg_sys::GetDefaultOpClass(element, pg_sys::BTREE_AM_OID);
                    let is_by_default = class != pg_sys::InvalidOid
                        && pg_sys::get_opclass_family(class) == *(*index).rd_opfamily;
                    let is_usable =
                        !(*form).indcheckxmin || was_made_before((*index).rd_indextuple);
                    Some(Index {
                        oid,
                        column,
                        key_type,
                        equals,
                        collation,
                        is_usable,
                        is_by_default,
                    })
                })
            } else {
                None
            };
            pg_sys::index_close(index, pg_sys::NoLock as _);
            found
        }
    }

    /// Every row that `snapshot` sees.
    pub fn each(
        &self,
        snapshot: &Snapshot,
        visit: impl FnMut(pg_sys::HeapTuple) -> Result<()>,
    ) -> Result<()> {
        if !self.has_rows_of_its_own() {
            return Ok(());
        }
        // SAFETY: the relation is open and locked.
        unsafe { each_tuple(self.relation, snapshot, visit) }
    }

    /// The rows that have one of the keys.
    ///
    /// # Safety
    /// The keys must be of the index's key type.
    pub unsafe fn each_with(
        &self,
        index: &Index,
        keys: &[pg_sys::Datum],
        snapshot: &Snapshot,
        mut visit: impl FnMut(pg_sys::HeapTuple) -> Result<()>,
    ) -> Result<()> {
        if !self.has_rows_of_its_own() {
            return Ok(());
        }
        // SAFETY: by the caller's promise; the relation is open and locked, the snapshot lives as long
        // as `snapshot`.
        unsafe {
            let scan = IndexScan::begin(self.relation, index.oid, snapshot);
            for &key in keys {
                let mut wanted = pg_sys::ScanKeyData::default();
                pg_sys::ScanKeyEntryInitialize(
                    &mut wanted,
                    0,
                    1,
                    pg_sys::BTEqualStrategyNumber as _,
                    pg_sys::InvalidOid,
                    index.collation,
                    index.equals,
                    key,
                );
                scan.each(&mut wanted, &mut visit)?;
            }
        }
        Ok(())
    }

    /// The value of a column in a row.
    ///
    /// # Safety
    /// `tuple` must be a row of this table.
    pub unsafe fn value(&self, tuple: pg_sys::HeapTuple, column: i16) -> ColumnValue {
        let mut is_null = false;
        // SAFETY: by the caller's promise.
        let value = unsafe {
            pg_sys::heap_getattr(tuple, column.into(), (*self.relation).rd_att, &mut is_null)
        };
        (!is_null).then_some(value)
    }

    /// About how many rows there are.
    pub fn estimated_rows(&self) -> f64 {
        // SAFETY: the relation is open.
        unsafe { estimated_rows(self.relation) }
    }
}

/// Whether an index was made before every snapshot of this transaction: it may leave out what rows were
/// like before that.
///
/// # Safety
/// `tuple` must be the index's row of pg_index.
unsafe fn was_made_before(tuple: pg_sys::HeapTuple) -> bool {
    // SAFETY: by the caller's promise.
    unsafe {
        let header = (*tuple).t_data;
        let frozen = pg_sys::HEAP_XMIN_FROZEN as u16;
        (*header).t_infomask & frozen == frozen
            || pg_sys::TransactionIdPrecedes(
                (*header).t_choice.t_heap.t_xmin,
                pg_sys::TransactionXmin,
            )
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        // After an error the transaction's clean-up closes the table.
        if !std::thread::panicking() {
            // SAFETY: opened in `open` and closed only here; the lock stays.
            unsafe { pg_sys::table_close(self.relation, pg_sys::NoLock as _) };
        }
    }
}
