//! Protected tables (semantics: Modules).

use crate::api::raise::{OrRaise, enum_label, required};
use crate::core::{Error, GlobalAccess, Level};
use crate::session::administration::must_administer_database;
use crate::tables::protection::{Controlling, Protection};
use crate::tables::{protect, relate, unprotect};
use pgrx::pg_sys;
use pgrx::prelude::*;
use std::ffi::CStr;

#[pg_extern(sql = false)]
#[allow(
    clippy::too_many_arguments,
    reason = "they are those of the SQL function"
)]
fn protect(
    relation: Option<pg_sys::Oid>,
    owner: Option<&CStr>,
    module: Option<&str>,
    owner_group: Option<&CStr>,
    controlled_by: Option<pg_sys::Oid>,
    via: Option<&CStr>,
    follows: Option<&str>,
    hierarchy: Option<bool>,
    default_owner: Option<bool>,
    grants: Option<bool>,
    global_access: Option<pg_sys::Oid>,
    dry_run: Option<bool>,
) -> SetOfIterator<'static, String> {
    let call = || {
        must_administer_database("protect")?;
        let text = |name: Option<&CStr>| name.map(|name| name.to_string_lossy().into_owned());
        let (owner, owner_group, via) = (text(owner), text(owner_group), text(via));
        let protection = Protection {
            relation: required(relation, "relation")?,
            owner: owner.as_deref(),
            owner_group: owner_group.as_deref(),
            controlled_by: controlled_by.map(|table| Controlling {
                table,
                module: None,
                anew: false,
            }),
            via: via.as_deref(),
            follows,
            module,
            hierarchy: required(hierarchy, "hierarchy")?,
            default_owner: required(default_owner, "default_owner")?,
            grants: required(grants, "grants")?,
            global_access: GlobalAccess::parse(&enum_label(required(
                global_access,
                "global_access",
            )?))?,
        };
        let dry_run = required(dry_run, "dry_run")?;
        protect::protect(&protection, dry_run)
    };
    SetOfIterator::new(call().or_raise())
}

#[pg_extern(sql = false)]
fn unprotect(relation: Option<pg_sys::Oid>) -> SetOfIterator<'static, String> {
    let call = || {
        must_administer_database("unprotect")?;
        unprotect::unprotect(required(relation, "relation")?)
    };
    SetOfIterator::new(call().or_raise())
}

/// Declares that records of `child` point at records of `parent` (semantics: Modules).
#[pg_extern(sql = false)]
fn relate(
    child: Option<pg_sys::Oid>,
    via: Option<&CStr>,
    parent: Option<pg_sys::Oid>,
    when_column: Option<&CStr>,
    when_value: Option<&str>,
    with_shares: Option<bool>,
    with_parent: Option<pg_sys::Oid>,
) {
    let call = || {
        must_administer_database("relate")?;
        let text = |name: &CStr| name.to_string_lossy().into_owned();
        let (child, parent) = (required(child, "child")?, required(parent, "parent")?);
        let via = text(required(via, "via")?);
        let with_shares = required(with_shares, "with_shares")?;
        let with_parent = enum_label(required(with_parent, "with_parent")?);
        let with_parent = Level::from_label(&with_parent).unwrap_or_default();
        let when = match (when_column.map(text), when_value) {
            (None, None) => None,
            (Some(column), Some(value)) => Some((column, value)),
            _ => {
                return Err(Error::bad_value(
                    "when_column and when_value go together: a column, and what it says of such parents",
                ));
            }
        };
        let when = when.as_ref();
        let when = when.map(|(column, value)| (column.as_str(), *value));
        relate::relate(child, &via, parent, when, with_shares, with_parent)
    };
    call().or_raise()
}

#[pg_extern(sql = false)]
fn unrelate(child: Option<pg_sys::Oid>, via: Option<&CStr>, parent: Option<pg_sys::Oid>) {
    let call = || {
        must_administer_database("unrelate")?;
        let (child, parent) = (required(child, "child")?, required(parent, "parent")?);
        let via = required(via, "via")?.to_string_lossy();
        relate::unrelate(child, &via, parent)
    };
    call().or_raise()
}
