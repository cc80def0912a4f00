-- Record sharing between offices: an administrator shares and takes back for an owner: over the owner's links, not his own. So does a database role that administers.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.grant_admin('stranger') \g /dev/null
\c - app
SELECT test.link('ann', 'liz'), test.link('bob', 'liz');
SELECT test.call('adm', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''edit'')');
SELECT * FROM test.offices_reach();
SELECT test.call('ann', 'SELECT module, record_id, access FROM sharing.shared_records(1)');
-- What he owns himself he has no link for; what nobody owns cannot be shared.
INSERT INTO clients VALUES (7, 'adm', '');
SET sharing.user_key = 'adm';
INSERT INTO clients VALUES (7, 'adm', ''), (8, NULL, ''), (9, 'ghost', '');
SELECT sharing.share_record('clients', '7', 'liz');
SELECT sharing.share_record('clients', '8', 'liz');
SELECT sharing.share_record('clients', '9', 'liz');
-- An administrator who is a specialist, too, shares another's record over that one's link.
SELECT sharing.grant_right('bob', 'administrator');
SELECT test.call('bob', 'SELECT sharing.share_record(''clients'', ''2'', ''liz'')');
SELECT test.call('liz', 'SELECT * FROM sharing.my_sharers()');
SELECT test.call('bob', 'SELECT sharing.unshare_record(''clients'', ''1'', ''liz'')');
SELECT * FROM test.reach('liz', 'clients');
-- Disabled, the administrator cannot either; taking back he can.
SELECT sharing.disable_record_sharing('ann') IS NOT NULL;
SELECT test.call('adm', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');
SELECT test.call('adm', 'SELECT sharing.unshare_record(''clients'', ''2'', ''liz'')');
SELECT sharing.enable_record_sharing('ann') IS NOT NULL;
SELECT * FROM test.reach('liz', 'clients');
-- A database role that administers is no user: it has no links of its own.
\c - stranger
SELECT count(*) FROM clients;
SELECT sharing.share_record('clients', '1', 'liz');
SELECT sharing.share_record('clients', '99', 'liz');
SELECT module, record_id, access FROM sharing.shared_records(1);
SELECT sharing.unshare_record('clients', '1', 'liz');
SELECT sharing.request_link('Los Angeles', 'liz');
SELECT * FROM sharing.my_receivers();
SELECT sharing.accept_links('{1}');
SELECT sharing.delete_link(1);
-- The owner of the table is nobody special.
\c - crm
SELECT sharing.share_record('clients', '1', 'liz');
