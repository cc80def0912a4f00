//! The doctor (semantics: Administration and safety).

use crate::api::raise::OrRaise;
use crate::catalog::read::version;
use crate::session::administration::{must_administer, must_be_superuser};
use crate::tables::doctor::checks::CHECKS;
use crate::tables::doctor::examination;
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn doctor() -> TableIterator<
    'static,
    (
        name!(severity, String),
        name!(check_name, String),
        name!(object, String),
        name!(message, String),
        name!(fix, Option<String>),
    ),
> {
    let call = || {
        // Who else administers is written in tables that cannot be read then.
        match version::check() {
            Ok(()) => must_administer("doctor")?,
            Err(differs) => must_be_superuser(differs)?,
        }
        examination::doctor()
    };
    let told = call().or_raise().into_iter();
    TableIterator::new(told.map(|(check, finding)| {
        (
            finding.severity.label().to_owned(),
            check.to_owned(),
            finding.object,
            finding.message,
            finding.fix,
        )
    }))
}

#[pg_extern(sql = false)]
fn doctor_checks() -> TableIterator<
    'static,
    (
        name!(check_name, String),
        name!(severity, String),
        name!(about, String),
    ),
> {
    TableIterator::new(CHECKS.iter().map(|check| {
        (
            check.name.to_owned(),
            check.severity.label().to_owned(),
            check.about.to_owned(),
        )
    }))
}
