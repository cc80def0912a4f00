-- A statement goes by the configuration that its snapshot sees, however it changed: rolled back, in a savepoint,
-- by hand, in replica mode, with triggers off in between.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.grant_admin('app') \g /dev/null
\c - app
SET sharing.user_key = 'rep1';
SELECT test.sees();
BEGIN;
SELECT sharing.set_user_role('rep1', 'H3');
SELECT test.sees();
SAVEPOINT s;
SELECT sharing.set_user_role('rep1', NULL);
SELECT test.sees();
ROLLBACK TO s;
SELECT test.sees();
ROLLBACK;
SELECT test.sees();
DO $$
BEGIN
    PERFORM sharing.set_user_role('rep1', 'H2');
    RAISE NOTICE '%', test.sees();
    PERFORM 1 / 0;
EXCEPTION WHEN division_by_zero THEN
    RAISE NOTICE '%', test.sees();
END
$$;
SELECT test.sees();
-- Within REPEATABLE READ the transaction's own changes count, others are not there.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT test.sees();
SELECT sharing.set_user_role('rep1', 'H3');
SELECT test.sees();
COMMIT;
SELECT test.sees();
SELECT sharing.set_user_role('rep1', 'H5');
-- Tables of the extension changed by hand, by a superuser, in each way.
\c - postgres
CREATE TABLE test.log (n serial, how text, sees text);
CREATE PROCEDURE test.look(how text) LANGUAGE plpgsql AS $$
DECLARE
    seen text;
BEGIN
    SET LOCAL SESSION AUTHORIZATION app;
    SET LOCAL sharing.user_key = 'rep1';
    seen := test.sees();
    RESET SESSION AUTHORIZATION;
    INSERT INTO test.log (how, sees) VALUES (how, seen);
END
$$;
CALL test.look('before');
UPDATE sharing.users SET role_id = (SELECT id FROM sharing.roles WHERE name = 'H3') WHERE key = 'rep1';
CALL test.look('updated');
SET session_replication_role = replica;
UPDATE sharing.users SET role_id = (SELECT id FROM sharing.roles WHERE name = 'H5') WHERE key = 'rep1';
RESET session_replication_role;
CALL test.look('updated as a replica');
DELETE FROM sharing.trusted_roles;
CALL test.look('not trusted');
INSERT INTO sharing.trusted_roles VALUES ('app');
CALL test.look('trusted');
TRUNCATE sharing.user_rights, sharing.trusted_roles;
CALL test.look('truncated');
INSERT INTO sharing.trusted_roles VALUES ('app');
ALTER TABLE sharing.users DISABLE TRIGGER ALL;
UPDATE sharing.users SET role_id = (SELECT id FROM sharing.roles WHERE name = 'H4') WHERE key = 'rep1';
ALTER TABLE sharing.users ENABLE TRIGGER ALL;
ALTER TABLE sharing.users ENABLE ALWAYS TRIGGER configuration_changed, ENABLE ALWAYS TRIGGER configuration_truncated;
CALL test.look('updated with triggers off, and on again');
SELECT how, sees FROM test.log ORDER BY n;
