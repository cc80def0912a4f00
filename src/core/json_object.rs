//! JSON objects that strangers write: the fields of one, each exactly as it is written, and each once.

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// The fields of an object. Two of one name would let two readers read two things.
pub struct JsonFields<'t>(Vec<(String, &'t RawValue)>);

impl<'t> JsonFields<'t> {
    /// None where the text is anything else than one object whose fields have different names. What they
    /// hold is looked at no further, at any depth.
    pub fn read(text: &'t str) -> Option<JsonFields<'t>> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let fields = reader.deserialize_map(FieldsVisitor).ok()?;
        reader.end().ok()?;
        Some(JsonFields(fields))
    }

    pub fn get(&self, name: &str) -> Option<&'t RawValue> {
        let mut fields = self.0.iter();
        fields.find(|(field, _)| field == name).map(|field| field.1)
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &'t RawValue)> {
        let fields = self.0.iter();
        fields.map(|(name, value)| (name.as_str(), *value))
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A field that is a string; None where it is absent, or something else.
    pub fn string(&self, name: &str) -> Option<String> {
        string(self.get(name)?)
    }
}

/// The string that a value is.
pub fn string(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// The number that a value is, as it is written.
pub fn number(value: &RawValue) -> Option<&str> {
    let text = value.get();
    let is_number = text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    is_number.then_some(text)
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Self::Value = Vec::new();
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<Cow<str>>()? {
            let name = name.into_owned();
            if !names.insert(name.clone()) {
                return Err(A::Error::custom("a field stands here twice"));
            }
            fields.push((name, map.next_value()?));
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_with_each_field_once() {
        let fields = JsonFields::read(r#" {"a": "x\u0041", "b": 1.0, "c": {"a": 1, "a": 2}} "#);
        let fields = fields.expect("an object");
        assert_eq!(fields.string("a").as_deref(), Some("xA"));
        assert_eq!(fields.get("b").and_then(number), Some("1.0"));
        assert!(fields.has("c") && !fields.has("d"));
        assert_eq!(fields.string("b"), None);
        assert_eq!(fields.get("a").and_then(number), None);
        for text in [
            "",
            " ",
            "null",
            "[]",
            "1",
            "{",
            "{}}",
            "{} {}",
            r#"{"a":1,}"#,
            r#"{a:1}"#,
            r#"{"a":01}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"a":"\ud800"}"#,
            "{\"a\":\"\u{1}\"}",
        ] {
            let is_read = JsonFields::read(text).is_some_and(|fields| {
                fields
                    .get("a")
                    .is_none_or(|value| string(value).is_some() || number(value).is_some())
            });
            assert!(!is_read || text == "{}", "{text}");
        }
        let deep = format!(
            "{{\"a\": {}{}, \"b\": 1}}",
            "[".repeat(30_000),
            "]".repeat(30_000)
        );
        assert!(JsonFields::read(&deep).is_some_and(|fields| fields.has("b")));
    }
}
