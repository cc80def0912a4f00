//! What came from the application's own tables.

use crate::catalog::read::sources::TableSource;
use crate::catalog::write::sql::read_rows;
use crate::core::Result;
use crate::core::sources::SourceKind;

/// What a source holds, as pairs of a key and a name: of offices and roles the name alone, of users those who
/// are active. None of kinds whose rows are no things of their own.
pub fn held_by(source: &TableSource) -> Result<Option<Vec<(String, String)>>> {
    let statement = match source.kind {
        SourceKind::Offices => "SELECT ''::text, name FROM sharing.offices WHERE source_id = $1",
        SourceKind::Roles => "SELECT ''::text, name FROM sharing.roles WHERE source_id = $1",
        SourceKind::Groups => "SELECT key, name FROM sharing.groups WHERE source_id = $1",
        SourceKind::Users => "SELECT key, name FROM sharing.users WHERE source_id = $1 AND active",
        SourceKind::UserRoles | SourceKind::Members => return Ok(None),
    };
    let pairs = read_rows(statement, &[source.id.into()], |row| {
        let (key, name) = (row.get(1)?, row.get(2)?);
        Ok((key.unwrap_or_default(), name.unwrap_or_default()))
    })?;
    Ok(Some(pairs))
}
