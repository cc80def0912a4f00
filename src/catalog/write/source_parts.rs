//! The tables whose rows a source consists of, their triggers, and what a command changed in them.

use crate::catalog::write::ddl::Ddl;
use crate::catalog::write::sql::{column, rows, rows_now};
use crate::core::Result;
use pgrx::pg_sys;

/// The triggers by which a table of a source is followed, and those that it has.
pub struct SourceTable {
    pub oid: pg_sys::Oid,
    /// Schema and name, quoted.
    pub name: String,
    pub is_partition: bool,
    /// Those of our triggers that it has, and that are called whenever they should be.
    pub triggers: Vec<String>,
    /// What has the name of one of ours and is another.
    pub strangers: Vec<String>,
    pub kind: char,
    pub persistence: char,
}

/// Sources and all that belongs to them.
pub(super) const FAMILY: &str = "
    WITH RECURSIVE family (root, oid) AS (
        SELECT s.relation::oid, s.relation::oid FROM sharing.sources s
        UNION
        SELECT f.root, i.inhrelid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
        JOIN pg_catalog.pg_class t ON t.oid = i.inhrelid WHERE t.relpersistence <> 't')";

/// Which of the triggers `t`, with their functions `p`, are ours as we made them: called for all that a statement
/// did, under no condition. What fires when is for the session, and for ALTER TABLE.
pub(super) const WHOLE: &str = "
    p.pronamespace = 'sharing_internal'::pg_catalog.regnamespace AND t.tgqual IS NULL AND t.tgattr::pg_catalog.text = ''
    AND (t.tgname::pg_catalog.text, p.proname::pg_catalog.text, t.tgtype::pg_catalog.int4, t.tgoldtable IS NOT NULL, t.tgnewtable IS NOT NULL) IN (
        ('sharing_source_insert', 'follow_source', 4, false, true), ('sharing_source_update', 'follow_source', 16, true, true),
        ('sharing_source_delete', 'follow_source', 8, true, false), ('sharing_source_truncate', 'follow_source', 32, false, false),
        ('sharing_source_apply', 'follow_source_row', 29, false, false))";

/// The tables of all sources, those first from which others inherit.
pub fn source_tables() -> Result<Vec<SourceTable>> {
    rows(
        &format!(
            "{FAMILY}
             SELECT DISTINCT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relispartition,
                 ARRAY(SELECT t.tgname::text FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
                       WHERE t.tgrelid = c.oid AND {WHOLE} ORDER BY 1),
                 ARRAY(SELECT t.tgname::text FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
                       WHERE t.tgrelid = c.oid AND NOT ({WHOLE})
                         AND t.tgname = ANY ('{{sharing_source_insert,sharing_source_update,sharing_source_delete,
                             sharing_source_truncate,sharing_source_apply}}') ORDER BY 1),
                 c.relkind, c.relpersistence
             FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind NOT IN ('v', 'm') ORDER BY c.relispartition, c.oid"
        ),
        &[],
        |row| {
            let letter = |byte: Option<i8>| byte.map_or(' ', |byte| byte as u8 as char);
            Ok(SourceTable {
                oid: row.get(1)?.unwrap_or(pg_sys::InvalidOid),
                name: row.get(2)?.unwrap_or_default(),
                is_partition: row.get(3)?.unwrap_or_default(),
                triggers: row.get(4)?.unwrap_or_default(),
                strangers: row.get(5)?.unwrap_or_default(),
                kind: letter(row.get(6)?),
                persistence: letter(row.get(7)?),
            })
        },
    )
}

/// The statements that take our triggers off tables that belong to no source any longer.
pub fn statements_to_leave() -> Result<Vec<Ddl>> {
    rows(
        &format!(
            "{FAMILY}
             SELECT t.tgrelid, pg_catalog.format('DROP TRIGGER %I ON %I.%I', t.tgname, n.nspname, c.relname)
             FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
             JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE p.pronamespace = 'sharing_internal'::pg_catalog.regnamespace AND p.proname IN ('follow_source', 'follow_source_row')
               AND t.tgparentid = 0 AND t.tgrelid NOT IN (SELECT f.oid FROM family f) ORDER BY 1, 2"
        ),
        &[],
        |row| {
            Ok(Ddl {
                table: row.get(1)?.unwrap_or(pg_sys::InvalidOid),
                statement: row.get(2)?.unwrap_or_default(),
            })
        },
    )
}

/// The tables that the command names, those of a type that it names, and those that inherit from them.
pub fn tables_named() -> Result<Vec<pg_sys::Oid>> {
    column(
        "WITH RECURSIVE named (oid) AS (
             SELECT d.objid FROM pg_catalog.pg_event_trigger_ddl_commands() d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
             UNION
             SELECT c.oid FROM pg_catalog.pg_event_trigger_ddl_commands() d JOIN pg_catalog.pg_class t ON t.oid = d.objid AND t.reltype <> 0
             JOIN pg_catalog.pg_class c ON c.reloftype = t.reltype WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
             UNION
             SELECT i.inhrelid FROM named n JOIN pg_catalog.pg_inherits i ON i.inhparent = n.oid)
         SELECT n.oid FROM named n ORDER BY 1",
        &[],
    )
}

/// The sources to which one of these tables belongs.
pub fn sources_with(tables: &[pg_sys::Oid]) -> Result<Vec<i32>> {
    column(
        &format!(
            "{FAMILY}
             SELECT DISTINCT s.id FROM family f JOIN sharing.sources s ON s.relation = f.root WHERE f.oid = ANY ($1) ORDER BY 1"
        ),
        &[tables.to_vec().into()],
    )
}

/// The tables of sources, among these or all, whose triggers are disabled, quoted: nothing tells when they change.
pub fn muted_tables(among: Option<&[pg_sys::Oid]>) -> Result<Vec<String>> {
    column(
        &format!(
            "{FAMILY}
             SELECT DISTINCT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM family f
             JOIN pg_catalog.pg_class c ON c.oid = f.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_catalog.pg_trigger t ON t.tgrelid = f.oid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
             WHERE p.pronamespace = 'sharing_internal'::pg_catalog.regnamespace AND p.proname = 'follow_source' AND t.tgenabled = 'D'
               AND ($1 IS NULL OR f.oid = ANY ($1)) ORDER BY 1"
        ),
        &[among.map(<[pg_sys::Oid]>::to_vec).into()],
    )
}

/// The sources of which tables are parts of others, or were.
pub fn sources_with_parts() -> Result<Vec<i32>> {
    column(
        "SELECT s.id FROM sharing.sources s JOIN pg_catalog.pg_class c ON c.oid = s.relation WHERE c.relhassubclass ORDER BY 1",
        &[],
    )
}

/// What a DROP took of ours: names of triggers by which tables are followed.
pub fn triggers_dropped() -> Result<bool> {
    Ok(rows_now(
        "SELECT 1 FROM pg_catalog.pg_event_trigger_dropped_objects() d
         WHERE d.object_type = 'trigger' AND d.address_names[3] IN ('sharing_source_insert', 'sharing_source_update', 'sharing_source_delete',
             'sharing_source_truncate', 'sharing_source_apply') LIMIT 1",
        |_| (),
    )?
    .pop()
    .is_some())
}

/// The columns that the command dropped, each with its table.
pub fn columns_dropped() -> Result<Vec<(pg_sys::Oid, String)>> {
    rows_now(
        "SELECT d.objid, d.address_names[3] FROM pg_catalog.pg_event_trigger_dropped_objects() d
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid > 0",
        |row| {
            (
                row.get(1).unwrap_or(pg_sys::InvalidOid),
                row.get(2).unwrap_or_default(),
            )
        },
    )
}
