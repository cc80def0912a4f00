//! Users and their rights (semantics: The organization).

use crate::catalog::write::change::{Change, OFFICE, ROLE, must_be_unused};
use crate::catalog::write::grants::{USER, uses_by_grants};
use crate::catalog::write::sql::{execute, read_value, value};
use crate::catalog::write::user_keys::{find_user, present_user_id, user_id};
use crate::core::document::UserEntry;
use crate::core::error::must_fit;
use crate::core::{Error, Result, Right};
use crate::pg::clock;
use pgrx::datum::DatumWithOid;
use pgrx::pg_sys;

impl Change {
    pub fn create_user(
        &self,
        key: &str,
        name: &str,
        role: Option<&str>,
        office: Option<&str>,
        db_role: Option<pg_sys::Oid>,
    ) -> Result<()> {
        if key.is_empty() || name.is_empty() {
            return Err(Error::bad_value(
                "the key and the name of a user cannot be empty",
            ));
        }
        must_fit("the key of a user", key)?;
        must_fit("the name of a user", name)?;
        if find_user(key)?.is_some() {
            return Err(Error::exists(format!("user \"{key}\" exists already")));
        }
        ROLE.optional_id(role)?;
        OFFICE.optional_id(office)?;
        self.insert_users(&[&UserEntry {
            key: key.to_owned(),
            name: name.to_owned(),
            role: role.map(str::to_owned),
            office: office.map(str::to_owned),
            active: true,
            db_role: None,
            rights: Vec::new(),
        }])?;
        self.key_must_differ(key)?;
        match db_role {
            Some(db_role) => self.set_user_db_role(key, Some(db_role)),
            None => Ok(()),
        }
    }

    /// Without their rights and database roles.
    pub(super) fn insert_users(&self, users: &[&UserEntry]) -> Result<()> {
        execute(
            &format!(
                "INSERT INTO sharing.users (key, name, role_id, office_id, active) SELECT d.key, d.name, r.id, o.id, d.active {USERS}"
            ),
            &user_columns(users),
        )?;
        Ok(())
    }

    /// Without their rights and database roles.
    pub(super) fn update_users(&self, users: &[&UserEntry]) -> Result<()> {
        execute(
            &format!(
                "UPDATE sharing.users u SET name = d.name, role_id = r.id, office_id = o.id, active = d.active {USERS} WHERE u.key = d.key"
            ),
            &user_columns(users),
        )?;
        Ok(())
    }

    pub fn set_user_role(&self, key: &str, role: Option<&str>) -> Result<()> {
        let id = user_id(key)?;
        let role = ROLE.optional_id(role)?;
        execute(
            "UPDATE sharing.users SET role_id = $2 WHERE id = $1",
            &[id.into(), role.into()],
        )?;
        Ok(())
    }

    pub fn set_user_db_role(&self, key: &str, db_role: Option<pg_sys::Oid>) -> Result<()> {
        let id = user_id(key)?;
        if let Some(db_role) = db_role {
            let name = crate::catalog::write::access::db_role_name(db_role)?;
            let holder: Option<String> = value(
                "SELECT u.key FROM sharing.user_db_roles r JOIN sharing.users u ON u.id = r.user_id WHERE r.db_role = $1::oid AND u.id <> $2",
                &[db_role.into(), id.into()],
            )?;
            if let Some(holder) = holder {
                return Err(Error::exists(format!(
                    "database role \"{name}\" is already that of user \"{holder}\""
                ))
                .hint("A database role stands for one user. Take it away first: sharing.set_user_db_role(key, NULL)."));
            }
        }
        let name = db_role
            .map(crate::catalog::write::access::db_role_name)
            .transpose()?;
        self.store_db_roles(&[(key, name.as_deref())])
    }

    /// Takes the users' database roles away and gives them those that are named.
    pub(super) fn store_db_roles(&self, users: &[(&str, Option<&str>)]) -> Result<()> {
        let keys: Vec<&str> = users.iter().map(|&(key, _)| key).collect();
        let names: Vec<Option<&str>> = users.iter().map(|&(_, name)| name).collect();
        let both = [keys.into(), names.into()];
        execute(
            "DELETE FROM sharing.user_db_roles d USING unnest($1::text[], $2::text[]) AS n (key, db_role) JOIN sharing.users u ON u.key = n.key
             WHERE d.user_id = u.id AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = d.db_role AND r.rolname::text = n.db_role)",
            &both,
        )?;
        execute(
            "INSERT INTO sharing.user_db_roles (db_role, user_id) SELECT r.oid, u.id
             FROM unnest($1::text[], $2::text[]) AS n (key, db_role)
             JOIN pg_catalog.pg_roles r ON r.rolname::text = n.db_role
             JOIN sharing.users u ON u.key = n.key
             WHERE NOT EXISTS (SELECT FROM sharing.user_db_roles d WHERE d.user_id = u.id)",
            &both,
        )?;
        Ok(())
    }

    pub fn set_user_active(&self, key: &str, active: bool) -> Result<()> {
        let id = present_user_id(key)?;
        execute(
            "UPDATE sharing.users SET active = $2 WHERE id = $1",
            &[id.into(), active.into()],
        )?;
        Ok(())
    }

    pub fn drop_user(&self, key: &str) -> Result<()> {
        let id = present_user_id(key)?;
        USER.lock(id)?;
        self.forget_ended(clock::now())?;
        must_be_unused(
            "user",
            key,
            &[
                "SELECT 'group \"' || g.name || '\"' FROM sharing.group_users m JOIN sharing.groups g ON g.id = m.group_id WHERE m.user_id = $1 ORDER BY g.id",
                "SELECT 'link ' || id FROM sharing.links WHERE $1 IN (from_user_id, to_user_id) ORDER BY id",
                "SELECT 'expectation ' || id FROM sharing.expectations WHERE user_id = $1 ORDER BY id",
                &uses_by_grants("user"),
            ],
            id,
            "Remove the user from their groups, delete their links, revoke the records given to them and forget what is expected of them first, or let them be: sharing.deactivate_user(key).",
        )?;
        self.delete_users(&[key])
    }

    /// By their keys, with what is theirs alone.
    pub(super) fn delete_users(&self, keys: &[&str]) -> Result<()> {
        for table in ["user_rights", "user_db_roles"] {
            execute(
                &format!(
                    "DELETE FROM sharing.{table} d USING sharing.users u WHERE u.id = d.user_id AND u.key = ANY ($1)"
                ),
                &[keys.to_vec().into()],
            )?;
        }
        execute(
            "DELETE FROM sharing.users WHERE key = ANY ($1)",
            &[keys.to_vec().into()],
        )?;
        Ok(())
    }

    pub fn grant_right(&self, key: &str, right: &str) -> Result<()> {
        let right = grantable(right)?;
        user_id(key)?;
        crate::catalog::write::specialists::check_right_beside_sharing(key, right)?;
        self.grant_rights(&[(key, right)])
    }

    pub fn revoke_right(&self, key: &str, right: &str) -> Result<()> {
        let right = grantable(right)?;
        present_user_id(key)?;
        self.revoke_rights(&[(key, right)])
    }

    /// By the keys of users.
    pub(super) fn grant_rights(&self, rights: &[(&str, Right)]) -> Result<()> {
        execute(
            "INSERT INTO sharing.user_rights (user_id, \"right\") SELECT u.id, d.granted
             FROM unnest($1::text[], $2::text[]) AS d (key, granted)
             JOIN sharing.users u ON u.key = d.key ON CONFLICT DO NOTHING",
            &right_columns(rights),
        )?;
        Ok(())
    }

    /// By the keys of users.
    pub(super) fn revoke_rights(&self, rights: &[(&str, Right)]) -> Result<()> {
        execute(
            "DELETE FROM sharing.user_rights r
             USING unnest($1::text[], $2::text[]) AS d (key, revoked)
             JOIN sharing.users u ON u.key = d.key
             WHERE r.user_id = u.id AND r.\"right\" = d.revoked",
            &right_columns(rights),
        )?;
        Ok(())
    }
}

/// Users as rows, with the numbers of what they name. The arguments are `user_columns`.
const USERS: &str = "
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bool[]) AS d (key, name, role, office, active)
    LEFT JOIN sharing.roles r ON r.name = d.role
    LEFT JOIN sharing.offices o ON o.name = d.office";

fn user_columns<'a>(users: &[&UserEntry]) -> [DatumWithOid<'a>; 5] {
    fn all<'u, T>(users: &[&'u UserEntry], field: impl Fn(&'u UserEntry) -> T) -> Vec<T> {
        users.iter().map(|user| field(user)).collect()
    }
    [
        all(users, |user| user.key.as_str()).into(),
        all(users, |user| user.name.as_str()).into(),
        all(users, |user| user.role.as_deref()).into(),
        all(users, |user| user.office.as_deref()).into(),
        all(users, |user| user.active).into(),
    ]
}

fn right_columns<'a>(rights: &[(&str, Right)]) -> [DatumWithOid<'a>; 2] {
    [
        rights
            .iter()
            .map(|&(key, _)| key)
            .collect::<Vec<_>>()
            .into(),
        rights
            .iter()
            .map(|&(_, right)| right.label())
            .collect::<Vec<_>>()
            .into(),
    ]
}

/// Record sharing has consequences of its own, and functions of its own (semantics: Record sharing between offices).
fn grantable(right: &str) -> Result<Right> {
    match Right::parse(right)? {
        Right::RecordSharing => Err(Error::bad_value(
            "the right record_sharing is not granted or revoked like the others",
        )
        .hint("Call sharing.enable_record_sharing(user_key) or sharing.disable_record_sharing(user_key).")),
        right => Ok(right),
    }
}

/// Whether the current role may read the users themselves.
pub fn may_read_users() -> Result<bool> {
    let reads: Option<bool> = read_value(
        "SELECT pg_catalog.has_table_privilege('sharing.users', 'SELECT')",
        &[],
    )?;
    Ok(reads == Some(true))
}
