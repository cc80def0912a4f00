//! What belongs to the extension: its tables, triggers, functions and event triggers.

use crate::catalog::write::sql::read_rows;
use crate::core::Result;

/// Event triggers that are gone or do not fire always. What they are is written in sql/functions.sql and
/// sql/own_tables.sql.
pub const EVENT_TRIGGERS: &str = "
    SELECT 'error', pg_catalog.format('event trigger %I', w.name),
           CASE WHEN e.oid IS NULL THEN 'is missing' WHEN e.evtenabled = 'D' THEN 'is off' ELSE 'does not fire always' END || ': ' || w.why,
           CASE WHEN e.oid IS NULL
                THEN pg_catalog.format('CREATE EVENT TRIGGER %I ON %s %s EXECUTE FUNCTION sharing_internal.%I()', w.name, w.event, w.tags, w.function)
                     || pg_catalog.format('; ALTER EVENT TRIGGER %I ENABLE ALWAYS; ALTER EXTENSION pg_sharing ADD EVENT TRIGGER %I', w.name, w.name)
                ELSE pg_catalog.format('ALTER EVENT TRIGGER %I ENABLE ALWAYS', w.name) END
    FROM (VALUES ('sharing_follow_tables', 'ddl_command_end', '', 'follow_tables', 'new partitions are open, and altered policies stay so'),
                 ('sharing_follow_drops', 'sql_drop', '', 'follow_drops', 'what is left of dropped tables stays, and dropped policies stay dropped'),
                 ('sharing_guard_triggers', 'ddl_command_end', 'WHEN TAG IN (''CREATE TRIGGER'', ''CREATE SCHEMA'', ''CREATE TABLE'', ''ALTER TABLE'')',
                  'guard_triggers', 'others may put triggers on the tables of pg_sharing'),
                 ('sharing_mend_triggers', 'ddl_command_end', 'WHEN TAG IN (''ALTER TABLE'')',
                  'mend_triggers', 'triggers that are enabled again do not fire always')) w (name, event, tags, function, why)
    LEFT JOIN pg_catalog.pg_event_trigger e ON e.evtname::pg_catalog.text = w.name
    WHERE e.evtenabled IS DISTINCT FROM 'A'";

/// Triggers of our tables that are gone or do not fire when they should. What they are is written in
/// sql/schema.sql and sql/own_tables.sql; tests/sql/own_triggers.sql holds both against each other.
pub const OWN_TRIGGERS: &str = "
    SELECT 'error', pg_catalog.format('trigger %I on sharing.%I', w.name, c.relname),
           CASE WHEN g.oid IS NULL THEN 'is missing' WHEN g.tgenabled = 'D' THEN 'is off' ELSE 'does not fire when it should' END || ': ' || w.why,
           CASE WHEN g.oid IS NULL
                THEN pg_catalog.format('CREATE %sTRIGGER %I %s EXECUTE FUNCTION sharing_internal.%s; ', w.kind, w.name,
                         pg_catalog.format(w.event, pg_catalog.format('sharing.%I', c.relname)), w.function)
                ELSE '' END || pg_catalog.format('ALTER TABLE sharing.%I ENABLE %sTRIGGER %I', c.relname, w.fires, w.name)
    FROM pg_catalog.pg_class c
    CROSS JOIN LATERAL (SELECT
        c.relname::pg_catalog.text <> ALL ('{generation,audit_entries,links,shares,record_grants,grant_stamps,shared_modules,expectations,source_gaps,last_heartbeat}'),
        c.relname::pg_catalog.text <> ALL ('{generation,audit_entries,grant_stamps,shared_modules,source_gaps,last_heartbeat}'),
        CASE WHEN c.relname::pg_catalog.text
                  = ANY ('{users,group_users,user_rights,user_db_roles,trusted_roles,token_keys,administrators,protected_relations,sources}')
             THEN 'configuration_changed()' ELSE 'configuration_changed(structure)' END) k (is_configuration, is_recorded, changed)
    CROSS JOIN LATERAL (VALUES
        ('guard_configuration', 'A', 'ALWAYS ', '', 'BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT',
            'guard_configuration()', 'whoever holds a privilege on the table changes the configuration', true),
        ('configuration_changed', 'A', 'ALWAYS ', '', 'AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW',
            k.changed, 'sessions go on by what was before a change',
            k.is_configuration),
        ('configuration_truncated', 'A', 'ALWAYS ', '', 'AFTER TRUNCATE ON %s FOR EACH STATEMENT',
            k.changed, 'sessions go on by what was before a TRUNCATE',
            k.is_configuration),
        ('record_insert', 'O', '', '', 'AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT',
            'record_change()', 'the audit log does not hear of it',
            k.is_recorded),
        ('record_update', 'O', '', '', 'AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT',
            'record_change()', 'the audit log does not hear of it',
            k.is_recorded),
        ('record_delete', 'O', '', '', 'AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT',
            'record_change()', 'the audit log does not hear of it',
            k.is_recorded),
        ('record_truncate', 'O', '', '', 'BEFORE TRUNCATE ON %s FOR EACH STATEMENT', 'record_change()', 'the audit log does not hear of it',
            k.is_recorded),
        ('append_only', 'A', 'ALWAYS ', '', 'BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT',
            'refuse_change()', 'the audit log can be changed', c.relname = 'audit_entries'),
        ('shares_changed', 'A', 'ALWAYS ', '', 'AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW',
            'shares_changed()', 'sessions go on by shares that were taken back', c.relname = 'shares'),
        ('shares_truncated', 'A', 'ALWAYS ', '', 'AFTER TRUNCATE ON %s FOR EACH STATEMENT',
            'shares_changed()', 'sessions go on by shares that were taken back', c.relname = 'shares'),
        ('grants_changed', 'A', 'ALWAYS ', '', 'AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW',
            'grants_changed()', 'sessions go on by grants of records that were taken back', c.relname = 'record_grants'),
        ('grants_truncated', 'A', 'ALWAYS ', '', 'AFTER TRUNCATE ON %s FOR EACH STATEMENT',
            'grants_changed()', 'sessions go on by grants of records that were taken back', c.relname = 'record_grants'),
        ('link_changed', 'A', 'ALWAYS ', '', 'BEFORE UPDATE ON %s FOR EACH ROW',
            'link_changed()', 'sessions go on by links as they were', c.relname = 'links'),
        ('keep_generation', 'R', 'REPLICA ', '', 'BEFORE INSERT OR UPDATE ON %s FOR EACH ROW',
            'keep_generation()', 'replication brings the stamps of another database', c.relname = 'generation'),
        ('take_heartbeat', 'R', 'REPLICA ', '', 'BEFORE INSERT OR UPDATE ON %s FOR EACH ROW',
            'take_heartbeat()', 'a copy of which a part is missing is taken for whole', c.relname = 'last_heartbeat'),
        ('fill_gaps', 'A', 'ALWAYS ', 'CONSTRAINT ', 'AFTER INSERT ON %s DEFERRABLE INITIALLY DEFERRED FOR EACH ROW',
            'fill_gaps()', 'sources may name what is not there', c.relname = 'source_gaps')
    ) w (name, letter, fires, kind, event, function, why, is_there)
    LEFT JOIN pg_catalog.pg_trigger g ON g.tgrelid = c.oid AND g.tgname::pg_catalog.text = w.name
    WHERE c.relnamespace = 'sharing'::pg_catalog.regnamespace AND c.relkind = 'r' AND w.is_there
      AND EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
      AND g.tgenabled IS DISTINCT FROM w.letter::\"char\"";

/// Triggers that others put on our tables, which run their code as whoever changes the configuration.
pub const TRIGGERS_OF_OTHERS: &str = "
    SELECT 'error', pg_catalog.format('trigger %I on sharing.%I', g.tgname, c.relname),
           pg_catalog.format('is none of pg_sharing: %s runs as the owner of pg_sharing', g.tgfoid::pg_catalog.regprocedure),
           pg_catalog.format('DROP TRIGGER %I ON sharing.%I', g.tgname, c.relname)
    FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid JOIN pg_catalog.pg_proc f ON f.oid = g.tgfoid
    WHERE c.relnamespace = 'sharing'::pg_catalog.regnamespace AND c.relkind = 'r' AND NOT g.tgisinternal
      AND f.pronamespace <> 'sharing_internal'::pg_catalog.regnamespace";

/// Functions of ours that somebody replaced, or gave other rights. All but a few are those of the library.
pub const FUNCTIONS: &str = "
    SELECT 'error', pg_catalog.format('function %s', f.oid::pg_catalog.regprocedure),
           CASE WHEN f.prosecdef THEN 'was made SECURITY DEFINER: it does not see who calls'
                WHEN f.proowner <> g.relowner THEN pg_catalog.format('belongs to %I, who can replace it', pg_catalog.pg_get_userbyid(f.proowner))
                ELSE 'was replaced: it is none of the library of pg_sharing' END,
           CASE WHEN f.prosecdef THEN pg_catalog.format('ALTER FUNCTION %s SECURITY INVOKER', f.oid::pg_catalog.regprocedure)
                WHEN f.proowner <> g.relowner
                THEN pg_catalog.format('ALTER FUNCTION %s OWNER TO %I', f.oid::pg_catalog.regprocedure, pg_catalog.pg_get_userbyid(g.relowner)) END
    FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_language l ON l.oid = f.prolang
    JOIN pg_catalog.pg_class g ON g.oid = 'sharing.generation'::pg_catalog.regclass
    WHERE f.pronamespace = ANY ('{sharing,sharing_internal}'::pg_catalog.regnamespace[])
      AND EXISTS (SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid AND e.extname = 'pg_sharing'
                  WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = f.oid AND d.deptype = 'e')
      AND (f.prosecdef OR f.proowner <> g.relowner
           OR (l.lanname <> 'c' OR f.probin NOT LIKE '%pg\\_sharing%')
              AND f.proname::pg_catalog.text <> ALL ('{keep_generation,take_heartbeat,link_changed,examined_for_search}')
              AND NOT (l.lanname = 'sql' AND f.prosqlbody IS NOT NULL AND f.pronamespace = 'sharing'::pg_catalog.regnamespace))";

/// Without its one row nobody sees anything.
pub const GENERATION: &str = "
    SELECT 'error', 'sharing.generation', 'has lost its row: nobody sees a record', 'INSERT INTO sharing.generation DEFAULT VALUES'
    WHERE NOT EXISTS (SELECT FROM sharing.generation)";

/// Sequences that would give a number again, as after replication, which brings rows and no sequences. Where
/// rows still come by a subscription, no number is given here.
pub const SEQUENCES: &str = "
    SELECT 'error', s.name, pg_catalog.format('is behind sharing.%I: what is created next gets a number that is taken', n.name),
           pg_catalog.format('SELECT pg_catalog.setval(%L, %s)', s.name, n.number)
    FROM (SELECT 'audit_entries', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.audit_entries
          UNION ALL SELECT 'expectations', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.expectations
          UNION ALL SELECT 'groups', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.groups
          UNION ALL SELECT 'links', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.links
          UNION ALL SELECT 'modules', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.modules
          UNION ALL SELECT 'offices', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.offices
          UNION ALL SELECT 'profiles', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.profiles
          UNION ALL SELECT 'relations', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.relations
          UNION ALL SELECT 'roles', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.roles
          UNION ALL SELECT 'rules', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.rules
          UNION ALL SELECT 'sources', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.sources
          UNION ALL SELECT 'users', pg_catalog.max(id)::pg_catalog.int8 FROM sharing.users) n (name, number)
    CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_serial_sequence(pg_catalog.format('sharing.%I', n.name), 'id') AS name) s
    WHERE n.number > COALESCE(pg_catalog.pg_sequence_last_value(s.name::pg_catalog.regclass), 0)
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_subscription_rel r WHERE r.srrelid = pg_catalog.format('sharing.%I', n.name)::pg_catalog.regclass)";

/// Indexes by which our tables are read: what is looked for without one is not found.
pub const INDEXES: &str = "
    SELECT 'error', pg_catalog.format('index sharing.%I', w.name),
           CASE WHEN i.indexrelid IS NULL THEN 'is missing' ELSE 'is invalid' END || ': what is looked for by it is not found',
           CASE WHEN i.indexrelid IS NOT NULL THEN pg_catalog.format('REINDEX INDEX sharing.%I', w.name) END
    FROM pg_catalog.unnest('{grant_stamps_of_idx,group_members_until_idx,group_users_pkey,group_users_until_idx,group_users_user_id_idx,groups_pkey,
        links_from_user_id_to_user_id_key,links_pkey,links_to_user_id_idx,offices_pkey,profiles_pkey,protected_relations_pkey,
        record_grants_pkey,record_grants_record_idx,roles_pkey,rules_until_idx,shares_pkey,shares_record_idx,
        sources_relation_kind_key,token_keys_pkey,trusted_roles_pkey,user_db_roles_pkey,user_rights_pkey,users_key_key,
        users_office_id_name_idx,users_pkey,users_role_id_idx}'::pg_catalog.text[]) w (name)
    LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = 'sharing'::pg_catalog.regnamespace AND c.relname::pg_catalog.text = w.name
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    WHERE i.indexrelid IS NULL OR NOT i.indisvalid";

/// What everybody calls without knowing, where not everybody may.
pub const NOT_CALLABLE: &str = "
    SELECT 'error', pg_catalog.format('function %s', f.oid::pg_catalog.regprocedure), 'is not for everybody any more: queries on protected tables fail',
           pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', f.oid::pg_catalog.regprocedure)
    FROM pg_catalog.pg_proc f
    WHERE f.pronamespace = 'sharing_internal'::pg_catalog.regnamespace AND NOT pg_catalog.has_function_privilege('public', f.oid, 'EXECUTE')
      AND (f.prorettype <> ALL ('{trigger,event_trigger,internal}'::pg_catalog.regtype[])
           OR f.proname::pg_catalog.text = ANY ('{guard_owner,default_owner,forget_shares,follow_source,follow_source_row}'))
    UNION ALL
    SELECT 'error', 'schema sharing_internal', 'is not for everybody any more: queries on protected tables fail',
           'GRANT USAGE ON SCHEMA sharing_internal TO PUBLIC'
    WHERE NOT pg_catalog.has_schema_privilege('public', 'sharing_internal', 'USAGE')";

/// Privileges on our tables beside those that grant_admin() gives, and who may create something in our schemas.
pub const PRIVILEGES: &str = "
    SELECT 'warning', pg_catalog.format('sharing.%I', c.relname),
           pg_catalog.format('%s holds %s on it', g.grantee, g.privileges)
               || CASE WHEN g.only_reads THEN ', and is no administrator: it reads the configuration'
                       ELSE ': it locks the table, and is kept from changing it by a trigger alone' END,
           pg_catalog.format('REVOKE %s ON sharing.%I FROM %s', g.privileges, c.relname, g.grantee) || g.cascade
    FROM pg_catalog.pg_class c CROSS JOIN LATERAL (
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee,
               pg_catalog.string_agg(DISTINCT a.privilege_type || COALESCE(' (' || a.columns || ')', ''), ', ') AS privileges,
               pg_catalog.bool_and(a.privilege_type = 'SELECT') AS only_reads,
               CASE WHEN pg_catalog.bool_or(a.is_grantable) THEN ' CASCADE' ELSE '' END AS cascade
        FROM (SELECT t.grantee, t.privilege_type, NULL AS columns, t.is_grantable FROM pg_catalog.aclexplode(c.relacl) t
              UNION ALL
              SELECT t.grantee, t.privilege_type,
                   pg_catalog.string_agg(pg_catalog.quote_ident(l.attname), ', ' ORDER BY l.attnum), pg_catalog.bool_or(t.is_grantable)
              FROM pg_catalog.pg_attribute l CROSS JOIN LATERAL pg_catalog.aclexplode(l.attacl) t
              WHERE l.attrelid = c.oid AND NOT l.attisdropped GROUP BY t.grantee, t.privilege_type) a
        WHERE a.grantee <> c.relowner AND (a.privilege_type <> 'SELECT'
              OR c.relkind = 'r' AND NOT EXISTS (SELECT FROM sharing.administrators k WHERE k.db_role::pg_catalog.oid = a.grantee))
        GROUP BY a.grantee) g
    WHERE c.relnamespace = 'sharing'::pg_catalog.regnamespace AND c.relkind IN ('r', 'v', 'S')
    UNION ALL
    SELECT 'warning', pg_catalog.format('schema %I', n.nspname),
           pg_catalog.format('%s may create objects there: functions beside ours that others call in place of them', g.grantee),
           pg_catalog.format('REVOKE CREATE ON SCHEMA %I FROM %s', n.nspname, g.grantee) || g.cascade
    FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL (
        SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee,
               CASE WHEN pg_catalog.bool_or(a.is_grantable) THEN ' CASCADE' ELSE '' END AS cascade
        FROM pg_catalog.aclexplode(n.nspacl) a WHERE a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner GROUP BY a.grantee) g
    WHERE n.nspname = ANY ('{sharing,sharing_internal}')";

/// Columns that were dropped count, since the others keep their numbers.
const COLUMNS: &str = "
    SELECT c.relname::pg_catalog.text, pg_catalog.string_agg(CASE WHEN a.attisdropped THEN '-' ELSE pg_catalog.format('%s %s', a.attname,
               pg_catalog.format_type(a.atttypid, NULL)) END, ', ' ORDER BY a.attnum)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'sharing'::pg_catalog.regnamespace AND c.relkind = 'r' GROUP BY c.relname";

/// Our tables, each with its columns in their order.
pub fn columns_of_tables() -> Result<Vec<(String, String)>> {
    read_rows(COLUMNS, &[], |row| {
        let (name, columns) = (row.get(1)?, row.get(2)?);
        Ok((name.unwrap_or_default(), columns.unwrap_or_default()))
    })
}
