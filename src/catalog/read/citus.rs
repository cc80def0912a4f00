//! What Citus says of this server and of its tables, by its own tables in pg_catalog, where superusers alone make
//! any. None of its functions is called: they are somebody else's code.

use crate::catalog::read::names::system_relation_oid;
use crate::catalog::read::scan::each_system_row;
use pgrx::pg_sys;
use std::ffi::CStr;

/// Whether the database has Citus.
pub fn is_here() -> bool {
    system_relation_oid(c"pg_dist_partition").is_some()
}

/// The tables that Citus distributes or keeps for its own among the given ones: their records are in shards.
pub fn spread_among(tables: &[pg_sys::Oid]) -> Vec<pg_sys::Oid> {
    let mut found = Vec::new();
    each_system_row(c"pg_dist_partition", |row| {
        found.extend(row.oid(1).filter(|table| tables.contains(table)));
    });
    found
}

pub fn is_spread(table: pg_sys::Oid) -> bool {
    is_here() && !spread_among(&[table]).is_empty()
}

/// Whether Citus distributes all of these tables, and did so before this transaction.
pub fn were_spread(tables: &[pg_sys::Oid]) -> bool {
    let mut found = 0;
    each_system_row(c"pg_dist_partition", |row| {
        // SAFETY: compares numbers of transactions.
        let is_new = || unsafe { pg_sys::TransactionIdIsCurrentTransactionId(row.xmin()) };
        let is_meant = row.oid(1).is_some_and(|table| tables.contains(&table));
        found += usize::from(is_meant && !is_new());
    });
    found == tables.len()
}

/// Whether a table is a shard: Citus names it by its table and a number.
pub fn is_shard(table: pg_sys::Oid) -> bool {
    let named = |oid| {
        // SAFETY: looks a relation up; the name is a NUL-terminated copy, or null where it is gone.
        unsafe {
            let name = pg_sys::get_rel_name(oid);
            let schema = pg_sys::get_rel_namespace(oid);
            (!name.is_null()).then(|| (schema, CStr::from_ptr(name).to_string_lossy().into_owned()))
        }
    };
    let Some((schema, name)) = named(table) else {
        return false;
    };
    let mut found = false;
    each_system_row(c"pg_dist_shard", |row| {
        if let (Some(of), Some(number)) = (row.oid(1), row.bigint(2))
            && name.ends_with(&format!("_{number}"))
        {
            found |= named(of).is_some_and(|(other, _)| other == schema);
        }
    });
    found
}

/// What a server is to Citus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// The one at which tables are made and changed.
    Coordinator,
    /// One that holds shards, with the coordinator's address.
    Worker(String),
}

/// What this server is; None where there is no Citus.
pub fn this_node() -> Option<Node> {
    let mut group = None;
    each_system_row(c"pg_dist_local_group", |row| group = row.int(1));
    if group? == 0 {
        return Some(Node::Coordinator);
    }
    let mut coordinator = None;
    each_system_row(c"pg_dist_node", |row| {
        if row.int(2) == Some(0) {
            coordinator = row.text(3).zip(row.int(4));
        }
    });
    let address = coordinator.map(|(host, port)| format!("{host}:{port}"));
    Some(Node::Worker(address.unwrap_or_default()))
}

/// Whether tables are made and changed at another server, because this one is a worker.
pub fn is_worker() -> bool {
    matches!(this_node(), Some(Node::Worker(_)))
}
