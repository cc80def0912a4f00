-- preview_rules() reads the application's tables as their owner, in a security-restricted operation: code
-- that the owner hung on a table does not get the rights of the extension's owner.
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
-- The trap is live: it ran, as the table's owner.
SELECT DISTINCT who FROM town.ran_as;

-- Tables of different owners are not read together: one's code would read the other's rows.
CREATE SCHEMA village AUTHORIZATION village;
SET ROLE village;
CREATE TABLE village.v (id int PRIMARY KEY, t int, owner int);
RESET ROLE;
SELECT count(*) > 0 AS protected FROM sharing.protect('village.v', 'owner');
SELECT sharing.relate('village.v', 't', 'town.t');
SELECT sharing.add_rule('t', 'role:Boss', 'role:Boss', 'read_only') > 0 AS added;
\c - app
SET sharing.user_key = '1';
SELECT * FROM sharing.preview_rules();
\c - postgres
DROP SCHEMA town, village CASCADE;
