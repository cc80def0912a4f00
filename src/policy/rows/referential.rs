//! Whether a referential action (ON UPDATE CASCADE, ON DELETE SET NULL …) may be what changes the owner
//! of a record (semantics: Commands on a protected table).
//!
//! PostgreSQL's own sign of it, InNoForceRLSOperation(), also holds for whatever triggers and functions
//! run inside of such an action, on whatever table. So the data decide: a foreign key of the table
//! must ask for this very change, because of what this transaction did to the row it refers to.
//!
//! The new owner must be exactly what the action gives: another text that an operator calls equal (`char`,
//! nondeterministic collations) is another owner.

use crate::pg::compat::column_of_constraint;
use crate::pg::list::{length, nth};
use crate::policy::rows::key_columns::{ForeignKeyColumn, ReferencedRow, number_in};
use crate::policy::rows::row_fates::{Fate, each_fate, put_by};
use crate::policy::sets::keys::{KeyType, text_of_key};
use crate::policy::text::columns::KeyColumn;
use pgrx::{FromDatum, pg_sys};

/// A foreign key of a table, as far as its actions go.
struct ReferentialActions {
    /// The unique index of the referenced table.
    index: pg_sys::Oid,
    columns: Vec<ForeignKeyColumn>,
    /// The table that declared it: a partition has it from there, and there its actions begin, by that
    /// table's defaults and by the numbers of its columns.
    declared_by: pg_sys::Oid,
    on_update: u8,
    on_delete: u8,
    /// The columns that ON DELETE SET sets, where they are named.
    set_on_delete: Option<Vec<i16>>,
}

/// An owner column as a record has it before and after.
struct OwnerChange<'a> {
    relation: pg_sys::Relation,
    column: &'a KeyColumn,
    old: pg_sys::HeapTuple,
    new: pg_sys::HeapTuple,
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
    let change = OwnerChange {
        relation,
        column,
        old,
        new,
    };
    // SAFETY: by the caller's promise. The list belongs to the relation cache entry; it is copied
    // before anything else is looked up.
    unsafe {
        let list = pg_sys::RelationGetFKeyList(relation);
        let keys: Vec<pg_sys::ForeignKeyCacheInfo> = (0..length(list))
            .map(|n| *nth(list, n).cast::<pg_sys::ForeignKeyCacheInfo>())
            .collect();
        keys.iter()
            .filter(|key| crate::pg::compat::is_enforced(key) && includes(key, column.number))
            .filter_map(|key| ReferentialActions::read(key, relation))
            .any(|key| key.asks_for(&change))
    }
}

fn includes(key: &pg_sys::ForeignKeyCacheInfo, number: i16) -> bool {
    key.conkey[..key.nkeys as usize].contains(&number)
}

impl ReferentialActions {
    /// None for what compares by something else than an operator of the index.
    ///
    /// # Safety
    /// `relation` must be open and have the foreign key.
    unsafe fn read(
        key: &pg_sys::ForeignKeyCacheInfo,
        relation: pg_sys::Relation,
    ) -> Option<ReferentialActions> {
        // SAFETY: looks up the system caches; arrays are copied before the row is released.
        unsafe {
            let oid = |constraint, number| {
                attribute(constraint, number).map(|datum| pg_sys::Oid::from(datum.value() as u32))
            };
            let parent_of = |constraint| {
                oid(constraint, column_of_constraint::PARENT)
                    .filter(|parent| *parent != pg_sys::InvalidOid)
            };
            let table_of = |constraint| oid(constraint, column_of_constraint::RELATION);
            let mut declared = key.conoid;
            while let Some(parent) = parent_of(declared) {
                declared = parent;
            }
            let columns = (0..key.nkeys as usize)
                .map(|n| {
                    ForeignKeyColumn::new(relation, key.conkey[n], key.confkey[n], key.conpfeqop[n])
                })
                .collect::<Option<_>>()?;
            let action = |number| attribute(declared, number).map(|datum| datum.value() as u8);
            Some(ReferentialActions {
                index: oid(key.conoid, column_of_constraint::INDEX)?,
                columns,
                declared_by: table_of(declared)?,
                on_update: action(column_of_constraint::ON_UPDATE)?,
                on_delete: action(column_of_constraint::ON_DELETE)?,
                set_on_delete: columns_set(declared),
            })
        }
    }

    /// # Safety
    /// The rows must be of the change's relation, which must be open and have the foreign key.
    unsafe fn asks_for(&self, change: &OwnerChange) -> bool {
        // SAFETY: by the caller's promise.
        unsafe {
            let mut is_asked = false;
            each_fate(
                change.relation,
                change.old,
                self.index,
                &self.columns,
                |fate| {
                    is_asked |= match fate {
                        Fate::Kept => false,
                        Fate::Deleted => {
                            self.sets_on_delete(change) && self.set_to(change, self.on_delete)
                        }
                        Fate::Changed(row) if self.on_update == b'c' => {
                            self.columns.iter().all(|column| {
                                column.holds_the_same(change.relation, change.new, row)
                            }) && self.is_exact(change, row)
                        }
                        Fate::Moved(by) if self.on_update == b'c' => {
                            let mut is_there = false;
                            put_by(
                                by,
                                change.relation,
                                change.new,
                                self.index,
                                &self.columns,
                                |row| {
                                    is_there |= self.is_exact(change, row);
                                },
                            );
                            is_there
                        }
                        Fate::Changed(_) | Fate::Moved(_) => self.set_to(change, self.on_update),
                    };
                },
            );
            is_asked
        }
    }

    /// Whether the owner has the very text of what it refers to: operators may call other texts equal,
    /// and these are other owners.
    ///
    /// # Safety
    /// As for `asks_for`; the row must be a referenced one.
    unsafe fn is_exact(&self, change: &OwnerChange, row: ReferencedRow) -> bool {
        if change.column.key_type != KeyType::Text {
            return true;
        }
        let mut of_owner = self
            .columns
            .iter()
            .filter(|one| one.own == change.column.number);
        // SAFETY: by the caller's promise.
        unsafe { of_owner.all(|one| change.new_key() == row.text(one)) }
    }

    /// # Safety
    /// Needs a transaction.
    unsafe fn sets_on_delete(&self, change: &OwnerChange) -> bool {
        let Some(named) = &self.set_on_delete else {
            return true;
        };
        // SAFETY: by the caller's promise.
        named.contains(&unsafe { self.number_of(change) })
    }

    /// The number of the column in the table that declared the foreign key.
    ///
    /// # Safety
    /// Needs a transaction.
    unsafe fn number_of(&self, change: &OwnerChange) -> i16 {
        // SAFETY: by the caller's promise; a partition's columns have the names of its parent's.
        unsafe {
            let table = (*change.relation).rd_id;
            number_in(self.declared_by, table, change.column.number)
        }
    }

    /// Whether an action SET NULL or SET DEFAULT sets the owner to what it is now.
    ///
    /// # Safety
    /// As for `asks_for`.
    unsafe fn set_to(&self, change: &OwnerChange, action: u8) -> bool {
        // SAFETY: by the caller's promise.
        unsafe {
            match action {
                b'n' => change.new_key().is_none(),
                b'd' => {
                    let number = self.number_of(change);
                    default_of(self.declared_by, number, change.column.key_type)
                        .is_some_and(|default| default == change.new_key())
                }
                _ => false,
            }
        }
    }
}

impl OwnerChange<'_> {
    /// # Safety
    /// The rows must be of the relation, which must be open.
    unsafe fn new_key(&self) -> Option<String> {
        let mut is_null = false;
        // SAFETY: by the caller's promise.
        unsafe {
            let value = pg_sys::heap_getattr(
                self.new,
                self.column.number.into(),
                (*self.relation).rd_att,
                &mut is_null,
            );
            match is_null {
                true => None,
                false => text_of_key(self.column.key_type, value),
            }
        }
    }
}

/// What a column gets by default now, as the text of a key. None where that is not known: a default
/// that gives something else each time.
///
/// # Safety
/// Needs a snapshot; the column must hold keys.
unsafe fn default_of(table: pg_sys::Oid, number: i16, key_type: KeyType) -> Option<Option<String>> {
    // SAFETY: the table is open while its default is looked up. The default is evaluated as the
    // present user, who could do so by an INSERT, and its value is of the column's type.
    unsafe {
        let relation = pg_sys::relation_open(table, pg_sys::AccessShareLock as _);
        let default = pg_sys::build_column_default(relation, number.into());
        pg_sys::relation_close(relation, pg_sys::NoLock as _);
        if default.is_null() {
            return Some(None);
        }
        if pg_sys::contain_volatile_functions(default) {
            return None;
        }
        let estate = pg_sys::CreateExecutorState();
        let state = pg_sys::ExecPrepareExpr(default.cast(), estate);
        let context = pg_sys::MakePerTupleExprContext(estate);
        let evaluate = (*state).evalfunc?;
        let mut is_null = false;
        let value = pg_sys::ffi::pg_guard_ffi_boundary(|| evaluate(state, context, &mut is_null));
        let text = (!is_null).then(|| text_of_key(key_type, value));
        pg_sys::FreeExecutorState(estate);
        match text {
            None => Some(None),
            Some(text) => text.map(Some),
        }
    }
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
