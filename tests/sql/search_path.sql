-- A search path, temporary tables, functions, types, operators and casts of the attacker reach none of ours.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
GRANT CREATE ON DATABASE :"DBNAME" TO app;
\c - app
CREATE SCHEMA evil;
GRANT ALL ON SCHEMA evil TO PUBLIC;
CREATE FUNCTION evil.shout() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'evil code runs as %', current_user; RETURN true; END$$;
CREATE FUNCTION evil.same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT evil.shout()';
CREATE FUNCTION evil.same(oid, oid) RETURNS boolean LANGUAGE sql AS 'SELECT evil.shout()';
CREATE FUNCTION evil.same(integer, integer) RETURNS boolean LANGUAGE sql AS 'SELECT evil.shout()';
CREATE FUNCTION evil.same(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT evil.shout()';
CREATE FUNCTION evil.same(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT evil.shout()';
CREATE FUNCTION evil.same("char", "char") RETURNS boolean LANGUAGE sql AS 'SELECT evil.shout()';
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.same);
CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil.same);
CREATE OPERATOR evil.= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = evil.same);
CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.same);
CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = text, FUNCTION = evil.same);
CREATE OPERATOR evil.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.same);
CREATE OPERATOR evil.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.same);
CREATE FUNCTION evil.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM evil.shout(); RETURN ''; END$$;
CREATE FUNCTION evil.quote_ident(name) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM evil.shout(); RETURN ''; END$$;
CREATE FUNCTION evil.count(text) RETURNS bigint LANGUAGE plpgsql AS $$BEGIN PERFORM evil.shout(); RETURN 0; END$$;
CREATE FUNCTION evil.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$BEGIN PERFORM evil.shout(); END$$;
CREATE DOMAIN evil.text AS pg_catalog.varchar(1);
CREATE DOMAIN evil.int4 AS pg_catalog.int4 CHECK (evil.shout());
CREATE TABLE evil.pg_class (oid oid, relname name);
CREATE TABLE evil.pg_roles (oid oid, rolname name);
CREATE TABLE evil.users (id integer, key pg_catalog.text);
SET search_path = evil, pg_catalog, public, sharing;
SET sharing.user_key = 'mgr';
SELECT id FROM public.leads;
UPDATE public.leads SET title = 'x' RETURNING id;
UPDATE public.leads SET owner = 'rep1' WHERE leads.id OPERATOR(pg_catalog.=) 2 RETURNING id, owner;
INSERT INTO public.leads VALUES (50, 'mgr') RETURNING id;
SELECT sharing.current_user_key(), sharing.current_user_name();
SELECT sharing.transfer('public.leads', '{1}', 'user:ceo');
SELECT sharing.transfer('public.leads', '{9}', 'user:ceo');
SELECT sharing.create_user('x', 'x');
-- An administrator whose search path is not his own.
SET sharing.user_key = 'adm';
SELECT sharing.create_office('o'), sharing.create_role('r', 'H5'), sharing.create_user('x', 'x', 'r', 'o'), sharing.create_group('x', 'x', 'o'), sharing.add_member('x', 'user:x'), sharing.add_member('x', 'role:r'),
    sharing.set_user_db_role('x', 'stranger'), sharing.move_role('r', 'H4'), sharing.grant_right('x', 'administrator');
SELECT sharing.add_rule('leads', 'group:x', 'role:r', 'read_only'), sharing.set_global_access('leads', 'public_read_only');
SELECT * FROM sharing.pending_changes();
SELECT module, user_key, gained, lost FROM sharing.preview_rules() ORDER BY user_key LIMIT 2;
SELECT sharing.apply_rules(), sharing.discard_changes(), sharing.drop_role('r', 'H5');
-- Temporary things come first in nobody's path.
CREATE TEMP TABLE users (id integer, key text);
CREATE TEMP TABLE pg_policy (oid oid);
CREATE TEMP TABLE generation (stamp uuid);
SET search_path = pg_temp, evil, pg_catalog;
SET sharing.user_key = 'rep2';
SELECT id FROM public.leads ORDER BY leads.id LIMIT 1;
-- A superuser who protects a table, in the attacker's path.
\c - postgres
SET search_path = evil, pg_catalog, public;
CREATE TABLE public.things (id integer PRIMARY KEY, owner text);
SELECT pg_catalog.count(*) FROM sharing.protect('public.things', 'owner');
CREATE TABLE public.more_things () INHERITS (public.things);
SELECT sharing.trust('stranger'), sharing.untrust('stranger'), sharing.grant_admin('stranger'), sharing.revoke_admin('stranger');
DROP TABLE public.more_things;
SELECT pg_catalog.count(*) FROM sharing.unprotect('public.things');
