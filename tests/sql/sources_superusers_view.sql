-- A superuser's view is read for superusers alone: what others change that needs it read fails, and nothing they change is lost on
-- the way. Somebody else's is read as its owner, for everybody.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE ROLE app LOGIN;
CREATE ROLE dba LOGIN;
CREATE ROLE keeper;
SELECT sharing.grant_admin('dba') \g /dev/null
GRANT CREATE ON SCHEMA public TO keeper;
CREATE TABLE positions (name text PRIMARY KEY);
CREATE TABLE staff (id integer PRIMARY KEY, name text, position text);
GRANT SELECT, INSERT, UPDATE, DELETE ON positions, staff TO app;
GRANT SELECT ON staff TO keeper;
INSERT INTO positions VALUES ('Boss'), ('Rep');
INSERT INTO staff VALUES (1, 'ann', 'Boss'), (2, 'bob', 'Rep');
CREATE VIEW people AS SELECT id, name, position, current_user::text AS reader FROM staff;
SELECT count(*) FROM sharing.sync_roles('positions', 'name');
\c - dba
SELECT sharing.sync_users('people', 'id', 'name', role => 'position');
\c - postgres
SELECT count(*) FROM sharing.sync_users('people', 'id', 'reader', role => 'position');
SELECT * FROM test.people();
-- The role goes, and the view has to be asked who still has it.
\c - app
UPDATE staff SET position = 'Boss';
DELETE FROM positions WHERE name = 'Rep';
SELECT count(*) FROM positions;
\c - dba
SELECT sharing.resync('people');
SELECT sharing.resync();
\c - postgres
SELECT * FROM test.people();
SELECT change, object FROM sharing.resync('people');
SELECT * FROM test.people();
-- Of somebody who is no superuser, it is read as that one.
ALTER VIEW people OWNER TO keeper;
UPDATE staff SET position = 'Rep' WHERE id = 2;
SELECT count(*) FROM sharing.resync('people');
\c - app
UPDATE staff SET position = 'Boss';
DELETE FROM positions WHERE name = 'Rep';
\c - dba
SELECT count(*) FROM sharing.resync();
\c - postgres
SELECT * FROM test.people();
-- What its owner may not read is an error of PostgreSQL's.
REVOKE SELECT ON staff FROM keeper;
SELECT sharing.resync('people');
