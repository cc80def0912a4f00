//! Settings that somebody gave to roles, to databases or to the server, and names that mean something else.

use crate::catalog::write::sql::read_rows;
use crate::core::Result;

/// What a session begins with before it says anything. Settings that nobody has defined, as sources are, stand in no
/// view but that of the files.
pub const PRESET: &str = "
    SELECT CASE WHEN k.name = ANY ('{session_replication_role,event_triggers}') THEN 'error' ELSE 'warning' END,
           CASE WHEN s.setrole = 0 THEN pg_catalog.format('database %I', d.datname)
                WHEN s.setdatabase = 0 THEN pg_catalog.format('role %I', r.rolname)
                ELSE pg_catalog.format('role %I in database %I', r.rolname, d.datname) END,
           pg_catalog.format('sessions begin with %s = %s: %s', k.name, pg_catalog.quote_literal(k.value), CASE k.name
               WHEN 'session_replication_role' THEN 'the triggers that guard owners do not fire'
               WHEN 'event_triggers' THEN 'new partitions are open, and altered policies stay so'
               ELSE 'who says nothing is that user' END),
           CASE WHEN s.setrole = 0 THEN pg_catalog.format('ALTER DATABASE %I RESET %s', d.datname, k.quoted)
                WHEN s.setdatabase = 0 THEN pg_catalog.format('ALTER ROLE %I RESET %s', r.rolname, k.quoted)
                ELSE pg_catalog.format('ALTER ROLE %I IN DATABASE %I RESET %s', r.rolname, d.datname, k.quoted) END
    FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    CROSS JOIN LATERAL (
        SELECT pg_catalog.lower(pg_catalog.split_part(c, '=', 1)) AS name, pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value,
               (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(w), '.' ORDER BY n)
                FROM pg_catalog.regexp_split_to_table(pg_catalog.split_part(c, '=', 1), '[.]') WITH ORDINALITY p (w, n)) AS quoted
        FROM pg_catalog.unnest(s.setconfig) c) k
    WHERE (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
      AND (k.value <> '' AND (k.name = 'sharing.user_key' OR EXISTS (
               SELECT FROM sharing.trusted_roles t WHERE t.setting = k.name AND (s.setrole = 0 OR s.setrole = t.db_role::pg_catalog.oid)))
           OR k.name = 'session_replication_role' AND pg_catalog.lower(k.value) = 'replica'
           OR k.name = 'event_triggers' AND pg_catalog.lower(k.value) = ANY ('{0,f,fa,fal,fals,false,n,no,of,off}'))
    UNION ALL
    SELECT 'error', 'server', pg_catalog.format('every session begins with %s = %s', g.name, pg_catalog.quote_literal(g.reset_val)),
           CASE WHEN g.sourcefile LIKE '%postgresql.auto.conf' THEN pg_catalog.format('ALTER SYSTEM RESET %s', g.name) END
    FROM pg_catalog.pg_settings g
    WHERE g.source IN ('configuration file', 'command line')
      AND (g.name = 'session_replication_role' AND g.reset_val = 'replica'
           OR g.name = 'event_triggers' AND g.reset_val = 'off' OR g.name = 'sharing.user_key' AND g.reset_val <> '')
    UNION ALL
    SELECT 'error', 'server',
           pg_catalog.format('sessions of trusted roles begin with %s = %s: who says nothing is that user', f.name, pg_catalog.quote_literal(f.setting)),
           CASE WHEN f.sourcefile LIKE '%postgresql.auto.conf' THEN pg_catalog.format('ALTER SYSTEM RESET %s', f.name) END
    FROM pg_catalog.pg_file_settings f
    WHERE f.applied AND f.setting <> '' AND EXISTS (SELECT FROM sharing.trusted_roles t WHERE t.setting = pg_catalog.lower(f.name))";

/// Who was given settings by which guards are switched off, or the server runs what they say.
pub const PARAMETER_PRIVILEGES: &str = "
    SELECT 'warning', pg_catalog.format('parameter %s', p.parname), pg_catalog.format('%s may %s it: %s', g.grantee, g.privileges, k.why),
           pg_catalog.format('REVOKE %s ON PARAMETER %s FROM %s', g.privileges, p.parname, g.grantee) || g.cascade
    FROM (VALUES ('session_replication_role', 'the triggers that guard owners do not fire in its sessions then'),
                 ('event_triggers', 'new partitions are open then, and altered policies stay so'),
                 ('sharing.require_token', 'settings name users again then'),
                 ('sharing.configuration_lease', 'a copy that is cut off goes on by what held before then'),
                 ('shared_preload_libraries', 'what it names runs as the server'), ('session_preload_libraries', 'what it names runs as the server'),
                 ('dynamic_library_path', 'what it leads to runs as the server'), ('extension_control_path', 'what it leads to runs as the server'),
                 ('archive_command', 'what it says runs as the server'), ('archive_library', 'what it names runs as the server'),
                 ('restore_command', 'what it says runs as the server'), ('archive_cleanup_command', 'what it says runs as the server'),
                 ('recovery_end_command', 'what it says runs as the server'), ('ssl_passphrase_command', 'what it says runs as the server')) k (name, why)
    JOIN pg_catalog.pg_parameter_acl p ON p.parname = k.name
    CROSS JOIN LATERAL (
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee,
               pg_catalog.string_agg(DISTINCT a.privilege_type, ', ') AS privileges,
               CASE WHEN pg_catalog.bool_or(a.is_grantable) THEN ' CASCADE' ELSE '' END AS cascade
        FROM pg_catalog.aclexplode(p.paracl) a WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = a.grantee AND r.rolsuper)
        GROUP BY a.grantee) g";

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
