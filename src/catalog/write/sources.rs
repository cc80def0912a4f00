//! Which tables of the application are sources of the organization, as it is stored.

use crate::catalog::read::sources::TableSource;
use crate::catalog::write::change::Change;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::renewal;
use crate::catalog::write::sql::{column, execute, read_value, rows, value};
use crate::core::Result;
use crate::core::sources::{SourceColumns, SourceKind, SourcePart};
use pgrx::pg_sys;
use std::collections::HashMap;

impl Change {
    /// As `begin`, with tables locked first in which nobody changes a row until this transaction ends: triggers
    /// are made on them, and what they say is read.
    pub fn begin_on_sources(relation_names: &[String]) -> Result<Change> {
        let elevated = Elevated::enter()?;
        if !relation_names.is_empty() {
            execute(
                &format!(
                    "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE",
                    relation_names.join(", ")
                ),
                &[],
            )?;
        }
        renewal::renew()?;
        Ok(Change::of(elevated))
    }

    /// Returns the number of the source.
    pub fn store_source(
        &self,
        kind: SourceKind,
        relation: pg_sys::Oid,
        columns: &SourceColumns,
    ) -> Result<i32> {
        let named = |part| columns.get(part).map(str::to_owned);
        let id: Option<i32> = value(
            "INSERT INTO sharing.sources (kind, relation, key_column, name_column, role_column, office_column, active_column, manager_column,
                 parent_column, group_column, user_column, subordinates_column, subgroup_column)
             VALUES ($1, $2::oid, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id",
            &[
                kind.label().into(),
                relation.into(),
                named(SourcePart::Key).into(),
                named(SourcePart::Name).into(),
                named(SourcePart::Role).into(),
                named(SourcePart::Office).into(),
                named(SourcePart::Active).into(),
                named(SourcePart::Manager).into(),
                named(SourcePart::Parent).into(),
                named(SourcePart::Group).into(),
                named(SourcePart::User).into(),
                named(SourcePart::Subordinates).into(),
                named(SourcePart::Subgroup).into(),
            ],
        )?;
        Ok(id.unwrap_or_default())
    }

    /// What came from it stays, and is nobody's but ours.
    pub fn forget_sources(&self, ids: &[i32]) -> Result<()> {
        for table in [
            "offices",
            "roles",
            "users",
            "groups",
            "group_users",
            "group_members",
        ] {
            execute(
                &format!("UPDATE sharing.{table} SET source_id = NULL WHERE source_id = ANY ($1)"),
                &[ids.to_vec().into()],
            )?;
        }
        for table in ["offices", "roles"] {
            execute(
                &format!(
                    "UPDATE sharing.{table} SET source_key = NULL WHERE source_id IS NULL AND source_key IS NOT NULL"
                ),
                &[],
            )?;
        }
        execute(
            "DELETE FROM sharing.source_gaps WHERE source_id = ANY ($1)",
            &[ids.to_vec().into()],
        )?;
        execute(
            "DELETE FROM sharing.sources WHERE id = ANY ($1)",
            &[ids.to_vec().into()],
        )?;
        Ok(())
    }

    /// A column of a source has another name now.
    pub fn rename_source_column(&self, source: i32, part: SourcePart, name: &str) -> Result<()> {
        execute(
            &format!(
                "UPDATE sharing.sources SET {} = $2 WHERE id = $1",
                column_of(part)
            ),
            &[source.into(), name.into()],
        )?;
        Ok(())
    }
}

/// The column of sharing.sources that names the column.
fn column_of(part: SourcePart) -> &'static str {
    match part {
        SourcePart::Key => "key_column",
        SourcePart::Name => "name_column",
        SourcePart::Role => "role_column",
        SourcePart::Office => "office_column",
        SourcePart::Active => "active_column",
        SourcePart::Manager => "manager_column",
        SourcePart::Parent => "parent_column",
        SourcePart::Group => "group_column",
        SourcePart::User => "user_column",
        SourcePart::Subordinates => "subordinates_column",
        SourcePart::Subgroup => "subgroup_column",
    }
}

/// What a relation is that may be a source.
pub struct SourceRelation {
    /// Schema and name, quoted.
    pub name: String,
    pub kind: char,
    pub is_unlogged: bool,
}

pub fn source_relation(relation: pg_sys::Oid) -> Result<Option<SourceRelation>> {
    Ok(rows(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind, c.relpersistence = 'u'
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1",
        &[relation.into()],
        |row| {
            Ok(SourceRelation {
                name: row.get(1)?.unwrap_or_default(),
                kind: row.get::<i8>(2)?.map_or(' ', |byte| byte as u8 as char),
                is_unlogged: row.get(3)?.unwrap_or_default(),
            })
        },
    )?
    .pop())
}

/// Roles that may write to a relation by its own privileges, or those of its columns, and its owner, quoted.
/// Superusers may anyway.
pub fn writers_of(relation: pg_sys::Oid) -> Result<Vec<String>> {
    column(
        "SELECT DISTINCT CASE w.role WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(w.role)) END
         FROM (SELECT c.relowner FROM pg_catalog.pg_class c WHERE c.oid = $1
               UNION ALL
               SELECT a.grantee FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
               WHERE c.oid = $1 AND a.privilege_type IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
               UNION ALL
               SELECT a.grantee FROM pg_catalog.pg_attribute t, pg_catalog.aclexplode(t.attacl) a
               WHERE t.attrelid = $1 AND a.privilege_type IN ('INSERT', 'UPDATE')) w (role)
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = w.role AND r.rolsuper) ORDER BY 1",
        &[relation.into()],
    )
}

/// Of these columns of a relation, the first that a role may not read by its privileges.
pub fn unreadable_column(
    relation: pg_sys::Oid,
    columns: &[&str],
    reader: pg_sys::Oid,
) -> Result<Option<String>> {
    value(
        "SELECT d.name FROM pg_catalog.unnest($3::text[]) WITH ORDINALITY AS d (name, n)
         WHERE NOT pg_catalog.has_column_privilege($2::oid, $1::oid, d.name, 'SELECT') ORDER BY d.n LIMIT 1",
        &[relation.into(), reader.into(), columns.to_vec().into()],
    )
}

/// Whether a view is read by the privileges of whoever queries it, and not by its owner's.
pub fn is_invokers_view(relation: pg_sys::Oid) -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_options_to_table(c.reloptions) o WHERE o.option_name = 'security_invoker' AND o.option_value::bool)
         FROM pg_catalog.pg_class c WHERE c.oid = $1 AND c.relkind = 'v'",
        &[relation.into()],
    )?
    .unwrap_or_default())
}

/// Whether a materialized view was filled since it was made.
pub fn is_populated(relation: pg_sys::Oid) -> Result<bool> {
    Ok(read_value(
        "SELECT c.relispopulated FROM pg_catalog.pg_class c WHERE c.oid = $1",
        &[relation.into()],
    )?
    .unwrap_or_default())
}

/// Whether a relation belongs to a superuser.
pub fn is_superusers(relation: pg_sys::Oid) -> Result<bool> {
    Ok(value(
        "SELECT r.rolsuper FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner WHERE c.oid = $1",
        &[relation.into()],
    )?
    .unwrap_or_default())
}

/// The types of the columns that a relation has, by their names.
pub fn column_types(relation: pg_sys::Oid) -> Result<HashMap<String, pg_sys::Oid>> {
    let found = rows(
        "SELECT a.attname::text, a.atttypid FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped",
        &[relation.into()],
        |row| Ok((row.get::<String>(1)?, row.get::<pg_sys::Oid>(2)?)),
    )?;
    let columns = found.into_iter();
    Ok(columns
        .filter_map(|(name, type_oid)| name.zip(type_oid))
        .collect())
}

/// The names of the columns that a relation has.
pub fn columns_of(relation: pg_sys::Oid) -> Result<Vec<String>> {
    column(
        "SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped",
        &[relation.into()],
    )
}

/// The sources whose table is gone.
pub fn sources_without_tables() -> Result<Vec<i32>> {
    column(
        "SELECT s.id FROM sharing.sources s WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = s.relation::oid) ORDER BY 1",
        &[],
    )
}

/// For errors about a source.
pub fn table_of_source(source: &TableSource) -> String {
    let look_up = || {
        let _elevated = Elevated::enter_any_version()?;
        source_relation(source.relation)
    };
    match look_up() {
        Ok(Some(relation)) => relation.name,
        _ => format!("#{}", source.relation.to_u32()),
    }
}

/// The relation of that name.
pub fn relation_of_name(schema: &str, name: &str) -> Result<Option<pg_sys::Oid>> {
    value(
        "SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname::text = $1 AND c.relname::text = $2",
        &[schema.into(), name.into()],
    )
}

/// Its name, quoted, where it is a table: views are not locked, since nothing tells when they change.
pub fn lockable_table(relation: pg_sys::Oid) -> Result<Option<String>> {
    let found = source_relation(relation)?;
    Ok(found
        .filter(|found| matches!(found.kind, 'r' | 'p'))
        .map(|found| found.name))
}
