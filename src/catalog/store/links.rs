//! Links between users, and the records shared over them (SPEC 8).
//!
//! These concern two users and take no lock that others wait for: only the link's own row.

use super::users::unknown as unknown_user;
use super::{Look, OFFICE};
use crate::catalog::elevation::Elevated;
use crate::catalog::links::{is_own, shared_modules, shared_modules_oid};
use crate::catalog::pass_through::PassThrough;
use crate::catalog::read::People;
use crate::catalog::snapshot::Snapshot;
use crate::catalog::sql::{column, execute, read_rows, read_value, rows, value};
use crate::core::decision::may_share;
use crate::core::error::record_must_fit;
use crate::core::org::{ModuleId, User, UserId};
use crate::core::{Error, Result, Right, Sqlstate};
use pgrx::datum::{DatumWithOid, TimestampWithTimeZone};
use pgrx::pg_sys;
use std::ffi::CString;

/// A link as one of its sides sees it: the other side.
pub struct LinkRow {
    pub id: i64,
    pub office: Option<String>,
    pub user_name: String,
    pub status: String,
    pub records: i64,
}

pub struct PendingLink {
    pub id: i64,
    pub office: Option<String>,
    pub user_name: String,
    pub requested_at: Option<TimestampWithTimeZone>,
}

pub struct SharedRecord {
    pub module: String,
    pub record_id: String,
    pub access: String,
    pub shared_at: Option<TimestampWithTimeZone>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    From,
    To,
}

impl Side {
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            Side::From => ("from_user_id", "to_user_id"),
            Side::To => ("to_user_id", "from_user_id"),
        }
    }
}

/// A link is suspended while one of its users cannot share or receive.
const CARRIES: &str = "
    (SELECT pg_catalog.count(*) FROM sharing.users u JOIN sharing.user_rights r ON r.user_id = u.id AND r.\"right\" = 'record_sharing'
     WHERE u.id IN (l.from_user_id, l.to_user_id) AND u.active) = 2
    AND (SELECT pg_catalog.count(DISTINCT u.office_id) FROM sharing.users u WHERE u.id IN (l.from_user_id, l.to_user_id)) = 2";

/// Whom the second argument names. Nobody, where there is no such user: who shares learns no more of him
/// than of somebody without a link.
const OF_KEY: &str = "(SELECT id FROM sharing.users WHERE key = $2)";

/// The right to change links and shares: as the extension's owner, waiting only for those who
/// change the same link.
pub struct Sharing(#[expect(dead_code, reason = "held until the change is done")] Elevated);

impl Sharing {
    pub fn begin() -> Result<Sharing> {
        Ok(Sharing(Elevated::enter()?))
    }

    /// Returns the number of the new link, which waits for the receiver.
    pub fn request_link(&self, from: &User, office: &str, user_name: &str) -> Result<i64> {
        // First, and in the same words whatever was asked for: somebody who cannot share does not
        // learn which offices and users there are.
        check_sender(from)?;
        // Likewise who is not listed in sharing.specialists does not exist for those who are.
        let listed = |to: &User| to.active && to.rights.has(Right::RecordSharing);
        let to = match self.user_named(office, user_name) {
            Err(error) if error.sqlstate != Sqlstate::Unknown => return Err(error),
            found => found.ok().filter(listed),
        };
        let to = to.ok_or_else(|| {
            Error::unknown(format!(
                "no user \"{user_name}\" in office \"{office}\" can be asked for a link"
            ))
            .hint("Whom to ask is listed in sharing.specialists.")
        })?;
        self.create_link(
            from,
            &to,
            &format!("\"{user_name}\" in office \"{office}\""),
        )
    }

    /// Refuses a link that cannot be asked for.
    pub fn check_link(&self, from: &User, to: &User, receiver: &str) -> Result<()> {
        check_partners(from, to, receiver)?;
        let id: Option<i64> = value(
            "SELECT id FROM sharing.links WHERE from_user_id = $1 AND to_user_id = $2",
            &[from.id.0.into(), to.id.0.into()],
        )?;
        match id {
            Some(_) => Err(link_exists(receiver)),
            None => Ok(()),
        }
    }

    pub fn create_link(&self, from: &User, to: &User, receiver: &str) -> Result<i64> {
        check_partners(from, to, receiver)?;
        let id: Option<i64> = value(
            "INSERT INTO sharing.links (from_user_id, to_user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id",
            &[from.id.0.into(), to.id.0.into()],
        )?;
        let id = id.ok_or_else(|| link_exists(receiver))?;
        notify("requested", &[id])?;
        Ok(id)
    }

    pub fn user_named(&self, office: &str, user_name: &str) -> Result<User> {
        let office_id = OFFICE.id(office)?;
        let id: Option<i32> = value(
            "SELECT id FROM sharing.users WHERE office_id = $1 AND name = $2",
            &[office_id.into(), user_name.into()],
        )?;
        let found = match id {
            Some(id) => People::open()?.by_id(UserId(id), &Snapshot::latest()),
            None => None,
        };
        found.map(|(_, user)| user).ok_or_else(|| {
            Error::unknown(format!(
                "user \"{user_name}\" does not exist in office \"{office}\""
            ))
            .hint("Whom to ask is listed in sharing.specialists.")
        })
    }

    /// Locks links that wait for `me`, all or none, in the order of their numbers.
    fn waiting_for(&self, me: &User, ids: &[i64]) -> Result<()> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            let link = rows(
                &format!("SELECT l.to_user_id, l.status, {CARRIES} FROM sharing.links l WHERE l.id = $1 AND $2 IN (l.from_user_id, l.to_user_id) FOR UPDATE OF l"),
                &[id.into(), me.id.0.into()],
                |row| {
                    let status: Option<String> = row.get(2)?;
                    Ok((row.get::<i32>(1)?, status, row.get::<bool>(3)?))
                },
            )?
            .pop();
            let Some((to, status, carries)) = link else {
                return Err(unknown_link(id));
            };
            if to != Some(me.id.0) {
                return Err(Error::not_allowed(format!("link {id} waits for its receiver"))
                    .hint("Only the receiver accepts or declines; the sender can call sharing.delete_link()."));
            }
            if status.as_deref() != Some("waiting") {
                return Err(Error::not_possible(format!("link {id} is active already"))
                    .hint("An active link ends with sharing.delete_link()."));
            }
            if carries != Some(true) {
                return Err(Error::not_possible(format!("link {id} is suspended"))
                    .hint("Both users must be active, have the right record_sharing, and be in different offices."));
            }
        }
        Ok(())
    }

    pub fn accept_links(&self, me: &User, ids: &[i64]) -> Result<i64> {
        self.waiting_for(me, ids)?;
        let accepted: Vec<i64> = column(
            "UPDATE sharing.links SET status = 'active' WHERE id = ANY ($1) RETURNING id",
            &[ids.to_vec().into()],
        )?;
        notify("accepted", &accepted)?;
        Ok(accepted.len() as i64)
    }

    pub fn decline_links(&self, me: &User, ids: &[i64]) -> Result<i64> {
        self.waiting_for(me, ids)?;
        self.delete_links("id = ANY ($1)", &[ids.to_vec().into()])
    }

    pub fn delete_link(&self, me: Option<UserId>, is_administrator: bool, id: i64) -> Result<()> {
        let me = me.map_or(-1, |me| me.0);
        let deleted = self.delete_links(
            "id = $1 AND ($2 OR $3 IN (from_user_id, to_user_id))",
            &[id.into(), is_administrator.into(), me.into()],
        )?;
        if deleted == 0 {
            Err(unknown_link(id))
        } else {
            Ok(())
        }
    }

    pub fn delete_links_of(&self, user: &User) -> Result<i64> {
        self.delete_links("$1 IN (from_user_id, to_user_id)", &[user.id.0.into()])
    }

    pub(super) fn delete_links(&self, which: &str, arguments: &[DatumWithOid]) -> Result<i64> {
        let deleted: Vec<i64> = column(
            &format!("DELETE FROM sharing.links WHERE {which} RETURNING id"),
            arguments,
        )?;
        // Nobody can add shares meanwhile: that takes a lock on the link.
        execute(
            "DELETE FROM sharing.shares WHERE link_id = ANY ($1)",
            &[deleted.clone().into()],
        )?;
        notify("deleted", &deleted)?;
        Ok(deleted.len() as i64)
    }

    /// Shares a record of `module` over the active link from `from` to `to`. Sharing again changes
    /// the level.
    pub fn share(
        &self,
        from: &User,
        to_key: &str,
        module: ModuleId,
        record_id: &str,
        access: &str,
    ) -> Result<()> {
        record_must_fit(record_id)?;
        let link = rows(
            &format!("SELECT l.id, l.status, {CARRIES} FROM sharing.links l WHERE l.from_user_id = $1 AND l.to_user_id = {OF_KEY} FOR KEY SHARE OF l"),
            &[from.id.0.into(), to_key.into()],
            |row| Ok((row.get::<i64>(1)?, row.get::<String>(2)?, row.get::<bool>(3)?)),
        )?
        .pop();
        let link = match link {
            None => Err(Error::not_possible(format!("there is no link to user \"{to_key}\""))
                .hint("Ask for one with sharing.request_link(office, user_name).")),
            Some((_, status, _)) if status.as_deref() != Some("active") => {
                Err(Error::not_possible(format!("the link to user \"{to_key}\" is not active"))
                    .hint("It waits until he accepts it."))
            }
            Some((_, _, carries)) if carries != Some(true) => {
                Err(Error::not_possible(format!("the link to user \"{to_key}\" is suspended")).hint(
                    "Both users must be active, have the right record_sharing, and be in different offices.",
                ))
            }
            Some((link, ..)) => Ok(link),
        }?;
        will_be_shared(&[module])?;
        execute(
            "INSERT INTO sharing.shares (link_id, module_id, record_id, access) VALUES ($1, $2, $3, $4)
             ON CONFLICT (link_id, module_id, record_id) DO UPDATE SET access = EXCLUDED.access, shared_at = EXCLUDED.shared_at",
            &[link.into(), module.0.into(), record_id.into(), access.into()],
        )?;
        Ok(())
    }

    /// Takes shares of a record with `to_key` back: those of `from`, or everyone's for an
    /// administrator. Returns how many.
    pub fn unshare(
        &self,
        from: Option<UserId>,
        to_key: &str,
        module: ModuleId,
        record_id: &str,
    ) -> Result<usize> {
        execute(
            &format!(
                "DELETE FROM sharing.shares s USING sharing.links l WHERE l.id = s.link_id AND l.to_user_id = {OF_KEY} AND s.module_id = $1 AND s.record_id = $3 AND ($4 IS NULL OR l.from_user_id = $4)"
            ),
            &[
                module.0.into(),
                to_key.into(),
                record_id.into(),
                from.map(|from| from.0).into(),
            ],
        )
    }
}

impl Look {
    pub fn links_of(&self, me: &User, side: Side) -> Result<Vec<LinkRow>> {
        let (mine, others) = side.columns();
        read_rows(
            &format!(
                "SELECT l.id, o.name, u.name, CASE WHEN {CARRIES} THEN l.status ELSE 'suspended' END,
                        (SELECT pg_catalog.count(*) FROM sharing.shares s WHERE s.link_id = l.id)
                 FROM sharing.links l JOIN sharing.users u ON u.id = l.{others} LEFT JOIN sharing.offices o ON o.id = u.office_id
                 WHERE l.{mine} = $1 ORDER BY o.name, u.name, l.id"
            ),
            &[me.id.0.into()],
            |row| {
                Ok(LinkRow {
                    id: row.get(1)?.unwrap_or_default(),
                    office: row.get(2)?,
                    user_name: row.get(3)?.unwrap_or_default(),
                    status: row.get(4)?.unwrap_or_default(),
                    records: row.get(5)?.unwrap_or_default(),
                })
            },
        )
    }

    pub fn pending_links(&self, me: &User) -> Result<Vec<PendingLink>> {
        read_rows(
            &format!(
                "SELECT l.id, o.name, u.name, l.requested_at
                 FROM sharing.links l JOIN sharing.users u ON u.id = l.from_user_id LEFT JOIN sharing.offices o ON o.id = u.office_id
                 WHERE l.to_user_id = $1 AND l.status = 'waiting' AND {CARRIES} ORDER BY l.requested_at, l.id"
            ),
            &[me.id.0.into()],
            |row| {
                Ok(PendingLink {
                    id: row.get(1)?.unwrap_or_default(),
                    office: row.get(2)?,
                    user_name: row.get(3)?.unwrap_or_default(),
                    requested_at: row.get(4)?,
                })
            },
        )
    }

    /// The records shared over a link, for either side or an administrator.
    pub fn shared_records(
        &self,
        me: Option<UserId>,
        is_administrator: bool,
        id: i64,
    ) -> Result<Vec<SharedRecord>> {
        let me = me.map_or(-1, |me| me.0);
        let mine: Option<i64> = read_value(
            "SELECT id FROM sharing.links WHERE id = $1 AND ($2 OR $3 IN (from_user_id, to_user_id))",
            &[id.into(), is_administrator.into(), me.into()],
        )?;
        if mine.is_none() {
            return Err(unknown_link(id));
        }
        read_rows(
            "SELECT m.name, s.record_id, s.access, s.shared_at FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id WHERE s.link_id = $1 ORDER BY m.name, s.record_id",
            &[id.into()],
            |row| {
                Ok(SharedRecord {
                    module: row.get(1)?.unwrap_or_default(),
                    record_id: row.get(2)?.unwrap_or_default(),
                    access: row.get(3)?.unwrap_or_default(),
                    shared_at: row.get(4)?,
                })
            },
        )
    }

    /// Links of a user, each with the other side and the number of records, as people are told.
    pub fn links_in_words(&self, user: &User) -> Result<Vec<(i64, String, i64)>> {
        read_rows(
            "SELECT l.id,
                    pg_catalog.format('%s %s%s', CASE WHEN l.from_user_id = $1 THEN 'to' ELSE 'from' END, u.name, coalesce(' (' || o.name || ')', '')),
                    (SELECT pg_catalog.count(*) FROM sharing.shares s WHERE s.link_id = l.id)
             FROM sharing.links l JOIN sharing.users u ON u.id = CASE WHEN l.from_user_id = $1 THEN l.to_user_id ELSE l.from_user_id END
             LEFT JOIN sharing.offices o ON o.id = u.office_id
             WHERE $1 IN (l.from_user_id, l.to_user_id) ORDER BY l.id",
            &[user.id.0.into()],
            |row| {
                Ok((
                    row.get(1)?.unwrap_or_default(),
                    row.get(2)?.unwrap_or_default(),
                    row.get(3)?.unwrap_or_default(),
                ))
            },
        )
    }
}

fn link_exists(receiver: &str) -> Error {
    Error::exists(format!("a link to {receiver} exists already"))
        .hint("Links are listed by sharing.my_receivers().")
}

/// Whether a user can ask anybody for a link.
fn check_sender(from: &User) -> Result<()> {
    if from.active && from.rights.has(Right::RecordSharing) && from.office.is_some() {
        return Ok(());
    }
    Err(Error::not_possible(
        "no link is possible: the sender is not active with the right record_sharing and an office",
    )
    .hint("An administrator enables it: sharing.enable_record_sharing(user_key)."))
}

/// Whether a link can be asked for.
fn check_partners(from: &User, to: &User, receiver: &str) -> Result<()> {
    if may_share(from, to) {
        return Ok(());
    }
    let without_right = |user: &User| !user.rights.has(Right::RecordSharing);
    let (reason, hint) = if without_right(from) {
        (
            "the sender has not the right record_sharing",
            "An administrator enables it: sharing.enable_record_sharing(user_key).",
        )
    } else if without_right(to) {
        (
            "the receiver has not the right record_sharing",
            "Whom to ask is listed in sharing.specialists.",
        )
    } else if !to.active || !from.active {
        (
            "one of the two is not active",
            "An administrator activates him: sharing.activate_user(key).",
        )
    } else if from.office.is_none() || to.office.is_none() {
        (
            "one of the two has no office",
            "Records are shared between offices: sharing.set_user_office(key, office).",
        )
    } else {
        (
            "both are in the same office",
            "Within an office, use rules and groups.",
        )
    };
    Err(Error::not_possible(format!("no link is possible to {receiver}: {reason}")).hint(hint))
}

fn unknown_link(id: i64) -> Error {
    Error::unknown(format!("link {id} does not exist"))
        .hint("Links are listed by sharing.my_receivers(), sharing.my_sharers() and sharing.pending_links().")
}

/// Tells listeners which links to look at, and no more.
pub(super) fn notify(event: &str, links: &[i64]) -> Result<()> {
    let payload = |link: &i64| serde_json::json!({"event": event, "link": link}).to_string();
    let payloads: Vec<String> = links.iter().map(payload).collect();
    execute(
        "SELECT pg_catalog.pg_notify('sharing', payload) FROM pg_catalog.unnest($1::text[]) AS d (payload)",
        &[payloads.into()],
    )?;
    Ok(())
}

/// From the first share of a module's record on, queries on the module ask for shares.
pub(super) fn will_be_shared(modules: &[ModuleId]) -> Result<()> {
    let known = shared_modules(&Snapshot::latest());
    let new: Vec<i32> = modules
        .iter()
        .filter(|module| known.binary_search(module).is_err())
        .map(|module| module.0)
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    execute(
        "INSERT INTO sharing.shared_modules (module_id) SELECT * FROM pg_catalog.unnest($1::int4[])",
        &[new.into()],
    )?;
    if let Some(oid) = shared_modules_oid() {
        // SAFETY: the table exists; the message goes out at commit.
        unsafe { pg_sys::CacheInvalidateRelcacheByRelid(oid) };
    }
    Ok(())
}

/// The user with a key, by the latest configuration.
pub fn user_by_key(key: &str) -> Result<User> {
    People::open()?
        .by_key(key, &Snapshot::latest())
        .ok_or_else(|| unknown_user(key))
}

/// Gives a link a new stamp, once in a transaction.
pub fn renew_link(link: i64) -> Result<()> {
    if is_own(link, &Snapshot::latest()) {
        return Ok(());
    }
    let _elevated = Elevated::enter()?;
    execute(
        "UPDATE sharing.links SET stamp = pg_catalog.gen_random_uuid() WHERE id = $1",
        &[link.into()],
    )?;
    // Taking a share back must survive a crash, whatever synchronous_commit says.
    // SAFETY: sets a flag of the transaction.
    unsafe { pg_sys::ForceSyncCommit() };
    Ok(())
}

pub fn renew_all_links() -> Result<()> {
    let _elevated = Elevated::enter()?;
    execute(
        "UPDATE sharing.links SET stamp = pg_catalog.gen_random_uuid()",
        &[],
    )?;
    // SAFETY: sets a flag of the transaction.
    unsafe { pg_sys::ForceSyncCommit() };
    Ok(())
}

/// Deletes the shares of a record.
pub fn forget_record(module: ModuleId, record_id: &str) -> Result<()> {
    delete_shares("module_id = $1 AND record_id = $2", module, record_id)
}

/// Deletes the shares of a module's records that its table no longer has. The names are quoted.
pub fn forget_records_not_in(
    module: ModuleId,
    table: &str,
    key: &str,
    key_type: &str,
) -> Result<()> {
    let vanished = format!(
        "module_id = $1 AND $2 = '' AND NOT EXISTS (SELECT FROM {table} t WHERE t.{key} = record_id::{key_type})"
    );
    delete_shares(&vanished, module, "")
}

/// Deletes shares, also those that this transaction's snapshot does not see yet: under REPEATABLE
/// READ somebody may have shared the record since the transaction began.
fn delete_shares(which: &str, module: ModuleId, record_id: &str) -> Result<()> {
    let _elevated = Elevated::enter()?;
    let failed = || Error::internal("the shares of a deleted record could not be deleted");
    let statement =
        CString::new(format!("DELETE FROM sharing.shares WHERE {which}")).map_err(|_| failed())?;
    let _as_they_are = PassThrough::begin();
    // SAFETY: SPI is connected and finished around the calls; the plan and its arguments live in
    // SPI's memory until then; the snapshot is kept by `latest`. An error is cleaned up by
    // PostgreSQL, which ends the connection.
    unsafe {
        let latest = Snapshot::latest();
        if pg_sys::SPI_connect() != pg_sys::SPI_OK_CONNECT as i32 {
            return Err(failed());
        }
        let mut types = [pg_sys::INT4OID, pg_sys::TEXTOID];
        let plan = pg_sys::SPI_prepare(statement.as_ptr(), 2, types.as_mut_ptr());
        if plan.is_null() {
            return Err(failed());
        }
        let text =
            pg_sys::cstring_to_text_with_len(record_id.as_ptr().cast(), record_id.len() as i32);
        let mut values = [pg_sys::Datum::from(module.0), pg_sys::Datum::from(text)];
        let result = pg_sys::SPI_execute_snapshot(
            plan,
            values.as_mut_ptr(),
            std::ptr::null(),
            latest.raw(),
            std::ptr::null_mut(),
            false,
            true,
            0,
        );
        pg_sys::SPI_finish();
        if result == pg_sys::SPI_OK_DELETE as i32 {
            Ok(())
        } else {
            Err(failed())
        }
    }
}
