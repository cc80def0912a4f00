-- Record sharing between offices: what the confirmations of record sharing say is true, of the office's own people too; requests wait for a
-- partner who is not enabled yet; the office that a specialist moves to is closed, and opening it names the specialists.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.create_office('Miami', 'Head'), sharing.create_office('Tampa', 'Head'), sharing.create_office('Reno', 'Head') \g /dev/null
SELECT sharing.create_role('Clerk'), sharing.create_user('max', 'max', 'Clerk', 'Miami'), sharing.create_user('moe', 'moe', 'Clerk', 'Miami'), sharing.create_user('ted', 'ted', 'Clerk', 'Tampa'),
       sharing.create_profile('All'), sharing.drop_profile('All'), sharing.create_profile('Sees all', view_all => true) \g /dev/null
SELECT sharing.set_permission('Sees all', NULL, true, true, true, true), sharing.assign_profile('Clerk', 'Sees all') \g /dev/null
INSERT INTO clients VALUES (7, 'max', '');
CREATE FUNCTION test.sees_seven(person text) RETURNS boolean LANGUAGE sql AS $$ SELECT coalesce((test.reach(person, 'clients')).sees ~ '\m7\M', false) $$;
\c - app
-- Said: its own people, too, lose view_all; and so they do.
SELECT key, test.sees_seven(key) FROM unnest('{max,moe,ted}'::text[]) key;
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''max'', ''Tampa'', ''ted'', true)');
SELECT test.call('adm', 'SELECT change, object FROM sharing.enable_record_sharing(''max'', ''Tampa'', ''ted'')');
SELECT key, test.sees_seven(key) FROM unnest('{max,moe,ted}'::text[]) key;
-- The request waits: the partner is not asked, cannot answer, and is asked once he is enabled.
SELECT test.call('max', 'SELECT office, user_name, status, records FROM sharing.my_receivers()');
SELECT test.call('ted', 'SELECT link_id FROM sharing.pending_links()'), test.call('ted', 'SELECT sharing.accept_links(''{1}'')');
\c - postgres
SELECT count(*) AS a_second_import_changes_nothing FROM sharing.import_config(sharing.export_config());
\c - app
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''ted'', dry_run => true)');
SELECT test.call('adm', 'SELECT change FROM sharing.enable_record_sharing(''ted'')');
SELECT test.call('ted', 'SELECT link_id, from_user FROM sharing.pending_links()');
SELECT test.call('ted', 'SELECT sharing.accept_links(''{1}'')');
SELECT test.call('max', 'SELECT sharing.share_record(''clients'', ''7'', ''ted'')');
SELECT key, test.sees_seven(key) FROM unnest('{max,moe,ted}'::text[]) key;
-- Whoever asks himself still asks those alone who are enabled.
SELECT test.call('max', 'SELECT sharing.request_link(''New York'', ''abe'')');
-- The end of a link, in words: for either side and administrators, and only told by a dry run.
SELECT test.call('moe', 'SELECT * FROM sharing.delete_link(1, dry_run => true)');
SELECT test.call('ted', 'SELECT * FROM sharing.delete_link(1, dry_run => true)');
SELECT test.call('ted', 'SELECT * FROM sharing.delete_link(1, dry_run => NULL)');
SELECT test.call('adm', 'SELECT * FROM sharing.delete_link(1, true)');
SELECT key, test.sees_seven(key) FROM unnest('{max,ted}'::text[]) key;
SELECT test.call('max', 'SELECT * FROM sharing.delete_link(1)');
SELECT key, test.sees_seven(key) FROM unnest('{max,ted}'::text[]) key;
SELECT test.call('max', 'SELECT * FROM sharing.delete_link(1)');
-- The office that a specialist moves to is closed; others move without a word, and to a closed one there is none.
SELECT test.call('adm', 'SELECT sharing.set_user_office(''max'', ''Reno'')');
SELECT test.call('adm', 'SELECT sharing.set_user_office(''max'', ''Tampa'')');
SELECT test.call('adm', 'SELECT sharing.set_user_office(''moe'', ''Head'')');
SELECT test.call('adm', 'SELECT sharing.set_user_office(''max'', NULL)');
-- Opening an office of specialists names them; of others, or one that is open, says nothing. Closing neither.
SELECT test.call('adm', 'SELECT sharing.set_office_security(''Tampa'', false)');
SELECT test.call('adm', 'SELECT sharing.set_office_security(''Tampa'', false)');
SELECT test.call('adm', 'SELECT sharing.set_office_security(''Tampa'', true)');
SELECT test.call('adm', 'SELECT sharing.set_office_security(''Miami'', false)');
\c - postgres
SELECT name, security FROM sharing.offices ORDER BY name;
SELECT sharing.create_user('crowd' || n, 'crowd' || n, NULL, 'Miami') FROM generate_series(1, 12) n \g /dev/null
SELECT sharing.enable_record_sharing('crowd' || n) FROM generate_series(1, 12) n \g /dev/null
SELECT sharing.set_office_security('Miami', false);
-- The confirmation of disabling: the office stays closed, and the two rights do not return.
SELECT * FROM sharing.disable_record_sharing('ted', dry_run => true);
SELECT * FROM sharing.disable_record_sharing('crowd1', dry_run => true);
