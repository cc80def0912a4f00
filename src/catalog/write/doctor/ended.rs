//! What ended so long ago that nobody is going to prolong it.

/// As `forget_ended()` deletes it, thirty days after its end. A rule that is staged with another end is none.
pub const LONG_AGO: &str = "
    SELECT 'advice', e.kind,
           pg_catalog.format('%s of them ended more than 30 days ago: what has ended counts for nothing, and is kept until it is forgotten', pg_catalog.count(*)),
           'SELECT sharing.forget_ended()'
    FROM (SELECT 'rules', r.until, CASE WHEN r.staged_access IS NULL THEN r.until ELSE r.staged_until END FROM sharing.rules r WHERE r.access IS NOT NULL
          UNION ALL SELECT 'rules', r.staged_until, r.staged_until FROM sharing.rules r WHERE r.access IS NULL
          UNION ALL SELECT 'memberships', m.until, m.until FROM sharing.group_users m
          UNION ALL SELECT 'memberships', m.until, m.until FROM sharing.group_members m
          UNION ALL SELECT 'links', l.until, l.until FROM sharing.links l
          UNION ALL SELECT 'shares', s.until, s.until FROM sharing.shares s
          UNION ALL SELECT 'grants of records', g.until, g.until FROM sharing.record_grants g) e (kind, until, staged_until)
    WHERE GREATEST(e.until, e.staged_until) < pg_catalog.statement_timestamp() - '30 days'::pg_catalog.interval
      AND e.until IS NOT NULL AND e.staged_until IS NOT NULL
    GROUP BY e.kind";
