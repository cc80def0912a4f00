//! Statements that change tables of the application's: the only ones that run on its tables.

use crate::catalog::read::citus::is_spread;
use crate::catalog::write::elevation::{Elevated, TableOwner};
use crate::catalog::write::own_statement;
use crate::catalog::write::sql::rows;
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
        if !self.stays_here() {
            must_reach_no_code_of_others(self.table)?;
        }
        let owner = TableOwner::of(self.table)?;
        if owner.is_above_session() && is_spread(self.table) {
            return Err(Error::not_possible(
                "a superuser's table that Citus distributes is protected by a superuser alone",
            )
            .hint("ALTER TABLE … OWNER TO gives it to a role that is none."));
        }
        if owner.is_above_session() {
            return run_quietly(&self.statement, self.table);
        }
        own_statement::run(&self.statement)
    }
}

/// How statements begin that do not open the partitions of their table.
const STAY_HERE: [&str; 6] = [
    "CREATE POLICY",
    "ALTER POLICY",
    "DROP POLICY",
    "DROP TRIGGER",
    "REVOKE TRUNCATE",
    "GRANT TRUNCATE",
];

impl Ddl {
    fn stays_here(&self) -> bool {
        let mut beginnings = STAY_HERE.iter();
        beginnings.any(|beginning| self.statement.starts_with(beginning))
            || self.statement.ends_with("ROW LEVEL SECURITY")
    }
}

/// A trigger of a partitioned table is made on its partitions, too, with the rights of the table's owner.
/// That evaluates expressions by which these are partitioned, which are code of whoever owns them.
fn must_reach_no_code_of_others(table: pg_sys::Oid) -> Result<()> {
    // SAFETY: looks the table up in the system caches.
    if unsafe { pg_sys::get_rel_relkind(table) } as u8 != b'p' {
        return Ok(());
    }
    let _elevated = Elevated::enter()?;
    let found = rows(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.format('%I.%I', m.nspname, t.relname),
                pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(t.relowner))
         FROM pg_catalog.pg_partition_tree($1::pg_catalog.regclass) d
         JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = d.relid AND p.partexprs IS NOT NULL
         JOIN pg_catalog.pg_class c ON c.oid = d.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_catalog.pg_class t ON t.oid = $1 JOIN pg_catalog.pg_namespace m ON m.oid = t.relnamespace
         WHERE d.level > 0 AND NOT pg_catalog.pg_has_role(c.relowner, t.relowner, 'USAGE')
         ORDER BY 1 LIMIT 1",
        &[table.into()],
        |row| Ok((row.get::<String>(1)?, row.get::<String>(2)?, row.get::<String>(3)?)),
    )?;
    match found.into_iter().next() {
        Some((Some(part), Some(table), Some(owner))) => Err(Error::not_possible(format!(
            "table {part} belongs to another owner than {table}, of which it is a partition, and is partitioned by an expression"
        ))
        .detail("The expression would be evaluated with the rights of the other owner.")
        .hint(format!("Make {owner} the owner of {part}, too."))),
        _ => Ok(()),
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
struct Uncollected;

impl Uncollected {
    fn begin() -> Uncollected {
        // SAFETY: sets a flag of the command under way, if there is one.
        unsafe { pg_sys::EventTriggerInhibitCommandCollection() };
        Uncollected
    }
}

impl Drop for Uncollected {
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
            let _uncollected = Uncollected::begin();
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
