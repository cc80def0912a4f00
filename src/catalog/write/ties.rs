//! Foreign keys, by which a column of a child names a column of its parent.

use crate::catalog::write::change::Change;
use crate::catalog::write::sql::{execute, rows};
use crate::core::Result;
use pgrx::pg_sys;

/// A foreign key of which a column is part.
#[derive(Clone, Debug)]
pub struct ForeignKey {
    pub name: String,
    pub to: pg_sys::Oid,
    /// Schema and name of that table, quoted.
    pub to_name: String,
    /// The number and the name of the column that goes with the child's.
    pub column: i16,
    pub column_name: String,
    /// Whether it has no other columns.
    pub is_alone: bool,
}

/// The foreign keys of a table of which a column is part, by name.
pub fn foreign_keys(child: pg_sys::Oid, column: &str) -> Result<Vec<ForeignKey>> {
    rows(
        "SELECT k.conname::text, k.confrelid, pg_catalog.format('%I.%I', n.nspname, c.relname), k.confkey[p.at], f.attname::text,
             pg_catalog.cardinality(k.conkey) = 1
         FROM pg_catalog.pg_constraint k
         JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attname::text = $2 AND NOT a.attisdropped
         CROSS JOIN LATERAL (SELECT pg_catalog.array_position(k.conkey, a.attnum) AS at) p
         JOIN pg_catalog.pg_attribute f ON f.attrelid = k.confrelid AND f.attnum = k.confkey[p.at]
         JOIN pg_catalog.pg_class c ON c.oid = k.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE k.conrelid = $1 AND k.contype = 'f' AND k.conparentid = 0 ORDER BY 1",
        &[child.into(), column.into()],
        |row| {
            Ok(ForeignKey {
                name: row.get(1)?.unwrap_or_default(),
                to: row.get(2)?.unwrap_or(pg_sys::InvalidOid),
                to_name: row.get(3)?.unwrap_or_default(),
                column: row.get(4)?.unwrap_or_default(),
                column_name: row.get(5)?.unwrap_or_default(),
                is_alone: row.get(6)?.unwrap_or_default(),
            })
        },
    )
}

impl Change {
    /// Whether a relation goes by a foreign key.
    pub fn tie_relation(&self, relation: i32, by_foreign_key: bool) -> Result<()> {
        execute(
            "UPDATE sharing.relations SET by_foreign_key = $2 WHERE id = $1 AND by_foreign_key <> $2",
            &[relation.into(), by_foreign_key.into()],
        )?;
        Ok(())
    }

    /// Whether a module that another controls goes by a foreign key.
    pub fn tie_module(&self, module: &str, by_foreign_key: bool) -> Result<()> {
        execute(
            "UPDATE sharing.modules SET by_foreign_key = $2 WHERE name = $1 AND by_foreign_key <> $2",
            &[module.into(), by_foreign_key.into()],
        )?;
        Ok(())
    }
}

/// A tie as it is stored.
#[derive(Clone, Debug)]
pub struct StoredTie {
    /// The number of the relation; None of a module that another controls.
    pub relation: Option<i32>,
    pub module: String,
    pub child: pg_sys::Oid,
    pub parent_module: String,
    pub parent: pg_sys::Oid,
    pub by_foreign_key: bool,
}

/// The ties of which a command of the event trigger concerned either table.
pub fn ties_of_changed_tables() -> Result<Vec<StoredTie>> {
    ties_where(
        "EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() d WHERE d.objid IN (c.relation::oid, p.relation::oid))",
    )
}

/// All ties.
pub fn ties() -> Result<Vec<StoredTie>> {
    ties_where("true")
}

fn ties_where(condition: &str) -> Result<Vec<StoredTie>> {
    rows(
        &format!("SELECT t.id, c.name, c.relation::oid, p.name, p.relation::oid, t.by_foreign_key
         FROM (SELECT id, child_id, parent_id, by_foreign_key FROM sharing.relations
               UNION ALL
               SELECT NULL, id, controlled_by_id, by_foreign_key FROM sharing.modules WHERE controlled_by_id IS NOT NULL) t
         JOIN sharing.modules c ON c.id = t.child_id JOIN sharing.modules p ON p.id = t.parent_id
         WHERE {condition} ORDER BY c.name, p.name, t.id"),
        &[],
        |row| {
            Ok(StoredTie {
                relation: row.get(1)?,
                module: row.get(2)?.unwrap_or_default(),
                child: row.get(3)?.unwrap_or(pg_sys::InvalidOid),
                parent_module: row.get(4)?.unwrap_or_default(),
                parent: row.get(5)?.unwrap_or(pg_sys::InvalidOid),
                by_foreign_key: row.get(6)?.unwrap_or_default(),
            })
        },
    )
}
