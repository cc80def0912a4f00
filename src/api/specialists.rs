//! Whom to ask for a link (semantics: Record sharing between offices).

use crate::api::links::caller;
use crate::api::raise::OrRaise;
use crate::catalog::write::change::Look;
use crate::catalog::write::sql::read_value;
use crate::core::Result;
use pgrx::prelude::*;

/// The rows of the view: a view over the tables would tell everybody, by EXPLAIN, how many users there
/// are. Nothing for a session that is nobody, unless it may read the users themselves.
#[pg_extern(sql = false)]
fn list_specialists() -> TableIterator<
    'static,
    (
        name!(office, Option<String>),
        name!(user_name, String),
        name!(user_key, String),
    ),
> {
    let call = || match may_list()? {
        true => Look::begin()?.specialists(),
        false => Ok(Vec::new()),
    };
    TableIterator::new(call().or_raise())
}

fn may_list() -> Result<bool> {
    if caller()?.is_some() {
        return Ok(true);
    }
    let reads: Option<bool> = read_value(
        "SELECT pg_catalog.has_table_privilege('sharing.users', 'SELECT')",
        &[],
    )?;
    Ok(reads == Some(true))
}
