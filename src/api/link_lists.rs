//! The lists of links, and of what is shared over them (semantics: Record sharing between offices).

use crate::api::links::{caller_or_administrator, required_caller};
use crate::api::raise::{OrRaise, access_level, required};
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::State;
use crate::catalog::write::change::Look;
use crate::catalog::write::link_lists::{LinkRow, Side};
use crate::core::org::{ModuleId, UserId};
use crate::core::{Error, Result};
use crate::policy::records::share_lists::opened;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys;
use pgrx::prelude::*;
use std::collections::HashSet;

/// A link, as its lists show it.
type LinkColumns = (i64, Option<String>, String, String, i64);

/// The records that a link opens while it carries, by module and key.
fn opened_by(link: i64, from: UserId, to: UserId) -> Result<HashSet<(ModuleId, String)>> {
    let snapshot = Snapshot::latest();
    let state = State::seen_by(&snapshot)?
        .ok_or_else(|| Error::internal("the configuration of sharing cannot be read"))?;
    let people = People::open()?;
    let user = |id| people.by_id(id, &snapshot);
    match (user(from), user(to)) {
        (Some((key, _)), Some((_, to))) => opened(link, &key, &to, &state, &snapshot),
        _ => Ok(HashSet::new()),
    }
}

fn links(function: &str, side: Side) -> impl Iterator<Item = LinkColumns> {
    let call = || {
        let me = required_caller(function)?;
        let row = |link: LinkRow| {
            let (from, to) = match side {
                Side::From => (me.id, link.other),
                Side::To => (link.other, me.id),
            };
            let records = opened_by(link.id, from, to)?.len() as i64;
            Ok((link.id, link.office, link.user_name, link.status, records))
        };
        let links = Look::begin()?.links_of(&me, side)?;
        links.into_iter().map(row).collect::<Result<Vec<_>>>()
    };
    call().or_raise().into_iter()
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
        let (from, to) = look.users_of_link(me.map(|me| me.id), administers, id)?;
        let records = look.shared_records(id)?;
        let opened = opened_by(id, from, to)?;
        records
            .into_iter()
            .map(|row| {
                // What opens nothing stays in the list: it counts again when the record returns.
                let access = match opened.contains(&(row.module_id, row.record_id.clone())) {
                    true => row.access.as_str(),
                    false => "none",
                };
                let access = access_level(access)?;
                Ok((row.module, row.record_id, access, row.shared_at))
            })
            .collect::<Result<Vec<_>>>()
    };
    TableIterator::new(call().or_raise())
}
