//! Signed tokens, and the keys by which they are verified (semantics: Who is asking, *Signed tokens*).

use crate::api::administration::change_database;
use crate::api::raise::{OrRaise, json_text, required};
use crate::catalog::read::labels::name_of_db_role;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::trust::{Trust, trusted_roles};
use crate::catalog::write::change::Look;
use crate::core::Result;
use crate::session::administration::{must_administer_database_to, must_administer_to};
use crate::session::authentication;
use pgrx::AnyElement;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn authenticate(token: Option<&str>) {
    let call = || authentication::authenticate(required(token, "token")?);
    call().or_raise();
}

#[pg_extern(sql = false)]
fn add_key(kid: Option<&str>, algorithm: Option<&str>, key: Option<&str>) {
    change_database("add_key", |change| {
        let (kid, algorithm) = (required(kid, "kid")?, required(algorithm, "algorithm")?);
        change.add_key(kid, algorithm, required(key, "key")?)
    });
}

#[pg_extern(sql = false)]
fn drop_key(kid: Option<&str>) {
    change_database("drop_key", |change| change.drop_key(required(kid, "kid")?));
}

#[pg_extern(sql = false)]
fn import_jwks(
    jwks: Option<AnyElement>,
) -> TableIterator<
    'static,
    (
        name!(change, &'static str),
        name!(kid, Option<String>),
        name!(algorithm, Option<&'static str>),
    ),
> {
    let diff = change_database("import_jwks", |change| {
        change.import_jwks(&json_text(required(jwks, "jwks")?))
    });
    let told = diff.told.into_iter();
    TableIterator::new(told.map(|(change, kid, algorithm)| (change.label(), kid, algorithm)))
}

#[pg_extern(sql = false)]
fn list_token_keys() -> TableIterator<
    'static,
    (
        name!(kid, String),
        name!(algorithm, String),
        name!(added_at, Option<TimestampWithTimeZone>),
    ),
> {
    let call = || {
        must_administer_database_to("read sharing.key_overview")?;
        Look::begin()?.keys()
    };
    let keys = call().or_raise().into_iter();
    TableIterator::new(keys.map(|key| (key.kid, key.algorithm, key.added_at)))
}

#[pg_extern(sql = false)]
fn list_trusted_roles() -> TableIterator<
    'static,
    (
        name!(db_role, String),
        name!(setting, String),
        name!(claim, Option<String>),
    ),
> {
    let call = || -> Result<Vec<_>> {
        must_administer_to("read sharing.trust_overview")?;
        let snapshot = Snapshot::of_statement().unwrap_or_else(Snapshot::latest);
        let mut rows = Vec::new();
        for (role, trust) in trusted_roles(&snapshot)? {
            let Some(name) = name_of_db_role(role) else {
                continue;
            };
            rows.push(match trust {
                Trust::UserKey => (name, "sharing.user_key".to_owned(), None),
                Trust::Setting(source) => (name, source.setting.clone(), source.claim.clone()),
            });
        }
        rows.sort();
        Ok(rows)
    };
    TableIterator::new(call().or_raise())
}
