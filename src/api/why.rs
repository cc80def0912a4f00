//! Who and why (semantics: Who and why).

use crate::api::raise::{OrRaise, enum_label, required};
use crate::catalog::read::labels::access_level;
use crate::core::{Level, Result};
use crate::session::caller::Caller;
use crate::tables::act_as;
use crate::tables::why::{explain as explained, who_can as reaching};
use pgrx::JsonB;
use pgrx::pg_sys;
use pgrx::prelude::*;

/// A cursor goes on asking for whom it was opened.
fn caller_of(fcinfo: pg_sys::FunctionCallInfo) -> Caller {
    // SAFETY: called by PostgreSQL, with the FmgrInfo of the call.
    unsafe { Caller::of_call((*(*fcinfo).flinfo).fn_mcxt) }
}

#[pg_extern(sql = false)]
fn explain(
    relation: Option<pg_sys::Oid>,
    record_id: Option<&str>,
    user_key: Option<&str>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> TableIterator<
    'static,
    (
        name!(access, pg_sys::Oid),
        name!(reason, &'static str),
        name!(via, String),
        name!(detail, JsonB),
    ),
> {
    let call = || {
        let (relation, record_id) = named(relation, record_id)?;
        let lines = explained::explain(caller_of(fcinfo), relation, record_id, user_key)?;
        let lines = lines.into_iter().map(|(access, reason, via, detail)| {
            Ok((access_level(access)?, reason, via, JsonB(detail)))
        });
        lines.collect::<Result<Vec<_>>>()
    };
    TableIterator::new(call().or_raise())
}

#[pg_extern(sql = false)]
fn access_to(
    relation: Option<pg_sys::Oid>,
    record_id: Option<&str>,
    user_key: Option<&str>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Oid {
    let call = || {
        let (relation, record_id) = named(relation, record_id)?;
        access_level(explained::access_to(
            caller_of(fcinfo),
            relation,
            record_id,
            user_key,
        )?)
    };
    call().or_raise()
}

#[pg_extern(sql = false)]
fn access_levels(
    relation: Option<pg_sys::Oid>,
    record_ids: Option<Vec<Option<String>>>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> TableIterator<'static, (name!(record_id, String), name!(access, pg_sys::Oid))> {
    let call = || {
        let relation = required(relation, "relation")?;
        let ids = required(record_ids, "record_ids")?.into_iter();
        let ids = ids
            .map(|id| required(id, "record_ids"))
            .collect::<Result<_>>()?;
        let levels = explained::access_levels(caller_of(fcinfo), relation, ids)?;
        let levels = levels
            .into_iter()
            .map(|(id, level): (String, Level)| Ok((id, access_level(level)?)));
        levels.collect::<Result<Vec<_>>>()
    };
    TableIterator::new(call().or_raise())
}

#[pg_extern(sql = false)]
fn who_can(
    relation: Option<pg_sys::Oid>,
    record_id: Option<&str>,
    access: Option<pg_sys::Oid>,
    fcinfo: pg_sys::FunctionCallInfo,
) -> TableIterator<
    'static,
    (
        name!(user_key, String),
        name!(user_name, String),
        name!(access, pg_sys::Oid),
        name!(reason, &'static str),
        name!(via, String),
    ),
> {
    let call = || {
        let (relation, record_id) = named(relation, record_id)?;
        let access = enum_label(required(access, "access")?);
        let lines = reaching::who_can(caller_of(fcinfo), relation, record_id, &access)?;
        let lines = lines.into_iter().map(|(key, name, access, reason, via)| {
            Ok((key, name, access_level(access)?, reason, via))
        });
        lines.collect::<Result<Vec<_>>>()
    };
    TableIterator::new(call().or_raise())
}

#[pg_extern(sql = false)]
fn act_as(user_key: Option<&str>) {
    let call = || act_as::act_as(required(user_key, "user_key")?);
    call().or_raise();
}

fn named(relation: Option<pg_sys::Oid>, record_id: Option<&str>) -> Result<(pg_sys::Oid, &str)> {
    let relation = required(relation, "relation")?;
    Ok((relation, required(record_id, "record_id")?))
}
