//! Statements that change tables of the application's: the only ones that run on its tables.

use crate::catalog::elevation::TableOwner;
use crate::catalog::sql::execute;
use crate::core::Result;
use pgrx::pg_sys;

/// DDL on one table.
#[derive(Clone, Debug)]
pub struct Ddl {
    pub table: pg_sys::Oid,
    pub statement: String,
}

impl Ddl {
    /// DDL on `table`, in the order in which it runs.
    pub fn on(
        table: pg_sys::Oid,
        statements: impl IntoIterator<Item = String>,
    ) -> impl Iterator<Item = Ddl> {
        let statements = statements.into_iter();
        statements.map(move |statement| Ddl { table, statement })
    }

    /// Runs as the table's owner: his code, and the application's event triggers, get no further than by
    /// the same statement of his own.
    pub fn run(&self) -> Result<()> {
        let _owner = TableOwner::of(self.table)?;
        execute(&self.statement, &[])?;
        Ok(())
    }
}

pub fn run_all<'a>(all: impl IntoIterator<Item = &'a Ddl>) -> Result<()> {
    all.into_iter().try_for_each(Ddl::run)
}
