-- Attack: DDL of pg_sharing fires the application's event triggers. Theirs is the code of a superuser, but it names tables as if it were at
-- home, or its function belongs to somebody else: where it ran as the extension's owner, whoever adds a partition would be superuser.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
CREATE TABLE public.ddl_log (tag text, db_role name);
GRANT INSERT ON public.ddl_log TO PUBLIC;
CREATE FUNCTION public.log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass('ddl_log') IS NOT NULL THEN
        INSERT INTO ddl_log VALUES (tg_tag, current_user);
    END IF;
END
$$;
-- A superuser's table has a relation to town's.
ALTER TABLE town.visits OWNER TO postgres;
ALTER TABLE town.notes OWNER TO postgres;
CREATE TABLE public.sites (id integer PRIMARY KEY, owner integer);
CREATE ROLE deputy LOGIN;
GRANT USAGE ON SCHEMA town TO deputy;
SELECT sharing.grant_admin('deputy') \g /dev/null
CREATE TABLE public.regions (id integer PRIMARY KEY, owner integer) PARTITION BY RANGE (id);
CREATE TABLE public.region PARTITION OF public.regions FOR VALUES FROM (0) TO (10);
CREATE EVENT TRIGGER log_ddl ON ddl_command_end EXECUTE FUNCTION public.log_ddl();
-- A table of the same name in a schema that comes before all others, with code.
\c - town
SET client_min_messages = error;
CREATE FUNCTION town.row_attacks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM town.attack();
    RETURN NEW;
END
$$;
CREATE TEMP TABLE ddl_log (tag text, db_role name);
CREATE TRIGGER attacks BEFORE INSERT ON ddl_log FOR EACH ROW EXECUTE FUNCTION town.row_attacks();
CREATE TABLE town.further PARTITION OF town.places FOR VALUES FROM (40) TO (50);
ALTER TABLE town.places DETACH PARTITION town.further;
ALTER TABLE town.places ATTACH PARTITION town.further FOR VALUES FROM (40) TO (50);
DROP TABLE town.places CASCADE;
SELECT DISTINCT db_role FROM pg_temp.ddl_log;
TABLE town_is_superuser;
-- Somebody who administers record sharing and is no superuser does the same with a table of a superuser's, as town's accomplice.
\c - deputy
SET client_min_messages = error;
CREATE TEMP TABLE ddl_log (tag text, db_role name);
CREATE FUNCTION pg_temp.row_attacks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE 'ALTER ROLE town SUPERUSER';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER attacks BEFORE INSERT ON ddl_log FOR EACH ROW EXECUTE FUNCTION pg_temp.row_attacks();
SELECT count(*) > 0 AS done FROM sharing.protect('public.sites', 'owner', default_owner => true);
SELECT sharing.relate('public.sites', 'owner', 'town.visits') \g /dev/null
SELECT sharing.unrelate('public.sites', 'owner', 'town.visits') \g /dev/null
SELECT polname, polcmd, polpermissive, pg_get_expr(polqual, polrelid) AS using, pg_get_expr(polwithcheck, polrelid) AS check FROM pg_policy WHERE polrelid = 'public.sites'::regclass ORDER BY polname;
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'public.sites'::regclass ORDER BY tgname;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'public.sites'::regclass;
SELECT count(*) > 0 AS done FROM sharing.unprotect('public.sites');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'public.sites'::regclass;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'public.sites'::regclass;
SELECT count(*) > 0 AS done FROM sharing.protect('public.regions', 'owner', default_owner => true);
SELECT t.tgrelid::regclass, t.tgname, t.tgenabled FROM pg_trigger t WHERE t.tgrelid IN ('public.regions'::regclass, 'public.region'::regclass) ORDER BY 1, 2;
SELECT sharing.grant_admin('town') \g /dev/null
SELECT has_table_privilege('town', 'sharing.users', 'SELECT');
SELECT sharing.revoke_admin('town') \g /dev/null
SELECT has_table_privilege('town', 'sharing.users', 'SELECT');
SELECT DISTINCT db_role FROM pg_temp.ddl_log;
TABLE town_is_superuser;
\c - postgres
SET client_min_messages = error;
ALTER ROLE town NOSUPERUSER;
DROP EVENT TRIGGER log_ddl;
ALTER TABLE town.visits OWNER TO town;
ALTER TABLE town.notes OWNER TO town;
-- A superuser gave an event trigger a function of town's. That he may run as whoever runs DDL is PostgreSQL's rule; protect() and its kin
-- are not among these.
SET ROLE town;
CREATE FUNCTION town.ddl_attacks() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF tg_tag IN ('CREATE POLICY', 'ALTER POLICY', 'DROP POLICY', 'CREATE TRIGGER', 'ALTER TABLE') THEN
        PERFORM town.attack();
    END IF;
END
$$;
RESET ROLE;
CREATE EVENT TRIGGER ddl_attacks ON ddl_command_end EXECUTE FUNCTION town.ddl_attacks();
CREATE EVENT TRIGGER ddl_starts ON ddl_command_start EXECUTE FUNCTION town.ddl_attacks();
CREATE EVENT TRIGGER drop_attacks ON sql_drop EXECUTE FUNCTION town.ddl_attacks();
SELECT count(*) > 0 AS done FROM sharing.unprotect('town.visits');
SELECT count(*) > 0 AS done FROM sharing.protect('town.visits', 'owner', default_owner => true);
SELECT sharing.relate('town.visits', 'place', 'town.visits', 'kind', 'a', true) \g /dev/null
SELECT sharing.unrelate('town.visits', 'place', 'town.visits') \g /dev/null
SELECT count(*) > 0 AS done FROM sharing.unprotect('town.notes');
SELECT sharing.export_config() AS before \gset
SELECT count(*) > 0 AS done FROM sharing.unprotect('town.visits');
SELECT count(*) > 0 AS done FROM sharing.import_config(:'before');
TABLE town_is_superuser;
