//! The application's own tables as the source of the organization (semantics: The application's own tables).

use crate::api::raise::{OrRaise, required};
use crate::core::Result;
use crate::core::document::PlannedChange;
use crate::core::sources::{SourceColumns, SourceKind, SourcePart};
use crate::session::administration::{must_administer, must_administer_database};
use crate::sources::declare::{Declaration, declare, read_anew, withdraw};
use pgrx::JsonB;
use pgrx::pg_sys;
use pgrx::prelude::*;
use std::ffi::CStr;

fn told(changes: Result<Vec<PlannedChange>>) -> TableIterator<'static, (String, String, JsonB)> {
    let changes = changes.or_raise().into_iter();
    TableIterator::new(changes.map(|change| {
        (
            change.change.to_owned(),
            change.object,
            JsonB(change.detail),
        )
    }))
}

fn sync(
    kind: SourceKind,
    relation: Option<pg_sys::Oid>,
    named: &[(SourcePart, Option<&CStr>)],
    dry_run: Option<bool>,
) -> Result<Vec<PlannedChange>> {
    must_administer_database(&format!("sync_{}", kind.label()))?;
    let relation = required(relation, "relation")?;
    let mut columns = SourceColumns::default();
    for &(part, column) in named {
        columns.set(part, column.map(|name| name.to_string_lossy().into_owned()));
    }
    for &part in kind.needs() {
        required(columns.get(part), part.argument())?;
    }
    let declaration = Declaration {
        kind,
        relation,
        columns,
    };
    declare(&declaration, required(dry_run, "dry_run")?)
}

#[pg_extern(sql = false)]
#[allow(
    clippy::too_many_arguments,
    reason = "they are those of the SQL function"
)]
fn sync_users(
    relation: Option<pg_sys::Oid>,
    key: Option<&CStr>,
    name: Option<&CStr>,
    role: Option<&CStr>,
    office: Option<&CStr>,
    active: Option<&CStr>,
    manager: Option<&CStr>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, JsonB),
    ),
> {
    let named = [
        (SourcePart::Key, key),
        (SourcePart::Name, name),
        (SourcePart::Role, role),
        (SourcePart::Office, office),
        (SourcePart::Active, active),
        (SourcePart::Manager, manager),
    ];
    told(sync(SourceKind::Users, relation, &named, dry_run))
}

#[pg_extern(sql = false)]
fn sync_user_roles(
    relation: Option<pg_sys::Oid>,
    user: Option<&CStr>,
    role: Option<&CStr>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, JsonB),
    ),
> {
    let named = [(SourcePart::User, user), (SourcePart::Role, role)];
    told(sync(SourceKind::UserRoles, relation, &named, dry_run))
}

#[pg_extern(sql = false)]
fn sync_groups(
    relation: Option<pg_sys::Oid>,
    key: Option<&CStr>,
    name: Option<&CStr>,
    office: Option<&CStr>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, JsonB),
    ),
> {
    let named = [
        (SourcePart::Key, key),
        (SourcePart::Name, name),
        (SourcePart::Office, office),
    ];
    told(sync(SourceKind::Groups, relation, &named, dry_run))
}

#[pg_extern(sql = false)]
fn sync_members(
    relation: Option<pg_sys::Oid>,
    group: Option<&CStr>,
    user: Option<&CStr>,
    role: Option<&CStr>,
    role_and_subordinates: Option<&CStr>,
    subgroup: Option<&CStr>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, JsonB),
    ),
> {
    let named = [
        (SourcePart::Group, group),
        (SourcePart::User, user),
        (SourcePart::Role, role),
        (SourcePart::Subordinates, role_and_subordinates),
        (SourcePart::Subgroup, subgroup),
    ];
    told(sync(SourceKind::Members, relation, &named, dry_run))
}

#[pg_extern(sql = false)]
fn sync_roles(
    relation: Option<pg_sys::Oid>,
    name: Option<&CStr>,
    parent: Option<&CStr>,
    key: Option<&CStr>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, JsonB),
    ),
> {
    told(sync(
        SourceKind::Roles,
        relation,
        &tree(name, parent, key),
        dry_run,
    ))
}

#[pg_extern(sql = false)]
fn sync_offices(
    relation: Option<pg_sys::Oid>,
    name: Option<&CStr>,
    parent: Option<&CStr>,
    key: Option<&CStr>,
    dry_run: Option<bool>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, JsonB),
    ),
> {
    told(sync(
        SourceKind::Offices,
        relation,
        &tree(name, parent, key),
        dry_run,
    ))
}

fn tree<'a>(
    name: Option<&'a CStr>,
    parent: Option<&'a CStr>,
    key: Option<&'a CStr>,
) -> [(SourcePart, Option<&'a CStr>); 3] {
    [
        (SourcePart::Name, name),
        (SourcePart::Parent, parent),
        (SourcePart::Key, key),
    ]
}

#[pg_extern(sql = false)]
fn unsync(relation: Option<pg_sys::Oid>) {
    let call = || {
        must_administer_database("unsync")?;
        withdraw(required(relation, "relation")?)
    };
    call().or_raise()
}

/// Of one table, or with NULL of all.
#[pg_extern(sql = false)]
fn resync(
    relation: Option<pg_sys::Oid>,
) -> TableIterator<
    'static,
    (
        name!(change, String),
        name!(object, String),
        name!(detail, JsonB),
    ),
> {
    let call = || {
        must_administer("resync")?;
        read_anew(relation)
    };
    told(call())
}
