-- Record sharing between offices: specialists lists the users with the right record_sharing and their office, for those who are somebody.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
\c - app
SELECT person, test.call(person, 'SELECT * FROM sharing.specialists ORDER BY office') FROM unnest('{ann,leo,ghost}'::text[]) person;
SELECT * FROM sharing.specialists;
SELECT test.call('adm', 'SELECT sharing.disable_record_sharing(''bob'') IS NOT NULL'), test.call('adm', 'SELECT sharing.deactivate_user(''liz'')');
SELECT test.call('leo', 'SELECT * FROM sharing.specialists');
SELECT test.call('adm', 'SELECT sharing.set_user_office(''ann'', NULL)');
SELECT test.call('leo', 'SELECT * FROM sharing.specialists');
SELECT test.call('ann', 'DELETE FROM sharing.specialists RETURNING 1'), test.call('ann', 'UPDATE sharing.specialists SET user_name = ''x''');
\c - rep2_db
SELECT user_key FROM sharing.specialists;
\c - stranger
SELECT user_key FROM sharing.specialists;
\c - postgres
SELECT user_key FROM sharing.specialists;
