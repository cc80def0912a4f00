//! What is left of modules whose tables were dropped, detached, or attached again.

use crate::catalog::write::change::Change;
use crate::catalog::write::ddl::Ddl;
use crate::catalog::write::sql::{Arguments, column, execute, rows, rows_now, value};
use crate::core::Result;
use pgrx::pg_sys;

impl Change {
    /// The relations of a module that is going to have others.
    pub fn forget_family(&self, module: i32, relations: &[pg_sys::Oid]) -> Result<()> {
        execute(
            "DELETE FROM sharing.protected_relations WHERE module_id = $1 AND relation::oid = ANY ($2::oid[])",
            &[module.into(), relations.to_vec().into()],
        )?;
        Ok(())
    }

    pub fn forget_module(&self, module: i32) -> Result<()> {
        self.forget_modules("m.id = $1", &[module.into()])
    }

    /// Modules whose table is gone, and relations that are.
    pub fn forget_dropped(&self) -> Result<()> {
        self.forget_modules(
            "NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = m.relation)",
            &[],
        )?;
        execute(
            "DELETE FROM sharing.protected_relations d WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = d.relation)",
            &[],
        )?;
        Ok(())
    }

    /// First what belongs to them: the audit log tells it by the module's name.
    fn forget_modules(&self, which: &str, arguments: Arguments) -> Result<()> {
        for (table, of) in [
            ("related_levels", "d.module_id"),
            (
                "related_levels",
                "(SELECT r.module_id FROM sharing.rules r WHERE r.id = d.rule_id)",
            ),
            ("rules", "d.module_id"),
            ("criteria", "d.module_id"),
            ("relations", "d.child_id"),
            ("relations", "d.parent_id"),
            ("profile_permissions", "d.module_id"),
            ("protected_relations", "d.module_id"),
            ("shares", "d.module_id"),
            ("record_grants", "d.module_id"),
            ("shared_modules", "d.module_id"),
            ("expectations", "d.module_id"),
        ] {
            execute(
                &format!(
                    "DELETE FROM sharing.{table} d USING sharing.modules m WHERE m.id = {of} AND {which}"
                ),
                arguments,
            )?;
        }
        // Who followed a module that is gone has rules of its own: none yet.
        execute(
            &format!(
                "UPDATE sharing.modules d SET follows_id = NULL FROM sharing.modules m WHERE m.id = d.follows_id AND {which}"
            ),
            arguments,
        )?;
        execute(
            &format!("DELETE FROM sharing.modules m WHERE {which}"),
            arguments,
        )?;
        Ok(())
    }
}

/// The tables of modules that have a relation to a module whose table is gone, and policies that say
/// so: pg_restore --clean drops these first.
pub fn children_of_dropped() -> Result<Vec<pg_sys::Oid>> {
    column(
        "SELECT DISTINCT c.relation::oid FROM sharing.relations l JOIN sharing.modules p ON p.id = l.parent_id
         JOIN sharing.modules c ON c.id = l.child_id JOIN pg_catalog.pg_class t ON t.oid = c.relation
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class g WHERE g.oid = p.relation)
           AND 3 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_policy o WHERE o.polrelid = c.relation
               AND o.polname = ANY ('{sharing_select,sharing_insert,sharing_update}'))",
        &[],
    )
}

/// Tables of modules of which a part was dropped, and not all.
pub fn tables_of_dropped() -> Result<Vec<pg_sys::Oid>> {
    column(
        "SELECT DISTINCT c.oid FROM sharing.protected_relations d JOIN sharing.modules m ON m.id = d.module_id
         JOIN pg_catalog.pg_class c ON c.oid = m.relation WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class g WHERE g.oid = d.relation)",
        &[],
    )
}

/// Refuses to let go of a module on which others depend.
pub fn must_have_no_children(module: i32, name: &str) -> Result<()> {
    crate::catalog::write::change::must_be_unused(
        "module",
        name,
        &[
            "SELECT pg_catalog.format('module \"%s\", which it controls', name) FROM sharing.modules WHERE controlled_by_id = $1 ORDER BY name",
            "SELECT pg_catalog.format('module \"%s\", which follows it', name) FROM sharing.modules WHERE follows_id = $1 ORDER BY name",
            "SELECT DISTINCT pg_catalog.format('module \"%s\", which is related to it', c.name) FROM sharing.relations l
             JOIN sharing.modules c ON c.id = l.child_id WHERE l.parent_id = $1 AND l.child_id <> l.parent_id ORDER BY 1",
        ],
        module,
        "End that first, with sharing.unprotect() or sharing.unrelate().",
    )
}

/// Whether a table that had been protected is gone.
pub fn any_dropped() -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM sharing.protected_relations d WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = d.relation))",
        &[],
    )?
    .unwrap_or_default())
}

/// A protected relation and a parent of it that is not, where the statement concerns either, or the relation
/// is one of `newcomers`, which came to be protected by it; by the latest state, as for those.
pub fn unfiltered_parent(newcomers: &[pg_sys::Oid]) -> Result<Option<(String, String)>> {
    let newcomers: Vec<String> = newcomers
        .iter()
        .map(|oid| oid.to_u32().to_string())
        .collect();
    Ok(rows_now(
        &format!(
            "SELECT i.inhrelid::pg_catalog.regclass::text, i.inhparent::pg_catalog.regclass::text
             FROM pg_catalog.pg_inherits i JOIN sharing.protected_relations p ON p.relation = i.inhrelid
             WHERE NOT EXISTS (SELECT FROM sharing.protected_relations o WHERE o.relation = i.inhparent)
               AND (i.inhrelid = ANY ('{{{}}}'::pg_catalog.oid[])
                    OR EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() c WHERE c.objid IN (i.inhrelid, i.inhparent)))
             LIMIT 1",
            newcomers.join(",")
        ),
        |row| {
            (
                row.get(1).unwrap_or_default(),
                row.get(2).unwrap_or_default(),
            )
        },
    )?
    .pop())
}

/// How the names of triggers end that a detached partition has.
pub const DETACHED: &str = "_detached";

/// Whether the command names a parent of the relation `c`.
macro_rules! is_attached_by_command {
    () => {
        "EXISTS (SELECT FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_event_trigger_ddl_commands() a ON a.objid = h.inhparent WHERE h.inhrelid = c.oid)"
    };
}

/// The statements that drop such triggers from partitions that the command attaches again.
pub fn superfluous_triggers() -> Result<Vec<Ddl>> {
    rows(
        concat!(
            "SELECT c.oid, pg_catalog.format('DROP TRIGGER %I ON %s', t.tgname, c.oid::pg_catalog.regclass)
             FROM sharing.protected_relations p JOIN pg_catalog.pg_class c ON c.oid = p.relation
             JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid
             WHERE c.relispartition
               AND t.tgname IN ('sharing_guard_owner_detached', 'zz_sharing_guard_owner_detached', 'sharing_default_owner_detached', 'sharing_guard_insert_detached')
               AND ",
            is_attached_by_command!(),
            " ORDER BY c.oid, t.tgname"
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

/// Partitions that had been detached and that the command attaches again, each with the module's table:
/// their policies do not say what those of the table say of single records.
pub fn attached_again() -> Result<Vec<(pg_sys::Oid, pg_sys::Oid)>> {
    rows(
        concat!(
        "SELECT c.oid, m.relation::oid FROM sharing.protected_relations p JOIN sharing.modules m ON m.id = p.module_id
         JOIN pg_catalog.pg_class c ON c.oid = p.relation
         JOIN pg_catalog.pg_policy o ON o.polrelid = c.oid AND o.polname = 'sharing_select'
         JOIN pg_catalog.pg_policy w ON w.polrelid = m.relation AND w.polname = 'sharing_select'
         WHERE c.relispartition AND c.oid <> m.relation
           AND pg_catalog.strpos(pg_catalog.pg_get_expr(w.polqual, w.polrelid), 'sharing_internal.may_read_shared(') > 0
           AND pg_catalog.strpos(pg_catalog.pg_get_expr(o.polqual, o.polrelid), 'sharing_internal.may_read_shared(') = 0
           AND ",
        is_attached_by_command!()
        ),
        &[],
        |row| {
            Ok((
                row.get(1)?.unwrap_or(pg_sys::InvalidOid),
                row.get(2)?.unwrap_or(pg_sys::InvalidOid),
            ))
        },
    )
}

/// Relations of the module of which the command names a table that are part of no other and carry the
/// policies of their module's table, but not the triggers, as a partition does that was detached; each with
/// that table.
pub fn detached() -> Result<Vec<(pg_sys::Oid, pg_sys::Oid)>> {
    rows(
        "SELECT c.oid, m.relation::oid
         FROM sharing.protected_relations p JOIN sharing.modules m ON m.id = p.module_id
         JOIN pg_catalog.pg_class c ON c.oid = p.relation
         WHERE c.oid <> m.relation AND m.owners <> 'parent'
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid)
           AND EXISTS (SELECT FROM pg_catalog.pg_policy o WHERE o.polrelid = c.oid AND o.polname = 'sharing_select')
           AND NOT EXISTS (
               SELECT FROM pg_catalog.pg_trigger t
               WHERE t.tgrelid = c.oid AND t.tgname IN ('zz_sharing_guard_owner', 'zz_sharing_guard_owner_detached'))
           AND EXISTS (
               SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() n
               JOIN sharing.protected_relations q ON q.relation = n.objid WHERE q.module_id = p.module_id)",
        &[],
        |row| {
            Ok((
                row.get(1)?.unwrap_or(pg_sys::InvalidOid),
                row.get(2)?.unwrap_or(pg_sys::InvalidOid),
            ))
        },
    )
}

/// Whether a module has that name whose table is gone.
pub fn is_vanished(name: &str) -> Result<bool> {
    Ok(value(
        "SELECT EXISTS (SELECT FROM sharing.modules m WHERE m.name = $1 AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = m.relation))",
        &[name.into()],
    )?
    .unwrap_or_default())
}
