//! Settings that somebody gave to roles, to databases or to the server, and names that mean something else.

use crate::catalog::write::sql::read_rows;
use crate::core::Result;

/// What a session begins with before it says anything.
pub const PRESET: &str = "
    SELECT CASE WHEN k.name = 'sharing.user_key' THEN 'warning' ELSE 'error' END,
           CASE WHEN s.setrole = 0 THEN pg_catalog.format('database %I', d.datname)
                WHEN s.setdatabase = 0 THEN pg_catalog.format('role %I', r.rolname)
                ELSE pg_catalog.format('role %I in database %I', r.rolname, d.datname) END,
           pg_catalog.format('sessions begin with %s = %s: %s', k.name, pg_catalog.quote_literal(k.value), CASE k.name
               WHEN 'sharing.user_key' THEN 'who says nothing is that user'
               WHEN 'session_replication_role' THEN 'the triggers that guard owners do not fire'
               ELSE 'new partitions are open, and altered policies stay so' END),
           CASE WHEN s.setrole = 0 THEN pg_catalog.format('ALTER DATABASE %I RESET %s', d.datname, k.name)
                WHEN s.setdatabase = 0 THEN pg_catalog.format('ALTER ROLE %I RESET %s', r.rolname, k.name)
                ELSE pg_catalog.format('ALTER ROLE %I IN DATABASE %I RESET %s', r.rolname, d.datname, k.name) END
    FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    CROSS JOIN LATERAL (
        SELECT pg_catalog.lower(pg_catalog.split_part(c, '=', 1)) AS name, pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
        FROM pg_catalog.unnest(s.setconfig) c) k
    WHERE (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
      AND (k.name = 'sharing.user_key' AND k.value <> '' OR k.name = 'session_replication_role' AND k.value = 'replica'
           OR k.name = 'event_triggers' AND k.value IN ('off', 'false', 'no', '0'))
    UNION ALL
    SELECT 'error', 'server', pg_catalog.format('every session begins with %s = %s', g.name, pg_catalog.quote_literal(g.reset_val)),
           CASE WHEN g.sourcefile LIKE '%postgresql.auto.conf' THEN pg_catalog.format('ALTER SYSTEM RESET %s', g.name) END
    FROM pg_catalog.pg_settings g
    WHERE g.source = 'configuration file' AND (g.name = 'session_replication_role' AND g.reset_val = 'replica'
       OR g.name = 'event_triggers' AND g.reset_val = 'off' OR g.name = 'sharing.user_key' AND g.reset_val <> '')";

/// What was named safe for searches: kind and name.
pub fn search_names() -> Result<Vec<(String, String)>> {
    read_rows(
        "SELECT kind, name FROM sharing.search_names ORDER BY kind, name",
        &[],
        |row| {
            let (kind, name) = (row.get(1)?, row.get(2)?);
            Ok((kind.unwrap_or_default(), name.unwrap_or_default()))
        },
    )
}
