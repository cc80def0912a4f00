//! How a record is named whose key has several columns: a JSON object of them (semantics: Modules).

use crate::core::{Error, Result};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The fields in their order, also those that repeat.
struct FieldsInOrder(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for FieldsInOrder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = FieldsInOrder;
            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<FieldsInOrder, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(FieldsInOrder(fields))
            }
        }
        deserializer.deserialize_map(Each)
    }
}

/// The text forms of the values of a key's `columns`, in their order, from `{"id": 1, "day": "…"}`.
pub fn record_id(text: &str, table: &str, columns: &[&str]) -> Result<Vec<String>> {
    let refused = |what: String| {
        let fields = columns
            .iter()
            .map(|column| format!("{}: …", Value::from(*column)));
        let fields: Vec<_> = fields.collect();
        Error::bad_value(format!(
            "{} is no key of a record of {table}: {what}",
            shortened(text)
        ))
        .hint(format!(
            "Its key has several columns: name a record by a JSON object, {{{}}}.",
            fields.join(", ")
        ))
    };
    let FieldsInOrder(fields) =
        serde_json::from_str(text).map_err(|_| refused("it is not a JSON object".to_owned()))?;
    let mut values: Vec<Option<String>> = vec![None; columns.len()];
    for (name, value) in fields {
        let Some(place) = columns.iter().position(|column| *column == name) else {
            let name = shortened(&name);
            return Err(refused(format!("column {name} is not one of the key's")));
        };
        if values[place].is_some() {
            return Err(refused(format!("column \"{name}\" occurs twice")));
        }
        values[place] = Some(match value {
            Value::String(text) => text,
            Value::Bool(truth) => truth.to_string(),
            Value::Number(number) if !number.is_f64() => number.to_string(),
            // Reading it may have changed it.
            Value::Number(_) => {
                return Err(refused(format!(
                    "the number of column \"{name}\" is not an integer of 64 bits, so it has to be a string"
                )));
            }
            Value::Null => return Err(refused(format!("column \"{name}\" is null"))),
            Value::Array(_) | Value::Object(_) => {
                return Err(refused(format!(
                    "the value of column \"{name}\" is neither a string nor a number"
                )));
            }
        });
    }
    let missing = columns
        .iter()
        .zip(&values)
        .find(|(_, value)| value.is_none());
    if let Some((name, _)) = missing {
        return Err(refused(format!("column \"{name}\" is missing")));
    }
    Ok(values.into_iter().flatten().collect())
}

/// As much of a text as a message bears, quoted.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("\"{}…\"", &text[..end]),
        None => format!("\"{text}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_the_key_and_no_others() {
        let read = |text: &str| record_id(text, "t", &["id", "day"]);
        for text in [
            r#"{"id": 1, "day": "2026-01-01"}"#,
            r#" {"day":"2026-01-01","id":"1"} "#,
        ] {
            assert_eq!(read(text).ok(), Some(vec!["1".into(), "2026-01-01".into()]));
        }
        let large = read(r#"{"id": 18446744073709551615, "day": ""}"#);
        assert_eq!(
            large.ok(),
            Some(vec!["18446744073709551615".into(), String::new()])
        );
        for (text, what) in [
            ("1", "is not a JSON object"),
            ("", "is not a JSON object"),
            (r#"[1, "2026-01-01"]"#, "is not a JSON object"),
            (r#"{"id": 1, "day": "x"} {}"#, "is not a JSON object"),
            (r#"{"id": 1}"#, r#"column "day" is missing"#),
            ("{}", r#"column "id" is missing"#),
            (
                r#"{"id": 1, "day": "x", "no": 2}"#,
                r#"column "no" is not one"#,
            ),
            (r#"{"id": 1, "id": 2, "day": "x"}"#, "occurs twice"),
            (r#"{"id": null, "day": "x"}"#, r#"column "id" is null"#),
            (r#"{"id": 1.0, "day": "x"}"#, "not an integer"),
            (
                r#"{"id": 18446744073709551616, "day": "x"}"#,
                "not an integer",
            ),
            (r#"{"id": [1], "day": "x"}"#, "neither a string nor"),
        ] {
            let error = format!("{:?}", read(text).err());
            assert!(
                error.contains(&what.replace('"', "\\\"")),
                "{text}: {error}"
            );
        }
    }
}
