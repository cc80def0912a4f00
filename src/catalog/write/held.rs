//! What comes from tables of the application is changed there alone.

use crate::catalog::write::change::{Change, Look};
use crate::catalog::write::sql::read_value;
use crate::core::{Error, Principal, Result};

/// What of a user a function is going to change.
#[derive(Clone, Copy)]
pub enum OfUser {
    /// Name, or whether there is one.
    Row,
    Role,
    Office,
    Active,
}

/// The name of the table of a source `s`.
const TABLE: &str =
    "(SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = s.relation)";

fn comes_from(what: &str, table: Option<String>) -> Result<()> {
    match table {
        None => Ok(()),
        Some(table) => Err(Error::not_possible(format!("{what} comes from table {table}")).hint(
            format!(
                "Change it there. sharing.unsync({}) leaves everything as it is, and to these functions.",
                pgrx::spi::quote_literal(&table)
            ),
        )),
    }
}

/// What asks: whoever changes the configuration, or looks what a document would change.
pub struct Holders {
    /// The sources that count, for statements.
    sources: String,
}

impl Holders {
    /// All but those that are leaving.
    fn without(leaving: &[i32]) -> Holders {
        let leaving: Vec<String> = leaving.iter().map(i32::to_string).collect();
        let leaving = leaving.join(",");
        Holders {
            sources: format!(
                "(SELECT * FROM sharing.sources WHERE id <> ALL ('{{{leaving}}}'::pg_catalog.int4[]))"
            ),
        }
    }
}

impl Change {
    pub fn held(&self) -> Holders {
        Holders::without(&[])
    }
}

/// Asks without changing anything, as if the sources of these numbers were there no longer.
pub fn look_at_holders(leaving: Vec<i32>, look: impl FnOnce(&Holders) -> Result<()>) -> Result<()> {
    let _look = Look::begin()?;
    look(&Holders::without(&leaving))
}

impl Holders {
    pub fn user_is_free(&self, key: &str, what: OfUser) -> Result<()> {
        let sources = &self.sources;
        let (is_held, words) = match what {
            OfUser::Row => ("true", format!("user \"{key}\"")),
            OfUser::Role => (
                "(s.role_column IS NOT NULL OR s.manager_column IS NOT NULL)",
                format!("the role of user \"{key}\""),
            ),
            OfUser::Office => (
                "s.office_column IS NOT NULL",
                format!("the office of user \"{key}\""),
            ),
            OfUser::Active => (
                "s.active_column IS NOT NULL",
                format!("whether user \"{key}\" is active"),
            ),
        };
        let table: Option<String> = read_value(
            &format!(
                "SELECT {TABLE} FROM sharing.users u JOIN {sources} s ON s.id = u.source_id WHERE u.key = $1 AND {is_held}"
            ),
            &[key.into()],
        )?;
        comes_from(&words, table)?;
        if !matches!(what, OfUser::Role) {
            return Ok(());
        }
        // Everybody's comes from a link table, but for those who are in no table beside others who are.
        let table: Option<String> = read_value(
            &format!(
                "SELECT {TABLE} FROM {sources} s WHERE s.kind = 'user_roles'
                 AND (NOT EXISTS (SELECT FROM {sources} t WHERE t.kind = 'users')
                      OR EXISTS (SELECT FROM sharing.users u WHERE u.key = $1 AND u.source_id IS NOT NULL))"
            ),
            &[key.into()],
        )?;
        comes_from(&words, table)
    }

    /// An office, a role or a group, by its name.
    fn thing_is_free(&self, table: &str, what: &str, name: &str, is_held: &str) -> Result<()> {
        let sources = &self.sources;
        let source: Option<String> = read_value(
            &format!(
                "SELECT {TABLE} FROM sharing.{table} t JOIN {sources} s ON s.id = t.source_id WHERE t.name = $1 AND {is_held}"
            ),
            &[name.into()],
        )?;
        comes_from(what, source)
    }

    /// Its name, and whether there is one; also where rows of the application name one that they do not hold.
    pub fn role_is_free(&self, name: &str) -> Result<()> {
        let sources = &self.sources;
        let what = format!("role \"{name}\"");
        self.thing_is_free("roles", &what, name, "true")?;
        let table: Option<String> = read_value(
            &format!(
                "SELECT {TABLE} FROM sharing.roles r JOIN {sources} s ON
                     s.kind = 'users' AND s.role_column IS NOT NULL AND EXISTS (SELECT FROM sharing.users u WHERE u.role_id = r.id AND u.source_id = s.id)
                     OR s.kind = 'user_roles' AND EXISTS (SELECT FROM sharing.users u WHERE u.role_id = r.id)
                     OR s.kind = 'members' AND EXISTS (SELECT FROM sharing.group_members m WHERE m.role_id = r.id AND m.source_id = s.id)
                 WHERE r.name = $1 ORDER BY s.id LIMIT 1"
            ),
            &[name.into()],
        )?;
        is_named_in(&what, table)
    }

    pub fn parent_of_role_is_free(&self, name: &str) -> Result<()> {
        let what = format!("what is above role \"{name}\"");
        let is_held = "(s.parent_column IS NOT NULL OR s.manager_column IS NOT NULL)";
        self.thing_is_free("roles", &what, name, is_held)
    }

    pub fn office_is_free(&self, name: &str) -> Result<()> {
        let sources = &self.sources;
        let what = format!("office \"{name}\"");
        self.thing_is_free("offices", &what, name, "true")?;
        let table: Option<String> = read_value(
            &format!(
                "SELECT {TABLE} FROM sharing.offices o JOIN {sources} s ON s.office_column IS NOT NULL
                     AND (EXISTS (SELECT FROM sharing.users u WHERE u.office_id = o.id AND u.source_id = s.id)
                          OR EXISTS (SELECT FROM sharing.groups g WHERE g.office_id = o.id AND g.source_id = s.id))
                 WHERE o.name = $1 ORDER BY s.id LIMIT 1"
            ),
            &[name.into()],
        )?;
        is_named_in(&what, table)
    }

    pub fn parent_of_office_is_free(&self, name: &str) -> Result<()> {
        let what = format!("what is above office \"{name}\"");
        self.thing_is_free("offices", &what, name, "s.parent_column IS NOT NULL")
    }

    pub fn group_is_free(&self, name: &str) -> Result<()> {
        self.thing_is_free("groups", &format!("group \"{name}\""), name, "true")
    }

    /// A member that is going to be removed.
    pub fn member_is_free(&self, group: &str, member: &str) -> Result<()> {
        let sources = &self.sources;
        let principal = Principal::parse(member)?;
        let (kind, name) = (principal.kind(), principal.name());
        let table: Option<String> = read_value(
            &format!(
                "SELECT {TABLE} FROM sharing.groups g
                 JOIN (SELECT m.group_id, m.source_id, 'user' AS kind, u.key AS name
                       FROM sharing.group_users m JOIN sharing.users u ON u.id = m.user_id
                       UNION ALL
                       SELECT m.group_id, m.source_id, CASE WHEN m.subordinates THEN 'role_and_subordinates' ELSE 'role' END, r.name
                       FROM sharing.group_members m JOIN sharing.roles r ON r.id = m.role_id
                       UNION ALL
                       SELECT m.group_id, m.source_id, 'group', i.name
                       FROM sharing.group_members m JOIN sharing.groups i ON i.id = m.member_group_id) d ON d.group_id = g.id
                 JOIN {sources} s ON s.id = d.source_id
                 WHERE g.name = $1 AND d.kind = $2 AND d.name = $3"
            ),
            &[group.into(), kind.into(), name.into()],
        )?;
        comes_from(&format!("member \"{member}\" of group \"{group}\""), table)
    }
}

fn is_named_in(what: &str, table: Option<String>) -> Result<()> {
    match table {
        None => Ok(()),
        Some(table) => Err(Error::not_possible(format!(
            "{what} is named in rows of table {table}"
        ))
        .hint("They would name what is not there. Change them first, or let a table say what there is, too: sharing.sync_roles() and sharing.sync_offices().")),
    }
}
