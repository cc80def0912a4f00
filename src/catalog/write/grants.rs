//! Single records given to people of the same company: given, taken back, listed, forgotten once they have ended.
//! Nothing here takes the right to change the configuration: giving a record waits for nobody else.

use crate::catalog::read::grants::stored;
use crate::catalog::write::change::{Change, GROUP, Look, NamedKind, ROLE};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::shares::will_be_shared;
use crate::catalog::write::sql::{execute, execute_kept, read_rows, rows_kept, timestamp};
use crate::core::error::record_must_fit;
use crate::core::org::{ModuleId, Recipient, UserId};
use crate::core::{Error, Principal, Result};
use pgrx::datum::TimestampWithTimeZone;

/// Holds the right to write what is given: as the extension's owner.
pub struct GrantChanges(#[expect(dead_code, reason = "held while writing")] Elevated);

/// A record that was given, as the lists show it.
pub struct GivenRow {
    pub module: String,
    pub record_id: String,
    pub to: String,
    pub access: String,
    pub by: Option<String>,
    pub given_at: Option<TimestampWithTimeZone>,
    pub until: Option<TimestampWithTimeZone>,
    pub has_ended: bool,
}

/// What a list of grants shows.
pub struct WantedGrants<'a> {
    /// None: what was given of whatever module, and of whatever record.
    pub module: Option<ModuleId>,
    pub record: Option<&'a str>,
    /// None: to whomever, by whomever; otherwise by that user, or to these.
    pub concerns: Option<(UserId, &'a [Recipient])>,
    /// By which time ends are judged.
    pub now: i64,
}

/// The names of things that records were given to, `g`.
const TO: &str = "g.to_kind || ':' || CASE g.to_kind
    WHEN 'user' THEN (SELECT u.key FROM sharing.users u WHERE u.id = g.to_id)
    WHEN 'group' THEN (SELECT o.name FROM sharing.groups o WHERE o.id = g.to_id)
    ELSE (SELECT r.name FROM sharing.roles r WHERE r.id = g.to_id) END";

impl GrantChanges {
    pub fn begin() -> Result<GrantChanges> {
        Ok(GrantChanges(Elevated::enter()?))
    }

    /// Gives a record of `module`. Giving it again changes the access and the end.
    pub fn give(
        &self,
        (module, record_id): (ModuleId, &str),
        to: &Principal,
        access: &str,
        until: Option<i64>,
        by: Option<UserId>,
    ) -> Result<()> {
        record_must_fit("a record that is given", record_id)?;
        let id = found(to, "FOR KEY SHARE")?;
        will_be_shared(&[module])?;
        execute_kept(
            "INSERT INTO sharing.record_grants (to_id, to_kind, module_id, record_id, access, until, given_by_user_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (to_id, to_kind, module_id, record_id) DO UPDATE SET access = EXCLUDED.access, until = EXCLUDED.until,
                 given_by_user_id = EXCLUDED.given_by_user_id, given_at = EXCLUDED.given_at",
            &[
                id.into(),
                to.kind().into(),
                module.0.into(),
                record_id.into(),
                access.into(),
                timestamp(until),
                by.map(|by| by.0).into(),
            ],
        )?;
        Ok(())
    }

    /// Takes a record back: what `by` gave, or whoever gave it. Returns how many.
    pub fn take_back(
        &self,
        (module, record_id): (ModuleId, &str),
        to: &Principal,
        by: Option<UserId>,
    ) -> Result<usize> {
        let Some(id) = look_up(to, "")? else {
            return Ok(0);
        };
        execute(
            "DELETE FROM sharing.record_grants WHERE to_id = $1 AND to_kind = $2 AND module_id = $3 AND record_id = $4
             AND ($5 IS NULL OR given_by_user_id = $5)",
            &[
                id.into(),
                to.kind().into(),
                module.0.into(),
                record_id.into(),
                by.map(|by| by.0).into(),
            ],
        )
    }
}

/// The number of whoever a principal names; `lock` keeps them there.
fn look_up(principal: &Principal, lock: &str) -> Result<Option<i32>> {
    let (table, column) = match principal {
        Principal::User(_) => ("users", "key"),
        Principal::Role(_) | Principal::RoleAndSubordinates(_) => ("roles", "name"),
        Principal::Group(_) => ("groups", "name"),
    };
    let found = rows_kept(
        &format!("SELECT id FROM sharing.{table} WHERE {column} = $1 {lock}"),
        &[principal.name().into()],
        |row| row.get::<i32>(1),
    )?;
    Ok(found.into_iter().next().flatten())
}

fn found(principal: &Principal, lock: &str) -> Result<i32> {
    look_up(principal, lock)?.ok_or_else(|| {
        let what = match principal {
            Principal::User(_) => USER.what,
            Principal::Role(_) | Principal::RoleAndSubordinates(_) => ROLE.what,
            Principal::Group(_) => GROUP.what,
        };
        Error::unknown(format!("{what} \"{}\" does not exist", principal.name())).hint(
            "A record is given to user:KEY, role:NAME, role_and_subordinates:NAME or group:NAME.",
        )
    })
}

impl Look {
    /// What was given, in order.
    pub fn given_records(&self, wanted: &WantedGrants) -> Result<Vec<GivenRow>> {
        let (me, recipients) = wanted.concerns.unzip();
        let (kinds, ids): (Vec<&str>, Vec<i32>) = recipients
            .unwrap_or_default()
            .iter()
            .map(|&recipient| stored(recipient))
            .unzip();
        read_rows(
            &format!(
                "SELECT m.name, g.record_id, {TO}, g.access, b.key, g.given_at, g.until, g.until <= $1
                 FROM sharing.record_grants g JOIN sharing.modules m ON m.id = g.module_id LEFT JOIN sharing.users b ON b.id = g.given_by_user_id
                 WHERE ($2 IS NULL OR g.module_id = $2) AND ($3 IS NULL OR g.record_id = $3)
                   AND ($4 IS NULL OR g.given_by_user_id = $4
                        OR (g.to_id, g.to_kind) IN (SELECT * FROM unnest($5::int4[], $6::text[])))
                 ORDER BY 1, 2, 3"
            ),
            &[
                timestamp(Some(wanted.now)),
                wanted.module.map(|module| module.0).into(),
                wanted.record.into(),
                me.map(|me| me.0).into(),
                ids.into(),
                kinds.into(),
            ],
            |row| {
                Ok(GivenRow {
                    module: row.get(1)?.unwrap_or_default(),
                    record_id: row.get(2)?.unwrap_or_default(),
                    to: row.get(3)?.unwrap_or_default(),
                    access: row.get(4)?.unwrap_or_default(),
                    by: row.get(5)?,
                    given_at: row.get(6)?,
                    until: row.get(7)?,
                    has_ended: row.get(8)?.unwrap_or_default(),
                })
            },
        )
    }
}

/// What keeps a user, role or group from going: the records given to them, as an SQL query by its number.
pub(super) fn uses_by_grants(kinds: &str) -> String {
    format!(
        "SELECT pg_catalog.format('grant of record %s of \"%s\"', g.record_id, m.name) FROM sharing.record_grants g
         JOIN sharing.modules m ON m.id = g.module_id WHERE g.to_id = $1 AND g.to_kind = ANY ('{{{kinds}}}') ORDER BY m.name, g.record_id"
    )
}

pub(super) const USER: NamedKind = NamedKind {
    table: "users",
    what: "user",
    create: "create_user",
};

impl NamedKind {
    /// Keeps anything from being given to one that is about to go, and waits for who is doing so.
    pub(super) fn lock(&self, id: i32) -> Result<()> {
        execute(
            &format!(
                "SELECT FROM sharing.{} WHERE id = $1 FOR UPDATE",
                self.table
            ),
            &[id.into()],
        )?;
        Ok(())
    }
}

impl Change {
    /// What was given to a role goes to another. Where a record was given to both, nobody gets more by it than one
    /// of them had: what the heir had stays, unless the other says all that and more.
    pub(super) fn regrant_to_role(&self, role: i32, heir: i32) -> Result<()> {
        for statement in [
            "INSERT INTO sharing.record_grants AS g (to_id, to_kind, module_id, record_id, access, until, given_by_user_id, given_at)
             SELECT $2, to_kind, module_id, record_id, access, until, given_by_user_id, given_at FROM sharing.record_grants
             WHERE to_id = $1 AND to_kind IN ('role', 'role_and_subordinates')
             ON CONFLICT (to_id, to_kind, module_id, record_id) DO UPDATE SET access = EXCLUDED.access, until = EXCLUDED.until,
                 given_by_user_id = EXCLUDED.given_by_user_id, given_at = EXCLUDED.given_at
             WHERE g.until <= pg_catalog.statement_timestamp()
                OR EXCLUDED.access IN (g.access, 'edit') AND COALESCE(EXCLUDED.until, 'infinity') >= COALESCE(g.until, 'infinity')",
            "DELETE FROM sharing.record_grants WHERE to_id = $1 AND to_kind IN ('role', 'role_and_subordinates')",
        ] {
            execute(statement, &[role.into(), heir.into()])?;
        }
        Ok(())
    }
}
