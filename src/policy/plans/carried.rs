//! Who asks, where a statement reads shards of Citus: other servers decide, by what reaches them.
//!
//! They are connected to as the current role, and are told the user key, and the token, which they verify
//! themselves. So a role that somebody took on would count there as if it had signed in, and a weaker source where a
//! stronger one stays behind. Such statements are refused. Nothing is refused to whom row security does not hold.

use crate::catalog::read::citus;
use crate::catalog::read::configuration::module_of;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::trust::{Trust, trust};
use crate::catalog::write::own_statement::run;
use crate::core::{Error, Result};
use crate::pg::list::{length, nth};
use crate::pg::setting::{self, Until, held};
use crate::session::caller::{Caller, Execution};
use crate::session::told_transfer::ToldTransfer;
use crate::session::{carried_token, settings, token};
use pgrx::pg_sys;
use pgrx::spi::quote_literal;
use std::ffi::CStr;
use std::rc::Rc;

/// Before a statement runs: tells other servers of whom the session speaks, if that is news to them, or refuses
/// what they would judge for somebody else.
///
/// # Safety
/// Called by the executor with a query description.
pub unsafe fn check(query: *mut pg_sys::QueryDesc) -> Result<()> {
    if !citus::is_at_work() {
        return Ok(());
    }
    let caller = Caller::present();
    // SAFETY: asks the system caches about a role, and the process what it is.
    if unsafe { pg_sys::has_bypassrls_privilege(caller.current_user) || pg_sys::IsInParallelMode() }
    {
        return Ok(());
    }
    if carried_token::is_present()
        && let Some(why) = carried_token::shows_statements()
    {
        return Err(Error::not_possible(format!(
            "a signed token is not taken from another server: {why}, which shows it to others of the database role"
        ))
        .hint(TO_HIDE_TOKENS));
    }
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(());
    };
    match obstacle(&caller, &snapshot)? {
        None => tell(&caller),
        // SAFETY: by the caller's promise.
        Some(obstacle) => unsafe { must_read_no_shards(query, &snapshot, &obstacle) },
    }
}

/// Before a statement that was started runs: Citus asks the other servers only now, for whoever the session is by now. A
/// cursor keeps who it was opened as, whom they are not told any more.
///
/// # Safety
/// `query` must be a statement whose execution was started.
pub unsafe fn check_first_run(query: *mut pg_sys::QueryDesc) -> Result<()> {
    if !citus::is_at_work() {
        return Ok(());
    }
    let caller = Caller::present();
    // SAFETY: by the caller's promise.
    let Some(opened_by) = (unsafe { Execution::of_query(query) }).caller() else {
        return Ok(());
    };
    // SAFETY: asks the system caches about roles.
    let sees_all = |role| unsafe { pg_sys::has_bypassrls_privilege(role) };
    let is_the_same = opened_by == caller
        || sees_all(opened_by.current_user) && sees_all(caller.current_user)
        // SAFETY: asks the process what it is.
        || unsafe { pg_sys::IsInParallelMode() };
    if is_the_same {
        let is_news = settings::user_key_is_news() || carried_token::is_news();
        // They may have been told of others since it was started.
        return match is_news {
            // SAFETY: by the caller's promise.
            true => unsafe { check(query) },
            false => Ok(()),
        };
    }
    let Some(snapshot) = Snapshot::of_statement() else {
        return Ok(());
    };
    let obstacle = Obstacle {
        what: "the session is not the one that it was when the cursor was opened".to_owned(),
        hint: "Fetch from a cursor as whoever opened it.",
        shows_token: false,
    };
    // SAFETY: by the caller's promise.
    unsafe { must_read_no_shards(query, &snapshot, &obstacle) }
}

/// # Safety
/// `query` must be a query description.
unsafe fn must_read_no_shards(
    query: *mut pg_sys::QueryDesc,
    snapshot: &Snapshot,
    obstacle: &Obstacle,
) -> Result<()> {
    // SAFETY: by the caller's promise; the list holds range table entries.
    let tables: Vec<pg_sys::Oid> = unsafe {
        let entries = (*(*query).plannedstmt).rtable;
        let all = (0..length(entries)).map(|n| nth(entries, n).cast::<pg_sys::RangeTblEntry>());
        all.filter(|&entry| (*entry).rtekind == pg_sys::RTEKind::RTE_RELATION)
            .map(|entry| (*entry).relid)
            .collect()
    };
    for table in citus::spread_among(&tables) {
        // A server may not have heard yet that a new partition is protected.
        let whole = citus::partitioned_table(table).unwrap_or(table);
        if module_of(table, snapshot)?.is_some() || module_of(whole, snapshot)?.is_some() {
            let what = format!(
                "the shards of a protected table are not told who asks: {}",
                obstacle.what
            );
            let error = match obstacle.shows_token {
                true => Error::not_possible(what),
                false => Error::unsupported(what),
            };
            return Err(error.hint(obstacle.hint));
        }
    }
    Ok(())
}

/// Tells the servers that take part in the transaction, and those that will, of the user key and the token, whatever
/// gave them their value. Citus carries SET LOCAL alone, and that only where it is asked to: what a savepoint or a
/// function gave back would be stale there.
fn tell(caller: &Caller) -> Result<()> {
    // SAFETY: reads the state of the transaction.
    if !unsafe { pg_sys::IsTransactionBlock() } {
        return Ok(());
    }
    if settings::user_key_is_news() {
        let key = caller.acting_as.as_ref().or(caller.user_key.as_ref());
        // Where the setting counts for nothing here, another server is not told what it would count there.
        let key = key.filter(|_| caller.token.is_none() && !caller.requires_token);
        carry_elsewhere(USER_KEY, key.map_or("", |key| key))?;
        settings::user_key_was_told();
    }
    if carried_token::is_news() {
        let text = token(caller);
        let _telling = carried_token::TellingOthers::begin();
        carry_elsewhere(carried_token::SETTING, text.as_deref().unwrap_or_default())?;
    }
    Ok(())
}

const USER_KEY: &CStr = c"sharing.user_key";

/// The text of the token by which the caller is known.
fn token(caller: &Caller) -> Option<Rc<str>> {
    let own = || token::text(caller.session_user).or_else(carried_token::text);
    caller.token.as_ref().and_then(|_| own())
}

/// Tells the servers that the statements which come are those of a transfer; nothing: that it is over. An error takes it
/// back there as here.
pub fn tell_of_transfer(transfer: Option<&ToldTransfer>) -> Result<()> {
    let text = transfer.map(ToldTransfer::text).unwrap_or_default();
    carry(c"sharing.transfer", &text)
}

/// Gives a setting a value at the other servers, until the transaction ends, and lets it be what it is at this one.
fn carry_elsewhere(setting: &CStr, value: &str) -> Result<()> {
    let here = held(setting);
    carry(setting, value)?;
    if let Some(here) = here.filter(|here| here.to_bytes() != value.as_bytes()) {
        set_local(setting, &here);
    }
    Ok(())
}

/// Gives a setting a value until the transaction ends, at all servers that take part in it.
fn carry(setting: &CStr, value: &str) -> Result<()> {
    let before = held(PROPAGATION);
    set_local(PROPAGATION, c"local");
    let told = run(&format!(
        "SET LOCAL {} = {}",
        setting.to_string_lossy(),
        quote_literal(value)
    ));
    if let Some(before) = &before {
        set_local(PROPAGATION, before);
    }
    told
}

const PROPAGATION: &CStr = c"citus.propagate_set_commands";

/// No statement: Citus does not carry it.
fn set_local(setting: &CStr, value: &CStr) {
    setting::set(setting, value, Until::TransactionEnds);
}

const TO_HIDE_TOKENS: &str = "As superuser: ALTER ROLE … SET track_activities = off, and pg_stat_statements.track_utility = off at every server.";

struct Obstacle {
    what: String,
    hint: &'static str,
    /// Whether others of the database role could read the token.
    shows_token: bool,
}

/// Why another server would take the caller for somebody else.
fn obstacle(caller: &Caller, snapshot: &Snapshot) -> Result<Option<Obstacle>> {
    let of_token =
        "Begin a transaction, and authenticate in it: BEGIN; SELECT sharing.authenticate(token);";
    let of_setting =
        "Begin a transaction, and name the user in it: BEGIN; SET LOCAL sharing.user_key = '…';";
    let found = |what: &str, hint| {
        Ok(Some(Obstacle {
            what: what.to_owned(),
            hint,
            shows_token: false,
        }))
    };
    // SAFETY: reads the state of the transaction.
    let is_in_block = unsafe { pg_sys::IsTransactionBlock() };
    if caller.token.is_some() {
        if caller.acting_as.is_some() {
            return found(
                "act_as() of a session that is known by a token counts at this server alone",
                "Name the user by SET LOCAL sharing.user_key in a session of a trusted role.",
            );
        }
        if token(caller).is_none() {
            return found(
                "a signed token of this session is not known any more",
                of_token,
            );
        }
        // A worker would refuse it, too, but its text would be there by then.
        if let Some(why) = carried_token::shows_statements() {
            return Ok(Some(Obstacle {
                what: format!("{why}, which would show the token to others of the database role"),
                hint: TO_HIDE_TOKENS,
                shows_token: true,
            }));
        }
        if !is_in_block {
            return found(
                "a signed token reaches them within a transaction alone",
                of_token,
            );
        }
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
    let names = of_session.is_some() && caller.token.is_none() && !caller.requires_token;
    if caller.acting_as.is_some() && !names {
        return found(
            "act_as() counts there in sessions of trusted roles alone",
            "Call it in a session of a role given to sharing.trust(), which may name anybody there, for a user with the right administrator.",
        );
    }
    // Also where it names nobody: what a role's own setting or an earlier statement left in the connection to a worker
    // would name somebody there.
    if of_session.is_some() && !is_in_block {
        return found("settings reach them within a transaction alone", of_setting);
    }
    Ok(None)
}
