//! Making room where things of an import exchange what is unique: whoever holds what another is going to
//! take first gets something that nobody can have. The audit log tells of both steps.
//!
//! A deferrable constraint would do without, but ON CONFLICT refuses those.

use crate::catalog::write::change::Change;
use crate::catalog::write::sql::{column, execute};
use crate::core::Result;
use crate::core::error::LONGEST_NAME;
use pgrx::pg_sys;

/// A name or key for the row with the number `id`, longer than any that can be given.
fn aside(id: &str) -> String {
    format!("pg_catalog.repeat('-', {LONGEST_NAME}) || {id}::pg_catalog.text")
}

impl Change {
    /// Of groups that are altered, by their keys: those whose key or name another of them is going to have.
    pub(super) fn make_room_for_groups(
        &self,
        old_keys: &[&str],
        keys: &[&str],
        names: &[&str],
    ) -> Result<Vec<i32>> {
        let ids: Vec<i32> = column(
            "SELECT g.id FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS d (key, n) JOIN sharing.groups g ON g.key = d.key ORDER BY d.n",
            &[old_keys.to_vec().into()],
        )?;
        let aside = aside("g.id");
        execute(
            &format!(
                "UPDATE sharing.groups g SET key = {aside}, name = {aside}
                 FROM unnest($1::int4[], $2::text[], $3::text[]) AS d (id, key, name)
                 WHERE d.id <> g.id AND g.id = ANY ($1) AND (d.key = g.key OR d.name = g.name)"
            ),
            &[
                ids.clone().into(),
                keys.to_vec().into(),
                names.to_vec().into(),
            ],
        )?;
        Ok(ids)
    }

    /// Of modules: those whose table another is going to have, which goes or gets another table itself.
    /// Numbers below those of the first table of a database stand for no table.
    pub fn make_room_for_tables(&self, names: &[&str], relations: &[pg_sys::Oid]) -> Result<()> {
        execute(
            "UPDATE sharing.modules m SET relation = a.n::pg_catalog.oid
             FROM (SELECT m.id, pg_catalog.row_number() OVER (ORDER BY m.id) AS n
                   FROM unnest($1::text[], $2::oid[]) AS d (name, relation) JOIN sharing.modules m ON m.relation = d.relation
                   WHERE m.name <> d.name) a
             WHERE m.id = a.id",
            &[names.to_vec().into(), relations.to_vec().into()],
        )?;
        Ok(())
    }
}
