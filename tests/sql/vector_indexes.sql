-- docs/operations.md, Vector indexes: an approximate index of pgvector hands out its nearest candidates and the policy takes away what the
-- caller may not see: fewer rows than asked for, never one too many. What the page names brings the rest. Truth is a twin without row security.
SELECT count(*) = 0 AS "SKIPPED" FROM pg_available_extension_versions WHERE name = 'vector' AND string_to_array(version, '.')::integer[] >= '{0,8}' \gset
\if :SKIPPED
\echo SKIPPED: sql/vector_indexes: pgvector 0.8 is not here
\quit
\endif
SET client_min_messages = warning;
CREATE EXTENSION vector;
CREATE TABLE papers (id integer PRIMARY KEY, owner_id integer, embedding vector(3));
INSERT INTO papers SELECT n, CASE WHEN n % 100 = 0 THEN 3 ELSE 2 END, ARRAY[n, sin(n), cos(n)]::vector FROM generate_series(1, 2000) n;
CREATE INDEX by_owner ON papers (owner_id);
CREATE INDEX by_hnsw ON papers USING hnsw (embedding vector_l2_ops);
CREATE TABLE twin AS SELECT * FROM papers;
ANALYZE papers;
CREATE ROLE vector_indexes_app;
GRANT SELECT ON papers, twin TO vector_indexes_app;
SELECT sharing.create_user(2, 'Ben'), sharing.create_user(3, 'Chloe');
SELECT count(*) > 0 AS protected FROM sharing.protect('papers', owner => 'owner_id');
SELECT sharing.trust('vector_indexes_app');
SET SESSION AUTHORIZATION vector_indexes_app;
-- What the nearest ones of each person are, by the table and by its twin: how many, whether in their order, and by which index.
CREATE FUNCTION pg_temp.nearest(expression text DEFAULT 'embedding <-> ''[50.7,0,0]''') RETURNS TABLE (person text, rows_found bigint, are_the_nearest boolean, by_index text) LANGUAGE plpgsql AS $$
DECLARE
    found integer[];
    nearest integer[];
    line text;
    query text := format('FROM %%s ORDER BY %s LIMIT 5', expression);
BEGIN
    FOREACH person IN ARRAY '{2,3}'::text[] LOOP
        PERFORM set_config('sharing.user_key', person, false);
        EXECUTE format('SELECT ARRAY(SELECT id ' || query || ')', 'papers') INTO found;
        SELECT ARRAY(SELECT id FROM twin WHERE owner_id = person::integer ORDER BY embedding <-> '[50.7,0,0]' LIMIT 5) INTO nearest;
        rows_found := cardinality(found);
        are_the_nearest := found = nearest;
        by_index := NULL;
        FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) SELECT id ' || format(query, 'papers') LOOP
            by_index := coalesce(by_index, substring(line FROM 'using (\w+) on'), substring(line FROM 'Index Scan on (\w+)'));
        END LOOP;
        RETURN NEXT;
    END LOOP;
END
$$;
-- Left to the planner.
SELECT person, rows_found, are_the_nearest FROM pg_temp.nearest();
-- Where the approximate index is used for everybody.
SET enable_sort = off;
SET enable_bitmapscan = off;
SELECT * FROM pg_temp.nearest();
SELECT person, rows_found, are_the_nearest FROM pg_temp.nearest('(embedding <-> ''[50.7,0,0]'') + 0');
SET hnsw.ef_search = 1000;
SELECT rows_found > 0 AS more FROM pg_temp.nearest() WHERE person = '3';
RESET hnsw.ef_search;
SET hnsw.iterative_scan = strict_order;
SELECT * FROM pg_temp.nearest();
SET hnsw.max_scan_tuples = 50;
SELECT rows_found < 5 AS fewer FROM pg_temp.nearest() WHERE person = '3';
RESET hnsw.max_scan_tuples;
RESET hnsw.iterative_scan;
-- And the other kind.
RESET SESSION AUTHORIZATION;
DROP INDEX by_hnsw;
CREATE INDEX by_ivfflat ON papers USING ivfflat (embedding vector_l2_ops) WITH (lists = 50);
SET SESSION AUTHORIZATION vector_indexes_app;
SELECT person, rows_found < 5 AS fewer, by_index FROM pg_temp.nearest() WHERE person = '3';
SET ivfflat.probes = 50;
SELECT * FROM pg_temp.nearest();
RESET ivfflat.probes;
SET ivfflat.iterative_scan = relaxed_order;
SELECT rows_found, by_index FROM pg_temp.nearest() WHERE person = '3';
SET ivfflat.max_probes = 1;
SELECT rows_found < 5 AS fewer FROM pg_temp.nearest() WHERE person = '3';
