//! The settings as a person reads them (semantics: Looking at the settings). The views of these names are over
//! functions, which ask who calls: users without any database privilege may be administrators.

use crate::api::raise::{OrRaise, required};
use crate::catalog::read::labels::access_level;
use crate::core::Result;
use crate::core::document::Present;
use crate::core::overview;
use crate::core::time::Moment;
use crate::pg::clock;
use crate::session::administration::{must_administer, must_administer_to};
use crate::tables::link_lists::all_links;
use crate::tables::overviews;
use crate::tables::overviews::{MatrixRow, draw, matrix};
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::{JsonB, pg_sys};
use std::collections::BTreeMap;

/// The configuration for a view that administrators read.
fn read(view: &str, read: fn() -> Result<Present>) -> Present {
    let call = || {
        must_administer_to(&format!("read sharing.{view}"))?;
        read()
    };
    call().or_raise()
}

#[pg_extern(sql = false)]
#[expect(clippy::type_complexity, reason = "the columns of the view")]
fn list_modules() -> TableIterator<
    'static,
    (
        name!(module, String),
        name!(relation, String),
        name!(owner, Option<String>),
        name!(owner_group, Option<String>),
        name!(controlled_by, Option<String>),
        name!(via, Option<String>),
        name!(follows, Option<String>),
        name!(hierarchy, Option<bool>),
        name!(default_owner, Option<bool>),
        name!(grants, Option<bool>),
        name!(global_access, Option<String>),
        name!(staged_global_access, Option<String>),
        name!(rules, Option<i64>),
        name!(staged_rules, Option<i64>),
        name!(broken, Option<String>),
    ),
> {
    let rows =
        overview::modules(&read("module_overview", overviews::modules_and_relations).document);
    TableIterator::new(rows.into_iter().map(|row| {
        (
            row.module,
            row.table,
            row.owner,
            row.owner_group,
            row.controlled_by,
            row.via,
            row.follows,
            row.hierarchy,
            row.default_owner,
            row.grants,
            row.global_access.map(str::to_owned),
            row.staged_global_access.map(str::to_owned),
            row.rules,
            row.staged_rules,
            row.broken,
        )
    }))
}

fn timestamp(moment: Moment) -> TimestampWithTimeZone {
    // SAFETY: a moment is a timestamp with time zone of the server's: microseconds since 2000.
    let value = unsafe { TimestampWithTimeZone::from_datum(moment.0.into(), false) };
    value.unwrap_or_else(TimestampWithTimeZone::positive_infinity)
}

fn levels(levels: Option<BTreeMap<String, &'static str>>) -> Option<JsonB> {
    levels.map(|levels| JsonB(serde_json::json!(levels)))
}

#[pg_extern(sql = false)]
#[expect(clippy::type_complexity, reason = "the columns of the view")]
fn list_rules() -> TableIterator<
    'static,
    (
        name!(rule, i64),
        name!(module, String),
        name!(status, String),
        name!(owned_by, Option<String>),
        name!(shared_with, String),
        name!(superiors, bool),
        name!(access, Option<String>),
        name!(related, Option<JsonB>),
        name!(staged_access, Option<String>),
        name!(staged_related, Option<JsonB>),
        name!(until, Option<TimestampWithTimeZone>),
        name!(staged_until, Option<TimestampWithTimeZone>),
        name!(criteria, Option<JsonB>),
        name!(staged_criteria, Option<JsonB>),
    ),
> {
    let rows = overview::rules(
        &read("rule_overview", overviews::rules),
        Moment(clock::now()),
    );
    TableIterator::new(rows.into_iter().map(|row| {
        (
            row.rule,
            row.module,
            row.status.to_owned(),
            row.owned_by,
            row.shared_with,
            row.superiors,
            row.access.map(str::to_owned),
            levels(row.related),
            row.staged_access.map(str::to_owned),
            levels(row.staged_related),
            row.until.map(timestamp),
            row.staged_until.map(timestamp),
            row.criteria.map(JsonB),
            row.staged_criteria.map(JsonB),
        )
    }))
}

#[pg_extern(sql = false)]
#[expect(clippy::type_complexity, reason = "the columns of the view")]
fn list_relations() -> TableIterator<
    'static,
    (
        name!(kind, String),
        name!(child, String),
        name!(via, Option<String>),
        name!(parent, String),
        name!(when_column, Option<String>),
        name!(when_value, Option<String>),
        name!(rules, Option<i64>),
        name!(with_shares, Option<bool>),
        name!(waiting, Vec<String>),
        name!(with_parent, Option<String>),
    ),
> {
    let rows =
        overview::relations(&read("relation_overview", overviews::modules_and_relations).document);
    TableIterator::new(rows.into_iter().map(|row| {
        let (column, value) = row.when.unzip();
        (
            row.kind.to_owned(),
            row.child,
            row.via,
            row.parent,
            column,
            value,
            row.rules,
            row.with_shares,
            row.waiting,
            row.with_parent.map(|level| level.label().to_owned()),
        )
    }))
}

#[pg_extern(sql = false)]
#[expect(clippy::type_complexity, reason = "the columns of the view")]
fn list_roles() -> TableIterator<
    'static,
    (
        name!(tree, String),
        name!(role, String),
        name!(parent, Option<String>),
        name!(users, i64),
        name!(users_below, i64),
        name!(profiles, Vec<String>),
    ),
> {
    let rows = overview::role_tree(&read("role_tree", overviews::organization).document);
    TableIterator::new(rows.into_iter().map(|row| {
        (
            format!("{}{}", "    ".repeat(row.depth), row.role),
            row.role,
            row.parent,
            row.users,
            row.users_below,
            row.profiles,
        )
    }))
}

#[pg_extern(sql = false)]
#[expect(clippy::type_complexity, reason = "the columns of the view")]
fn list_users() -> TableIterator<
    'static,
    (
        name!(user_key, String),
        name!(user_name, String),
        name!(role, Option<String>),
        name!(office, Option<String>),
        name!(active, bool),
        name!(db_role, Option<String>),
        name!(rights, Vec<String>),
        name!(groups, Vec<String>),
        name!(profiles, Vec<String>),
    ),
> {
    let rows = overview::users(&read("user_overview", overviews::organization).document);
    TableIterator::new(rows.into_iter().map(|row| {
        (
            row.key,
            row.name,
            row.role,
            row.office,
            row.active,
            row.db_role,
            row.rights,
            row.groups.to_vec(),
            row.profiles.to_vec(),
        )
    }))
}

#[pg_extern(sql = false)]
#[expect(clippy::type_complexity, reason = "the columns of the view")]
fn list_group_members() -> TableIterator<
    'static,
    (
        name!(group_name, String),
        name!(group_key, String),
        name!(office, Option<String>),
        name!(user_key, Option<String>),
        name!(user_name, Option<String>),
        name!(active, Option<bool>),
        name!(via, Vec<String>),
    ),
> {
    let present = read("group_overview", overviews::organization);
    let rows: Vec<_> = overview::group_members(&present.document)
        .map(|row| {
            (
                row.group.name.clone(),
                row.group.key.clone(),
                row.group.office.clone(),
                row.user.map(|user| user.key.clone()),
                row.user.map(|user| user.name.clone()),
                row.user.map(|user| user.active),
                row.via,
            )
        })
        .collect();
    TableIterator::new(rows)
}

#[pg_extern(sql = false)]
#[expect(clippy::type_complexity, reason = "the columns of the view")]
fn list_links() -> TableIterator<
    'static,
    (
        name!(link_id, i64),
        name!(from_key, String),
        name!(from_name, String),
        name!(from_office, Option<String>),
        name!(to_key, String),
        name!(to_name, String),
        name!(to_office, Option<String>),
        name!(status, String),
        name!(records, i64),
        name!(requested_at, Option<TimestampWithTimeZone>),
    ),
> {
    let call = || {
        must_administer_to("read sharing.link_overview")?;
        all_links()
    };
    TableIterator::new(call().or_raise().into_iter().map(|(link, records)| {
        let (from, to) = (link.from, link.to);
        (
            link.id,
            from.key,
            from.name,
            from.office,
            to.key,
            to.name,
            to.office,
            link.status,
            records,
            link.requested_at,
        )
    }))
}

#[pg_extern(sql = false)]
#[allow(
    clippy::type_complexity,
    reason = "pgrx reads the columns from the type as it stands here"
)]
fn access_matrix(
    module: Option<&str>,
) -> TableIterator<
    'static,
    (
        name!(viewer, String),
        name!(owner, String),
        name!(access, pg_sys::Oid),
        name!(reasons, Vec<String>),
        name!(by_criteria, Option<pg_sys::Oid>),
    ),
> {
    let call = || -> Result<Vec<_>> {
        must_administer("access_matrix")?;
        let row = |row: MatrixRow| {
            let access = access_level(row.access)?;
            let by_criteria = row.by_criteria.map(access_level).transpose()?;
            Ok((row.viewer, row.owner, access, row.reasons, by_criteria))
        };
        let rows = matrix(required(module, "module")?)?;
        rows.into_iter().map(row).collect()
    };
    TableIterator::new(call().or_raise())
}

#[pg_extern(sql = false)]
fn diagram(format: Option<&str>, module: Option<&str>) -> String {
    let call = || {
        must_administer("diagram")?;
        draw(required(format, "format")?, module)
    };
    call().or_raise()
}
