//! Declaring sources, reading them anew, and following them no longer.

use crate::catalog::read::citus;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::{TableSource, sources, sources_of};
use crate::catalog::write::change::Change;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::sources::{
    SourceRelation, column_types, source_relation, sources_without_tables,
};
use crate::catalog::write::tables::is_system_relation;
use crate::core::document::PlannedChange;
use crate::core::sources::{SourceColumns, SourceKind, SourcePart, disagree, two_say_roles};
use crate::core::{Error, Result, Sqlstate};
use crate::pg::attempt::Attempt;
use crate::policy::sets::keys::key_type_of_column;
use crate::session::author::Authorship;
use crate::sources::engine::{Engine, Pairs};
use crate::sources::kinds::reconcile;
use crate::sources::readable::must_be_readable;
use crate::sources::remarks::{sources_that_name, tell_of_keys, tell_of_muted, tell_of_writers};
use crate::sources::scope::Scope;
use crate::sources::triggers::{put_in_place, unlogged};
use pgrx::pg_sys;
use pgrx::spi::quote_literal;

/// What is going to be declared.
pub struct Declaration {
    pub kind: SourceKind,
    pub relation: pg_sys::Oid,
    pub columns: SourceColumns,
}

/// The same within an import, which tells what it does itself.
pub fn declare_within(change: &Change, declaration: &Declaration) -> Result<()> {
    within(change, declaration, true)
}

/// The same, where all of it is taken back.
pub fn look_within(change: &Change, declaration: &Declaration) -> Result<()> {
    within(change, declaration, false)
}

fn within(change: &Change, declaration: &Declaration, with_triggers: bool) -> Result<()> {
    check_shape(declaration)?;
    check_beside_others(declaration, &existing(declaration.relation)?.name)?;
    carry_out(change, declaration, with_triggers)?;
    Ok(())
}

/// Of the sources of a table, that of one kind, or all of them; returns the numbers of those that there were.
pub fn withdraw_within(
    change: &Change,
    relation: pg_sys::Oid,
    kind: Option<SourceKind>,
) -> Result<Vec<i32>> {
    let declared = sources_of(relation, &Snapshot::latest()).into_iter();
    let ids: Vec<i32> = declared
        .filter(|source| kind.is_none_or(|kind| source.kind == kind))
        .map(|source| source.id)
        .collect();
    if !ids.is_empty() {
        change.forget_sources(&ids)?;
        put_in_place()?;
    }
    Ok(ids)
}

/// Declares a source, and makes the organization what its rows say; with `dry_run`, only tells how.
pub fn declare(declaration: &Declaration, dry_run: bool) -> Result<Vec<PlannedChange>> {
    // Before elevation, which hides who declares it.
    let _authorship = Authorship::begin(&format!("sync_{}", declaration.kind.label()))?;
    let relation = {
        let _elevated = Elevated::enter()?;
        check_shape(declaration)?;
        existing(declaration.relation)?
    };
    let change = Change::begin_on_sources(&lockable(&relation))?;
    check_beside_others(declaration, &relation.name)?;
    if dry_run {
        let attempt = Attempt::begin();
        let changes = carry_out(&change, declaration, false);
        attempt.take_back();
        return changes;
    }
    let changes = carry_out(&change, declaration, true)?;
    tell_of_writers(declaration.relation, &relation)?;
    Ok(changes)
}

fn carry_out(
    change: &Change,
    declaration: &Declaration,
    with_triggers: bool,
) -> Result<Vec<PlannedChange>> {
    let Declaration {
        kind,
        relation,
        columns,
    } = declaration;
    let id = change.store_source(*kind, *relation, columns)?;
    if with_triggers {
        put_in_place()?;
    }
    let source = TableSource::new(id, *kind, *relation, columns.clone());
    let mut engine = Engine::telling(change, reconcile)?;
    engine.reconcile(&source, &Scope::All, &Pairs::new())?;
    // Columns that held names hold its keys from here on, or contradict it.
    if source.has(SourcePart::Key) {
        for other in sources_that_name(source.kind) {
            engine.reconcile(&other, &Scope::All, &Pairs::new())?;
        }
    }
    Ok(engine.told())
}

/// Views are not locked, since nothing tells when what they show changes.
fn lockable(relation: &SourceRelation) -> Vec<String> {
    match relation.kind {
        'r' | 'p' => vec![relation.name.clone()],
        _ => Vec::new(),
    }
}

fn existing(relation: pg_sys::Oid) -> Result<SourceRelation> {
    source_relation(relation)?
        .ok_or_else(|| Error::unknown(format!("relation {} does not exist", relation.to_u32())))
}

fn check_relation(oid: pg_sys::Oid, relation: &SourceRelation) -> Result<()> {
    let name = &relation.name;
    if !matches!(relation.kind, 'r' | 'p' | 'v' | 'm') {
        return Err(Error::new(
            Sqlstate::WrongObject,
            format!("{name} is no table and no view"),
        ));
    }
    if relation.is_unlogged {
        return Err(unlogged(name));
    }
    if citus::is_spread(oid) {
        return Err(Error::unsupported(format!(
            "table {name} is one of Citus, and cannot be a source: its rows are in shards"
        ))
        .hint(format!(
            "Keep it at the coordinator alone: SELECT undistribute_table({})",
            quote_literal(name)
        )));
    }
    if is_system_relation(oid)? {
        return Err(
            Error::unsupported(format!("{name} cannot be a source of the organization"))
                .hint("Sources are tables and views of the application's that last."),
        );
    }
    Ok(())
}

fn check_columns(declaration: &Declaration, relation: &SourceRelation) -> Result<()> {
    let (kind, columns) = (declaration.kind, &declaration.columns);
    let present = column_types(declaration.relation)?;
    for part in columns.parts() {
        let column = columns.get(part).unwrap_or_default();
        let Some(&type_oid) = present.get(column) else {
            return Err(Error::new(
                Sqlstate::UndefinedColumn,
                format!("table {} has no column \"{column}\"", relation.name),
            )
            .detail(format!("It was named as {}.", part.argument())));
        };
        if part != SourcePart::Active {
            key_type_of_column(type_oid, column)?;
        }
    }
    let has = |part| columns.get(part).is_some();
    if has(SourcePart::Role) && has(SourcePart::Manager) {
        return Err(Error::bad_value(
            "role and manager say different things of the same: a user has one role",
        )
        .hint("With manager, roles come from who manages whom."));
    }
    if kind == SourceKind::Members && !SourcePart::MEMBERS.into_iter().any(has) {
        return Err(Error::bad_value(
            "no column was named that holds members: user, role, role_and_subordinates or subgroup",
        ));
    }
    Ok(())
}

/// Two tables must not say different things of the same.
fn check_beside_others(declaration: &Declaration, table: &str) -> Result<()> {
    let kind = declaration.kind;
    let all = sources(&Snapshot::latest());
    let same = |source: &&TableSource| source.kind == kind;
    if all
        .iter()
        .filter(same)
        .any(|source| source.relation == declaration.relation)
    {
        return Err(Error::exists(format!(
            "table {table} is a source of {} already",
            kind.label()
        ))
        .hint(format!(
            "To declare it by other columns, take it back first: sharing.unsync({}).",
            quote_literal(table)
        )));
    }
    if let Some(other) = all
        .iter()
        .find(|source| source.kind == kind && kind.is_single())
    {
        let other = existing(other.relation)?.name;
        return Err(Error::not_possible(format!(
            "{} come from table {other} already",
            kind.label().replace('_', " ")
        ))
        .hint(format!(
            "One table says it. Take that one back with sharing.unsync({}), or show both in one view.",
            quote_literal(&other)
        )));
    }
    let disagreeing = all
        .iter()
        .find(|other| disagree((kind, &declaration.columns), (other.kind, &other.columns)));
    match disagreeing {
        None => Ok(()),
        Some(other) => {
            let other = existing(other.relation)?.name;
            Err(two_say_roles(table, &other))
        }
    }
}

/// What a document says of a source, before anything is changed.
pub fn check_shape(declaration: &Declaration) -> Result<()> {
    let relation = existing(declaration.relation)?;
    check_relation(declaration.relation, &relation)?;
    check_columns(declaration, &relation)?;
    must_be_readable(declaration.relation, &declaration.columns, &relation.name)
}

/// Follows a table no longer. What came from it stays.
pub fn withdraw(relation: pg_sys::Oid) -> Result<()> {
    let relation_is = {
        let _elevated = Elevated::enter()?;
        existing(relation)?
    };
    let _authorship = Authorship::begin("unsync")?;
    let change = Change::begin_on_sources(&lockable(&relation_is))?;
    let mut leaving = sources(&Snapshot::latest());
    leaving.retain(|source| source.relation == relation);
    match withdraw_within(&change, relation, None)?.is_empty() {
        true => Err(not_a_source(&relation_is.name)),
        false => {
            tell_of_keys(&leaving, &relation_is.name);
            Ok(())
        }
    }
}

fn not_a_source(name: &str) -> Error {
    Error::unknown(format!("table {name} is not a source of the organization"))
        .hint("Sources are listed in sharing.sources, and declared with sharing.sync_users() and its like.")
}

/// Reads a source, or all of them, anew.
pub fn read_anew(relation: Option<pg_sys::Oid>) -> Result<Vec<PlannedChange>> {
    let _authorship = Authorship::begin("resync")?;
    let change = Change::begin()?;
    // What came from a table that went unnoticed stays.
    let gone = sources_without_tables()?;
    if !gone.is_empty() {
        change.forget_sources(&gone)?;
    }
    let mut all = sources(&Snapshot::latest());
    if let Some(relation) = relation {
        all.retain(|source| source.relation == relation);
        if all.is_empty() {
            return Err(not_a_source(&existing(relation)?.name));
        }
    }
    tell_of_muted(None)?;
    let mut engine = Engine::telling(&change, reconcile)?;
    for source in &all {
        engine.reconcile(source, &Scope::All, &Pairs::new())?;
    }
    Ok(engine.told())
}
