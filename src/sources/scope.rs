//! What of a source is looked at: all of it, or some units. A unit is what the rows of a source are told apart
//! by: the key of a user, of members the row itself.

use crate::catalog::read::sources::TableSource;
use crate::core::Result;
use crate::core::sources::{SourceKind, SourcePart};
use crate::sources::rows::{Entry, Wanted, has_index, read, value_of};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub enum Scope {
    All,
    Units(BTreeSet<String>),
}

impl Scope {
    pub fn units(all: impl IntoIterator<Item = String>) -> Scope {
        Scope::Units(all.into_iter().collect())
    }

    pub fn has(&self, unit: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::Units(units) => units.contains(unit),
        }
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Scope::Units(units) if units.is_empty())
    }
}

/// The unit of a row; None of one that says nothing: whose key is NULL, or that names no member.
pub fn unit_of(source: &TableSource, entry: &Entry) -> Option<String> {
    let value = |part| value_of(source, entry, part);
    match source.kind {
        SourceKind::Members => {
            let is_member = SourcePart::MEMBERS
                .iter()
                .any(|&part| value(part).is_some());
            let is_whole = value(SourcePart::Group).is_some() && is_member;
            is_whole.then(|| serde_json::to_string(entry).unwrap_or_default())
        }
        _ => value(source.key_part()).map(str::to_owned),
    }
}

/// What a unit of members says.
pub fn entry_of(unit: &str) -> Entry {
    serde_json::from_str(unit).unwrap_or_default()
}

/// The rows of the source that are in the scope, by what is in the table now.
pub fn read_scope(source: &TableSource, scope: &Scope) -> Result<Vec<Entry>> {
    let Scope::Units(units) = scope else {
        return read(source, None);
    };
    if source.kind != SourceKind::Members {
        let part = source.key_part();
        return read(
            source,
            Some(&Wanted {
                part,
                values: units,
            }),
        );
    }
    let wanted: Vec<Entry> = units.iter().map(|unit| entry_of(unit)).collect();
    let values = |part| -> Option<BTreeSet<String>> {
        let values = wanted.iter().map(|entry| value_of(source, entry, part));
        values.map(|value| value.map(str::to_owned)).collect()
    };
    // By what tells them apart best, and has an index.
    let [user, role, subordinates, subgroup] = SourcePart::MEMBERS;
    let by = [user, SourcePart::Group, role, subordinates, subgroup];
    let usable: Vec<_> = by
        .into_iter()
        .filter_map(|part| Some((part, values(part)?)))
        .collect();
    let chosen = usable.iter().find(|(part, _)| has_index(source, *part));
    let mut entries = match chosen.or(usable.first()) {
        Some((part, values)) => read(
            source,
            Some(&Wanted {
                part: *part,
                values,
            }),
        )?,
        None => read(source, None)?,
    };
    entries.retain(|entry| unit_of(source, entry).is_some_and(|unit| units.contains(&unit)));
    Ok(entries)
}
