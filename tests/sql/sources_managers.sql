-- The hierarchy of the people themselves: roles by who manages whom, in a table and in a view; and roles by a link table.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE TABLE employees (number integer PRIMARY KEY, name text, reports_to integer);
INSERT INTO employees VALUES (1, 'Diane', NULL), (2, 'Mary', 1), (3, 'Jeff', 1), (4, 'Tom', 2), (5, 'Ann', 2), (6, 'Bob', 4), (7, 'Free', NULL);
SELECT change, object, detail->'after' AS after FROM sharing.sync_users('employees', 'number', 'name', manager => 'reports_to');
SELECT * FROM test.people();
SELECT * FROM test.roles();
-- Somebody comes to manage, somebody no longer does; a role that nobody has goes.
UPDATE employees SET reports_to = 3 WHERE number IN (5, 6);
SELECT key, role FROM test.people();
SELECT * FROM test.roles();
-- Who is gone keeps their place, as long as nobody takes it from them; their people are somebody else's.
BEGIN;
DELETE FROM employees WHERE number = 2;
UPDATE employees SET reports_to = 1 WHERE reports_to = 2;
COMMIT;
SELECT key, role, active FROM test.people();
SELECT * FROM test.roles();
DELETE FROM employees WHERE number = 3;
-- Circles, oneself, and nobody.
UPDATE employees SET reports_to = 5 WHERE number = 3;
UPDATE employees SET reports_to = 7 WHERE number = 7;
UPDATE employees SET reports_to = 99 WHERE number = 7;
BEGIN;
UPDATE employees SET reports_to = 5 WHERE number = 3;
UPDATE employees SET reports_to = NULL WHERE number = 5;
COMMIT;
SELECT * FROM test.roles();
-- What a rule names stays.
CREATE TABLE leads (id integer, owner integer);
SELECT sharing.protect('leads', 'owner') \g /dev/null
SELECT sharing.add_rule('leads', 'role:Reports of 3', 'role:Manager 1', 'read_only') \g /dev/null
UPDATE employees SET reports_to = 1 WHERE reports_to = 3;
SELECT * FROM test.roles();
SELECT sharing.unsync('employees') \g /dev/null
SELECT sharing.set_user_role(key, NULL), sharing.drop_user(key) FROM sharing.users \g /dev/null
-- Of a view nothing is noticed, until it is read again.
CREATE VIEW people AS SELECT number::text || '@x' AS key, name, reports_to::text || '@x' AS boss FROM employees;
SELECT count(*) > 0 AS many FROM sharing.sync_users('people', 'key', 'name', manager => 'boss');
INSERT INTO employees VALUES (8, 'New', 7);
SELECT * FROM sharing.resync('people');
SELECT * FROM sharing.resync();
-- Beside managers, nobody else says who has which role.
CREATE TABLE positions (name text);
SELECT sharing.sync_roles('positions', 'name');
CREATE TABLE user_positions (who text, position text);
SELECT sharing.sync_user_roles('user_positions', 'who', 'position');
SELECT sharing.sync_users('positions', 'name', 'name', role => 'name', manager => 'name');
