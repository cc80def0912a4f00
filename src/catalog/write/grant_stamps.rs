//! Stamps of what was given to people: renewed by whoever changes it, without waiting for anybody.
//!
//! Of the stamps of one, who changes something takes one that no other transaction holds, or adds one. So there
//! are as many as ever changed something for one at the same time. It is looked for by the latest state, also
//! under REPEATABLE READ.

use crate::catalog::read::grants::{StampOf, recipient, stamp_of};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::sql::{Value, execute, execute_at, rows_at};
use crate::core::Result;
use crate::core::org::{ModuleId, Recipient};
use pgrx::{Uuid, pg_sys};

/// After what was given to somebody in a module was changed: kind and number, as they are stored.
pub fn renew_grants(kind: &str, id: i32, module: ModuleId) -> Result<()> {
    let Some(to) = recipient(kind, id) else {
        return Ok(());
    };
    renew(StampOf::Recipient(to))?;
    match to {
        Recipient::User(_) => Ok(()),
        _ => renew(StampOf::Module(module)),
    }
}

/// Gives one a new stamp, once in a transaction.
fn renew(of: StampOf) -> Result<()> {
    if stamp_of(of, &Snapshot::latest()).own {
        return Ok(());
    }
    let _elevated = Elevated::enter()?;
    let (kind, id) = of.stored();
    let of = [Value::Int(id), Value::Text(kind)];
    let free = rows_at(
        c"SELECT stamp FROM sharing.grant_stamps WHERE of_id OPERATOR(pg_catalog.=) $1 AND of_kind OPERATOR(pg_catalog.=) $2
          LIMIT 1 FOR UPDATE SKIP LOCKED",
        &of,
        &Snapshot::latest(),
        |row| row.get::<Uuid>(1),
    )?;
    match free.into_iter().flatten().next() {
        Some(stamp) => execute_at(
            c"UPDATE sharing.grant_stamps SET stamp = pg_catalog.gen_random_uuid()
              WHERE of_id OPERATOR(pg_catalog.=) $1 AND of_kind OPERATOR(pg_catalog.=) $2 AND stamp OPERATOR(pg_catalog.=) $3",
            &[Value::Int(id), Value::Text(kind), Value::Uuid(stamp)],
            &Snapshot::latest(),
        ),
        None => execute_at(
            c"INSERT INTO sharing.grant_stamps (of_id, of_kind) VALUES ($1, $2)",
            &of,
            &Snapshot::latest(),
        ),
    }?;
    // Taking a record back must survive a crash, whatever synchronous_commit says.
    // SAFETY: sets a flag of the transaction.
    unsafe { pg_sys::ForceSyncCommit() };
    Ok(())
}

/// Everything may have changed. For tables of any version that has such stamps.
pub fn renew_all_grants() -> Result<()> {
    let _elevated = Elevated::enter_any_version()?;
    for statement in [
        "UPDATE sharing.grant_stamps SET stamp = pg_catalog.gen_random_uuid()",
        "INSERT INTO sharing.grant_stamps (of_id, of_kind)
         SELECT g.to_id, g.to_kind FROM sharing.record_grants g
         UNION SELECT g.module_id, 'module' FROM sharing.record_grants g WHERE g.to_kind <> 'user'
         EXCEPT SELECT s.of_id, s.of_kind FROM sharing.grant_stamps s",
    ] {
        execute(statement, &[])?;
    }
    // SAFETY: sets a flag of the transaction.
    unsafe { pg_sys::ForceSyncCommit() };
    Ok(())
}
