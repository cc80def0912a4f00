//! What a view shows, read as its owner. Whatever code stands in it gets as far as by a query of the owner's
//! own, and leaves nothing behind. Row security that would hide rows is an error, and never a shorter list.

use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::elevation::{QueryOfOthers, TableOwner};
use crate::catalog::write::pass_through::PassThrough;
use crate::core::{Error, Result};
use pgrx::{Spi, pg_sys};
use std::ffi::CString;

/// Calls `visit` with each row of a view, and what describes it: the columns of these names, in that order.
/// `view` is its name, quoted, with its schema.
pub fn each_row_of_view(
    relation: pg_sys::Oid,
    view: &str,
    columns: &[&str],
    mut visit: impl FnMut(pg_sys::HeapTuple, pg_sys::TupleDesc) -> Result<()>,
) -> Result<()> {
    let columns: Vec<String> = columns.iter().map(pgrx::spi::quote_identifier).collect();
    let statement = format!("SELECT {} FROM {view}", columns.join(", "));
    let statement = CString::new(statement)
        .map_err(|_| Error::internal("a statement of pg_sharing contains a zero byte"))?;
    let owner = TableOwner::of(relation)?;
    if owner.is_above_session() {
        // What the view calls may look for tables by name, and find temporary ones of the session.
        return Err(Error::not_allowed(format!(
            "view {view} belongs to a superuser, as whom only a superuser has it read"
        ))
        .hint("Give the view to a role that is no superuser."));
    }
    owner.sees_everything_or_fails();
    let _theirs = QueryOfOthers::begin();
    let _as_they_are = PassThrough::begin();
    Spi::connect_mut(|_| {
        let _latest = Snapshot::latest();
        // SAFETY: connected; a read-only statement goes by the active snapshot. The table of the result
        // has as many tuples as it says, all of one description.
        unsafe {
            let code = pg_sys::SPI_execute(statement.as_ptr(), true, 0);
            if code != pg_sys::SPI_OK_SELECT as i32 {
                return Err(Error::internal(format!("a view cannot be read: {code}")));
            }
            let table = pg_sys::SPI_tuptable;
            (0..pg_sys::SPI_processed as usize)
                .try_for_each(|n| visit(*(*table).vals.add(n), (*table).tupdesc))
        }
    })
}
