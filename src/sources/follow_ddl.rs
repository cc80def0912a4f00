//! What the event triggers do for sources: columns that are renamed, tables that come to belong to a source
//! or leave it, and triggers that somebody dropped.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::{TableSource, sources};
use crate::catalog::write::change::Change;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::origin::comes_from_elsewhere;
use crate::catalog::write::source_parts::{
    columns_dropped, sources_with, sources_with_parts, tables_named, triggers_dropped,
};
use crate::catalog::write::sources::{columns_of, sources_without_tables, table_of_source};
use crate::core::sources::SourcePart;
use crate::core::{Error, Result};
use crate::session::author::{Authorship, is_under_way};
use crate::sources::engine::{Engine, Pairs};
use crate::sources::kinds::reconcile;
use crate::sources::remarks::{tell_of_keys, tell_of_muted};
use crate::sources::restore::is_whole_restore;
use crate::sources::scope::Scope;
use crate::sources::triggers::put_in_place;
use pgrx::spi::quote_literal;

/// What a command may have done to sources.
pub struct SourceCommand<'a> {
    pub name: &'a str,
    /// A column's old and new name.
    pub renames: Option<(&'a str, &'a str)>,
    /// Whether a table may have come to belong to another, or have left it.
    pub moves_tables: bool,
    /// Whether rows may say something else now.
    pub rewrites: bool,
    /// Whether a crash is to empty a table.
    pub unlogs: bool,
}

/// After a command that changes tables, or renames their columns. A restore makes everything one by one.
pub fn after_command(command: &SourceCommand) -> Result<()> {
    let all = sources(&Snapshot::latest());
    if all.is_empty() || is_under_way() || is_whole_restore() {
        return Ok(());
    }
    if let Some((old, new)) = command.renames {
        return follow_rename(command.name, &all, old, new);
    }
    if command.unlogs {
        let _elevated = Elevated::enter()?;
        if let Some(source) = sources_with(&tables_named()?)?.first()
            && let Some(source) = all.iter().find(|one| one.id == *source)
        {
            return Err(Error::in_use(format!(
                "table {} cannot be unlogged: {} come from it, and would not hear of the crash that empties it",
                table_of_source(source),
                source.kind.label().replace('_', " ")
            )));
        }
    }
    let _authorship = Authorship::begin(command.name)?;
    let (concerned, named) = {
        let _elevated = Elevated::enter()?;
        let lacking = put_in_place()?;
        let mut concerned = sources_with(&lacking)?;
        let named = tables_named()?;
        if command.moves_tables || command.rewrites {
            concerned.extend(sources_with(&named)?);
        }
        // What left a table is no longer among what belongs to it.
        if command.moves_tables {
            concerned.extend(sources_with_parts()?);
        }
        (concerned, named)
    };
    if command.name == "ALTER TABLE" {
        tell_of_muted(Some(&named))?;
    }
    read_anew(&all, |source| concerned.contains(&source.id))
}

fn follow_rename(command: &str, all: &[TableSource], old: &str, new: &str) -> Result<()> {
    let mut renamed = Vec::new();
    {
        let _elevated = Elevated::enter()?;
        for source in all {
            let parts = SourcePart::ALL.into_iter();
            let parts: Vec<_> = parts
                .filter(|&part| source.columns.get(part) == Some(old))
                .collect();
            if parts.is_empty() {
                continue;
            }
            let columns = columns_of(source.relation)?;
            let has = |name: &str| columns.iter().any(|column| column == name);
            if !has(old) && has(new) {
                renamed.extend(parts.into_iter().map(|part| (source.id, part)));
            }
        }
    }
    if renamed.is_empty() {
        return Ok(());
    }
    let _authorship = Authorship::begin(command)?;
    let change = Change::begin()?;
    renamed
        .into_iter()
        .try_for_each(|(source, part)| change.rename_source_column(source, part, new))
}

fn read_anew(all: &[TableSource], is_concerned: impl Fn(&TableSource) -> bool) -> Result<()> {
    let concerned: Vec<&TableSource> = all.iter().filter(|source| is_concerned(source)).collect();
    // Of a copy, another database tells who is there.
    if concerned.is_empty() || comes_from_elsewhere(c"users") {
        return Ok(());
    }
    let change = Change::begin()?;
    let mut engine = Engine::lenient(&change, reconcile);
    for source in concerned {
        engine.reconcile(source, &Scope::All, &Pairs::new())?;
    }
    engine.settle()
}

/// After DROP: a source whose table is gone is none, one that lost a part says less, and a column that a source
/// names stays.
pub fn something_dropped(command: &str) -> Result<()> {
    let all = sources(&Snapshot::latest());
    if all.is_empty() || is_under_way() {
        return Ok(());
    }
    let (gone, columns, triggers) = {
        let _elevated = Elevated::enter()?;
        (
            sources_without_tables()?,
            columns_dropped()?,
            triggers_dropped()?,
        )
    };
    for (table, column) in &columns {
        let of_source = all.iter().filter(|source| source.relation == *table);
        for source in of_source {
            let named = |part: &SourcePart| source.columns.get(*part) == Some(column.as_str());
            if source.parts.iter().any(named) && !gone.contains(&source.id) {
                let table = table_of_source(source);
                return Err(Error::in_use(format!(
                    "column \"{column}\" of table {table} cannot be dropped: {} come from it",
                    source.kind.label().replace('_', " ")
                ))
                .hint(format!(
                    "Follow the table no longer with sharing.unsync({}); what came from it stays.",
                    quote_literal(&table)
                )));
            }
        }
    }
    if gone.is_empty() && (!triggers || is_whole_restore()) {
        return Ok(());
    }
    let _authorship = Authorship::begin_drop(command)?;
    if !gone.is_empty() {
        Change::begin()?.forget_sources(&gone)?;
        let lost: Vec<TableSource> = all
            .iter()
            .filter(|source| gone.contains(&source.id))
            .cloned()
            .collect();
        tell_of_keys(&lost, "a dropped table");
    }
    let with_parts = {
        let _elevated = Elevated::enter()?;
        put_in_place()?;
        sources_with_parts()?
    };
    read_anew(&all, |source| {
        !gone.contains(&source.id) && with_parts.contains(&source.id)
    })
}

/// After triggers were enabled again: nobody told what changed meanwhile.
pub fn triggers_enabled() -> Result<()> {
    let all = sources(&Snapshot::latest());
    if all.is_empty() || is_under_way() || is_whole_restore() {
        return Ok(());
    }
    let named = {
        let _elevated = Elevated::enter()?;
        sources_with(&tables_named()?)?
    };
    let _authorship = Authorship::begin("ALTER TABLE")?;
    read_anew(&all, |source| named.contains(&source.id))
}
