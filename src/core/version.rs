//! What is said where the library and the tables are of different versions.

use crate::core::Error;
use std::cmp::Ordering;

/// The error for a library of one version that meets tables of another.
pub fn differs(of_library: &str, of_tables: &str) -> Error {
    let hint = match compare(of_library, of_tables) {
        Some(Ordering::Greater) => {
            "ALTER EXTENSION pg_sharing UPDATE brings the tables to the version of the library."
                .to_owned()
        }
        Some(_) => format!(
            "Connect again, and restart the server where shared_preload_libraries names pg_sharing: this process may still have the library of before. If that does not help, install the library of version {of_tables}."
        ),
        None => format!(
            "ALTER EXTENSION pg_sharing UPDATE TO '{of_library}' brings the tables to the version of the library."
        ),
    };
    Error::not_possible(format!(
        "the library of pg_sharing is of version {of_library}, its tables in this database are of version {of_tables}"
    ))
    .hint(hint)
}

/// By their numbers; None where one of them does not consist of numbers.
fn compare(one: &str, other: &str) -> Option<Ordering> {
    let numbers = |version: &str| -> Option<Vec<u64>> {
        version.split('.').map(|part| part.parse().ok()).collect()
    };
    Some(numbers(one)?.cmp(&numbers(other)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(of_library: &str, of_tables: &str) -> String {
        differs(of_library, of_tables).hint.unwrap_or_default()
    }

    #[test]
    fn the_hint_says_what_mends_it() {
        assert!(hint("0.10.0", "0.9.1").starts_with("ALTER EXTENSION pg_sharing UPDATE brings"));
        assert!(hint("0.9.1", "0.10.0").contains("install the library of version 0.10.0"));
        assert!(hint("0.2.0", "0.2.0-beta").contains("UPDATE TO '0.2.0'"));
    }
}
