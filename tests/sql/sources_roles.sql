-- Tables of roles and offices, by name and by key: parents, renames, circles, what goes and what is still used.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE TABLE positions (name text PRIMARY KEY, above text REFERENCES positions (name) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE branches (id integer PRIMARY KEY, title text, parent integer REFERENCES branches DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE staff (id uuid PRIMARY KEY, name text, position text REFERENCES positions (name) ON UPDATE CASCADE ON DELETE SET NULL, branch integer REFERENCES branches ON DELETE SET NULL);
INSERT INTO positions VALUES ('Rep', 'Manager'), ('Manager', 'Boss'), ('Boss', NULL);
INSERT INTO branches VALUES (1, 'World', NULL), (2, 'Boston', 1);
SELECT sharing.create_role('Boss') \g /dev/null
SELECT change, object, detail FROM sharing.sync_roles('positions', 'name', 'above');
SELECT change, object FROM sharing.sync_offices('branches', 'title', 'parent', key => 'id');
SELECT count(*) FROM sharing.sync_users('staff', 'id', 'name', role => 'position', office => 'branch');
INSERT INTO staff SELECT format('00000000-0000-0000-0000-%s', lpad(n::text, 12, '0'))::uuid, 'p' || n, (ARRAY['Rep', 'Manager', 'Boss'])[n], 2 FROM generate_series(1, 3) n;
SELECT * FROM test.people();
SELECT * FROM test.roles();
SELECT * FROM test.offices();
-- A rename is one, and rules and users stay with it.
UPDATE positions SET name = name || '!';
UPDATE branches SET title = 'Office of ' || title;
SELECT name, role, office FROM test.people();
SELECT * FROM test.roles();
SELECT count(*) FROM sharing.audit_log WHERE object = 'role "Rep!"' AND before IS NULL;
-- Names exchanged, parents moved about: circles are none at the end.
UPDATE branches SET title = CASE id WHEN 1 THEN 'Office of Boston' ELSE 'Office of World' END;
SELECT * FROM test.offices();
BEGIN;
UPDATE branches SET parent = 2 WHERE id = 1;
UPDATE branches SET parent = NULL WHERE id = 2;
COMMIT;
SELECT * FROM test.offices();
UPDATE branches SET parent = 1 WHERE id = 2;
UPDATE branches SET parent = id WHERE id = 2;
SELECT * FROM test.offices();
-- What goes; foreign keys have changed what named it.
INSERT INTO branches VALUES (3, 'Paris', 2), (4, 'Lyon', 3);
UPDATE staff SET branch = 3 WHERE name = 'p1';
DELETE FROM branches WHERE id = 4;
DELETE FROM branches WHERE id = 3;
SELECT name, office FROM test.people();
INSERT INTO positions VALUES ('Clerk', 'Rep!');
UPDATE staff SET position = 'Clerk' WHERE name = 'p1';
CREATE TABLE leads (id integer, owner uuid);
SELECT sharing.protect('leads', 'owner') \g /dev/null
SELECT sharing.add_rule('leads', 'role:Clerk', 'role:Boss!', 'read_only');
DELETE FROM positions WHERE name = 'Clerk';
SELECT sharing.drop_rule(1), sharing.apply_rules();
DELETE FROM positions WHERE name = 'Clerk';
SELECT name, role FROM test.people();
-- By hand only what no table says.
SELECT sharing.create_role('Auditor'), sharing.move_role('Auditor', 'Boss!');
SELECT sharing.drop_role('Rep!');
SELECT sharing.rename_role('Rep!', 'X');
SELECT sharing.move_role('Rep!', NULL);
SELECT sharing.drop_office('Office of World');
SELECT sharing.move_office('Office of World', NULL);
SELECT sharing.set_office_security('Office of World', true);
DELETE FROM positions WHERE name = 'Boss!';
-- Names that are taken, none, empty or too long.
INSERT INTO branches VALUES (5, 'Office of World', NULL);
INSERT INTO branches VALUES (5, NULL, NULL);
INSERT INTO branches VALUES (5, '', NULL);
INSERT INTO positions VALUES (repeat('x', 201));
-- Tables without foreign keys, in any order within a transaction.
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO positions VALUES ('A', 'B');
INSERT INTO positions VALUES ('B', 'C');
INSERT INTO positions VALUES ('C', 'Boss!');
COMMIT;
SELECT * FROM test.roles();
-- Who is gone keeps nothing from going, and loses what goes.
INSERT INTO positions VALUES ('Temp', 'Boss!');
INSERT INTO branches VALUES (9, 'Hut', 1);
INSERT INTO staff VALUES ('00000000-0000-0000-0000-000000000009', 'p9', 'Temp', 9);
DELETE FROM staff WHERE name = 'p9';
SELECT name, role, office, active FROM test.people() WHERE name = 'p9';
DELETE FROM positions WHERE name = 'Temp';
DELETE FROM branches WHERE id = 9;
SELECT name, role, office, active FROM test.people() WHERE name = 'p9';
TRUNCATE staff, positions, branches;
SELECT * FROM test.roles();
SELECT * FROM test.offices();
SELECT name, role, office, active FROM test.people();
