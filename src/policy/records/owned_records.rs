//! How many records of a table an owner has, whoever asks: for administrators. Counted by direct scans,
//! which evaluate nothing that the owner of the table hung on it; in shards of Citus as the caller, who has to see
//! them all.
//!
//! `transfer_all()` changes rows as its caller, by a statement that row security filters. Whether it left
//! something out is asked here, of the rows themselves.

use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::policy::records::reading::{Records, tables_and_heirs};
use crate::policy::records::record_lookup::{each_of, number_of};
use crate::policy::records::shards;
use crate::policy::records::statistics::Statistics;
use crate::policy::sets::keys::{KeySet, text_of_key};
use crate::policy::text::columns::KeyColumn;
use pgrx::pg_sys;

/// So many rows are looked at to tell a number that nothing depends on.
const ROWS_LOOKED_AT: f64 = 100_000.0;

/// How many records there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordCount {
    pub records: i64,
    /// Whether they were counted, and not estimated.
    pub is_exact: bool,
}

/// The tables that hold the rows of `relation`, open.
fn tables(relation: pg_sys::Oid) -> impl Iterator<Item = Records> {
    let all = tables_and_heirs(relation).into_iter();
    all.filter_map(Records::open)
}

/// How many records have the key of an owner in a column: by the latest committed state, and what this
/// transaction did.
pub fn count(relation: pg_sys::Oid, column: &KeyColumn, key: &str) -> Result<i64> {
    Ok(count_all(relation, column, key)?.records)
}

/// The same, as `count_or_estimate` tells it.
pub fn count_all(relation: pg_sys::Oid, column: &KeyColumn, key: &str) -> Result<RecordCount> {
    counted(relation, column, key, f64::INFINITY)
}

/// The same, but estimated where that would take long.
pub fn count_or_estimate(
    relation: pg_sys::Oid,
    column: &KeyColumn,
    key: &str,
) -> Result<RecordCount> {
    counted(relation, column, key, ROWS_LOOKED_AT)
}

fn counted(
    relation: pg_sys::Oid,
    column: &KeyColumn,
    key: &str,
    at_most: f64,
) -> Result<RecordCount> {
    let mut count = RecordCount {
        records: 0,
        is_exact: true,
    };
    if !column.key_type.can_hold(key) {
        return Ok(count);
    }
    // SAFETY: counts commands; the functions that come here change something.
    unsafe { pg_sys::CommandCounterIncrement() };
    let mut wanted = KeySet::new(column.key_type);
    wanted.insert(key);
    let tables: Vec<Records> = tables(relation).collect();
    // After the tables are locked: whoever rewrites one is done with it.
    let snapshot = Snapshot::latest();
    for records in &tables {
        let Some(number) = number_of(records, column) else {
            continue;
        };
        if shards::hold(records) {
            count.records += shards::count(records, number, column.key_type, key)?;
            continue;
        }
        let index = records.index_on(number);
        let rows = records.estimated_rows();
        let statistics = Statistics::of_column(records, number);
        let estimate = rows * statistics.fraction(&wanted, column.key_type);
        let looked_at = if index.is_some() { estimate } else { rows };
        if looked_at > at_most {
            count.is_exact = false;
            count.records += estimate.round() as i64;
            continue;
        }
        let visit = |tuple: pg_sys::HeapTuple| {
            // SAFETY: a row of this table, whose column has the type that the policies say.
            let found = unsafe {
                let value = records.value(tuple, number);
                value.and_then(|value| text_of_key(column.key_type, value))
            };
            count.records += i64::from(found.as_deref() == Some(key));
            Ok(())
        };
        each_of(records, index, &wanted, &snapshot, visit)?;
    }
    Ok(count)
}
