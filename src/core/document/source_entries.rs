//! The section "sources": tables of the application from which the organization comes.

use crate::core::sources::{SourceColumns, SourceKind, SourcePart};
use serde::{Deserialize, Serialize};

/// A source: its table, and which columns hold what.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SourceEntry {
    pub kind: SourceKind,
    pub table: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_and_subordinates: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subgroup: Option<String>,
}

impl SourceEntry {
    pub fn new(kind: SourceKind, table: String, columns: &SourceColumns) -> SourceEntry {
        let column = |part| columns.get(part).map(str::to_owned);
        SourceEntry {
            kind,
            table,
            key: column(SourcePart::Key),
            name: column(SourcePart::Name),
            role: column(SourcePart::Role),
            office: column(SourcePart::Office),
            active: column(SourcePart::Active),
            manager: column(SourcePart::Manager),
            parent: column(SourcePart::Parent),
            group: column(SourcePart::Group),
            user: column(SourcePart::User),
            role_and_subordinates: column(SourcePart::Subordinates),
            subgroup: column(SourcePart::Subgroup),
        }
    }

    pub fn columns(&self) -> SourceColumns {
        let mut columns = SourceColumns::default();
        for (part, column) in [
            (SourcePart::Key, &self.key),
            (SourcePart::Name, &self.name),
            (SourcePart::Role, &self.role),
            (SourcePart::Office, &self.office),
            (SourcePart::Active, &self.active),
            (SourcePart::Manager, &self.manager),
            (SourcePart::Parent, &self.parent),
            (SourcePart::Group, &self.group),
            (SourcePart::User, &self.user),
            (SourcePart::Subordinates, &self.role_and_subordinates),
            (SourcePart::Subgroup, &self.subgroup),
        ] {
            columns.set(part, column.clone());
        }
        columns
    }

    /// What tells it apart.
    pub fn what(&self) -> (SourceKind, &str) {
        (self.kind, &self.table)
    }

    pub(super) fn title(&self) -> String {
        format!("source of {}, table {}", self.kind.label(), self.table)
    }
}
