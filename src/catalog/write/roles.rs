//! Roles (semantics: The organization).

use crate::catalog::read::configuration::configuration;
use crate::catalog::read::organization::Rules;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::{Change, ROLE, must_be_unused};
use crate::catalog::write::grants::uses_by_grants;
use crate::catalog::write::sql::execute;
use crate::core::cycles::check_parent;
use crate::core::org::RoleId;
use crate::core::{Error, Result};
use crate::pg::clock;

impl Change {
    pub fn create_role(&self, name: &str, parent: Option<&str>) -> Result<()> {
        ROLE.must_be_new(name)?;
        let parent = ROLE.optional_id(parent)?;
        execute(
            "INSERT INTO sharing.roles (name, parent_id) VALUES ($1, $2)",
            &[name.into(), parent.into()],
        )?;
        Ok(())
    }

    pub fn move_role(&self, name: &str, parent: Option<&str>) -> Result<()> {
        let id = ROLE.id(name)?;
        let parent_id = ROLE.optional_id(parent)?;
        if let (Some(parent_id), Some(parent)) = (parent_id, parent) {
            let org = configuration(&Snapshot::latest(), Rules::Enforced)?.org;
            check_parent(
                &org.role_tree,
                RoleId(id),
                RoleId(parent_id),
                "role",
                name,
                parent,
            )?;
        }
        execute(
            "UPDATE sharing.roles SET parent_id = $2 WHERE id = $1",
            &[id.into(), parent_id.into()],
        )?;
        Ok(())
    }

    /// Without `reassign_to` only a role that nothing names can go. With it, its users, its places
    /// in groups and rules, the records given to it, and the roles below it go there. Its profiles do not: they would widen
    /// or narrow what the users of the other role may do.
    pub fn drop_role(&self, name: &str, reassign_to: Option<&str>) -> Result<()> {
        let id = ROLE.present(name)?;
        ROLE.lock(id)?;
        self.forget_ended(clock::now())?;
        match reassign_to {
            None => must_be_unused(
                "role",
                name,
                &[
                    "SELECT 'user \"' || key || '\"' FROM sharing.users WHERE role_id = $1 ORDER BY id",
                    "SELECT DISTINCT 'group \"' || g.name || '\"' FROM sharing.group_members m JOIN sharing.groups g ON g.id = m.group_id WHERE m.role_id = $1",
                    "SELECT 'rule ' || id FROM sharing.rules WHERE $1 IN (owned_by_role_id, shared_with_role_id) ORDER BY id",
                    "SELECT 'role \"' || name || '\" below it' FROM sharing.roles WHERE parent_id = $1 ORDER BY id",
                    &uses_by_grants("role,role_and_subordinates"),
                ],
                id,
                "Name a role to take its place: sharing.drop_role(name, reassign_to => …).",
            )?,
            Some(heir_name) => self.reassign_role(name, id, heir_name)?,
        }
        self.delete_roles(&[name])
    }

    /// By their names, with the assignments of their profiles.
    pub(super) fn delete_roles(&self, names: &[&str]) -> Result<()> {
        execute(
            "DELETE FROM sharing.role_profiles a USING sharing.roles r WHERE r.id = a.role_id AND r.name = ANY ($1)",
            &[names.to_vec().into()],
        )?;
        execute(
            "DELETE FROM sharing.roles WHERE name = ANY ($1)",
            &[names.to_vec().into()],
        )?;
        Ok(())
    }

    fn reassign_role(&self, name: &str, id: i32, heir_name: &str) -> Result<()> {
        let heir = ROLE.id(heir_name)?;
        if heir == id {
            return Err(Error::bad_value(format!(
                "role \"{name}\" cannot be reassigned to itself"
            )));
        }
        let org = configuration(&Snapshot::latest(), Rules::Enforced)?.org;
        let both = [id.into(), heir.into()];
        if org.role_tree.is_below(RoleId(heir), RoleId(id)) {
            // The heir steps up to the dropped role's place, so that no cycle comes about.
            execute(
                "UPDATE sharing.roles SET parent_id = (SELECT parent_id FROM sharing.roles WHERE id = $1) WHERE id = $2",
                &both,
            )?;
        }
        for statement in [
            "UPDATE sharing.roles SET parent_id = $2 WHERE parent_id = $1 AND id <> $2",
            "UPDATE sharing.users SET role_id = $2 WHERE role_id = $1",
            "INSERT INTO sharing.group_members (group_id, role_id, subordinates) SELECT group_id, $2, subordinates FROM sharing.group_members
             WHERE role_id = $1 ON CONFLICT DO NOTHING",
            "UPDATE sharing.rules SET owned_by_role_id = $2 WHERE owned_by_role_id = $1",
            "UPDATE sharing.rules SET shared_with_role_id = $2 WHERE shared_with_role_id = $1",
        ] {
            execute(statement, &both)?;
        }
        self.regrant_to_role(id, heir)?;
        execute(
            "DELETE FROM sharing.group_members WHERE role_id = $1",
            &[id.into()],
        )?;
        Ok(())
    }
}
