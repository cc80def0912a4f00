//! One visit: all checks, one after the other.

use crate::catalog::read::version;
use crate::catalog::write::doctor::ask;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::sql::ReadsOnly;
use crate::core::Result;
use crate::core::checkup::{Finding, Severity};
use crate::pg::attempt::attempted;
use crate::tables::doctor::checks::{CHECKS, DoctorCheck, How, VERSION};
use crate::tables::doctor::own_tables::altered;
use crate::tables::doctor::ward::Ward;

/// So long the doctor waits for a lock, in milliseconds, before a check is given up.
const PATIENCE: i32 = 1000;

/// So many findings of one check are told one by one.
const FINDINGS_OF_A_CHECK: usize = 100;

/// What was found, and by which check: errors first, then by check and object.
pub fn doctor() -> Result<Vec<(&'static str, Finding)>> {
    if let Err(error) = version::check() {
        let finding = Finding::new(Severity::Error, "extension pg_sharing", error.message)
            .fix("ALTER EXTENSION pg_sharing UPDATE");
        return Ok(vec![(VERSION, finding)]);
    }
    let elevated = Elevated::enter()?;
    elevated.waits_at_most(PATIENCE);
    let _reads_only = ReadsOnly::begin();
    // What is read by the order of columns is not to be read where that is another.
    let is_sound = attempted(altered).is_ok_and(|altered| altered.is_empty());
    let ward = match is_sound {
        true => Ward::open(),
        false => Ward::default(),
    };
    let is_asked = |check: &&DoctorCheck| is_sound || check.is_safe();
    let mut told = Vec::new();
    for check in CHECKS.iter().filter(is_asked) {
        let found = found_by(check, &ward);
        told.extend(found.into_iter().map(|finding| (check.name, finding)));
    }
    told.sort_by(|(a, one), (b, other)| {
        (one.severity, a, &one.object, &one.message).cmp(&(
            other.severity,
            b,
            &other.object,
            &other.message,
        ))
    });
    Ok(told)
}

fn found_by(check: &DoctorCheck, ward: &Ward) -> Vec<Finding> {
    let found = attempted(|| match check.how {
        How::Ask(statement) => ask(statement),
        How::Examine(examine) => examine(ward),
    });
    let mut found = match found {
        Ok(found) => found,
        Err(error) => vec![Finding::new(
            Severity::Warning,
            "doctor",
            format!("this check could not be made: {}", error.message),
        )],
    };
    if found.len() > FINDINGS_OF_A_CHECK {
        found.sort_by(|one, other| {
            (one.severity, &one.object).cmp(&(other.severity, &other.object))
        });
        let more = found.split_off(FINDINGS_OF_A_CHECK);
        let severity = more.iter().map(|one| one.severity).min();
        found.push(Finding::new(
            severity.unwrap_or(Severity::Advice),
            "…",
            format!("and {} more findings of this check", more.len()),
        ));
    }
    found
}
