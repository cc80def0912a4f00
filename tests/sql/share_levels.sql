-- The decision; Commands on a protected table; Record sharing between offices: a share lets see (read), or see and change (edit); never delete, never change the owner.
-- Sharing again changes the level; unsharing ends it.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
\c - app
SELECT test.link('ann', 'liz');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz''), sharing.share_record(''clients'', ''2'', ''liz'', ''edit'')');
SELECT statement, test.outcome_for('liz', statement) FROM unnest(ARRAY[
    'SELECT FROM clients WHERE id = 1', 'SELECT FROM clients WHERE id = 2', 'SELECT FROM clients',
    'SELECT FROM clients WHERE id = 1 FOR UPDATE', 'SELECT FROM clients WHERE id = 1 FOR NO KEY UPDATE', 'SELECT FROM clients WHERE id = 1 FOR SHARE', 'SELECT FROM clients WHERE id = 1 FOR KEY SHARE',
    'SELECT FROM clients WHERE id = 2 FOR UPDATE', 'SELECT FROM clients WHERE id = 2 FOR KEY SHARE', 'SELECT FROM clients FOR UPDATE',
    'UPDATE clients SET title = ''x'' WHERE id = 1', 'UPDATE clients SET title = ''x'' WHERE id = 2', 'UPDATE clients SET title = ''x''',
    'UPDATE clients SET id = 102 WHERE id = 2', 'UPDATE clients SET id = id + 100', 'UPDATE clients SET id = 1 WHERE id = 2',
    'UPDATE clients SET owner = ''liz'' WHERE id = 2', 'UPDATE clients SET owner = ''bob'' WHERE id = 2', 'UPDATE clients SET owner = ''liz''', 'UPDATE clients SET owner = owner',
    'SELECT sharing.transfer(''clients'', ''{2}'', ''user:liz'')',
    'DELETE FROM clients WHERE id = 1', 'DELETE FROM clients WHERE id = 2', 'DELETE FROM clients',
    'INSERT INTO clients VALUES (7, ''ann'')', 'INSERT INTO clients VALUES (2, ''liz'') ON CONFLICT DO NOTHING',
    'INSERT INTO clients VALUES (2, ''liz'') ON CONFLICT (id) DO UPDATE SET title = ''x''', 'INSERT INTO clients VALUES (1, ''liz'') ON CONFLICT (id) DO UPDATE SET title = ''x''',
    'INSERT INTO clients VALUES (2, ''liz'') ON CONFLICT (id) DO UPDATE SET owner = ''liz''',
    'MERGE INTO clients USING (VALUES (2)) v (id) ON clients.id = v.id WHEN MATCHED THEN UPDATE SET title = ''x''',
    'MERGE INTO clients USING (VALUES (1)) v (id) ON clients.id = v.id WHEN MATCHED THEN UPDATE SET title = ''x''',
    'MERGE INTO clients USING (VALUES (2)) v (id) ON clients.id = v.id WHEN MATCHED THEN DELETE']) statement;
-- What he reaches in different ways is the same.
SET sharing.user_key = 'liz';
SELECT id, owner FROM clients WHERE owner = 'ann' ORDER BY id;
SELECT c, c.tableoid::regclass FROM clients c WHERE id < 3 ORDER BY id;
COPY (SELECT id FROM clients ORDER BY id) TO STDOUT;
SELECT a.id, b.id FROM clients a JOIN clients b ON b.id = a.id + 1 ORDER BY 1;
SET enable_seqscan = off;
SELECT id FROM clients ORDER BY id;
SET enable_indexscan = off; SET enable_bitmapscan = off;
SELECT id FROM clients ORDER BY id;
RESET ALL;
-- Sharing again: up, down; the list tells.
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''edit'')');
SELECT test.reach('liz', 'clients');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''read''), sharing.share_record(''clients'', ''2'', ''liz'')');
SELECT test.reach('liz', 'clients');
SELECT test.call('ann', 'SELECT module, record_id, access FROM sharing.shared_records(1)');
SELECT test.call('ann', 'SELECT records FROM sharing.my_receivers()');
-- Taking it back; the other one stays.
SELECT test.call('ann', 'SELECT sharing.unshare_record(''clients'', ''1'', ''liz'')');
SELECT test.reach('liz', 'clients');
-- Several shares of one record: each receiver at his own level.
SELECT test.link('ann', 'bob');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''2'', ''bob'', ''edit'')');
SELECT * FROM test.offices_reach();
SELECT test.call('ann', 'SELECT sharing.unshare_record(''clients'', ''2'', ''liz'')');
SELECT * FROM test.offices_reach();
