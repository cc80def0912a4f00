//! Rows of protected tables by their keys: what of them decides, as texts.

use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::core::criteria::Criteria;
use crate::core::org::{CriteriaId, RelationId};
use crate::pg::names::column_in;
use crate::policy::records::compiled::MetCriteria;
use crate::policy::records::reading::Records;
use crate::policy::records::record_lookup::each_of;
use crate::policy::records::shards;
use crate::policy::records::shards::WantedRows;
use crate::policy::records::when::Condition;
use crate::policy::sets::keys::{KeySet, KeyType, text_of_key};
use crate::policy::text::columns::{Columns, KeyColumn, key_of_records};
use pgrx::pg_sys;
use std::collections::BTreeSet;

/// A key that a column holds, and the column's type.
pub struct PointedAt {
    pub key_type: KeyType,
    pub key: String,
}

/// What of a row decides.
#[derive(Default)]
pub struct DecidingRow {
    /// The key by which it was found.
    pub found_by: String,
    /// The key by which the records of its table are known.
    pub known_by: Option<String>,
    pub owner: Option<String>,
    pub group: Option<String>,
    /// The criteria that it meets.
    pub meets: Vec<CriteriaId>,
    /// The parents through relations that hold of the row.
    pub related: Vec<(RelationId, PointedAt)>,
    /// The record that controls it.
    pub controller: Option<PointedAt>,
}

/// The rows of a table, or of a part of one, that have one of the keys in a column of that number and type.
pub fn rows_with(
    records: &Records,
    columns: &Columns,
    (column, key_type): (i16, KeyType),
    keys: &[&str],
    criteria: &[(CriteriaId, &Criteria)],
    snapshot: &Snapshot,
) -> Result<Vec<DecidingRow>> {
    let mut wanted = KeySet::new(key_type);
    for key in keys.iter().filter(|key| key_type.can_hold(key)) {
        wanted.insert(key);
    }
    let mut found = Vec::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    let pointers = Pointers::of(records, columns, criteria)?;
    let mut visit = |tuple| {
        // SAFETY: a row of this table, whose columns have the types that the policies say.
        unsafe {
            if let Some(value) = records.value(tuple, column)
                && wanted.contains(key_type, value)
                && let Some(found_by) = text_of_key(key_type, value)
            {
                found.push(DecidingRow {
                    found_by,
                    ..pointers.read(records, tuple, columns)?
                });
            }
        }
        Ok(())
    };
    if shards::hold(records) {
        let mut numbers = deciding_columns(records, columns, criteria);
        numbers.insert(column);
        let numbers: Vec<i16> = numbers.into_iter().collect();
        let wanted: Vec<&str> = keys
            .iter()
            .copied()
            .filter(|key| key_type.can_hold(key))
            .collect();
        let wanted = WantedRows::WithKeys(column, key_type, &wanted);
        shards::each(records, &numbers, wanted, &mut visit)?;
    } else {
        let index = records.key_on(column).filter(|index| index.is_usable);
        let index = index.or_else(|| records.index_on(column));
        each_of(records, index, &wanted, snapshot, visit)?;
    }
    Ok(found)
}

/// Calls `visit` with every row of a table, or of a part of one; what it was found by is the key by which it is known.
pub fn each_row(
    records: &Records,
    columns: &Columns,
    criteria: &[(CriteriaId, &Criteria)],
    snapshot: &Snapshot,
    mut visit: impl FnMut(DecidingRow) -> Result<()>,
) -> Result<()> {
    let pointers = Pointers::of(records, columns, criteria)?;
    let mut visit = |tuple| {
        // SAFETY: a row of this table.
        let row = unsafe { pointers.read(records, tuple, columns) }?;
        visit(DecidingRow {
            found_by: row.known_by.clone().unwrap_or_default(),
            ..row
        })
    };
    match shards::hold(records) {
        true => {
            let numbers = deciding_columns(records, columns, criteria);
            let numbers: Vec<i16> = numbers.into_iter().collect();
            shards::each(records, &numbers, WantedRows::All, &mut visit)
        }
        false => records.each(snapshot, visit),
    }
}

/// The numbers of the columns that decide about the rows of a table.
fn deciding_columns(
    records: &Records,
    columns: &Columns,
    criteria: &[(CriteriaId, &Criteria)],
) -> BTreeSet<i16> {
    // SAFETY: the table is open.
    let (table, known_by) = unsafe {
        let relation = records.relation();
        ((*relation).rd_id, key_of_records(relation))
    };
    let mut numbers: BTreeSet<i16> = known_by.iter().map(|column| column.number).collect();
    match columns {
        Columns::Owned(owned) => {
            numbers.insert(owned.owner.number);
            numbers.extend(owned.group.iter().map(|column| column.number));
            for relation in &owned.relations {
                numbers.insert(relation.via.number);
                let when = relation.when.as_ref();
                numbers.extend(when.and_then(|when| column_in(table, &when.column)));
            }
        }
        Columns::Detail(detail) => {
            numbers.insert(detail.via.number);
        }
    }
    let named = criteria.iter().flat_map(|(_, criteria)| criteria.columns());
    numbers.extend(named.filter_map(|(name, _)| column_in(table, name)));
    numbers
}

/// Which column is the key by which the rows of a table are known, when its relations hold, and what rows may meet.
struct Pointers {
    met: MetCriteria,
    known_by: Option<KeyColumn>,
    conditions: Vec<Option<Condition>>,
}

impl Pointers {
    fn of(
        records: &Records,
        columns: &Columns,
        criteria: &[(CriteriaId, &Criteria)],
    ) -> Result<Pointers> {
        // SAFETY: the table is open.
        let (table, known_by) = unsafe {
            let relation = records.relation();
            ((*relation).rd_id, key_of_records(relation))
        };
        let relations = match columns {
            Columns::Owned(owned) => &owned.relations[..],
            Columns::Detail(_) => &[],
        };
        let conditions = relations.iter().map(|relation| {
            let when = relation.when.as_ref();
            when.map_or(Ok(None), |when| Condition::new(when, table))
        });
        Ok(Pointers {
            // SAFETY: the table is open; what is compiled is used up while its rows are read.
            met: unsafe { MetCriteria::of(records, criteria.iter().copied()) },
            known_by,
            conditions: conditions.collect::<Result<_>>()?,
        })
    }

    /// # Safety
    /// `tuple` must be a row of the table.
    unsafe fn read(
        &self,
        records: &Records,
        tuple: pg_sys::HeapTuple,
        columns: &Columns,
    ) -> Result<DecidingRow> {
        // SAFETY: by the caller's promise.
        unsafe {
            let text = |column: &KeyColumn| {
                let value = records.value(tuple, column.number)?;
                text_of_key(column.key_type, value)
            };
            let pointed_at = |column: &KeyColumn| {
                let key_type = column.key_type;
                text(column).map(|key| PointedAt { key_type, key })
            };
            let known_by = self.known_by.as_ref().and_then(text);
            let owned = match columns {
                Columns::Owned(owned) => owned,
                Columns::Detail(detail) => {
                    return Ok(DecidingRow {
                        known_by,
                        controller: pointed_at(&detail.via),
                        ..DecidingRow::default()
                    });
                }
            };
            let relations = owned.relations.iter().zip(&self.conditions);
            let held = relations.filter(|(relation, condition)| match condition {
                Some(condition) => condition.holds(records, tuple),
                // A condition that cannot be asked holds for no row.
                None => relation.when.is_none(),
            });
            Ok(DecidingRow {
                known_by,
                owner: text(&owned.owner),
                group: owned.group.as_ref().and_then(text),
                meets: self.met.of_row(tuple)?,
                related: held
                    .filter_map(|(relation, _)| Some((relation.id, pointed_at(&relation.via)?)))
                    .collect(),
                ..DecidingRow::default()
            })
        }
    }
}
