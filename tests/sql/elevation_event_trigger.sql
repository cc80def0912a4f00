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
CREATE TABLE town.heir () INHERITS (town.visits);
ALTER TABLE town.places DETACH PARTITION town.further;
ALTER TABLE town.places ATTACH PARTITION town.further FOR VALUES FROM (40) TO (50);
DROP TABLE town.places CASCADE;
SELECT DISTINCT db_role FROM pg_temp.ddl_log;
TABLE town_is_superuser;
\c - postgres
SET client_min_messages = error;
ALTER ROLE town NOSUPERUSER;
DROP EVENT TRIGGER log_ddl;
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
SELECT sharing.export_config() AS before \gset
SELECT count(*) > 0 AS done FROM sharing.unprotect('town.visits');
SELECT count(*) > 0 AS done FROM sharing.import_config(:'before');
TABLE town_is_superuser;
