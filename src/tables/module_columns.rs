//! What the policies of a module say of its columns, for the document.

use crate::catalog::read::configuration::Owners;
use crate::catalog::read::export::{ModuleColumns, RelationColumns};
use crate::core::Result;
use crate::core::org::RelationId;
use crate::policy::text::columns::{Columns, altered_policies, columns};
use pgrx::{PgRelation, pg_sys};

/// The columns of a module's table, by the policies on it.
pub fn column_names(relation: pg_sys::Oid, owners: Owners) -> Result<ModuleColumns> {
    let table = open(relation);
    let (owner, group) = match columns_of(&table)? {
        Columns::Detail(columns) if owners == Owners::Parent => {
            return Ok(ModuleColumns {
                via: Some(columns.via.name),
                ..ModuleColumns::default()
            });
        }
        Columns::Owned(columns) if owners != Owners::Parent => {
            (Some(columns.owner.name), columns.group)
        }
        _ => return Err(altered_policies(table.name())),
    };
    let (owner, owner_group) = match owners {
        Owners::User => (owner, None),
        Owners::Parent => (None, None),
        Owners::Group => (None, owner),
        Owners::UserOrGroup => (owner.clone(), owner),
        Owners::UserAndGroup => (owner, group.map(|group| group.name)),
    };
    Ok(ModuleColumns {
        owner,
        owner_group,
        via: None,
    })
}

/// The columns of a relation of a table, likewise.
pub fn relation_columns(relation: pg_sys::Oid, id: RelationId) -> Result<RelationColumns> {
    let table = open(relation);
    let columns = match columns_of(&table)? {
        Columns::Owned(columns) => columns.relations,
        Columns::Detail(_) => Vec::new(),
    };
    let found = columns.into_iter().find(|column| column.id == id);
    let column = found.ok_or_else(|| altered_policies(table.name()))?;
    Ok(RelationColumns {
        via: column.via.name,
        when: column.when.map(|when| (when.column, when.value)),
    })
}

fn columns_of(table: &PgRelation) -> Result<Columns> {
    // SAFETY: the table is open while it lives.
    unsafe { columns(table.as_ptr()) }
}

fn open(relation: pg_sys::Oid) -> PgRelation {
    // SAFETY: the caller found the table.
    unsafe { PgRelation::with_lock(relation, pg_sys::AccessShareLock as _) }
}
