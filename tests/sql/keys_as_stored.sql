-- The organization; Modules; Record sharing between offices: keys and record ids are taken as they are stored, integers and uuids, in every function that takes them,
-- by place and by name, in arrays, from columns and parameters; literals of no type and NULL go on being text.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_office('East'), sharing.create_office('West') \g /dev/null
SELECT sharing.create_user(42, 'Ann', office => 'East'), sharing.create_user(key => 43::smallint, name => 'Bob', office => 'West'), sharing.create_user(9000000000, 'Big'), sharing.create_user('44', 'Text'),
       sharing.create_user('AAAAAAAA-0000-0000-0000-000000000001'::uuid, 'Una', office => 'East'), sharing.create_group(100, 'Team'), sharing.create_group('bbbbbbbb-0000-0000-0000-000000000001'::uuid, 'Uteam'), sharing.create_group('g', 'Gteam') \g /dev/null
SELECT key, name FROM sharing.users WHERE name ~ '^[A-Z]' ORDER BY key;
SELECT key, name FROM sharing.groups ORDER BY key;
SELECT sharing.set_user_role(42, 'H5'), sharing.set_user_office(key => 9000000000, office => 'East'), sharing.set_user_db_role(44, 'stranger'), sharing.set_user_db_role(44, NULL), sharing.deactivate_user(44), sharing.activate_user(44),
       sharing.grant_right(42, 'super_user'), sharing.revoke_right(42, 'super_user'), sharing.drop_user(9000000000);
-- From columns of other types that are stored, and NULL of each.
CREATE TABLE staff (id integer, uid uuid, login varchar(20), tag name, tiny smallint);
INSERT INTO staff VALUES (51, 'cccccccc-0000-0000-0000-000000000001', 'login', 'tag', 52);
SELECT sharing.create_user(id, 'i'), sharing.create_user(uid, 'u'), sharing.create_user(login, 'l'), sharing.create_user(tag, 't'), sharing.create_user(tiny, 's') FROM staff \g /dev/null
SELECT string_agg(key, ' ' ORDER BY key) FROM sharing.users WHERE length(name) = 1;
SELECT test.outcome('SELECT sharing.create_user(NULL, ''x'')'), test.outcome('SELECT sharing.create_user(NULL::integer, ''x'')'), test.outcome('SELECT sharing.create_user(NULL::uuid, ''x'')'), test.outcome('SELECT sharing.create_user(4.5, ''x'')');
PREPARE made AS SELECT sharing.create_user($1, $2);
SELECT parameter_types FROM pg_prepared_statements WHERE name = 'made';
-- Sharing.
SELECT change, object FROM sharing.enable_record_sharing(42);
SELECT change, object FROM sharing.enable_record_sharing(user_key => 43, dry_run => true);
SELECT change, object FROM sharing.disable_record_sharing(42, dry_run => true);
SELECT sharing.enable_record_sharing(43), sharing.enable_record_sharing('aaaaaaaa-0000-0000-0000-000000000001'::uuid) \g /dev/null
CREATE TABLE clients (id integer PRIMARY KEY, owner integer);
CREATE TABLE tasks (id uuid PRIMARY KEY, owner uuid);
INSERT INTO clients SELECT n, 42 FROM generate_series(1, 9) n;
INSERT INTO tasks SELECT ('dddddddd-0000-0000-0000-00000000000' || n)::uuid, 'aaaaaaaa-0000-0000-0000-000000000001' FROM generate_series(1, 9) n;
GRANT SELECT, UPDATE ON clients, tasks TO app;
SELECT sharing.protect('clients', 'owner') \g /dev/null
SELECT sharing.protect('tasks', 'owner') \g /dev/null
\c - app
SET sharing.user_key = '42';
SELECT sharing.request_link('West', 'Bob') AS link \gset
SET sharing.user_key = 'aaaaaaaa-0000-0000-0000-000000000001';
SELECT sharing.request_link('West', 'Bob') AS other \gset
SET sharing.user_key = '43';
SELECT sharing.accept_links(ARRAY[:link, :other]);
SET sharing.user_key = '42';
SELECT sharing.share_record('clients', 1, 43), sharing.share_record('clients', '2', 43), sharing.share_record('clients', 3, '43'), sharing.share_record('clients', '4', '43'), sharing.share_record(relation => 'clients', record_id => 5, with_user => 43, access => 'edit'),
       sharing.share_record('clients'::regclass, id, 43) FROM clients WHERE id = 6;
SELECT record_id, access FROM sharing.shared_records(:link);
SELECT sharing.unshare_record('clients', 1, 43), sharing.unshare_record('clients', '2', 43), sharing.unshare_record('clients', 3, '43'), sharing.unshare_record(relation => 'clients', record_id => 5, with_user => 43);
SELECT record_id, access FROM sharing.shared_records(:link);
SET sharing.user_key = 'aaaaaaaa-0000-0000-0000-000000000001';
SELECT sharing.share_record('tasks', id, 43) FROM tasks WHERE id::text LIKE '%1';
SELECT record_id, access FROM sharing.shared_records(:other);
-- Transfer: arrays of each type, literals, from queries, none.
SET sharing.user_key = '42';
SELECT sharing.transfer('clients', ARRAY[1, 2], 'user:43'), sharing.transfer('clients', ARRAY[3]::smallint[], 'user:43'), sharing.transfer('clients', '{4}', 'user:43'), sharing.transfer('clients', '{5}'::text[], 'user:43'),
       sharing.transfer(relation => 'clients', record_ids => ARRAY['6', '7'], new_owner => 'user:43'), sharing.transfer('clients', '{}', 'user:43'), sharing.transfer('clients', ARRAY(SELECT id FROM clients WHERE owner = 42 AND id > 8), 'user:43');
SELECT test.sees('clients');
SELECT test.outcome('SELECT sharing.transfer(''clients'', NULL, ''user:43'')'), test.outcome('SELECT sharing.transfer(''clients'', ARRAY[8, NULL], ''user:43'')'), test.outcome('SELECT sharing.transfer(''clients'', NULL::uuid[], ''user:43'')'), test.outcome('SELECT sharing.transfer(''clients'', ''8'', ''user:43'')');
SET sharing.user_key = 'aaaaaaaa-0000-0000-0000-000000000001';
SELECT sharing.transfer('tasks', array_agg(id), 'user:42') FROM tasks WHERE id::text LIKE '%2';
SELECT sharing.transfer('tasks', array_agg(id), 'user:cccccccc-0000-0000-0000-000000000001') FROM tasks WHERE id::text LIKE '%2';
-- Who and why: a key that may be left out, too.
\c - postgres
SELECT sharing.access_to('clients', 8, 42), sharing.access_to('clients', '8', 42), sharing.access_to('clients', 8, '42'), sharing.access_to('clients', 8), sharing.access_to(relation => 'clients', record_id => 8::bigint, user_key => 43::smallint),
       sharing.access_to('clients', 8, NULL), (SELECT count(*) FROM sharing.explain('clients', id, owner) e) FROM clients WHERE id = 8;
SELECT user_key FROM sharing.who_can('tasks', 'dddddddd-0000-0000-0000-000000000003'::uuid);
SELECT record_id, access FROM sharing.access_levels('tasks', ARRAY(SELECT id FROM tasks WHERE id::text LIKE '%3'));
-- Every function with such a parameter has all forms, with the same names, defaults, result and words.
\c - postgres
SELECT p.proname, pg_get_function_arguments(p.oid), array_agg(DISTINCT pg_get_function_result(o.oid)) = ARRAY[pg_get_function_result(p.oid)] AS same_result,
       array_agg(DISTINCT obj_description(o.oid, 'pg_proc')) = ARRAY[obj_description(p.oid, 'pg_proc')] AS same_words, bool_and(o.proargnames = p.proargnames AND o.pronargdefaults = LEAST(p.pronargdefaults,
           -- A key that may be left out is text then, since of several such forms PostgreSQL would choose none; nor can what stands before it.
           p.pronargs - (SELECT max(n) FROM generate_series(1, p.pronargs) n WHERE p.proargtypes[n - 1] <> o.proargtypes[n - 1]))) AS same_names_and_defaults, count(o.oid) AS other_forms
FROM pg_proc p JOIN pg_proc o ON o.proname = p.proname AND o.pronamespace = p.pronamespace AND o.oid <> p.oid AND o.prolang = (SELECT oid FROM pg_language WHERE lanname = 'sql')
WHERE p.pronamespace = 'sharing'::regnamespace AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')
GROUP BY p.oid ORDER BY p.proname;
SELECT proname AS without FROM pg_proc p WHERE pronamespace = 'sharing'::regnamespace AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')
  AND EXISTS (SELECT FROM generate_series(1, pronargs) n WHERE proargnames[n] ~ '(^|_)key$|^with_user$|record_id' AND proargtypes[n - 1] IN ('text'::regtype, 'text[]'::regtype))
  AND proname <> 'add_key' -- whose key is that of a signature
  AND NOT EXISTS (SELECT FROM pg_proc o WHERE o.proname = p.proname AND o.pronamespace = p.pronamespace AND o.oid <> p.oid);
