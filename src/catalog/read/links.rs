//! Links and shares, as the read path sees them. Nothing of them is part of the generation.

use crate::catalog::read::ends::counts_at;
use crate::catalog::read::grants::{given_records, is_given};
use crate::catalog::read::names::relation_oid;
use crate::catalog::read::rows::Row;
use crate::catalog::read::scan::{CatalogTable, Key};
use crate::catalog::read::snapshot::{LastRead, Snapshot};
use crate::core::org::{ModuleId, UserId};
use crate::core::{Level, LinkStatus, ShareAccess};
use crate::pg::clock;
use crate::pg::clock::Time;
use pgrx::pg_sys;
use std::rc::Rc;

/// A link to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    pub id: i64,
    pub from: UserId,
    /// Accepted, and not ended. Whether it carries anything also depends on the two users.
    pub active: bool,
    /// New whenever a share of the link changes.
    pub stamp: u128,
    /// Written by this very transaction: nothing may be remembered under the stamp.
    pub own: bool,
}

/// Whether a row has no end in a column, or one that is to come, which is noted: what is found out by the row holds
/// until then.
fn has_not_ended(row: &Row, column: usize) -> bool {
    let until = row.bigint(column);
    let counts = counts_at(clock::now(), until);
    if let (true, Some(until)) = (counts, until) {
        clock::note_end(until);
    }
    counts
}

/// The links of which `user` is the receiver.
pub fn links_to(user: UserId, snapshot: &Snapshot) -> Vec<Link> {
    let mut links = Vec::new();
    let Some(table) = CatalogTable::open(c"links") else {
        return links;
    };
    table.each_where(
        c"links_to_user_id_idx",
        3,
        Key::Int(user.0),
        snapshot,
        |row| {
            if let (Some(id), Some(from), Some(stamp)) = (row.bigint(1), row.int(2), row.uuid(6)) {
                links.push(Link {
                    id,
                    from: UserId(from),
                    active: row.text(4).as_deref() == Some("active") && has_not_ended(row, 7),
                    stamp,
                    // SAFETY: asks the transaction state about a transaction id.
                    own: unsafe { pg_sys::TransactionIdIsCurrentTransactionId(row.xmin()) },
                });
            }
        },
    );
    links
}

/// A link as it is stored, whether or not it has ended.
pub struct StoredLink {
    pub id: i64,
    pub from: UserId,
    pub to: UserId,
    pub status: LinkStatus,
    pub until: Option<Time>,
}

/// A share as it is stored, whether or not it has ended.
pub struct StoredShare {
    pub link: i64,
    pub module: ModuleId,
    pub record: String,
    pub access: ShareAccess,
    pub until: Option<Time>,
}

/// Every link.
pub fn all_links(snapshot: &Snapshot) -> Vec<StoredLink> {
    let mut links = Vec::new();
    if let Some(table) = CatalogTable::open(c"links") {
        table.each_row(snapshot, |row| {
            let status = row.text(4).and_then(|label| LinkStatus::from_label(&label));
            if let (Some(id), Some(from), Some(to), Some(status)) =
                (row.bigint(1), row.int(2), row.int(3), status)
            {
                links.push(StoredLink {
                    id,
                    from: UserId(from),
                    to: UserId(to),
                    status,
                    until: row.bigint(7),
                });
            }
        });
    }
    links
}

/// Every share.
pub fn all_shares(snapshot: &Snapshot) -> Vec<StoredShare> {
    let mut shares = Vec::new();
    if let Some(table) = CatalogTable::open(c"shares") {
        table.each_row(snapshot, |row| {
            let access = row
                .text(4)
                .and_then(|label| ShareAccess::from_label(&label));
            if let (Some(link), Some(module), Some(record), Some(access)) =
                (row.bigint(1), row.int(2), row.text(3), access)
            {
                shares.push(StoredShare {
                    link,
                    module: ModuleId(module),
                    record,
                    access,
                    until: row.bigint(6),
                });
            }
        });
    }
    shares
}

/// The records of a module that are shared over a link, by their keys, and whose share has not ended.
pub fn shares_of(link: i64, module: ModuleId, snapshot: &Snapshot) -> Vec<(String, Level)> {
    let now = clock::now();
    let mut shares = Vec::new();
    each_share_of(link, module, snapshot, |record, level, until| {
        if counts_at(now, until) {
            shares.push((record, level));
        }
    });
    shares
}

/// Calls `visit` with each record of a module that is shared over a link: its key, the level, and the end.
pub fn each_share_of(
    link: i64,
    module: ModuleId,
    snapshot: &Snapshot,
    mut visit: impl FnMut(String, Level, Option<Time>),
) {
    let Some(table) = CatalogTable::open(c"shares") else {
        return;
    };
    let keys = [(1, Key::Bigint(link)), (2, Key::Int(module.0))];
    table.each_where_all(c"shares_pkey", &keys, snapshot, |row| {
        let level = match row.text(4).as_deref() {
            Some("edit") => Level::Edit,
            Some("read") => Level::Read,
            _ => return,
        };
        if let Some(record) = row.text(3) {
            visit(record, level, row.bigint(6));
        }
    });
}

/// The records of a module that are shared with anybody, or were given to anybody, each once, by their keys.
pub fn shared_records(module: ModuleId, snapshot: &Snapshot) -> Vec<String> {
    let mut records = given_records(module, snapshot);
    if let Some(table) = CatalogTable::open(c"shares") {
        table.each_row(snapshot, |row| {
            if row.int(2) == Some(module.0) {
                records.extend(row.text(3));
            }
        });
    }
    records.sort();
    records.dedup();
    records
}

thread_local! {
    static SHARED_MODULES: LastRead<Rc<[ModuleId]>> = LastRead::default();
}

/// The modules of which a record was ever shared or given, in order.
pub fn shared_modules(snapshot: &Snapshot) -> Rc<[ModuleId]> {
    let read = || {
        let mut modules = Vec::new();
        CatalogTable::open(c"shared_modules")?
            .each_row(snapshot, |row| modules.extend(row.int(1).map(ModuleId)));
        modules.sort();
        modules.dedup();
        Some(modules.into())
    };
    SHARED_MODULES
        .with(|last| last.or_read(snapshot, read))
        .unwrap_or_default()
}

/// Whether a record of a module was ever shared or given.
pub fn was_ever_shared(module: ModuleId, snapshot: &Snapshot) -> bool {
    shared_modules(snapshot).binary_search(&module).is_ok()
}

/// Whether any record of a module is shared or given now. Reads all of that where one ever was.
pub fn has_shared_records(module: ModuleId, snapshot: &Snapshot) -> bool {
    let mut has = false;
    if was_ever_shared(module, snapshot) {
        for (table, column) in [(c"shares", 2), (c"record_grants", 3)] {
            if let Some(table) = CatalogTable::open(table) {
                table.each_row(snapshot, |row| has |= row.int(column) == Some(module.0));
            }
        }
    }
    has
}

/// The table whose changes plans that leave shares out depend on.
pub fn shared_modules_oid() -> Option<pg_sys::Oid> {
    relation_oid(c"shared_modules")
}

/// Whether a record is shared with anybody, or was given to anybody.
pub fn is_shared(module: ModuleId, record: &str, snapshot: &Snapshot) -> bool {
    let mut shared = is_given(module, record, snapshot);
    if let Some(table) = CatalogTable::open(c"shares") {
        let keys = [(3, Key::Text(record)), (2, Key::Int(module.0))];
        table.each_where_all(c"shares_record_idx", &keys, snapshot, |_| shared = true);
    }
    shared
}

/// The link from one user to another, if there is one that has not ended: its number, and how far it has come.
pub fn link_between(from: UserId, to: UserId, snapshot: &Snapshot) -> Option<(i64, LinkStatus)> {
    let now = clock::now();
    let mut link = None;
    let index = c"links_from_user_id_to_user_id_key";
    let keys = [(2, Key::Int(from.0)), (3, Key::Int(to.0))];
    CatalogTable::open(c"links")?.each_where_all(index, &keys, snapshot, |row| {
        let status = row.text(4).and_then(|label| LinkStatus::from_label(&label));
        link = row
            .bigint(1)
            .zip(status)
            .filter(|_| counts_at(now, row.bigint(7)));
    });
    link
}

/// What a record was shared for over a link, unless that has ended.
pub fn share_over(link: i64, module: ModuleId, record: &str, snapshot: &Snapshot) -> Option<Level> {
    let now = clock::now();
    let mut level = None;
    let keys = [
        (1, Key::Bigint(link)),
        (2, Key::Int(module.0)),
        (3, Key::Text(record)),
    ];
    CatalogTable::open(c"shares")?.each_where_all(c"shares_pkey", &keys, snapshot, |row| {
        let access = row.text(4).filter(|_| counts_at(now, row.bigint(6)));
        level = access.and_then(|label| ShareAccess::from_label(&label));
    });
    level.map(ShareAccess::level)
}

/// Everybody with whom a record was shared, whether or not that counts now.
pub fn receivers_of(module: ModuleId, record: &str, snapshot: &Snapshot) -> Vec<UserId> {
    let mut links = Vec::new();
    if let Some(table) = CatalogTable::open(c"shares") {
        let keys = [(3, Key::Text(record)), (2, Key::Int(module.0))];
        table.each_where_all(c"shares_record_idx", &keys, snapshot, |row| {
            links.extend(row.bigint(1));
        });
    }
    let mut receivers = Vec::new();
    if let (false, Some(table)) = (links.is_empty(), CatalogTable::open(c"links")) {
        for link in links {
            table.each_where(c"links_pkey", 1, Key::Bigint(link), snapshot, |row| {
                receivers.extend(row.int(3).map(UserId));
            });
        }
    }
    receivers
}

/// Whether the row of a link was written by this very transaction.
pub fn is_own(link: i64, snapshot: &Snapshot) -> bool {
    let mut own = false;
    if let Some(table) = CatalogTable::open(c"links") {
        table.each_where(c"links_pkey", 1, Key::Bigint(link), snapshot, |row| {
            // SAFETY: asks the transaction state about a transaction id.
            own = unsafe { pg_sys::TransactionIdIsCurrentTransactionId(row.xmin()) };
        });
    }
    own
}
