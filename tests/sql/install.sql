-- A squatted schema fails the install, so does an ordinary role; the extension does not move; dropping it leaves tables closed.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE own_policy (id integer, owner text);
INSERT INTO own_policy VALUES (1, 'rep1'), (2, 'ceo');
GRANT ALL ON own_policy TO app;
CREATE POLICY own ON own_policy USING (id < 2);
SELECT count(*) FROM sharing.protect('own_policy', 'owner');
CREATE TABLE parts (id integer, owner text) PARTITION BY LIST (id);
CREATE TABLE parts_1 PARTITION OF parts DEFAULT;
INSERT INTO parts VALUES (1, 'rep1');
GRANT ALL ON parts, parts_1 TO app;
SELECT count(*) FROM sharing.protect('parts', 'owner');
ALTER EXTENSION pg_sharing SET SCHEMA public;
DROP FUNCTION sharing_internal.may_read(regclass, "any");
DROP FUNCTION sharing_internal.may_create(regclass, "any") CASCADE;
DROP SCHEMA sharing CASCADE;
-- Refused while policies use it.
\set VERBOSITY sqlstate
DROP EXTENSION pg_sharing;
\set VERBOSITY default
SET client_min_messages = warning;
DROP EXTENSION pg_sharing CASCADE;
RESET client_min_messages;
SELECT relname, relrowsecurity, relforcerowsecurity, (SELECT string_agg(polname, ' ') FROM pg_policy WHERE polrelid = c.oid) AS policies,
    (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid) AS triggers
FROM pg_class c WHERE relname IN ('leads', 'own_policy', 'parts', 'parts_1') ORDER BY 1;
\c - app
SET sharing.user_key = 'ceo';
SELECT (SELECT count(*) FROM leads), (SELECT count(*) FROM parts), (SELECT count(*) FROM parts_1), (SELECT count(*) FROM own_policy);
INSERT INTO leads VALUES (100, 'ceo');
\c - crm
SELECT count(*) FROM leads;
-- Unprotected DDL goes on.
CREATE TABLE later (id integer);
DROP TABLE later;
-- Only a superuser installs it.
\c - postgres
SELECT current_database() AS db \gset
GRANT CREATE ON DATABASE :"db" TO stranger;
\c - stranger
\set VERBOSITY terse
CREATE EXTENSION pg_sharing;
-- An attacker was there before.
CREATE SCHEMA sharing;
CREATE TABLE sharing.users (id integer);
\c - postgres
CREATE EXTENSION pg_sharing;
DROP SCHEMA sharing CASCADE;
CREATE EXTENSION pg_sharing SCHEMA public;
CREATE EXTENSION pg_sharing;
SELECT nspname, nspowner::regrole FROM pg_namespace WHERE nspname LIKE 'sharing%';
-- It starts anew: nothing is protected, and the closed tables can be protected again.
SELECT count(*) FROM sharing.protect('leads', 'owner');
SELECT count(*) FROM sharing.users;
-- A hostile search path at install.
SET client_min_messages = warning;
DROP EXTENSION pg_sharing CASCADE;
RESET client_min_messages;
CREATE SCHEMA evil;
CREATE FUNCTION evil.gen_random_uuid() RETURNS uuid LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'evil was called'; END$$;
CREATE FUNCTION evil.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'evil was called'; END$$;
CREATE FUNCTION evil.same(name, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'evil was called'; END$$;
CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = text, FUNCTION = evil.same);
SET search_path = evil, pg_catalog, public;
CREATE EXTENSION pg_sharing;
SELECT count(*) FROM sharing.generation;
