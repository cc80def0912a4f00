//! What `protect` puts on a table, by its names: these names belong to pg_sharing on every table that it
//! protects.

use crate::catalog::write::by_table::ByTable;
use crate::catalog::write::ddl::Ddl;
use crate::catalog::write::policy_names::our_policies;
use crate::catalog::write::sql::{ResultRow, rows, rows_now};
use crate::catalog::write::tables::OtherPolicy;
use crate::core::Result;
use pgrx::pg_sys;
use pgrx::spi::{SpiHeapTupleData, SpiResult};

/// All our triggers on tables of the application's, as an array in SQL.
macro_rules! our_triggers {
    () => {
        concat!(
            "'{sharing_guard_owner,zz_sharing_guard_owner,sharing_default_owner,sharing_guard_insert,",
            "sharing_guard_owner_detached,zz_sharing_guard_owner_detached,sharing_default_owner_detached,sharing_guard_insert_detached,",
            "sharing_record_deleted,sharing_record_renamed,sharing_table_truncated}'::pg_catalog.name[]"
        )
    };
}

/// Policies on the tables that are not ours.
pub fn other_policies(tables: &[pg_sys::Oid]) -> Result<ByTable<OtherPolicy>> {
    let found = rows(
        concat!(
            "SELECT polrelid, polname::text, polpermissive FROM pg_catalog.pg_policy WHERE polrelid = ANY ($1) AND polname <> ALL (",
            our_policies!(),
            ") ORDER BY 1, 2"
        ),
        &[tables.to_vec().into()],
        |row| {
            let policy = OtherPolicy {
                name: row.get(2)?.unwrap_or_default(),
                permissive: row.get(3)?.unwrap_or_default(),
            };
            Ok((row.get(1)?.unwrap_or(pg_sys::InvalidOid), policy))
        },
    )?;
    Ok(found.into_iter().collect())
}

/// A trigger or a policy, as (kind, name).
pub type OurObject = (String, String);

fn read_object(row: &SpiHeapTupleData) -> SpiResult<(pg_sys::Oid, OurObject)> {
    let object = (
        row.get(2)?.unwrap_or_default(),
        row.get(3)?.unwrap_or_default(),
    );
    Ok((row.get(1)?.unwrap_or(pg_sys::InvalidOid), object))
}

/// Our triggers and policies that are on the tables.
pub fn our_objects(tables: &[pg_sys::Oid]) -> Result<ByTable<OurObject>> {
    let found = rows(
        concat!(
            "SELECT polrelid, 'POLICY', polname::text FROM pg_catalog.pg_policy WHERE polrelid = ANY ($1) AND polname = ANY (",
            our_policies!(),
            ")
         UNION ALL
         SELECT tgrelid, 'TRIGGER', tgname::text FROM pg_catalog.pg_trigger WHERE tgrelid = ANY ($1) AND tgparentid = 0 AND tgname = ANY (",
            our_triggers!(),
            ") ORDER BY 1, 2, 3"
        ),
        &[tables.to_vec().into()],
        read_object,
    )?;
    Ok(found.into_iter().collect())
}

/// Those of them that call none of our functions: somebody else made them.
pub fn objects_under_our_names(tables: &[pg_sys::Oid]) -> Result<ByTable<OurObject>> {
    let objects = our_objects(tables)?;
    if tables.iter().all(|&table| objects.of(table).is_empty()) {
        return Ok(objects);
    }
    // Counted, and not EXISTS: the planner would look at what all policies depend on.
    let call_ours = rows(
        "SELECT p.polrelid, 'POLICY', p.polname::text FROM pg_catalog.pg_policy p WHERE p.polrelid = ANY ($1) AND 0 < (
             SELECT pg_catalog.count(*) FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc f ON f.oid = d.refobjid
             JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
             WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid
             AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND n.nspname = 'sharing_internal')
         UNION ALL
         SELECT t.tgrelid, 'TRIGGER', t.tgname::text FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid
         JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
         WHERE t.tgrelid = ANY ($1) AND n.nspname = 'sharing_internal'",
        &[tables.to_vec().into()],
        read_object,
    )?;
    let call_ours: ByTable<OurObject> = call_ours.into_iter().collect();
    Ok(objects.filtered(|table, object| !call_ours.of(table).contains(object)))
}

/// A policy of ours that a command changed: where it is, and in which table's name it judges.
pub struct ChangedPolicy {
    pub name: String,
    pub relation: pg_sys::Oid,
    pub module_relation: pg_sys::Oid,
}

fn read_changed_policy(row: &ResultRow) -> ChangedPolicy {
    ChangedPolicy {
        name: row.get(1).unwrap_or_default(),
        relation: row.get(2).unwrap_or(pg_sys::InvalidOid),
        module_relation: row.get(3).unwrap_or(pg_sys::InvalidOid),
    }
}

/// The policies of ours on protected tables that the command made or altered, and that are not what
/// protect() makes: other rows, commands or roles, permissive where it is restrictive, or another condition
/// than that of its counterpart.
pub fn altered_policies() -> Result<Vec<ChangedPolicy>> {
    rows_now(
        concat!(
            "SELECT o.polname::text, o.polrelid, m.relation::oid
         FROM pg_catalog.pg_event_trigger_ddl_commands() c JOIN pg_catalog.pg_policy o ON o.oid = c.objid
         JOIN sharing.protected_relations p ON p.relation = o.polrelid JOIN sharing.modules m ON m.id = p.module_id
         LEFT JOIN pg_catalog.pg_policy w ON w.polrelid = o.polrelid AND w.polname =
             CASE WHEN o.polname LIKE '%\\_permit' THEN pg_catalog.left(o.polname::text, -7) ELSE o.polname::text || '_permit' END
         WHERE c.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND o.polname = ANY (",
            our_policies!(),
            ")
           AND (o.polpermissive <> (o.polname LIKE '%\\_permit') OR o.polroles <> '{0}'
                OR o.polcmd <> CASE pg_catalog.substr(o.polname::text, 9, 3) WHEN 'sel' THEN 'r' WHEN 'ins' THEN 'a' WHEN 'upd' THEN 'w' ELSE 'd' END
                OR w.oid IS NULL OR (pg_catalog.pg_get_expr(o.polqual, o.polrelid) IS DISTINCT FROM pg_catalog.pg_get_expr(w.polqual, w.polrelid)
                                          OR pg_catalog.pg_get_expr(o.polwithcheck, o.polrelid)
                                             IS DISTINCT FROM pg_catalog.pg_get_expr(w.polwithcheck, w.polrelid)))"
        ),
        read_changed_policy,
    )
}

/// The policies of ours that DROP POLICY took from protected tables.
pub fn dropped_policies() -> Result<Vec<ChangedPolicy>> {
    rows_now(
        concat!(
            "SELECT d.address_names[3], t.oid, m.relation::oid
         FROM pg_catalog.pg_event_trigger_dropped_objects() d JOIN pg_catalog.pg_namespace n ON n.nspname = d.address_names[1]::pg_catalog.name
         JOIN pg_catalog.pg_class t ON t.relnamespace = n.oid AND t.relname = d.address_names[2]::pg_catalog.name
         JOIN sharing.protected_relations p ON p.relation = t.oid JOIN sharing.modules m ON m.id = p.module_id
         WHERE d.original AND d.object_type = 'policy' AND d.address_names[3]::pg_catalog.name = ANY (",
            our_policies!(),
            ")"
        ),
        read_changed_policy,
    )
}

/// A policy of ours that a protected table lost by the command.
pub struct LostPolicy {
    pub name: String,
    pub table: pg_sys::Oid,
    /// Schema and name, quoted.
    pub table_name: String,
}

/// The policies that protected tables lost by the command, by themselves or with what they name, and that
/// nobody put back.
pub fn lost_policies() -> Result<Vec<LostPolicy>> {
    rows_now(
        "SELECT DISTINCT t.oid, pg_catalog.format('%I.%I', n.nspname, t.relname), d.address_names[3]
         FROM pg_catalog.pg_event_trigger_dropped_objects() d JOIN pg_catalog.pg_namespace n ON n.nspname = d.address_names[1]::pg_catalog.name
         JOIN pg_catalog.pg_class t ON t.relnamespace = n.oid AND t.relname = d.address_names[2]::pg_catalog.name
         JOIN sharing.protected_relations p ON p.relation = t.oid
         WHERE d.object_type = 'policy'
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy w WHERE w.polrelid = t.oid AND w.polname = d.address_names[3]::pg_catalog.name)
         ORDER BY 1, 3",
        |row| LostPolicy {
            table: row.get(1).unwrap_or(pg_sys::InvalidOid),
            table_name: row.get(2).unwrap_or_default(),
            name: row.get(3).unwrap_or_default(),
        },
    )
}

/// The statements that give policies of ours their names back that the command renamed: they call our
/// functions, and the name that goes with what they are is missing.
pub fn statements_to_rename_back() -> Result<Vec<Ddl>> {
    rows_now(
        concat!(
            "SELECT t.oid, pg_catalog.format('ALTER POLICY %I ON %I.%I RENAME TO %I', o.polname, n.nspname, t.relname, r.name)
         FROM pg_catalog.pg_event_trigger_ddl_commands() c JOIN pg_catalog.pg_policy o ON o.oid = c.objid
         JOIN sharing.protected_relations p ON p.relation = o.polrelid
         JOIN pg_catalog.pg_class t ON t.oid = o.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
         CROSS JOIN LATERAL (SELECT (CASE o.polcmd WHEN 'r' THEN 'sharing_select' WHEN 'a' THEN 'sharing_insert'
             WHEN 'w' THEN 'sharing_update' WHEN 'd' THEN 'sharing_delete' END
                                     || CASE WHEN o.polpermissive THEN '_permit' ELSE '' END)::pg_catalog.name AS name) r
         WHERE c.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND o.polname <> ALL (",
            our_policies!(),
            ") AND r.name IS NOT NULL
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy w WHERE w.polrelid = o.polrelid AND w.polname = r.name)
           AND 0 < (SELECT pg_catalog.count(*) FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc f ON f.oid = d.refobjid
                    JOIN pg_catalog.pg_namespace s ON s.oid = f.pronamespace
                    WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = o.oid
                    AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND s.nspname = 'sharing_internal')"
        ),
        |row| Ddl {
            table: row.get(1).unwrap_or(pg_sys::InvalidOid),
            statement: row.get(2).unwrap_or_default(),
        },
    )
}

/// A trigger on a protected relation that a command changed, made or dropped.
pub struct ChangedTrigger {
    pub name: String,
    pub relation: pg_sys::Oid,
    pub module_relation: pg_sys::Oid,
    /// Whether its name is one of ours. Otherwise it calls a function of ours.
    pub has_our_name: bool,
}

fn read_changed_trigger(row: &ResultRow) -> ChangedTrigger {
    ChangedTrigger {
        name: row.get(1).unwrap_or_default(),
        relation: row.get(2).unwrap_or(pg_sys::InvalidOid),
        module_relation: row.get(3).unwrap_or(pg_sys::InvalidOid),
        has_our_name: row.get(4).unwrap_or_default(),
    }
}

/// The triggers on protected tables that the command made, replaced or renamed, and that have a name of
/// ours or call a function of ours. Those of partitions that PostgreSQL clones from their table's go with
/// these.
pub fn altered_triggers() -> Result<Vec<ChangedTrigger>> {
    rows_now(
        concat!(
            "SELECT t.tgname::text, t.tgrelid, m.relation::oid, t.tgname = ANY (",
            our_triggers!(),
            ")
         FROM pg_catalog.pg_event_trigger_ddl_commands() c JOIN pg_catalog.pg_trigger t ON t.oid = c.objid
         JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid
         JOIN sharing.protected_relations p ON p.relation = t.tgrelid JOIN sharing.modules m ON m.id = p.module_id
         WHERE c.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND t.tgparentid = 0
           AND (t.tgname = ANY (",
            our_triggers!(),
            ") OR f.pronamespace = 'sharing_internal'::pg_catalog.regnamespace)"
        ),
        read_changed_trigger,
    )
}

/// The triggers of our names that the command took from protected tables. Those of partitions that
/// PostgreSQL cloned from their table's are not counted.
pub fn dropped_triggers() -> Result<Vec<ChangedTrigger>> {
    rows_now(
        concat!(
            "SELECT d.address_names[3], t.oid, m.relation::oid, true
         FROM pg_catalog.pg_event_trigger_dropped_objects() d JOIN pg_catalog.pg_namespace n ON n.nspname = d.address_names[1]::pg_catalog.name
         JOIN pg_catalog.pg_class t ON t.relnamespace = n.oid AND t.relname = d.address_names[2]::pg_catalog.name
         JOIN sharing.protected_relations p ON p.relation = t.oid JOIN sharing.modules m ON m.id = p.module_id
         WHERE d.object_type = 'trigger' AND d.address_names[3]::pg_catalog.name = ANY (",
            our_triggers!(),
            ")"
        ),
        read_changed_trigger,
    )
}

/// The names of the triggers that tables have of their own.
pub fn triggers_on(tables: &[pg_sys::Oid]) -> Result<ByTable<String>> {
    let numbers: Vec<String> = tables
        .iter()
        .map(|table| table.to_u32().to_string())
        .collect();
    let found = rows_now(
        &format!(
            "SELECT tgrelid, tgname::text FROM pg_catalog.pg_trigger
             WHERE tgrelid = ANY ('{{{}}}'::pg_catalog.oid[]) AND tgparentid = 0 AND NOT tgisinternal",
            numbers.join(",")
        ),
        |row| {
            (
                row.get(1).unwrap_or(pg_sys::InvalidOid),
                row.get(2).unwrap_or_default(),
            )
        },
    )?;
    Ok(found.into_iter().collect())
}
