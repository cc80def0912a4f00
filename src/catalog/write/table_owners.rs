//! What the owners of tables may do: protect() changes each table as its owner.

use crate::catalog::write::sql::rows;
use crate::catalog::write::tables::ApplicationTable;
use crate::core::{Error, Result};
use pgrx::pg_sys;

/// What somebody lacks: the role, the table, the privilege, on what.
type Lack = (String, String, String, String);

/// Refuses tables whose owners could not do by themselves what `protect` does as they: the first of a
/// family is the module's table.
pub fn check_owners(family: &[ApplicationTable]) -> Result<()> {
    let Some(root) = family.first() else {
        return Ok(());
    };
    let members: Vec<pg_sys::Oid> = family.iter().map(|member| member.oid).collect();
    // Whoever creates a trigger on a partitioned table creates it on the partitions.
    let lacking: Vec<Lack> = rows(
        "SELECT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(l.role)), pg_catalog.format('%I.%I', n.nspname, c.relname), l.privilege, l.object
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_class r ON r.oid = $2
         CROSS JOIN LATERAL (
             SELECT c.relowner AS role, 'USAGE' AS privilege, pg_catalog.format('SCHEMA %I', s.nspname) AS object
             FROM pg_catalog.pg_namespace s
             WHERE s.nspname = ANY (ARRAY[n.nspname, 'sharing_internal']) AND NOT pg_catalog.has_schema_privilege(c.relowner, s.oid, 'USAGE')
             UNION ALL
             SELECT o.role, 'TRIGGER', pg_catalog.format('%I.%I', n.nspname, c.relname)
             FROM pg_catalog.unnest(ARRAY[c.relowner, CASE WHEN c.relispartition THEN r.relowner END]) AS o (role)
             WHERE NOT pg_catalog.has_table_privilege(o.role, c.oid, 'TRIGGER')) l
         WHERE c.oid = ANY ($1) ORDER BY c.oid, 1, 4 LIMIT 1",
        &[members.into(), root.oid.into()],
        |row| {
            Ok((
                row.get(1)?.unwrap_or_default(),
                row.get(2)?.unwrap_or_default(),
                row.get(3)?.unwrap_or_default(),
                row.get(4)?.unwrap_or_default(),
            ))
        },
    )?;
    match lacking.into_iter().next() {
        None => Ok(()),
        Some((role, table, privilege, object)) => Err(Error::not_allowed(format!(
            "{table} cannot be protected as {role}, who has not the privilege {privilege} on {object}"
        ))
        .hint(format!(
            "A table is changed as its owner. GRANT {privilege} ON {object} TO {role}, or give the table another owner."
        ))),
    }
}
