-- An index whose later columns hold what a predicate asks for: what comes out in the order of the index really is in that order. Truth is a twin table without row security.
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_role('Head'), sharing.create_role('Rep', 'Head'),
    sharing.create_user('1', 'ann', 'Head'), sharing.create_user('2', 'bob', 'Rep'), sharing.create_user('3', 'cy', 'Rep') \g /dev/null
CREATE TABLE t (id integer PRIMARY KEY, a integer, owner integer, tenant integer, filler text DEFAULT repeat('x', 100));
INSERT INTO t SELECT n, (n * 7919) % 1000, 1 + n % 6, n % 4 FROM generate_series(1, 20000) n;
CREATE INDEX t_order ON t (a, owner);
CREATE INDEX t_tenant ON t (tenant, owner, a DESC);
CREATE TABLE d (t_id integer, a integer, day integer) PARTITION BY LIST (day);
CREATE TABLE d_1 PARTITION OF d FOR VALUES IN (1);
CREATE TABLE d_0 (day integer, a integer, t_id integer);
ALTER TABLE d ATTACH PARTITION d_0 FOR VALUES IN (0);
INSERT INTO d SELECT n, (n * 7919) % 1000, n % 2 FROM generate_series(1, 20000) n;
CREATE INDEX d_order ON d (a, t_id);
CREATE TABLE twin AS SELECT * FROM t WHERE owner IN (1, 2, 3);
CREATE TABLE twin_d AS SELECT * FROM d WHERE t_id IN (SELECT id FROM t WHERE owner = 3);
VACUUM ANALYZE t, d, twin, twin_d;
GRANT SELECT ON t, d, twin, twin_d TO app;
SELECT sharing.protect('t', 'owner'), sharing.protect('d', controlled_by => 't', via => 't_id') \g /dev/null
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
-- Where the query fixes the columns before, the list is asked for, and the rows are in order.
EXPLAIN (COSTS OFF) SELECT owner, a FROM t WHERE tenant = 2 ORDER BY owner DESC, a LIMIT 4000;
SELECT array(SELECT (owner, a) FROM t WHERE tenant = 2 ORDER BY owner DESC, a) = array(SELECT (owner, a) FROM twin WHERE tenant = 2 ORDER BY owner DESC, a) AS as_the_twin,
    (SELECT count(*) FROM t WHERE tenant = 2) AS rows;
-- Not where it names several values, or none.
EXPLAIN (COSTS OFF) SELECT owner, a FROM t WHERE tenant IN (2, 3) ORDER BY tenant, owner DESC, a LIMIT 10;
EXPLAIN (COSTS OFF) SELECT owner, a FROM t WHERE tenant < 2 ORDER BY tenant, owner DESC, a LIMIT 10;
EXPLAIN (COSTS OFF) SELECT owner, a FROM t WHERE tenant = a ORDER BY tenant, owner DESC, a LIMIT 10;
-- Details in partitions, whose order is merged.
SET sharing.user_key = '3';
SET enable_sort = off;
EXPLAIN (COSTS OFF) SELECT a FROM d ORDER BY a DESC LIMIT 5;
SELECT array(SELECT a FROM d ORDER BY a DESC LIMIT 100) = array(SELECT a FROM twin_d ORDER BY a DESC LIMIT 100) AS as_the_twin, (SELECT max(a) FROM d) AS max, (SELECT max(a) FROM twin_d) AS true_max;
SET sharing.user_key = '1';
-- "mergejoin input data is out of order"
SET enable_hashjoin = off;
SET enable_nestloop = off;
SELECT (SELECT count(*) FROM t x JOIN t y USING (a) WHERE a < 100) AS joined, (SELECT count(*) FROM twin x JOIN twin y USING (a) WHERE a < 100) AS truth;
