//! What copies of the configuration hear (semantics: Administration and safety, *Copies of the configuration*).

use crate::api::raise::OrRaise;
use crate::catalog::write::heartbeat;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn heartbeat() -> Option<TimestampWithTimeZone> {
    heartbeat::beat().or_raise()
}
