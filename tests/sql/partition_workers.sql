-- Many small partitions are read without workers, each of which would first open them all; large ones, and tables that are not protected, as PostgreSQL would.
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_role('Head'), sharing.create_role('Rep', 'Head') \g /dev/null
SELECT count(sharing.create_user(n::text, 'user ' || n, CASE WHEN n <= 10 THEN 'Rep' WHEN n = 11 THEN 'Head' END)) FROM generate_series(1, 40) n \g /dev/null
CREATE TABLE visits (id integer, owner_id integer, made integer) PARTITION BY RANGE (made);
CREATE TABLE twin (LIKE visits) PARTITION BY RANGE (made);
DO $$BEGIN FOR n IN 0..99 LOOP
    EXECUTE format('CREATE TABLE visits_%s PARTITION OF visits FOR VALUES FROM (%s) TO (%s)', n, n * 200, n * 200 + 200);
    EXECUTE format('CREATE TABLE twin_%s PARTITION OF twin FOR VALUES FROM (%s) TO (%s)', n, n * 200, n * 200 + 200);
END LOOP; END$$;
INSERT INTO visits SELECT n, 1 + n * 7919 % 40, n - 1 FROM generate_series(1, 20000) n;
INSERT INTO twin TABLE visits;
GRANT SELECT ON visits, visits_1, twin TO app;
ANALYZE visits, twin;
SELECT count(*) > 0 AS protected FROM sharing.protect('visits', 'owner_id');
CREATE FUNCTION workers(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
    RETURN coalesce(jsonb_path_query_first(plan::jsonb, '$.**."Workers Planned"')::text, 'none');
END $$;
SET parallel_setup_cost = 100; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SET SESSION AUTHORIZATION app;
SET sharing.user_key = '11';
SELECT workers('SELECT count(*) FROM twin WHERE owner_id <= 11') AS by_hand, workers('SELECT count(*) FROM visits') AS protected, workers('SELECT count(*) FROM visits_1') AS one_partition,
    workers('SELECT count(*) FROM twin JOIN (VALUES (1), (2)) x (id) USING (id) WHERE owner_id <= 11') AS joined_by_hand, workers('SELECT count(*) FROM visits JOIN (VALUES (1), (2)) x (id) USING (id)') AS joined;
SELECT (SELECT array_agg(id ORDER BY id) FROM visits) = (SELECT array_agg(id ORDER BY id) FROM twin WHERE owner_id <= 11) AS right;
-- Where a row is much work, as in large partitions, workers are worth it.
SET cpu_tuple_cost = 0.2;
SELECT workers('SELECT count(*) FROM visits') AS much_work;
SELECT (SELECT count(*) FROM visits) = (SELECT count(*) FROM twin WHERE owner_id <= 11) AS right;
RESET cpu_tuple_cost;
-- Whoever takes workers for free has them here, too.
SET parallel_setup_cost = 0;
SELECT workers('SELECT count(*) FROM visits') AS free;
