//! Whom to ask for a link (semantics: Record sharing between offices).

use crate::api::raise::OrRaise;
use crate::catalog::write::change::Look;
use crate::catalog::write::users::may_read_users;
use crate::session::administration::caller;
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
    let call = || match caller()?.is_some() || may_read_users()? {
        true => Look::begin()?.specialists(),
        false => Ok(Vec::new()),
    };
    TableIterator::new(call().or_raise())
}
