//! Who am I (semantics: Who is asking).

use crate::api::raise::OrRaise;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::policy::rows::owner_guard::key_of;
use crate::session::caller::Caller;
use crate::session::identity::known_by;
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn current_user_key() -> Option<String> {
    key_of(&Caller::now()).or_raise()
}

#[pg_extern(sql = false)]
fn current_user_name() -> Option<String> {
    name().or_raise()
}

fn name() -> Result<Option<String>> {
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(None);
    };
    let Some((_, me)) = known_by(&Caller::now(), &snapshot)? else {
        return Ok(None);
    };
    Ok(People::open()?.name(me.id, &snapshot))
}
