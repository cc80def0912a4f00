//! Rows of sources that name what is not there yet. They stand here until the transaction ends: the trigger
//! on the table is deferred.

use crate::catalog::write::change::Change;
use crate::catalog::write::sql::{execute, rows};
use crate::core::Result;
use std::collections::BTreeMap;

impl Change {
    /// Of the units of a source that were looked at, or of all, those whose wishes could not be honoured.
    pub fn note_gaps(
        &self,
        source: i32,
        looked_at: Option<Vec<&str>>,
        open: &[&str],
    ) -> Result<()> {
        execute(
            "DELETE FROM sharing.source_gaps WHERE source_id = $1 AND ($2 IS NULL OR unit = ANY ($2)) AND unit <> ALL ($3)",
            &[source.into(), looked_at.into(), open.to_vec().into()],
        )?;
        self.add_gaps(source, open)
    }

    pub fn add_gaps(&self, source: i32, units: &[&str]) -> Result<()> {
        if !units.is_empty() {
            execute(
                "INSERT INTO sharing.source_gaps (source_id, unit) SELECT $1, unit FROM pg_catalog.unnest($2::text[]) AS d (unit) ON CONFLICT DO NOTHING",
                &[source.into(), units.to_vec().into()],
            )?;
        }
        Ok(())
    }

    /// Those of every source.
    pub fn gaps(&self) -> Result<BTreeMap<i32, Vec<String>>> {
        let mut gaps: BTreeMap<i32, Vec<String>> = BTreeMap::new();
        let all = rows(
            "SELECT source_id, unit FROM sharing.source_gaps ORDER BY 1, 2",
            &[],
            |row| Ok((row.get::<i32>(1)?, row.get::<String>(2)?)),
        )?;
        for (source, unit) in all {
            if let (Some(source), Some(unit)) = (source, unit) {
                gaps.entry(source).or_default().push(unit);
            }
        }
        Ok(gaps)
    }

    /// Nothing waits any longer.
    pub fn forget_gaps(&self) -> Result<()> {
        execute("DELETE FROM sharing.source_gaps", &[])?;
        Ok(())
    }
}
