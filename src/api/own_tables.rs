//! What keeps the extension's own tables, and our triggers on all tables, as they belong.

use crate::catalog::elevation;
use crate::catalog::names::relation_oid;
use crate::catalog::store::own_tables::{
    creates_trigger_on_ours, fire_as_made, forget_what_was_remembered, own_tables_altered,
    protected_tables_altered,
};
use crate::core::{Error, Result};
use crate::policy::calls::{length, nth};
use crate::policy::share_guard::forget_vanished_of;
use crate::session::author::Authorship;
use crate::session::settings::is_restore;
use pgrx::pg_sys;
use std::cell::Cell;

thread_local! {
    static MENDING: Cell<bool> = const { Cell::new(false) };
}

/// While triggers are put back by ALTER TABLE, which brings PostgreSQL here again.
struct Mending;

impl Mending {
    /// None where that is under way.
    fn begin() -> Option<Mending> {
        // Made only where it is given away: its end would clear the mark of the one under way.
        (!MENDING.replace(true)).then(|| Mending)
    }
}

impl Drop for Mending {
    /// After an error, too, which unwinds the stack.
    fn drop(&mut self) {
        MENDING.set(false);
    }
}

/// Whether the current user is a superuser or the extension's owner, as whom our functions act.
fn may_change_ours() -> bool {
    // SAFETY: asks the system caches about a role.
    let (user, is_superuser) = unsafe {
        let user = pg_sys::GetUserId();
        (user, pg_sys::superuser_arg(user))
    };
    is_superuser || elevation::owner() == Some(user)
}

/// Before a statement that changes a table of the extension.
pub fn guard_configuration() -> Result<()> {
    match may_change_ours() {
        true => Ok(()),
        false => Err(Error::not_allowed(
            "the tables of pg_sharing are changed by its functions only",
        )
        .hint("Administrators call functions such as sharing.create_user() and sharing.trust().")),
    }
}

/// After CREATE TRIGGER, and CREATE SCHEMA, which may contain it.
///
/// # Safety
/// `_fcinfo` must be that of a call of an event trigger.
pub unsafe fn guard_triggers(_fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    if relation_oid(c"generation").is_none() || may_change_ours() || !creates_trigger_on_ours()? {
        return Ok(());
    }
    Err(Error::not_allowed(
        "only superusers and the owner of pg_sharing put triggers on its tables",
    )
    .hint("A trigger would run its code with the privileges of the owner of pg_sharing."))
}

/// After ALTER TABLE: where it enabled triggers, ours fire always again, and what changed while they
/// were off counts from the next statement on.
///
/// # Safety
/// `fcinfo` must be that of a call of an event trigger.
pub unsafe fn mend_triggers(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: by the caller's promise.
    if relation_oid(c"generation").is_none() || !unsafe { enables_triggers(fcinfo) } {
        return Ok(());
    }
    let Some(_mending) = Mending::begin() else {
        return Ok(());
    };
    let ours = own_tables_altered()?;
    for table in &ours {
        fire_as_made(*table)?;
    }
    if !ours.is_empty() {
        forget_what_was_remembered()?;
    }
    for (table, of_module) in protected_tables_altered()? {
        let _authorship = Authorship::begin("ALTER TABLE")?;
        fire_as_made(table)?;
        // A restore enables the triggers of each partition when that one is filled: records of the
        // others are not missing, they are still to come.
        if !is_restore() {
            forget_vanished_of(of_module)?;
        }
    }
    Ok(())
}

/// # Safety
/// `fcinfo` must be that of a function call.
unsafe fn enables_triggers(fcinfo: pg_sys::FunctionCallInfo) -> bool {
    use pg_sys::AlterTableType::{
        AT_EnableAlwaysTrig, AT_EnableReplicaTrig, AT_EnableTrig, AT_EnableTrigAll,
        AT_EnableTrigUser,
    };
    let enabling = [
        AT_EnableTrig,
        AT_EnableAlwaysTrig,
        AT_EnableReplicaTrig,
        AT_EnableTrigAll,
        AT_EnableTrigUser,
    ];
    // SAFETY: the context of a call is null or a node, which tells its type, like the statement of an
    // event trigger; the list of an ALTER TABLE holds its commands.
    unsafe {
        let context = (*fcinfo).context;
        if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_EventTriggerData {
            return false;
        }
        let statement = (*context.cast::<pg_sys::EventTriggerData>()).parsetree;
        if statement.is_null() || (*statement).type_ != pg_sys::NodeTag::T_AlterTableStmt {
            return false;
        }
        let commands = (*statement.cast::<pg_sys::AlterTableStmt>()).cmds;
        (0..length(commands)).any(|n| {
            let command = nth(commands, n).cast::<pg_sys::AlterTableCmd>();
            enabling.contains(&(*command).subtype)
        })
    }
}
