//! Global access and custom rules (semantics: Sharing rules).

use crate::api::administration::change;
use crate::api::raise::{OrRaise, json_text, required};
use crate::catalog::write::rules::WantedRule;
use crate::core::criteria::Criteria;
use crate::core::related::{Related, parse_related};
use crate::core::{GlobalAccess, Result};
use crate::policy::preview::changes::preview;
use crate::policy::preview::result::total;
use crate::session::administration::must_administer;
use crate::session::author::Authorship;
use crate::tables::criteria::criteria_for;
use crate::tables::expectations;
use pgrx::prelude::*;
use pgrx::{AnyElement, JsonB};

#[pg_extern(sql = false)]
fn set_global_access(module: Option<&str>, access: Option<&str>) {
    change("set_global_access", |c| {
        let module = required(module, "module")?;
        let access = GlobalAccess::parse_written(required(access, "access")?)?;
        c.set_global_access(module, access)
    });
}

#[pg_extern(sql = false)]
#[allow(
    clippy::too_many_arguments,
    reason = "they are those of the SQL function"
)]
fn add_rule(
    module: Option<&str>,
    owned_by: Option<&str>,
    shared_with: Option<&str>,
    access: Option<&str>,
    related: Option<AnyElement>,
    superiors: Option<bool>,
    criteria: Option<AnyElement>,
    until: Option<i64>,
) -> i64 {
    change("add_rule", |c| {
        let module = required(module, "module")?;
        let criteria = written(criteria)?;
        let criteria = criteria.map(|criteria| criteria_for(module, &criteria));
        let criteria = criteria.transpose()?;
        let wanted = WantedRule {
            owned_by: match &criteria {
                None => Some(required(owned_by, "owned_by")?),
                Some(_) => owned_by,
            },
            shared_with: required(shared_with, "shared_with")?,
            access: required(access, "access")?,
            related: levels(related)?.unwrap_or_default(),
            superiors: required(superiors, "superiors")?,
            criteria,
            until,
        };
        c.add_rule(module, &wanted)
    })
}

#[pg_extern(sql = false)]
fn alter_rule(
    id: Option<i64>,
    access: Option<&str>,
    related: Option<AnyElement>,
    criteria: Option<AnyElement>,
    until: Option<i64>,
) {
    change("alter_rule", |c| {
        let id = required(id, "id")?;
        let criteria = match written(criteria)? {
            None => None,
            Some(criteria) => Some(criteria_for(&c.module_of_rule(id)?.1, &criteria)?),
        };
        let related = levels(related)?;
        c.alter_rule(id, access, related.as_ref(), criteria.as_ref(), until)
    });
}

fn written(criteria: Option<AnyElement>) -> Result<Option<Criteria>> {
    criteria
        .map(|criteria| Criteria::parse(&json_text(criteria)))
        .transpose()
}

fn levels(related: Option<AnyElement>) -> Result<Option<Related>> {
    related
        .map(|related| parse_related(&json_text(related)))
        .transpose()
}

#[pg_extern(sql = false)]
fn drop_rule(id: Option<i64>) {
    change("drop_rule", |c| c.drop_rule(required(id, "id")?));
}

#[pg_extern(sql = false)]
fn pending_changes() -> TableIterator<
    'static,
    (
        name!(module, String),
        name!(change, String),
        name!(detail, JsonB),
    ),
> {
    let changes =
        crate::api::administration::look("pending_changes", |look| look.pending_changes());
    TableIterator::new(changes.into_iter().map(|change| {
        (
            change.module,
            change.change.to_owned(),
            JsonB(change.detail),
        )
    }))
}

#[pg_extern(sql = false)]
#[allow(
    clippy::type_complexity,
    reason = "pgrx reads the columns from the type as it stands here"
)]
fn preview_rules() -> TableIterator<
    'static,
    (
        name!(module, Option<String>),
        name!(user_key, Option<String>),
        name!(user_name, String),
        name!(gained, i64),
        name!(lost, i64),
        name!(edit_gained, i64),
        name!(edit_lost, i64),
        name!(delete_gained, i64),
        name!(delete_lost, i64),
    ),
> {
    let mut rows = must_administer("preview_rules")
        .and_then(|()| preview())
        .or_raise();
    rows.extend(total(&rows));
    TableIterator::new(rows.into_iter().map(|row| {
        let [read, edit, delete] = row.counts;
        (
            row.module,
            row.user_key,
            row.user_name,
            read.gained,
            read.lost,
            edit.gained,
            edit.lost,
            delete.gained,
            delete.lost,
        )
    }))
}

#[pg_extern(sql = false)]
fn apply_rules(check_expectations: Option<bool>) -> i64 {
    let call = || {
        must_administer("apply_rules")?;
        let _authorship = Authorship::begin("apply_rules")?;
        expectations::apply_rules(required(check_expectations, "check_expectations")?)
    };
    call().or_raise()
}

#[pg_extern(sql = false)]
fn discard_changes() -> i64 {
    change("discard_changes", |c| c.discard_changes())
}
