//! The section "trusted": database roles whose sessions name the user for whom they act.

use crate::core::Result;
use crate::core::trust::TrustSource;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedEntry {
    /// Its name, not quoted.
    pub db_role: String,
    /// The setting that names the user; without it, `sharing.user_key` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// The field of the JSON object in the setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
}

impl TrustedEntry {
    pub fn new(db_role: String, source: Option<&TrustSource>) -> TrustedEntry {
        TrustedEntry {
            db_role,
            setting: source.map(|source| source.setting.clone()),
            claim: source.and_then(|source| source.claim.clone()),
        }
    }

    /// Refuses what is no source.
    pub fn source(&self) -> Result<Option<TrustSource>> {
        TrustSource::new(self.setting.as_deref(), self.claim.as_deref())
    }

    /// Settings are the same whatever their case.
    pub(super) fn is_same(&self, other: &TrustedEntry) -> bool {
        self.source() == other.source()
    }

    pub(super) fn title(&self) -> String {
        format!("trust in database role \"{}\"", self.db_role)
    }
}
