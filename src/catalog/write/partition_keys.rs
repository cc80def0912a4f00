//! Which keys belong into a partition, whether its rows are there or still to come.

use crate::catalog::write::elevation::{Elevated, TableOwner};
use crate::catalog::write::sql::{column, rows};
use crate::core::Result;
use pgrx::pg_sys;
use pgrx::spi::quote_identifier;

/// The partitions of a table that say which keys belong into them: not the default one.
pub fn tables_with_bounds(partitioned: pg_sys::Oid) -> Result<Vec<pg_sys::Oid>> {
    let _elevated = Elevated::enter()?;
    rows(
        "SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = i.inhparent
         WHERE i.inhparent = $1 AND i.inhrelid <> p.partdefid ORDER BY 1",
        &[partitioned.into()],
        |row| Ok(row.get(1)?.unwrap_or(pg_sys::InvalidOid)),
    )
}

/// Those of the keys, given as text, that can only be in this partition. None where the table is no
/// partition, or where partitions are not chosen by the column `name` alone. `type_name` is its base type.
pub fn keys_of_partition(
    table: pg_sys::Oid,
    name: &str,
    type_name: &str,
    keys: Vec<String>,
) -> Result<Option<Vec<String>>> {
    let told = {
        let _elevated = Elevated::enter()?;
        rows(
            "SELECT pg_catalog.pg_get_partition_constraintdef(c.oid), CASE WHEN a.attcollation <> 0 THEN
                 (SELECT pg_catalog.format(' COLLATE %I.%I', n.nspname, l.collname) FROM pg_catalog.pg_collation l
                  JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace WHERE l.oid = a.attcollation) END
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = $2::name
             WHERE c.oid = $1 AND c.relispartition AND NOT EXISTS (
                 SELECT FROM pg_catalog.pg_partition_ancestors(c.oid) x (oid)
                 JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = x.oid AND p.partrelid <> c.oid
                 LEFT JOIN pg_catalog.pg_attribute b ON b.attrelid = p.partrelid AND b.attname = $2::name
                 WHERE p.partexprs IS NOT NULL OR p.partattrs::text IS DISTINCT FROM b.attnum::text)",
            &[table.into(), name.into()],
            |row| Ok((row.get::<String>(1)?, row.get::<String>(2)?)),
        )?
    };
    let Some((constraint, collation)) = told.into_iter().next() else {
        return Ok(None);
    };
    // A default partition that is the only one takes everything.
    let constraint = constraint.unwrap_or_else(|| "true".to_owned());
    let collation = collation.unwrap_or_default();
    let text = match name {
        "key" => "text",
        _ => "key",
    };
    let name = quote_identifier(name);
    // Operator classes are code of whoever owns the table: it runs as they.
    let _owner = TableOwner::of(table)?;
    let belonging = column(
        &format!(
            "SELECT {text} FROM (SELECT {text}, {text}::{type_name}{collation} AS {name}
                 FROM pg_catalog.unnest($1::pg_catalog.text[]) AS given ({text})) AS converted WHERE {constraint}"
        ),
        &[keys.into()],
    )?;
    Ok(Some(belonging))
}
