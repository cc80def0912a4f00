//! Policies that are not what `protect` wrote.

use crate::catalog::read::citus::{is_spread, is_worker};
use crate::core::Result;
use crate::core::checkup::{Finding, Severity, literal};
use crate::core::document::section;
use crate::pg::attempt::attempted;
use crate::policy::text::comparison::{Difference, compare};
use crate::tables::doctor::ward::{ModuleCase, Ward};
use pgrx::spi::quote_identifier;

/// Policies of ours that are missing, or say something else than the others of their module.
pub fn altered(ward: &Ward) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for case in ward.modules()?.iter() {
        let of_module = attempted(|| Ok(altered_of(case)));
        findings.extend(of_module.unwrap_or_else(|error| {
            let message = format!("its policies could not be looked at: {}", error.message);
            vec![Finding::new(Severity::Warning, &case.table.name, message)]
        }));
    }
    Ok(findings)
}

fn altered_of(case: &ModuleCase) -> Vec<Finding> {
    let Some(predicates) = &case.predicates else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    // Where row security is off, PostgreSQL reads none of them.
    for member in case.members.iter().filter(|member| member.row_security) {
        // Citus leaves the word out at its workers.
        let is_copied = is_worker() && is_spread(member.oid);
        for (name, difference) in compare(member, predicates).differences {
            if is_copied && difference == Difference::Kind {
                continue;
            }
            let object = format!("policy {} on {}", quote_identifier(name), member.name);
            findings.push(
                Finding::new(Severity::Error, object, difference.words()).fix(format!(
                    "SELECT * FROM sharing.rewrite_policies({})",
                    literal(&case.table.name)
                )),
            );
        }
    }
    findings
}

/// Modules whose policies do not say by which columns they go.
pub fn broken(ward: &Ward) -> Result<Vec<Finding>> {
    let present = ward.present()?;
    let modules = section(&present.document.modules).iter();
    let cases = ward.modules()?;
    // Where others of its policies tell, these mend it.
    let is_untold = |table: &str| {
        let mut cases = cases.iter();
        cases.any(|case| {
            case.table.name == table && case.table.row_security && case.predicates.is_none()
        })
    };
    let broken = modules.filter_map(|module| Some((module, module.broken.as_ref()?)));
    Ok(broken
        .filter(|(module, _)| is_untold(&module.table))
        .map(|(module, why)| {
            Finding::new(
                Severity::Error,
                format!("module \"{}\"", module.name),
                format!(
                    "nobody sees its records: {why}. sharing.protect({}) with its columns mends it",
                    literal(&module.table)
                ),
            )
        })
        .collect())
}

/// Tables that somebody holds against being read: what is said of the others holds.
pub fn held(ward: &Ward) -> Result<Vec<Finding>> {
    let findings = ward.held.iter().map(|name| {
        Finding::new(
            Severity::Warning,
            name,
            "is locked against being read, so that its policies, triggers and owner keys were not looked at: ask again",
        )
    });
    Ok(findings.collect())
}
