//! What the rows of a source say of the things that they are, each once.

use crate::catalog::read::sources::TableSource;
use crate::core::sources::{SourceKind, SourcePart};
use crate::core::{Result, Sqlstate};
use crate::sources::broken::{check_text, wrong_row};
use crate::sources::engine::Problem;
use crate::sources::rows::{Entry, value_of};
use crate::sources::scope::unit_of;
use std::collections::HashSet;

/// What the rows of a source say of one thing.
pub struct Wish {
    pub unit: String,
    pub name: String,
    pub entry: Entry,
}

/// What is wished for, each once, and what cannot be.
pub fn wishes(source: &TableSource, entries: Vec<Entry>) -> (Vec<Wish>, Vec<Problem>) {
    let (mut wishes, mut problems) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for entry in entries {
        let Some(unit) = unit_of(source, &entry) else {
            continue;
        };
        let wish = match seen.insert(unit.clone()) {
            true => wish(source, unit.clone(), entry),
            false => Err(wrong_row(
                source,
                Sqlstate::BadValue,
                source.key_part(),
                &unit,
                format!("\"{unit}\" stands in several rows"),
            )),
        };
        match wish {
            Ok(wish) => wishes.push(wish),
            Err(error) => problems.push(Problem { unit, error }),
        }
    }
    let wrong: HashSet<&str> = problems.iter().map(|one| one.unit.as_str()).collect();
    wishes.retain(|wish: &Wish| !wrong.contains(wish.unit.as_str()));
    (wishes, problems)
}

fn wish(source: &TableSource, unit: String, entry: Entry) -> Result<Wish> {
    let name = value_of(source, &entry, SourcePart::Name).filter(|name| !name.is_empty());
    // People need no name of their own; whatever else has none could not be named.
    let name = match (source.kind, name) {
        (SourceKind::Users, None) => unit.as_str(),
        (_, name) => name.unwrap_or_default(),
    };
    check_text(source, source.key_part(), &unit, &unit)?;
    check_text(source, SourcePart::Name, &unit, name)?;
    Ok(Wish {
        name: name.to_owned(),
        unit,
        entry,
    })
}

/// Refuses what another table holds.
pub fn must_be_free(source: &TableSource, unit: &str, holder: Option<i32>) -> Result<()> {
    match holder {
        Some(holder) if holder != source.id => Err(wrong_row(
            source,
            Sqlstate::BadValue,
            source.key_part(),
            unit,
            format!(
                "{} \"{unit}\" comes from another table already",
                source.kind.one()
            ),
        )
        .hint("Tables that are sources of the same kind say nothing of the same things.")),
        _ => Ok(()),
    }
}
