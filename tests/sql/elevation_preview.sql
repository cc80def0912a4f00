-- preview_rules() counts records without running what the owners of their tables hung on them, and tables
-- of different owners together.
\set VERBOSITY terse
CREATE ROLE app LOGIN;
CREATE ROLE town LOGIN;
CREATE ROLE village LOGIN;
SELECT sharing.create_role('Boss'), sharing.create_user('1', 'adm'), sharing.create_user('2', 'ben', 'Boss'), sharing.grant_right('1', 'administrator'), sharing.trust('app');
CREATE SCHEMA town AUTHORIZATION town;
SET ROLE town;
CREATE TABLE town.t (id int PRIMARY KEY, owner int);
INSERT INTO town.t VALUES (1, 2), (2, 3), (3, 3);
RESET ROLE;
SELECT count(*) > 0 AS protected FROM sharing.protect('town.t', 'owner');

SET SESSION AUTHORIZATION town;
CREATE TABLE town.ran_as (who name);
CREATE FUNCTION town.own() RETURNS int LANGUAGE plpgsql AS $$BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN EXECUTE 'ALTER ROLE town SUPERUSER'; END IF;
    INSERT INTO town.ran_as VALUES (current_user);
    RETURN 1;
END$$;
CREATE FUNCTION town.f(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$BEGIN PERFORM town.own(); RETURN 1; END$$;
CREATE INDEX ON town.t ((id + town.f(1)));
TRUNCATE town.ran_as;
RESET SESSION AUTHORIZATION;

\c - app
SET sharing.user_key = '1';
SELECT sharing.set_global_access('t', 'public_read_only');
SELECT * FROM sharing.preview_rules();
\c - postgres
SELECT rolsuper FROM pg_roles WHERE rolname = 'town';
SELECT count(*) FROM town.ran_as;
-- The trap is live: a query of the table runs it while it is planned.
SET SESSION AUTHORIZATION town;
SELECT count(*) FROM town.t WHERE id + town.f(1) = 2;
RESET SESSION AUTHORIZATION;
SELECT DISTINCT who FROM town.ran_as;

-- Children in a table of another owner.
CREATE SCHEMA village AUTHORIZATION village;
SET ROLE village;
CREATE TABLE village.v (id int PRIMARY KEY, t int, owner int);
RESET ROLE;
SELECT count(*) > 0 AS protected FROM sharing.protect('village.v', 'owner');
INSERT INTO village.v VALUES (10, 1, 9), (11, 2, 9), (12, 2, NULL);
SELECT sharing.relate('village.v', 't', 'town.t');
SELECT sharing.add_rule('t', 'role:Boss', 'role:Boss', 'read_only') > 0 AS added;
\c - app
SET sharing.user_key = '1';
SELECT * FROM sharing.preview_rules();
\c - postgres
DROP SCHEMA town, village CASCADE;
