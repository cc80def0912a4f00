//! Tables as PostgreSQL's catalog tells of them: what they are, and what inherits from them.

use crate::catalog::write::by_table::ByTable;
use crate::catalog::write::policy_names::our_policies;
use crate::catalog::write::sql::{column, rows, rows_now, value};
use crate::core::{Error, Result};
use pgrx::pg_sys;
use std::collections::HashSet;

/// A table, partition or inheritance child, as `protect` finds it.
#[derive(Clone, Debug)]
pub struct ApplicationTable {
    pub oid: pg_sys::Oid,
    /// Schema and name, quoted.
    pub name: String,
    pub kind: char,
    pub is_partition: bool,
    pub row_security: bool,
    pub force: bool,
    pub has_permissive_policy: bool,
    pub public_can_truncate: bool,
    /// Our policies that it has, by their names.
    pub policies: Vec<String>,
    /// The columns that PostgreSQL computes, quoted.
    pub generated: Vec<String>,
}

impl ApplicationTable {
    pub fn is_table(&self) -> bool {
        matches!(self.kind, 'r' | 'p')
    }
}

/// A policy that was there before.
#[derive(Clone, Debug)]
pub struct OtherPolicy {
    pub name: String,
    pub permissive: bool,
}

pub(super) const RELATION: &str = concat!(
    "
    SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind, c.relispartition,
           c.relrowsecurity, c.relforcerowsecurity,
           EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive
                   AND p.polname <> ALL (",
    our_policies!(),
    ")),
           EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) a
                   WHERE a.grantee = 0 AND a.privilege_type = 'TRUNCATE'),
           ARRAY(SELECT p.polname::text FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polname = ANY (",
    our_policies!(),
    ")),
           ARRAY(SELECT pg_catalog.quote_ident(g.attname) FROM pg_catalog.pg_attribute g WHERE g.attrelid = c.oid AND g.attgenerated <> '')
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
);

/// Temporary tables of other sessions are nobody else's: their rows are seen there alone, and PostgreSQL
/// lets no other session change them.
pub(super) const WITHIN_REACH: &str =
    "EXISTS (SELECT FROM pg_catalog.pg_class t WHERE t.oid = p.relation
         AND (t.relpersistence <> 't' OR t.relnamespace = pg_catalog.pg_my_temp_schema()))";

/// The temporary tables of other sessions that inherit from a relation, quoted.
pub fn out_of_reach(relation: pg_sys::Oid) -> Result<Vec<String>> {
    column(
        "WITH RECURSIVE family (oid) AS (
             SELECT $1::oid UNION SELECT i.inhrelid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid)
         SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relpersistence = 't' AND c.relnamespace <> pg_catalog.pg_my_temp_schema() ORDER BY 1",
        &[relation.into()],
    )
}

/// Why single records of a table are not shared.
pub fn is_unlogged(table: &str) -> Error {
    Error::unsupported(format!(
        "records of table {table} cannot be shared or given: it is unlogged, and a crash empties it"
    ))
    .detail("Its shares and grants would stay, and open new records that get the same keys.")
    .hint(format!(
        "ALTER TABLE {table} SET LOGGED lets them be shared and given."
    ))
}

/// A table that a crash empties, among those of a module.
pub fn unlogged_table(module: i32) -> Result<Option<String>> {
    value(
        "SELECT pg_catalog.min(pg_catalog.format('%I.%I', n.nspname, c.relname)) FROM sharing.protected_relations p
         JOIN pg_catalog.pg_class c ON c.oid = p.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE p.module_id = $1 AND c.relpersistence = 'u' AND c.relkind = 'r'",
        &[module.into()],
    )
}

/// A table that the command names, that a crash empties, and that belongs to a module of which records are
/// shared or given; with the number of shares and grants.
pub fn unlogged_with_shares() -> Result<Option<(String, i64)>> {
    Ok(rows_now(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), g.count
         FROM pg_catalog.pg_event_trigger_ddl_commands() d JOIN sharing.protected_relations p ON p.relation = d.objid
         JOIN pg_catalog.pg_class c ON c.oid = d.objid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         CROSS JOIN LATERAL (
             SELECT (SELECT pg_catalog.count(*) FROM sharing.shares s WHERE s.module_id = p.module_id)
                  + (SELECT pg_catalog.count(*) FROM sharing.record_grants s WHERE s.module_id = p.module_id) AS count) g
         WHERE c.relpersistence = 'u' AND g.count > 0 LIMIT 1",
        |row| (row.get(1).unwrap_or_default(), row.get(2).unwrap_or_default()),
    )?
    .pop())
}

pub(super) fn read_relation(
    row: &pgrx::spi::SpiHeapTupleData,
) -> pgrx::spi::SpiResult<ApplicationTable> {
    Ok(ApplicationTable {
        oid: row.get(1)?.unwrap_or(pg_sys::InvalidOid),
        name: row.get(2)?.unwrap_or_default(),
        kind: row.get::<i8>(3)?.map_or(' ', |kind| kind as u8 as char),
        is_partition: row.get(4)?.unwrap_or_default(),
        row_security: row.get(5)?.unwrap_or_default(),
        force: row.get(6)?.unwrap_or_default(),
        has_permissive_policy: row.get(7)?.unwrap_or_default(),
        public_can_truncate: row.get(8)?.unwrap_or_default(),
        policies: row.get(9)?.unwrap_or_default(),
        generated: row.get(10)?.unwrap_or_default(),
    })
}

/// The relation itself and all that inherits from it, itself first.
pub fn family(relation: pg_sys::Oid) -> Result<Vec<ApplicationTable>> {
    rows(
        &format!(
            "WITH RECURSIVE family (oid, depth) AS (
                 SELECT $1::oid, 0
                 UNION ALL
                 SELECT i.inhrelid, f.depth + 1 FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
                 JOIN pg_catalog.pg_class t ON t.oid = i.inhrelid WHERE t.relpersistence <> 't' OR t.relnamespace = pg_catalog.pg_my_temp_schema())
             SELECT r.* FROM (SELECT oid AS member, pg_catalog.min(depth) AS depth FROM family GROUP BY oid) f
             JOIN ({RELATION}) r ON r.oid = f.member ORDER BY f.depth, r.oid"
        ),
        &[relation.into()],
        read_relation,
    )
}

/// The same of many relations at once, each with what inherits from it, itself first.
pub fn families(relations: &[pg_sys::Oid]) -> Result<ByTable<ApplicationTable>> {
    let found = rows(
        &format!(
            "WITH RECURSIVE family (root, oid, depth) AS (
                 SELECT t, t, 0 FROM pg_catalog.unnest($1::oid[]) t
                 UNION ALL
                 SELECT f.root, i.inhrelid, f.depth + 1 FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
                 JOIN pg_catalog.pg_class t ON t.oid = i.inhrelid WHERE t.relpersistence <> 't' OR t.relnamespace = pg_catalog.pg_my_temp_schema())
             SELECT r.*, f.root FROM (SELECT root, oid AS member, pg_catalog.min(depth) AS depth FROM family GROUP BY root, oid) f
             JOIN ({RELATION}) r ON r.oid = f.member ORDER BY f.root, f.depth, r.oid"
        ),
        &[relations.to_vec().into()],
        |row| Ok((row.get(11)?.unwrap_or(pg_sys::InvalidOid), read_relation(row)?)),
    )?;
    Ok(found.into_iter().collect())
}

/// The relations that carry the policies of modules and still exist, by the tables of the modules.
pub fn all_protected_members() -> Result<ByTable<ApplicationTable>> {
    let found = rows(
        &format!(
            "SELECT r.*, m.relation::oid FROM sharing.protected_relations p JOIN sharing.modules m ON m.id = p.module_id
             JOIN ({RELATION}) r ON r.oid = p.relation WHERE {WITHIN_REACH} ORDER BY r.oid"
        ),
        &[],
        |row| Ok((row.get(11)?.unwrap_or(pg_sys::InvalidOid), read_relation(row)?)),
    )?;
    Ok(found.into_iter().collect())
}

/// The numbers of tables.
pub fn oids(tables: &[ApplicationTable]) -> Vec<pg_sys::Oid> {
    tables.iter().map(|table| table.oid).collect()
}

/// Tables from which those of a family inherit and that are not in it, quoted.
pub fn other_parents(family: &[ApplicationTable]) -> Result<ByTable<String>> {
    by_table(
        "SELECT i.inhrelid, pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhparent
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE i.inhrelid = ANY ($1) AND i.inhparent <> ALL ($1)",
        family,
    )
}

/// What a statement tells of each of some tables, whose numbers are its argument.
fn by_table(statement: &str, tables: &[ApplicationTable]) -> Result<ByTable<String>> {
    let found = rows(statement, &[oids(tables).into()], |row| {
        let table = row.get(1)?.unwrap_or(pg_sys::InvalidOid);
        Ok((table, row.get(2)?.unwrap_or_default()))
    })?;
    Ok(found.into_iter().collect())
}

/// The relation of that name, if there is one.
pub fn relation_named(schema: &str, name: &str) -> Result<Option<ApplicationTable>> {
    Ok(rows(
        &format!(
            "SELECT r.* FROM ({RELATION} WHERE n.nspname::text = $1 AND c.relname::text = $2) r"
        ),
        &[schema.into(), name.into()],
        read_relation,
    )?
    .pop())
}

pub fn is_system_relation(relation: pg_sys::Oid) -> Result<bool> {
    Ok(value(
        "SELECT n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast', 'sharing', 'sharing_internal') OR c.relpersistence = 't'
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1",
        &[relation.into()],
    )?
    .unwrap_or(true))
}

/// Roles, besides their owners, that may TRUNCATE the tables.
pub fn truncate_holders(tables: &[ApplicationTable]) -> Result<ByTable<String>> {
    by_table(
        "SELECT c.oid, pg_catalog.pg_get_userbyid(a.grantee)::text FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
         WHERE c.oid = ANY ($1) AND a.privilege_type = 'TRUNCATE' AND a.grantee NOT IN (0, c.relowner) ORDER BY 1, 2",
        tables,
    )
}

/// Those of the tables that have a plain index which begins with the column.
pub fn have_index_on(
    tables: &[ApplicationTable],
    quoted_column: &str,
) -> Result<HashSet<pg_sys::Oid>> {
    let found: Vec<pg_sys::Oid> = column(
        "SELECT i.indrelid FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         WHERE i.indrelid = ANY ($1) AND i.indpred IS NULL AND pg_catalog.quote_ident(a.attname) = $2",
        &[oids(tables).into(), quoted_column.into()],
    )?;
    Ok(found.into_iter().collect())
}

/// An index that begins with a column.
pub struct LeadingIndex {
    /// Quoted.
    pub column: String,
    /// Whether it holds every row, and compares as the column's type does by default.
    pub is_usable: bool,
}

/// The indexes of tables, by their first columns.
pub fn leading_indexes(tables: &[pg_sys::Oid]) -> Result<ByTable<LeadingIndex>> {
    let found = rows(
        "SELECT i.indrelid, pg_catalog.quote_ident(a.attname), i.indpred IS NULL AND i.indisvalid AND o.opcdefault
         FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
         JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[0]
         WHERE i.indrelid = ANY ($1)",
        &[tables.to_vec().into()],
        |row| {
            let index = LeadingIndex {
                column: row.get(2)?.unwrap_or_default(),
                is_usable: row.get(3)?.unwrap_or_default(),
            };
            Ok((row.get(1)?.unwrap_or(pg_sys::InvalidOid), index))
        },
    )?;
    Ok(found.into_iter().collect())
}

/// The labels of a type that is an enum, or a domain over one.
pub fn labels_of_enum(type_oid: pg_sys::Oid) -> Result<Option<Vec<String>>> {
    // SAFETY: looks up the type of a column.
    let (base, is_enum) = unsafe {
        let base = pg_sys::getBaseType(type_oid);
        (base, pg_sys::type_is_enum(base))
    };
    let labels = || {
        column(
            "SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = $1",
            &[base.into()],
        )
    };
    is_enum.then(labels).transpose()
}
