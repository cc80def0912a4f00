-- Record sharing between offices: disabling suspends links and shares in both directions at once; enabling revives them; delete_links deletes
-- them. Office security and the other rights stay as they are.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
\c - app
SELECT test.link('ann', 'liz') AS ann_to_liz, test.link('liz', 'ann') AS liz_to_ann, test.link('ann', 'bob') AS ann_to_bob;
SELECT test.call('bob', 'SELECT sharing.request_link(''New York'', ''ann'')');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz''), sharing.share_record(''clients'', ''1'', ''bob'')');
SELECT test.call('liz', 'SELECT sharing.share_record(''clients'', ''4'', ''ann'', ''edit'')');
SELECT * FROM test.offices_reach();
SELECT test.call('adm', 'SELECT * FROM sharing.disable_record_sharing(''ann'', dry_run => true)');
SELECT test.call('adm', 'SELECT * FROM sharing.disable_record_sharing(''ann'', true, true)');
SELECT * FROM test.offices_reach();
SELECT test.call('adm', 'SELECT * FROM sharing.disable_record_sharing(''ann'')');
SELECT * FROM test.offices_reach();
-- The lists say so, to all sides; nothing waits for anybody.
SELECT person, list, test.call(person, 'SELECT * FROM sharing.' || list)
FROM unnest('{ann,liz,bob}'::text[]) WITH ORDINALITY p (person, n), unnest('{my_receivers(),my_sharers(),pending_links()}'::text[]) WITH ORDINALITY l (list, m) ORDER BY n, m;
-- What is suspended can be looked at and deleted, but neither accepted nor used.
SELECT test.call('liz', 'SELECT module, record_id, access FROM sharing.shared_records(1)');
SELECT test.call('ann', 'SELECT sharing.accept_links(''{4}'')');
SELECT test.call('ann', 'SELECT sharing.decline_links(''{4}'')');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''2'', ''liz'')');
SELECT test.call('ann', 'SELECT sharing.unshare_record(''clients'', ''1'', ''bob'')');
SELECT test.call('liz', 'SELECT sharing.share_record(''clients'', ''4'', ''ann'')');
SELECT test.call('adm', 'SELECT sharing.share_record(''clients'', ''4'', ''ann'')');
-- Disabled again: nothing is left to do. The office stays closed; so do the links.
SELECT test.call('adm', 'SELECT * FROM sharing.disable_record_sharing(''ann'')');
\c - postgres
SELECT name, security FROM sharing.offices WHERE name = 'New York';
SELECT id, status FROM sharing.links ORDER BY id;
\c - app
-- Now the other two rights may be granted; enabling takes them again.
SELECT test.call('adm', 'SELECT sharing.grant_right(''ann'', ''super_user'')');
SELECT * FROM test.reach('ann', 'clients');
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''ann'')');
SELECT * FROM test.offices_reach();
SELECT test.call('ann', 'SELECT * FROM sharing.my_receivers()');
SELECT test.call('ann', 'SELECT link_id, from_office, from_user FROM sharing.pending_links()');
-- An inactive user's links are suspended, too.
SELECT test.call('adm', 'SELECT sharing.deactivate_user(''liz'')');
SELECT test.call('ann', 'SELECT * FROM sharing.my_receivers()');
SELECT * FROM test.offices_reach();
SELECT test.call('adm', 'SELECT sharing.activate_user(''liz'')');
SELECT * FROM test.offices_reach();
-- With delete_links they are gone for good; those of others stay.
SELECT test.link('liz', 'bob') AS liz_to_bob;
SELECT test.call('adm', 'SELECT * FROM sharing.disable_record_sharing(''ann'', true)');
SELECT test.call('adm', 'SELECT * FROM sharing.enable_record_sharing(''ann'')');
SELECT * FROM test.offices_reach();
SELECT test.call('bob', 'SELECT * FROM sharing.my_sharers()');
SELECT test.call('ann', 'SELECT * FROM sharing.my_receivers() UNION SELECT * FROM sharing.my_sharers()');
\c - postgres
SELECT count(*) FROM sharing.shares;
\c - app
-- delete_links of one who has lost the right already.
SELECT test.link('ann', 'liz') > 0 AS linked;
SELECT test.call('adm', 'SELECT * FROM sharing.disable_record_sharing(''ann'')');
SELECT test.call('adm', 'SELECT change FROM sharing.disable_record_sharing(''ann'', true)');
SELECT test.call('liz', 'SELECT * FROM sharing.my_sharers()');
SELECT test.call(who, 'SELECT * FROM sharing.disable_record_sharing(' || argument || ')')
FROM (VALUES ('ann', '''ann'''), ('liz', '''ann'''), ('', '''ann'''), ('adm', '''ghost'''), ('adm', 'NULL'), ('adm', '''liz'', NULL'), ('adm', '''liz'', true, NULL')) a (who, argument);
