//! Databases whose configuration comes from another: it is changed there.
//!
//! A subscription that brings a table of ours stops at the first row that is there already, and what was changed
//! beside it would never reach the other copies. So every statement on such a table is refused, but for those by
//! which the change comes, for what a superuser mends in replica mode, and for what follows from something that
//! happened to a table here.

use crate::catalog::read::citus;
use crate::catalog::read::citus::Node;
use crate::catalog::read::names::relation_oid;
use crate::catalog::read::subscriptions::subscription_to;
use crate::core::{Error, Result};
use pgrx::pg_sys;
use std::cell::Cell;
use std::ffi::CStr;

thread_local! {
    static FOLLOWS: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, what is written follows from what happened to a table of this database: a record is gone and
/// its shares with it, a table was dropped.
pub struct LocalConsequence {
    before: bool,
}

impl LocalConsequence {
    pub fn begin() -> LocalConsequence {
        LocalConsequence {
            before: FOLLOWS.replace(true),
        }
    }
}

impl Drop for LocalConsequence {
    /// After an error, too, which unwinds the stack.
    fn drop(&mut self) {
        FOLLOWS.set(self.before);
    }
}

/// What every database has of its own, also a copy: its stamps, its own log, and what only lasts as long as a
/// transaction.
const OWN_EVERYWHERE: [&CStr; 4] = [
    c"generation",
    c"grant_stamps",
    c"audit_entries",
    c"source_gaps",
];

/// Refused where the rows of a table of ours come from elsewhere.
///
/// # Safety
/// `table` must be open.
pub unsafe fn must_be_changed_here(table: pg_sys::Relation) -> Result<()> {
    // SAFETY: by the caller's promise; reads a variable of this process.
    let (oid, name, is_replica) = unsafe {
        let is_replica =
            pg_sys::SessionReplicationRole == pg_sys::SESSION_REPLICATION_ROLE_REPLICA as i32;
        let name = CStr::from_ptr((*(*table).rd_rel).relname.data.as_ptr());
        ((*table).rd_id, name, is_replica)
    };
    if is_replica || FOLLOWS.get() || OWN_EVERYWHERE.contains(&name) {
        return Ok(());
    }
    if let Some(Node::Worker(coordinator)) = citus::this_node() {
        return Err(Error::not_possible(format!(
            "this server is a worker of Citus, and the configuration of pg_sharing is changed at its coordinator, {coordinator}"
        ))
        .hint("A subscription to the tables of the schema sharing brings it from there."));
    }
    match subscription_to(oid) {
        None => Ok(()),
        Some(name) => Err(Error::not_possible(format!(
            "the configuration of pg_sharing comes to this database by the subscription \"{name}\", and is not changed here"
        ))
        .hint("Change it in the database that publishes it. Without the subscription, this database has a configuration of its own.")),
    }
}

/// Whether the rows of a table of ours come from another database.
pub fn comes_from_elsewhere(table: &'static CStr) -> bool {
    is_subscribed(table) || citus::is_worker()
}

/// Whether a subscription brings the rows of a table of ours.
pub fn is_subscribed(table: &'static CStr) -> bool {
    relation_oid(table).and_then(subscription_to).is_some()
}
