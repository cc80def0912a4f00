//! What has ended, forgotten: it counted for nothing already. The audit log keeps it.

use crate::catalog::write::change::Change;
use crate::catalog::write::links::Sharing;
use crate::catalog::write::sql::{execute, timestamp};
use crate::core::Result;
use crate::pg::clock::Time;

/// A rule of which nothing is left: neither what is enforced nor what is staged.
pub(super) const ENDED_RULES: &str =
    "((r.access IS NULL OR r.until <= $1) AND (r.staged_access IS NULL OR r.staged_until <= $1))";

impl Change {
    /// Grants, shares, links, memberships and rules that have ended by then. Returns how many.
    pub fn forget_ended(&self, now: Time) -> Result<i64> {
        let mut forgotten = 0;
        for table in ["record_grants", "shares", "group_users", "group_members"] {
            forgotten += execute(
                &format!("DELETE FROM sharing.{table} WHERE until <= $1"),
                &[timestamp(Some(now))],
            )?;
        }
        let links = Sharing::begin()?.delete_links("until <= $1", &[timestamp(Some(now))])?;
        execute(
            &format!(
                "DELETE FROM sharing.related_levels l USING sharing.rules r WHERE r.id = l.rule_id AND {ENDED_RULES}"
            ),
            &[timestamp(Some(now))],
        )?;
        forgotten += execute(
            &format!("DELETE FROM sharing.rules r WHERE {ENDED_RULES}"),
            &[timestamp(Some(now))],
        )?;
        self.forget_unused_criteria()?;
        Ok(forgotten as i64 + links)
    }
}
