-- Columns that name roles and offices hold keys where a table with keys says what roles and offices there are, and names otherwise. What
-- held the one and comes to hold the other is refused when it is declared, and told when it is taken back: it once failed a statement of
-- the application's long afterwards.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE TABLE roles (id integer PRIMARY KEY, title text);
CREATE TABLE users (id integer PRIMARY KEY, name text, role text);
CREATE TABLE branches (code text PRIMARY KEY, title text);
CREATE TABLE teams (id integer PRIMARY KEY, name text, branch text);
CREATE TABLE team_roles (team integer, below text);
INSERT INTO roles VALUES (1, 'Boss'), (2, 'Rep');
INSERT INTO users VALUES (1, 'ann', 'Boss'), (2, 'bob', 'Rep');
INSERT INTO branches VALUES ('X', 'Paris');
SELECT sharing.create_role('Boss'), sharing.create_role('Rep'), sharing.create_office('Paris') \g /dev/null
INSERT INTO teams VALUES (1, 'One', 'Paris');
INSERT INTO team_roles VALUES (1, 'Rep');
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name', role => 'role');
SELECT count(*) FROM sharing.sync_groups('teams', 'id', 'name', office => 'branch');
SELECT count(*) FROM sharing.sync_members('team_roles', 'team', role_and_subordinates => 'below');
SELECT sharing.sync_roles('roles', 'title', key => 'id');
SELECT sharing.sync_offices('branches', 'title', key => 'code');
-- By names they agree.
SELECT count(*) FROM sharing.sync_roles('roles', 'title');
SELECT sharing.unsync('roles');
UPDATE users SET name = upper(name);
-- By keys, both at once.
BEGIN;
SELECT sharing.unsync('users'), sharing.unsync('team_roles') \g /dev/null
UPDATE users SET role = CASE role WHEN 'Boss' THEN '1' ELSE '2' END;
UPDATE team_roles SET below = '2';
SELECT count(*) FROM sharing.sync_roles('roles', 'title', key => 'id');
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name', role => 'role');
SELECT count(*) FROM sharing.sync_members('team_roles', 'team', role_and_subordinates => 'below');
COMMIT;
SELECT key, role FROM test.people();
SELECT * FROM test.members();
BEGIN;
SELECT sharing.unsync('roles');
SELECT object, message FROM sharing.doctor() WHERE check_name ~ 'source';
ROLLBACK;
BEGIN;
DROP TABLE roles;
UPDATE users SET name = lower(name) WHERE id = 1;
COMMIT;
SELECT key, name, role FROM test.people();
