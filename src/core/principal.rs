//! Principals: who a rule speaks of, who is a member of a group (semantics: Vocabulary).

use crate::core::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A principal by its names, as written in SQL: `user:KEY`, `role:NAME`,
/// `role_and_subordinates:NAME`, `group:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Principal {
    User(String),
    Role(String),
    RoleAndSubordinates(String),
    Group(String),
}

impl Principal {
    /// Splits at the first colon only: names may contain colons.
    pub fn parse(text: &str) -> Result<Self> {
        let (kind, name) = text.split_once(':').unwrap_or((text, ""));
        if name.is_empty() {
            return Err(malformed(text));
        }
        let name = name.to_owned();
        match kind {
            "user" => Ok(Principal::User(name)),
            "role" => Ok(Principal::Role(name)),
            "role_and_subordinates" => Ok(Principal::RoleAndSubordinates(name)),
            "group" => Ok(Principal::Group(name)),
            _ => Err(malformed(text)),
        }
    }

    /// Refuses to be a side of a custom rule as a single user (semantics: Vocabulary).
    pub fn must_be_party(&self) -> Result<()> {
        match self {
            Principal::User(_) => Err(Error::bad_value(format!(
                "a rule cannot be from or to a single user: \"{self}\""
            ))
            .hint("Rules are between role:NAME, role_and_subordinates:NAME and group:NAME; put the user into a group.")),
            _ => Ok(()),
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Principal::User(_) => "user",
            Principal::Role(_) => "role",
            Principal::RoleAndSubordinates(_) => "role_and_subordinates",
            Principal::Group(_) => "group",
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Principal::User(name)
            | Principal::Role(name)
            | Principal::RoleAndSubordinates(name)
            | Principal::Group(name) => name,
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind(), self.name())
    }
}

impl TryFrom<String> for Principal {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        Principal::parse(&text)
    }
}

impl From<Principal> for String {
    fn from(principal: Principal) -> String {
        principal.to_string()
    }
}

fn malformed(text: &str) -> Error {
    Error::bad_value(format!("\"{text}\" is not a principal")).hint(
        "A principal is written user:KEY, role:NAME, role_and_subordinates:NAME or group:NAME.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Sqlstate;

    #[test]
    fn splits_at_the_first_colon_only() {
        let principal = Principal::parse("role:a:b").unwrap();
        assert_eq!(principal, Principal::Role("a:b".into()));
        assert_eq!(principal.to_string(), "role:a:b");
    }

    #[test]
    fn refuses_what_is_malformed() {
        for text in ["", "role", "role:", ":x", "boss:x", "Role:x", " role:x"] {
            assert_eq!(
                Principal::parse(text).unwrap_err().sqlstate,
                Sqlstate::BadValue,
                "{text}"
            );
        }
    }
}
