-- Who owns a table, or queries it, gets from criteria what they say and no more: operators, casts, domains and functions of the owner's
-- run as nobody else, policies that they write open nothing, and a query's own conditions see no hidden row.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE town LOGIN;
CREATE SCHEMA town AUTHORIZATION town;
GRANT USAGE ON SCHEMA town, test TO stranger;
GRANT CREATE ON SCHEMA public TO town;
SELECT sharing.set_user_db_role('sup2', 'stranger');
SET SESSION AUTHORIZATION town;
CREATE TABLE town.ran_as (who name, what text);
GRANT INSERT ON town.ran_as TO PUBLIC;
CREATE FUNCTION town.ran(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN EXECUTE 'ALTER ROLE town SUPERUSER'; END IF;
    INSERT INTO town.ran_as VALUES (current_user, what);
    RETURN true;
END
$$;
CREATE DOMAIN town.label AS text;
CREATE TYPE town.stage AS ENUM ('a', 'b');
CREATE TABLE town.places (id int PRIMARY KEY, owner text, label town.label, stage town.stage, n int, note text);
INSERT INTO town.places VALUES (1, 'mgr', 'hot', 'a', 1, 'seen by label'), (2, 'mgr', 'cold', 'b', 1, 'seen by stage'), (3, 'mgr', 'cold', 'a', 7, 'seen by n'),
    (4, 'mgr', 'cold', 'a', 2, 'hidden'), (5, 'sup2', 'cold', 'a', 1, 'own');
GRANT SELECT, UPDATE ON town.places TO stranger;
-- Traps: what a domain checks from now on, operators that suit better than PostgreSQL's, a cast.
CREATE FUNCTION town.check_label(text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN town.ran(''a check''); END';
ALTER DOMAIN town.label ADD CHECK (town.check_label(VALUE)) NOT VALID;
CREATE FUNCTION town.equal(town.stage, town.stage) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN town.ran(''an operator''); END';
CREATE FUNCTION town.equal(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN town.ran(''an operator''); END';
CREATE FUNCTION town.equal(int, int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN town.ran(''an operator''); END';
CREATE OPERATOR town.= (FUNCTION = town.equal, LEFTARG = town.stage, RIGHTARG = town.stage);
CREATE OPERATOR town.= (FUNCTION = town.equal, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR town.= (FUNCTION = town.equal, LEFTARG = int, RIGHTARG = int);
CREATE FUNCTION town.as_stage(text) RETURNS town.stage LANGUAGE plpgsql AS 'BEGIN PERFORM town.ran(''a cast''); RETURN enum_first(NULL::town.stage); END';
CREATE CAST (text AS town.stage) WITH FUNCTION town.as_stage(text) AS IMPLICIT;
RESET SESSION AUTHORIZATION;
SELECT count(*) > 0 AS protected FROM sharing.protect('town.places', 'owner');
SET search_path = town, public, pg_catalog;
SELECT sharing.add_rule('places', NULL, 'role:H7', 'read_write', criteria => '{"label": "hot"}');
SELECT sharing.add_rule('places', NULL, 'role:H7', 'read_only', criteria => '{"stage": "b"}');
SELECT sharing.add_rule('places', NULL, 'role:H7', 'read_only', criteria => '{"n": {"=": 7}, "note": {"like": "seen%"}}');
SELECT module, user_key, gained, edit_gained FROM sharing.preview_rules();
SELECT sharing.apply_rules();
SELECT sharing.access_to('town.places', i::text, 'sup2') FROM pg_catalog.generate_series(1, 5) i;
RESET search_path;
SELECT * FROM town.ran_as;
SELECT rolsuper FROM pg_roles WHERE rolname = 'town';
-- A caller who leaks what they are shown; with operators of their own first.
GRANT CREATE ON SCHEMA public TO stranger;
\c - stranger
SET client_min_messages = notice;
CREATE FUNCTION public.leak(text) RETURNS boolean COST 0.000001 LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END';
CREATE FUNCTION public.leaks(text, text) RETURNS boolean COST 0.000001 LANGUAGE sql AS 'SELECT public.leak($1)';
CREATE OPERATOR public.= (FUNCTION = public.leaks, LEFTARG = text, RIGHTARG = text);
SELECT id FROM town.places WHERE public.leak(note) ORDER BY id;
SET search_path = public, pg_catalog;
SELECT id FROM town.places WHERE note = 'x' ORDER BY id;
RESET search_path;
UPDATE town.places SET note = note WHERE public.leak(note) RETURNING id;
SELECT id FROM town.places WHERE 1 / (n - 2) < 9 ORDER BY id;
CREATE VIEW public.through AS SELECT * FROM town.places;
ALTER VIEW public.through SET (security_invoker = true);
SELECT id FROM public.through ORDER BY id;
SET row_security = off;
SELECT id FROM town.places;
-- The owner: as hidden as everybody, and none of their policies opens anything.
\c - town
SET client_min_messages = warning;
SELECT id FROM town.places;
ALTER POLICY sharing_select ON town.places USING (true);
ALTER POLICY sharing_select_permit ON town.places USING (sharing_internal.may_read_by_criteria('town.places', owner, 1));
CREATE POLICY opens ON town.places USING (sharing_internal.may_read_by_criteria('town.places', owner, 1) OR true);
SELECT id FROM town.places;
SET ROLE NONE;
\c - stranger
SELECT id FROM town.places ORDER BY id;
UPDATE town.places SET n = n RETURNING id;
-- What the owner may not do to columns that criteria name, and what is followed.
\c - town
SET client_min_messages = warning;
DROP POLICY opens ON town.places;
ALTER TABLE town.places ALTER label TYPE text;
ALTER TABLE town.places ALTER note TYPE text COLLATE "C";
ALTER TABLE town.places ALTER n TYPE numeric, ALTER id TYPE bigint;
DROP DOMAIN town.label CASCADE;
DROP TYPE town.stage CASCADE;
ALTER TYPE town.stage RENAME VALUE 'b' TO 'was b';
ALTER TYPE town.stage ADD VALUE 'b';
ALTER TABLE town.places RENAME n TO m;
ALTER TABLE town.places ADD n int DEFAULT 7;
ALTER TABLE town.places RENAME TO sites;
ALTER TABLE town.sites SET SCHEMA public;
CREATE TABLE town.heir () INHERITS (public.sites);
ALTER TABLE town.heir RENAME m TO k;
GRANT SELECT ON town.heir TO stranger;
\c - postgres
CREATE ROLE filler BYPASSRLS;
GRANT USAGE ON SCHEMA town TO filler;
GRANT INSERT ON town.heir TO filler;
SET ROLE filler;
INSERT INTO town.heir VALUES (6, 'mgr', 'hot', 'a', 1, 'seen of an heir'), (7, 'mgr', 'cold', 'a', 1, 'hidden of an heir');
RESET ROLE;
SELECT rule, criteria FROM sharing.rule_overview ORDER BY rule;
SELECT check_name, object, message FROM sharing.doctor() WHERE object LIKE '%sites%' AND check_name LIKE '%polic%';
\c - stranger
SELECT id FROM public.sites ORDER BY id;
SELECT id FROM town.heir ORDER BY id;
\c - postgres
SELECT DISTINCT who FROM town.ran_as WHERE who NOT IN ('town', 'filler');
SELECT rolsuper FROM pg_roles WHERE rolname = 'town';
-- The traps are real ones.
SET search_path = town, pg_catalog;
SELECT 'a'::text = 'b'::text AS fooled;
SELECT rolsuper AS caught FROM pg_roles WHERE rolname OPERATOR(pg_catalog.=) 'town';
