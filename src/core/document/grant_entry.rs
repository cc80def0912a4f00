//! A record that was given to somebody, as a document tells it.

use crate::core::Principal;
use crate::core::access::ShareAccess;
use crate::core::time::Moment;
use serde::{Deserialize, Serialize};

/// What has ended is not told of, and counts for nothing where it is.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GrantEntry {
    pub module: String,
    /// The text form of its primary key.
    pub record: String,
    pub to: Principal,
    pub access: ShareAccess,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// The key of the user who gave it. Only told: it changes nothing of a grant that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

impl GrantEntry {
    pub fn name(&self) -> String {
        let GrantEntry {
            module, record, to, ..
        } = self;
        format!("grant of record \"{record}\" of \"{module}\" to {to}")
    }

    pub(super) fn is_same(&self, other: &GrantEntry) -> bool {
        (self.access, self.until) == (other.access, other.until)
    }
}
