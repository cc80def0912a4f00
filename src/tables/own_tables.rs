//! What keeps the extension's own tables, and our triggers on all tables, as they belong.

use crate::catalog::read::names::relation_oid;
use crate::catalog::write::elevation;
use crate::catalog::write::origin::must_be_changed_here;
use crate::catalog::write::own_tables::{
    are_new, creates_trigger_on_ours, fire_as_made, forget_what_was_remembered, own_tables_altered,
    protected_tables_altered, references_ours, tables_altered,
};
use crate::catalog::write::renewal::{renew, renew_structure};
use crate::core::{Error, Result};
use crate::pg::list::{length, nth};
use crate::policy::rows::share_guard::forget_vanished_in;
use crate::session::author::Authorship;
use crate::sources::follow_ddl::triggers_enabled;
use crate::tables::event_command::{is_statement_of_ours, told};
use pgrx::pg_sys;
use std::cell::Cell;
use std::ffi::CStr;

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
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn guard_configuration(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    match may_change_ours() {
        // SAFETY: by the caller's promise. A trigger is told of its table, which is open.
        true => unsafe {
            let context = (*fcinfo).context;
            if context.is_null() || (*context).type_ != pg_sys::NodeTag::T_TriggerData {
                return Err(Error::wrong_object("this is a trigger of pg_sharing"));
            }
            must_be_changed_here((*context.cast::<pg_sys::TriggerData>()).tg_relation)
        },
        false => Err(Error::not_allowed(
            "the tables of pg_sharing are changed by its functions only",
        )
        .hint("Administrators call functions such as sharing.create_user() and sharing.trust().")),
    }
}

/// After what makes triggers and foreign keys.
///
/// # Safety
/// `fcinfo` must be that of a call of an event trigger.
pub unsafe fn guard_triggers(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: by the caller's promise.
    let is_ours = unsafe { is_statement_of_ours(fcinfo) };
    if is_ours || relation_oid(c"generation").is_none() || may_change_ours() {
        return Ok(());
    }
    if creates_trigger_on_ours()? {
        return Err(Error::not_allowed(
            "only superusers and the owner of pg_sharing put triggers on its tables",
        )
        .hint("A trigger would run its code with the privileges of the owner of pg_sharing."));
    }
    match references_ours()? {
        false => Ok(()),
        true => Err(Error::not_allowed(
            "only superusers and the owner of pg_sharing let foreign keys lead to its tables",
        )
        .hint("A foreign key would tell what is there, and keep administrators from changing it.")),
    }
}

/// After ALTER TABLE: where it enabled triggers, ours fire always again, and what
/// changed while they were off counts from the next statement on.
///
/// # Safety
/// `fcinfo` must be that of a call of an event trigger.
pub unsafe fn mend_triggers(fcinfo: pg_sys::FunctionCallInfo) -> Result<()> {
    // SAFETY: by the caller's promise.
    let (enabled, is_ours) = unsafe { (enabled_triggers(fcinfo), is_statement_of_ours(fcinfo)) };
    if is_ours || relation_oid(c"generation").is_none() {
        return Ok(());
    }
    if enabled == Enabled::None {
        return match own_tables_altered()?.is_empty() {
            true => Ok(()),
            false => renew(),
        };
    }
    let Some(_mending) = Mending::begin() else {
        return Ok(());
    };
    // Also where nothing says yet that the table is protected: a restore of data alone may fill it before
    // the configuration comes.
    for table in tables_altered()? {
        fire_as_made(table)?;
    }
    triggers_enabled()?;
    let ours = own_tables_altered()?;
    forget_what_was_remembered(&ours)?;
    let mut is_stale = !ours.is_empty();
    for (table, of_module) in protected_tables_altered()? {
        let _authorship = Authorship::begin("ALTER TABLE")?;
        if let Enabled::Named(names) = &enabled
            && are_new(table, names)?
        {
            // Nothing went by them: a parallel restore makes the triggers of a partitioned table while
            // its partitions are still to be filled.
            continue;
        }
        forget_vanished_in(table, of_module)?;
        is_stale = true;
    }
    // Last, since every change of the configuration waits for it: jobs of a parallel restore, each with a
    // table that it has locked, would wait for each other.
    match is_stale {
        true => renew_structure(),
        false => Ok(()),
    }
}

/// Triggers that a command enabled.
#[derive(PartialEq, Eq)]
enum Enabled {
    None,
    Named(Vec<String>),
    All,
}

/// # Safety
/// `fcinfo` must be that of a function call.
unsafe fn enabled_triggers(fcinfo: pg_sys::FunctionCallInfo) -> Enabled {
    use pg_sys::AlterTableType::{
        AT_EnableAlwaysTrig, AT_EnableReplicaTrig, AT_EnableTrig, AT_EnableTrigAll,
        AT_EnableTrigUser,
    };
    let mut names = Vec::new();
    // SAFETY: the statement of an event trigger tells its type; the list of an ALTER TABLE holds its commands, and names are NUL-terminated.
    unsafe {
        let Some(told) = told(fcinfo) else {
            return Enabled::None;
        };
        let statement = (*told).parsetree;
        if statement.is_null() || (*statement).type_ != pg_sys::NodeTag::T_AlterTableStmt {
            return Enabled::None;
        }
        let commands = (*statement.cast::<pg_sys::AlterTableStmt>()).cmds;
        for n in 0..length(commands) {
            let command = nth(commands, n).cast::<pg_sys::AlterTableCmd>();
            let subtype = (*command).subtype;
            if [AT_EnableTrigAll, AT_EnableTrigUser].contains(&subtype) {
                return Enabled::All;
            }
            if [AT_EnableTrig, AT_EnableAlwaysTrig, AT_EnableReplicaTrig].contains(&subtype) {
                let name = CStr::from_ptr((*command).name).to_string_lossy();
                names.push(name.into_owned());
            }
        }
    }
    match names.is_empty() {
        true => Enabled::None,
        false => Enabled::Named(names),
    }
}
