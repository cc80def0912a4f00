-- What is on the tables of an application, one fact a line: policies, triggers, and what goes with them; and
-- what is known of modules. Two databases that say the same are protected alike.
WITH tables AS (
    SELECT c.* FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
), facts (fact) AS (
    SELECT format('table %s security %s %s privileges %s', oid::regclass, relrowsecurity, relforcerowsecurity, (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(relacl) a)) FROM tables
    UNION ALL SELECT format('policy %s on %s permissive %s command %s roles %s using %s check %s', p.polname, t.oid::regclass, p.polpermissive, p.polcmd, p.polroles, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
        FROM tables t JOIN pg_policy p ON p.polrelid = t.oid
    UNION ALL SELECT format('trigger %s enabled %s inherited %s', pg_get_triggerdef(g.oid), g.tgenabled, g.tgparentid <> 0) FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
    UNION ALL SELECT format('depends %s on %s %s', pg_describe_object(d.classid, d.objid, d.objsubid), pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), d.deptype)
        FROM pg_depend d WHERE (d.classid = 'pg_policy'::regclass AND d.objid IN (SELECT p.oid FROM tables t JOIN pg_policy p ON p.polrelid = t.oid))
            OR (d.classid = 'pg_trigger'::regclass AND d.objid IN (SELECT g.oid FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal))
    UNION ALL SELECT format('at first %s', pg_describe_object(i.classoid, i.objoid, i.objsubid)) FROM pg_init_privs i JOIN tables t ON i.classoid = 'pg_class'::regclass AND i.objoid = t.oid
    UNION ALL SELECT format('module %s %s', m.relation, to_jsonb(m)) FROM sharing.modules m
    UNION ALL SELECT format('relation %s', to_jsonb(r)) FROM sharing.relations r
    UNION ALL SELECT format('protected %s %s', p.relation, to_jsonb(p)) FROM sharing.protected_relations p
)
SELECT regexp_replace(fact, '\s+', ' ', 'g') COLLATE "C" AS line FROM facts ORDER BY line
