\set ECHO none
-- For tests to include: the owner of protected tables wants to become superuser. Code of his that runs as
-- somebody who may do so makes him one.
--   town owns places, a partitioned table whose key and owner have domains for types, and notes, which
--   places control; app asks on behalf of users: 1 administers, 2 owns records and shares them with 3, whose
--   office is another. Offices close what their people own; the last record is of somebody without one.
-- A test hangs the code somewhere and then includes attack_calls.sql.
\set QUIET on
CREATE ROLE app LOGIN;
CREATE ROLE town LOGIN;
CREATE SCHEMA town AUTHORIZATION town;
GRANT USAGE ON SCHEMA town TO app;
SELECT sharing.create_office('East'), sharing.create_office('West') \g /dev/null
SELECT sharing.create_user('1', 'adam'), sharing.create_user('2', 'ben', NULL, 'East'), sharing.create_user('3', 'cleo', NULL, 'West') \g /dev/null
SELECT sharing.grant_right('1', 'administrator'), sharing.trust('app') \g /dev/null
SELECT sharing.enable_record_sharing(key) FROM unnest('{2,3}'::text[]) key \g /dev/null
INSERT INTO sharing.links (from_user_id, to_user_id, status)
SELECT f.id, t.id, 'active' FROM sharing.users f, sharing.users t WHERE (f.key, t.key) = ('2', '3');

SET ROLE town;
CREATE FUNCTION town.attack() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE 'ALTER ROLE town SUPERUSER';
    END IF;
END
$$;
-- For places where only what never changes may stand.
CREATE FUNCTION town.attacks(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    PERFORM town.attack();
    RETURN $1;
END
$$;
CREATE DOMAIN town.key AS integer;
CREATE DOMAIN town.person AS integer;
CREATE TABLE town.places (id town.key PRIMARY KEY, owner town.person, kind text DEFAULT 'a') PARTITION BY RANGE (id);
CREATE TABLE town.near PARTITION OF town.places FOR VALUES FROM (0) TO (10);
CREATE TABLE town.far PARTITION OF town.places FOR VALUES FROM (10) TO (20);
CREATE TABLE town.remote PARTITION OF town.places FOR VALUES FROM (20) TO (30);
CREATE TABLE town.kept PARTITION OF town.places FOR VALUES FROM (30) TO (40);
CREATE TABLE town.notes (id town.key PRIMARY KEY, place town.key);
CREATE TABLE town.visits (id town.key PRIMARY KEY, owner town.person, place town.key, kind text);
INSERT INTO town.places SELECT n, CASE n WHEN 31 THEN 1 ELSE 2 END FROM generate_series(1, 31) n;
INSERT INTO town.notes SELECT n, n FROM generate_series(1, 31) n;
INSERT INTO town.visits SELECT n, 1, n, 'a' FROM generate_series(1, 31) n;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA town TO app;
RESET ROLE;
SELECT sharing.protect('town.places', 'owner') \g /dev/null
SELECT sharing.protect('town.notes', controlled_by => 'town.places', via => 'place') \g /dev/null
SELECT sharing.protect('town.visits', 'owner') \g /dev/null
SET client_min_messages = error;
SELECT sharing.relate('town.visits', 'place', 'town.places', 'kind', 'a', true) \g /dev/null
SELECT sharing.apply_rules() \g /dev/null
-- The error of a statement, as a line: of errors psql would tell where the file is.
CREATE FUNCTION public.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
    RETURN message;
END
$$;
CREATE VIEW public.town_is_superuser AS SELECT rolsuper FROM pg_roles WHERE rolname = 'town';
GRANT SELECT ON public.town_is_superuser TO PUBLIC;
\set attack_calls :tests '/support/attack_calls.sql'
\set QUIET off
\set QUIET on
\set ECHO all
