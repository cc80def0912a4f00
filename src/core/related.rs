//! What rules say of the children of the records of which they speak (semantics: The decision, grant 7; Sharing rules), and
//! which modules have no rules of their own.

use crate::core::access::RelatedAccess;
use crate::core::{Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// The levels that a rule names, by the names of child modules.
pub type Related = BTreeMap<String, RelatedAccess>;

/// Reads the argument `related` of `add_rule` and `alter_rule`.
pub fn parse_related(text: &str) -> Result<Related> {
    let example = r#"It names child modules and their levels: {"Quotes": "read_write", "Sales Orders": "none"}."#;
    let refuse = |message: &str| Err(Error::bad_value(message).hint(example));
    let levels = match serde_json::from_str(text) {
        Ok(Value::Object(levels)) => levels,
        Ok(_) => return refuse("related is not an object"),
        // What jsonb can hold and this cannot: 1e999.
        Err(_) => return refuse("related holds a value that is no level"),
    };
    levels
        .into_iter()
        .map(|(module, level)| {
            let level = match level {
                Value::String(label) => RelatedAccess::parse(&label),
                other => Err(RelatedAccess::unknown(&other.to_string())),
            };
            let level = level.map_err(|error| error.at(&related_path(&module)))?;
            Ok((module, level))
        })
        .collect()
}

/// Where the level of a module stands.
pub fn related_path(module: &str) -> String {
    format!("related.{module}")
}

/// A rule names a module that is none of its children.
pub fn no_child(child: &str, module: &str) -> Error {
    Error::not_possible(format!(
        "module \"{child}\" has no relation to module \"{module}\", nor to one that follows it"
    ))
    .hint("Declare the relation of the two tables with sharing.relate(child, via, parent).")
}

/// Global access and rules of a module that follows another.
pub fn belongs_to_followed(module: &str, followed: &str) -> Error {
    Error::not_possible(format!(
        "module \"{module}\" follows \"{followed}\": global access and rules belong to the module it follows"
    ))
    .hint(format!("Name \"{followed}\" instead: what holds for it holds for \"{module}\"."))
}

/// Global access and rules of a module that another controls.
pub fn belongs_to_parent(module: &str, parent: &str) -> Error {
    Error::not_possible(format!(
        "module \"{module}\" is controlled by \"{parent}\": it has no global access and no rules of its own"
    ))
    .hint(format!(
        "Who may reach a record of \"{parent}\" reaches what belongs to it."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Sqlstate;

    #[test]
    fn levels_are_read() {
        let read =
            parse_related(r#"{"Quotes": "none", "Calls": "read_write", "a: b": "read_only"}"#);
        let levels = [
            ("Calls", RelatedAccess::ReadWrite),
            ("Quotes", RelatedAccess::None),
            ("a: b", RelatedAccess::ReadOnly),
        ];
        assert_eq!(
            read,
            Ok(levels.map(|(name, level)| (name.to_owned(), level)).into())
        );
        assert_eq!(parse_related("{}"), Ok(Related::new()));
    }

    #[test]
    fn anything_else_is_refused() {
        for (text, message) in [
            ("null", "related is not an object"),
            ("[]", "related is not an object"),
            (r#""none""#, "related is not an object"),
            (
                r#"{"Quotes": 1e999}"#,
                "related holds a value that is no level",
            ),
            (
                r#"{"Quotes": "read"}"#,
                r#"related.Quotes: "read" is not a level for related records"#,
            ),
            (
                r#"{"Quotes": null}"#,
                "related.Quotes: null is not a level for related records",
            ),
            (
                r#"{"Quotes": true}"#,
                "related.Quotes: true is not a level for related records",
            ),
        ] {
            let error = parse_related(text).unwrap_err();
            assert_eq!(
                (error.sqlstate, error.message.as_str()),
                (Sqlstate::BadValue, message)
            );
            assert!(error.hint.is_some());
        }
    }
}
