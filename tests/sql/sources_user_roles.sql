-- Users and roles meet in a link table, as where a framework knows groups alone: one role each, and people who go.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE TABLE users (id integer PRIMARY KEY, name text);
CREATE TABLE roles (id integer PRIMARY KEY, title text, parent_id integer REFERENCES roles);
CREATE TABLE user_roles (id serial PRIMARY KEY, user_id integer REFERENCES users ON DELETE CASCADE, role_id integer REFERENCES roles ON DELETE CASCADE);
INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 4) n;
INSERT INTO roles VALUES (1, 'Boss', NULL), (2, 'Rep', 1);
INSERT INTO user_roles (user_id, role_id) VALUES (1, 1), (2, 2), (3, 2), (3, 2);
SELECT count(*) FROM sharing.sync_roles('roles', 'title', 'parent_id', key => 'id');
SELECT sharing.create_user('root', 'root', 'Boss') \g /dev/null
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name');
SELECT change, object, detail->'after' AS after FROM sharing.sync_user_roles('user_roles', 'user_id', 'role_id');
SELECT key, role FROM test.people();
INSERT INTO user_roles (user_id, role_id) VALUES (1, 2);
BEGIN;
INSERT INTO user_roles (user_id, role_id) VALUES (1, 2);
DELETE FROM user_roles WHERE user_id = 1 AND role_id = 1;
COMMIT;
DELETE FROM user_roles WHERE id = 3;
INSERT INTO user_roles (user_id, role_id) VALUES (4, NULL), (NULL, 1);
SELECT key, role FROM test.people();
DELETE FROM user_roles WHERE user_id = 3;
SELECT sharing.set_user_role('1', 'Boss');
SELECT sharing.set_user_role('root', 'Rep');
SELECT key, role FROM test.people();
-- Who goes keeps the role, for those above them; who comes back has what the rows say.
DELETE FROM users WHERE id = 2;
SELECT key, role, active FROM test.people();
INSERT INTO users VALUES (2, 'u2');
SELECT key, role, active FROM test.people();
INSERT INTO user_roles (user_id, role_id) VALUES (2, 2);
-- A role goes with the rows that name it.
SELECT sharing.set_user_role('root', NULL);
DELETE FROM roles WHERE id = 2;
SELECT key, role FROM test.people();
SELECT * FROM test.roles();
-- The whole organization anew, as tests of applications do.
BEGIN;
TRUNCATE users, roles, user_roles;
SELECT key, role, active FROM test.people();
INSERT INTO user_roles (user_id, role_id) SELECT 1, 7 WHERE false;
INSERT INTO users VALUES (1, 'u1');
INSERT INTO roles VALUES (7, 'Boss');
INSERT INTO user_roles (user_id, role_id) VALUES (1, 7);
COMMIT;
SELECT key, role, active FROM test.people();
