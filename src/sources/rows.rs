//! The rows of a source: the columns that it names, as text, and nothing else of them.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::TableSource;
use crate::catalog::write::source_views::each_row_of_view;
use crate::catalog::write::sources::{is_populated, table_of_source};
use crate::core::sources::SourcePart;
use crate::core::{Error, Result};
use crate::pg::compat::attribute;
use crate::policy::records::reading::{Index, Records, tables_and_heirs};
use crate::policy::records::record_lookup::each_of;
use crate::policy::sets::keys::{KeySet, KeyType, key_type_of_column, text_of_key};
use crate::sources::broken::{column_is_gone, is_empty_still, table_is_gone};
use pgrx::pg_sys;
use std::collections::BTreeSet;
use std::ffi::CStr;

/// What a row says, in the order of the source's parts.
pub type Entry = Vec<Option<String>>;

/// What a row says of one part.
pub fn value_of<'e>(source: &TableSource, entry: &'e Entry, part: SourcePart) -> Option<&'e str> {
    let at = source.parts.iter().position(|&one| one == part)?;
    entry.get(at)?.as_deref()
}

/// How the value of a column becomes text.
#[derive(Clone, Copy)]
enum Cell {
    Key(i16, KeyType),
    /// True is active.
    Boolean(i16),
    /// NULL is active.
    Absent(i16),
}

/// Reads rows of one description.
pub struct EntryReader {
    descriptor: pg_sys::TupleDesc,
    cells: Vec<Cell>,
}

impl EntryReader {
    /// The columns are found by their names: parts of a table may number them otherwise.
    ///
    /// # Safety
    /// `descriptor` must describe rows of the source, and outlive the answer.
    pub unsafe fn of(source: &TableSource, descriptor: pg_sys::TupleDesc) -> Result<EntryReader> {
        let cell = |&part: &SourcePart| {
            let name = source.columns.get(part).unwrap_or_default();
            // SAFETY: by the caller's promise.
            let (number, type_oid, is_virtual) = unsafe { column_in(descriptor, name) }
                .ok_or_else(|| column_is_gone(source, name))?;
            if is_virtual {
                return Err(Error::unsupported(format!(
                    "column \"{name}\" of table {} is generated and virtual",
                    table_of_source(source)
                ))
                .detail("No row holds its value.")
                .hint("Generate it as STORED."));
            }
            // SAFETY: looks up a type that exists.
            let base = unsafe { pg_sys::getBaseType(type_oid) };
            Ok(match (part, base) {
                (SourcePart::Active, pg_sys::BOOLOID) => Cell::Boolean(number),
                (SourcePart::Active, _) => Cell::Absent(number),
                _ => Cell::Key(number, key_type_of_column(type_oid, name)?),
            })
        };
        let cells = source.parts.iter().map(cell).collect::<Result<_>>()?;
        Ok(EntryReader { descriptor, cells })
    }

    /// # Safety
    /// `tuple` must be a row of the description.
    pub unsafe fn entry(&self, tuple: pg_sys::HeapTuple) -> Entry {
        let cells = self.cells.iter();
        cells
            .map(|&cell| {
                let (Cell::Key(number, _) | Cell::Boolean(number) | Cell::Absent(number)) = cell;
                let mut is_null = false;
                // SAFETY: by the caller's promise; the types are those of the description.
                unsafe {
                    let datum =
                        pg_sys::heap_getattr(tuple, number.into(), self.descriptor, &mut is_null);
                    match cell {
                        Cell::Absent(_) => is_null.then(String::new),
                        _ if is_null => None,
                        Cell::Boolean(_) => (datum.value() as u8 != 0).then(String::new),
                        Cell::Key(_, key_type) => text_of_key(key_type, datum),
                    }
                }
            })
            .collect()
    }

    /// The number and the type of the column that holds a part.
    fn key_column(&self, source: &TableSource, part: SourcePart) -> Option<(i16, KeyType)> {
        let at = source.parts.iter().position(|&one| one == part)?;
        match self.cells.get(at)? {
            &Cell::Key(number, key_type) => Some((number, key_type)),
            _ => None,
        }
    }
}

/// # Safety
/// `descriptor` must be valid.
unsafe fn column_in(descriptor: pg_sys::TupleDesc, name: &str) -> Option<(i16, pg_sys::Oid, bool)> {
    // SAFETY: by the caller's promise; names are NUL-terminated.
    unsafe {
        (1..=(*descriptor).natts as i16).find_map(|number| {
            let column = attribute(descriptor, number);
            let is_it = !(*column).attisdropped
                && CStr::from_ptr((*column).attname.data.as_ptr()).to_bytes() == name.as_bytes();
            let is_virtual = (*column).attgenerated as u8 == b'v';
            is_it.then_some((number, (*column).atttypid, is_virtual))
        })
    }
}

/// Which rows are wanted: those with one of the values in a column.
pub struct Wanted<'a> {
    pub part: SourcePart,
    pub values: &'a BTreeSet<String>,
}

/// The rows of a source as they are now, all or those that are wanted.
pub fn read(source: &TableSource, wanted: Option<&Wanted>) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    // SAFETY: looks up a relation.
    match unsafe { pg_sys::get_rel_relkind(source.relation) } as u8 {
        b'v' => read_view(source, &mut entries)?,
        0 => return Err(table_is_gone(source)),
        b'm' if !is_populated(source.relation)? => return Err(is_empty_still(source)),
        _ => {
            for table in parts(source.relation) {
                if let Some(records) = Records::open(table) {
                    read_table(source, &records, wanted, &mut entries)?;
                }
            }
        }
    }
    if let Some(wanted) = wanted {
        entries.retain(|entry| {
            value_of(source, entry, wanted.part).is_some_and(|value| wanted.values.contains(value))
        });
    }
    Ok(entries)
}

/// The tables that hold the rows. What is temporary is one session's alone, and goes with it.
fn parts(relation: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    // SAFETY: looks up relations.
    unsafe {
        if pg_sys::get_rel_relkind(relation) as u8 == b'm' {
            return vec![relation];
        }
        let mut all = tables_and_heirs(relation);
        all.retain(|&table| {
            pg_sys::get_rel_persistence(table) as u8 != pg_sys::RELPERSISTENCE_TEMP
        });
        all
    }
}

fn read_view(source: &TableSource, entries: &mut Vec<Entry>) -> Result<()> {
    let parts = source.parts.iter();
    let columns: Vec<&str> = parts.filter_map(|&part| source.columns.get(part)).collect();
    each_row_of_view(
        source.relation,
        &table_of_source(source),
        &columns,
        |tuple, descriptor| {
            // SAFETY: the row is of that description.
            unsafe { entries.push(EntryReader::of(source, descriptor)?.entry(tuple)) };
            Ok(())
        },
    )
}

/// Looking up one key in an index costs about as much as reading so many rows in turn.
const ROWS_FOR_A_PROBE: f64 = 8.0;

fn read_table(
    source: &TableSource,
    records: &Records,
    wanted: Option<&Wanted>,
    entries: &mut Vec<Entry>,
) -> Result<()> {
    // SAFETY: the relation is open while `records` lives.
    let reader = unsafe { EntryReader::of(source, (*records.relation()).rd_att)? };
    let snapshot = Snapshot::latest();
    let visit = |tuple: pg_sys::HeapTuple| {
        // SAFETY: a row of this table.
        entries.push(unsafe { reader.entry(tuple) });
        Ok(())
    };
    match wanted.and_then(|wanted| by_index(source, records, &reader, wanted)) {
        Some((index, keys)) => each_of(records, Some(index), &keys, &snapshot, visit),
        None => records.each(&snapshot, visit),
    }
}

fn by_index(
    source: &TableSource,
    records: &Records,
    reader: &EntryReader,
    wanted: &Wanted,
) -> Option<(Index, KeySet)> {
    let (number, key_type) = reader.key_column(source, wanted.part)?;
    if wanted.values.len() as f64 * ROWS_FOR_A_PROBE > records.estimated_rows() {
        return None;
    }
    let index = records.index_on(number)?;
    let mut keys = KeySet::new(key_type);
    for value in wanted
        .values
        .iter()
        .filter(|value| key_type.can_hold(value))
    {
        keys.insert(value);
    }
    Some((index, keys))
}

/// Whether a column is one by which a table without parts can be asked.
pub fn has_index(source: &TableSource, part: SourcePart) -> bool {
    let tables = parts(source.relation);
    tables.into_iter().filter_map(Records::open).all(|records| {
        // SAFETY: the relation is open while `records` lives.
        let reader = unsafe { EntryReader::of(source, (*records.relation()).rd_att) };
        let column = reader
            .ok()
            .and_then(|reader| reader.key_column(source, part));
        column.is_some_and(|(number, _)| records.index_on(number).is_some())
    })
}
