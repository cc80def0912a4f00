-- Ends of memberships, rules, links and shares: from then on they count for nothing, in the next statement of every session, whatever was remembered;
-- what is under way goes on by the time at which it began. Lists say ended, forget_ended() deletes, the audit log keeps, a document passes over it.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE notes (id integer PRIMARY KEY, lead integer, owner text, title text);
CREATE TABLE lines (id integer PRIMARY KEY, lead integer, title text);
INSERT INTO notes SELECT id, id, 'ceo', '' FROM leads; INSERT INTO lines SELECT id, id, '' FROM leads;
GRANT ALL ON notes, lines TO PUBLIC;
SELECT sharing.protect('notes', 'owner'), sharing.protect('lines', controlled_by => 'leads', via => 'lead') \g /dev/null
SELECT sharing.relate('notes', 'lead', 'leads') \g /dev/null
SELECT sharing.create_group('o', 'outer'), sharing.create_group('i', 'inner') \g /dev/null
SELECT sharing.add_rule('leads', 'role:H7', 'group:outer', 'read_write', superiors => true), sharing.apply_rules() \g /dev/null

-- An end lies in the future.
SELECT sharing.add_member('outer', 'user:rep1', now());
SELECT sharing.add_member('outer', 'user:rep1', '-infinity');
SELECT sharing.add_member('outer', 'user:rep1', 'infinity');
SELECT sharing.add_member('outer', 'user:rep1', '10000-01-01 00:00:00+00');
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', until => '294276-12-31');
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', until => '2001-01-01');
SELECT sharing.alter_rule(1, until => '2001-01-01');
SELECT sharing.request_link('nowhere', 'nobody', '2001-01-01');
SELECT sharing.share_record('leads', 1, 'sup1', until => '2001-01-01');

-- Memberships, over nested groups. The group outer has the leads of H7 (7 and 8), by a rule.
SELECT sharing.add_member('outer', 'group:inner', now() + '1 day'), sharing.add_member('inner', 'user:rep1', now() + '1 day'), sharing.add_member('outer', 'role:H6', now() + '1 day') \g /dev/null
\c - app
SET sharing.user_key = 'rep1';
PREPARE sees AS SELECT test.sees() AS leads, test.sees('notes') AS notes, test.sees('lines') AS lines;
EXECUTE sees;
SELECT test.reach('mgr') AS above_a_member, test.reach('smgr') AS by_role;
RESET sharing.user_key;
-- The statement that waits for the end sees what it gave; the next one does not. A cursor goes on by its own time.
\c - postgres
SELECT sharing.add_member('inner', 'user:rep1', clock_timestamp() + '2 s');
SET SESSION AUTHORIZATION app;
SET sharing.user_key = 'rep1';
SELECT test.sees() AS before, pg_sleep(2.2), test.sees() AS under_way;
SELECT test.sees() AS after;
RESET SESSION AUTHORIZATION;
RESET sharing.user_key;
SELECT sharing.add_member('inner', 'user:rep1', clock_timestamp() + '2 s');
SET SESSION AUTHORIZATION app;
SET sharing.user_key = 'rep1';
BEGIN ISOLATION LEVEL REPEATABLE READ;
DECLARE open CURSOR FOR SELECT id FROM leads ORDER BY id;
DECLARE started CURSOR FOR SELECT id FROM leads ORDER BY id;
DECLARE children CURSOR FOR SELECT id FROM notes ORDER BY id;
DECLARE details CURSOR FOR SELECT id FROM lines ORDER BY id;
FETCH 1 FROM started;
SELECT test.sees();
SELECT FROM pg_sleep(2.2);
SELECT test.sees();
FETCH ALL FROM open;
FETCH ALL FROM started;
FETCH ALL FROM children;
FETCH ALL FROM details;
SELECT test.sees();
UPDATE leads SET title = 'x' WHERE id = 7;
COMMIT;
\c - postgres
-- A member already gets another end, or none; it is there already only where nothing is changed. One that has ended is added anew.
SELECT sharing.add_member('inner', 'user:rep1', now() + '1 h'), sharing.add_member('inner', 'user:rep1');
SELECT sharing.add_member('inner', 'user:rep1');
SELECT m.until FROM sharing.group_users m;
-- What has ended may be given another end: nesting that would be a cycle then is refused.
UPDATE sharing.group_members SET until = now() - '1 s'::interval;
SELECT sharing.add_member('inner', 'group:outer');
-- Ends that are rewritten, as if time had passed. Everything that decides says the same.
SET SESSION AUTHORIZATION app;
SELECT test.reach('rep1') AS in_the_inner_group, test.reach('mgr') AS above_a_member, test.reach('smgr') AS by_role;
RESET SESSION AUTHORIZATION;
SELECT access, reason FROM sharing.explain('leads', 7, 'rep1');
SELECT user_key, access, reason FROM sharing.who_can('leads', 7);
SELECT user_key FROM sharing.who_can('notes', 7);
UPDATE sharing.group_members SET until = now() + '1 h'::interval;
SELECT user_key, access, reason FROM sharing.who_can('leads', 7);
SELECT access, reason, via FROM sharing.explain('leads', 7, 'rep1');
SELECT jsonb_path_query(sharing.export_config(), '$.groups[*] ? (@.name == "outer")') - 'until' AS outer_group, jsonb_path_query(sharing.export_config(), '$.groups[*].until.keyvalue().key') AS has_an_end;
SELECT * FROM sharing.import_config(sharing.export_config(), true);
SELECT change, object, detail -> 'after' AS after FROM sharing.import_config(jsonb_build_object('version', 1, 'groups', '[{"key": "o", "name": "outer", "members": ["user:rep1", "user:rep2"], "until": {"user:rep1": "2999-01-01T00:00:00Z"}}, {"key": "i", "name": "inner", "members": ["user:sup1", "user:sup2"], "until": {"user:sup2": "2001-01-01T00:00:00Z"}}]'::jsonb));
SELECT g.name, u.key, m.until AT TIME ZONE 'UTC' AS until FROM sharing.group_users m JOIN sharing.groups g ON g.id = m.group_id JOIN sharing.users u ON u.id = m.user_id ORDER BY 1, 2;
SELECT change, object FROM sharing.import_config(sharing.export_config());
SELECT sharing.import_config('{"version": 1, "groups": [{"key": "o", "name": "outer", "members": [], "until": {"user:rep1": "2999-01-01T00:00:00Z"}}]}');
SELECT sharing.import_config('{"version": 1, "groups": [{"key": "o", "name": "outer", "members": ["user:rep1"], "until": {"user:rep1": "soon"}}]}');

-- Rules: the end is staged with the rule, valid with it, and may be staged anew.
SELECT sharing.drop_rule(1), sharing.apply_rules() \g /dev/null
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', until => '2999-01-01 00:00:00+00') AS rule \gset
SELECT change, detail - 'rule' AS detail FROM sharing.pending_changes();
SELECT sharing.apply_rules();
CREATE VIEW test.rules AS SELECT status, access, until AT TIME ZONE 'UTC' AS until, staged_until AT TIME ZONE 'UTC' AS staged_until FROM sharing.rule_overview;
SELECT * FROM test.rules;
SELECT position(', until 2999' IN replace(sharing.diagram('dot'), E'\n', ' ')) > 0 AS drawn;
SELECT sharing.alter_rule(:rule, until => '2888-01-01 00:00:00+00');
SELECT change, detail - 'rule' AS detail FROM sharing.pending_changes();
SELECT * FROM test.rules;
SELECT jsonb_path_query(sharing.export_config(), '$.rules[*]') AS rule;
SELECT * FROM sharing.import_config(sharing.export_config(), true);
SELECT sharing.alter_rule(:rule, until => 'infinity');
SELECT jsonb_path_query(sharing.export_config(), '$.rules[*].staged') AS staged;
SELECT * FROM sharing.import_config(sharing.export_config(), true);
SELECT sharing.discard_changes();
SELECT * FROM test.rules;
\c - app
SET sharing.user_key = 'sup1';
PREPARE sees AS SELECT count(*) FROM leads;
EXECUTE sees;
SELECT test.sees(), test.sees('notes'), test.sees('lines');
-- Another session says that it ends in a moment; then nobody says anything.
\c - postgres
SELECT sharing.alter_rule(:rule, until => clock_timestamp() + '2 s'), sharing.apply_rules() \g /dev/null
SET SESSION AUTHORIZATION app;
SET sharing.user_key = 'sup1';
SELECT test.sees(), test.sees('notes'), test.sees('lines');
SELECT FROM pg_sleep(2.2);
SELECT test.sees(), test.sees('notes'), test.sees('lines');
RESET SESSION AUTHORIZATION;
RESET sharing.user_key;
SELECT status, access FROM test.rules;
SELECT jsonb_path_query_array(sharing.export_config(), '$.rules[*]') AS rules;
SELECT user_key FROM sharing.who_can('leads', 1);
SELECT access, reason FROM sharing.explain('leads', 1, 'sup1');
-- Prolonged, it is staged, previewed, and applied; and a rule between the same takes the place of one that has ended.
SELECT sharing.alter_rule(:rule, until => '2999-01-01 00:00:00+00');
SELECT status, access FROM test.rules;
SELECT user_key, gained, lost FROM sharing.preview_rules();
SELECT sharing.apply_rules();
SET SESSION AUTHORIZATION app;
SELECT test.reach('sup1');
RESET SESSION AUTHORIZATION;
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only');
UPDATE sharing.rules SET until = now() - '1 s'::interval, staged_until = now() - '1 s'::interval;
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_write') > 0 AS added, sharing.apply_rules();
SELECT status, access FROM test.rules;

-- Links and shares, of specialists of two offices.
SELECT sharing.create_office('East'), sharing.create_office('West'), sharing.set_user_office('rep1', 'East'), sharing.set_user_office('sup1', 'West'), sharing.set_user_office('sup2', 'West') \g /dev/null
SELECT FROM sharing.enable_record_sharing('rep1') a, sharing.enable_record_sharing('sup1') b, sharing.enable_record_sharing('sup2') c \g /dev/null
SELECT sharing.drop_rule(id) FROM sharing.rules WHERE staged_access IS NOT NULL \g /dev/null
SELECT sharing.apply_rules() \g /dev/null
UPDATE leads SET owner = 'rep1' WHERE id IN (1, 2, 3);
\c - app
SET sharing.user_key = 'rep1';
SELECT sharing.request_link('West', 'sup1') AS to_sup1, sharing.request_link('West', 'sup2', '2999-01-01') AS to_sup2 \gset
SET sharing.user_key = 'sup1';
SELECT sharing.accept_links(ARRAY[:to_sup1]);
SET sharing.user_key = 'sup2';
SELECT sharing.accept_links(ARRAY[:to_sup2]);
SET sharing.user_key = 'rep1';
SELECT sharing.share_record('leads', 1, 'sup1', 'edit', '2999-01-01 00:00:00+00'), sharing.share_records('leads', '{2,3}'::text[], 'sup2', until => '2999-01-01 00:00:00+00'), sharing.share_record('leads', 2, 'sup1');
SELECT sharing.share_record('leads', 3, 'sup1', until => clock_timestamp() + '2 s');
SELECT module, record_id, access, until AT TIME ZONE 'UTC' AS until, status FROM sharing.shared_records(:to_sup1) WHERE record_id <> '3';
SET sharing.user_key = 'sup1';
SELECT test.sees(), test.sees('notes'), test.sees('lines');
BEGIN;
DECLARE open CURSOR FOR SELECT id FROM leads WHERE id < 4 ORDER BY id;
SELECT FROM pg_sleep(2.2);
SELECT test.sees(), test.sees('notes'), test.sees('lines');
FETCH ALL FROM open;
COMMIT;
SELECT test.reach('sup1'), test.reach('sup2');
SELECT record_id, access, status FROM sharing.shared_records(:to_sup1);
SELECT user_name, status, records FROM sharing.my_sharers();
SELECT sharing.access_to('leads', 1), sharing.access_to('leads', 3);
\c - postgres
UPDATE sharing.links SET until = now() - '1 s'::interval WHERE id = :to_sup2;
UPDATE sharing.shares SET until = now() - '1 s'::interval WHERE record_id = '1';
SET SESSION AUTHORIZATION app;
SELECT test.reach('sup1'), test.reach('sup2');
SET sharing.user_key = 'rep1';
SELECT user_name, status, records FROM sharing.my_receivers();
SELECT record_id, access, status FROM sharing.shared_records(:to_sup2);
SELECT sharing.share_record('leads', 1, 'sup2');
RESET sharing.user_key;
RESET SESSION AUTHORIZATION;
SELECT user_key FROM sharing.who_can('leads', 2);
SELECT jsonb_path_query(sharing.export_config(), '$.links[*]') AS link;
SELECT jsonb_path_query(sharing.export_config(), '$.shares[*]') AS share;
SELECT from_key, to_key, status, records FROM sharing.link_overview ORDER BY 1, 2;
-- A link that has ended makes room for another, which waits; shares of the old one are gone.
SET SESSION AUTHORIZATION app;
SET sharing.user_key = 'rep1';
SELECT sharing.request_link('West', 'sup2', '2999-01-01') AS again \gset
SELECT user_name, status FROM sharing.my_receivers();
RESET sharing.user_key;
RESET SESSION AUTHORIZATION;
SELECT count(*) FROM sharing.shares WHERE link_id = :to_sup2;
UPDATE sharing.links SET until = now() - '1 s'::interval WHERE id = :again;
SET SESSION AUTHORIZATION app;
SET sharing.user_key = 'sup2';
SELECT * FROM sharing.pending_links();
SELECT sharing.accept_links(ARRAY[:again]);
RESET sharing.user_key;
RESET SESSION AUTHORIZATION;
-- The document takes the place of what has ended.
SELECT change, object FROM sharing.import_config('{"version": 1, "links": [{"from": "rep1", "to": "sup1", "status": "active"}, {"from": "rep1", "to": "sup2", "status": "active", "until": "2999-01-01T00:00:00Z"}],
    "shares": [{"module": "leads", "record": "1", "from": "rep1", "to": "sup2", "access": "read", "until": "2999-01-01T00:00:00Z"}, {"module": "leads", "record": "2", "from": "rep1", "to": "sup2", "access": "read", "until": "2001-01-01T00:00:00Z"}]}');
SELECT * FROM sharing.import_config(sharing.export_config());

-- Forgotten: what has ended, and nothing else.
UPDATE sharing.shares SET until = now() - '1 s'::interval;
UPDATE sharing.group_users SET until = now() - '1 s'::interval WHERE until IS NOT NULL;
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only'), sharing.add_rule('leads', 'role:H5', 'role:H6', 'read_only'), sharing.add_rule('leads', 'role:H5', 'role:H4', 'read_only'), sharing.apply_rules() \g /dev/null
UPDATE sharing.rules SET until = now() - '1 s'::interval, staged_until = CASE WHEN shared_with_role_id = (SELECT id FROM sharing.roles WHERE name = 'H6') THEN '2999-01-01'::timestamptz ELSE now() - '1 s'::interval END WHERE shared_with_role_id <> (SELECT id FROM sharing.roles WHERE name = 'H4');
SET SESSION AUTHORIZATION app;
SET sharing.user_key = 'rep1';
SELECT sharing.forget_ended();
RESET SESSION AUTHORIZATION;
RESET sharing.user_key;
SELECT sharing.forget_ended(), sharing.forget_ended();
SELECT status, access FROM test.rules;
SELECT (SELECT count(*) FROM sharing.shares) AS shares, (SELECT count(*) FROM sharing.links) AS links, (SELECT count(*) FROM sharing.group_users) AS members;
SELECT object, before - 'id' - 'link' - 'until' - 'staged_until' AS before FROM sharing.audit_log WHERE function = 'forget_ended' ORDER BY id;
