//! What is remarked to whoever declares, takes back or alters sources.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::sources::{TableSource, sources};
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::source_parts::muted_tables;
use crate::catalog::write::sources::{SourceRelation, is_superusers, table_of_source, writers_of};
use crate::core::Result;
use crate::core::sources::{SourceKind, SourcePart};
use crate::pg::notices::{note, warn};
use pgrx::pg_sys;
use pgrx::spi::quote_literal;

/// The sources whose columns name offices or roles, if these are what is asked for.
pub fn sources_that_name(kind: SourceKind) -> Vec<TableSource> {
    let parts: &[SourcePart] = match kind {
        SourceKind::Offices => &[SourcePart::Office],
        SourceKind::Roles => &[SourcePart::Role, SourcePart::Subordinates],
        _ => &[],
    };
    let mut all = sources(&Snapshot::latest());
    all.retain(|source| parts.iter().any(|&part| source.has(part)));
    all
}

/// Columns of other sources that hold keys of a table that is none any longer: their rows name what nobody knows.
pub fn tell_of_keys(gone: &[TableSource], table: &str) {
    let keyed = gone.iter().filter(|source| source.has(SourcePart::Key));
    for other in keyed.flat_map(|source| sources_that_name(source.kind)) {
        let other = table_of_source(&other);
        warn(
            format!("table {other} names roles or offices by keys that {table} had"),
            &format!(
                "Its rows have to hold names from here on, or changes of them fail. Take it back, too, with sharing.unsync({}).",
                quote_literal(&other)
            ),
        );
    }
}

/// Nobody hears of changes behind a view, and not everybody has one read.
fn tell_of_view(oid: pg_sys::Oid, relation: &SourceRelation) -> Result<()> {
    let name = &relation.name;
    if matches!(relation.kind, 'v' | 'm') {
        note(
            format!("nothing tells when what {name} shows changes"),
            &format!(
                "Call sharing.resync({}) by a job, or after such changes.",
                quote_literal(name)
            ),
        );
    }
    if relation.kind == 'v' && is_superusers(oid)? {
        note(
            format!("view {name} belongs to a superuser, so that it is read for superusers alone"),
            &format!(
                "What anybody else changes that needs it read fails. ALTER VIEW {name} OWNER TO a role that is no superuser."
            ),
        );
    }
    Ok(())
}

/// Whoever may write such a table says who sees what.
pub fn tell_of_writers(oid: pg_sys::Oid, relation: &SourceRelation) -> Result<()> {
    tell_of_view(oid, relation)?;
    let writers = writers_of(oid)?;
    if writers.is_empty() {
        return Ok(());
    }
    let verb = match relation.kind {
        'v' | 'm' => "says",
        _ => "holds",
    };
    note(
        format!(
            "who may write to {} decides who sees what: {}",
            relation.name,
            crate::core::error::some_of(&writers)
        ),
        &format!(
            "It {verb} a part of the organization. REVOKE takes the privilege from those who should not."
        ),
    );
    Ok(())
}

/// Tells of tables whose changes nobody hears of.
pub fn tell_of_muted(among: Option<&[pg_sys::Oid]>) -> Result<()> {
    let muted = {
        let _elevated = Elevated::enter()?;
        muted_tables(among)?
    };
    for table in muted {
        warn(
            format!(
                "changes of table {table} do not reach the organization while its triggers are disabled"
            ),
            &format!(
                "They count once the triggers are enabled again, which reads the table: ALTER TABLE {table} ENABLE TRIGGER USER."
            ),
        );
    }
    Ok(())
}
