//! Protected tables without their protection.

/// Row security switched off, or not for the owner.
pub const ROW_SECURITY: &str = "
    SELECT 'error', pg_catalog.format('%I.%I', n.nspname, c.relname),
           CASE WHEN c.relrowsecurity THEN 'row security is not forced: the owner of the table sees every row'
                ELSE 'row security is off: whoever may read the table sees every row' END,
           pg_catalog.format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', n.nspname, c.relname)
    FROM sharing.protected_relations p JOIN pg_catalog.pg_class c ON c.oid = p.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)
      AND (c.relpersistence <> 't' OR n.oid = pg_catalog.pg_my_temp_schema())";

/// Partitions and inheritance children that came while nothing was followed. What inherits from these is
/// protected with them.
pub const UNPROTECTED_CHILD: &str = "
    SELECT DISTINCT 'error', pg_catalog.format('%I.%I', n.nspname, c.relname),
           pg_catalog.format('belongs to the protected table %I.%I and is not protected: by itself it shows every row', m.nspname, t.relname),
           CASE WHEN c.relkind IN ('r', 'p') THEN pg_catalog.format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', n.nspname, c.relname) END
    FROM pg_catalog.pg_inherits i JOIN sharing.protected_relations p ON p.relation = i.inhparent
    JOIN pg_catalog.pg_class t ON t.oid = i.inhparent JOIN pg_catalog.pg_namespace m ON m.oid = t.relnamespace
    JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM sharing.protected_relations o WHERE o.relation = i.inhrelid)
      AND (c.relpersistence <> 't' OR n.oid = pg_catalog.pg_my_temp_schema())";

/// Tables through which rows of protected ones are seen.
pub const UNPROTECTED_PARENT: &str = "
    SELECT DISTINCT 'error', pg_catalog.format('%I.%I', n.nspname, c.relname),
           pg_catalog.format('shows every row of the protected table %I.%I, which inherits from it', m.nspname, t.relname)
               || ': protect it, too, or end the inheritance', NULL
    FROM pg_catalog.pg_inherits i JOIN sharing.protected_relations p ON p.relation = i.inhrelid
    JOIN pg_catalog.pg_class t ON t.oid = i.inhrelid JOIN pg_catalog.pg_namespace m ON m.oid = t.relnamespace
    JOIN pg_catalog.pg_class c ON c.oid = i.inhparent JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM sharing.protected_relations o WHERE o.relation = i.inhparent)";

/// Policies and triggers of ours on tables that are not protected, as a copy of the schema leaves them.
pub const LEFTOVERS: &str = "
    SELECT 'error', pg_catalog.format('%I.%I', n.nspname, c.relname),
           'has policies or triggers of pg_sharing and is not protected: nobody sees its rows; '
               || 'sharing.protect() makes it a module, sharing.unprotect() takes them off', NULL
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid IN (
        SELECT o.polrelid FROM pg_catalog.pg_policy o WHERE 0 < (
            SELECT pg_catalog.count(*) FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc f ON f.oid = d.refobjid
            WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = o.oid
              AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND f.pronamespace = 'sharing_internal'::pg_catalog.regnamespace)
        UNION
        SELECT g.tgrelid FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_proc f ON f.oid = g.tgfoid
        WHERE f.pronamespace = 'sharing_internal'::pg_catalog.regnamespace AND f.proname IN ('guard_owner', 'default_owner', 'forget_shares'))
      AND NOT EXISTS (SELECT FROM sharing.protected_relations p WHERE p.relation = c.oid)
      AND NOT EXISTS (SELECT FROM sharing.protected_relations p
                      CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(c.oid::pg_catalog.regclass) a WHERE a.relid = p.relation)";

/// Modules and their parts whose tables are gone, also where one of the same name is there again.
pub const VANISHED: &str = "
    SELECT 'error', pg_catalog.format('module \"%s\"', m.name),
           CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = m.relation)
                THEN 'a part of its table is gone, and nobody was told: what was shared of it is still remembered'
                ELSE 'its table is gone, and nobody was told: its rules and shares are still there'
                     || COALESCE('. There is another table of that name, which is not protected: ' || (
                         SELECT pg_catalog.min(pg_catalog.format('%I.%I', n.nspname, c.relname))
                         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                         WHERE c.relname::pg_catalog.text = m.name AND c.relkind IN ('r', 'p')
                           AND NOT EXISTS (SELECT FROM sharing.protected_relations o WHERE o.relation = c.oid)), '') END,
           'SELECT * FROM sharing.import_config(''{\"version\": 1}'')'
    FROM sharing.modules m
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = m.relation)
       OR EXISTS (SELECT FROM sharing.protected_relations p WHERE p.module_id = m.id
                  AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = p.relation))";

/// Permissive policies of others, which widen nothing beside ours, and narrow nothing. Those that restrict narrow
/// as always, also where they call functions of ours.
pub const OTHER_POLICIES: &str = "
    SELECT 'warning', pg_catalog.format('policy %I on %I.%I', o.polname, n.nspname, c.relname),
           CASE WHEN f.calls_ours THEN 'calls functions of pg_sharing, and is none that it made: one of another name, or a copy'
                ELSE 'is permissive and came after sharing.protect(), whose policies permit as much: it narrows nothing. '
                     || 'Dropped, and created AS RESTRICTIVE with the same condition, it counts' END,
           CASE WHEN f.calls_ours THEN pg_catalog.format('DROP POLICY %I ON %I.%I', o.polname, n.nspname, c.relname) END
    FROM sharing.protected_relations p JOIN pg_catalog.pg_class c ON c.oid = p.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_policy o ON o.polrelid = c.oid AND o.polname::pg_catalog.text <> ALL (
        '{sharing_select,sharing_insert,sharing_update,sharing_delete,sharing_select_permit,sharing_insert_permit,sharing_update_permit,sharing_delete_permit}')
    CROSS JOIN LATERAL (
        SELECT 0 < pg_catalog.count(*) AS calls_ours FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc g ON g.oid = d.refobjid
        WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = o.oid
          AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND g.pronamespace = 'sharing_internal'::pg_catalog.regnamespace) f
    WHERE o.polpermissive AND EXISTS (
        SELECT FROM pg_catalog.pg_policy w WHERE w.polrelid = c.oid AND w.polpermissive AND w.polname::pg_catalog.text LIKE 'sharing\\_%\\_permit')";

/// Commands that no permissive policy opens, or that they open to some roles alone: policies that lay dormant
/// before, or of which others were dropped.
pub const CLOSED_COMMANDS: &str = "
    SELECT CASE WHEN k.roles = '{}' THEN 'error' ELSE 'warning' END, pg_catalog.format('%I.%I', n.nspname, c.relname),
           pg_catalog.format('closed to %s: %s; no permissive policy of the table lets them through',
               CASE WHEN k.roles = '{}' THEN 'everybody' ELSE 'everybody but members of ' || pg_catalog.array_to_string(k.roles, ', ') END,
               pg_catalog.string_agg(k.command, ', ' ORDER BY k.n)), NULL
    FROM sharing.protected_relations p JOIN pg_catalog.pg_class c ON c.oid = p.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (
        SELECT k.n, k.command, COALESCE(pg_catalog.array_agg(DISTINCT pg_catalog.quote_ident(g.rolname)) FILTER (WHERE g.rolname IS NOT NULL), '{}') AS roles
        FROM (VALUES (1, 'SELECT', 'r'), (2, 'INSERT', 'a'), (3, 'UPDATE', 'w'), (4, 'DELETE', 'd')) k (n, command, letter)
        LEFT JOIN pg_catalog.pg_policy o ON o.polrelid = c.oid AND o.polpermissive AND o.polcmd::pg_catalog.text IN (k.letter, '*')
        LEFT JOIN LATERAL pg_catalog.unnest(o.polroles) role ON true
        LEFT JOIN pg_catalog.pg_roles g ON g.oid = role
        GROUP BY k.n, k.command HAVING pg_catalog.bool_and(role IS DISTINCT FROM 0)) k
    WHERE c.relrowsecurity AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_policy w WHERE w.polrelid = c.oid AND w.polname::pg_catalog.text LIKE 'sharing\\_%\\_permit')
    GROUP BY n.nspname, c.relname, k.roles";

/// Triggers of ours on protected tables that are off, or do not fire when they should: those of tables of Citus, which
/// have one for INSERT, fire where their records are changed.
pub const TRIGGERS_OFF: &str = "
    SELECT 'error', pg_catalog.format('trigger %I on %I.%I', g.tgname, n.nspname, c.relname),
           CASE WHEN g.tgenabled = 'D' THEN 'is off' ELSE 'does not fire always' END
           || CASE f.proname WHEN 'forget_shares' THEN ': shares stay when their records go, and open what gets the same keys'
                             WHEN 'guard_owner' THEN ': who may edit a record may give it another owner'
                             ELSE ': records without an owner are refused' END,
           pg_catalog.format('ALTER TABLE %I.%I ENABLE %sTRIGGER %I', n.nspname, c.relname,
               CASE WHEN f.proname = 'forget_shares' THEN 'ALWAYS ' ELSE '' END, g.tgname)
    FROM sharing.protected_relations p JOIN pg_catalog.pg_class c ON c.oid = p.relation
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_trigger g ON g.tgrelid = c.oid JOIN pg_catalog.pg_proc f ON f.oid = g.tgfoid
    WHERE f.pronamespace = 'sharing_internal'::pg_catalog.regnamespace AND f.proname IN ('guard_owner', 'default_owner', 'forget_shares')
      AND (g.tgenabled IN ('D', 'R') OR f.proname = 'forget_shares' AND g.tgenabled <> 'A' AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_trigger i WHERE i.tgrelid = c.oid AND i.tgname = 'sharing_guard_insert'))";
