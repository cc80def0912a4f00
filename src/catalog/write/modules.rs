//! Modules and the relations that carry their policies (semantics: Modules).

use crate::catalog::read::citus;
use crate::catalog::read::citus::Node;
use crate::catalog::read::configuration::Owners;
use crate::catalog::write::change::Change;
use crate::catalog::write::ours::other_policies;
use crate::catalog::write::sql::{execute, rows, value};
use crate::catalog::write::tables::{
    ApplicationTable, RELATION, WITHIN_REACH, oids, read_relation,
};
use crate::catalog::write::waiting::commit_waits_for_nobody;
use crate::core::document;
use crate::core::{Error, GlobalAccess, Result};
use pgrx::pg_sys;

/// What `register` stores of a module.
pub struct NewModule<'a> {
    pub name: &'a str,
    pub owners: Owners,
    pub hierarchy: bool,
    pub default_owner: bool,
    pub grants: bool,
    /// The module that controls it.
    pub controlled_by: Option<i32>,
    pub follows: Option<i32>,
    /// Enforced at once.
    pub global_access: GlobalAccess,
}

/// What `move_modules` stores of a module.
pub struct MovedModule<'a> {
    pub module: &'a document::ModuleEntry,
    pub relation: pg_sys::Oid,
    pub owners: Owners,
}

/// A protected relation and what it was like before.
pub struct Before {
    pub relation: ApplicationTable,
    pub had_row_security: bool,
    pub had_force: bool,
    pub public_could_truncate: bool,
}

impl Change {
    pub fn register(&self, module: &NewModule, family: &[ApplicationTable]) -> Result<()> {
        let id = self.register_module(module, family[0].oid)?;
        self.register_family(id, family)
    }

    /// Without the tables that carry its policies. Returns its number.
    pub fn register_module(&self, module: &NewModule, relation: pg_sys::Oid) -> Result<i32> {
        let id: Option<i32> = value(
            "INSERT INTO sharing.modules (name, relation, owners, hierarchy, default_owner, controlled_by_id, follows_id,
                 global_access, staged_global_access, grants)
             VALUES ($1, $2::oid, $3, $4, $5, $6, $7, $8, $8, $9) RETURNING id",
            &[
                module.name.into(),
                relation.into(),
                module.owners.label().into(),
                module.hierarchy.into(),
                module.default_owner.into(),
                module.controlled_by.into(),
                module.follows.into(),
                module.global_access.label().into(),
                module.grants.into(),
            ],
        )?;
        id.ok_or_else(|| Error::internal("the new module has no number"))
    }

    /// The tables that carry the policies of a module. Row security that came with policies of ours alone,
    /// in a copy of the schema, goes with them.
    pub fn register_family(&self, module: i32, family: &[ApplicationTable]) -> Result<()> {
        let others = other_policies(&oids(family))?;
        let had = |of: fn(&ApplicationTable) -> bool| -> Vec<bool> {
            let is_by_us = |table: &ApplicationTable| {
                !table.policies.is_empty() && others.of(table.oid).is_empty()
            };
            let tables = family.iter();
            tables.map(|table| of(table) && !is_by_us(table)).collect()
        };
        let can_truncate = family.iter().map(|table| table.public_can_truncate);
        execute(
            "INSERT INTO sharing.protected_relations (relation, module_id, had_row_security, had_force, public_could_truncate)
             SELECT d.relation, $1, d.row_security, d.force, d.can_truncate
             FROM unnest($2::oid[], $3::bool[], $4::bool[], $5::bool[]) AS d (relation, row_security, force, can_truncate)",
            &[
                module.into(),
                oids(family).into(),
                had(|table| table.row_security).into(),
                had(|table| table.force).into(),
                can_truncate.collect::<Vec<_>>().into(),
            ],
        )?;
        // Workers hear of tables that they cannot have yet.
        if citus::this_node() == Some(Node::Coordinator) && !citus::were_spread(&oids(family)) {
            commit_waits_for_nobody();
        }
        Ok(())
    }

    /// Modules that stay and become those of other tables, columns or parents; their rules stay, too.
    pub fn move_modules(&self, modules: &[MovedModule]) -> Result<()> {
        let names = |name: fn(&document::ModuleEntry) -> Option<&str>| -> Vec<Option<&str>> {
            modules.iter().map(|moved| name(moved.module)).collect()
        };
        execute(
            "UPDATE sharing.modules m SET relation = d.relation, owners = d.owners, default_owner = d.default_owner, controlled_by_id = p.id, follows_id = f.id
             FROM unnest($1::text[], $2::oid[], $3::text[], $4::bool[], $5::text[], $6::text[])
                 AS d (name, relation, owners, default_owner, controlled_by, follows)
             LEFT JOIN sharing.modules p ON p.name = d.controlled_by LEFT JOIN sharing.modules f ON f.name = d.follows
             WHERE m.name = d.name",
            &[
                names(|module| Some(&module.name)).into(),
                modules.iter().map(|moved| moved.relation).collect::<Vec<_>>().into(),
                modules.iter().map(|moved| moved.owners.label()).collect::<Vec<_>>().into(),
                modules.iter().map(|moved| moved.module.default_owner).collect::<Vec<_>>().into(),
                names(|module| module.controlled_by.as_deref()).into(),
                names(|module| module.follows.as_deref()).into(),
            ],
        )?;
        Ok(())
    }

    /// The switches of hierarchy and grants, what they follow, and global access, which is staged; with `apply`, what is
    /// valid, too. Where that of another module holds, nothing of their own must wait to hold again.
    pub fn set_up_modules(&self, modules: &[&document::ModuleEntry], apply: bool) -> Result<()> {
        let access = |of: fn(&document::ModuleEntry) -> GlobalAccess| -> Vec<&str> {
            modules.iter().map(|module| of(module).label()).collect()
        };
        execute(
            "UPDATE sharing.modules m SET hierarchy = d.hierarchy, grants = d.grants, follows_id = d.follows_id, staged_global_access = d.access,
                 global_access = d.enforced
             FROM (SELECT m.id, d.hierarchy, d.grants, f.id AS follows_id, d.access,
                          CASE WHEN f.id IS NULL AND m.controlled_by_id IS NULL
                               THEN CASE WHEN $6 THEN d.valid ELSE m.global_access END ELSE 'private' END AS enforced
                   FROM unnest($1::text[], $2::bool[], $3::text[], $4::text[], $5::text[], $7::bool[]) AS d (name, hierarchy, follows, access, valid, grants)
                   JOIN sharing.modules m ON m.name = d.name LEFT JOIN sharing.modules f ON f.name = d.follows) d
             WHERE m.id = d.id AND (m.hierarchy, m.grants, m.follows_id, m.staged_global_access, m.global_access) IS DISTINCT FROM
                 (d.hierarchy, d.grants, d.follows_id, d.access, d.enforced)",
            &[
                modules.iter().map(|module| module.name.as_str()).collect::<Vec<_>>().into(),
                modules.iter().map(|module| module.hierarchy).collect::<Vec<_>>().into(),
                modules.iter().map(|module| module.follows.as_deref()).collect::<Vec<_>>().into(),
                access(|module| module.staged.unwrap_or(module.global_access)).into(),
                access(|module| module.global_access).into(),
                apply.into(),
                modules.iter().map(|module| module.grants).collect::<Vec<_>>().into(),
            ],
        )?;
        Ok(())
    }

    /// The relations that carry the policies of a module and still exist.
    pub fn protected(&self, module: i32) -> Result<Vec<Before>> {
        rows(
            &format!(
                "SELECT r.*, p.had_row_security, p.had_force, p.public_could_truncate FROM sharing.protected_relations p
                 JOIN ({RELATION}) r ON r.oid = p.relation WHERE p.module_id = $1 AND {WITHIN_REACH} ORDER BY r.oid"
            ),
            &[module.into()],
            |row| {
                Ok(Before {
                    relation: read_relation(row)?,
                    had_row_security: row.get(11)?.unwrap_or_default(),
                    had_force: row.get(12)?.unwrap_or_default(),
                    public_could_truncate: row.get(13)?.unwrap_or_default(),
                })
            },
        )
    }
}

/// The tables of a module that carry its policies and still exist.
pub fn protected_members(module: i32) -> Result<Vec<ApplicationTable>> {
    rows(
        &format!(
            "SELECT r.* FROM sharing.protected_relations p JOIN ({RELATION}) r ON r.oid = p.relation WHERE p.module_id = $1 AND {WITHIN_REACH} ORDER BY r.oid"
        ),
        &[module.into()],
        read_relation,
    )
}

/// The module of a table, if it is one.
pub fn module_of(relation: pg_sys::Oid) -> Result<Option<(i32, String)>> {
    let id: Option<i32> = value(
        "SELECT id FROM sharing.modules WHERE relation::oid = $1",
        &[relation.into()],
    )?;
    let name: Option<String> = value(
        "SELECT name FROM sharing.modules WHERE relation::oid = $1",
        &[relation.into()],
    )?;
    Ok(id.zip(name))
}

/// Whether new records of the module of a table get their maker as owner.
pub fn default_owner_of(relation: pg_sys::Oid) -> Result<bool> {
    Ok(value(
        "SELECT default_owner FROM sharing.modules WHERE relation::oid = $1",
        &[relation.into()],
    )?
    .unwrap_or_default())
}
