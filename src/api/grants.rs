//! Single records given to people of the same company (semantics: Single records for colleagues).

use crate::api::raise::{OrRaise, enum_label, required};
use crate::pg::clock;
use crate::session::administration::{caller_or_administrator, must_administer};
use crate::session::author::Authorship;
use crate::tables::{criteria, grant};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys;
use pgrx::prelude::*;

/// `until` is a timestamp with time zone, in microseconds: what is no point in time, as infinity, is an error of
/// ours.
#[pg_extern(sql = false)]
fn grant_record(
    relation: Option<pg_sys::Oid>,
    record_id: Option<&str>,
    to_whom: Option<&str>,
    access: Option<pg_sys::Oid>,
    until: Option<i64>,
) {
    let call = || {
        let giver = caller_or_administrator("grant_record")?;
        let record_id = required(record_id, "record_id")?;
        let to_whom = required(to_whom, "to_whom")?;
        let access = enum_label(required(access, "access")?);
        let relation = required(relation, "relation")?;
        grant::grant_record(giver, relation, record_id, to_whom, &access, until)
    };
    call().or_raise();
}

#[pg_extern(sql = false)]
fn revoke_record(relation: Option<pg_sys::Oid>, record_id: Option<&str>, to_whom: Option<&str>) {
    let call = || {
        let giver = caller_or_administrator("revoke_record")?;
        let record_id = required(record_id, "record_id")?;
        let to_whom = required(to_whom, "to_whom")?;
        let relation = required(relation, "relation")?;
        grant::revoke_record(giver, relation, record_id, to_whom)
    };
    call().or_raise();
}

#[pg_extern(sql = false)]
#[expect(clippy::type_complexity, reason = "the columns of the list")]
fn granted_records(
    relation: Option<pg_sys::Oid>,
    record_id: Option<&str>,
) -> TableIterator<
    'static,
    (
        name!(module, String),
        name!(record_id, String),
        name!(to_whom, String),
        name!(access, pg_sys::Oid),
        name!(given_by, Option<String>),
        name!(given_at, Option<TimestampWithTimeZone>),
        name!(until, Option<TimestampWithTimeZone>),
        name!(status, &'static str),
    ),
> {
    let call = || {
        let giver = caller_or_administrator("granted_records")?;
        grant::granted_records(giver, relation, record_id)
    };
    TableIterator::new(call().or_raise())
}

#[pg_extern(sql = false)]
fn forget_ended() -> i64 {
    let call = || {
        must_administer("forget_ended")?;
        let _authorship = Authorship::begin("forget_ended")?;
        criteria::forget_ended(clock::now())
    };
    call().or_raise()
}
