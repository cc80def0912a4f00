//! Tables that came to belong to a protected one, found by what the catalogs say and not by the command
//! that made them.

use crate::catalog::write::sql::{column, rows_now};
use crate::core::Result;
use pgrx::pg_sys;

/// A relation that has come to inherit from a protected one and carries no policies yet.
pub struct Newcomer {
    pub relation: pg_sys::Oid,
    pub module: i32,
    pub module_relation: pg_sys::Oid,
    /// Whether the command names it or a parent of it.
    pub is_named: bool,
}

/// Temporary tables of other sessions are out of reach. By the latest state: a transaction may have begun before the table was protected. It cannot go on then,
/// since it is going to change a configuration that its snapshot does not see.
pub fn newcomers() -> Result<Vec<Newcomer>> {
    rows_now(
        "SELECT i.inhrelid, p.module_id, m.relation::oid,
                 pg_catalog.bool_or(EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() c
                     WHERE c.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.objid IN (i.inhrelid, i.inhparent)))
          FROM sharing.protected_relations p JOIN sharing.modules m ON m.id = p.module_id JOIN pg_catalog.pg_inherits i ON i.inhparent = p.relation
          JOIN pg_catalog.pg_class t ON t.oid = i.inhrelid
          WHERE NOT EXISTS (SELECT FROM sharing.protected_relations o WHERE o.relation = i.inhrelid)
            AND (t.relpersistence <> 't' OR t.relnamespace = pg_catalog.pg_my_temp_schema())
          GROUP BY 1, 2, 3 ORDER BY 1",
        |row| Newcomer {
            relation: row.get(1).unwrap_or(pg_sys::InvalidOid),
            module: row.get(2).unwrap_or_default(),
            module_relation: row.get(3).unwrap_or(pg_sys::InvalidOid),
            is_named: row.get(4).unwrap_or_default(),
        },
    )
}

/// The relations that the command of an event trigger names.
pub fn named_relations() -> Result<Vec<pg_sys::Oid>> {
    column(
        "SELECT objid FROM pg_catalog.pg_event_trigger_ddl_commands() WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass",
        &[],
    )
}

/// Which of the relations carry policies of ours already.
pub fn protected_among(relations: Vec<pg_sys::Oid>) -> Result<Vec<pg_sys::Oid>> {
    column(
        "SELECT relation::oid FROM sharing.protected_relations WHERE relation::oid = ANY ($1::oid[])",
        &[relations.into()],
    )
}
