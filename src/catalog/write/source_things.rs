//! Offices, roles, users and groups as the tables of the application say them, in statements over whole
//! sets. What a source does not say stays as it is.

use crate::catalog::write::change::Change;
use crate::catalog::write::sql::{column, execute, rows, value};
use crate::core::Result;
use crate::core::error::LONGEST_NAME;
use crate::core::sources::SourceKind;
use std::collections::HashMap;

/// An office, a role, a user or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub id: i32,
    /// None of an office or a role that has none in its source.
    pub key: Option<String>,
    pub name: String,
    /// The role of a user, or what is above an office or a role.
    pub above: Option<i32>,
    pub office: Option<i32>,
    pub active: bool,
    /// By which source it is held.
    pub source: Option<i32>,
}

/// How a table of ours says that.
struct ThingTable {
    name: &'static str,
    key: &'static str,
    above: &'static str,
    office: &'static str,
    active: &'static str,
}

fn table_of(kind: SourceKind) -> ThingTable {
    let (name, key, above, office, active) = match kind {
        SourceKind::Offices => ("offices", "source_key", "parent_id", "NULL::int4", "true"),
        SourceKind::Roles => ("roles", "source_key", "parent_id", "NULL::int4", "true"),
        SourceKind::Groups | SourceKind::Members => {
            ("groups", "key", "NULL::int4", "office_id", "true")
        }
        SourceKind::Users | SourceKind::UserRoles => {
            ("users", "key", "role_id", "office_id", "active")
        }
    };
    ThingTable {
        name,
        key,
        above,
        office,
        active,
    }
}

/// By what things are looked for.
#[derive(Clone, Copy, Default)]
pub struct Sought<'a> {
    pub keys: Option<&'a [&'a str]>,
    pub names: Option<&'a [&'a str]>,
    pub source: Option<i32>,
}

impl Change {
    /// The things that meet one of the conditions.
    pub fn things(&self, kind: SourceKind, sought: Sought) -> Result<Vec<Thing>> {
        let ThingTable {
            name,
            key,
            above,
            office,
            active,
        } = table_of(kind);
        let mut conditions = vec!["false".to_owned()];
        if sought.keys.is_some() {
            conditions.push(format!("t.{key} = ANY ($1)"));
        }
        if sought.names.is_some() {
            conditions.push("t.name = ANY ($2)".to_owned());
        }
        if sought.source.is_some() {
            conditions.push("t.source_id = $3".to_owned());
        }
        rows(
            &format!(
                "SELECT t.id, t.{key}, t.name, {above}, {office}, {active}, t.source_id FROM sharing.{name} t WHERE {} ORDER BY t.id",
                conditions.join(" OR ")
            ),
            &[
                sought.keys.unwrap_or_default().to_vec().into(),
                sought.names.unwrap_or_default().to_vec().into(),
                sought.source.into(),
            ],
            |row| {
                Ok(Thing {
                    id: row.get(1)?.unwrap_or_default(),
                    key: row.get(2)?,
                    name: row.get(3)?.unwrap_or_default(),
                    above: row.get(4)?,
                    office: row.get(5)?,
                    active: row.get(6)?.unwrap_or_default(),
                    source: row.get(7)?,
                })
            },
        )
    }

    /// The numbers of things by what references hold: of offices and roles the name, or the key where the
    /// source has keys.
    pub fn numbers(
        &self,
        kind: SourceKind,
        by_name: bool,
        references: &[&str],
    ) -> Result<HashMap<String, i32>> {
        if references.is_empty() {
            return Ok(HashMap::new());
        }
        let ThingTable { name, key, .. } = table_of(kind);
        let by = if by_name { "name" } else { key };
        let found = rows(
            &format!("SELECT t.{by}, t.id FROM sharing.{name} t WHERE t.{by} = ANY ($1)"),
            &[references.to_vec().into()],
            |row| Ok((row.get::<String>(1)?, row.get::<i32>(2)?)),
        )?;
        let pairs = found.into_iter();
        Ok(pairs
            .filter_map(|(reference, id)| reference.zip(id))
            .collect())
    }

    /// The names of all things of a kind by their numbers.
    pub fn names_of(&self, kind: SourceKind) -> Result<HashMap<i32, String>> {
        let name = table_of(kind).name;
        let found = rows(
            &format!("SELECT t.id, t.name FROM sharing.{name} t"),
            &[],
            |row| Ok((row.get::<i32>(1)?, row.get::<String>(2)?)),
        )?;
        Ok(found
            .into_iter()
            .filter_map(|(id, name)| id.zip(name))
            .collect())
    }

    /// Every office or role with what is above it.
    pub fn tree(&self, kind: SourceKind) -> Result<Vec<Thing>> {
        let ThingTable { name, .. } = table_of(kind);
        rows(
            &format!(
                "SELECT t.id, t.source_key, t.name, t.parent_id, t.source_id FROM sharing.{name} t"
            ),
            &[],
            |row| {
                Ok(Thing {
                    id: row.get(1)?.unwrap_or_default(),
                    key: row.get(2)?,
                    name: row.get(3)?.unwrap_or_default(),
                    above: row.get(4)?,
                    office: None,
                    active: true,
                    source: row.get(5)?,
                })
            },
        )
    }

    /// Their numbers do not count.
    pub fn create_things(&self, kind: SourceKind, things: &[Thing]) -> Result<()> {
        if things.is_empty() {
            return Ok(());
        }
        let statement = match kind {
            SourceKind::Offices | SourceKind::Roles => format!(
                "INSERT INTO sharing.{} (name, source_key, source_id) SELECT d.name, d.key, d.source {THINGS}",
                table_of(kind).name
            ),
            SourceKind::Groups | SourceKind::Members => format!(
                "INSERT INTO sharing.groups (key, name, office_id, source_id) SELECT d.key, d.name, d.office, d.source {THINGS}"
            ),
            SourceKind::Users | SourceKind::UserRoles => format!(
                "INSERT INTO sharing.users (key, name, role_id, office_id, active, source_id)
                 SELECT d.key, d.name, d.above, d.office, d.active, d.source {THINGS}"
            ),
        };
        run_with(&statement, things)
    }

    /// By their numbers; of offices and roles not what is above them.
    pub fn alter_things(&self, kind: SourceKind, things: &[Thing]) -> Result<()> {
        if things.is_empty() {
            return Ok(());
        }
        let statement = match kind {
            SourceKind::Offices | SourceKind::Roles => format!(
                "UPDATE sharing.{} t SET name = d.name, source_key = d.key, source_id = d.source {THINGS} WHERE t.id = d.id",
                table_of(kind).name
            ),
            SourceKind::Groups | SourceKind::Members => format!(
                "UPDATE sharing.groups t SET key = d.key, name = d.name, office_id = d.office, source_id = d.source {THINGS} WHERE t.id = d.id"
            ),
            SourceKind::Users | SourceKind::UserRoles => format!(
                "UPDATE sharing.users t SET name = d.name, role_id = d.above, office_id = d.office, active = d.active, source_id = d.source
                 {THINGS} WHERE t.id = d.id"
            ),
        };
        run_with(&statement, things)
    }

    /// Of things that exchange names: gives them such as nobody can have, until they get theirs.
    pub fn set_names_aside(&self, kind: SourceKind, ids: &[i32]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        execute(
            &format!(
                "UPDATE sharing.{} t SET name = pg_catalog.repeat('-', {LONGEST_NAME}) || t.id::pg_catalog.text WHERE t.id = ANY ($1)",
                table_of(kind).name
            ),
            &[ids.to_vec().into()],
        )?;
        Ok(())
    }

    /// What is above offices or roles.
    pub fn set_parents(&self, kind: SourceKind, parents: &[(i32, Option<i32>)]) -> Result<()> {
        if parents.is_empty() {
            return Ok(());
        }
        execute(
            &format!(
                "UPDATE sharing.{} t SET parent_id = d.above FROM unnest($1::int4[], $2::int4[]) AS d (id, above) WHERE t.id = d.id",
                table_of(kind).name
            ),
            &[
                parents
                    .iter()
                    .map(|&(id, _)| id)
                    .collect::<Vec<i32>>()
                    .into(),
                parents
                    .iter()
                    .map(|&(_, above)| above)
                    .collect::<Vec<Option<i32>>>()
                    .into(),
            ],
        )?;
        Ok(())
    }

    /// The roles of users, by their numbers.
    pub fn set_roles(&self, users: &[(i32, Option<i32>)]) -> Result<()> {
        if users.is_empty() {
            return Ok(());
        }
        execute(
            "UPDATE sharing.users t SET role_id = d.role FROM unnest($1::int4[], $2::int4[]) AS d (id, role) WHERE t.id = d.id",
            &[
                users.iter().map(|&(id, _)| id).collect::<Vec<i32>>().into(),
                users
                    .iter()
                    .map(|&(_, role)| role)
                    .collect::<Vec<Option<i32>>>()
                    .into(),
            ],
        )?;
        Ok(())
    }

    /// Users who have a role by the rows of a link table: those who have a row of their own, or everybody where
    /// users come from no table.
    pub fn users_with_roles(&self) -> Result<Vec<String>> {
        column(
            "SELECT u.key FROM sharing.users u WHERE u.role_id IS NOT NULL AND (u.source_id IS NOT NULL
                 OR u.active AND NOT EXISTS (SELECT FROM sharing.sources s WHERE s.kind = 'users'))",
            &[],
        )
    }

    /// People whose rows are gone keep their place, but keep nothing from going.
    pub fn take_from_departed(&self, kind: SourceKind, ids: &[i32]) -> Result<()> {
        let place = match kind {
            SourceKind::Offices => "office_id",
            _ => "role_id",
        };
        execute(
            &format!(
                "UPDATE sharing.users SET {place} = NULL WHERE {place} = ANY ($1) AND source_id IS NULL AND NOT active
                 AND EXISTS (SELECT FROM sharing.sources s WHERE s.kind = 'users')"
            ),
            &[ids.to_vec().into()],
        )?;
        Ok(())
    }

    /// The roles of managers' people that nobody has any longer, and that nothing names.
    pub fn superfluous_roles(&self, source: i32, among: &[&str]) -> Result<Vec<String>> {
        column(
            "SELECT r.name FROM sharing.roles r WHERE r.source_id = $1 AND r.name = ANY ($2)
               AND NOT EXISTS (SELECT FROM sharing.users u WHERE u.role_id = r.id)
               AND NOT EXISTS (SELECT FROM sharing.roles b WHERE b.parent_id = r.id)
               AND NOT EXISTS (SELECT FROM sharing.role_profiles p WHERE p.role_id = r.id)
               AND NOT EXISTS (SELECT FROM sharing.group_members m WHERE m.role_id = r.id)
               AND NOT EXISTS (SELECT FROM sharing.rules l WHERE r.id IN (l.owned_by_role_id, l.shared_with_role_id))",
            &[source.into(), among.to_vec().into()],
        )
    }

    /// Roles that nothing names any more, with their names.
    pub fn forget_roles(&self, names: &[&str]) -> Result<()> {
        self.delete_roles(names)
    }

    /// Refuses keys that a user and a group have in common, where one column holds either.
    pub fn keys_of_all_must_differ(&self) -> Result<()> {
        let module: Option<String> = value(
            "SELECT name FROM sharing.modules WHERE owners = 'user_or_group' ORDER BY name LIMIT 1",
            &[],
        )?;
        module.map_or(Ok(()), |module| self.keys_must_differ_for(&module))
    }
}

/// Things as rows. The arguments are those of `run_with`.
const THINGS: &str = "
    FROM unnest($1::int4[], $2::text[], $3::text[], $4::int4[], $5::int4[], $6::bool[], $7::int4[])
        AS d (id, key, name, above, office, active, source)";

fn run_with(statement: &str, things: &[Thing]) -> Result<()> {
    fn all<'t, T>(things: &'t [Thing], field: impl Fn(&'t Thing) -> T) -> Vec<T> {
        things.iter().map(field).collect()
    }
    execute(
        statement,
        &[
            all(things, |thing| thing.id).into(),
            all(things, |thing| thing.key.as_deref()).into(),
            all(things, |thing| thing.name.as_str()).into(),
            all(things, |thing| thing.above).into(),
            all(things, |thing| thing.office).into(),
            all(things, |thing| thing.active).into(),
            all(things, |thing| thing.source).into(),
        ],
    )?;
    Ok(())
}
