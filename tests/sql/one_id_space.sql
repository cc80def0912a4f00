-- Where one column of a module holds users and groups, no user's key is a group's: the group's members would get the user's records.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set VERBOSITY default
SELECT sharing.create_user('3', 'ann'), sharing.create_user('4', 'bob'), sharing.create_group('t', 'Team'), sharing.add_member('Team', 'user:4') \g /dev/null
CREATE TABLE cases (id integer PRIMARY KEY, owner text, team text);
INSERT INTO cases VALUES (1, '3'), (2, 't'), (3, '4');
GRANT SELECT, DELETE ON cases TO app;
-- Keys in common are nobody's business while no module has one column for both.
SELECT sharing.create_group('3', 'Three'), sharing.create_group('4', 'Four') \g /dev/null
SELECT count(*) > 0 AS two_columns FROM sharing.protect('cases', 'owner', owner_group => 'team');
SELECT count(*) > 0 AS unprotected FROM sharing.unprotect('cases');
-- Such a module is refused while there are some, with a look at what it would do as well, and by a document.
SELECT * FROM sharing.protect('cases', 'owner', owner_group => 'owner');
SELECT * FROM sharing.protect('cases', 'owner', owner_group => 'owner', dry_run => true);
SELECT * FROM sharing.import_config('{"version": 1, "modules": [{"name": "cases", "table": "public.cases", "owner": "owner", "owner_group": "owner"}]}'::jsonb);
SELECT * FROM sharing.import_config('{"version": 1, "modules": [{"name": "cases", "table": "public.cases", "owner": "owner", "owner_group": "owner"}]}'::jsonb, dry_run => true);
SELECT count(*) FROM sharing.modules;
SELECT sharing.drop_group('Three'), sharing.drop_group('Four') \g /dev/null
SELECT count(*) > 0 AS one_column FROM sharing.protect('cases', 'owner', owner_group => 'owner');
-- From now on a key is a user's or a group's.
SELECT sharing.create_group('3', 'Three');
SELECT sharing.create_user('t', 'tom');
SELECT * FROM sharing.import_config('{"version": 1, "groups": [{"key": "t", "name": "Team", "members": ["user:4"]}, {"key": "4", "name": "Four"}]}'::jsonb);
SELECT * FROM sharing.import_config('{"version": 1, "groups": [{"key": "3", "name": "Team", "members": ["user:4"]}]}'::jsonb, dry_run => true);
SELECT * FROM sharing.import_config(jsonb_set(sharing.export_config() - 'modules' - 'groups' - 'relations' - 'shares' - 'links', '{users,0,key}', '"t"')) LIMIT 1;
SELECT count(*) FROM sharing.groups WHERE key IN ('3', '4');
-- What the document says is compared with itself: keys that change hands collide with nobody.
SELECT change, object FROM sharing.import_config(jsonb_set(sharing.export_config(), '{groups}', '[{"key": "u", "name": "Team", "members": ["user:4"]}]'));
SELECT sharing.create_user('t', 'tom'), sharing.drop_user('t') \g /dev/null
SELECT change, object FROM sharing.import_config(jsonb_set(sharing.export_config(), '{groups}', '[{"key": "t", "name": "Team", "members": ["user:4"]}]'));
-- The key of one who is not there is free, and keys are compared as they are written.
SELECT sharing.create_group('03', 'Nil three'), sharing.create_user('T', 'tim') \g /dev/null
\c - app
SET sharing.user_key = '3';
SELECT id FROM cases ORDER BY id;
SET sharing.user_key = '4';
SELECT id FROM cases ORDER BY id;
-- A share of a user's record, before his key becomes a group's as well.
\c - postgres
SELECT sharing.create_office('A'), sharing.create_office('B'), sharing.set_user_office('3', 'A'), sharing.create_user('9', 'ida', office => 'B') \g /dev/null
INSERT INTO sharing.user_rights SELECT id, 'record_sharing' FROM sharing.users WHERE key IN ('3', '9');
INSERT INTO sharing.links (from_user_id, to_user_id, status) SELECT a.id, b.id, 'active' FROM sharing.users a, sharing.users b WHERE a.key = '3' AND b.key = '9';
INSERT INTO sharing.shares SELECT l.id, m.id, '1', 'read' FROM sharing.links l, sharing.modules m;
INSERT INTO sharing.shared_modules SELECT id FROM sharing.modules;
\c - app
SET sharing.user_key = '9';
SELECT id FROM cases ORDER BY id;
-- What a superuser writes by hand is not refused, and gives nobody what was another's: the record is as one whose owner nobody knows.
\c - postgres
INSERT INTO sharing.groups (key, name) VALUES ('3', 'Three');
SELECT sharing.add_member('Three', 'user:4') \g /dev/null
\c - app
SET sharing.user_key = '4';
SELECT id FROM cases ORDER BY id;
DELETE FROM cases WHERE id = 1;
SET sharing.user_key = '9';
SELECT id FROM cases ORDER BY id;
SET sharing.user_key = '3';
SELECT id FROM cases ORDER BY id;
\c - postgres
SET sharing.user_key = 'adm';
SELECT sharing.create_user('5', 'cid');
SELECT * FROM sharing.import_config('{"version": 1}'::jsonb);
SELECT sharing.drop_group('Three') \g /dev/null
