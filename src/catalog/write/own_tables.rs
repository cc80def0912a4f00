//! Triggers of ours that somebody disabled and enabled again, and what changed meanwhile.

use crate::catalog::read::names::relation_oid;
use crate::catalog::write::ddl::{Ddl, run_all};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::grant_stamps::renew_all_grants;
use crate::catalog::write::links::renew_all_links;
use crate::catalog::write::shares::will_be_shared;
use crate::catalog::write::sql::{column, rows, value};
use crate::core::Result;
use crate::core::org::ModuleId;
use pgrx::pg_sys;
use std::ffi::CStr;

/// Whether the command under way put a trigger on a table of the extension.
pub fn creates_trigger_on_ours() -> Result<bool> {
    let _elevated = Elevated::enter_any_version()?;
    Ok(value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() d
             JOIN pg_catalog.pg_trigger t ON d.classid = 'pg_catalog.pg_trigger'::regclass AND t.oid = d.objid
             JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
             WHERE c.relnamespace = 'sharing'::regnamespace AND NOT d.in_extension)",
        &[],
    )?
    .unwrap_or_default())
}

/// Whether a table that the command under way names has a foreign key to one of the extension's.
pub fn references_ours() -> Result<bool> {
    let _elevated = Elevated::enter_any_version()?;
    Ok(value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint k
             JOIN pg_catalog.pg_class c ON c.oid = k.confrelid
             JOIN pg_catalog.pg_event_trigger_ddl_commands() d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = k.conrelid
             WHERE k.contype = 'f' AND c.relnamespace = 'sharing'::regnamespace AND NOT d.in_extension)",
        &[],
    )?
    .unwrap_or_default())
}

/// Protected tables that the command under way names, each with the table of its module.
pub fn protected_tables_altered() -> Result<Vec<(pg_sys::Oid, pg_sys::Oid)>> {
    let _elevated = Elevated::enter()?;
    let pairs = rows(
        "SELECT DISTINCT p.relation::oid, m.relation::oid FROM pg_catalog.pg_event_trigger_ddl_commands() d
         JOIN sharing.protected_relations p ON p.relation::oid = d.objid
         JOIN sharing.modules m ON m.id = p.module_id
         WHERE d.classid = 'pg_catalog.pg_class'::regclass ORDER BY 1",
        &[],
        |row| Ok((row.get(1)?, row.get(2)?)),
    )?;
    Ok(pairs
        .into_iter()
        .filter_map(|(table, of_module)| Option::zip(table, of_module))
        .collect())
}

/// Whether every trigger of these names on a table was made by the transaction under way. What
/// CREATE OR REPLACE TRIGGER made counts as new, too.
pub fn are_new(table: pg_sys::Oid, names: &[String]) -> Result<bool> {
    let _elevated = Elevated::enter()?;
    let is_older: Option<bool> = value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger t
             JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_trigger'::regclass AND d.objid = t.oid
             WHERE t.tgrelid = $1 AND t.tgname = ANY ($2) AND d.xmin <> pg_catalog.pg_current_xact_id()::xid)",
        &[table.into(), names.to_vec().into()],
    )?;
    Ok(!is_older.unwrap_or(true))
}

/// Tables that the command under way names.
pub fn tables_altered() -> Result<Vec<pg_sys::Oid>> {
    let _elevated = Elevated::enter()?;
    column(
        "SELECT DISTINCT d.objid FROM pg_catalog.pg_event_trigger_ddl_commands() d
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND NOT d.in_extension ORDER BY 1",
        &[],
    )
}

/// Tables of the extension that the command under way names.
pub fn own_tables_altered() -> Result<Vec<pg_sys::Oid>> {
    let _elevated = Elevated::enter()?;
    column(
        "SELECT DISTINCT c.oid FROM pg_catalog.pg_event_trigger_ddl_commands() d JOIN pg_catalog.pg_class c ON c.oid = d.objid
         WHERE d.classid = 'pg_catalog.pg_class'::regclass AND c.relnamespace = 'sharing'::regnamespace AND c.relkind = 'r'
           AND NOT d.in_extension ORDER BY 1",
        &[],
    )
}

/// Makes our triggers on a table and its partitions fire when they should, where they were enabled as
/// ordinary ones. Those that are off stay off: they are between DISABLE and ENABLE. All of ours fire always
/// but the ones named here, and on tables of Citus, which have one for INSERT: what replication brings was judged,
/// and recorded, where it was done.
pub fn fire_as_made(table: pg_sys::Oid) -> Result<()> {
    let _elevated = Elevated::enter()?;
    let statements = rows(
        "WITH RECURSIVE family (oid) AS (
             SELECT $1::oid UNION SELECT i.inhrelid FROM family f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid)
         SELECT c.oid, pg_catalog.format('ALTER TABLE %I.%I ENABLE %s TRIGGER %I', n.nspname, c.relname,
             CASE WHEN p.proname IN ('keep_generation', 'take_heartbeat', 'follow_source_row') THEN 'REPLICA' ELSE 'ALWAYS' END, t.tgname)
         FROM family f JOIN pg_catalog.pg_class c ON c.oid = f.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_catalog.pg_trigger t ON t.tgrelid = f.oid JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
         WHERE p.pronamespace = 'sharing_internal'::regnamespace AND t.tgenabled <> 'D'
           AND t.tgenabled <> CASE WHEN p.proname IN ('keep_generation', 'take_heartbeat', 'follow_source_row') THEN 'R' ELSE 'A' END
           AND p.proname <> ALL ('{guard_owner,default_owner,record_change}')
           AND NOT (p.proname = 'forget_shares' AND EXISTS (
               SELECT FROM pg_catalog.pg_trigger i WHERE i.tgrelid = f.oid AND i.tgname = 'sharing_guard_insert'))
         ORDER BY c.oid, t.tgname",
        &[table.into()],
        |row| {
            Ok(Ddl {
                table: row.get(1)?.unwrap_or(pg_sys::InvalidOid),
                statement: row.get(2)?.unwrap_or_default(),
            })
        },
    )?;
    run_all(&statements)
}

/// What was remembered of links, shares and grants is stale, where their tables may have changed while triggers
/// were off: they go by stamps of their own. `altered` are tables of the extension; no others are
/// locked than those that they need.
pub fn forget_what_was_remembered(altered: &[pg_sys::Oid]) -> Result<()> {
    let any_of = |names: &[&'static CStr]| {
        let mut oids = names.iter().filter_map(|name| relation_oid(name));
        oids.any(|oid| altered.contains(&oid))
    };
    if any_of(&[c"links", c"shares"]) {
        renew_all_links()?;
    }
    if any_of(&[c"record_grants", c"grant_stamps"]) {
        renew_all_grants()?;
    }
    if !any_of(&[c"shares", c"record_grants", c"shared_modules"]) {
        return Ok(());
    }
    let _elevated = Elevated::enter()?;
    let shared: Vec<i32> = column(
        "SELECT module_id FROM sharing.shares UNION SELECT module_id FROM sharing.record_grants",
        &[],
    )?;
    will_be_shared(&shared.into_iter().map(ModuleId).collect::<Vec<_>>())
}

/// Whether the statement altered a table of the extension.
pub fn alters_ours() -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() WHERE schema_name = 'sharing' AND NOT in_extension)",
        &[],
    )?
    .unwrap_or_default())
}
