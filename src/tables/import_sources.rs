//! The section "sources" of a document, and what other sections must leave alone.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::sources;
use crate::catalog::write::change::Change;
use crate::catalog::write::held::{OfUser, look_at_holders};
use crate::catalog::write::sources::{lockable_table, relation_of_name};
use crate::core::document::{Plan, SourceEntry, Touch, parse_table_name, section};
use crate::core::{Error, Result};
use crate::sources::declare::{
    Declaration, check_shape, declare_within, look_within, withdraw_within,
};
use pgrx::pg_sys;

fn relation(table: &str) -> Result<pg_sys::Oid> {
    let (schema, name) = parse_table_name(table).ok_or_else(|| {
        Error::bad_value(format!("\"{table}\" is not a table with its schema"))
            .hint("A table is written as in SQL: public.users, or crm.\"Users\".")
    })?;
    relation_of_name(&schema, &name)?.ok_or_else(|| Error::unknown(format!("no table {table}")))
}

/// The table of a source as the database writes it.
pub fn resolve_source(table: &str) -> Result<String> {
    let relation = relation(table)?;
    Ok(crate::pg::names::qualified_name(relation).unwrap_or_default())
}

/// The sources that go, and those that come: one with other columns does both.
fn going<'p>(plan: &'p Plan) -> impl Iterator<Item = &'p SourceEntry> {
    let present = section(&plan.present.document.sources);
    let altered = plan.sources.alter.iter().map(|&(before, _)| before);
    let places = plan.sources.drop.iter().copied().chain(altered);
    places.map(move |at| &present[at])
}

fn coming<'p>(plan: &'p Plan) -> impl Iterator<Item = (usize, &'p SourceEntry)> {
    let wanted = section(&plan.wanted.sources);
    let altered = plan.sources.alter.iter().map(|&(_, after)| after);
    let places = plan.sources.create.iter().copied().chain(altered);
    places.map(move |at| (at, &wanted[at]))
}

/// To be locked before the configuration.
pub fn tables_of_sources(plan: &Plan) -> Result<Vec<String>> {
    let coming = coming(plan).map(|(_, source)| source);
    let mut tables = Vec::new();
    for source in going(plan).chain(coming) {
        tables.extend(lockable_table(relation(&source.table)?)?);
    }
    Ok(tables)
}

pub fn withdraw_sources(change: &Change, plan: &Plan) -> Result<()> {
    going(plan).try_for_each(|source| {
        withdraw_within(change, relation(&source.table)?, Some(source.kind)).map(|_| ())
    })
}

/// As `withdraw_sources`, and leaves their triggers.
pub fn forget_sources_that_go(change: &Change, plan: &Plan) -> Result<()> {
    change.forget_sources(&leaving(plan)?)
}

fn declaration(source: &SourceEntry) -> Result<Declaration> {
    Ok(Declaration {
        kind: source.kind,
        relation: relation(&source.table)?,
        columns: source.columns(),
    })
}

/// Whether what the document makes sources can be that.
pub fn check_sources(plan: &Plan) -> Result<()> {
    let mut coming = coming(plan);
    coming.try_for_each(|(at, source)| {
        let check = || check_shape(&declaration(source)?);
        check().map_err(|error| error.at(&format!("sources[{at}]")))
    })
}

pub fn declare_sources(change: &Change, plan: &Plan) -> Result<()> {
    each_coming(plan, |declaration| declare_within(change, declaration))
}

/// The same without triggers: for an import that is taken back.
pub fn look_at_sources(change: &Change, plan: &Plan) -> Result<()> {
    each_coming(plan, |declaration| look_within(change, declaration))
}

/// Those first whose rows others name.
fn each_coming(plan: &Plan, declare: impl Fn(&Declaration) -> Result<()>) -> Result<()> {
    let mut coming: Vec<_> = coming(plan).collect();
    coming.sort_by_key(|(_, source)| source.kind);
    coming.into_iter().try_for_each(|(at, source)| {
        let declared = declaration(source).and_then(|declaration| declare(&declaration));
        declared.map_err(|error| error.at(&format!("sources[{at}]")))
    })
}

/// The numbers of the sources that the document takes back, or declares by other columns.
fn leaving(plan: &Plan) -> Result<Vec<i32>> {
    let declared = sources(&Snapshot::latest());
    let mut ids = Vec::new();
    for entry in going(plan) {
        let table = relation(&entry.table)?;
        let of_entry = declared
            .iter()
            .filter(|source| source.relation == table && source.kind == entry.kind);
        ids.extend(of_entry.map(|source| source.id));
    }
    Ok(ids)
}

/// What comes from tables of the application is changed there alone, unless the document takes these back.
pub fn must_be_free(plan: &Plan) -> Result<()> {
    if section(&plan.present.document.sources).is_empty() {
        return Ok(());
    }
    look_at_holders(leaving(plan)?, |held| {
        let is_free = |touch: Touch| match touch {
            Touch::User(key) => held.user_is_free(key, OfUser::Row),
            Touch::RoleOfUser(key) => held.user_is_free(key, OfUser::Role),
            Touch::OfficeOfUser(key) => held.user_is_free(key, OfUser::Office),
            Touch::ActiveUser(key) => held.user_is_free(key, OfUser::Active),
            Touch::Role(name) => held.role_is_free(name),
            Touch::ParentOfRole(name) => held.parent_of_role_is_free(name),
            Touch::Office(name) => held.office_is_free(name),
            Touch::ParentOfOffice(name) => held.parent_of_office_is_free(name),
            Touch::Group(name) => held.group_is_free(name),
            Touch::Member(group, member) => held.member_is_free(group, &member),
        };
        let mut touched = plan.touched().into_iter();
        touched.try_for_each(|(path, touch)| is_free(touch).map_err(|error| error.at(&path)))
    })
}

/// Whether the document makes a table a source, whose rows may say otherwise than its other sections.
pub fn declares_sources(plan: &Plan) -> bool {
    coming(plan).next().is_some()
}
