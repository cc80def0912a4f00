//! What came from the application's own tables, and whether these are followed.

use crate::catalog::read::sources::TableSource;
use crate::catalog::write::doctor::ask;
use crate::catalog::write::source_parts::{FAMILY, WHOLE};
use crate::catalog::write::sql::read_rows;
use crate::core::Result;
use crate::core::checkup::Finding;
use crate::core::sources::{SourceKind, SourcePart};
use std::collections::BTreeSet;

/// An office, a role, a user or a group in the words of a table's row: what its other columns hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Saying {
    pub key: Option<String>,
    pub name: String,
    /// The role of a user, or what is above an office or a role.
    pub above: Option<String>,
    pub office: Option<String>,
    pub is_active: bool,
}

/// Whether columns that name roles and offices hold names, and not keys.
#[derive(Clone, Copy)]
pub struct NamedBy {
    pub roles: bool,
    pub offices: bool,
}

fn column_for(alias: &str, is_named: bool) -> String {
    match is_named {
        true => format!("{alias}.name"),
        false => format!("{alias}.source_key"),
    }
}

/// What a source holds, as its rows would say it. Nothing of kinds whose rows are no things of their own.
pub fn held_by(source: &TableSource, named: NamedBy) -> Result<Vec<Saying>> {
    let has = |part| source.has(part);
    let if_has = |part, column: String| match has(part) {
        true => column,
        false => "NULL::text".to_owned(),
    };
    let office = if_has(SourcePart::Office, column_for("o", named.offices));
    let statement = match source.kind {
        SourceKind::Offices | SourceKind::Roles => {
            let key = if_has(SourcePart::Key, "t.source_key".to_owned());
            let above = if_has(SourcePart::Parent, column_for("p", !has(SourcePart::Key)));
            let table = source.kind.label();
            format!(
                "SELECT {key}, t.name, {above}, NULL::text, true FROM sharing.{table} t LEFT JOIN sharing.{table} p ON p.id = t.parent_id
                 WHERE t.source_id = $1"
            )
        }
        SourceKind::Groups => format!(
            "SELECT t.key, t.name, NULL::text, {office}, true FROM sharing.groups t LEFT JOIN sharing.offices o ON o.id = t.office_id WHERE t.source_id = $1"
        ),
        SourceKind::Users => {
            let role = match has(SourcePart::Manager) {
                true => "r.name".to_owned(),
                false => if_has(SourcePart::Role, column_for("r", named.roles)),
            };
            let active = match has(SourcePart::Active) {
                true => "t.active",
                false => "true",
            };
            format!(
                "SELECT t.key, t.name, {role}, {office}, {active} FROM sharing.users t LEFT JOIN sharing.roles r ON r.id = t.role_id
                 LEFT JOIN sharing.offices o ON o.id = t.office_id WHERE t.source_id = $1"
            )
        }
        SourceKind::UserRoles | SourceKind::Members => return Ok(Vec::new()),
    };
    read_rows(&statement, &[source.id.into()], |row| {
        Ok(Saying {
            key: row.get(1)?,
            name: row.get(2)?.unwrap_or_default(),
            above: row.get(3)?,
            office: row.get(4)?,
            is_active: row.get(5)?.unwrap_or_default(),
        })
    })
}

/// Roles that a source made of who manages whom, each with the one above it.
pub fn roles_held_by(source: &TableSource) -> Result<BTreeSet<(String, Option<String>)>> {
    let found = read_rows(
        "SELECT r.name, p.name FROM sharing.roles r LEFT JOIN sharing.roles p ON p.id = r.parent_id WHERE r.source_id = $1",
        &[source.id.into()],
        |row| Ok((row.get::<String>(1)?.unwrap_or_default(), row.get(2)?)),
    )?;
    Ok(found.into_iter().collect())
}

/// The key of a user, and their role.
pub type RoleOfUser = (String, String);

/// Who has which role: all of them, and those who have it by a link table.
pub fn roles_of_users(named: NamedBy) -> Result<(BTreeSet<RoleOfUser>, BTreeSet<RoleOfUser>)> {
    let role = column_for("r", named.roles);
    let found = read_rows(
        &format!(
            "SELECT u.key, COALESCE({role}, r.name), u.source_id IS NOT NULL OR u.active AND NOT EXISTS (SELECT FROM sharing.sources s WHERE s.kind = 'users')
             FROM sharing.users u JOIN sharing.roles r ON r.id = u.role_id"
        ),
        &[],
        |row| {
            let pair = (row.get(1)?.unwrap_or_default(), row.get(2)?.unwrap_or_default());
            Ok((pair, row.get(3)?.unwrap_or_default()))
        },
    )?;
    let by_table = found.iter().filter(|(_, is_by_table)| *is_by_table);
    let by_table = by_table.map(|(pair, _)| pair.clone()).collect();
    Ok((found.into_iter().map(|(pair, _)| pair).collect(), by_table))
}

/// The keys of users whose rows are gone, where users come from a table.
pub fn departed() -> Result<BTreeSet<String>> {
    let found = read_rows(
        "SELECT u.key FROM sharing.users u WHERE u.source_id IS NULL AND NOT u.active AND EXISTS (SELECT FROM sharing.sources s WHERE s.kind = 'users')",
        &[],
        |row| Ok(row.get(1)?.unwrap_or_default()),
    )?;
    Ok(found.into_iter().collect())
}

/// The key of a group, and a member: of what kind, and by what rows name it.
pub type MemberSaying = (String, SourcePart, String);

/// The members of all groups, each with whether the source holds it.
pub fn members_beside(source: &TableSource, named: NamedBy) -> Result<Vec<(MemberSaying, bool)>> {
    let role = column_for("r", named.roles);
    read_rows(
        &format!(
            "SELECT g.key, 'user', u.key, m.source_id
             FROM sharing.group_users m JOIN sharing.groups g ON g.id = m.group_id JOIN sharing.users u ON u.id = m.user_id
             UNION ALL
             SELECT g.key, CASE WHEN m.member_group_id IS NOT NULL THEN 'group' WHEN m.subordinates THEN 'subordinates' ELSE 'role' END,
                 COALESCE(i.key, {role}, r.name), m.source_id
             FROM sharing.group_members m JOIN sharing.groups g ON g.id = m.group_id
             LEFT JOIN sharing.roles r ON r.id = m.role_id LEFT JOIN sharing.groups i ON i.id = m.member_group_id"
        ),
        &[],
        |row| {
            let part = match row.get::<String>(2)?.unwrap_or_default().as_str() {
                "user" => SourcePart::User,
                "group" => SourcePart::Subgroup,
                "role" => SourcePart::Role,
                _ => SourcePart::Subordinates,
            };
            let member = (row.get(1)?.unwrap_or_default(), part, row.get(3)?.unwrap_or_default());
            Ok((member, row.get::<i32>(4)? == Some(source.id)))
        },
    )
}

/// Triggers on tables from which the organization comes, and on their parts, that are off, missing, or others than
/// those that we make.
pub fn not_followed() -> Result<Vec<Finding>> {
    ask(&format!(
        "{FAMILY}
        SELECT 'error', pg_catalog.format('%I.%I', n.nspname, c.relname),
               CASE WHEN c.oid = m.root THEN 'is' ELSE 'belongs to' END || ' a source of the organization, and what changes there is not followed: '
               || pg_catalog.string_agg(w.name
                   || CASE WHEN g.tgenabled IS NULL THEN ' is missing' WHEN g.tgenabled = 'D' THEN ' is off'
                           ELSE ' does not fire when it should' END, ', ' ORDER BY w.name),
               -- After any ALTER TABLE what is missing is put in place.
               CASE WHEN pg_catalog.bool_or(g.tgenabled IS NULL)
                    THEN pg_catalog.format('ALTER TABLE %I.%I OWNER TO %I; ', n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner)) ELSE '' END
                   || pg_catalog.format('ALTER TABLE %I.%I %s', n.nspname, c.relname,
                          pg_catalog.string_agg(pg_catalog.format('ENABLE %s TRIGGER %I', w.fires, w.name), ', ' ORDER BY w.name))
                   || '; SELECT * FROM sharing.resync(' || pg_catalog.quote_literal(pg_catalog.format('%I.%I', a.nspname, b.relname)) || ')'
        FROM (SELECT f.oid, COALESCE(pg_catalog.min(f.root) FILTER (WHERE f.root = f.oid), pg_catalog.min(f.root)) AS root FROM family f GROUP BY f.oid) m
        JOIN pg_catalog.pg_class c ON c.oid = m.oid AND c.relkind IN ('r', 'p') JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_class b ON b.oid = m.root JOIN pg_catalog.pg_namespace a ON a.oid = b.relnamespace
        CROSS JOIN (VALUES ('sharing_source_insert', 'ALWAYS', 'A'), ('sharing_source_update', 'ALWAYS', 'A'), ('sharing_source_delete', 'ALWAYS', 'A'),
                           ('sharing_source_truncate', 'ALWAYS', 'A'), ('sharing_source_apply', 'REPLICA', 'R')) w (name, fires, letter)
        LEFT JOIN (SELECT t.tgrelid, t.tgname::pg_catalog.text AS name, t.tgenabled
                   FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid WHERE {WHOLE}) g
               ON g.tgrelid = c.oid AND g.name = w.name
        WHERE g.tgenabled IS DISTINCT FROM w.letter::\"char\"
        GROUP BY n.nspname, c.relname, c.relowner, c.oid, m.root, a.nspname, b.relname"
    ))
}
