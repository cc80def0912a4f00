//! Profiles, what they permit, and the roles that have them (semantics: The organization).

use crate::catalog::write::change::{Change, MODULE, PROFILE, ROLE, must_be_unused};
use crate::catalog::write::sql::execute;
use crate::core::document::Permission;
use crate::core::{Error, Result};
use pgrx::datum::DatumWithOid;

/// A role and a profile, by name.
pub(super) type Assignment<'a> = (&'a str, &'a str);

impl Change {
    pub fn create_profile(&self, name: &str, view_all: bool, edit_all: bool) -> Result<()> {
        PROFILE.must_be_new(name)?;
        execute(
            "INSERT INTO sharing.profiles (name, view_all, edit_all) VALUES ($1, $2, $3)",
            &[name.into(), view_all.into(), edit_all.into()],
        )?;
        Ok(())
    }

    /// What is None stays as it was.
    pub fn alter_profile(
        &self,
        name: &str,
        view_all: Option<bool>,
        edit_all: Option<bool>,
    ) -> Result<()> {
        let id = PROFILE.present(name)?;
        execute(
            "UPDATE sharing.profiles SET view_all = COALESCE($2, view_all), edit_all = COALESCE($3, edit_all) WHERE id = $1",
            &[id.into(), view_all.into(), edit_all.into()],
        )?;
        Ok(())
    }

    pub fn drop_profile(&self, name: &str) -> Result<()> {
        let id = PROFILE.present(name)?;
        must_be_unused(
            "profile",
            name,
            &[
                "SELECT 'role \"' || r.name || '\"' FROM sharing.role_profiles p JOIN sharing.roles r ON r.id = p.role_id
                 WHERE p.profile_id = $1 ORDER BY r.id",
            ],
            id,
            "Take it away with sharing.unassign_profile(role, profile) first. A role without any profile is not restricted.",
        )?;
        self.delete_profiles(&[name])
    }

    pub fn set_permission(&self, profile: &str, permission: &Permission) -> Result<()> {
        PROFILE.id(profile)?;
        MODULE.optional_id(permission.module.as_deref())?;
        self.set_permissions(&[(profile, permission)])
    }

    pub fn assign_profile(&self, role: &str, profile: &str) -> Result<()> {
        ROLE.id(role)?;
        PROFILE.id(profile)?;
        match self.assign_profiles(&[(role, profile)])? {
            0 => Err(Error::exists(format!(
                "role \"{role}\" has profile \"{profile}\" already"
            ))),
            _ => Ok(()),
        }
    }

    pub fn unassign_profile(&self, role: &str, profile: &str) -> Result<()> {
        ROLE.id(role)?;
        PROFILE.id(profile)?;
        match self.unassign_profiles(&[(role, profile)])? {
            0 => Err(
                Error::unknown(format!("role \"{role}\" has no profile \"{profile}\""))
                    .hint("The profiles of roles are listed in sharing.role_profiles."),
            ),
            _ => Ok(()),
        }
    }

    /// By their names, with what they permit: that first, since the audit log tells it by the name.
    pub(super) fn delete_profiles(&self, names: &[&str]) -> Result<()> {
        execute(
            "DELETE FROM sharing.profile_permissions d USING sharing.profiles p WHERE p.id = d.profile_id AND p.name = ANY ($1)",
            &[names.to_vec().into()],
        )?;
        execute(
            "DELETE FROM sharing.profiles WHERE name = ANY ($1)",
            &[names.to_vec().into()],
        )?;
        Ok(())
    }

    /// Rows that profiles get, each with the profile's name, in place of those that they have for
    /// the same modules.
    pub(super) fn set_permissions(&self, permissions: &[(&str, &Permission)]) -> Result<()> {
        fn all<T>(
            permissions: &[(&str, &Permission)],
            field: impl Fn(&Permission) -> T,
        ) -> DatumWithOid<'static>
        where
            Vec<T>: Into<DatumWithOid<'static>>,
        {
            let fields = permissions.iter().map(|(_, permission)| field(permission));
            fields.collect::<Vec<T>>().into()
        }
        let profiles: Vec<&str> = permissions.iter().map(|(profile, _)| *profile).collect();
        execute(
            "INSERT INTO sharing.profile_permissions (profile_id, module_id, can_view, can_create, can_edit, can_delete)
             SELECT p.id, m.id, d.can_view, d.can_create, d.can_edit, d.can_delete
             FROM unnest($1::text[], $2::text[], $3::bool[], $4::bool[], $5::bool[], $6::bool[])
                 AS d (profile, module, can_view, can_create, can_edit, can_delete)
             JOIN sharing.profiles p ON p.name = d.profile
             LEFT JOIN sharing.modules m ON m.name = d.module
             WHERE d.module IS NULL OR m.id IS NOT NULL
             ON CONFLICT (profile_id, module_id) DO UPDATE
             SET can_view = EXCLUDED.can_view, can_create = EXCLUDED.can_create, can_edit = EXCLUDED.can_edit, can_delete = EXCLUDED.can_delete",
            &[
                profiles.into(),
                all(permissions, |permission| permission.module.clone()),
                all(permissions, |permission| permission.view),
                all(permissions, |permission| permission.create),
                all(permissions, |permission| permission.edit),
                all(permissions, |permission| permission.delete),
            ],
        )?;
        Ok(())
    }

    /// Rows that profiles lose, each with the profile's name and the module's.
    pub(super) fn remove_permissions(&self, permissions: &[(&str, Option<&str>)]) -> Result<()> {
        let profiles: Vec<&str> = permissions.iter().map(|(profile, _)| *profile).collect();
        let modules: Vec<Option<&str>> = permissions.iter().map(|(_, module)| *module).collect();
        execute(
            "DELETE FROM sharing.profile_permissions d
             USING unnest($1::text[], $2::text[]) AS r (profile, module)
             JOIN sharing.profiles p ON p.name = r.profile
             LEFT JOIN sharing.modules m ON m.name = r.module
             WHERE d.profile_id = p.id AND d.module_id IS NOT DISTINCT FROM m.id AND (r.module IS NULL OR m.id IS NOT NULL)",
            &[profiles.into(), modules.into()],
        )?;
        Ok(())
    }

    /// Returns how many were not there.
    pub(super) fn assign_profiles(&self, assignments: &[Assignment]) -> Result<usize> {
        execute(
            "INSERT INTO sharing.role_profiles (role_id, profile_id) SELECT r.id, p.id
             FROM unnest($1::text[], $2::text[]) AS d (role, profile)
             JOIN sharing.roles r ON r.name = d.role
             JOIN sharing.profiles p ON p.name = d.profile ON CONFLICT DO NOTHING",
            &columns(assignments),
        )
    }

    /// Returns how many were there.
    pub(super) fn unassign_profiles(&self, assignments: &[Assignment]) -> Result<usize> {
        execute(
            "DELETE FROM sharing.role_profiles a
             USING unnest($1::text[], $2::text[]) AS d (role, profile)
             JOIN sharing.roles r ON r.name = d.role
             JOIN sharing.profiles p ON p.name = d.profile
             WHERE a.role_id = r.id AND a.profile_id = p.id",
            &columns(assignments),
        )
    }
}

fn columns<'a>(assignments: &[Assignment]) -> [DatumWithOid<'a>; 2] {
    let (roles, profiles): (Vec<&str>, Vec<&str>) = assignments.iter().copied().unzip();
    [roles.into(), profiles.into()]
}
