//! Record sharing between offices (SPEC 8).

use crate::api::administration::{administers, change};
use crate::api::modules::{not_protected, open_table, owners_of};
use crate::api::raise::{OrRaise, enum_label, required};
use crate::catalog::elevation::Elevated;
use crate::catalog::read::{People, is_protected};
use crate::catalog::snapshot::Snapshot;
use crate::catalog::sql::rows;
use crate::catalog::state::{Identity, State};
use crate::catalog::store::Look;
use crate::catalog::store::links::{LinkRow, Sharing, Side};
use crate::catalog::store::specialists::Consequence;
use crate::core::decision::{Record, Sight};
use crate::core::org::{ModuleId, User};
use crate::core::{Action, Error, Result};
use crate::policy::columns::OwnerColumns;
use crate::policy::share_guard::own_rows;
use crate::session::author::Authorship;
use crate::session::caller::Caller;
use crate::session::identity::identity;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys;
use pgrx::prelude::*;
use pgrx::spi::quote_identifier;
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
                    "a handshake partner is named by both his office and his name",
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

fn required_caller(function: &str) -> Result<Rc<Identity>> {
    caller()?.ok_or_else(|| {
        Error::not_allowed(format!("sharing.{function}() needs to know who calls"))
            .hint("sharing.current_user_key() tells as whom a session is known.")
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
fn delete_link(link_id: Option<i64>) {
    let call = || {
        let (me, administers) = caller_or_administrator("delete_link")?;
        let _authorship = Authorship::begin("delete_link")?;
        Sharing::begin()?.delete_link(
            me.map(|me| me.id),
            administers,
            required(link_id, "link_id")?,
        )
    };
    call().or_raise();
}

fn caller_or_administrator(function: &str) -> Result<(Option<Rc<Identity>>, bool)> {
    match administers()? {
        true => Ok((caller()?, true)),
        false => Ok((Some(required_caller(function)?), false)),
    }
}

/// A link, as its lists show it.
type LinkColumns = (i64, Option<String>, String, String, i64);

fn links(function: &str, side: Side) -> impl Iterator<Item = LinkColumns> {
    let call = || {
        let me = required_caller(function)?;
        Look::begin()?.links_of(&me, side)
    };
    let row = |link: LinkRow| {
        (
            link.id,
            link.office,
            link.user_name,
            link.status,
            link.records,
        )
    };
    call().or_raise().into_iter().map(row)
}

#[pg_extern(sql = false)]
fn my_receivers() -> TableIterator<
    'static,
    (
        name!(link_id, i64),
        name!(office, Option<String>),
        name!(user_name, String),
        name!(status, String),
        name!(records, i64),
    ),
> {
    TableIterator::new(links("my_receivers", Side::From))
}

#[pg_extern(sql = false)]
fn my_sharers() -> TableIterator<
    'static,
    (
        name!(link_id, i64),
        name!(office, Option<String>),
        name!(user_name, String),
        name!(status, String),
        name!(records, i64),
    ),
> {
    TableIterator::new(links("my_sharers", Side::To))
}

#[pg_extern(sql = false)]
fn shared_records(
    link_id: Option<i64>,
) -> TableIterator<
    'static,
    (
        name!(module, String),
        name!(record_id, String),
        name!(access, pg_sys::Oid),
        name!(shared_at, Option<TimestampWithTimeZone>),
    ),
> {
    let call = || {
        let (me, administers) = caller_or_administrator("shared_records")?;
        let id = required(link_id, "link_id")?;
        let look = Look::begin()?;
        let records = look.shared_records(me.map(|me| me.id), administers, id)?;
        records
            .into_iter()
            .map(|row| {
                let access = crate::api::raise::access_level(&row.access)?;
                Ok((row.module, row.record_id, access, row.shared_at))
            })
            .collect::<Result<Vec<_>>>()
    };
    TableIterator::new(call().or_raise())
}

#[derive(Clone, Copy)]
enum Lock {
    None,
    Key,
}

/// A table whose records can be shared.
struct SharedTable {
    name: String,
    /// Schema and name, quoted.
    quoted: String,
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
        let quoted = own_rows(&open);
        Ok(SharedTable {
            name: open.name().to_owned(),
            quoted,
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

    /// The user who owns a record, and its key as the database writes it. With a lock, the record
    /// cannot go away until the transaction ends.
    fn owner_of(&self, record_id: &str, lock: Lock) -> Result<Option<(String, User)>> {
        let Some(record) = self
            .columns
            .record
            .as_ref()
            .filter(|c| c.key_type.can_hold(record_id))
        else {
            return Ok(None);
        };
        let found = rows(
            &format!(
                "SELECT {key}::text, {owner}::text FROM {table} WHERE {key} = $1::{key_type}{lock}",
                key = quote_identifier(&record.name),
                owner = quote_identifier(&self.columns.owner.name),
                table = self.quoted,
                key_type = record.type_name(),
                lock = match lock {
                    Lock::None => "",
                    Lock::Key => " FOR KEY SHARE",
                },
            ),
            &[record_id.into()],
            |row| Ok((row.get::<String>(1)?, row.get::<String>(2)?)),
        )?;
        let Some((Some(key), Some(owner))) = found.into_iter().next() else {
            return Ok(None);
        };
        let owner = People::open()?.by_key(&owner, &Snapshot::latest());
        Ok(owner.map(|owner| (key, owner)))
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
        let access = enum_label(required(access, "access")?)?;
        if !matches!(access.as_str(), "read" | "edit") {
            return Err(Error::bad_value(format!(
                "a record cannot be shared with access {access}"
            ))
            .hint("It is shared with access read or edit."));
        }
        let table = SharedTable::find(required(relation, "relation")?)?;
        let sharer = match me.as_deref() {
            Some(me) if !administers && table.shows_own(me)? => Some(me.id),
            _ => None,
        };
        let mine = |owner: &User| administers || sharer == Some(owner.id);
        let look = |lock| {
            let found = table.owner_of(record_id, lock)?;
            Ok(found.filter(|(_, owner)| mine(owner)))
        };
        // Only a record of his own is locked: waiting for a lock would tell of a hidden one, and
        // holding it would keep others from deleting it.
        let found = match look(Lock::None)? {
            Some(_) => look(Lock::Key)?,
            None => None,
        };
        // The same words for a record that is hidden, missing, or somebody else's.
        let Some((key, owner)) = found else {
            return Err(Error::not_allowed(format!(
                "record {} of \"{}\" cannot be shared: it does not exist, or the caller does not own it",
                pgrx::spi::quote_literal(record_id),
                table.name
            )));
        };
        Sharing::begin()?.share(&owner, with_user, table.module, &key, &access)
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
