-- Vocabulary; Record sharing between offices: people may have the same name, with and without offices, by every way that makes or moves them. Who is
-- asked for a link by name has to be alone with it among the specialists of the office, and others are not told of.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.create_user('a1', 'Ann Lee'), sharing.create_user('a2', 'Ann Lee'), sharing.create_user('a3', 'Ann Lee', office => 'Boston'),
       sharing.set_user_office('a1', 'Boston'), sharing.set_user_office('a1', NULL) \g /dev/null
SELECT change, object FROM sharing.import_config(jsonb_set(sharing.export_config(), '{users}', (sharing.export_config() -> 'users') || '[{"key": "a4", "name": "Ann Lee"}, {"key": "a5", "name": "Ann Lee", "office": "Boston"}]'));
SELECT count(*) AS a_second_import_changes_nothing FROM sharing.import_config(sharing.export_config());
SELECT u.key, u.name, o.name AS office FROM sharing.users u LEFT JOIN sharing.offices o ON o.id = u.office_id WHERE u.name = 'Ann Lee' ORDER BY u.key;
-- Two in Boston who share records: the name says nobody.
SELECT sharing.enable_record_sharing('a3'), sharing.enable_record_sharing('a5') \g /dev/null
\c - app
SELECT test.call('ann', 'SELECT sharing.request_link(''Boston'', ''Ann Lee'')');
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''abe'', ''Boston'', ''Ann Lee'')');
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''abe'', ''Boston'', ''Ann Lee'', true)');
-- Another of the name who does not share records, or is elsewhere, does not count.
SELECT test.call('adm', 'SELECT sharing.disable_record_sharing(''a5'')');
SELECT test.call('ann', 'SELECT sharing.request_link(''Boston'', ''Ann Lee'')');
SELECT test.call('adm', 'SELECT sharing.set_user_office(''a5'', ''Head'')');
SELECT test.call('a3', 'SELECT link_id, from_user FROM sharing.pending_links()');
