//! Record sharing between offices (semantics: Record sharing between offices).

use crate::api::administration::change;
use crate::api::raise::{OrRaise, enum_label, required};
use crate::catalog::write::change::Look;
use crate::catalog::write::link_words::Consequence;
use crate::catalog::write::links::Sharing;
use crate::core::{Error, Result};
use crate::session::administration::{caller_or_administrator, required_caller};
use crate::session::author::Authorship;
use crate::tables::share;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys;
use pgrx::prelude::*;

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

#[pg_extern(sql = false)]
fn request_link(office: Option<&str>, user_name: Option<&str>, until: Option<i64>) -> i64 {
    let call = || {
        let me = required_caller("request_link")?;
        let _authorship = Authorship::begin("request_link")?;
        let (office, name) = (
            required(office, "office")?,
            required(user_name, "user_name")?,
        );
        Sharing::begin()?.request_link(&me, office, name, until)
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

#[pg_extern(sql = false)]
fn share_record(
    relation: Option<pg_sys::Oid>,
    record_id: Option<&str>,
    with_user: Option<&str>,
    access: Option<pg_sys::Oid>,
    until: Option<i64>,
) {
    let call = || {
        let sharer = caller_or_administrator("share_record")?;
        let record_id = required(record_id, "record_id")?;
        let with_user = required(with_user, "with_user")?;
        let access = enum_label(required(access, "access")?);
        let relation = required(relation, "relation")?;
        share::share_record(sharer, relation, record_id, with_user, &access, until)
    };
    call().or_raise();
}

#[pg_extern(sql = false)]
fn share_records(
    relation: Option<pg_sys::Oid>,
    record_ids: Option<Vec<Option<String>>>,
    with_user: Option<&str>,
    access: Option<pg_sys::Oid>,
    until: Option<i64>,
) -> i64 {
    let call = || {
        let sharer = caller_or_administrator("share_records")?;
        let record_ids: Vec<String> = required(record_ids, "record_ids")?
            .into_iter()
            .map(|id| required(id, "record_ids"))
            .collect::<Result<_>>()?;
        let with_user = required(with_user, "with_user")?;
        let access = enum_label(required(access, "access")?);
        let relation = required(relation, "relation")?;
        share::share_records(sharer, relation, record_ids, with_user, &access, until)
    };
    call().or_raise()
}

#[pg_extern(sql = false)]
fn unshare_record(relation: Option<pg_sys::Oid>, record_id: Option<&str>, with_user: Option<&str>) {
    let call = || {
        let sharer = caller_or_administrator("unshare_record")?;
        let record_id = required(record_id, "record_id")?;
        let with_user = required(with_user, "with_user")?;
        let relation = required(relation, "relation")?;
        share::unshare_record(sharer, relation, record_id, with_user)
    };
    call().or_raise();
}
