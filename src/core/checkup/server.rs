//! What the version of the server says of it.

use crate::core::checkup::finding::{Finding, Severity};

/// The first minor version of each major one without the faults of docs/security.md (Outside of row security).
const MENDED: [(i32, i32); 4] = [(15, 20), (16, 16), (17, 12), (18, 7)];

/// A minor version that shows hidden rows by faults of its own. `number` is PostgreSQL's `server_version_num`.
pub fn faulty_server(number: i32, named: &str) -> Option<Finding> {
    let (major, minor) = (number / 10_000, number % 10_000);
    let mended = MENDED.into_iter().find(|mended| mended.0 == major)?.1;
    (minor < mended).then(|| {
        Finding::new(
            Severity::Warning,
            "server",
            format!(
                "is version {named}, which shows hidden rows by faults of its own that {major}.{mended} mended"
            ),
        )
    })
}
