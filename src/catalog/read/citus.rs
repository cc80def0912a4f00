//! What Citus says of this server and of its tables, by its own tables in pg_catalog, where superusers alone make
//! any. None of its functions is called: they are somebody else's code.

use crate::catalog::read::names::system_relation_oid;
use crate::catalog::read::scan::each_system_row;
use crate::pg::setting::held;
use pgrx::pg_sys;
use std::ffi::{CStr, CString};
use std::sync::OnceLock;

/// Whether the database has Citus.
pub fn is_here() -> bool {
    system_relation_oid(c"pg_dist_partition").is_some()
}

/// Whether Citus may take part in a statement: its library is loaded when the server starts, or never. Every statement
/// asks this, so it is remembered.
pub fn is_at_work() -> bool {
    static IS_LOADED: OnceLock<bool> = OnceLock::new();
    *IS_LOADED.get_or_init(|| held(c"citus.enable_ddl_propagation").is_some()) && is_here()
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

unsafe extern "C-unwind" {
    /// An error for what is no partition.
    fn get_partition_parent(partition: pg_sys::Oid, also_while_detached: bool) -> pg_sys::Oid;
}

/// The table of which a table is a partition. Citus distributes no partitions of partitions.
pub fn partitioned_table(table: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: looks a relation up, and reads of which table it is a partition.
    unsafe {
        pg_sys::get_rel_relispartition(table)
            .then(|| pg_sys::ffi::pg_guard_ffi_boundary(|| get_partition_parent(table, true)))
    }
}

/// Whether Citus distributes a table, or is going to: a partition of one that it distributes.
pub fn becomes_spread(table: pg_sys::Oid) -> bool {
    is_here() && (is_spread(table) || partitioned_table(table).is_some_and(is_spread))
}

/// The schema and the name of a relation, where it is there.
fn named(oid: pg_sys::Oid) -> Option<(pg_sys::Oid, String)> {
    // SAFETY: looks a relation up; the name is a NUL-terminated copy, or null where it is gone.
    unsafe {
        let name = pg_sys::get_rel_name(oid);
        let schema = pg_sys::get_rel_namespace(oid);
        (!name.is_null()).then(|| (schema, CStr::from_ptr(name).to_string_lossy().into_owned()))
    }
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

/// The table of which a relation is a shard that this server holds. Anybody may name a table of theirs like one: but
/// where Citus says that a shard is, nobody else can have its name.
pub fn table_of_shard(relation: pg_sys::Oid) -> Option<pg_sys::Oid> {
    if !is_here() {
        return None;
    }
    let (schema, name) = named(relation)?;
    let mut candidates = Vec::new();
    each_system_row(c"pg_dist_shard", |row| {
        if let (Some(of), Some(number)) = (row.oid(1), row.bigint(2))
            && name.ends_with(&format!("_{number}"))
        {
            candidates.push((of, number));
        }
    });
    candidates.retain(|(of, _)| named(*of).is_some_and(|(other, _)| other == schema));
    if candidates.is_empty() {
        return None;
    }
    let group = this_group()?;
    let mut found = None;
    each_system_row(c"pg_dist_placement", |row| {
        if row.int(5) == Some(group)
            && let Some((of, _)) = candidates.iter().find(|one| Some(one.1) == row.bigint(2))
        {
            found = Some(*of);
        }
    });
    found
}

/// Whether a relation is a shard of a table or of one of its partitions, which this server holds.
pub fn is_shard_of(relation: pg_sys::Oid, table: pg_sys::Oid) -> bool {
    table_of_shard(relation).is_some_and(|of| of == table || partitioned_table(of) == Some(table))
}

/// Whether a key of a table is one in all of its shards: those of a table that is distributed by appending are not
/// compared with each other.
pub fn keys_hold_everywhere(table: pg_sys::Oid) -> bool {
    if !is_here() {
        return true;
    }
    let mut is_appended = false;
    each_system_row(c"pg_dist_partition", |row| {
        is_appended |= row.oid(1) == Some(table) && row.char(2) == Some(b'a');
    });
    !is_appended
}

/// The shards of a table that this server holds; those of its partitions are attached to them.
pub fn shards_here(table: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    let Some(((schema, name), group)) = named(table).zip(this_group()) else {
        return Vec::new();
    };
    let mut numbers = Vec::new();
    each_system_row(c"pg_dist_shard", |row| {
        if row.oid(1) == Some(table) {
            numbers.extend(row.bigint(2));
        }
    });
    let mut shards = Vec::new();
    each_system_row(c"pg_dist_placement", |row| {
        if let Some(number) = row.bigint(2).filter(|number| numbers.contains(number))
            && row.int(5) == Some(group)
            && let Ok(name) = CString::new(format!("{name}_{number}"))
        {
            // SAFETY: looks a relation up by its name.
            shards.push(unsafe { pg_sys::get_relname_relid(name.as_ptr(), schema) });
        }
    });
    // One with a name so long that Citus cuts it off is not found.
    shards.retain(|&shard| shard != pg_sys::InvalidOid);
    shards
}

/// Those of which row security is off, or does not hold for their owner. Citus takes shards out of what statements find
/// in pg_class.
pub fn open_shards(table: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    let is_open = |&shard: &pg_sys::Oid| {
        // SAFETY: looks a row of pg_class up in the system caches, and releases it.
        unsafe {
            let id = pg_sys::SysCacheIdentifier::RELOID as i32;
            let tuple = pg_sys::SearchSysCache1(id, pg_sys::Datum::from(shard));
            if tuple.is_null() {
                return false;
            }
            let row = pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_class>();
            let is_open = !(*row).relrowsecurity || !(*row).relforcerowsecurity;
            pg_sys::ReleaseSysCache(tuple);
            is_open
        }
    };
    shards_here(table).into_iter().filter(is_open).collect()
}

/// How Citus keeps a table.
struct Distribution {
    method: u8,
    /// Tables of one number have their shards at the same places.
    together: i32,
    replication: u8,
    /// The column by which it is distributed, as Citus writes it.
    column: Option<String>,
}

fn kept(table: pg_sys::Oid) -> Option<Distribution> {
    let mut found = None;
    each_system_row(c"pg_dist_partition", |row| {
        if row.oid(1) == Some(table) {
            found = Some(Distribution {
                method: row.char(2).unwrap_or_default(),
                together: row.int(4).unwrap_or_default(),
                replication: row.char(5).unwrap_or_default(),
                column: row.text(3),
            });
        }
    });
    found
}

/// Whether Citus keeps a table at the coordinator alone, and makes another table of what becomes a partition of it.
pub fn stays_here(table: pg_sys::Oid) -> bool {
    is_here()
        && kept(table).is_some_and(|kept| {
            kept.method == b'n' && kept.replication == b's' && kept.together == 0
        })
}

/// The longest name of a table to which Citus adds the number of a shard as it is.
const LONGEST_NAME: usize = 40;

/// Whether every shard of a child has the parents of its records at the same server: where `via` is the number of the
/// column that holds their keys, and `key` that of the parent's own.
pub fn parents_are_near(child: pg_sys::Oid, via: i16, parent: pg_sys::Oid, key: i16) -> bool {
    let (Some(of_child), Some(of_parent)) = (kept(child), kept(parent)) else {
        return false;
    };
    if named(parent).is_none_or(|(_, name)| name.len() > LONGEST_NAME) {
        return false;
    }
    // Citus writes a column as PostgreSQL does a variable of a rule.
    let is = |kept: &Distribution, number: i16| {
        let text = kept.column.as_deref().unwrap_or_default();
        text.contains(&format!(":varattno {number} "))
    };
    match (of_parent.method, of_parent.replication) {
        // A reference table.
        (b'n', b't') => true,
        (b'h', _) => {
            of_child.method == b'h'
                && of_child.together == of_parent.together
                && is(&of_child, via)
                && is(&of_parent, key)
        }
        // Both stay at the coordinator.
        (b'n', b's') => stays_here(child) && stays_here(parent),
        _ => false,
    }
}

/// Whether Citus lets all servers prepare where every shard of a table is changed: not where there is one shard, on one
/// other server.
pub fn are_prepared_together(table: pg_sys::Oid) -> bool {
    let mut shards = Vec::new();
    each_system_row(c"pg_dist_shard", |row| {
        if row.oid(1) == Some(table) {
            shards.extend(row.bigint(2));
        }
    });
    let [shard] = shards[..] else {
        return shards.len() > 1;
    };
    let mut groups = Vec::new();
    each_system_row(c"pg_dist_placement", |row| {
        if row.bigint(2) == Some(shard) {
            groups.extend(row.int(5));
        }
    });
    groups.len() > 1 || groups.first() == this_group().as_ref()
}

/// How many other servers hold shards, or may.
pub fn number_of_workers() -> usize {
    let mut groups = Vec::new();
    each_system_row(c"pg_dist_node", |row| {
        groups.extend(row.int(2).filter(|&group| group != 0 && row.bool(7)));
    });
    groups.sort_unstable();
    groups.dedup();
    groups.len()
}

fn this_group() -> Option<i32> {
    let mut group = None;
    each_system_row(c"pg_dist_local_group", |row| group = row.int(1));
    group
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
    if this_group()? == 0 {
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
