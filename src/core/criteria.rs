//! Criteria: what the columns of a record must be, all of them, for a rule to speak of it (semantics: Sharing rules).
//!
//! Here is read what is written, and told in one form: the same criteria are one text, however they were written.
//! Whether columns and values fit is for whoever knows the table.

use crate::core::json_object::{JsonFields, number, string};
use crate::core::{Error, Result};
use serde::de::{Deserializer, Error as _};
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Longer criteria are refused: each of them stands in every policy of the module.
const LONGEST: usize = 8192;

/// The conditions on each column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Criteria(BTreeMap<String, Vec<Test>>);

/// What a column must be. NULL and whatever is unknown is nothing of it, but for `Null`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Test {
    Compares(Operator, Scalar),
    AnyOf(Vec<Scalar>),
    Like(String),
    /// NULL, or anything else.
    Null(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Operator {
    const ALL: [Operator; 6] = [
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::AtMost,
        Operator::Greater,
        Operator::AtLeast,
    ];

    pub fn sign(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::NotEqual => "<>",
            Operator::Less => "<",
            Operator::AtMost => "<=",
            Operator::Greater => ">",
            Operator::AtLeast => ">=",
        }
    }
}

/// A value as JSON has it; a number as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scalar {
    Text(String),
    Number(String),
    Flag(bool),
}

impl Scalar {
    /// As the database reads it.
    pub fn text(&self) -> &str {
        match self {
            Scalar::Text(text) | Scalar::Number(text) => text,
            Scalar::Flag(true) => "true",
            Scalar::Flag(false) => "false",
        }
    }

    fn json(&self) -> String {
        match self {
            Scalar::Text(text) => quoted(text),
            other => other.text().to_owned(),
        }
    }

    /// A number that other programs would round is text.
    pub fn of_number(text: &str) -> Scalar {
        let mut text = text.to_owned();
        if text.contains('.') && !text.contains(['e', 'E']) {
            text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
        }
        let read = serde_json::from_str::<serde_json::Value>(&text);
        let written = read.map(|read| read.to_string()).unwrap_or_default();
        match written == text {
            true => Scalar::Number(text),
            false => Scalar::Text(text),
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Quotes of a text no more than a message has room for.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

impl Criteria {
    /// Reads an object as it was written.
    pub fn parse(text: &str) -> Result<Criteria> {
        if text.len() > LONGEST {
            return Err(
                Error::bad_value(format!("criteria are longer than {LONGEST} bytes")).hint(
                    "A group of records of which rules speak can be marked by a column of its own.",
                ),
            );
        }
        let Some(fields) = JsonFields::read(text) else {
            return refuse("criteria are not an object that names each column once");
        };
        let mut columns = BTreeMap::new();
        for (column, value) in fields.all() {
            columns.insert(column.to_owned(), tests(column, value)?);
        }
        match columns.is_empty() {
            true => refuse("criteria name no column"),
            false => Ok(Criteria(columns)),
        }
    }

    pub fn columns(&self) -> impl Iterator<Item = (&str, &[Test])> {
        let columns = self.0.iter();
        columns.map(|(column, tests)| (column.as_str(), tests.as_slice()))
    }

    pub fn names(&self, column: &str) -> bool {
        self.0.contains_key(column)
    }

    /// The same with another name for a column.
    #[must_use]
    pub fn renamed(&self, old: &str, new: &str) -> Criteria {
        let mut columns = self.0.clone();
        if let Some(tests) = columns.remove(old) {
            columns.insert(new.to_owned(), tests);
        }
        Criteria(columns)
    }

    /// The same with what `change` makes of the values of a column.
    pub fn with_values(
        &self,
        mut change: impl FnMut(&str, &Scalar, &Test) -> Result<Scalar>,
    ) -> Result<Criteria> {
        let mut columns = BTreeMap::new();
        for (column, tests) in &self.0 {
            let mut changed = Vec::new();
            for test in tests {
                changed.push(match test {
                    Test::Compares(operator, value) => {
                        Test::Compares(*operator, change(column, value, test)?)
                    }
                    Test::AnyOf(values) => {
                        let values = values.iter().map(|value| change(column, value, test));
                        let mut values: Vec<Scalar> = values.collect::<Result<_>>()?;
                        values.sort();
                        values.dedup();
                        Test::AnyOf(values)
                    }
                    other => other.clone(),
                });
            }
            changed.sort();
            columns.insert(column.clone(), changed);
        }
        Ok(Criteria(columns))
    }

    /// The same, for who makes a document of it.
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::from_str(&self.to_text()).unwrap_or_default()
    }

    /// As JSON, in one form.
    pub fn to_text(&self) -> String {
        let columns = self.0.iter().map(|(column, tests)| {
            let written = match &tests[..] {
                [Test::Compares(Operator::Equal, value)] => value.json(),
                [Test::Null(true)] => "null".to_owned(),
                [Test::AnyOf(values)] => {
                    let values: Vec<String> = values.iter().map(Scalar::json).collect();
                    format!("[{}]", values.join(", "))
                }
                tests => {
                    let tests = tests.iter().map(|test| match test {
                        Test::Compares(operator, value) => {
                            format!("{}: {}", quoted(operator.sign()), value.json())
                        }
                        Test::Like(pattern) => format!("\"like\": {}", quoted(pattern)),
                        Test::Null(is_null) => format!("\"null\": {is_null}"),
                        // An array stands alone.
                        Test::AnyOf(_) => String::new(),
                    });
                    format!("{{{}}}", tests.collect::<Vec<_>>().join(", "))
                }
            };
            format!("{}: {written}", quoted(column))
        });
        format!("{{{}}}", columns.collect::<Vec<_>>().join(", "))
    }
}

const EXAMPLE: &str = r#"They name columns and what these must be: {"status": "hot", "region": ["EU", "UK"], "amount": {">=": 1000, "<": 5000}, "closed_on": null, "deleted": {"<>": true}}."#;

fn refuse<T>(message: &str) -> Result<T> {
    Err(Error::bad_value(message).hint(EXAMPLE))
}

/// About what stands beside a column.
fn refuse_column<T>(column: &str, message: &str) -> Result<T> {
    refuse(&format!("criteria.{}: {message}", shown(column)))
}

fn tests(column: &str, value: &RawValue) -> Result<Vec<Test>> {
    let text = value.get();
    if text == "null" {
        return Ok(vec![Test::Null(true)]);
    }
    if text.starts_with('[') {
        let Ok(values) = serde_json::from_str::<Vec<&RawValue>>(text) else {
            return refuse_column(column, "this is no array");
        };
        if values.is_empty() {
            return refuse_column(column, "an empty array is met by no record");
        }
        let values = values.into_iter().map(|value| scalar(column, value));
        let mut values: Vec<Scalar> = values.collect::<Result<_>>()?;
        values.sort();
        values.dedup();
        return Ok(vec![match values.len() {
            1 => Test::Compares(Operator::Equal, values.remove(0)),
            _ => Test::AnyOf(values),
        }]);
    }
    if !text.starts_with('{') {
        return Ok(vec![Test::Compares(
            Operator::Equal,
            scalar(column, value)?,
        )]);
    }
    let Some(comparisons) = JsonFields::read(text) else {
        return refuse_column(column, "this is no object that names each comparison once");
    };
    let mut tests = Vec::new();
    for (word, value) in comparisons.all() {
        tests.push(test(column, word, value)?);
    }
    tests.sort();
    match tests.is_empty() {
        true => refuse_column(column, "an empty object compares nothing"),
        false => Ok(tests),
    }
}

fn test(column: &str, word: &str, value: &RawValue) -> Result<Test> {
    if let Some(operator) = Operator::ALL.into_iter().find(|one| one.sign() == word) {
        return Ok(Test::Compares(operator, scalar(column, value)?));
    }
    match word {
        "like" => match string(value) {
            Some(pattern) if ends_in_escape(&pattern) => refuse_column(
                column,
                "the pattern ends in its escape character, which is an error where a value comes so far",
            ),
            Some(pattern) => Ok(Test::Like(pattern)),
            None => refuse_column(column, "a pattern is text"),
        },
        "null" => match value.get() {
            "true" => Ok(Test::Null(true)),
            "false" => Ok(Test::Null(false)),
            _ => refuse_column(column, "\"null\" is true or false"),
        },
        _ => refuse_column(
            column,
            &format!(
                "\"{}\" is no comparison: it is one of =, <>, <, <=, >, >=, like, null",
                shown(word)
            ),
        ),
    }
}

/// Whether the last character of a LIKE pattern escapes nothing.
fn ends_in_escape(pattern: &str) -> bool {
    let backslashes = pattern.chars().rev().take_while(|&c| c == '\\').count();
    backslashes % 2 == 1
}

fn scalar(column: &str, value: &RawValue) -> Result<Scalar> {
    if let Some(text) = string(value) {
        return Ok(Scalar::Text(text));
    }
    if let Some(text) = number(value) {
        return Ok(Scalar::of_number(text));
    }
    match value.get() {
        "true" => Ok(Scalar::Flag(true)),
        "false" => Ok(Scalar::Flag(false)),
        "null" => refuse_column(
            column,
            "null stands alone, or is asked for with {\"null\": true}: nothing is equal to it",
        ),
        _ => refuse_column(column, "a value is text, a number, true or false"),
    }
}

impl Serialize for Criteria {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.to_text()).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Criteria {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Criteria::parse(raw.get()).map_err(|error| D::Error::custom(error.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Sqlstate;

    #[test]
    fn one_form_however_it_was_written() {
        for (written, told) in [
            (r#"{"a": "x"}"#, r#"{"a": "x"}"#),
            (r#"{"a": {"=": "x"}}"#, r#"{"a": "x"}"#),
            (r#"{"b": 1, "a": null}"#, r#"{"a": null, "b": 1}"#),
            (r#"{"a": {"null": true}}"#, r#"{"a": null}"#),
            (r#"{"a": {"null": false}}"#, r#"{"a": {"null": false}}"#),
            (r#"{"a": ["y", "x", "y"]}"#, r#"{"a": ["x", "y"]}"#),
            (r#"{"a": ["x"]}"#, r#"{"a": "x"}"#),
            (
                r#"{"a": {">=": 1000.50, "<": 5000.0}}"#,
                r#"{"a": {"<": 5000, ">=": 1000.5}}"#,
            ),
            (
                r#"{"a": 12345678901234567.89}"#,
                r#"{"a": "12345678901234567.89"}"#,
            ),
            (
                r#"{"a": {"<>": true}, "q\"": {"like": "x%"}}"#,
                r#"{"a": {"<>": true}, "q\"": {"like": "x%"}}"#,
            ),
        ] {
            let criteria = Criteria::parse(written).unwrap();
            assert_eq!(criteria.to_text(), told);
            assert_eq!(Criteria::parse(told), Ok(criteria));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let long = format!(r#"{{"a": "{}"}}"#, "x".repeat(LONGEST));
        let deep = format!(r#"{{"a": {}1{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
        for text in [
            "null",
            "[]",
            "1",
            "{}",
            "{",
            r#"{"a": 1, "a": 2}"#,
            r#"{"a": []}"#,
            r#"{"a": {}}"#,
            r#"{"a": [null]}"#,
            r#"{"a": [[1]]}"#,
            r#"{"a": {"=": null}}"#,
            r#"{"a": {"=": [1]}}"#,
            r#"{"a": {"=": {"=": 1}}}"#,
            r#"{"a": {"~": "x"}}"#,
            r#"{"a": {"=": 1, "=": 2}}"#,
            r#"{"a": {"like": 1}}"#,
            r#"{"a": {"like": "x\\"}}"#,
            r#"{"a": {"null": 1}}"#,
            &long,
            &deep,
        ] {
            let error = Criteria::parse(text).unwrap_err();
            assert_eq!(error.sqlstate, Sqlstate::BadValue, "{}", shown(text));
            assert!(error.hint.is_some());
        }
        assert!(Criteria::parse(r#"{"a": {"like": "x\\\\"}}"#).is_ok());
    }
}
