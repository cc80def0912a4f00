//! By which column of its parent a child's column knows it: what ties records together.
//!
//! A foreign key says it, and where there is none, the column by which the parent's records are known
//! (`policy::text::columns`). Whatever is the primary key now says nothing: it may have moved while the
//! children kept the old key. Which of the two counts is stored with the tie, so none goes from one to the
//! other unnoticed: one that goes by a foreign key is closed without it, and another is closed by a foreign
//! key to another column, which came while event triggers were off, until ALTER TABLE takes notice of it.

use crate::catalog::read::configuration::Configuration;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::core::decision::Way;
use crate::core::org;
use crate::pg::list::length;
use crate::policy::records::reading::Records;
use crate::policy::sets::since::is_protected_as_before;
use crate::policy::text::columns::{Columns, columns, key_of_records};
use pgrx::pg_sys;

/// The column of a parent's table by which its children know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tie {
    pub table: pg_sys::Oid,
    pub column: i16,
}

impl Tie {
    /// The column in a part of the table, which may number its columns otherwise.
    pub fn column_in(&self, part: pg_sys::Oid) -> Option<i16> {
        if part == self.table {
            return Some(self.column);
        }
        // SAFETY: looks up columns; the name is a palloc'd string, or null where there is none.
        let number = unsafe {
            let name = pg_sys::get_attname(self.table, self.column, true);
            match name.is_null() {
                true => 0,
                false => pg_sys::get_attnum(part, name),
            }
        };
        (number > 0).then_some(number)
    }
}

/// pg_constraint, whose first column is the oid, and its index on that: the same in every version of
/// PostgreSQL, and without a name in the bindings.
const CONSTRAINTS: u32 = 2606;
const CONSTRAINTS_BY_OID: u32 = 2667;

/// A foreign key over a column of the child, with others or alone.
struct TieConstraint {
    oid: pg_sys::Oid,
    /// The column of the parent that goes with it.
    column: i16,
    is_alone: bool,
}

impl TieConstraint {
    fn is_seen_by(&self, snapshot: &Snapshot) -> bool {
        // SAFETY: reads a catalog by its index; the table is closed, its lock as short as any look at a
        // catalog.
        unsafe {
            let lock = pg_sys::AccessShareLock as pg_sys::LOCKMODE;
            let constraints = pg_sys::table_open(CONSTRAINTS.into(), lock);
            let mut wanted = pg_sys::ScanKeyData::default();
            pg_sys::ScanKeyInit(
                &mut wanted,
                1,
                pg_sys::BTEqualStrategyNumber as u16,
                pg_sys::F_OIDEQ.into(),
                self.oid.into(),
            );
            let index = pg_sys::Oid::from(CONSTRAINTS_BY_OID);
            let raw = snapshot.raw();
            let scan = pg_sys::systable_beginscan(constraints, index, true, raw, 1, &mut wanted);
            let is_seen = !pg_sys::systable_getnext(scan).is_null();
            pg_sys::systable_endscan(scan);
            pg_sys::table_close(constraints, lock);
            is_seen
        }
    }
}

/// How the children in a table are tied to their parents. None where nothing ties them.
pub fn tie(
    configuration: &Configuration,
    child: pg_sys::Oid,
    way: Way,
    parent: pg_sys::Oid,
) -> Result<Option<Tie>> {
    let by_foreign_key = match way.relation() {
        None => {
            let table = configuration.tables.get(&child);
            table.is_none_or(|table| table.by_foreign_key)
        }
        Some(id) => {
            let stored = configuration.org.relation(id);
            stored.is_none_or(|one: &org::Relation| one.by_foreign_key)
        }
    };
    let Some((mut foreign_keys, has_condition)) = told_by_foreign_keys(child, way, parent) else {
        return Ok(None);
    };
    // A transaction from before a foreign key sees what the children said before.
    if let Some(snapshot) = Snapshot::of_statement() {
        if !is_protected_as_before(child, &snapshot) {
            return Ok(None);
        }
        foreign_keys.retain(|one| one.is_seen_by(&snapshot));
    }
    let key = Records::open(parent).and_then(|records| {
        // SAFETY: the table is open.
        unsafe { key_of_records(records.relation()) }.map(|key| key.number)
    });
    let column = followed(&foreign_keys, key, by_foreign_key && !has_condition);
    Ok(column.map(|column| Tie {
        table: parent,
        column,
    }))
}

/// Whether a foreign key says by which column the children in a table know their parents.
pub fn has_foreign_key(child: pg_sys::Oid, way: Way, parent: pg_sys::Oid) -> bool {
    told_by_foreign_keys(child, way, parent)
        .is_some_and(|(found, _)| found.iter().any(|one| one.is_alone))
}

/// The foreign keys of the column that points at parents, and whether another column says that it
/// does: one that points into several tables has none. None where the policies do not name it.
fn told_by_foreign_keys(
    child: pg_sys::Oid,
    way: Way,
    parent: pg_sys::Oid,
) -> Option<(Vec<TieConstraint>, bool)> {
    let records = Records::open(child)?;
    // SAFETY: the table is open.
    let found = unsafe { columns(records.relation()) }.ok()?;
    let (via, has_condition) = match (found, way) {
        (Columns::Detail(detail), Way::Own) => (detail.via.number, false),
        (Columns::Owned(owned), Way::Relation(id)) => {
            let mut relations = owned.relations.into_iter();
            let found = relations.find(|relation| relation.id == id)?;
            (found.via.number, found.when.is_some())
        }
        _ => return None,
    };
    let found = match has_condition {
        true => Vec::new(),
        // SAFETY: the table is open.
        false => unsafe { foreign_keys(records.relation(), via, parent) },
    };
    Some((found, has_condition))
}

/// The column that foreign keys lead to, where the tie goes by one, or else the one by which the parent's
/// records are known, where no foreign key leads to another. One of several columns that a foreign key leads
/// to together says nothing, unless it is another.
fn followed(found: &[TieConstraint], key: Option<i16>, by_foreign_key: bool) -> Option<i16> {
    let mut alone = found.iter().filter(|one| one.is_alone);
    if alone.clone().any(|one| Some(one.column) == key) {
        return key;
    }
    if let Some(first) = alone.next() {
        let agree = alone.all(|other| other.column == first.column);
        return (agree && by_foreign_key).then_some(first.column);
    }
    let contradicted = found.iter().any(|one| Some(one.column) != key);
    key.filter(|_| !by_foreign_key && !contradicted)
}

/// # Safety
/// `child` must be open.
unsafe fn foreign_keys(
    child: pg_sys::Relation,
    via: i16,
    parent: pg_sys::Oid,
) -> Vec<TieConstraint> {
    // SAFETY: the list is one of foreign keys, whose arrays have `nkeys` entries.
    unsafe {
        let list = pg_sys::RelationGetFKeyList(child);
        (0..length(list))
            .map(|n| {
                (*(*list).elements.add(n))
                    .ptr_value
                    .cast::<pg_sys::ForeignKeyCacheInfo>()
            })
            .filter(|one| (**one).confrelid == parent)
            .filter_map(|one| {
                let count = (*one).nkeys as usize;
                let (from, to) = (&(*one).conkey, &(*one).confkey);
                let at = from[..count].iter().position(|column| *column == via)?;
                Some(TieConstraint {
                    oid: (*one).conoid,
                    column: to[at],
                    is_alone: count == 1,
                })
            })
            .collect()
    }
}
