-- Record sharing between offices: what enabling record sharing brings with it, and the text of the confirmation (dry_run).
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.create_office('Miami', 'Head'), sharing.create_user('max', 'max', NULL, 'Miami'), sharing.create_user('moe', 'moe', NULL, 'Miami'),
       sharing.create_user('nik', 'nik'), sharing.grant_right('max', 'super_user'), sharing.grant_right('max', 'enterprise_view') \g /dev/null
INSERT INTO clients VALUES (7, 'max', ''), (8, 'moe', '');
SELECT test.configuration() AS before \gset
\c - app
-- As Super User and with Enterprise View he sees his office's records.
SELECT * FROM test.reach('max', 'clients');
-- dry_run only tells.
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''max'', dry_run => true)');
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''max'', ''New York'', ''ann'', true)');
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''moe'', dry_run => true)');
\c - postgres
SELECT test.configuration() = :'before' AS nothing_changed;
\c - app
-- The same words when it is done, with a quick handshake: the partner still has to accept.
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''max'', ''New York'', ''ann'')');
SELECT * FROM test.reach('max', 'clients');
SELECT test.call('ann', 'SELECT link_id, from_office, from_user FROM sharing.pending_links()');
SELECT test.call('max', 'SELECT * FROM sharing.my_receivers()');
SELECT test.call('max', 'SELECT sharing.share_record(''clients'', ''7'', ''ann'')');
\c - postgres
SELECT u.key, r."right" FROM sharing.user_rights r JOIN sharing.users u ON u.id = r.user_id WHERE u.key = 'max';
SELECT name, security FROM sharing.offices ORDER BY name;
\c - app
-- Again: nothing is left to do. A colleague: the office is closed already.
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''max'')');
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''moe'')');
-- While he has it, neither of the two rights is granted. Others are.
SELECT test.call('adm', 'SELECT sharing.grant_right(''max'', ''super_user'')');
SELECT test.call('adm', 'SELECT sharing.grant_right(''max'', ''enterprise_view'')');
SELECT test.call('adm', 'SELECT sharing.grant_right(''max'', ''record_sharing'')');
SELECT test.call('adm', 'SELECT sharing.revoke_right(''max'', ''record_sharing'')');
-- What cannot be.
\c - postgres
SELECT test.configuration() AS before \gset
\c - app
SELECT who, statement, test.call(who, 'SELECT * FROM sharing.' || statement) FROM (VALUES
    ('adm', 'enable_record_sharing(''nik'')'),
    ('adm', 'enable_record_sharing(''nik'', dry_run => true)'),
    ('adm', 'enable_record_sharing(''ghost'')'),
    ('adm', 'enable_record_sharing(''moe'', ''Nowhere'', ''ann'')'),
    ('adm', 'enable_record_sharing(''moe'', ''New York'', ''liz'')'),
    ('adm', 'enable_record_sharing(''moe'', ''New York'', ''abe'')'),
    ('adm', 'enable_record_sharing(''moe'', ''New York'', ''abe'', true)'),
    ('adm', 'enable_record_sharing(''moe'', ''Miami'', ''max'')'),
    ('adm', 'enable_record_sharing(''moe'', ''Miami'', ''max'', true)'),
    ('adm', 'enable_record_sharing(''moe'', ''New York'')'),
    ('adm', 'enable_record_sharing(''moe'', handshake_user => ''ann'')'),
    ('adm', 'enable_record_sharing(''max'', ''New York'', ''ann'')'),
    ('adm', 'enable_record_sharing(NULL)'),
    ('adm', 'enable_record_sharing(''moe'', dry_run => NULL)'),
    ('abe', 'enable_record_sharing(''abe'')'),
    ('ann', 'enable_record_sharing(''abe'', dry_run => true)'),
    ('', 'enable_record_sharing(''abe'')')) AS attempts (who, statement);
\c - postgres
SELECT test.configuration() = :'before' AS nothing_changed;
