//! What the doctor asks at the coordinator of Citus, where protected tables are distributed.

/// Workers that hear of no change, as far as replication slots tell.
pub const NOT_CONNECTED: &str = "
    SELECT 'error', pg_catalog.format('replication slot %I', s.slot_name),
           'nobody reads it: the server to which it brings the configuration goes by what held before, and changes that wait for it wait', NULL
    FROM pg_catalog.pg_replication_slots s
    WHERE s.plugin::pg_catalog.text = 'pgoutput' AND s.database::pg_catalog.text = pg_catalog.current_database() AND NOT s.active
    UNION ALL
    SELECT 'warning', 'synchronous_standby_names',
           'is empty: a change of the configuration is acknowledged before the workers know of it', NULL
    WHERE pg_catalog.current_setting('synchronous_standby_names') = ''";

/// Who can sign in at the workers as a trusted role: Citus connects there as the role that somebody has taken on.
pub const BECOME_TRUSTED: &str = "
    SELECT 'error', pg_catalog.format('role %I', m.rolname),
           pg_catalog.format('can become the trusted role %I, and so have the workers of Citus take it for anybody', r.rolname), NULL
    FROM sharing.trusted_roles k JOIN pg_catalog.pg_roles r ON r.oid = k.db_role
    JOIN pg_catalog.pg_roles m ON m.oid <> r.oid AND NOT m.rolsuper AND pg_catalog.pg_has_role(m.oid, r.oid, 'MEMBER')
    UNION ALL
    SELECT 'error', pg_catalog.format('function %s', f.oid::pg_catalog.regprocedure),
           pg_catalog.format('runs with the privileges of the trusted role %I, as which Citus connects to its workers', r.rolname),
           pg_catalog.format('ALTER FUNCTION %s SECURITY INVOKER', f.oid::pg_catalog.regprocedure)
    FROM sharing.trusted_roles k JOIN pg_catalog.pg_roles r ON r.oid = k.db_role
    JOIN pg_catalog.pg_proc f ON f.proowner = r.oid AND f.prosecdef";

/// Trusted roles that settings name no user for at this server, and may at the workers: what a server's own files say
/// reaches no other.
pub const REQUIRED_HERE: &str = "
    SELECT 'warning', pg_catalog.format('role %I', r.rolname),
           'sharing.require_token is on by the settings of this server, which the workers of Citus do not hear of: there, sharing.user_key names a user where their own settings do not say the same',
           pg_catalog.format('ALTER ROLE %I SET sharing.require_token = on', r.rolname)
    FROM sharing.trusted_roles k JOIN pg_catalog.pg_roles r ON r.oid = k.db_role
    WHERE EXISTS (SELECT FROM pg_catalog.pg_settings s WHERE s.name = 'sharing.require_token'
          AND s.reset_val = 'on' AND s.source IN ('configuration file', 'command line'))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting d CROSS JOIN LATERAL pg_catalog.unnest(d.setconfig) AS c
          WHERE d.setrole = r.oid AND (d.setdatabase = 0 OR d.setdatabase = (SELECT b.oid FROM pg_catalog.pg_database b
              WHERE b.datname = pg_catalog.current_database()))
            AND pg_catalog.split_part(c, '=', 1) = 'sharing.require_token')";
