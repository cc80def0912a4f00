//! The audit log (semantics: Administration and safety).

use crate::api::raise::OrRaise;
use crate::catalog::write::audit;
use crate::catalog::write::audit::{Event, Log};
use crate::core::{Error, Result};
use crate::session::administration::must_administer_to;
use crate::session::author::author;
use crate::session::settings::is_restore;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::{JsonB, PgTrigger, pg_sys};

#[pg_extern(sql = false)]
#[expect(clippy::type_complexity, reason = "the columns of the view")]
fn read_audit_log() -> TableIterator<
    'static,
    (
        name!(id, i64),
        name!(changed_at, Option<TimestampWithTimeZone>),
        name!(db_role, String),
        name!(identity, Option<String>),
        name!(function, Option<String>),
        name!(object, String),
        name!(before, Option<JsonB>),
        name!(after, Option<JsonB>),
        name!(acting_as, Option<String>),
    ),
> {
    must_administer_to("read sharing.audit_log").or_raise();
    TableIterator::new(Log::default().map(|entry| {
        let entry = entry.or_raise();
        (
            entry.id,
            entry.changed_at,
            entry.db_role,
            entry.identity,
            entry.function,
            entry.object,
            entry.before,
            entry.after,
            entry.acting_as,
        )
    }))
}

/// After a statement on a configuration table.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn record_change(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: by the caller's promise; it is checked that this is the call of a trigger.
    let trigger = unsafe { PgTrigger::from_fcinfo(&*fcinfo) }.map_err(not_a_trigger)?;
    let relation = trigger.relation().map_err(not_a_trigger)?;
    if relation.namespace() != "sharing" {
        return Err(not_a_trigger("The table is not of pg_sharing"));
    }
    let event = match trigger.op().map_err(not_a_trigger)? {
        // What a dump brings back, its log brings back as well.
        PgTriggerOperation::Insert if is_restore() => return Ok(()),
        PgTriggerOperation::Insert => Event::Insert,
        PgTriggerOperation::Update => Event::Update,
        PgTriggerOperation::Delete => Event::Delete,
        PgTriggerOperation::Truncate => Event::Truncate,
    };
    // SAFETY: the context is the trigger's, checked above; the install script declares it for each
    // statement, with the names that are expected.
    unsafe {
        let data = (*fcinfo).context.cast::<pg_sys::TriggerData>();
        // Many a statement finds nothing to change, and the one below takes longer than that.
        let is_empty = |rows: *mut pg_sys::Tuplestorestate| {
            !rows.is_null() && pg_sys::tuplestore_tuple_count(rows) == 0
        };
        if is_empty((*data).tg_newtable) || is_empty((*data).tg_oldtable) {
            return Ok(());
        }
        audit::write(data, relation.name(), event, &*author()?)
    }
}

/// Before a statement that would change the log.
pub fn refuse_change() -> Result<()> {
    Err(
        Error::not_possible("the audit log cannot be changed: it only grows")
            .hint("To archive old entries, a superuser disables the trigger append_only on sharing.audit_entries."),
    )
}

fn not_a_trigger(reason: impl std::fmt::Display) -> Error {
    Error::wrong_object("sharing_internal.record_change() is a trigger on configuration tables")
        .detail(format!("{reason}."))
}
