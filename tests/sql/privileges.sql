-- What PUBLIC may call, how it is declared; nothing is SECURITY DEFINER, nothing is left to a search path.
SELECT proname, pg_get_function_identity_arguments(oid) AS arguments, provolatile AS v, proparallel AS p, proisstrict AS s, proleakproof AS l, prosecdef AS d
FROM pg_proc WHERE pronamespace IN ('sharing'::regnamespace, 'sharing_internal'::regnamespace) AND has_function_privilege('public', oid, 'EXECUTE') AND proname NOT LIKE '%config' ORDER BY proname, arguments;
SELECT proname FROM pg_proc WHERE pronamespace IN ('sharing'::regnamespace, 'sharing_internal'::regnamespace) AND NOT has_function_privilege('public', oid, 'EXECUTE') ORDER BY proname;
SELECT proname FROM pg_proc WHERE pronamespace IN ('sharing'::regnamespace, 'sharing_internal'::regnamespace) AND (prosecdef OR proleakproof OR proconfig IS NOT NULL) ORDER BY 1;
SELECT nspacl FROM pg_namespace WHERE nspname IN ('sharing', 'sharing_internal');
SELECT relname, grantee, privilege_type FROM pg_class, aclexplode(relacl) WHERE relnamespace = 'sharing'::regnamespace AND relkind IN ('r', 'v', 'S') AND grantee <> relowner ORDER BY 1;
-- Every object of the extension has a comment.
SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace IN ('sharing'::regnamespace, 'sharing_internal'::regnamespace) AND obj_description(oid, 'pg_proc') IS NULL;
SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'sharing'::regnamespace AND relkind IN ('r', 'v') AND obj_description(oid, 'pg_class') IS NULL;
-- All tables that hold configuration are dumped, with their sequences.
SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = 'sharing'::regnamespace AND relkind IN ('r', 'S') AND oid <> ALL ((SELECT extconfig FROM pg_extension WHERE extname = 'pg_sharing')::oid[]) ORDER BY 1;
-- And bump the generation, under every session_replication_role.
SELECT c.oid::regclass, count(*) FILTER (WHERE tgenabled = 'A') FROM pg_class c LEFT JOIN pg_trigger t ON tgrelid = c.oid AND tgname LIKE 'configuration\_%'
WHERE relnamespace = 'sharing'::regnamespace AND relkind = 'r' GROUP BY 1 HAVING count(*) FILTER (WHERE tgenabled = 'A') <> 2 ORDER BY c.oid::regclass::text COLLATE "C";
SELECT evtname, evtevent, evtenabled, evttags FROM pg_event_trigger WHERE evtname LIKE 'sharing%' ORDER BY evtname;
