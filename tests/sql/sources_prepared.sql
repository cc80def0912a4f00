-- A transaction in two phases: what it wrote to a source counts when it is committed, not before; what names nothing fails its first
-- phase; and until the second, others who change the organization wait.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE ROLE app LOGIN;
CREATE TABLE users (id integer PRIMARY KEY, name text, role text, last_login integer);
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO app;
SELECT sharing.create_role('Rep') \g /dev/null
INSERT INTO users VALUES (1, 'ann', 'Rep');
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name', role => 'role');
\c - app
BEGIN;
INSERT INTO users VALUES (2, 'bob', 'Clerk');
PREPARE TRANSACTION 'regress_sources_1';
BEGIN;
INSERT INTO users VALUES (2, 'bob', 'Clerk');
UPDATE users SET role = 'Rep' WHERE id = 2;
PREPARE TRANSACTION 'regress_sources_2';
SET lock_timeout = '100ms';
\set VERBOSITY terse
UPDATE users SET name = 'Ann' WHERE id = 1;
UPDATE users SET last_login = 1 WHERE id = 1;
\c - postgres
SELECT key, name, role FROM test.people();
\c - app
COMMIT PREPARED 'regress_sources_2';
UPDATE users SET name = 'Ann' WHERE id = 1;
BEGIN;
DELETE FROM users;
PREPARE TRANSACTION 'regress_sources_3';
ROLLBACK PREPARED 'regress_sources_3';
\c - postgres
SELECT key, name, role, active FROM test.people();
SELECT count(*) FROM sharing.source_gaps;
