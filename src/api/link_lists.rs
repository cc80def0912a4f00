//! The lists of links, and of what is shared over them (semantics: Record sharing between offices).

use crate::api::raise::{OrRaise, required};
use crate::catalog::write::link_lists::Side;
use crate::session::administration::{caller_or_administrator, required_caller};
use crate::tables::link_lists;
use crate::tables::link_lists::LinkColumns;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys;
use pgrx::prelude::*;

fn links(function: &str, side: Side) -> impl Iterator<Item = LinkColumns> {
    let call = || link_lists::links(&*required_caller(function)?, side);
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

type ListedTime = Option<TimestampWithTimeZone>;

#[pg_extern(sql = false)]
fn shared_records(
    link_id: Option<i64>,
) -> TableIterator<
    'static,
    (
        name!(module, String),
        name!(record_id, String),
        name!(access, pg_sys::Oid),
        name!(shared_at, ListedTime),
        name!(until, ListedTime),
        name!(status, &'static str),
    ),
> {
    let call = || {
        let caller = caller_or_administrator("shared_records")?;
        link_lists::shared_records(caller, required(link_id, "link_id")?)
    };
    TableIterator::new(call().or_raise())
}
