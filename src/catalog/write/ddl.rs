//! Statements that change tables of the application's: the only ones that run on its tables.

use crate::catalog::write::elevation::TableOwner;
use crate::catalog::write::sql::execute;
use crate::core::{Error, Result};
use pgrx::pg_sys;
use std::ffi::CString;

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

    /// Runs as the table's owner: their code, and the application's event triggers, get no further than by
    /// the same statement of their own. Where that is a superuser and the session is not one's, event
    /// triggers would get further than anywhere else: so they are not told.
    pub fn run(&self) -> Result<()> {
        let owner = TableOwner::of(self.table)?;
        if owner.is_above_session() {
            return run_quietly(&self.statement, self.table);
        }
        execute(&self.statement, &[])?;
        Ok(())
    }
}

pub fn run_all<'a>(all: impl IntoIterator<Item = &'a Ddl>) -> Result<()> {
    all.into_iter().try_for_each(Ddl::run)
}

unsafe extern "C-unwind" {
    fn CreatePolicy(statement: *mut pg_sys::CreatePolicyStmt) -> pg_sys::ObjectAddress;
    fn AlterPolicy(statement: *mut pg_sys::AlterPolicyStmt) -> pg_sys::ObjectAddress;
    fn rename_policy(statement: *mut pg_sys::RenameStmt) -> pg_sys::ObjectAddress;
}

/// While commands are not collected for event triggers. An error ends it, too: whoever catches that may be in
/// the middle of a command of their own, which event triggers are to be told of.
struct Untold;

impl Untold {
    fn begin() -> Untold {
        // SAFETY: sets a flag of the command under way, if there is one.
        unsafe { pg_sys::EventTriggerInhibitCommandCollection() };
        Untold
    }
}

impl Drop for Untold {
    fn drop(&mut self) {
        // SAFETY: as above; it raises no error.
        unsafe { pg_sys::EventTriggerUndoInhibitCommandCollection() };
    }
}

/// Runs a statement by PostgreSQL's function for it, so that no event trigger hears of it. They belong to
/// superusers, but they run in a session of somebody else, whose temporary tables and settings they take
/// for their own. `table` is the one that the statement is about, if it is about a table.
pub fn run_quietly(statement: &str, table: pg_sys::Oid) -> Result<()> {
    let failed = || Error::internal(format!("this cannot be run quietly: {statement}"));
    let text = CString::new(statement).map_err(|_| failed())?;
    // SAFETY: every statement of the list is taken for what its tag says.
    unsafe {
        let statements = pg_sys::pg_parse_query(text.as_ptr());
        let count = statements.as_ref().map_or(0, |list| list.length as usize);
        for n in 0..count {
            let raw = (*(*statements).elements.add(n)).ptr_value;
            let node = (*raw.cast::<pg_sys::RawStmt>()).stmt;
            let _untold = Untold::begin();
            match (*node).type_ {
                pg_sys::NodeTag::T_CreatePolicyStmt => {
                    pg_sys::ffi::pg_guard_ffi_boundary(|| CreatePolicy(node.cast()));
                }
                pg_sys::NodeTag::T_AlterPolicyStmt => {
                    pg_sys::ffi::pg_guard_ffi_boundary(|| AlterPolicy(node.cast()));
                }
                pg_sys::NodeTag::T_RenameStmt
                    if (*node.cast::<pg_sys::RenameStmt>()).renameType
                        == pg_sys::ObjectType::OBJECT_POLICY =>
                {
                    pg_sys::ffi::pg_guard_ffi_boundary(|| rename_policy(node.cast()));
                }
                pg_sys::NodeTag::T_CreateTrigStmt => {
                    let none = pg_sys::InvalidOid;
                    let always = std::ptr::null_mut();
                    let (node, text) = (node.cast(), text.as_ptr());
                    pg_sys::CreateTrigger(
                        node, text, none, none, none, none, none, none, always, false, false,
                    );
                }
                pg_sys::NodeTag::T_AlterTableStmt => {
                    let commands = (*node.cast::<pg_sys::AlterTableStmt>()).cmds;
                    // Partitions have copies of triggers.
                    pg_sys::AlterTableInternal(table, commands, true);
                }
                pg_sys::NodeTag::T_DropStmt => pg_sys::RemoveObjects(node.cast()),
                pg_sys::NodeTag::T_GrantStmt => pg_sys::ExecuteGrantStmt(node.cast()),
                _ => return Err(failed()),
            }
            pg_sys::CommandCounterIncrement();
        }
    }
    Ok(())
}
