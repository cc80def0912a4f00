//! Columns of tables, by name, by number and as keys.

use crate::catalog::write::sql::{rows, value};
use crate::catalog::write::tables::ApplicationTable;
use crate::core::{Error, Result};
use pgrx::pg_sys;

/// A column that `protect` was told of.
#[derive(Clone, Debug)]
pub struct TableColumn {
    /// Quoted.
    pub name: String,
    pub type_oid: pg_sys::Oid,
    pub is_generated: bool,
}

impl TableColumn {
    /// The name of the column's type, qualified.
    pub fn type_name(&self) -> String {
        // SAFETY: formats the name of a type that exists, into palloc'd memory.
        unsafe {
            std::ffi::CStr::from_ptr(pg_sys::format_type_be_qualified(self.type_oid))
                .to_string_lossy()
                .into_owned()
        }
    }
}

fn read_column(row: &pgrx::spi::SpiHeapTupleData) -> pgrx::spi::SpiResult<TableColumn> {
    Ok(TableColumn {
        name: row.get(1)?.unwrap_or_default(),
        type_oid: row.get(2)?.unwrap_or(pg_sys::InvalidOid),
        is_generated: row.get(3)?.unwrap_or_default(),
    })
}

/// A column by its name. One that is generated and virtual is refused: no row holds its value, so neither
/// direct scans nor triggers see it.
pub fn column_named(relation: &ApplicationTable, name: &str) -> Result<TableColumn> {
    let found = rows(
        "SELECT pg_catalog.quote_ident(attname), atttypid, attgenerated <> '', attgenerated = 'v' FROM pg_catalog.pg_attribute
         WHERE attrelid = $1 AND attname::text = $2 AND attnum > 0 AND NOT attisdropped",
        &[relation.oid.into(), name.into()],
        |row| Ok((read_column(row)?, row.get::<bool>(4)?.unwrap_or_default())),
    )?
    .pop();
    match found {
        Some((column, false)) => Ok(column),
        Some((_, true)) => Err(Error::unsupported(format!(
            "column \"{name}\" of table {} is generated and virtual",
            relation.name
        ))
        .detail("No row holds its value.")
        .hint("Generate it as STORED.")),
        None => Err(Error::new(
            crate::core::Sqlstate::UndefinedColumn,
            format!("table {} has no column \"{name}\"", relation.name),
        )),
    }
}

/// Whether `name` is a column of the table, and not also the table's own name.
pub fn is_name_of_column(relation: pg_sys::Oid, name: &str) -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
         WHERE c.oid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attname::text = $2 AND c.relname::text <> $2)",
        &[relation.into(), name.into()],
    )?
    .unwrap_or_default())
}

/// The column by which others can point at records: whose value is another row's at no moment, as it
/// can be below a primary key that is deferrable.
pub fn key_to_point_at(relation: pg_sys::Oid) -> Result<Option<TableColumn>> {
    let is_immediate: Option<bool> = value(
        "SELECT indimmediate FROM pg_catalog.pg_index WHERE indrelid = $1 AND indisprimary",
        &[relation.into()],
    )?;
    match is_immediate {
        Some(true) => primary_key(relation),
        _ => Ok(None),
    }
}

/// The number of that column.
pub fn number_of_key_to_point_at(relation: pg_sys::Oid) -> Result<Option<i16>> {
    value(
        "SELECT indkey[0] FROM pg_catalog.pg_index WHERE indrelid = $1 AND indisprimary AND indimmediate AND indnkeyatts = 1",
        &[relation.into()],
    )
}

/// Whether values of a column that are equal are the same, byte by byte: under a nondeterministic collation
/// a record's key can be written in several ways, and what names it by one says nothing of the others.
pub fn has_one_spelling(relation: pg_sys::Oid, column: i16) -> Result<bool> {
    let is_nondeterministic: Option<bool> = value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
             WHERE a.attrelid = $1 AND a.attnum = $2 AND NOT c.collisdeterministic)",
        &[relation.into(), column.into()],
    )?;
    Ok(is_nondeterministic == Some(false))
}

pub fn column_numbered(relation: &ApplicationTable, number: i16) -> Result<TableColumn> {
    rows(
        "SELECT pg_catalog.quote_ident(attname), atttypid, attgenerated <> '' FROM pg_catalog.pg_attribute
         WHERE attrelid = $1 AND attnum = $2 AND NOT attisdropped",
        &[relation.oid.into(), number.into()],
        read_column,
    )?
    .pop()
    .ok_or_else(|| Error::internal(format!("table {} has no column {number}", relation.name)))
}

/// The single column of a primary key.
fn primary_key(relation: pg_sys::Oid) -> Result<Option<TableColumn>> {
    Ok(rows(
        "SELECT pg_catalog.quote_ident(a.attname), a.atttypid, a.attgenerated <> '' FROM pg_catalog.pg_index i
         JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE i.indrelid = $1 AND i.indisprimary AND i.indnkeyatts = 1",
        &[relation.into()],
        read_column,
    )?
    .pop())
}
