//! Tables of the application from which the organization comes, and names for searches: what they say, beside
//! what is remembered of them.

use crate::catalog::read::sources::sources;
use crate::catalog::write::doctor::settings::search_names;
use crate::catalog::write::doctor::sources as asked;
use crate::core::Result;
use crate::core::checkup::{Finding, Severity, literal};
use crate::core::document::section;
use crate::pg::attempt::attempted;
use crate::pg::names::qualified_name;
use crate::sources::comparison::difference;
use crate::tables::doctor::ward::{Ward, now};
use pgrx::pg_sys;

/// Sources whose rows say something else than the organization. Views are not read, since that would run their owners' code.
pub fn out_of_step(_ward: &Ward) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for source in sources(&now()) {
        // SAFETY: looks up a relation.
        let kind = unsafe { pg_sys::get_rel_relkind(source.relation) } as u8;
        let (Some(name), b'r' | b'p' | b'm') = (qualified_name(source.relation), kind) else {
            continue;
        };
        let compared = attempted(|| difference(&source));
        let compared = compared.unwrap_or_else(|error| Some(error.message));
        if let Some(difference) = compared {
            let message = format!(
                "is a source of {}, which are not what it says: {difference}",
                source.kind.label().replace('_', " ")
            );
            let severity = match kind {
                b'm' => Severity::Warning,
                _ => Severity::Error,
            };
            findings.push(
                Finding::new(severity, &name, message)
                    .fix(format!("SELECT * FROM sharing.resync({})", literal(&name))),
            );
        }
    }
    Ok(findings)
}

/// Triggers of sources that do not tell what changes.
pub fn not_followed(_ward: &Ward) -> Result<Vec<Finding>> {
    asked::not_followed()
}

/// Names for searches that mean something else than when they were named: they count for nothing.
pub fn forgotten_names(ward: &Ward) -> Result<Vec<Finding>> {
    let named = search_names()?;
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let present = ward.present()?;
    let is_valid = |kind: &str, name: &str| {
        let mut valid = section(&present.document.search).iter();
        valid.any(|one| one.kind.label() == kind && one.name == name)
    };
    let forgotten = named
        .into_iter()
        .filter(|(kind, name)| !is_valid(kind, name));
    Ok(forgotten
        .map(|(kind, name)| {
            Finding::new(
                Severity::Advice,
                format!("{kind} {name}"),
                "was named safe for searches and is another one since, or gone: it counts for nothing, and searches are slow",
            )
            .fix(format!(
                "DELETE FROM sharing.search_names WHERE kind = {} AND name = {}",
                literal(&kind),
                literal(&name)
            ))
        })
        .collect())
}
