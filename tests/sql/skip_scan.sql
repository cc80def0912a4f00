-- Skip scans (PostgreSQL 18): an index whose first column has few values is gone through for each of them. Truth is a twin table without row security.
SELECT pg_catalog.current_setting('server_version_num')::integer < 180000 AS older \gset
\if :older
\echo SKIPPED: sql/skip_scan: it is about PostgreSQL 18
\quit
\endif
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_role('Head'), sharing.create_role('Rep', 'Head'),
    sharing.create_user('1', 'ann', 'Head'), sharing.create_user('2', 'bob', 'Rep'), sharing.create_user('3', 'cy', 'Rep') \g /dev/null
CREATE TABLE t (id integer PRIMARY KEY, state integer, owner integer, a integer, filler text DEFAULT repeat('x', 100));
INSERT INTO t SELECT n, n % 3, 1 + n % 600, (n * 7919) % 1000 FROM generate_series(1, 60000) n;
CREATE INDEX t_state ON t (state, owner, a);
CREATE TABLE twin AS SELECT * FROM t WHERE owner IN (1, 2, 3);
VACUUM ANALYZE t, twin;
GRANT SELECT ON t, twin TO app;
SELECT sharing.protect('t', 'owner') \g /dev/null
\c - app
SET sharing.user_key = '1';
CREATE TEMP TABLE asked (query text);
INSERT INTO asked VALUES ('SELECT state, owner, a FROM %s ORDER BY state, owner, a, id'), ('SELECT state, owner, a FROM %s WHERE owner = 2 ORDER BY state, owner, a'),
    ('SELECT state, owner, a FROM %s WHERE owner >= 2 AND owner < 40 ORDER BY state DESC, owner DESC, a DESC'), ('SELECT max(state), min(a), max(owner) FROM %s WHERE owner IN (2, 3, 7)'),
    ('SELECT DISTINCT state, owner FROM %s WHERE owner > 1 ORDER BY 1, 2'), ('SELECT owner, count(*) FROM %s WHERE a < 500 GROUP BY owner ORDER BY owner');
CREATE FUNCTION pg_temp.lines(query text, source text) RETURNS text[] LANGUAGE plpgsql AS
    $$DECLARE found text[] = '{}'; line record; BEGIN FOR line IN EXECUTE format(query, source) LOOP found = found || line::text; END LOOP; RETURN found; END$$;
SELECT cardinality(pg_temp.lines(query, 'twin')) > 0 AS has_rows, pg_temp.lines(query, 't') = pg_temp.lines(query, 'twin') AS as_the_twin FROM asked;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT cardinality(pg_temp.lines(query, 'twin')) > 0 AS has_rows, pg_temp.lines(query, 't') = pg_temp.lines(query, 'twin') AS as_the_twin FROM asked;
-- The one who asks matters, and not the plan.
EXPLAIN (COSTS OFF) SELECT state, owner, a FROM t WHERE owner = 2 ORDER BY state, owner, a;
SET sharing.user_key = '2';
SELECT array(SELECT (state, owner, a) FROM t ORDER BY state, owner, a) = array(SELECT (state, owner, a) FROM twin WHERE owner = 2 ORDER BY state, owner, a) AS as_the_twin;
