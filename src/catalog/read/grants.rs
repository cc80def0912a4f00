//! Single records given to people, as the read path sees them. Nothing of them is part of the generation.

use crate::catalog::read::rows::Row;
use crate::catalog::read::scan::{CatalogTable, Key};
use crate::catalog::read::snapshot::Snapshot;
use crate::core::org::{GroupId, ModuleId, Recipient, RoleId, UserId};
use crate::core::{Level, ShareAccess};
use pgrx::pg_sys;

/// Whose grants a stamp tells the version of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StampOf {
    Recipient(Recipient),
    /// What was given to any role or group in a module.
    Module(ModuleId),
}

impl StampOf {
    /// Kind and number, as they are stored.
    pub fn stored(self) -> (&'static str, i32) {
        match self {
            StampOf::Recipient(recipient) => stored(recipient),
            StampOf::Module(ModuleId(id)) => ("module", id),
        }
    }
}

/// Kind and number, as they are stored.
pub fn stored(recipient: Recipient) -> (&'static str, i32) {
    match recipient {
        Recipient::User(UserId(id)) => ("user", id),
        Recipient::Role(RoleId(id)) => ("role", id),
        Recipient::RoleAndSubordinates(RoleId(id)) => ("role_and_subordinates", id),
        Recipient::Group(GroupId(id)) => ("group", id),
    }
}

pub fn recipient(kind: &str, id: i32) -> Option<Recipient> {
    match kind {
        "user" => Some(Recipient::User(UserId(id))),
        "role" => Some(Recipient::Role(RoleId(id))),
        "role_and_subordinates" => Some(Recipient::RoleAndSubordinates(RoleId(id))),
        "group" => Some(Recipient::Group(GroupId(id))),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantStamp {
    /// Never the same for two committed states.
    pub stamp: u128,
    /// Written by this very transaction: nothing may be remembered under it.
    pub own: bool,
}

impl GrantStamp {
    /// Whether nothing was ever given.
    pub fn is_none(self) -> bool {
        self.stamp == 0 && !self.own
    }
}

/// The stamps of one are added up: they are random, and a change gives one of them another value.
pub fn stamp_of(of: StampOf, snapshot: &Snapshot) -> GrantStamp {
    let mut found = GrantStamp {
        stamp: 0,
        own: false,
    };
    let (kind, id) = of.stored();
    if let Some(table) = CatalogTable::open(c"grant_stamps") {
        let keys = [(1, Key::Int(id)), (2, Key::Text(kind))];
        table.each_where_all(c"grant_stamps_of_idx", &keys, snapshot, |row| {
            found.stamp = found.stamp.wrapping_add(row.uuid(3).unwrap_or_default());
            // SAFETY: asks the transaction state about a transaction id.
            found.own |= unsafe { pg_sys::TransactionIdIsCurrentTransactionId(row.xmin()) };
        });
    }
    found
}

/// Calls `visit` with each record of a module that was given to somebody: its key, the level, and the end.
pub fn given_to(
    to: Recipient,
    module: ModuleId,
    snapshot: &Snapshot,
    mut visit: impl FnMut(&str, Level, Option<i64>),
) {
    let Some(table) = CatalogTable::open(c"record_grants") else {
        return;
    };
    let (kind, id) = stored(to);
    let keys = [
        (1, Key::Int(id)),
        (2, Key::Text(kind)),
        (3, Key::Int(module.0)),
    ];
    table.each_where_all(c"record_grants_pkey", &keys, snapshot, |row| {
        if let Some(level) = level(row) {
            row.with_text(4, |record| visit(record, level, row.bigint(6)));
        }
    });
}

fn level(row: &Row) -> Option<Level> {
    let access = row.with_text(5, ShareAccess::from_label).flatten();
    access.map(ShareAccess::level)
}

/// A grant as it is stored.
pub struct StoredGrant {
    pub to: Recipient,
    pub module: ModuleId,
    pub record: String,
    pub level: Level,
    pub until: Option<i64>,
    pub by: Option<UserId>,
}

impl StoredGrant {
    fn read(row: &Row) -> Option<StoredGrant> {
        let kind = row.text(2)?;
        Some(StoredGrant {
            to: recipient(&kind, row.int(1)?)?,
            module: ModuleId(row.int(3)?),
            record: row.text(4)?,
            level: level(row)?,
            until: row.bigint(6),
            by: row.int(7).map(UserId),
        })
    }
}

/// What was given of a record, to whomever, also what has ended.
pub fn grants_of(module: ModuleId, record: &str, snapshot: &Snapshot) -> Vec<StoredGrant> {
    let mut grants = Vec::new();
    if let Some(table) = CatalogTable::open(c"record_grants") {
        let keys = [(4, Key::Text(record)), (3, Key::Int(module.0))];
        table.each_where_all(c"record_grants_record_idx", &keys, snapshot, |row| {
            grants.extend(StoredGrant::read(row));
        });
    }
    grants
}

/// Every grant.
pub fn all_grants(snapshot: &Snapshot) -> Vec<StoredGrant> {
    let mut grants = Vec::new();
    if let Some(table) = CatalogTable::open(c"record_grants") {
        table.each_row(snapshot, |row| grants.extend(StoredGrant::read(row)));
    }
    grants
}

/// Whether a record was given to anybody.
pub fn is_given(module: ModuleId, record: &str, snapshot: &Snapshot) -> bool {
    let mut given = false;
    if let Some(table) = CatalogTable::open(c"record_grants") {
        let keys = [(4, Key::Text(record)), (3, Key::Int(module.0))];
        table.each_where_all(c"record_grants_record_idx", &keys, snapshot, |_| {
            given = true
        });
    }
    given
}

/// The records of a module that were given to anybody, by their keys, and some more than once.
pub fn given_records(module: ModuleId, snapshot: &Snapshot) -> Vec<String> {
    let mut records = Vec::new();
    if let Some(table) = CatalogTable::open(c"record_grants") {
        table.each_row(snapshot, |row| {
            if row.int(3) == Some(module.0) {
                records.extend(row.text(4));
            }
        });
    }
    records
}
