-- Attack: somebody owns a partition of a superuser's table, and partitions it by an expression. A trigger is made on it with the rights of
-- the table's owner, by somebody who administers record sharing and is no superuser.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
CREATE ROLE deputy LOGIN;
SELECT sharing.grant_admin('deputy') \g /dev/null
GRANT USAGE ON SCHEMA town TO deputy;
CREATE TABLE public.days (id integer, owner integer) PARTITION BY RANGE (id);
SET ROLE town;
CREATE TABLE town.day (id integer, owner integer) PARTITION BY LIST ((id + town.attacks(1)));
CREATE TABLE town.hour PARTITION OF town.day FOR VALUES IN (1, 2, 3);
RESET ROLE;
-- A superuser attaches it, with code that does nothing yet.
ALTER TABLE town.day OWNER TO postgres;
CREATE OR REPLACE FUNCTION town.attack() RETURNS void LANGUAGE sql AS '';
ALTER TABLE public.days ATTACH PARTITION town.day FOR VALUES FROM (0) TO (10);
ALTER TABLE town.day OWNER TO town;
SET ROLE town;
DROP FUNCTION town.attack;
CREATE FUNCTION town.attack() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE 'ALTER ROLE town SUPERUSER';
    END IF;
END
$$;
\c - deputy
\set VERBOSITY default
SELECT sharing.protect('public.days', 'owner');
SELECT count(*) > 0 AS done FROM sharing.protect('public.days', 'owner', dry_run => true);
TABLE town_is_superuser;
-- With one owner.
\c - postgres
ALTER TABLE town.day OWNER TO postgres;
CREATE OR REPLACE FUNCTION town.attack() RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
\c - deputy
SELECT count(*) > 0 AS done FROM sharing.protect('public.days', 'owner');
-- Afterwards it is town's again: what is done to the table alone goes on.
\c - postgres
ALTER TABLE town.day OWNER TO town;
SET ROLE town;
CREATE OR REPLACE FUNCTION town.attack() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE 'ALTER ROLE town SUPERUSER';
    END IF;
END
$$;
\c - deputy
SET client_min_messages = error;
SELECT error_of('SELECT sharing.rewrite_policies()');
\c - town
CREATE TABLE town.minute PARTITION OF town.day FOR VALUES IN (4) PARTITION BY LIST ((id + town.attacks(1)));
\c - deputy
SELECT count(*) > 0 AS done FROM sharing.unprotect('public.days');
TABLE town_is_superuser;
