//! What is to be rewritten after an upgrade: the modules, and what earlier versions put on tables.

use crate::catalog::write::sql::rows;
use crate::core::Result;
use pgrx::pg_sys;

/// A policy on a table of the application's.
pub struct EarlierPolicy {
    pub table: pg_sys::Oid,
    pub name: String,
}

/// The permissive policies, whatever they are named, that call a function of version 0.1.0 which an upgrade
/// drops: there one of them let through what the restrictive ones cut from. Also on tables that are not
/// protected, which a copy of the schema may have brought: what somebody else restricts by it stays, and stops
/// the upgrade.
pub fn policies_of_before() -> Result<Vec<EarlierPolicy>> {
    rows(
        "SELECT p.polrelid, p.polname::text
         FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace s ON s.oid = f.pronamespace
         JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.refobjid = f.oid
         AND d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
         JOIN pg_catalog.pg_policy p ON p.oid = d.objid
         WHERE s.nspname = 'sharing' AND f.proname = 'always' AND p.polpermissive GROUP BY 1, 2 ORDER BY 1, 2",
        &[],
        |row| {
            Ok(EarlierPolicy {
                table: row.get(1)?.unwrap_or(pg_sys::InvalidOid),
                name: row.get(2)?.unwrap_or_default(),
            })
        },
    )
}

/// A module and its table.
pub struct ModuleTable {
    pub id: i32,
    pub name: String,
    pub table: pg_sys::Oid,
    /// Schema and name, quoted.
    pub table_name: String,
}

/// All modules whose tables still exist.
pub fn modules_with_tables() -> Result<Vec<ModuleTable>> {
    rows(
        "SELECT m.id, m.name, c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) FROM sharing.modules m
         JOIN pg_catalog.pg_class c ON c.oid = m.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace ORDER BY m.id",
        &[],
        |row| {
            Ok(ModuleTable {
                id: row.get(1)?.unwrap_or_default(),
                name: row.get(2)?.unwrap_or_default(),
                table: row.get(3)?.unwrap_or(pg_sys::InvalidOid),
                table_name: row.get(4)?.unwrap_or_default(),
            })
        },
    )
}
