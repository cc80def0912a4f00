//! Renewing the version of the configuration, which every change does first.

use crate::catalog::read::generation::Generation;
use crate::catalog::read::names::relation_oid;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::version;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::sql::execute;
use crate::core::Result;
use crate::pg::process;
use pgrx::pg_sys;
use std::cell::Cell;

thread_local! {
    static RENEWED: Cell<Option<(CommandMark, bool)>> = const { Cell::new(None) };
}

/// A command of a transaction, and of a savepoint in it: what was found in one holds until it ends.
type CommandMark = (
    pg_sys::TransactionId,
    pg_sys::SubTransactionId,
    pg_sys::CommandId,
);

fn mark() -> CommandMark {
    // SAFETY: reads the state of the transaction.
    unsafe {
        (
            pg_sys::GetTopTransactionIdIfAny(),
            pg_sys::GetCurrentSubTransactionId(),
            process::command(),
        )
    }
}

/// Whether the triggers on our tables, which fire for each row, have nothing to do: this command has been renewed.
fn is_done(with_structure: bool) -> bool {
    RENEWED
        .get()
        .is_some_and(|(at, structure)| at == mark() && (structure || !with_structure))
}

/// For each row that changes.
pub fn renew_for_row(with_structure: bool) -> Result<()> {
    if is_done(with_structure) {
        return Ok(());
    }
    match with_structure {
        true => renew_structure()?,
        false => renew()?,
    }
    RENEWED.set(Some((mark(), with_structure)));
    Ok(())
}

/// Gives the generation a new stamp, once in a transaction. The row's lock lets one transaction at
/// a time change the configuration; whoever is going to change something takes it first.
pub fn renew() -> Result<()> {
    let seen = Generation::seen_by(&Snapshot::latest());
    if seen.is_none_or(|generation| !generation.own) {
        let _elevated = Elevated::enter()?;
        execute(
            "UPDATE sharing.generation SET stamp = pg_catalog.gen_random_uuid()",
            &[],
        )?;
        // A revoke that was acknowledged must survive a crash, whatever synchronous_commit says.
        // SAFETY: sets a flag of the transaction.
        unsafe { pg_sys::ForceSyncCommit() };
    }
    if let Some(oid) = relation_oid(c"generation") {
        // Plans that depend on the configuration name this table (policy::plans). Every time: this very
        // transaction may have planned something since the last.
        // SAFETY: the table exists; this session hears of it after the command, others after the commit.
        unsafe { pg_sys::CacheInvalidateRelcacheByRelid(oid) };
    }
    Ok(())
}

/// The same for tables of any version: both stamps, whatever changes.
pub fn renew_any_version() -> Result<()> {
    let _elevated = Elevated::enter_any_version()?;
    execute(
        "WITH new AS (SELECT pg_catalog.gen_random_uuid() AS stamp) UPDATE sharing.generation SET stamp = new.stamp, structure = new.stamp FROM new",
        &[],
    )?;
    version::announce();
    // SAFETY: sets a flag of the transaction.
    unsafe { pg_sys::ForceSyncCommit() };
    Ok(())
}

/// The same, where something else than single users changes.
pub fn renew_structure() -> Result<()> {
    renew()?;
    let seen = Generation::seen_by(&Snapshot::latest());
    if seen.is_none_or(|generation| generation.structure != generation.stamp) {
        let _elevated = Elevated::enter()?;
        execute("UPDATE sharing.generation SET structure = stamp", &[])?;
    }
    Ok(())
}
