//! What users are expected to have on records (semantics: Expectations).

use crate::api::administration::change;
use crate::api::raise::{OrRaise, enum_label, required};
use crate::catalog::read::labels::access_level;
use crate::core::expectation::Expectation;
use crate::core::{Error, Level, Result};
use crate::session::administration::must_administer;
use crate::session::author::Authorship;
use crate::tables::expectations::{CheckedExpectation, check, expect_access};
use pgrx::pg_sys;
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn expect(
    user_key: Option<&str>,
    relation: Option<pg_sys::Oid>,
    record_id: Option<&str>,
    access: Option<pg_sys::Oid>,
    exactly: Option<bool>,
) -> i64 {
    let call = || {
        must_administer("expect")?;
        let _authorship = Authorship::begin("expect")?;
        let user_key = required(user_key, "user_key")?;
        let relation = required(relation, "relation")?;
        let record_id = required(record_id, "record_id")?;
        let label = enum_label(required(access, "access")?);
        let access = Level::from_label(&label)
            .ok_or_else(|| Error::internal(format!("\"{label}\" is not an access level")))?;
        let expected = Expectation::new(access, required(exactly, "exactly")?)?;
        expect_access(user_key, relation, record_id, expected)
    };
    call().or_raise()
}

#[pg_extern(sql = false)]
fn forget_expectation(id: Option<i64>) {
    change("forget_expectation", |c| {
        c.forget_expectation(required(id, "id")?)
    });
}

#[pg_extern(sql = false)]
fn check_expectations() -> TableIterator<
    'static,
    (
        name!(id, i64),
        name!(user_key, String),
        name!(module, String),
        name!(record_id, String),
        name!(expected, pg_sys::Oid),
        name!(actual, pg_sys::Oid),
        name!(holds, bool),
    ),
> {
    let call = || -> Result<Vec<_>> {
        must_administer("check_expectations")?;
        let row = |one: CheckedExpectation| {
            let (expected, actual) = (one.expected.access(), one.actual);
            let holds = one.holds();
            Ok((
                one.id,
                one.user_key,
                one.module,
                one.record_id,
                access_level(expected)?,
                access_level(actual)?,
                holds,
            ))
        };
        check()?.into_iter().map(row).collect()
    };
    TableIterator::new(call().or_raise())
}
