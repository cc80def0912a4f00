//! The tables of the application from which the organization comes.

use crate::catalog::read::rows::Row;
use crate::catalog::read::scan::{CatalogTable, Key};
use crate::catalog::read::snapshot::Snapshot;
use crate::core::sources::{SourceColumns, SourceKind, SourcePart};
use pgrx::pg_sys;

/// A source as it was declared.
#[derive(Clone, Debug)]
pub struct TableSource {
    pub id: i32,
    pub kind: SourceKind,
    pub relation: pg_sys::Oid,
    pub columns: SourceColumns,
    /// The parts that have a column: the values of an entry are in their order.
    pub parts: Vec<SourcePart>,
}

/// The place of the first of the columns that name columns.
const FIRST_COLUMN: usize = 4;

impl TableSource {
    pub fn new(
        id: i32,
        kind: SourceKind,
        relation: pg_sys::Oid,
        columns: SourceColumns,
    ) -> TableSource {
        let parts = columns.parts();
        TableSource {
            id,
            kind,
            relation,
            columns,
            parts,
        }
    }

    fn read(row: &Row) -> Option<TableSource> {
        let mut columns = SourceColumns::default();
        for (at, part) in SourcePart::ALL.into_iter().enumerate() {
            columns.set(part, row.text(FIRST_COLUMN + at));
        }
        let kind = SourceKind::from_label(&row.text(2)?)?;
        Some(TableSource::new(row.int(1)?, kind, row.oid(3)?, columns))
    }

    pub fn has(&self, part: SourcePart) -> bool {
        self.columns.get(part).is_some()
    }

    /// What tells its rows apart: of offices and roles the name, where they have no key.
    pub fn key_part(&self) -> SourcePart {
        match self.kind {
            SourceKind::UserRoles => SourcePart::User,
            SourceKind::Members => SourcePart::Group,
            _ if self.has(SourcePart::Key) => SourcePart::Key,
            _ => SourcePart::Name,
        }
    }
}

/// All of them, those first that others name.
pub fn sources(snapshot: &Snapshot) -> Vec<TableSource> {
    let mut found = Vec::new();
    if let Some(table) = CatalogTable::open(c"sources") {
        table.each_row(snapshot, |row| found.extend(TableSource::read(row)));
    }
    in_order(found)
}

/// Those that a table is.
pub fn sources_of(relation: pg_sys::Oid, snapshot: &Snapshot) -> Vec<TableSource> {
    let mut found = Vec::new();
    if let Some(table) = CatalogTable::open(c"sources") {
        table.each_where(
            c"sources_relation_kind_key",
            3,
            Key::Oid(relation),
            snapshot,
            |row| found.extend(TableSource::read(row)),
        );
    }
    in_order(found)
}

fn in_order(mut found: Vec<TableSource>) -> Vec<TableSource> {
    found.sort_by_key(|source| (source.kind, source.id));
    found
}
