//! Who asks, where a statement reads shards of Citus: other servers decide, by what reaches them.
//!
//! They are connected to as the current role, and are told the user key. So a role that somebody took on
//! would count there as if it had signed in, and a weaker source where a stronger one stays behind. Such statements
//! are refused. Nothing is refused to whom row security does not hold.

use crate::catalog::read::citus;
use crate::catalog::read::configuration::module_of;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::trust::{Trust, trust};
use crate::catalog::write::own_statement::run;
use crate::core::{Error, Result};
use crate::pg::list::{length, nth};
use crate::session::caller::Caller;
use crate::session::settings;
use crate::session::told_transfer::ToldTransfer;
use pgrx::pg_sys;
use pgrx::spi::quote_literal;
use std::ffi::{CStr, CString};

/// Before a statement runs: tells other servers of whom the session speaks, if that is news to them, or refuses
/// what they would judge for somebody else.
///
/// # Safety
/// Called by the executor with a query description.
pub unsafe fn check(query: *mut pg_sys::QueryDesc) -> Result<()> {
    if !citus::is_here() {
        return Ok(());
    }
    let caller = Caller::present();
    // SAFETY: asks the system caches about a role, and the process what it is.
    if unsafe { pg_sys::has_bypassrls_privilege(caller.current_user) || pg_sys::IsInParallelMode() }
    {
        return Ok(());
    }
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(());
    };
    let Some(obstacle) = obstacle(&caller, &snapshot)? else {
        return tell(&caller);
    };
    // SAFETY: by the caller's promise; the list holds range table entries.
    let tables: Vec<pg_sys::Oid> = unsafe {
        let entries = (*(*query).plannedstmt).rtable;
        let all = (0..length(entries)).map(|n| nth(entries, n).cast::<pg_sys::RangeTblEntry>());
        all.filter(|&entry| (*entry).rtekind == pg_sys::RTEKind::RTE_RELATION)
            .map(|entry| (*entry).relid)
            .collect()
    };
    for table in citus::spread_among(&tables) {
        if module_of(table, &snapshot)?.is_some() {
            return Err(Error::unsupported(format!(
                "the shards of a protected table are not told who asks: {}",
                obstacle.what
            ))
            .hint(obstacle.hint));
        }
    }
    Ok(())
}

/// Tells the servers that take part in the transaction, and those that will, of the user key, whatever gave it its
/// value. Citus carries SET LOCAL alone, and that only where it is asked to: what a savepoint or a function gave
/// back would be stale there.
fn tell(caller: &Caller) -> Result<()> {
    // SAFETY: reads the state of the transaction.
    if !settings::user_key_is_news() || !unsafe { pg_sys::IsTransactionBlock() } {
        return Ok(());
    }
    let key = caller.user_key.as_deref().unwrap_or_default();
    carry("sharing.user_key", key)?;
    settings::user_key_was_told();
    Ok(())
}

/// Tells the servers that the statements which come are those of a transfer; nothing: that it is over. An error takes it
/// back there as here.
pub fn tell_of_transfer(transfer: Option<&ToldTransfer>) -> Result<()> {
    let text = transfer.map(ToldTransfer::text).unwrap_or_default();
    carry("sharing.transfer", &text)
}

/// Gives a setting a value until the transaction ends, at all servers that take part in it.
fn carry(setting: &str, value: &str) -> Result<()> {
    let before = propagation();
    propagate(c"local");
    let told = run(&format!("SET LOCAL {setting} = {}", quote_literal(value)));
    if let Some(before) = &before {
        propagate(before);
    }
    told
}

const PROPAGATION: &CStr = c"citus.propagate_set_commands";

/// Which settings Citus carries, where it is loaded.
fn propagation() -> Option<CString> {
    // SAFETY: the value is NUL-terminated, or null where there is no such setting.
    unsafe {
        let value = pg_sys::GetConfigOption(PROPAGATION.as_ptr(), true, false);
        (!value.is_null()).then(|| CStr::from_ptr(value).to_owned())
    }
}

fn propagate(what: &CStr) {
    // SAFETY: sets a setting that everybody may set, until the transaction ends.
    unsafe {
        pg_sys::set_config_option(
            PROPAGATION.as_ptr(),
            what.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_LOCAL,
            true,
            0,
            false,
        );
    }
}

struct Obstacle {
    what: &'static str,
    hint: &'static str,
}

/// Why another server would take the caller for somebody else.
fn obstacle(caller: &Caller, snapshot: &Snapshot) -> Result<Option<Obstacle>> {
    let of_setting =
        "Begin a transaction, and name the user in it: BEGIN; SET LOCAL sharing.user_key = '…';";
    let found = |what, hint| Ok(Some(Obstacle { what, hint }));
    if caller.acting_as.is_some() {
        return found(
            "act_as() counts at this server alone",
            "Name the user by SET LOCAL sharing.user_key in a session of a trusted role.",
        );
    }
    if caller.token.is_some() || caller.requires_token {
        return found("a signed token counts at this server alone", of_setting);
    }
    let of_session = trust(caller.session_user, snapshot)?;
    if caller.session_user != caller.current_user
        && (of_session.is_some() || trust(caller.current_user, snapshot)?.is_some())
    {
        return found(
            "they take the current role for the one that signed in",
            "Sign in as the role, and do without SET ROLE and SECURITY DEFINER.",
        );
    }
    if let Some(Trust::Setting(_)) = of_session {
        return found(
            "a setting of the role's own counts at this server alone",
            "sharing.trust() without a setting lets sharing.user_key name the user.",
        );
    }
    let is_named = of_session.is_some() && caller.user_key.is_some();
    // SAFETY: reads the state of the transaction.
    if is_named && !unsafe { pg_sys::IsTransactionBlock() } {
        return found("settings reach them within a transaction alone", of_setting);
    }
    Ok(None)
}
