//! Records shared over links: given, taken back, and gone with what they are of.

use crate::catalog::read::links::{shared_modules, shared_modules_oid};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::link_partners::Partners;
use crate::catalog::write::links::{OF_KEY, Sharing};
use crate::catalog::write::origin::LocalConsequence;
use crate::catalog::write::sql::{Value, execute, execute_at, execute_kept, rows_kept, timestamp};
use crate::core::error::record_must_fit;
use crate::core::org::{ModuleId, User, UserId};
use crate::core::{Error, Result};
use crate::pg::clock;
use crate::pg::clock::Time;
use pgrx::pg_sys;

impl Sharing {
    /// Shares a record of `module` over the active link from `from` to `to`. Sharing again changes
    /// the level and the end.
    pub fn share(
        &self,
        from: &User,
        to_key: &str,
        module: ModuleId,
        record_id: &str,
        access: &str,
        until: Option<Time>,
    ) -> Result<()> {
        record_must_fit("a shared record", record_id)?;
        let link = rows_kept(
            &format!("SELECT l.id, CASE WHEN l.until <= $3 THEN 'ended' ELSE l.status END, l.to_user_id
                FROM sharing.links l WHERE l.from_user_id = $1 AND l.to_user_id = {OF_KEY} FOR KEY SHARE OF l"),
            &[from.id.0.into(), to_key.into(), timestamp(Some(clock::now()))],
            |row| Ok((row.get::<i64>(1)?, row.get::<String>(2)?, row.get::<i32>(3)?.map(UserId))),
        )?
        .pop();
        let link = match link {
            None => Err(Error::not_possible(format!("there is no link to user \"{to_key}\""))
                .hint("Ask for one with sharing.request_link(office, user_name).")),
            Some((_, status, _)) if status.as_deref() == Some("ended") => {
                Err(Error::not_possible(format!("the link to user \"{to_key}\" has ended"))
                    .hint("Ask for another one with sharing.request_link(office, user_name)."))
            }
            Some((_, status, _)) if status.as_deref() != Some("active") => {
                Err(Error::not_possible(format!("the link to user \"{to_key}\" is not active"))
                    .hint("It waits until they accept it."))
            }
            Some((_, _, to)) if !Partners::now()?.may_share(Some(from.id), to) => {
                Err(Error::not_possible(format!("the link to user \"{to_key}\" is suspended")).hint(
                    "Both users must be active, have the right record_sharing, and be in different offices.",
                ))
            }
            Some((link, ..)) => Ok(link),
        }?;
        will_be_shared(&[module])?;
        execute_kept(
            "INSERT INTO sharing.shares (link_id, module_id, record_id, access, until) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (link_id, module_id, record_id) DO UPDATE SET access = EXCLUDED.access, until = EXCLUDED.until, shared_at = EXCLUDED.shared_at",
            &[link.into(), module.0.into(), record_id.into(), access.into(), timestamp(until)],
        )?;
        Ok(())
    }

    /// Takes shares of a record with `to_key` back: those of `from`, or everyone's for an
    /// administrator. Returns how many.
    pub fn unshare(
        &self,
        from: Option<UserId>,
        to_key: &str,
        module: ModuleId,
        record_id: &str,
    ) -> Result<usize> {
        execute(
            &format!(
                "DELETE FROM sharing.shares s USING sharing.links l WHERE l.id = s.link_id AND l.to_user_id = {OF_KEY} AND s.module_id = $1
                 AND s.record_id = $3 AND ($4 IS NULL OR l.from_user_id = $4)"
            ),
            &[
                module.0.into(),
                to_key.into(),
                record_id.into(),
                from.map(|from| from.0).into(),
            ],
        )
    }
}

/// From the first share of a module's record on, queries on the module ask for shares.
pub(super) fn will_be_shared(modules: &[ModuleId]) -> Result<()> {
    let known = shared_modules(&Snapshot::latest());
    let new: Vec<i32> = modules
        .iter()
        .filter(|module| known.binary_search(module).is_err())
        .map(|module| module.0)
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    execute(
        "INSERT INTO sharing.shared_modules (module_id) SELECT * FROM pg_catalog.unnest($1::int4[])",
        &[new.into()],
    )?;
    if let Some(oid) = shared_modules_oid() {
        // SAFETY: the table exists; the message goes out at commit.
        unsafe { pg_sys::CacheInvalidateRelcacheByRelid(oid) };
    }
    Ok(())
}

/// Deletes the shares and the grants of a module's records that `snapshot` sees: the latest, since under
/// REPEATABLE READ somebody may have shared a record since the transaction began.
pub fn forget_records(module: ModuleId, records: Vec<String>, snapshot: &Snapshot) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let _elevated = Elevated::enter()?;
    let _consequence = LocalConsequence::begin();
    let of = [Value::Int(module.0), Value::Texts(records)];
    for statement in [
        c"DELETE FROM sharing.shares WHERE module_id OPERATOR(pg_catalog.=) $1 AND record_id OPERATOR(pg_catalog.=) ANY ($2)",
        c"DELETE FROM sharing.record_grants WHERE module_id OPERATOR(pg_catalog.=) $1 AND record_id OPERATOR(pg_catalog.=) ANY ($2)",
    ] {
        execute_at(statement, &of, snapshot)?;
    }
    Ok(())
}
