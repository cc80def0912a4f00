//! What servers tell each other of a transfer under way, as the text of a setting.

use crate::core::org::ModuleId;

/// Records of a module that become somebody's, who is named in the group's column or in the owner's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldTransfer {
    pub module: ModuleId,
    pub to_group: bool,
    /// The key of the new owner.
    pub key: String,
}

impl ToldTransfer {
    pub fn text(&self) -> String {
        let column = if self.to_group { "group" } else { "owner" };
        format!("{} {column} {}", self.module.0, self.key)
    }

    /// None for anything else.
    pub fn parse(text: &str) -> Option<ToldTransfer> {
        let mut parts = text.splitn(3, ' ');
        let module = ModuleId(parts.next()?.parse().ok()?);
        let to_group = match parts.next()? {
            "group" => true,
            "owner" => false,
            _ => return None,
        };
        let key = parts.next()?.to_owned();
        Some(ToldTransfer {
            module,
            to_group,
            key,
        })
    }
}
