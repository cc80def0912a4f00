//! What has to be known of a table of which Citus would make another (`tables::conversions`).

use crate::catalog::write::sql::{column, value};
use crate::core::Result;
use pgrx::pg_sys;

/// A table whose triggers say that it is a source, while what was the source has the name of its shard.
pub fn source_made_shard() -> Result<Option<String>> {
    value(
            "SELECT n.oid::pg_catalog.regclass::pg_catalog.text FROM sharing.sources s
             JOIN pg_catalog.pg_class c ON c.oid = s.relation
             JOIN pg_catalog.pg_class n ON n.relnamespace = c.relnamespace
                 AND pg_catalog.starts_with(c.relname::text, n.relname::text || '_')
                 AND pg_catalog.substr(c.relname::text, pg_catalog.length(n.relname::text) + 2) ~ '^[0-9]+$'
             WHERE EXISTS (SELECT FROM pg_catalog.pg_trigger t
                 WHERE t.tgrelid = n.oid AND pg_catalog.starts_with(t.tgname::text, 'sharing_source_'))
             LIMIT 1",
        &[],
    )
}

/// The tables whose protection depends on that of a table, the last ones first.
pub fn dependent_on(table: pg_sys::Oid) -> Result<Vec<String>> {
    column(
        "WITH RECURSIVE dependent (id, depth) AS (
             SELECT m.id, 0 FROM sharing.modules m WHERE m.relation = $1
             UNION
             SELECT c.id, d.depth + 1 FROM dependent d, sharing.modules c
             WHERE d.depth < 100 AND (c.controlled_by_id = d.id OR c.follows_id = d.id OR c.id <> d.id
                 AND EXISTS (SELECT FROM sharing.relations r WHERE r.parent_id = d.id AND r.child_id = c.id)))
         SELECT m.relation::pg_catalog.text FROM dependent d JOIN sharing.modules m ON m.id = d.id
         WHERE m.relation <> $1 GROUP BY m.relation, m.name ORDER BY pg_catalog.max(d.depth) DESC, m.name",
        &[table.into()],
    )
}

/// The tables that are protected with a table, or with that of which it is a part, and are no parts of it any more.
pub fn parts_that_left(table: pg_sys::Oid) -> Result<Vec<String>> {
    column(
        "SELECT p.relation::pg_catalog.text FROM sharing.protected_relations o
         JOIN sharing.protected_relations p ON p.module_id = o.module_id JOIN sharing.modules m ON m.id = p.module_id
         WHERE o.relation = $1 AND p.relation <> m.relation
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = p.relation) ORDER BY 1",
        &[table.into()],
    )
}

/// A protected table of a schema.
pub fn protected_in(schema: pg_sys::Oid) -> Result<Option<String>> {
    value(
            "SELECT p.relation::pg_catalog.text FROM sharing.protected_relations p
             JOIN pg_catalog.pg_class c ON c.oid = p.relation WHERE c.relnamespace = $1 ORDER BY 1 LIMIT 1",
        &[schema.into()],
    )
}
