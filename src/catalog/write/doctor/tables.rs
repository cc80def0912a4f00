//! Who may do with protected tables what row security does not filter.

/// TRUNCATE takes every row.
pub const TRUNCATE: &str = "
    SELECT 'warning', pg_catalog.format('%I.%I', n.nspname, c.relname),
           pg_catalog.format('%s may TRUNCATE it, which row security does not filter', g.grantee),
           pg_catalog.format('REVOKE TRUNCATE ON %I.%I FROM %s', n.nspname, c.relname, g.grantee) || g.cascade
    FROM sharing.protected_relations p JOIN pg_catalog.pg_class c ON c.oid = p.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee,
               CASE WHEN pg_catalog.bool_or(a.is_grantable) THEN ' CASCADE' ELSE '' END AS cascade
        FROM pg_catalog.aclexplode(c.relacl) a WHERE a.privilege_type = 'TRUNCATE' AND a.grantee <> c.relowner GROUP BY a.grantee) g";

/// Privileges by which somebody learns of hidden rows, or has code run for them. MAINTAIN is one from version
/// 17 on.
pub const PRIVILEGES: &str = "
    SELECT 'warning', pg_catalog.format('%I.%I', n.nspname, c.relname),
           pg_catalog.format('%s holds %s on it', g.grantee, g.privileges)
           || CASE WHEN g.privileges LIKE '%TRIGGER%' THEN '; a trigger runs its code as whoever changes rows' ELSE '' END
           || CASE WHEN g.privileges LIKE '%REFERENCES%' THEN '; a foreign key tells which hidden rows are there' ELSE '' END
           || CASE WHEN g.privileges LIKE '%MAINTAIN%' THEN '; MAINTAIN locks the table against everybody' ELSE '' END,
           pg_catalog.format('REVOKE %s ON %I.%I FROM %s', g.privileges, n.nspname, c.relname, g.grantee) || g.cascade
    FROM sharing.protected_relations p JOIN pg_catalog.pg_class c ON c.oid = p.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee,
               pg_catalog.string_agg(DISTINCT a.privilege_type, ', ') AS privileges,
               CASE WHEN pg_catalog.bool_or(a.is_grantable) THEN ' CASCADE' ELSE '' END AS cascade
        FROM pg_catalog.aclexplode(c.relacl) a
        WHERE a.privilege_type IN ('REFERENCES', 'TRIGGER', 'MAINTAIN') AND a.grantee <> c.relowner GROUP BY a.grantee) g
    UNION ALL
    SELECT 'warning', pg_catalog.format('%I.%I', n.nspname, c.relname),
           pg_catalog.format('%s holds REFERENCES on %s of it; a foreign key tells which hidden rows are there', g.grantee, g.columns),
           pg_catalog.format('REVOKE REFERENCES (%s) ON %I.%I FROM %s', g.columns, n.nspname, c.relname, g.grantee) || g.cascade
    FROM sharing.protected_relations p JOIN pg_catalog.pg_class c ON c.oid = p.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee,
               pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(k.attname), ', ') AS columns,
               CASE WHEN pg_catalog.bool_or(a.is_grantable) THEN ' CASCADE' ELSE '' END AS cascade
        FROM pg_catalog.pg_attribute k CROSS JOIN LATERAL pg_catalog.aclexplode(k.attacl) a
        WHERE k.attrelid = c.oid AND NOT k.attisdropped AND a.privilege_type = 'REFERENCES' AND a.grantee <> c.relowner GROUP BY a.grantee) g";

/// Trusted roles, and those by which people are known, that own protected tables or can become who does.
pub const OWNERS: &str = "
    SELECT 'warning', pg_catalog.format('role %I', r.rolname),
           pg_catalog.format('owns protected tables, or can become their owner, and so switch row security off: %s%s',
               pg_catalog.array_to_string((pg_catalog.array_agg(t.name ORDER BY t.name))[:10], ', '),
               CASE WHEN pg_catalog.count(*) > 10 THEN pg_catalog.format(' and %s more', pg_catalog.count(*) - 10) ELSE '' END), NULL
    FROM (SELECT db_role FROM sharing.trusted_roles UNION SELECT db_role FROM sharing.user_db_roles) k
    JOIN pg_catalog.pg_roles r ON r.oid = k.db_role AND NOT r.rolsuper
    JOIN (SELECT c.relowner, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
          FROM sharing.protected_relations p JOIN pg_catalog.pg_class c ON c.oid = p.relation
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT c.relispartition) t
      ON pg_catalog.pg_has_role(r.oid, t.relowner, 'MEMBER')
    GROUP BY r.rolname";

/// Roles that sign in, may read protected tables, and are nobody there.
pub const BLIND: &str = "
    SELECT 'advice', pg_catalog.format('role %I', r.rolname),
           pg_catalog.format('may read protected tables and sees nothing there, being neither trusted nor the database role of a user: %s%s',
               pg_catalog.array_to_string((pg_catalog.array_agg(t.name ORDER BY t.name))[:10], ', '),
               CASE WHEN pg_catalog.count(*) > 10 THEN pg_catalog.format(' and %s more', pg_catalog.count(*) - 10) ELSE '' END), NULL
    FROM pg_catalog.pg_roles r
    JOIN (SELECT c.oid, c.relnamespace, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
          FROM sharing.modules m JOIN pg_catalog.pg_class c ON c.oid = m.relation
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace) t
      ON pg_catalog.has_table_privilege(r.oid, t.oid, 'SELECT') AND pg_catalog.has_schema_privilege(r.oid, t.relnamespace, 'USAGE')
    WHERE r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolbypassrls
      AND pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CONNECT')
      AND NOT EXISTS (SELECT FROM sharing.trusted_roles k WHERE k.db_role = r.oid)
      AND NOT EXISTS (SELECT FROM sharing.user_db_roles u WHERE EXISTS (SELECT FROM pg_catalog.pg_roles d WHERE d.oid = u.db_role)
                      AND pg_catalog.pg_has_role(r.oid, u.db_role::pg_catalog.oid, 'MEMBER'))
    GROUP BY r.rolname";

/// Sources whose table is gone, and rows of sources that wait for what is not there.
pub const SOURCES: &str = "
    SELECT 'error', pg_catalog.format('source %s of %s', s.id, s.kind),
           'its table is gone, and nobody was told: what came from it stays, and nobody can change it',
           pg_catalog.format('DELETE FROM sharing.sources WHERE id = %s', s.id)
    FROM sharing.sources s WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = s.relation)
    UNION ALL
    SELECT 'error', pg_catalog.format('source %s of %s', g.source_id, COALESCE(pg_catalog.min(s.kind), 'nothing')),
           pg_catalog.format('%s of its rows name what is not there: %s', pg_catalog.count(*),
               pg_catalog.array_to_string((pg_catalog.array_agg(g.unit ORDER BY g.unit))[:10], ', ')), NULL
    FROM sharing.source_gaps g LEFT JOIN sharing.sources s ON s.id = g.source_id GROUP BY g.source_id";
