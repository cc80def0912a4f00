-- Record sharing between offices: a link is asked for by office and name, waits, and is accepted, declined or deleted; both lists and the list
-- of what waits tell of it. One per direction and pair. It alone shows no record.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
\c - app
SELECT test.call('ann', 'SELECT sharing.request_link(''Los Angeles'', ''liz'')');
SELECT test.call('bob', 'SELECT sharing.request_link(''Los Angeles'', ''liz'')');
SELECT test.call('liz', 'SELECT sharing.request_link(''New York'', ''ann'')');
-- What people meet at sign-in, in the order in which it was asked; nobody else is told.
SELECT person, test.call(person, 'SELECT link_id, from_office, from_user, requested_at <= clock_timestamp() AND requested_at > now() - interval ''1 hour'' FROM sharing.pending_links()')
FROM unnest('{ann,abe,liz,leo,bob,adm}'::text[]) person;
SELECT person, list, test.call(person, 'SELECT * FROM sharing.' || list)
FROM unnest('{ann,liz,bob,adm}'::text[]) WITH ORDINALITY p (person, n), unnest('{my_receivers(),my_sharers()}'::text[]) WITH ORDINALITY l (list, m) ORDER BY n, m;
SELECT * FROM test.offices_reach();
-- Several at once, named twice or not.
SELECT test.call('liz', 'SELECT sharing.accept_links(''{2,1,2}'')');
SELECT test.call('liz', 'SELECT sharing.accept_links(''{}'')');
SELECT test.call('liz', 'SELECT * FROM sharing.my_sharers()');
SELECT test.call('liz', 'SELECT link_id FROM sharing.pending_links()');
SELECT * FROM test.offices_reach();
-- The list of records, for both sides and an administrator.
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''2'', ''liz'', ''edit''), sharing.share_record(''clients'', ''1'', ''liz'')');
SELECT person, test.call(person, 'SELECT module, record_id, access, shared_at > now() - interval ''1 hour'' FROM sharing.shared_records(1)')
FROM unnest('{ann,liz,adm,abe,leo,bob}'::text[]) person;
SELECT test.call('ann', 'SELECT * FROM sharing.my_receivers()');
SELECT test.call('liz', 'SELECT * FROM sharing.my_sharers()');
-- Declined: as if it had never been asked, and it may be asked again.
SELECT test.call('ann', 'SELECT sharing.decline_links(''{3}'')');
SELECT test.call('liz', 'SELECT * FROM sharing.my_receivers()');
SELECT test.call('liz', 'SELECT sharing.request_link(''New York'', ''ann'')');
-- Deleted by the side that shares: the shares go, too, and do not come back with a new link.
SELECT test.call('ann', 'SELECT sharing.delete_link(1)');
SELECT * FROM test.reach('liz', 'clients');
SELECT test.link('ann', 'liz');
SELECT * FROM test.reach('liz', 'clients');
SELECT test.call('ann', 'SELECT * FROM sharing.my_receivers()');
-- By the side that receives.
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');
SELECT * FROM test.reach('liz', 'clients');
SELECT test.call('liz', 'SELECT sharing.delete_link(5)');
SELECT * FROM test.reach('liz', 'clients');
-- By an administrator; a waiting one by who asked.
SELECT test.call('adm', 'SELECT sharing.delete_link(2)');
SELECT test.call('liz', 'SELECT sharing.delete_link(4)');
\c - postgres
SELECT * FROM sharing.links, sharing.shares;
