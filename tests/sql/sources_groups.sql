-- Tables of groups, and of their members: users, roles, groups; rows in any order, and what foreign keys take along.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE TABLE users (id integer PRIMARY KEY, name text);
CREATE TABLE teams (id bigint PRIMARY KEY, title varchar(40));
CREATE TABLE team_members (team_id bigint REFERENCES teams ON DELETE CASCADE ON UPDATE CASCADE, user_id integer REFERENCES users ON DELETE CASCADE, PRIMARY KEY (team_id, user_id));
CREATE TABLE team_others (team bigint, role text, subordinates text, subteam bigint);
SELECT sharing.create_role('Boss'), sharing.create_role('Rep', 'Boss') \g /dev/null
INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 4) n;
INSERT INTO teams VALUES (1, 'One'), (2, 'Two');
INSERT INTO team_members VALUES (1, 1), (1, 2);
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name');
SELECT sharing.create_group('1', 'by hand'), sharing.add_member('by hand', 'user:1'), sharing.add_member('by hand', 'user:4') \g /dev/null
SELECT * FROM sharing.sync_groups('teams', 'id', 'title');
SELECT * FROM sharing.sync_members('team_members', 'team_id', "user" => 'user_id', dry_run => true);
SELECT * FROM sharing.sync_members('team_members', 'team_id', "user" => 'user_id');
SELECT change, object FROM sharing.sync_members('team_others', 'team', role => 'role', role_and_subordinates => 'subordinates', subgroup => 'subteam');
INSERT INTO team_others VALUES (1, 'Rep', NULL, NULL), (1, NULL, 'Boss', NULL), (1, NULL, NULL, 2), (NULL, 'Rep', NULL, NULL), (1, NULL, NULL, NULL);
SELECT * FROM test.members();
-- A member by hand stays, one that comes from a table does not go otherwise.
SELECT sharing.remove_member('One', 'user:1');
SELECT sharing.remove_member('One', 'role:Rep');
SELECT sharing.remove_member('One', 'user:4'), sharing.add_member('Two', 'user:4') \g /dev/null
SELECT sharing.drop_group('One');
-- Circles, and rows that name two members.
INSERT INTO team_others VALUES (2, NULL, NULL, 1);
INSERT INTO team_others VALUES (2, NULL, NULL, 2);
INSERT INTO team_others VALUES (2, 'Rep', 'Rep', NULL);
INSERT INTO team_others VALUES (3, 'Rep', NULL, NULL);
INSERT INTO team_others VALUES (2, 'Nobody', NULL, NULL);
BEGIN;
INSERT INTO team_others VALUES (2, NULL, NULL, 1);
DELETE FROM team_others WHERE team = 1 AND subteam = 2;
COMMIT;
SELECT * FROM test.members();
-- What goes along: members of a group, and a group whose rows come later.
UPDATE teams SET id = 11 WHERE id = 1;
UPDATE team_others SET subteam = 11 WHERE subteam = 1;
UPDATE team_others SET team = 11 WHERE team = 1;
SELECT * FROM test.members();
BEGIN;
UPDATE team_others SET subteam = 11 WHERE subteam = 1;
UPDATE team_others SET team = 11 WHERE team = 1;
UPDATE teams SET id = 11 WHERE id = 1;
COMMIT;
SELECT * FROM test.members();
SELECT key, name FROM sharing.groups ORDER BY 1;
DELETE FROM teams WHERE id = 11;
BEGIN;
DELETE FROM team_others;
DELETE FROM teams WHERE id = 11;
COMMIT;
SELECT * FROM test.members();
-- A member goes with the row that foreign keys take along.
BEGIN;
INSERT INTO team_members VALUES (2, 1);
SELECT * FROM test.members();
DELETE FROM users WHERE id = 1;
SELECT * FROM test.members();
ROLLBACK;
-- Two link tables may say the same.
CREATE TABLE deputies (team bigint, who integer);
INSERT INTO deputies VALUES (2, 3);
INSERT INTO team_members VALUES (2, 3);
SELECT count(*) FROM sharing.sync_members('deputies', 'team', "user" => 'who');
DELETE FROM team_members WHERE user_id = 3;
SELECT * FROM test.members();
DELETE FROM deputies;
SELECT * FROM test.members();
-- Everything at once, in any order.
BEGIN;
CREATE TEMP TABLE none () ON COMMIT DROP;
ALTER TABLE team_members DROP CONSTRAINT team_members_team_id_fkey, DROP CONSTRAINT team_members_user_id_fkey;
INSERT INTO team_members VALUES (7, 7), (7, 8);
INSERT INTO teams VALUES (7, 'Seven');
INSERT INTO users VALUES (7, 'u7'), (8, 'u8');
COMMIT;
SELECT * FROM test.members();
TRUNCATE teams, team_members, users;
SELECT * FROM test.members();
SELECT key, active FROM test.people();
-- Where one column holds users and groups, no row makes a key that both have.
CREATE TABLE notes (id integer PRIMARY KEY, owner text);
SELECT sharing.protect('notes', owner => 'owner', owner_group => 'owner') \g /dev/null
INSERT INTO users VALUES (20, 'u20');
INSERT INTO teams VALUES (20, 'Twenty');
INSERT INTO teams VALUES (21, 'Twenty-one');
INSERT INTO users VALUES (21, 'u21');
UPDATE users SET id = 21 WHERE id = 20;
UPDATE teams SET id = 20 WHERE id = 21;
SELECT key FROM sharing.groups;
