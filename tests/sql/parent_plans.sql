-- The decision; Administration and safety (plans of relations and details): an index on the column that holds the parent's key serves who has few parents; who has many loses
-- nothing by it; where nothing is related, no arm stands in the plan, and it is back as soon as something is; reading assigns no transaction id; parallel
-- plans and every setting of the planner show the same rows.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.create_user(n::text, 'n' || n, CASE WHEN n % 100 = 0 THEN 'H4' ELSE 'H5' END) FROM generate_series(1, 400) n \g /dev/null
-- 2000 accounts, five of each owner; deals and orders of each account, the deals owned by others; and deals that are on no account.
CREATE TABLE accounts (id integer PRIMARY KEY, owner integer, title text);
CREATE TABLE deals (id integer PRIMARY KEY, owner text, account integer, title text);
CREATE TABLE orders (id integer PRIMARY KEY, account integer, title text);
INSERT INTO accounts SELECT n, n % 400 + 1 FROM generate_series(1, 2000) n;
INSERT INTO deals SELECT n, CASE WHEN n % 100 = 0 THEN 'sup1' ELSE 'ghost' END, CASE WHEN n % 10 > 0 THEN n % 2000 + 1 END FROM generate_series(1, 20000) n;
INSERT INTO orders SELECT n, n % 2000 + 1, 'title' FROM generate_series(1, 20000) n;
CREATE INDEX accounts_owner ON accounts (owner);
CREATE INDEX deals_owner ON deals (owner);
CREATE INDEX deals_account ON deals (account);
CREATE INDEX orders_account ON orders (account);
GRANT ALL ON accounts, deals, orders TO app;
SELECT sharing.protect('accounts', 'owner'), sharing.protect('deals', 'owner'), sharing.protect('orders', controlled_by => 'accounts', via => 'account') \g /dev/null
SELECT sharing.relate('deals', 'account', 'accounts') \g /dev/null
VACUUM (FREEZE, ANALYZE) accounts, deals, orders;
-- Nothing is related: the count is answered by the index of owners alone, in a plan that is kept.
\c - app
SET max_parallel_workers_per_gather = 0;
SET plan_cache_mode = force_generic_plan;
SET sharing.user_key = 'sup1';
PREPARE counted AS SELECT count(*) FROM deals;
PREPARE changed AS WITH changed AS (UPDATE deals SET title = 'x' RETURNING 1) SELECT count(*) FROM changed;
SET enable_seqscan = off; SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) EXECUTE counted;
EXECUTE counted;
RESET enable_seqscan; RESET enable_bitmapscan;
EXPLAIN (COSTS OFF) UPDATE deals SET title = 'x';
EXECUTE changed;
-- A rule, applied in the session itself: the plans of before have the arm.
SET sharing.user_key = 'adm';
SELECT sharing.create_group('few', 'few'), sharing.add_member('few', 'user:7'), sharing.add_member('few', 'user:8') \g /dev/null
SELECT sharing.add_rule('accounts', 'group:few', 'role:H7', 'read_only', '{"deals": "read_write"}') \g /dev/null
SET sharing.user_key = 'sup1';
EXECUTE counted;
SET sharing.user_key = 'adm';
SELECT sharing.apply_rules();
SET sharing.user_key = 'sup1';
EXECUTE counted;
EXECUTE changed;
-- Both arms, each by its index; also for changing, by its stronger condition alone; deleting asks for owners only; by key nothing is listed.
EXPLAIN (COSTS OFF) EXECUTE counted;
EXPLAIN (COSTS OFF) SELECT title FROM deals;
EXPLAIN (COSTS OFF) UPDATE deals SET title = 'x';
EXPLAIN (COSTS OFF) DELETE FROM deals;
EXPLAIN (COSTS OFF) SELECT title FROM deals WHERE id = 7;
EXPLAIN (COSTS OFF) SELECT title FROM deals WHERE account = 7;
-- Details, for who has few, many or all parents, or none.
SET sharing.user_key = '7';
EXPLAIN (COSTS OFF) SELECT title FROM orders;
EXPLAIN (COSTS OFF) SELECT title FROM orders ORDER BY id LIMIT 5;
EXPLAIN (COSTS OFF) UPDATE orders SET title = 'x';
EXPLAIN (COSTS OFF) DELETE FROM orders;
EXPLAIN (COSTS OFF) SELECT title FROM orders WHERE id = 7;
SET sharing.user_key = 'ceo';
EXPLAIN (COSTS OFF) SELECT title FROM orders;
EXPLAIN (COSTS OFF) SELECT title FROM orders ORDER BY id LIMIT 5;
SET sharing.user_key = 'adm';
EXPLAIN (COSTS OFF) SELECT title FROM orders;
EXPLAIN (COSTS OFF) SELECT title FROM deals;
EXPLAIN (COSTS OFF) UPDATE orders SET title = 'x';
SET sharing.user_key = '';
SELECT count(*) FROM orders;
-- Estimates: within a factor of two.
CREATE FUNCTION pg_temp.estimate(person text, query text, OUT estimated float, OUT counted bigint) LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
    estimated := (plan->0->'Plan'->>'Plan Rows')::float;
    EXECUTE 'SELECT count(*) FROM (' || query || ') x' INTO counted;
END
$$;
SELECT query, person, counted, (estimated BETWEEN greatest(counted, 1) / 2.0 AND greatest(counted, 1) * 2) AS good
FROM unnest('{SELECT FROM orders,SELECT FROM deals}'::text[]) query, unnest('{7,ceo,sup1,adm,nobody}'::text[]) person, pg_temp.estimate(person, query);

-- A record of the parents is shared for the first time: the arm is back at once in a plan that is kept.
\c - app
SET plan_cache_mode = force_generic_plan;
SET max_parallel_workers_per_gather = 0;
SELECT test.call('adm', 'SELECT sharing.drop_rule(1), sharing.apply_rules()') \g /dev/null
\c - postgres
CREATE TABLE tasks (id integer, owner text, client integer); -- without a key, so that its own records cannot be shared
INSERT INTO tasks VALUES (1, 'abe', 1), (2, 'abe', 3);
GRANT ALL ON tasks TO app;
SELECT sharing.protect('tasks', 'owner') \g /dev/null
SELECT sharing.relate('tasks', 'client', 'clients') \g /dev/null
\c - app
SET plan_cache_mode = force_generic_plan;
SELECT test.link('ann', 'liz');
SET sharing.user_key = 'liz';
PREPARE seen AS SELECT string_agg(id::text, ' ') FROM tasks;
EXPLAIN (COSTS OFF) EXECUTE seen;
EXECUTE seen;
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');
EXECUTE seen;
EXPLAIN (COSTS OFF) EXECUTE seen;
-- Rules that are applied reach a plan that names no list of owners, too.
\c - postgres
CREATE TABLE visits (id integer PRIMARY KEY, owner text, lead integer);
INSERT INTO visits VALUES (1, 'ghost', 1), (2, 'ghost', 3);
GRANT ALL ON visits TO app;
SELECT sharing.protect('visits', 'owner') \g /dev/null
SELECT sharing.relate('visits', 'lead', 'leads') \g /dev/null
\c - app
SET plan_cache_mode = force_generic_plan;
SET sharing.user_key = 'sup1';
PREPARE visited AS SELECT string_agg(id::text, ' ') FROM visits;
EXPLAIN (COSTS OFF) EXECUTE visited;
EXECUTE visited;
SELECT test.call('adm', 'SELECT sharing.add_rule(''leads'', ''role:H5'', ''role:H7'', ''read_only''), sharing.apply_rules()');
EXECUTE visited;
-- The same from another session, while this one has a transaction open: 40001 at worst, never a row less.
\c - postgres
CREATE EXTENSION dblink;
SELECT dblink_connect('other', 'host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' user=postgres dbname=' || current_database()) \g /dev/null
SET SESSION AUTHORIZATION app;
SET plan_cache_mode = force_generic_plan;
SET sharing.user_key = 'sup1';
PREPARE counted AS SELECT count(*) FROM deals;
EXECUTE counted;
BEGIN;
EXECUTE counted;
RESET SESSION AUTHORIZATION;
SELECT result FROM dblink('other', 'SELECT sharing.add_rule(''accounts'', ''group:few'', ''role:H7'', ''read_only'') > 0, sharing.apply_rules()') AS t (result boolean, changes bigint);
SET SESSION AUTHORIZATION app;
\set VERBOSITY sqlstate
EXECUTE counted;
ROLLBACK;
\set VERBOSITY default
EXECUTE counted;
RESET SESSION AUTHORIZATION;
SELECT dblink_disconnect('other') \g /dev/null

-- READ ONLY, and no transaction id by any way of reading.
\c - app
BEGIN READ ONLY;
SET LOCAL sharing.user_key = 'sup1';
SELECT (SELECT count(*) FROM deals) AS deals, (SELECT count(*) FROM orders) AS orders, pg_current_xact_id_if_assigned() IS NULL AS none;
SET LOCAL sharing.user_key = '7';
SELECT (SELECT count(*) FROM deals) AS deals, (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM orders WHERE id < 100), pg_current_xact_id_if_assigned() IS NULL AS none;
SELECT sharing_internal.parent_keys('orders', 'read', NULL::integer), pg_current_xact_id_if_assigned() IS NULL AS none;
SELECT count(*) FROM orders WHERE sharing_internal.may_edit_detail('orders', account);
SELECT pg_current_xact_id_if_assigned() IS NULL AS none;
COMMIT;
-- Parallel workers.
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \g /dev/null
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
SET enable_bitmapscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET sharing.user_key = '7';
EXPLAIN (COSTS OFF) SELECT count(*) FROM orders;
BEGIN READ ONLY;
SELECT (SELECT count(*) FROM deals) AS deals, (SELECT count(*) FROM orders) AS orders;
SET LOCAL sharing.user_key = 'sup1';
SELECT (SELECT count(*) FROM deals) AS deals, (SELECT count(*) FROM orders) AS orders;
SET LOCAL sharing.user_key = 'ceo';
SELECT (SELECT count(*) FROM deals) AS deals, (SELECT count(*) FROM orders) AS orders;
SET LOCAL sharing.user_key = 'adm';
SELECT (SELECT count(*) FROM deals) AS deals, (SELECT count(*) FROM orders) AS orders, pg_current_xact_id_if_assigned() IS NULL AS none;
SET LOCAL sharing.user_key = 'nobody';
SELECT (SELECT count(*) FROM deals) AS deals, (SELECT count(*) FROM orders) AS orders;
COMMIT;
RESET ALL;
-- What every setting of the planner shows: the same. (Notices tell what differs.)
CREATE FUNCTION pg_temp.row_counts() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    query text;
    n bigint;
    result text := '';
BEGIN
    FOREACH query IN ARRAY ARRAY['deals', 'orders', 'deals JOIN accounts a ON a.id = deals.account', 'orders JOIN accounts a ON a.id = orders.account', 'deals JOIN orders USING (account)', 'generate_series(1, 300) n, LATERAL (SELECT FROM orders WHERE id = n OFFSET 0) x',
        'generate_series(1, 100) n, LATERAL (SELECT FROM deals WHERE account = n OFFSET 0) x', '(SELECT FROM orders ORDER BY id DESC LIMIT 30) x', '(SELECT DISTINCT account FROM orders) x', 'accounts a WHERE EXISTS (SELECT FROM orders WHERE account = a.id)'] LOOP
        EXECUTE 'SELECT count(*) FROM ' || query INTO n;
        result := result || ' ' || n;
    END LOOP;
    RETURN result;
END
$$;
DO $$
DECLARE
    person text;
    tried record;
    usual text;
    counts text;
BEGIN
    FOREACH person IN ARRAY '{7,sup1,ceo,adm,nobody}'::text[] LOOP
        PERFORM set_config('sharing.user_key', person, false);
        usual := pg_temp.row_counts();
        RAISE NOTICE '%: %', person, usual;
        FOR tried IN SELECT name, CASE setting WHEN 'on' THEN 'off' ELSE 'on' END AS value FROM pg_settings WHERE category LIKE 'Query Tuning%' AND vartype = 'bool' AND context = 'user'
            UNION ALL VALUES ('random_page_cost', '0'), ('seq_page_cost', '10000'), ('cpu_operator_cost', '10000'), ('min_parallel_table_scan_size', '0'), ('jit_above_cost', '0'), ('plan_cache_mode', 'force_generic_plan') LOOP
            PERFORM set_config(tried.name, tried.value, false);
            counts := pg_temp.row_counts();
            EXECUTE 'RESET ' || tried.name;
            IF counts <> usual THEN RAISE NOTICE '% = %, %: % instead of %', tried.name, tried.value, person, counts, usual; END IF;
        END LOOP;
    END LOOP;
END
$$;
