-- Who may use what. Default privileges that somebody set before may have granted anything to
-- anybody: everything is revoked from everyone but its owner, and then granted by name.

DO $$
DECLARE
    granted record;
BEGIN
    FOR granted IN
        SELECT o.kind, o.name, a.grantee
        FROM (
            SELECT 'TABLE' AS kind, c.oid::pg_catalog.regclass::pg_catalog.text AS name, c.relacl AS acl, c.relowner AS owner
            FROM pg_catalog.pg_class c
            WHERE c.relnamespace OPERATOR(pg_catalog.=) 'sharing'::pg_catalog.regnamespace AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,v}')
            UNION ALL
            SELECT 'SEQUENCE', c.oid::pg_catalog.regclass::pg_catalog.text, c.relacl, c.relowner
            FROM pg_catalog.pg_class c
            WHERE c.relnamespace OPERATOR(pg_catalog.=) 'sharing'::pg_catalog.regnamespace AND c.relkind OPERATOR(pg_catalog.=) 'S'
            UNION ALL
            SELECT 'FUNCTION', p.oid::pg_catalog.regprocedure::pg_catalog.text, p.proacl, p.proowner
            FROM pg_catalog.pg_proc p
            WHERE p.pronamespace OPERATOR(pg_catalog.=) ANY ('{sharing,sharing_internal}'::pg_catalog.regnamespace[])
            UNION ALL
            SELECT 'SCHEMA', n.nspname::pg_catalog.text, n.nspacl, n.nspowner
            FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) ANY ('{sharing,sharing_internal}')
            UNION ALL
            SELECT 'TYPE', t.oid::pg_catalog.regtype::pg_catalog.text, t.typacl, t.typowner
            FROM pg_catalog.pg_type t
            WHERE t.typnamespace OPERATOR(pg_catalog.=) 'sharing'::pg_catalog.regnamespace AND t.typtype OPERATOR(pg_catalog.=) 'e'
        ) o, pg_catalog.aclexplode(o.acl) a
        WHERE a.grantee OPERATOR(pg_catalog.<>) o.owner
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON %s %s FROM %s', granted.kind, granted.name,
            CASE WHEN granted.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(granted.grantee)) END);
    END LOOP;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sharing, sharing_internal FROM PUBLIC;
GRANT USAGE ON SCHEMA sharing, sharing_internal TO PUBLIC;
GRANT USAGE ON TYPE sharing.access_level, sharing.global_access TO PUBLIC;

GRANT SELECT ON sharing.specialists TO PUBLIC;
-- What was examined is the same everywhere.
GRANT SELECT ON sharing.search_defaults TO PUBLIC;

-- The functions that people call: each checks its caller. And what policies and plans call, with
-- the privileges of whoever runs the query.
DO $$
DECLARE
    function pg_catalog.regprocedure;
BEGIN
    FOR function IN
        SELECT p.oid::pg_catalog.regprocedure FROM pg_catalog.pg_proc p
        WHERE p.pronamespace OPERATOR(pg_catalog.=) ANY ('{sharing,sharing_internal}'::pg_catalog.regnamespace[])
          -- For a scheduler, which need not administer: who may call it is granted like any privilege.
          AND p.oid OPERATOR(pg_catalog.<>) 'sharing.heartbeat()'::pg_catalog.regprocedure
          AND (p.prorettype OPERATOR(pg_catalog.<>) ALL ('{trigger,event_trigger,internal}'::pg_catalog.regtype[])
               -- Whoever adds a partition to their table copies its triggers to it, in their own name.
               OR p.proname OPERATOR(pg_catalog.=) ANY ('{guard_owner,default_owner,forget_shares,follow_source,follow_source_row}'))
    LOOP
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', function);
    END LOOP;
END
$$;

-- These views show nothing that their functions, which ask who calls, do not.
GRANT SELECT ON sharing.audit_log TO PUBLIC;
GRANT SELECT ON sharing.module_overview, sharing.rule_overview, sharing.relation_overview, sharing.role_tree, sharing.user_overview, sharing.group_overview, sharing.link_overview, sharing.key_overview, sharing.trust_overview TO PUBLIC;
