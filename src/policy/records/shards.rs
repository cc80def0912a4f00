//! Records that are in shards of Citus, on whatever server: they are not looked through by direct scans.

use crate::catalog::read::citus;
use crate::core::{Error, Result};
use crate::pg::names::qualified_name;
use pgrx::pg_sys;

/// Refuses to look through the records of tables some of which are in shards.
pub fn must_be_here(tables: impl IntoIterator<Item = pg_sys::Oid>) -> Result<()> {
    if !citus::is_here() {
        return Ok(());
    }
    let tables: Vec<_> = tables.into_iter().collect();
    match citus::spread_among(&tables).first() {
        None => Ok(()),
        Some(&table) => Err(Error::unsupported(format!(
            "records of table {} are in shards of Citus, and are not looked through",
            qualified_name(table).unwrap_or_default()
        ))
        .detail("What is counted or handed over for a whole module is read at one server.")),
    }
}
