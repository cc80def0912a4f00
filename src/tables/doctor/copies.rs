//! Whether the configuration is that of the server from which it comes.

use crate::catalog::read::lease::{heartbeat, is_copy, lapse, lease};
use crate::catalog::write::doctor::ask;
use crate::catalog::write::doctor::server::INCOMPLETE_COPY;
use crate::catalog::write::sql::reading_snapshot;
use crate::core::Result;
use crate::core::checkup::{Finding, Severity};
use crate::core::lease::{Lapse, counts_until};
use crate::core::time::Moment;
use crate::pg::clock;
use crate::tables::doctor::ward::Ward;

const LEASE: &str = "sharing.configuration_lease";
const HEARTBEAT: &str = "sharing.last_heartbeat";

/// A copy in which nobody sees anything, and why; one that would go on for ever without its publisher; and a publisher
/// of which copies hear nothing.
pub fn stale(_ward: &Ward) -> Result<Vec<Finding>> {
    let snapshot = reading_snapshot();
    let (is_copy, lease) = (is_copy(), lease());
    if let Some(lapse) = lapse(&snapshot) {
        let mends = match lapse {
            Lapse::HeartbeatMissed => "; it has to be copied anew",
            _ => "",
        };
        let message = format!("{lapse}: nobody sees anything here{mends}");
        let mut findings = vec![Finding::new(Severity::Error, HEARTBEAT, message)];
        findings.extend(ask(INCOMPLETE_COPY)?);
        return Ok(findings);
    }
    let finding = match (is_copy, lease) {
        (true, None) => Some(Finding::new(
            Severity::Advice,
            LEASE,
            "is not set: where this copy of the configuration is cut off from its publisher, it goes on by what held before",
        )),
        // The same file of settings is often everywhere.
        (false, Some(lease)) => {
            let now = Moment(clock::now());
            let counts = counts_until(heartbeat(&snapshot), lease, now, || now);
            counts.is_err().then(|| {
                Finding::new(
                    Severity::Warning,
                    HEARTBEAT,
                    "is older than sharing.configuration_lease, or none was written: nobody sees anything in copies that have this lease",
                )
                .fix("SELECT sharing.heartbeat()")
            })
        }
        _ => None,
    };
    Ok(finding.into_iter().collect())
}
