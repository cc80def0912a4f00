//! The configuration as a document (semantics: Configuration as one document).

use crate::catalog::read::export::present;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::Result;
use crate::core::document::section;
use crate::core::time::Moment;
use crate::pg::clock;
use crate::pg::notices::warn;
use crate::tables::module_columns::{column_names, relation_columns};

/// The document of what is valid and what is staged. Modules that nothing tells the columns of any more
/// are told as that, and warned of.
pub fn export() -> Result<serde_json::Value> {
    let snapshot = Snapshot::of_statement().unwrap_or_else(Snapshot::latest);
    let mut document = present(&snapshot, column_names, relation_columns)?.document;
    document.forget_ended(Moment(clock::now()));
    for module in section(&document.modules) {
        if let Some(broken) = &module.broken {
            warn(
                format!("module \"{}\" is broken: {broken}", module.name),
                "The document says so, and not what its policies no longer say: columns, and relations to its parents. sharing.protect() with its columns makes the policies anew and keeps its rules, and so does an import that names them.",
            );
        }
    }
    document.to_json()
}
