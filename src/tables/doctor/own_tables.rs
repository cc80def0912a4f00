//! The extension's own tables, as sql/schema.sql makes them. The library reads them by the order of their
//! columns: where that is another one, nothing of them may be read.

use crate::catalog::write::doctor::own::columns_of_tables;
use crate::core::Result;
use crate::core::checkup::{Finding, Severity};
use std::collections::BTreeMap;

const SCHEMA: &str = include_str!("../../../sql/schema.sql");

/// Tables that are gone, or have other columns.
pub fn altered() -> Result<Vec<Finding>> {
    let present: BTreeMap<String, String> = columns_of_tables()?.into_iter().collect();
    let differs = |(name, columns): (String, String)| {
        let message = match present.get(&name) {
            Some(present) if *present == columns => return None,
            Some(present) => {
                format!("has other columns than it should: {present}, and not {columns}")
            }
            None => "is missing".to_owned(),
        };
        let message = format!("{message}; what it says is not looked at");
        Some(Finding::new(
            Severity::Error,
            format!("sharing.{name}"),
            message,
        ))
    };
    Ok(declared(SCHEMA).into_iter().filter_map(differs).collect())
}

/// The tables of a script, each with its columns: `name type, name type, …`.
fn declared(script: &str) -> Vec<(String, String)> {
    let mut tables = Vec::new();
    for rest in script.split("\nCREATE TABLE sharing.").skip(1) {
        let Some((name, rest)) = rest.split_once(" (\n") else {
            continue;
        };
        let columns = rest.split("\n);").next().unwrap_or_default();
        let columns: Vec<String> = columns.lines().filter_map(column).collect();
        tables.push((name.to_owned(), columns.join(", ")));
    }
    tables
}

/// The name and the type of the column that a line declares.
fn column(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    let name = words.next()?.trim_matches('"');
    let is_column = name.starts_with(|c: char| c.is_ascii_lowercase());
    let type_name = words.next().filter(|_| is_column)?;
    let type_name = match type_name.trim_end_matches(',') {
        "timestamptz" => "timestamp with time zone",
        other => other,
    };
    Some(format!("{name} {type_name}"))
}

#[cfg(test)]
mod tests {
    use super::{SCHEMA, declared};

    #[test]
    fn columns_are_read_as_they_are_declared() {
        let tables = declared(SCHEMA);
        assert!(tables.len() > 20, "{}", tables.len());
        let of = |wanted: &str| {
            let mut tables = tables.iter();
            let found = tables.find(|(name, _)| name == wanted);
            found.map(|(_, columns)| columns.as_str())
        };
        assert_eq!(
            of("user_rights"),
            Some("user_id integer, right text"),
            "quotes and constraints are left out"
        );
        assert_eq!(of("administrators"), Some("db_role regrole"));
        let links = of("links").unwrap_or_default();
        assert!(
            links.contains("requested_at timestamp with time zone"),
            "{links}"
        );
    }
}
