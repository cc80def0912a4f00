-- Single records for colleagues; Related records: children of a record that was given come along, to be read, over relations that say with_shares,
-- whoever owns them; the closed office of either withholds them. Details have the whole access.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.create_user('zoe', 'zoe', office => 'New York') \g /dev/null
SET ROLE crm;
CREATE TABLE jobs (id integer PRIMARY KEY, client integer, owner text, title text);
CREATE TABLE calls (id integer PRIMARY KEY, client integer, owner text, title text);
CREATE TABLE steps (id integer PRIMARY KEY, client integer, title text);
INSERT INTO jobs VALUES (1, 1, 'liz', ''), (2, 1, 'tom', ''), (3, 2, 'tom', ''), (4, 7, 'ann', ''), (5, 7, 'tom', ''), (6, NULL, 'tom', ''), (7, 8, 'tom', '');
INSERT INTO calls SELECT * FROM jobs;
INSERT INTO steps SELECT id, client, '' FROM jobs;
CREATE INDEX ON jobs (client); CREATE INDEX ON jobs (owner);
GRANT ALL ON jobs, calls, steps TO PUBLIC;
RESET ROLE;
INSERT INTO clients VALUES (7, 'tom', ''), (8, 'ghost', '');
SELECT sharing.create_user('tom', 'tom'), sharing.create_user('kim', 'kim', 'H7') \g /dev/null
SELECT sharing.protect('jobs', 'owner'), sharing.protect('calls', 'owner'), sharing.protect('steps', controlled_by => 'clients', via => 'client') \g /dev/null
SELECT sharing.relate('jobs', 'client', 'clients'), sharing.relate('calls', 'client', 'clients', with_shares => false);
\c - app
SET sharing.user_key = 'zoe';
EXPLAIN (COSTS OFF) SELECT * FROM jobs;
RESET sharing.user_key;
CREATE FUNCTION pg_temp.reached() RETURNS TABLE (person text, relation regclass, sees text, edits text, deletes text) LANGUAGE sql AS
    'SELECT person, relation, reach.* FROM unnest(''{zoe,kim,liz}''::text[]) person, unnest(''{clients,jobs,calls,steps}''::regclass[]) relation, test.reach(person, relation) reach';
-- 1 is of New York, which is closed, 7 and 8 of no office.
SELECT test.call('adm', format('SELECT sharing.grant_record(''clients'', %L, %L, ''edit'')', id, who)) FROM unnest('{1,7,8}'::text[]) id, unnest('{user:zoe,role:H7,user:liz}'::text[]) who;
SELECT * FROM pg_temp.reached();
SET sharing.user_key = 'zoe';
EXPLAIN (COSTS OFF) SELECT * FROM jobs;
SELECT id FROM jobs ORDER BY id DESC LIMIT 2;
SELECT count(*) FROM jobs WHERE client = 7;
SELECT j.id, c.id FROM jobs j JOIN clients c ON c.id = j.client ORDER BY 1;
RESET sharing.user_key;
\c - postgres
SELECT user_key, access, reason, via FROM sharing.who_can('jobs', '4');
SELECT access, reason, via, detail FROM sharing.explain('jobs', '5', 'kim');
SELECT access, reason, via FROM sharing.explain('jobs', '4', 'kim');
SELECT access, reason, via FROM sharing.explain('steps', '5', 'kim');
SELECT access, reason, via FROM sharing.explain('steps', '1', 'liz');
-- A parent that is no longer given, one that is deleted, a child that points elsewhere.
SELECT sharing.revoke_record('clients', '7', 'role:H7');
SET SESSION AUTHORIZATION app;
SELECT * FROM (SELECT person, relation, reach.* FROM unnest('{zoe,kim}'::text[]) person, unnest('{jobs,steps}'::regclass[]) relation, test.reach(person, relation) reach) r;
SELECT test.call('adm', 'UPDATE jobs SET client = 8 WHERE id = 6'), test.call('adm', 'DELETE FROM clients WHERE id = 7');
SELECT person, reach.* FROM unnest('{zoe,kim}'::text[]) person, test.reach(person, 'jobs') reach;
RESET SESSION AUTHORIZATION;
-- A relation that is declared when records of the parent were given already is staged.
SELECT sharing.unrelate('calls', 'client', 'clients'), sharing.relate('calls', 'client', 'clients');
SELECT * FROM sharing.pending_changes();
SET SESSION AUTHORIZATION app;
SELECT test.reach('zoe', 'calls'), test.reach('kim', 'calls');
RESET SESSION AUTHORIZATION;
SELECT user_key, gained, lost FROM sharing.preview_rules();
SELECT sharing.apply_rules();
SET SESSION AUTHORIZATION app;
SELECT test.reach('zoe', 'calls'), test.reach('kim', 'calls');
