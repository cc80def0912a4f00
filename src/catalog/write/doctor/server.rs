//! The server, what takes rows out of it, and what comes back into it.

use crate::catalog::write::sql::read_rows;
use crate::core::Result;

/// Foreign servers that lead back here, by which somebody may be another role. Where there are several hosts, libpq
/// tries one after the other; an address counts before a name.
pub const FOREIGN_SERVERS: &str = "
    SELECT 'warning', pg_catalog.format('server %I', s.srvname),
           pg_catalog.format('leads back to this database, where whoever uses it is another role: %s%s',
               pg_catalog.array_to_string((pg_catalog.array_agg(u.who ORDER BY u.who))[:10], ', '),
               CASE WHEN pg_catalog.bool_or(u.bypasses) THEN '; one of them sees every record' ELSE '' END), NULL
    FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
    CROSS JOIN LATERAL (
        SELECT COALESCE(pg_catalog.max(option_value) FILTER (WHERE option_name = 'hostaddr' AND option_value <> ''),
                        pg_catalog.max(option_value) FILTER (WHERE option_name = 'host'), '') AS host,
               pg_catalog.max(option_value) FILTER (WHERE option_name = 'port' AND option_value <> '') AS port,
               pg_catalog.max(option_value) FILTER (WHERE option_name = 'dbname') AS dbname
        FROM pg_catalog.pg_options_to_table(s.srvoptions)) o
    CROSS JOIN LATERAL (
        SELECT pg_catalog.format('%s as %s', CASE m.umuser WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(m.umuser)) END,
                                 COALESCE(pg_catalog.quote_ident(k.name), 'itself')) AS who,
               EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname::pg_catalog.text = k.name AND (r.rolsuper OR r.rolbypassrls)) AS bypasses
        FROM pg_catalog.pg_user_mapping m CROSS JOIN LATERAL (
            SELECT pg_catalog.max(option_value) FILTER (WHERE option_name = 'user') AS name FROM pg_catalog.pg_options_to_table(m.umoptions)) k
        WHERE m.umserver = s.oid
        UNION ALL
        SELECT 'nobody yet', false WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_user_mapping m WHERE m.umserver = s.oid)) u
    WHERE w.fdwname IN ('postgres_fdw', 'dblink_fdw')
      AND EXISTS (SELECT FROM pg_catalog.regexp_split_to_table(pg_catalog.lower(o.host), ',') h (name)
                  WHERE h.name IN ('', 'localhost', '::1', '0.0.0.0', '::') OR h.name LIKE '127.%' OR h.name LIKE '/%' OR h.name LIKE '@%'
                     OR h.name = pg_catalog.host(pg_catalog.inet_server_addr()))
      AND (o.port IS NULL OR pg_catalog.current_setting('port') = ANY (pg_catalog.string_to_array(o.port, ',')))
      AND (o.dbname IS NULL OR o.dbname = pg_catalog.current_database()::pg_catalog.text)
    GROUP BY s.srvname";

/// The version of the server that runs: as a number, and as it calls itself.
pub fn version() -> Result<(i32, String)> {
    let versions = read_rows(
        "SELECT pg_catalog.current_setting('server_version_num')::integer, pg_catalog.current_setting('server_version')",
        &[],
        |row| {
            Ok((
                row.get(1)?.unwrap_or_default(),
                row.get(2)?.unwrap_or_default(),
            ))
        },
    )?;
    Ok(versions.into_iter().next().unwrap_or_default())
}

/// Statistics hold values of rows; PostgreSQL shows them through views that ask who calls.
pub const STATISTICS: &str = "
    SELECT 'error', pg_catalog.format('pg_catalog.%I', c.relname), pg_catalog.format('is readable by %s, and holds values of hidden rows', g.grantee),
           pg_catalog.format('REVOKE ALL ON pg_catalog.%I FROM %s', c.relname, g.grantee)
    FROM pg_catalog.pg_class c CROSS JOIN LATERAL (
        SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee
        FROM pg_catalog.aclexplode(c.relacl) a WHERE a.grantee <> c.relowner AND a.privilege_type = 'SELECT') g
    WHERE c.oid IN ('pg_catalog.pg_statistic'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext_data'::pg_catalog.regclass)
    UNION ALL
    SELECT 'error', pg_catalog.format('pg_catalog.%I', c.relname),
           pg_catalog.format('column %I is readable by others, and holds values of hidden rows', a.attname),
           pg_catalog.format('REVOKE SELECT (%I) ON pg_catalog.%I FROM %s', a.attname, c.relname,
               CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) x
    WHERE c.oid IN ('pg_catalog.pg_statistic'::pg_catalog.regclass, 'pg_catalog.pg_statistic_ext_data'::pg_catalog.regclass)
      AND x.grantee <> c.relowner AND x.privilege_type = 'SELECT' AND a.attname::pg_catalog.text LIKE ANY ('{stavalues%,stxd%}')
    UNION ALL
    SELECT 'error', pg_catalog.format('pg_catalog.%I', w.name),
           'does not ask who calls as it should, and shows values of hidden rows: fix-CVE-2024-4317.sql, which PostgreSQL has among its files, makes it anew', NULL
    FROM (VALUES ('pg_stats', '{row_security_active}'::pg_catalog.text[]), ('pg_stats_ext', '{row_security_active,pg_has_role}'),
                 ('pg_stats_ext_exprs', '{row_security_active,pg_has_role}')) w (name, asks)
    JOIN pg_catalog.pg_class c ON c.relname::pg_catalog.text = w.name AND c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'v'
    WHERE EXISTS (SELECT FROM pg_catalog.unnest(w.asks) f WHERE pg_catalog.strpos(pg_catalog.pg_get_viewdef(c.oid), f) = 0)";

/// Preloaded, sessions share what they find out of what people reach.
pub const PRELOADED: &str = "
    SELECT 'advice', 'server', 'pg_sharing is not in shared_preload_libraries: sessions do not share what they find out of what people reach; needs a restart',
           'ALTER SYSTEM SET shared_preload_libraries = ' || COALESCE(pg_catalog.string_agg(pg_catalog.quote_literal(l.name), ', ' ORDER BY l.n) || ', ', '') || '''pg_sharing'''
    FROM pg_catalog.regexp_split_to_table(pg_catalog.current_setting('shared_preload_libraries'), '\\s*,\\s*') WITH ORDINALITY r (word, n)
    CROSS JOIN LATERAL (SELECT pg_catalog.btrim(r.word, ' \"') AS name, r.n WHERE pg_catalog.btrim(r.word, ' \"') <> '') l
    HAVING COALESCE(pg_catalog.bool_and(l.name NOT LIKE '%pg\\_sharing'), true)";

/// Why no heartbeat counts in a subscriber: what is not copied, or comes by another way than the rest.
pub const INCOMPLETE_COPY: &str = "
    SELECT 'error', pg_catalog.format('sharing.%I', c.relname), CASE
               WHEN r.srrelid IS NULL THEN 'is brought by no subscription: ALTER SUBSCRIPTION … REFRESH PUBLICATION subscribes to what was published since'
               WHEN r.srsubstate <> 'r' THEN pg_catalog.format('is not level yet: subscription %I is still copying it', s.subname)
               ELSE pg_catalog.format('comes by subscription %I, and not by the one that brings heartbeats: each is as old as it is', s.subname) END, NULL
    FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_subscription_rel r ON r.srrelid = c.oid
    LEFT JOIN pg_catalog.pg_subscription s ON s.oid = r.srsubid
    WHERE c.relnamespace = 'sharing'::pg_catalog.regnamespace AND c.relkind = 'r'
      AND c.relname::pg_catalog.text <> ALL ('{generation,grant_stamps,audit_entries,source_gaps}')
      AND EXISTS (SELECT FROM pg_catalog.pg_subscription_rel o JOIN pg_catalog.pg_class k ON k.oid = o.srrelid WHERE k.relnamespace = c.relnamespace)
      AND (r.srsubstate = 'r' AND r.srsubid = ANY (SELECT h.srsubid FROM pg_catalog.pg_subscription_rel h
                                                  WHERE h.srrelid = 'sharing.last_heartbeat'::pg_catalog.regclass)) IS NOT TRUE
    UNION ALL
    SELECT 'error', pg_catalog.format('subscription %I', s.subname), 'is not enabled: nothing comes',
           pg_catalog.format('ALTER SUBSCRIPTION %I ENABLE', s.subname)
    FROM pg_catalog.pg_subscription s WHERE NOT s.subenabled
      AND EXISTS (SELECT FROM pg_catalog.pg_subscription_rel h WHERE h.srsubid = s.oid AND h.srrelid = 'sharing.last_heartbeat'::pg_catalog.regclass)";
