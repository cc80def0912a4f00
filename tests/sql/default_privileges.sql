-- Default privileges that were set before the install give nobody anything.
DROP EXTENSION pg_sharing;
CREATE ROLE greedy LOGIN;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO greedy, PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO greedy, PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO greedy;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TYPES TO greedy;
ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO greedy, PUBLIC;
CREATE EXTENSION pg_sharing;
SELECT c.oid::regclass FROM pg_class c, aclexplode(relacl) WHERE relnamespace = 'sharing'::regnamespace AND grantee <> relowner ORDER BY 1;
SELECT nspname, nspacl FROM pg_namespace WHERE nspname IN ('sharing', 'sharing_internal');
SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace IN ('sharing'::regnamespace, 'sharing_internal'::regnamespace) AND EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 'greedy'::regrole);
SELECT proname FROM pg_proc WHERE pronamespace IN ('sharing'::regnamespace, 'sharing_internal'::regnamespace) AND NOT has_function_privilege('public', oid, 'EXECUTE') ORDER BY proname;
\c - greedy
SELECT * FROM sharing.users;
INSERT INTO sharing.trusted_roles VALUES ('greedy');
CREATE TABLE sharing.mine ();
