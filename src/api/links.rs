//! Record sharing between offices (semantics: Record sharing between offices).

use crate::api::administration::{administers, change};
use crate::api::modules::{key_of, not_protected, open_table, owners_of};
use crate::api::raise::{OrRaise, enum_label, required};
use crate::catalog::read::configuration::is_protected;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::{Identity, State};
use crate::catalog::write::change::Look;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::link_words::Consequence;
use crate::catalog::write::links::Sharing;
use crate::core::decision::{Record, Sight};
use crate::core::org::{ModuleId, User};
use crate::core::{Action, Error, Result};
use crate::policy::records::record_lookup::{Found, find};
use crate::policy::text::columns::OwnerColumns;
use crate::session::author::Authorship;
use crate::session::caller::Caller;
use crate::session::identity::identity;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys;
use pgrx::prelude::*;
use std::rc::Rc;

#[pg_extern(sql = false)]
fn enable_record_sharing(
    user_key: Option<&str>,
    handshake_office: Option<&str>,
    handshake_user: Option<&str>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, String),
    ),
> {
    TableIterator::new(in_words(change("enable_record_sharing", |c| {
        let handshake = match (handshake_office, handshake_user) {
            (Some(office), Some(user)) => Some((office, user)),
            (None, None) => None,
            _ => {
                return Err(Error::bad_value(
                    "a handshake partner is named by both an office and a name",
                ));
            }
        };
        let dry_run = required(dry_run, "dry_run")?;
        c.enable_record_sharing(required(user_key, "user_key")?, handshake, dry_run)
    })))
}

#[pg_extern(sql = false)]
fn disable_record_sharing(
    user_key: Option<&str>,
    delete_links: Option<bool>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, String),
    ),
> {
    TableIterator::new(in_words(change("disable_record_sharing", |c| {
        let delete_links = required(delete_links, "delete_links")?;
        let dry_run = required(dry_run, "dry_run")?;
        c.disable_record_sharing(required(user_key, "user_key")?, delete_links, dry_run)
    })))
}

fn in_words(told: Vec<Consequence>) -> impl Iterator<Item = (String, String, String)> {
    told.into_iter()
        .map(|line| (line.change.to_owned(), line.object, line.detail))
}

/// The identity that calls, by the latest configuration.
pub fn caller() -> Result<Option<Rc<Identity>>> {
    let snapshot = Snapshot::latest();
    let Some(state) = State::seen_by(&snapshot)? else {
        return Ok(None);
    };
    identity(&Caller::now(), &state, &snapshot)
}

pub fn required_caller(function: &str) -> Result<Rc<Identity>> {
    caller()?.ok_or_else(|| {
        Error::not_allowed(format!("sharing.{function}() needs to know who calls"))
            .hint("sharing.whoami() tells as whom a session is known, and why.")
    })
}

#[pg_extern(sql = false)]
fn request_link(office: Option<&str>, user_name: Option<&str>) -> i64 {
    let call = || {
        let me = required_caller("request_link")?;
        let _authorship = Authorship::begin("request_link")?;
        let (office, name) = (
            required(office, "office")?,
            required(user_name, "user_name")?,
        );
        Sharing::begin()?.request_link(&me, office, name)
    };
    call().or_raise()
}

#[pg_extern(sql = false)]
fn pending_links() -> TableIterator<
    'static,
    (
        name!(link_id, i64),
        name!(from_office, Option<String>),
        name!(from_user, String),
        name!(requested_at, Option<TimestampWithTimeZone>),
    ),
> {
    let call = || {
        let me = required_caller("pending_links")?;
        Look::begin()?.pending_links(&me)
    };
    TableIterator::new(
        call()
            .or_raise()
            .into_iter()
            .map(|link| (link.id, link.office, link.user_name, link.requested_at)),
    )
}

fn all_ids(ids: Option<Vec<Option<i64>>>) -> Result<Vec<i64>> {
    required(ids, "link_ids")?
        .into_iter()
        .map(|id| required(id, "link_ids"))
        .collect()
}

#[pg_extern(sql = false)]
fn accept_links(link_ids: Option<Vec<Option<i64>>>) -> i64 {
    let call = || {
        let me = required_caller("accept_links")?;
        let _authorship = Authorship::begin("accept_links")?;
        Sharing::begin()?.accept_links(&me, &all_ids(link_ids)?)
    };
    call().or_raise()
}

#[pg_extern(sql = false)]
fn decline_links(link_ids: Option<Vec<Option<i64>>>) -> i64 {
    let call = || {
        let me = required_caller("decline_links")?;
        let _authorship = Authorship::begin("decline_links")?;
        Sharing::begin()?.decline_links(&me, &all_ids(link_ids)?)
    };
    call().or_raise()
}

#[pg_extern(sql = false)]
fn delete_link(
    link_id: Option<i64>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, String),
    ),
> {
    let call = || {
        let (me, administers) = caller_or_administrator("delete_link")?;
        let _authorship = Authorship::begin("delete_link")?;
        let id = required(link_id, "link_id")?;
        let dry_run = required(dry_run, "dry_run")?;
        Sharing::begin()?.delete_link(me.map(|me| me.id), administers, id, dry_run)
    };
    TableIterator::new(in_words(call().or_raise()))
}

pub fn caller_or_administrator(function: &str) -> Result<(Option<Rc<Identity>>, bool)> {
    match administers()? {
        true => Ok((caller()?, true)),
        false => Ok((Some(required_caller(function)?), false)),
    }
}

/// A table whose records can be shared.
struct SharedTable {
    name: String,
    relation: pg_sys::Oid,
    columns: OwnerColumns,
    module: ModuleId,
}

impl SharedTable {
    fn find(relation: pg_sys::Oid) -> Result<SharedTable> {
        let open = open_table(relation)?;
        let columns = owners_of(&open)?;
        let state = State::seen_by(&Snapshot::latest())?.ok_or_else(|| not_protected(&open))?;
        let module = state
            .configuration
            .tables
            .get(&columns.module_relation)
            .ok_or_else(|| not_protected(&open))?
            .module;
        if !is_protected(relation, module, &Snapshot::latest())? {
            return Err(not_protected(&open));
        }
        if columns.record.is_none() {
            return Err(Error::not_possible(format!(
                "records of \"{}\" cannot be shared one by one",
                open.name()
            ))
            .hint("That takes a user owner and a primary key of one column when the table is protected."));
        }
        Ok(SharedTable {
            name: open.name().to_owned(),
            relation,
            columns,
            module,
        })
    }

    /// Whether a user sees what he owns: not where his profiles take the module away.
    fn shows_own(&self, me: &User) -> Result<bool> {
        let state = State::seen_by(&Snapshot::latest())?;
        let sight = state
            .as_ref()
            .and_then(|state| Sight::new(&state.configuration.org, me, self.module));
        Ok(sight.is_some_and(|sight| sight.allows(Action::Read, &Record::owned_by_user(me))))
    }

    /// A record by its key, with the user who owns it.
    fn record(&self, key: &str) -> Result<Option<(Found, User)>> {
        let Some(found) = find(self.relation, &self.columns, key)? else {
            return Ok(None);
        };
        let people = People::open()?;
        let owner = found.owner.as_ref();
        let owner = owner.and_then(|owner| people.by_key(owner, &Snapshot::latest()));
        Ok(owner.map(|owner| (found, owner)))
    }
}

#[pg_extern(sql = false)]
fn share_record(
    relation: Option<pg_sys::Oid>,
    record_id: Option<&str>,
    with_user: Option<&str>,
    access: Option<pg_sys::Oid>,
) {
    let call = || {
        let (me, administers) = caller_or_administrator("share_record")?;
        let _authorship = Authorship::begin("share_record")?;
        let record_id = required(record_id, "record_id")?;
        let with_user = required(with_user, "with_user")?;
        let _elevated = Elevated::enter()?;
        let access = enum_label(required(access, "access")?);
        if !matches!(access.as_str(), "read" | "edit") {
            return Err(Error::bad_value(format!(
                "a record cannot be shared with access {access}"
            ))
            .hint("It is shared with access read or edit."));
        }
        let relation = required(relation, "relation")?;
        let table = SharedTable::find(relation)?;
        key_of(&open_table(relation)?)?;
        let sharer = match me.as_deref() {
            Some(me) if !administers && table.shows_own(me)? => Some(me.id),
            _ => None,
        };
        let mine = |owner: &User| administers || sharer == Some(owner.id);
        let look = || -> Result<_> {
            let found = table.record(record_id)?;
            Ok(found.filter(|(_, owner)| mine(owner)))
        };
        // Only a record of his own is locked: waiting for a lock would tell of a hidden one, and
        // holding it would keep others from deleting it.
        let found = loop {
            match look()? {
                None => break None,
                // Once more, since it may have another owner after the wait.
                Some((found, _)) if found.lock()?.is_continue() => break look()?,
                Some(_) => {}
            }
        };
        // The same words for a record that is hidden, missing, or somebody else's.
        let Some((record, owner)) = found else {
            return Err(Error::not_allowed(format!(
                "record {} of \"{}\" cannot be shared: it does not exist, or the caller does not own it",
                pgrx::spi::quote_literal(record_id),
                table.name
            )));
        };
        record.must_survive_a_crash()?;
        Sharing::begin()?.share(&owner, with_user, table.module, &record.key, &access)
    };
    call().or_raise();
}

#[pg_extern(sql = false)]
fn unshare_record(relation: Option<pg_sys::Oid>, record_id: Option<&str>, with_user: Option<&str>) {
    let call = || {
        let (me, administers) = caller_or_administrator("unshare_record")?;
        let _authorship = Authorship::begin("unshare_record")?;
        let record_id = required(record_id, "record_id")?;
        let with_user = required(with_user, "with_user")?;
        let table = SharedTable::find(required(relation, "relation")?)?;
        let from = me.filter(|_| !administers).map(|me| me.id);
        let ended = Sharing::begin()?.unshare(from, with_user, table.module, record_id)?;
        match ended {
            0 => Err(Error::unknown(format!(
                "record {} of \"{}\" is not shared with user \"{with_user}\"",
                pgrx::spi::quote_literal(record_id),
                table.name
            ))
            .hint("What is shared over a link is listed by sharing.shared_records(link_id).")),
            _ => Ok(()),
        }
    };
    call().or_raise();
}
