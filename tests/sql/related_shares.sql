-- The decision grant 12: a record that is shared over an active link shows its children to the receiver, for reading, whoever owns them and whatever
-- offices are closed; not where the relation was declared with with_shares => false; and no longer than the share is worth something.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
-- Of clients 1 (ann's) three: ann's, leo's and of a stranger; of client 2, 3 (abe's) and none one each.
CREATE TABLE orders (id integer PRIMARY KEY, owner text, client integer, title text);
CREATE TABLE secrets (id integer PRIMARY KEY, owner text, client integer, title text);
CREATE TABLE lines (id integer PRIMARY KEY, owner text, "order" integer, title text);
INSERT INTO orders VALUES (11, 'ann', 1), (12, 'leo', 1), (13, 'ghost', 1), (14, 'ann', 2), (15, 'ann', 3), (16, 'ann', NULL);
INSERT INTO secrets VALUES (11, 'ann', 1);
INSERT INTO lines VALUES (111, 'ann', 11);
GRANT ALL ON orders, secrets, lines TO app;
SELECT sharing.protect('orders', 'owner'), sharing.protect('secrets', 'owner'), sharing.protect('lines', 'owner') \g /dev/null
SELECT sharing.relate('orders', 'client', 'clients'), sharing.relate('secrets', 'client', 'clients', with_shares => false), sharing.relate('lines', 'order', 'orders') \g /dev/null
\c - app
SELECT test.link('ann', 'liz');
SELECT test.link('bob', 'liz');
-- A share that lets change the parent lets read the children, no more; nobody else gains anything; children of children are two steps away.
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''edit'')');
SELECT "table", r.* FROM unnest('{clients,orders,secrets,lines}'::text[]) WITH ORDINALITY t ("table", n), test.reach('liz', "table"::regclass) r ORDER BY n;
SELECT * FROM test.offices_reach('orders');
SELECT test.call('liz', 'INSERT INTO orders VALUES (20, ''ann'', 1)'), test.call('liz', 'INSERT INTO orders VALUES (20, ''liz'', 1)'), test.call('liz', 'UPDATE orders SET client = 1 WHERE id = 11');
SELECT test.call('liz', 'SELECT id FROM orders WHERE id = 13'), test.call('liz', 'SELECT count(*) FROM orders o JOIN clients c ON c.id = o.client');
-- The child has a share of its own, too: the stronger one counts.
SELECT test.call('ann', 'SELECT sharing.share_record(''orders'', ''11'', ''liz'', ''edit'')');
SELECT * FROM test.reach('liz', 'orders');
SELECT * FROM test.reach('liz', 'lines');
SELECT test.call('ann', 'SELECT sharing.unshare_record(''orders'', ''11'', ''liz'')');

-- Everything by which the share of the parent ends or comes back.
CREATE FUNCTION pg_temp.situation(who text, change text, undo text, OUT meanwhile text, OUT afterwards text) LANGUAGE plpgsql AS $$
BEGIN
    meanwhile := coalesce((SELECT string_agg(problem, ' ') FROM test.call(who, change) problem WHERE problem ~ '^[0-9A-Z]{5} '), '') || test.reach('liz', 'orders');
    PERFORM test.call('adm', undo);
    afterwards := test.reach('liz', 'orders');
END
$$;
SELECT situation, result.* FROM (VALUES
    (1, 'right of the owner', 'adm', 'SELECT sharing.disable_record_sharing(''ann'')', 'SELECT sharing.enable_record_sharing(''ann'')'),
    (2, 'right of the receiver', 'adm', 'SELECT sharing.disable_record_sharing(''liz'')', 'SELECT sharing.enable_record_sharing(''liz'')'),
    (3, 'activity of the owner', 'adm', 'SELECT sharing.deactivate_user(''ann'')', 'SELECT sharing.activate_user(''ann'')'),
    (4, 'receiver moves to the owner''s office', 'adm', 'SELECT sharing.set_user_office(''liz'', ''New York'')', 'SELECT sharing.set_user_office(''liz'', ''Los Angeles'')'),
    (5, 'owner has no office', 'adm', 'SELECT sharing.set_user_office(''ann'', NULL)', 'SELECT sharing.set_user_office(''ann'', ''New York'')'),
    (6, 'the parent goes to a colleague', 'ann', 'SELECT sharing.transfer(''clients'', ''{1}'', ''user:abe'')', 'UPDATE clients SET owner = ''ann'' WHERE id = 1'),
    (7, 'the parent goes to another sharer', 'ann', 'SELECT sharing.transfer(''clients'', ''{1}'', ''user:bob'')', 'UPDATE clients SET owner = ''ann'' WHERE id = 1'),
    (8, 'the parent goes to nobody', 'adm', 'UPDATE clients SET owner = NULL WHERE id = 1', 'UPDATE clients SET owner = ''ann'' WHERE id = 1'),
    (9, 'the child goes to another parent', 'ann', 'UPDATE orders SET client = 2 WHERE id = 11', 'UPDATE orders SET client = 1 WHERE id = 11'),
    (10, 'the parent is reached over another key', 'adm', 'UPDATE clients SET id = 99 WHERE id = 1', 'UPDATE clients SET id = 1 WHERE id = 99'),
    (11, 'shared again', 'ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')', 'SELECT 1'),
    (12, 'the parent is taken back', 'ann', 'SELECT sharing.unshare_record(''clients'', ''1'', ''liz'')', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''read'')'),
    (13, 'the link is deleted', 'ann', 'SELECT sharing.delete_link(1)', 'SELECT 1')) s (n, situation, who, change, undo),
    pg_temp.situation(who, change, undo) result
ORDER BY n;
-- Read by a list, one by one, and with an index on the relation: the same.
SELECT test.link('ann', 'liz') > 0 AS linked;
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');
\c - postgres
CREATE INDEX ON orders (client);
\c - app
SET enable_seqscan = off;
SELECT * FROM test.reach('liz', 'orders');
SET sharing.user_key = 'liz';
SELECT string_agg(o.id::text, ' ') FROM generate_series(11, 16) n, LATERAL (SELECT id FROM orders WHERE id = n OFFSET 0) o;
-- A rule and a share of one parent together: the rule stops at closed offices, the share does not.
\c - postgres
SELECT sharing.add_rule('clients', 'group:' || name, 'group:' || name, 'read_only', '{"orders": "read_write"}') FROM (SELECT 'all' AS name, sharing.create_group('all', 'all'), sharing.add_member('all', 'user:ann'), sharing.add_member('all', 'user:liz'), sharing.add_member('all', 'user:abe') OFFSET 0) g \g /dev/null
SELECT sharing.apply_rules() > 0 AS applied;
\c - app
SELECT * FROM test.offices_reach('orders');
SELECT * FROM test.offices_reach('secrets');
\c - postgres
SELECT sharing.set_office_security('New York', false);
\c - app
SELECT * FROM test.offices_reach('orders');
-- Profiles of the child's module restrict what a share of the parent shows.
\c - postgres
INSERT INTO sharing.profiles (id, name) VALUES (1, 'P');
INSERT INTO sharing.profile_permissions SELECT 1, id, name <> 'orders', true, true, true FROM sharing.modules;
SELECT sharing.create_role('R'), sharing.set_user_role('liz', 'R') \g /dev/null
INSERT INTO sharing.role_profiles SELECT id, 1 FROM sharing.roles WHERE name = 'R';
\c - app
SELECT "table", r.* FROM unnest('{clients,orders}'::text[]) WITH ORDINALITY t ("table", n), test.reach('liz', "table"::regclass) r ORDER BY n;
