-- Attack: code that DDL runs as the owner of a table leaves settings behind: a search path by which the statements that follow under
-- elevation find the owner's operators, or that the session of whoever called is left with.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
CREATE SCHEMA traps AUTHORIZATION town;
GRANT USAGE ON SCHEMA traps TO PUBLIC;
SET ROLE town;
CREATE FUNCTION traps.attack() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS 'BEGIN PERFORM town.attack(); END';
-- Operators for everything that statements compare.
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT o.oprname, o.oprcode::regproc AS code, format_type(o.oprleft, NULL) AS l, format_type(o.oprright, NULL) AS r, format_type(o.oprresult, NULL) AS result, format('f%s', o.oid) AS name
        FROM pg_operator o
        WHERE o.oprkind = 'b' AND o.oprname IN ('=', '<>', '<', '>', '||', '@>', '&', '->', '->>') AND o.oprnamespace = 'pg_catalog'::regnamespace
            AND o.oprleft IN ('oid'::regtype, 'int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'text'::regtype, 'name'::regtype, '"char"'::regtype, 'bool'::regtype, 'regclass'::regtype, 'jsonb'::regtype)
            AND o.oprright NOT IN (SELECT oid FROM pg_type WHERE typtype = 'p')
    LOOP
        EXECUTE format('CREATE FUNCTION traps.%I(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', one.name, one.l, one.r, one.result,
            format('BEGIN PERFORM traps.attack(); RETURN $1 OPERATOR(pg_catalog.%s) $2; END', one.oprname));
        EXECUTE format('CREATE OPERATOR traps.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = traps.%I)', one.oprname, one.l, one.r, one.name);
    END LOOP;
END$$;
CREATE FUNCTION town.sets(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'traps, pg_catalog', false), pg_catalog.set_config('row_security', 'off', false), pg_catalog.set_config('quote_all_identifiers', 'on', false);
    RETURN $1;
END$$;
CREATE TABLE town.days (id integer, owner integer) PARTITION BY RANGE ((id + town.sets(1)));
CREATE TABLE town.day PARTITION OF town.days FOR VALUES FROM (0) TO (10) PARTITION BY LIST ((id + town.sets(1)));
CREATE TABLE town.hours PARTITION OF town.day FOR VALUES IN (1, 2, 3);
CREATE TABLE town.minutes PARTITION OF town.day FOR VALUES IN (4, 5);
\c - postgres
SET client_min_messages = error;
SELECT count(*) > 0 AS done FROM sharing.protect('town.days', 'owner', default_owner => true);
SHOW search_path;
TABLE public.town_is_superuser;
\c - postgres
SELECT count(*) > 0 AS done FROM sharing.unprotect('town.days');
SHOW search_path;
TABLE public.town_is_superuser;
\c - postgres
SELECT count(*) > 0 AS done FROM sharing.protect('town.days', 'owner');
\c - town
SET client_min_messages = error;
CREATE TABLE town.later PARTITION OF town.days FOR VALUES FROM (10) TO (20) PARTITION BY LIST ((id + town.sets(1)));
TABLE public.town_is_superuser;
CREATE TABLE town.latest PARTITION OF town.later FOR VALUES IN (15);
\c - town
ALTER TABLE town.days DETACH PARTITION town.later;
\c - town
ALTER TABLE town.days ATTACH PARTITION town.later FOR VALUES FROM (10) TO (20);
DROP POLICY sharing_select ON town.days;
DROP TABLE town.later;
TABLE public.town_is_superuser;
