-- Values that somebody writes who wishes the organization ill: quotes, patterns, JSON, controls, keys that look like others, and such
-- as no index holds. Each is taken as it is, or refused in the words of the application's table; whatever is taken is what a plain
-- query says.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
\set VERBOSITY terse
CREATE ROLE app LOGIN;
CREATE TABLE roles (name text, above text);
CREATE TABLE users (id text, name text, role text);
CREATE TABLE teams (id text, name text);
CREATE TABLE members (team text, who text, role text, below text, inner_team text);
GRANT SELECT, INSERT, UPDATE, DELETE ON roles, users, teams, members TO app;
SELECT count(*) FROM sharing.sync_roles('roles', 'name', 'above');
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name', role => 'role');
SELECT count(*) FROM sharing.sync_groups('teams', 'id', 'name');
SELECT count(*) FROM sharing.sync_members('members', 'team', "user" => 'who', role => 'role', role_and_subordinates => 'below', subgroup => 'inner_team');
CREATE FUNCTION test.differences() RETURNS TABLE (what text, value text) LANGUAGE sql AS $$
    WITH told AS (
        SELECT 'user', id || chr(1) || coalesce(nullif(name, ''), id) || chr(1) || coalesce(role, '') FROM users
        UNION ALL SELECT 'role', name || chr(1) || coalesce(above, '') FROM roles
        UNION ALL SELECT 'group', id || chr(1) || name FROM teams
        UNION ALL SELECT 'member', team || chr(1) || concat(who, chr(2), role, chr(2), below, chr(2), inner_team) FROM members),
    stored AS (
        SELECT 'user', u.key || chr(1) || u.name || chr(1) || coalesce(r.name, '') FROM sharing.users u LEFT JOIN sharing.roles r ON r.id = u.role_id WHERE u.source_id IS NOT NULL
        UNION ALL SELECT 'role', r.name || chr(1) || coalesce(p.name, '') FROM sharing.roles r LEFT JOIN sharing.roles p ON p.id = r.parent_id
        UNION ALL SELECT 'group', key || chr(1) || name FROM sharing.groups
        UNION ALL SELECT 'member', g.key || chr(1) || concat(u.key, chr(2), chr(2), chr(2)) FROM sharing.group_users m JOIN sharing.groups g ON g.id = m.group_id JOIN sharing.users u ON u.id = m.user_id
        UNION ALL SELECT 'member', g.key || chr(1) || concat(chr(2), CASE WHEN NOT m.subordinates THEN r.name END, chr(2), CASE WHEN m.subordinates THEN r.name END, chr(2), i.key)
            FROM sharing.group_members m JOIN sharing.groups g ON g.id = m.group_id LEFT JOIN sharing.roles r ON r.id = m.role_id LEFT JOIN sharing.groups i ON i.id = m.member_group_id)
    (TABLE told EXCEPT ALL TABLE stored) UNION ALL (TABLE stored EXCEPT ALL TABLE told)
$$;
CREATE TABLE evil (n integer, value text);
INSERT INTO evil SELECT row_number() OVER (), value FROM unnest(ARRAY[
    '''', '"', '\', '\\', '''; DROP TABLE users; --', '$$', '%', '_', '{}', '{1,2}', '[null]', '["1",null]', 'null', 'NULL', ' ', '  1', '1 ', '1', '01', '１', 'A', 'a',
    'user:1', 'role:x', 'a:b', chr(1), chr(9), chr(10), chr(127), 'é', 'e' || chr(769), chr(65279), chr(8238) || 'abc', '😀', repeat('😀', 200), repeat(chr(1), 200), repeat('"', 200), repeat('\', 200),
    'Manager 1', 'Reports of 1', repeat('-', 200), 'administrator', 'sharing.users']) value;
GRANT SELECT ON evil TO app;
\c - app
-- All of them as everything, in one transaction and in the worst order.
BEGIN;
INSERT INTO members SELECT value, value, NULL, NULL, NULL FROM evil;
INSERT INTO members SELECT value, NULL, value, NULL, NULL FROM evil;
INSERT INTO members SELECT value, NULL, NULL, value, NULL FROM evil;
INSERT INTO members SELECT a.value, NULL, NULL, NULL, b.value FROM evil a JOIN evil b ON b.n = a.n + 1;
INSERT INTO users SELECT value, value, value FROM evil;
INSERT INTO roles SELECT b.value, a.value FROM evil b LEFT JOIN evil a ON a.n = b.n - 1;
INSERT INTO teams SELECT value, value FROM evil;
COMMIT;
\c - postgres
SELECT count(*) FROM sharing.users UNION ALL SELECT count(*) FROM sharing.roles UNION ALL SELECT count(*) FROM sharing.groups;
SELECT * FROM test.differences();
-- Keys and names that change places, are taken away, and come back.
\c - app
UPDATE users u SET id = b.value, role = NULL FROM evil a, evil b WHERE a.value = u.id AND b.n = 1 + a.n % (SELECT count(*) FROM evil);
UPDATE users SET id = id;
BEGIN;
UPDATE members SET inner_team = NULL WHERE inner_team IS NOT NULL;
DELETE FROM members WHERE num_nonnulls(who, role, below, inner_team) = 0;
UPDATE teams t SET name = b.value FROM evil a, evil b WHERE a.value = t.id AND b.n = 1 + (a.n + 6) % (SELECT count(*) FROM evil);
UPDATE roles SET above = NULL;
COMMIT;
DELETE FROM members WHERE team = '"' OR team = '[null]';
\c - postgres
SELECT * FROM test.differences();
-- What no index holds, and does not compress, in each column: told with the row, and nothing of ours is named.
SELECT string_agg(md5(n::text), '') AS long FROM generate_series(1, 300) n \gset
\c - app
INSERT INTO users VALUES (:'long', 'x', NULL);
INSERT INTO users VALUES ('x', :'long', NULL);
INSERT INTO users VALUES ('x', 'x', :'long');
INSERT INTO roles VALUES (:'long', NULL);
INSERT INTO roles VALUES ('x', :'long');
INSERT INTO teams VALUES (:'long', 'x');
INSERT INTO teams VALUES ('x', :'long');
INSERT INTO members VALUES (:'long', '1', NULL, NULL, NULL);
INSERT INTO members VALUES ('1', :'long', NULL, NULL, NULL);
INSERT INTO members VALUES ('1', NULL, :'long', NULL, NULL);
INSERT INTO members VALUES ('1', NULL, NULL, :'long', NULL);
INSERT INTO members VALUES ('1', NULL, NULL, NULL, :'long');
INSERT INTO members VALUES (:'long', :'long', :'long', :'long', :'long');
INSERT INTO users VALUES ('', 'x', NULL);
INSERT INTO users VALUES ('1', 'again', NULL);
INSERT INTO roles VALUES ('', NULL);
INSERT INTO roles VALUES ('new', '');
INSERT INTO teams VALUES ('new', '');
INSERT INTO members VALUES ('', '1', NULL, NULL, NULL);
-- Nobody's name is one of those that ours have while they change places.
BEGIN;
INSERT INTO teams VALUES ('p', 'p'), ('q', 'q');
UPDATE teams SET name = CASE name WHEN 'p' THEN 'q' ELSE 'p' END WHERE name IN ('p', 'q');
COMMIT;
\c - postgres
SELECT * FROM test.differences();
SELECT count(*) FROM sharing.resync();
SELECT count(*) FROM sharing.import_config(sharing.export_config());
TRUNCATE users, members;
DELETE FROM teams;
DELETE FROM roles;
SELECT * FROM test.differences();
