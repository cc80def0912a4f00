//! The triggers by which tables are followed.
//!
//! Those for statements see all rows of a statement, whichever parts of the table they are in, but not a
//! statement on a part: so each part has its own. Logical replication fires none of them, so that there is one
//! for rows besides, which does nothing anywhere else.

use crate::catalog::write::ddl::{Ddl, run_all};
use crate::catalog::write::source_parts::{SourceTable, source_tables, statements_to_leave};
use crate::core::{Error, Result};
use crate::pg::notices::warn;
use pgrx::pg_sys;

const OF_STATEMENTS: [(&str, &str, &str); 4] = [
    (
        "sharing_source_insert",
        "INSERT",
        "REFERENCING NEW TABLE AS sharing_new",
    ),
    (
        "sharing_source_update",
        "UPDATE",
        "REFERENCING OLD TABLE AS sharing_old NEW TABLE AS sharing_new",
    ),
    (
        "sharing_source_delete",
        "DELETE",
        "REFERENCING OLD TABLE AS sharing_old",
    ),
    ("sharing_source_truncate", "TRUNCATE", ""),
];

const OF_ROWS: &str = "sharing_source_apply";

fn missing(table: &SourceTable) -> Vec<Ddl> {
    let name = &table.name;
    let has = |trigger: &str| table.triggers.iter().any(|present| present == trigger);
    let strangers = table.strangers.iter();
    let mut statements: Vec<String> = strangers
        .map(|trigger| format!("DROP TRIGGER {trigger} ON {name}"))
        .collect();
    for (trigger, event, rows) in OF_STATEMENTS {
        if !has(trigger) {
            statements.push(format!(
                "CREATE TRIGGER {trigger} AFTER {event} ON {name} {rows} FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.follow_source()"
            ));
            statements.push(format!(
                "ALTER TABLE {name} ENABLE ALWAYS TRIGGER {trigger}"
            ));
        }
    }
    // PostgreSQL makes it on partitions, too.
    if !table.is_partition && !has(OF_ROWS) {
        statements.push(format!(
            "CREATE TRIGGER {OF_ROWS} AFTER INSERT OR UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION sharing_internal.follow_source_row()"
        ));
        statements.push(format!(
            "ALTER TABLE {name} ENABLE REPLICA TRIGGER {OF_ROWS}"
        ));
    }
    Ddl::on(table.oid, statements).collect()
}

/// Puts triggers on whatever belongs to a source, and takes them off what does not. Returns the tables that
/// had not all of them.
pub fn put_in_place() -> Result<Vec<pg_sys::Oid>> {
    let mut lacking = Vec::new();
    for table in source_tables()? {
        let statements = missing(&table);
        if statements.is_empty() {
            continue;
        }
        must_be_followed(&table)?;
        lacking.push(table.oid);
        run_all(&statements)?;
        for trigger in &table.strangers {
            warn(
                format!(
                    "trigger \"{trigger}\" of {} belongs to pg_sharing and was put back",
                    table.name
                ),
                "sharing.unsync() takes the triggers off.",
            );
        }
    }
    run_all(&statements_to_leave()?)?;
    Ok(lacking)
}

pub fn unlogged(table: &str) -> Error {
    Error::unsupported(format!("table {table} is unlogged, and a crash empties it"))
        .detail("The organization would not hear of it.")
        .hint(format!(
            "ALTER TABLE {table} SET LOGGED lets it be a source."
        ))
}

/// Refuses what changes without a trigger.
fn must_be_followed(table: &SourceTable) -> Result<()> {
    let name = &table.name;
    match (table.kind, table.persistence) {
        ('r' | 'p', 'u') => Err(unlogged(name)),
        ('r' | 'p', _) => Ok(()),
        _ => Err(Error::unsupported(format!(
            "{name} cannot belong to a source: only tables tell when their rows change"
        ))),
    }
}
