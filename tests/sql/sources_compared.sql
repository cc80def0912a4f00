-- The doctor compares all that sources say with the organization: roles, offices, parents, who is active, roles by link tables, members,
-- and positions of managers. What is changed behind the functions, as a restore of our tables alone does, shows; what a source may leave
-- to others does not.
CREATE TABLE roles (id integer PRIMARY KEY, title text, parent integer);
CREATE TABLE branches (name text PRIMARY KEY, parent text);
CREATE TABLE users (id integer PRIMARY KEY, name text, branch text, gone timestamptz);
CREATE TABLE user_roles (who integer, role integer);
CREATE TABLE teams (id integer PRIMARY KEY, name text, branch text);
CREATE TABLE members (team integer, who integer, role integer, below integer, inner_team integer);
CREATE TABLE deputies (team integer, who integer);
INSERT INTO roles VALUES (1, 'Boss', NULL), (2, 'Rep', 1);
INSERT INTO branches VALUES ('World', NULL), ('Paris', 'World');
INSERT INTO users VALUES (1, 'ann', 'World', NULL), (2, '', 'Paris', NULL), (3, 'cid', NULL, now()), (4, 'dan', NULL, NULL);
INSERT INTO user_roles VALUES (1, 1), (2, 2), (2, 2), (NULL, 1), (4, 2);
INSERT INTO teams VALUES (1, 'One', 'Paris'), (2, 'Two', NULL);
INSERT INTO members VALUES (1, 1, NULL, NULL, NULL), (1, NULL, 2, NULL, NULL), (1, NULL, NULL, 1, NULL), (1, NULL, NULL, NULL, 2), (NULL, 1, NULL, NULL, NULL), (1, NULL, NULL, NULL, NULL);
INSERT INTO deputies VALUES (1, 1), (2, 2);
SELECT count(*) FROM sharing.sync_roles('roles', 'title', 'parent', key => 'id');
SELECT count(*) FROM sharing.sync_offices('branches', 'name', 'parent');
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name', office => 'branch', active => 'gone');
SELECT count(*) FROM sharing.sync_user_roles('user_roles', 'who', 'role');
SELECT count(*) FROM sharing.sync_groups('teams', 'id', 'name', office => 'branch');
SELECT count(*) FROM sharing.sync_members('members', 'team', "user" => 'who', role => 'role', role_and_subordinates => 'below', subgroup => 'inner_team');
SELECT count(*) FROM sharing.sync_members('deputies', 'team', "user" => 'who');
CREATE VIEW told AS SELECT object, message FROM sharing.doctor() WHERE check_name ~ 'source';
-- Nothing is out of step: people who are gone, rows that say nothing, members beside those of the tables, members that two tables say.
DELETE FROM users WHERE id = 4;
SELECT sharing.create_user('99', 'by hand', 'Rep'), sharing.add_member('Two', 'user:99'), sharing.set_office_security('Paris', true) \g /dev/null
SELECT * FROM told;
-- One thing at a time.
BEGIN; UPDATE sharing.roles SET parent_id = NULL; SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
BEGIN; UPDATE sharing.roles SET name = 'Chief' WHERE name = 'Boss'; SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
BEGIN; UPDATE sharing.offices SET parent_id = NULL; SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
BEGIN; UPDATE sharing.users SET office_id = NULL WHERE key = '1'; SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
BEGIN; UPDATE sharing.users SET active = true WHERE key = '3'; SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
BEGIN; UPDATE sharing.users SET role_id = NULL WHERE key = '1'; SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
BEGIN; UPDATE sharing.users SET role_id = 1 WHERE key IN ('2', '3'); SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
BEGIN; UPDATE sharing.groups SET office_id = NULL; SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
BEGIN; DELETE FROM sharing.group_users WHERE source_id IS NOT NULL; DELETE FROM sharing.group_members; SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
BEGIN; UPDATE sharing.group_users SET source_id = (SELECT id FROM sharing.sources WHERE relation = 'members'::regclass); SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
BEGIN; ALTER TABLE teams DISABLE TRIGGER USER; ALTER TABLE teams DROP CONSTRAINT teams_pkey; INSERT INTO teams VALUES (2, 'Two', NULL); SELECT * FROM told; ROLLBACK;
-- Who is deactivated by hand where no column says who is active.
SELECT sharing.unsync('users') \g /dev/null
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name');
SELECT sharing.deactivate_user('2') \g /dev/null
SELECT * FROM told;
SELECT sharing.unsync('members'), sharing.unsync('user_roles'), sharing.unsync('roles') \g /dev/null
SELECT * FROM told;
SELECT sharing.unsync('users') \g /dev/null
-- Managers.
CREATE TABLE staff (id integer PRIMARY KEY, name text, boss integer);
INSERT INTO staff VALUES (11, 'a', NULL), (12, 'b', 11), (13, 'c', 12), (14, 'd', 12), (15, 'e', NULL);
SELECT count(*) > 0 AS some FROM sharing.sync_users('staff', 'id', 'name', manager => 'boss');
SELECT * FROM told;
BEGIN; UPDATE sharing.roles SET parent_id = NULL WHERE name = 'Manager 12'; SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
BEGIN; UPDATE sharing.users SET role_id = (SELECT id FROM sharing.roles WHERE name = 'Manager 12') WHERE key = '13'; SELECT * FROM told; SELECT count(*) FROM sharing.resync(); SELECT * FROM told; ROLLBACK;
