-- Single records for colleagues; The organization: users, roles and groups to whom records were given are not dropped; what was given to a role goes to the one
-- that takes its place, and gives nobody more than one of the two had. Sources and documents are held by it, too. Copies of the schema and
-- modules that are protected with grants => false.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set VERBOSITY default
SELECT sharing.create_group('t', 'Team'), sharing.create_role('Temp', 'H7'), sharing.create_role('Heir', 'H7'), sharing.create_user('x', 'x', 'Temp'), sharing.create_user('y', 'y') \g /dev/null
SELECT sharing.grant_record('leads', 1, 'user:y'), sharing.grant_record('leads', 2, 'group:Team'), sharing.grant_record('leads', 3, 'role:Temp', 'edit'), sharing.grant_record('leads', 4, 'role_and_subordinates:Temp'),
       sharing.grant_record('leads', 5, 'role:Temp', 'edit', now() + '1 h'), sharing.grant_record('leads', 5, 'role:Heir', 'read'), sharing.grant_record('leads', 6, 'role:Temp', 'read', now() + '2 h'), sharing.grant_record('leads', 6, 'role:Heir', 'read', now() + '1 h'),
       sharing.grant_record('leads', 7, 'role:Temp', 'read'), sharing.grant_record('leads', 7, 'role:Heir', 'edit', now() + '1 h'), sharing.grant_record('leads', 8, 'role:Temp', 'read'), sharing.grant_record('leads', 8, 'role:Heir', 'edit', now() + '1 h') \g /dev/null
UPDATE sharing.record_grants SET until = now() WHERE record_id = '8' AND until IS NOT NULL;
SELECT sharing.drop_user('y');
SELECT sharing.drop_group('Team');
SELECT sharing.drop_role('Temp');
SELECT sharing.import_config(jsonb_set(jsonb_build_object('version', 1, 'groups', '[]'::jsonb), '{x}', '1') - 'x');
SELECT sharing.import_config(jsonb_build_object('version', 1, 'users', (SELECT jsonb_agg(u) FROM jsonb_array_elements(sharing.export_config()->'users') u WHERE u->>'key' <> 'y')));
SELECT change, object FROM sharing.import_config(jsonb_build_object('version', 1, 'grants', '[]'::jsonb, 'groups', '[]'::jsonb), dry_run => true);
SELECT sharing.drop_role('Temp', reassign_to => 'Heir');
SELECT g.record_id, g.to_whom, g.access, g.until - now() > '90 min' AS is_long, g.status FROM sharing.granted_records() g ORDER BY g.record_id::integer, 2;
SELECT count(*) FROM sharing.grant_stamps s WHERE of_kind LIKE 'role%' AND NOT EXISTS (SELECT FROM sharing.roles r WHERE r.id = s.of_id);
\c - app
SELECT test.reach('x');
\c - postgres
-- A group that is renamed keeps what it was given; a rename by a document, too.
SELECT sharing.rename_group('Team', 'Crew');
SELECT change, object FROM sharing.import_config('{"version": 1, "groups": [{"key": "t", "name": "Band"}]}');
SELECT change, object FROM sharing.import_config(jsonb_set(jsonb_set(sharing.export_config(), '{groups}', '[{"key": "t", "name": "Choir"}]'), '{grants}', (SELECT jsonb_agg(CASE g->>'to' WHEN 'group:Band' THEN jsonb_set(g, '{to}', '"group:Choir"') ELSE g END) FROM jsonb_array_elements(sharing.export_config()->'grants') g)));
SELECT record_id, to_whom FROM sharing.granted_records() WHERE to_whom LIKE 'group:%';
-- grants => false: nothing is given, what is there sleeps. A document says it and takes it back.
SELECT change, object, detail FROM sharing.import_config(jsonb_set(jsonb_build_object('version', 1, 'modules', sharing.export_config()->'modules'), '{modules,0,grants}', 'false'));
SELECT module, grants FROM sharing.module_overview;
SELECT sharing.export_config()->'modules';
SELECT sharing.grant_record('leads', 1, 'user:y');
SELECT count(*) FROM sharing.record_grants;
SELECT sharing.import_config('{"version": 1, "grants": [{"module": "leads", "record": "1", "to": "user:y", "access": "read"}]}');
\c - app
SELECT test.reach('x');
\c - postgres
SELECT access, reason FROM sharing.explain('leads', '3', 'x');
SELECT change, object FROM sharing.import_config(jsonb_set(jsonb_build_object('version', 1, 'modules', sharing.export_config()->'modules'), '{modules,0,grants}', 'true'));
\c - app
SELECT test.reach('x');
\c - postgres
-- Documents that say what cannot be.
SELECT d, outcome FROM (VALUES
    ('[{"module": "nothing", "record": "1", "to": "user:y", "access": "read"}]'), ('[{"module": "leads", "record": "1", "to": "user:nobody", "access": "read"}]'), ('[{"module": "leads", "record": "1", "to": "nobody", "access": "read"}]'),
    ('[{"module": "leads", "record": "1", "to": "user:y", "access": "full"}]'), ('[{"module": "leads", "record": "1", "to": "user:y"}]'), ('[{"module": "leads", "record": "1", "to": "user:y", "access": "read", "until": "infinity"}]'),
    ('[{"module": "leads", "record": "1", "to": "user:y", "access": "read", "until": "tomorrow"}]'), ('[{"module": "leads", "record": "1", "to": "user:y", "access": "read", "until": 5}]'), ('[{"module": "leads", "record": "1", "to": "user:y", "access": "read", "up to": null}]'),
    ('[{"module": "leads", "record": "1", "to": "user:y", "access": "read"}, {"module": "leads", "record": "1", "to": "user:y", "access": "edit"}]')) v (d),
    test.outcome(format('SELECT sharing.import_config(%L)', format('{"version": 1, "grants": %s}', d))) outcome;
-- A thousand, there and back.
INSERT INTO leads SELECT n, 'rep1', '' FROM generate_series(1001, 2000) n;
SELECT count(sharing.grant_record('leads', id, 'group:Choir', until => now() + '1 h')) FROM leads WHERE id > 1000;
SELECT sharing.export_config() AS document \gset
SELECT count(*) FROM sharing.import_config(:'document');
SELECT count(*) FROM sharing.import_config('{"version": 1, "grants": []}');
SELECT count(*) FROM sharing.record_grants WHERE record_id::integer > 1000;
SELECT change, count(*) FROM sharing.import_config(:'document') GROUP BY change;
SELECT sharing.export_config() = :'document' AS is_the_same;
