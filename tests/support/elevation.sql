\set ECHO none
-- For attacks on what the extension does as its owner, who is a superuser: offices.sql, and tables of a role that wants to be one, too.
--   town   owns the tables plain, parted (by id, with four partitions) and other in its schema
--   dba    may protect tables
-- Code of town's that ran as a superuser made town a superuser: town.trap(), which town hangs wherever it can.
\set QUIET on
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
\set ECHO none
\set QUIET on
CREATE ROLE town LOGIN;
CREATE ROLE dba LOGIN;
SELECT sharing.grant_admin('dba') \g /dev/null
CREATE SCHEMA town AUTHORIZATION town;
SET ROLE town;
GRANT USAGE ON SCHEMA town TO PUBLIC;
CREATE DOMAIN town.key AS integer;
CREATE DOMAIN town.person AS text;
CREATE TABLE town.plain (id town.key PRIMARY KEY, owner town.person, title text);
CREATE TABLE town.parted (id town.key PRIMARY KEY, owner town.person, title text) PARTITION BY RANGE (id);
CREATE TABLE town.parted_0 PARTITION OF town.parted FOR VALUES FROM (-10) TO (1);
CREATE TABLE town.parted_1 PARTITION OF town.parted FOR VALUES FROM (1) TO (10);
CREATE TABLE town.parted_2 PARTITION OF town.parted FOR VALUES FROM (10) TO (20);
CREATE TABLE town.parted_3 PARTITION OF town.parted FOR VALUES FROM (20) TO (30);
CREATE TABLE town.other (id town.key PRIMARY KEY, owner town.person, plain town.key REFERENCES town.plain, title text);
INSERT INTO town.plain SELECT n, CASE WHEN n = 3 THEN 'liz' ELSE 'ann' END FROM pg_catalog.generate_series(1, 5) n;
INSERT INTO town.parted SELECT n, 'ann' FROM pg_catalog.unnest('{-1,1,2,11,12,21,22}'::int[]) n;
INSERT INTO town.other VALUES (1, 'ann', 1);
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA town TO PUBLIC;
CREATE FUNCTION town.spring() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE 'ALTER ROLE town SUPERUSER';
    END IF;
    RETURN 1;
END
$$;
-- PostgreSQL calls it while it plans, where the argument is a constant.
CREATE FUNCTION town.trap(argument integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM town.spring(); RETURN 1; END';
CREATE FUNCTION town.trap(argument text) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM town.spring(); RETURN 1; END';
CREATE FUNCTION town.trap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM town.spring(); RETURN coalesce(NEW, OLD); END';
RESET ROLE;
SELECT sharing.protect('town.plain', 'owner'), sharing.protect('town.parted', 'owner') \g /dev/null
SET SESSION AUTHORIZATION app;
SELECT test.link('ann', 'liz') \g /dev/null
RESET SESSION AUTHORIZATION;
\set QUIET off
\set QUIET on
\set ECHO all
