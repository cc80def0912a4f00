//! By which column the records of a module are known, where its policies may not say it any more, and what
//! goes by that column.

use crate::catalog::write::change::Change;
use crate::catalog::write::sql::{column, execute, value};
use crate::core::Result;
use pgrx::pg_sys;

/// The column whose values the shares of a table are of, quoted: the trigger by which they go with their
/// records depends on it, whatever has become of the policies.
pub fn key_of_shares(relation: pg_sys::Oid) -> Result<Option<String>> {
    value(
        "SELECT pg_catalog.min(pg_catalog.quote_ident(a.attname)) FROM pg_catalog.pg_trigger t
         JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND d.objid = t.oid
         AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = t.tgrelid
         JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0
         WHERE t.tgrelid = $1 AND t.tgname = 'sharing_record_renamed' AND t.tgfoid = 'sharing_internal.forget_shares'::pg_catalog.regproc
         HAVING pg_catalog.count(DISTINCT a.attnum) = 1",
        &[relation.into()],
    )
}

/// Modules whose records point at the key of this one, and no foreign key says at which column; it may be
/// among them itself.
pub fn children_by_key(module: i32, with_itself: bool) -> Result<Vec<String>> {
    column(
        "SELECT c.name FROM sharing.modules c WHERE c.controlled_by_id = $1 AND NOT c.by_foreign_key
         UNION SELECT c.name FROM sharing.relations r JOIN sharing.modules c ON c.id = r.child_id
         WHERE r.parent_id = $1 AND (r.child_id <> $1 OR $2) AND NOT r.by_foreign_key
         ORDER BY 1",
        &[module.into(), with_itself.into()],
    )
}

/// The modules that a module is related to, by name.
pub fn parents_by_relation(module: i32) -> Result<Vec<String>> {
    column(
        "SELECT DISTINCT p.name FROM sharing.relations r JOIN sharing.modules p ON p.id = r.parent_id WHERE r.child_id = $1 ORDER BY 1",
        &[module.into()],
    )
}

/// How many of a module's records are shared or given, each as often as it is.
pub fn number_of_shares(module: i32) -> Result<i64> {
    Ok(value(
        "SELECT (SELECT pg_catalog.count(*) FROM sharing.shares WHERE module_id = $1)
              + (SELECT pg_catalog.count(*) FROM sharing.record_grants WHERE module_id = $1)",
        &[module.into()],
    )?
    .unwrap_or_default())
}

impl Change {
    pub fn forget_shares_of(&self, module: i32) -> Result<()> {
        for table in ["shares", "record_grants"] {
            execute(
                &format!("DELETE FROM sharing.{table} WHERE module_id = $1"),
                &[module.into()],
            )?;
        }
        Ok(())
    }
}
