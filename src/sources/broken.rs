//! What is said of a source that cannot be followed, and of rows that say what cannot be: by the
//! application's names, so that whoever typed the value understands it.

use crate::catalog::read::sources::TableSource;
use crate::catalog::write::sources::table_of_source;
use crate::core::error::must_fit;
use crate::core::sources::SourcePart;
use crate::core::{Error, Result, Sqlstate};

/// The column of a part, for messages.
pub fn column_name(source: &TableSource, part: SourcePart) -> &str {
    source.columns.get(part).unwrap_or_default()
}

pub fn column_is_gone(source: &TableSource, column: &str) -> Error {
    let table = table_of_source(source);
    Error::new(
        Sqlstate::UndefinedColumn,
        format!("table {table} has no column \"{column}\""),
    )
    .detail(format!("It is a source of {}.", source.kind.label()))
    .hint(format!(
        "Take it back with sharing.unsync({}), and declare it anew by the columns that it has.",
        pgrx::spi::quote_literal(&table)
    ))
}

/// Nobody was told when it went: event triggers were off.
pub fn table_is_gone(source: &TableSource) -> Error {
    Error::not_possible(format!(
        "the table from which {} came is gone",
        source.kind.label().replace('_', " ")
    ))
    .hint("sharing.resync() forgets it, and what came from it stays.")
}

/// A materialized view that shows nothing yet says nothing of the organization.
pub fn is_empty_still(source: &TableSource) -> Error {
    let view = table_of_source(source);
    Error::not_possible(format!("materialized view {view} has not been populated"))
        .hint(format!("REFRESH MATERIALIZED VIEW {view}"))
}

/// A row that says what cannot be; `unit` is by what the source knows it.
pub fn wrong_row(
    source: &TableSource,
    sqlstate: Sqlstate,
    part: SourcePart,
    unit: &str,
    what: impl std::fmt::Display,
) -> Error {
    let key = source.key_part();
    let of = match key == part || source.parts.len() < 2 {
        true => String::new(),
        false => format!(" in the row with {} {unit}", column_name(source, key)),
    };
    Error::new(
        sqlstate,
        format!(
            "column \"{}\" of table {}{of}: {what}",
            column_name(source, part),
            table_of_source(source)
        ),
    )
}

/// A reference to what is not there.
pub fn dangling(
    source: &TableSource,
    part: SourcePart,
    unit: &str,
    what: &str,
    value: &str,
) -> Error {
    let error = format!("{what} \"{value}\" does not exist");
    wrong_row(source, Sqlstate::Unknown, part, unit, error)
}

/// A text that is too long, or empty.
pub fn check_text(source: &TableSource, part: SourcePart, unit: &str, text: &str) -> Result<()> {
    let what = format!("the {} of {}", part.argument(), source.kind.a());
    let wrong = |what: String| wrong_row(source, Sqlstate::BadValue, part, unit, what);
    if text.is_empty() {
        return Err(wrong(format!("{what} cannot be empty")));
    }
    must_fit(&what, text).map_err(|error| wrong(error.message))
}
