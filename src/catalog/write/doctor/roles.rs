//! Database roles that are outside of row security, or can get there.

/// How a role becomes another: by SET ROLE, or by giving itself what it may give to anybody. Before version
/// 16 every membership lets one do the first.
macro_rules! can_become {
    ($role:literal, $other:literal) => {
        concat!(
            "(pg_catalog.pg_has_role(",
            $role,
            ", ",
            $other,
            ", CASE WHEN pg_catalog.current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET' END)
              OR pg_catalog.pg_has_role(",
            $role,
            ", ",
            $other,
            ", 'MEMBER WITH ADMIN OPTION'))"
        )
    };
}

/// What ends that `r` is a member of `o` itself, or NULL. From version 16 on several roles may have made it one, and each
/// of them counts.
macro_rules! revoked {
    () => {
        "(SELECT pg_catalog.string_agg(pg_catalog.format('REVOKE %I FROM %I', o.rolname, r.rolname)
                 || CASE WHEN v.is_many AND g.oid <> 10 THEN pg_catalog.format(' GRANTED BY %I', g.rolname) ELSE '' END
                 || CASE WHEN v.is_many AND m.admin_option THEN ' CASCADE' ELSE '' END, '; ' ORDER BY g.rolname)
          FROM pg_catalog.pg_auth_members m LEFT JOIN pg_catalog.pg_roles g ON g.oid = m.grantor
          CROSS JOIN (SELECT pg_catalog.current_setting('server_version_num')::integer >= 160000) v (is_many)
          WHERE m.roleid = o.oid AND m.member = r.oid)"
    };
}

/// Roles that sign in and see everything. The one that made the database cluster is always there.
pub const BYPASSING: &str = "
    SELECT CASE WHEN u.user_id IS NULL THEN 'advice' ELSE 'error' END, pg_catalog.format('role %I', r.rolname),
           CASE WHEN r.rolsuper THEN 'is a superuser' ELSE 'has BYPASSRLS' END || ' and signs in: it sees and changes every record'
           || CASE WHEN u.user_id IS NULL THEN '' ELSE ', though a user is known by it' END, NULL
    FROM pg_catalog.pg_roles r LEFT JOIN sharing.user_db_roles u ON u.db_role = r.oid
    WHERE (r.rolsuper OR r.rolbypassrls) AND (u.user_id IS NOT NULL OR r.rolcanlogin AND r.oid <> 10)";

/// Roles that sign in and can become one of these.
pub const BECOME_BYPASSING: &str = concat!(
    "
    SELECT 'warning', pg_catalog.format('role %I', r.rolname),
           pg_catalog.format('can become %I, which sees and changes every record', o.rolname),
           ",
    revoked!(),
    "
    FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_roles o ON (o.rolsuper OR o.rolbypassrls) AND o.oid <> r.oid
    WHERE r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolbypassrls AND ",
    can_become!("r.oid", "o.oid"),
    "
    UNION ALL
    SELECT 'warning', pg_catalog.format('role %I', r.rolname),
           'has CREATEROLE: it can become any role that is no superuser, and so any user', pg_catalog.format('ALTER ROLE %I NOCREATEROLE', r.rolname)
    FROM pg_catalog.pg_roles r
    WHERE r.rolcanlogin AND r.rolcreaterole AND NOT r.rolsuper AND pg_catalog.current_setting('server_version_num')::integer < 160000"
);

/// Roles that sign in and have, by one of PostgreSQL's own, what leads past row security or to our tables.
pub const PREDEFINED: &str = concat!("
    SELECT k.severity, pg_catalog.format('role %I', r.rolname), pg_catalog.format('is a member of %I: %s', o.rolname, k.why),
           ", revoked!(), "
    FROM (VALUES ('pg_execute_server_program', 'warning', 'it runs programs as the server, and can make itself a superuser'),
                 ('pg_write_server_files', 'warning', 'it writes files of the server, and can make itself a superuser'),
                 ('pg_read_server_files', 'warning', 'it reads files of the server, and with them every record'),
                 ('pg_read_all_data', 'advice', 'it reads the configuration of pg_sharing, but no keys of tokens'),
                 ('pg_write_all_data', 'advice', 'it locks the tables of pg_sharing, and makes others wait'),
                 ('pg_maintain', 'advice', 'it locks every table, and makes others wait'),
                 ('pg_read_all_stats', 'advice', 'it reads the statements of everybody''s sessions, with the values in them')) k (name, severity, why)
    JOIN pg_catalog.pg_roles o ON o.rolname::pg_catalog.text = k.name
    JOIN pg_catalog.pg_roles r ON r.rolcanlogin AND NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, o.oid, 'MEMBER')");

/// What replicates takes every row of the cluster. Whoever can become such a role reads by SQL what a slot decodes.
pub const REPLICATION: &str = concat!(
    "
    SELECT 'warning', pg_catalog.format('role %I', r.rolname),
           'has REPLICATION and signs in: it can copy the whole database cluster', pg_catalog.format('ALTER ROLE %I NOREPLICATION', r.rolname)
    FROM pg_catalog.pg_roles r WHERE r.rolcanlogin AND r.rolreplication AND NOT r.rolsuper
    UNION ALL
    SELECT 'warning', pg_catalog.format('role %I', r.rolname),
           pg_catalog.format('can become %I, which has REPLICATION and can read every change of a record', o.rolname),
           ",
    revoked!(),
    "
    FROM pg_catalog.pg_roles r JOIN pg_catalog.pg_roles o ON o.rolreplication AND NOT o.rolsuper AND o.oid <> r.oid
    WHERE r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolreplication AND ",
    can_become!("r.oid", "o.oid")
);

/// Trusted roles that should not be, and more of them than one.
pub const TRUSTED: &str = concat!(
    "
    SELECT 'error', pg_catalog.format('role %I', r.rolname),
           'is trusted and ' || CASE WHEN r.rolsuper THEN 'a superuser' ELSE 'has BYPASSRLS' END || ': whoever it acts for sees every record',
           pg_catalog.format('SELECT sharing.untrust(%L)', pg_catalog.quote_ident(r.rolname))
    FROM sharing.trusted_roles t JOIN pg_catalog.pg_roles r ON r.oid = t.db_role WHERE r.rolsuper OR r.rolbypassrls
    UNION ALL
    SELECT 'warning', pg_catalog.format('role %I', r.rolname),
           pg_catalog.format('is trusted and has the rights of %I, which administers record sharing', o.rolname),
           CASE WHEN o.oid = r.oid THEN pg_catalog.format('SELECT sharing.revoke_admin(%L)', pg_catalog.quote_ident(r.rolname))
                ELSE ", revoked!(), " END
    FROM sharing.trusted_roles t JOIN pg_catalog.pg_roles r ON r.oid = t.db_role
    JOIN sharing.administrators a ON true JOIN pg_catalog.pg_roles o ON o.oid = a.db_role
    WHERE NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, o.oid, 'MEMBER')
    UNION ALL
    SELECT 'warning', pg_catalog.format('role %I', r.rolname),
           CASE WHEN o.oid = r.oid THEN 'is trusted and the database role of a user: a session that names nobody is that user'
                ELSE pg_catalog.format('is trusted and can become %I, the database role of a user: a session that names nobody can be that user', o.rolname) END,
           CASE WHEN o.oid <> r.oid THEN ", revoked!(), " END
    FROM sharing.trusted_roles t JOIN pg_catalog.pg_roles r ON r.oid = t.db_role
    JOIN sharing.user_db_roles u ON true JOIN pg_catalog.pg_roles o ON o.oid = u.db_role
    WHERE NOT r.rolsuper AND (o.oid = r.oid OR ",
    can_become!("r.oid", "o.oid"),
    ")
    UNION ALL
    SELECT 'advice', 'trusted roles',
           pg_catalog.format('%s roles are trusted to act for anybody: %s. Each is a way in; sharing.untrust() closes one', pg_catalog.count(*),
               pg_catalog.array_to_string((pg_catalog.array_agg(pg_catalog.quote_ident(r.rolname) ORDER BY r.rolname))[:10], ', ')), NULL
    FROM sharing.trusted_roles t JOIN pg_catalog.pg_roles r ON r.oid = t.db_role HAVING pg_catalog.count(*) > 1"
);

/// Roles that were dropped, of which something is still remembered. Their numbers may be given again.
pub const DROPPED: &str = "
    SELECT 'advice', pg_catalog.format('role %s', t.number), 'was dropped, and is still ' || t.what, pg_catalog.format(t.fix, t.number)
    FROM (SELECT db_role::pg_catalog.oid AS number, 'trusted' AS what, 'DELETE FROM sharing.trusted_roles WHERE db_role = %s' AS fix
          FROM sharing.trusted_roles
          UNION ALL
          SELECT db_role::pg_catalog.oid, 'an administrator', 'DELETE FROM sharing.administrators WHERE db_role = %s' FROM sharing.administrators
          UNION ALL
          SELECT db_role::pg_catalog.oid, 'the database role of a user', 'DELETE FROM sharing.user_db_roles WHERE db_role = %s'
          FROM sharing.user_db_roles) t
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = t.number)";
