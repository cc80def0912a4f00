//! Links between users, and the records shared over them (semantics: Record sharing between offices).
//!
//! These concern two users and take no lock that others wait for: only the link's own row.

use crate::catalog::read::configuration::People;
use crate::catalog::read::links::{is_own, shared_modules, shared_modules_oid};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::{Look, OFFICE};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::link_partners::{Needs, check_partners, check_sender};
use crate::catalog::write::link_words::{Consequence, end_of_link};
use crate::catalog::write::pass_through::PassThrough;
use crate::catalog::write::sql::{column, execute, read_rows, rows, value};
use crate::core::error::record_must_fit;
use crate::core::org::{ModuleId, User, UserId};
use crate::core::{Error, Result, Right};
use pgrx::datum::{DatumWithOid, TimestampWithTimeZone};
use pgrx::{IntoDatum, pg_sys};

/// A link as one of its sides sees it: the other side.
pub struct LinkRow {
    pub id: i64,
    pub other: UserId,
    pub office: Option<String>,
    pub user_name: String,
    pub status: String,
}

pub struct PendingLink {
    pub id: i64,
    pub office: Option<String>,
    pub user_name: String,
    pub requested_at: Option<TimestampWithTimeZone>,
}

pub struct SharedRecord {
    pub module_id: ModuleId,
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
        let named = match OFFICE.find(office)? {
            Some(office) => self.users_named(office, user_name)?,
            None => Vec::new(),
        };
        let listed = |to: &User| to.active && to.rights.has(Right::RecordSharing);
        let to = only_one(office, user_name, named.into_iter().filter(listed))?;
        let to = to.ok_or_else(|| {
            Error::unknown(format!(
                "no user \"{user_name}\" in office \"{office}\" can be asked for a link"
            ))
            .hint(TO_ASK)
        })?;
        self.create_link(
            from,
            &to,
            Needs::BothRights,
            &format!("\"{user_name}\" in office \"{office}\""),
        )
    }

    /// Refuses a link that cannot be asked for.
    pub fn check_link(&self, from: &User, to: &User, needs: Needs, receiver: &str) -> Result<()> {
        check_partners(from, to, needs, receiver)?;
        let id: Option<i64> = value(
            "SELECT id FROM sharing.links WHERE from_user_id = $1 AND to_user_id = $2",
            &[from.id.0.into(), to.id.0.into()],
        )?;
        match id {
            Some(_) => Err(link_exists(receiver)),
            None => Ok(()),
        }
    }

    pub fn create_link(&self, from: &User, to: &User, needs: Needs, receiver: &str) -> Result<i64> {
        check_partners(from, to, needs, receiver)?;
        let id: Option<i64> = value(
            "INSERT INTO sharing.links (from_user_id, to_user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id",
            &[from.id.0.into(), to.id.0.into()],
        )?;
        let id = id.ok_or_else(|| link_exists(receiver))?;
        notify("requested", &[id])?;
        Ok(id)
    }

    /// The user of an office with a name that nobody else there has, for administrators.
    pub fn user_named(&self, office: &str, user_name: &str) -> Result<User> {
        let office_id = OFFICE.find(office)?.ok_or_else(|| {
            Error::unknown(format!("office \"{office}\" does not exist")).hint(TO_ASK)
        })?;
        let named = self.users_named(office_id, user_name)?;
        only_one(office, user_name, named.into_iter())?.ok_or_else(|| {
            Error::unknown(format!(
                "user \"{user_name}\" does not exist in office \"{office}\""
            ))
            .hint(TO_ASK)
        })
    }

    fn users_named(&self, office: i32, user_name: &str) -> Result<Vec<User>> {
        let ids: Vec<i32> = column(
            "SELECT id FROM sharing.users WHERE office_id = $1 AND name = $2",
            &[office.into(), user_name.into()],
        )?;
        let (people, snapshot) = (People::open()?, Snapshot::latest());
        let users = ids
            .into_iter()
            .filter_map(|id| people.by_id(UserId(id), &snapshot));
        Ok(users.map(|(_, user)| user).collect())
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

    /// Returns what it deletes, in words; `dry_run` only tells.
    pub fn delete_link(
        &self,
        me: Option<UserId>,
        is_administrator: bool,
        id: i64,
        dry_run: bool,
    ) -> Result<Vec<Consequence>> {
        let me = me.map_or(-1, |me| me.0);
        const MINE: &str = "id = $1 AND ($2 OR $3 IN (from_user_id, to_user_id))";
        let arguments = [id.into(), is_administrator.into(), me.into()];
        // Locked before it is told of: what is told is what goes.
        let lock = if dry_run { "" } else { "FOR UPDATE" };
        let found: Option<i64> = value(
            &format!("SELECT id FROM sharing.links WHERE {MINE} {lock}"),
            &arguments,
        )?;
        let told = found.map_or(Ok(Vec::new()), end_of_link)?;
        if told.is_empty() || !dry_run && self.delete_links(MINE, &arguments)? == 0 {
            return Err(unknown_link(id));
        }
        Ok(told)
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
                    .hint("It waits until they accept it."))
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
                "SELECT l.id, o.name, u.name, CASE WHEN {CARRIES} THEN l.status ELSE 'suspended' END, u.id
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
                    other: UserId(row.get(5)?.unwrap_or_default()),
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

    /// The two users of a link, who shares and who receives, for either of them or an administrator.
    pub fn users_of_link(
        &self,
        me: Option<UserId>,
        is_administrator: bool,
        id: i64,
    ) -> Result<(UserId, UserId)> {
        let me = me.map_or(-1, |me| me.0);
        read_rows(
            "SELECT from_user_id, to_user_id FROM sharing.links WHERE id = $1 AND ($2 OR $3 IN (from_user_id, to_user_id))",
            &[id.into(), is_administrator.into(), me.into()],
            |row| Ok((row.get::<i32>(1)?.map(UserId), row.get::<i32>(2)?.map(UserId))),
        )?
        .pop()
        .and_then(|(from, to)| from.zip(to))
        .ok_or_else(|| unknown_link(id))
    }

    /// What was shared over a link.
    pub fn shared_records(&self, id: i64) -> Result<Vec<SharedRecord>> {
        read_rows(
            "SELECT m.name, s.record_id, s.access, s.shared_at, m.id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id WHERE s.link_id = $1 ORDER BY m.name, s.record_id",
            &[id.into()],
            |row| {
                Ok(SharedRecord {
                    module: row.get(1)?.unwrap_or_default(),
                    record_id: row.get(2)?.unwrap_or_default(),
                    access: row.get(3)?.unwrap_or_default(),
                    shared_at: row.get(4)?,
                    module_id: ModuleId(row.get(5)?.unwrap_or_default()),
                })
            },
        )
    }
}

const TO_ASK: &str = "Whom to ask is listed in sharing.specialists.";

fn only_one(
    office: &str,
    user_name: &str,
    mut named: impl Iterator<Item = User>,
) -> Result<Option<User>> {
    let first = named.next();
    match named.next() {
        None => Ok(first),
        Some(_) => Err(Error::bad_value(format!(
            "several users in office \"{office}\" have the name \"{user_name}\""
        ))
        .hint("Who is asked for a link by name needs a name that nobody else in the office has.")),
    }
}

fn link_exists(receiver: &str) -> Error {
    Error::exists(format!("a link to {receiver} exists already"))
        .hint("Links are listed by sharing.my_receivers().")
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

/// For tables of any version.
pub fn renew_all_links() -> Result<()> {
    let _elevated = Elevated::enter_any_version()?;
    execute(
        "UPDATE sharing.links SET stamp = pg_catalog.gen_random_uuid()",
        &[],
    )?;
    // SAFETY: sets a flag of the transaction.
    unsafe { pg_sys::ForceSyncCommit() };
    Ok(())
}

/// Deletes the shares of a module's records that `snapshot` sees: the latest, since under REPEATABLE
/// READ somebody may have shared a record since the transaction began.
pub fn forget_records(module: ModuleId, records: Vec<String>, snapshot: &Snapshot) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let _elevated = Elevated::enter()?;
    let failed = || Error::internal("the shares of a deleted record could not be deleted");
    let statement = c"DELETE FROM sharing.shares WHERE module_id OPERATOR(pg_catalog.=) $1 AND record_id OPERATOR(pg_catalog.=) ANY ($2)";
    let _as_they_are = PassThrough::begin();
    // SAFETY: SPI is connected and finished around the calls; the plan lives in SPI's memory until
    // then, the records where they were before; the snapshot is kept by the caller. An error is
    // cleaned up by PostgreSQL, which ends the connection.
    unsafe {
        let records = records.into_datum().ok_or_else(failed)?;
        if pg_sys::SPI_connect() != pg_sys::SPI_OK_CONNECT as i32 {
            return Err(failed());
        }
        let mut types = [pg_sys::INT4OID, pg_sys::TEXTARRAYOID];
        let plan = pg_sys::SPI_prepare(statement.as_ptr(), 2, types.as_mut_ptr());
        if plan.is_null() {
            return Err(failed());
        }
        let mut values = [pg_sys::Datum::from(module.0), records];
        let result = pg_sys::SPI_execute_snapshot(
            plan,
            values.as_mut_ptr(),
            std::ptr::null(),
            snapshot.raw(),
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
