//! What becomes of an INSERT that names no owner (semantics: Modules).

use crate::catalog::write::sql::{rows, value};
use crate::catalog::write::tables::ApplicationTable;
use crate::core::{Error, Result};
use pgrx::pg_sys;

/// Refuses `default_owner` where the owner decides in which partition a row belongs: the trigger
/// that fills the owner in runs when the partition is chosen already, and PostgreSQL does not move
/// rows then. `owner` is the name of the column, quoted, which is the same in all tables of a family;
/// `protected` is the table that is protected as a whole.
pub fn check_default_owner(
    family: &[ApplicationTable],
    owner: &str,
    protected: &str,
) -> Result<()> {
    let tables: Vec<pg_sys::Oid> = family
        .iter()
        .filter(|member| member.kind == 'p')
        .map(|member| member.oid)
        .collect();
    // Columns that a partition key names, also within expressions, depend on their table.
    let partitioned = rows(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.format_type(a.atttypid, a.atttypmod)
         FROM pg_catalog.pg_depend d
         JOIN pg_catalog.pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
         JOIN pg_catalog.pg_class c ON c.oid = d.objid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = d.classid
           AND d.refobjid = d.objid AND d.refobjsubid = 0 AND d.objsubid > 0 AND d.deptype = 'i'
           AND d.objid = ANY ($1) AND pg_catalog.quote_ident(a.attname) = $2
         ORDER BY c.oid LIMIT 1",
        &[tables.into(), owner.into()],
        |row| {
            Ok((
                row.get::<String>(1)?.unwrap_or_default(),
                row.get::<String>(2)?.unwrap_or_default(),
            ))
        },
    )?
    .pop();
    match partitioned {
        None => Ok(()),
        Some((table, of_type)) => Err(Error::unsupported(format!(
            "{table} is partitioned by {owner}, so a row without an owner cannot get a default owner"
        ))
        .detail("The owner is filled in when PostgreSQL has chosen the partition already.")
        .hint(format!(
            "Protect {protected} without default_owner, and give the column a default of its own: ALTER TABLE {protected} ALTER COLUMN {owner} SET DEFAULT sharing.current_user_key()::{of_type}."
        ))),
    }
}

/// Whether a row that an INSERT gives no owner has none: no column of `owners` has a default, and
/// NULL may be stored in all of them.
pub fn leaves_no_owner(relation: pg_sys::Oid, owners: &[&str]) -> Result<bool> {
    Ok(value(
        "SELECT pg_catalog.bool_and(NOT a.atthasdef AND a.attidentity = '' AND NOT a.attnotnull)
         FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attname::text = ANY ($2)",
        &[relation.into(), owners.to_vec().into()],
    )?
    .unwrap_or_default())
}
