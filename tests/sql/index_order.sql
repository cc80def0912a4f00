-- An index whose later columns hold what a predicate asks for: what comes out in the order of the index really is in that order. Truth is a twin table without row security.
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_role('Head'), sharing.create_role('Rep', 'Head'),
    sharing.create_user('1', 'ann', 'Head'), sharing.create_user('2', 'bob', 'Rep'), sharing.create_user('3', 'cy', 'Rep') \g /dev/null
CREATE TABLE t (a integer, owner integer, filler text DEFAULT repeat('x', 100));
INSERT INTO t SELECT (n * 7919) % 1000, 1 + n % 6 FROM generate_series(1, 20000) n;
CREATE INDEX t_order ON t (a, owner);
CREATE TABLE twin AS SELECT * FROM t WHERE owner IN (1, 2, 3);
VACUUM ANALYZE t, twin;
GRANT SELECT ON t, twin TO app;
SELECT sharing.protect('t', 'owner') \g /dev/null
\c - app
SET sharing.user_key = '1';
SELECT (SELECT max(a) FROM t) AS max, (SELECT max(a) FROM twin) AS true_max, (SELECT min(a) FROM t) AS min, (SELECT min(a) FROM twin) AS true_min;
SELECT a, count(*) FROM t WHERE a BETWEEN 5 AND 6 GROUP BY a;
SELECT a, count(*) FROM twin WHERE a BETWEEN 5 AND 6 GROUP BY a ORDER BY a;
SELECT DISTINCT a FROM t WHERE a BETWEEN 5 AND 7 ORDER BY a;
SELECT DISTINCT a FROM t WHERE a BETWEEN 5 AND 7;
-- The order index serves with the predicate as a filter.
EXPLAIN (COSTS OFF) SELECT max(a) FROM t;
EXPLAIN (COSTS OFF) SELECT a FROM t ORDER BY a DESC LIMIT 5;
SELECT array(SELECT a FROM t ORDER BY a DESC LIMIT 20) = array(SELECT a FROM twin ORDER BY a DESC LIMIT 20) AS newest,
    array(SELECT a FROM t ORDER BY a LIMIT 20) = array(SELECT a FROM twin ORDER BY a LIMIT 20) AS oldest;
-- "mergejoin input data is out of order"
SET enable_hashjoin = off;
SET enable_nestloop = off;
SET enable_sort = off;
SELECT (SELECT count(*) FROM t x JOIN t y USING (a) WHERE a < 100) AS joined, (SELECT count(*) FROM twin x JOIN twin y USING (a) WHERE a < 100) AS truth;
