-- Declaring a relation never widens access unstaged (docs/semantics.md, Relations): where records of the parent are shared already, their
-- children become visible with apply_rules(), not before; pending_changes() and preview_rules() tell of it, a document keeps it.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE orders (id integer PRIMARY KEY, owner text, client integer, title text);
CREATE TABLE notes (id integer PRIMARY KEY, owner text, client integer, title text);
CREATE TABLE lines (id integer PRIMARY KEY, "order" integer, title text);
INSERT INTO orders (id, owner, client) VALUES (11, 'ann', 1), (12, 'leo', 1), (13, 'ghost', 1), (14, 'liz', 1), (15, 'ann', 2);
INSERT INTO notes SELECT * FROM orders;
INSERT INTO lines (id, "order") SELECT id + 100, id FROM orders;
GRANT ALL ON orders, notes, lines TO app;
SELECT sharing.protect('orders', 'owner'), sharing.protect('notes', 'owner'), sharing.protect('lines', controlled_by => 'orders', via => 'order') \g /dev/null
-- What liz really reaches, by queries of her own.
CREATE FUNCTION test.of_liz() RETURNS TABLE ("table" text, ids text) LANGUAGE sql AS $$
    SELECT t, test.reach('liz', t::regclass) FROM unnest('{orders,notes,lines}'::text[]) WITH ORDINALITY u (t, n) ORDER BY n $$;
CREATE FUNCTION test.pending() RETURNS SETOF text LANGUAGE sql AS $$ SELECT module || ' ' || change || ' ' || (detail->'carries') FROM sharing.pending_changes() $$;
CREATE VIEW test.flags AS SELECT c.name, with_shares, applied, shares_applied FROM sharing.relations e JOIN sharing.modules c ON c.id = e.child_id ORDER BY c.name;
CREATE FUNCTION test.document() RETURNS SETOF jsonb LANGUAGE sql AS $$ SELECT r FROM jsonb_array_elements(sharing.export_config()->'relations') r $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO app;
\c - app
SELECT test.link('ann', 'liz') > 0 AS linked;
\c - postgres
-- While nothing is shared, there is nothing to wait for.
BEGIN;
SELECT sharing.relate('orders', 'client', 'clients');
SELECT * FROM test.pending();
TABLE test.flags;
ROLLBACK;

\c - app
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''edit'')');
\c - postgres
SELECT sharing.relate('orders', 'client', 'clients'), sharing.relate('notes', 'client', 'clients', with_shares => false);
SELECT * FROM test.pending();
TABLE test.flags;
SELECT * FROM test.document();
SELECT * FROM sharing.preview_rules();
-- Importing that changes nothing, applied or not.
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT * FROM sharing.import_config(sharing.export_config(), apply => true);
TABLE test.flags;
\c - app
SELECT * FROM test.of_liz();
-- A share that comes later waits as well.
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''2'', ''liz'')');
SELECT * FROM test.of_liz();
\c - postgres
SELECT * FROM sharing.preview_rules();
SELECT sharing.apply_rules();
TABLE test.flags;
\c - app
SELECT * FROM test.of_liz();

-- By a document: with_shares that becomes true is staged; that becomes false, holds at once. A relation that another condition makes one for
-- other records waits anew.
\c - postgres
CREATE FUNCTION test.import(with_shares boolean, apply boolean) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT change || ' ' || object || ' ' || detail FROM sharing.import_config(jsonb_build_object('version', 1, 'relations',
        (SELECT jsonb_agg(CASE WHEN r->>'child' = 'notes' THEN (r - 'shares_staged') || jsonb_build_object('with_shares', with_shares) ELSE r END) FROM test.document() r)), apply => apply) $$;
SELECT * FROM test.import(true, false);
SELECT * FROM test.pending();
\c - app
SELECT * FROM test.of_liz();
\c - postgres
SELECT * FROM test.import(true, true);
SELECT * FROM test.pending();
\c - app
SELECT * FROM test.of_liz();
\c - postgres
SELECT * FROM test.import(false, false);
\c - app
SELECT * FROM test.of_liz();

-- Discarded: the relation stays, and carries no shares.
\c - postgres
SELECT * FROM test.import(true, false);
SELECT sharing.discard_changes();
TABLE test.flags;
SELECT * FROM test.pending();
SELECT sharing.apply_rules();
\c - app
SELECT * FROM test.of_liz();

-- A profile that takes viewing away leaves nothing to gain.
\c - postgres
SELECT sharing.unrelate('orders', 'client', 'clients'), sharing.relate('orders', 'client', 'clients') \g /dev/null
SELECT * FROM sharing.preview_rules();
SELECT sharing.create_role('R'), sharing.set_user_role('liz', 'R'), sharing.create_profile('P'), sharing.assign_profile('R', 'P'), sharing.set_permission('P', NULL, true, true, true, true), sharing.set_permission('P', 'lines', false, false, false, false) \g /dev/null
SELECT * FROM sharing.preview_rules();
