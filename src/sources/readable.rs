//! Who may have a table declared. It is read without anybody's privileges and without row security, and whoever
//! declares it is told what it says: so that has to be what they could read themselves.

use crate::catalog::write::elevation::owner_of;
use crate::catalog::write::sources::{is_invokers_view, unreadable_column};
use crate::core::sources::SourceColumns;
use crate::core::{Error, Result};
use crate::session::author::author;
use pgrx::pg_sys;

/// Refuses a declaration whose author may not read the columns that it names, in every row.
pub fn must_be_readable(relation: pg_sys::Oid, columns: &SourceColumns, name: &str) -> Result<()> {
    let reader = author()?.db_role;
    // SAFETY: asks the system caches about a role.
    if unsafe { pg_sys::superuser_arg(reader) } {
        return Ok(());
    }
    let named: Vec<&str> = columns.all().filter_map(|(_, column)| column).collect();
    if let Some(column) = unreadable_column(relation, &named, reader)? {
        return Err(Error::not_allowed(format!(
            "whoever declares {name} a source has to be able to read its column \"{column}\""
        ))
        .hint(format!(
            "Let a superuser declare it, or GRANT SELECT ON {name} to whoever does."
        )));
    }
    // SAFETY: looks at a relation that exists, and at roles.
    let hides_rows = unsafe {
        pg_sys::check_enable_rls(relation, reader, true)
            == pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32
    };
    if hides_rows {
        return Err(Error::not_allowed(format!(
            "whoever declares {name} a source has to be able to read all of its rows, and row security holds for them"
        ))
        .hint("Let a superuser declare it, or a role with BYPASSRLS that was given to sharing.grant_admin()."));
    }
    // Such a view is read as its owner, who may see more.
    if is_invokers_view(relation)?
        && let Some(owner) = owner_of(relation)
        // SAFETY: asks the system caches about roles.
        && !unsafe { pg_sys::has_privs_of_role(reader, owner) }
    {
        return Err(Error::not_allowed(format!(
            "view {name} shows its owner other rows than whoever declares it a source"
        ))
        .hint("Let a superuser declare it."));
    }
    Ok(())
}
