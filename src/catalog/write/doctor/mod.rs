//! What the doctor asks of pg_catalog and of our tables. Each statement returns findings: severity, object,
//! message, and the SQL that mends it, or NULL. They take no argument, lock no table of the application's, and
//! name nothing of its own but in what they return. Nothing here is run but these statements.

pub mod ended;
pub mod own;
pub mod protection;
pub mod roles;
pub mod server;
pub mod settings;
pub mod shards;
pub mod sources;
pub mod tables;

use crate::catalog::write::sql::read_rows;
use crate::core::Result;
use crate::core::checkup::{Finding, Severity};

/// What one of the statements finds.
pub fn ask(statement: &str) -> Result<Vec<Finding>> {
    read_rows(statement, &[], |row| {
        let severity: String = row.get(1)?.unwrap_or_default();
        let (object, message) = (row.get::<String>(2)?, row.get::<String>(3)?);
        let finding = Finding::new(
            Severity::from_label(&severity),
            object.unwrap_or_default(),
            message.unwrap_or_default(),
        );
        Ok(match row.get::<String>(4)? {
            Some(fix) => finding.fix(fix),
            None => finding,
        })
    })
}
