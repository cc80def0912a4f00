//! Links between users, and the records shared over them (semantics: Record sharing between offices).
//!
//! These concern two users and take no lock that others wait for: only the link's own row.

use crate::catalog::read::ends::must_be_to_come;
use crate::catalog::read::links::is_own;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::OFFICE;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::link_partners::{Needs, Partners, check_partners, check_sender};
use crate::catalog::write::link_words::{Consequence, end_of_link};
use crate::catalog::write::sql::{column, execute, rows, timestamp, value};
use crate::core::org::{User, UserId};
use crate::core::{Error, Result, Right};
use crate::pg::clock;
use crate::pg::clock::Time;
use pgrx::datum::DatumWithOid;
use pgrx::pg_sys;

/// Whom the second argument names. Nobody, where there is no such user: who shares learns no more of them
/// than of somebody without a link.
pub(super) const OF_KEY: &str = "(SELECT id FROM sharing.users WHERE key = $2)";

/// The right to change links and shares: as the extension's owner, waiting only for those who
/// change the same link.
pub struct Sharing(#[expect(dead_code, reason = "held until the change is done")] Elevated);

impl Sharing {
    pub fn begin() -> Result<Sharing> {
        Ok(Sharing(Elevated::enter()?))
    }

    /// Returns the number of the new link, which waits for the receiver.
    pub fn request_link(
        &self,
        from: &User,
        office: &str,
        user_name: &str,
        until: Option<Time>,
    ) -> Result<i64> {
        must_be_to_come(until, "a link ends with sharing.delete_link()")?;
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
            until,
            Needs::BothRights,
            &format!("\"{user_name}\" in office \"{office}\""),
        )
    }

    /// Refuses a link that cannot be asked for.
    pub fn check_link(&self, from: &User, to: &User, needs: Needs, receiver: &str) -> Result<()> {
        check_partners(from, to, needs, receiver)?;
        let id: Option<i64> = value(
            "SELECT id FROM sharing.links WHERE from_user_id = $1 AND to_user_id = $2 AND (until IS NULL OR until > $3)",
            &[
                from.id.0.into(),
                to.id.0.into(),
                timestamp(Some(clock::now())),
            ],
        )?;
        match id {
            Some(_) => Err(link_exists(receiver)),
            None => Ok(()),
        }
    }

    /// One that has ended makes room for another.
    pub fn create_link(
        &self,
        from: &User,
        to: &User,
        until: Option<Time>,
        needs: Needs,
        receiver: &str,
    ) -> Result<i64> {
        check_partners(from, to, needs, receiver)?;
        self.delete_links(
            "from_user_id = $1 AND to_user_id = $2 AND until <= $3",
            &[
                from.id.0.into(),
                to.id.0.into(),
                timestamp(Some(clock::now())),
            ],
        )?;
        let id: Option<i64> = value(
            "INSERT INTO sharing.links (from_user_id, to_user_id, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id",
            &[from.id.0.into(), to.id.0.into(), timestamp(until)],
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
                "SELECT l.from_user_id, l.to_user_id, CASE WHEN l.until <= $3 THEN 'ended' ELSE l.status END
                 FROM sharing.links l WHERE l.id = $1 AND $2 IN (l.from_user_id, l.to_user_id) FOR UPDATE OF l",
                &[id.into(), me.id.0.into(), timestamp(Some(clock::now()))],
                |row| {
                    let (from, to) = (row.get::<i32>(1)?, row.get::<i32>(2)?);
                    Ok((from.map(UserId), to.map(UserId), row.get::<String>(3)?))
                },
            )?
            .pop();
            let Some((from, to, status)) = link else {
                return Err(unknown_link(id));
            };
            if to != Some(me.id) {
                return Err(Error::not_allowed(format!("link {id} waits for its receiver"))
                    .hint("Only the receiver accepts or declines; the sender can call sharing.delete_link()."));
            }
            if status.as_deref() == Some("ended") {
                return Err(Error::not_possible(format!("link {id} has ended"))
                    .hint("The sender can ask for another one with sharing.request_link()."));
            }
            if status.as_deref() != Some("waiting") {
                return Err(Error::not_possible(format!("link {id} is active already"))
                    .hint("An active link ends with sharing.delete_link()."));
            }
            if !Partners::now()?.may_share(from, to) {
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

pub(super) fn unknown_link(id: i64) -> Error {
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
