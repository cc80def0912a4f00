//! Indexes on the columns by which modules go.

use crate::catalog::write::by_table::ByTable;
use crate::catalog::write::tables::{LeadingIndex, leading_indexes, oids};
use crate::core::Result;
use crate::core::checkup::{Finding, Severity};
use crate::policy::text::protection::Decides;
use crate::tables::doctor::ward::{ModuleCase, Ward};
use crate::tables::remarks::not_among;
use std::collections::{BTreeSet, HashSet};

/// Columns with which no index begins that a search for what somebody reaches could use.
pub fn missing(ward: &Ward) -> Result<Vec<Finding>> {
    examine(ward, false)
}

/// The same, where an index compares in another way than the column's type does, or holds some rows only.
pub fn unusable(ward: &Ward) -> Result<Vec<Finding>> {
    examine(ward, true)
}

fn examine(ward: &Ward, has_another: bool) -> Result<Vec<Finding>> {
    let modules = ward.modules()?;
    let all: Vec<_> = modules.iter().flat_map(|case| oids(&case.family)).collect();
    let indexes = leading_indexes(&all)?;
    let mut findings = Vec::new();
    for case in modules.iter() {
        for column in columns(case) {
            findings.extend(on_column(case, &column, &indexes, has_another));
        }
    }
    Ok(findings)
}

fn on_column(
    case: &ModuleCase,
    column: &str,
    indexes: &ByTable<LeadingIndex>,
    has_another: bool,
) -> Vec<Finding> {
    let with = |is_usable: bool| -> HashSet<_> {
        let has = |oid: &_| {
            let mut indexes = indexes.of(*oid).iter();
            indexes.any(|index| index.column == column && index.is_usable == is_usable)
        };
        oids(&case.family).into_iter().filter(has).collect()
    };
    let others = with(false);
    not_among(&case.family, &with(true))
        .into_iter()
        .filter(|_| others.is_empty() != has_another)
        .map(|(names, on)| {
            let message = match has_another {
                true => format!("no index on {names} that begins with {column} serves a search for what somebody reaches: those that there are compare by another operator class than the default one, hold some rows only, or are invalid"),
                false => format!("no index on {names} begins with {column}: whoever sees few rows waits for all to be read"),
            };
            let severity = match has_another {
                true => Severity::Warning,
                false => Severity::Advice,
            };
            Finding::new(severity, &on, message).fix(format!("CREATE INDEX ON {on} ({column})"))
        })
        .collect()
}

/// Quoted, each once.
fn columns(case: &ModuleCase) -> BTreeSet<String> {
    match case
        .predicates
        .as_ref()
        .map(|predicates| &predicates.decides)
    {
        None => BTreeSet::new(),
        Some(Decides::Parent(via)) => BTreeSet::from([via.clone()]),
        Some(Decides::Owner(arms)) => {
            let vias = arms.relations.iter().map(|relation| relation.via.clone());
            let owners = [Some(arms.owner.clone()), arms.group.clone()];
            owners.into_iter().flatten().chain(vias).collect()
        }
    }
}
