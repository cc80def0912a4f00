-- A key that may not be looked up before the policy was asked, since it is numeric, keeps nobody from looking up their owners; named, it is found by itself.
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_user('1', 'ann') \g /dev/null
CREATE TABLE t (id numeric PRIMARY KEY, owner integer);
INSERT INTO t SELECT n, 1 + n % 500 FROM generate_series(1, 10000) n;
CREATE INDEX ON t (owner);
CREATE TABLE twin AS SELECT * FROM t WHERE owner = 1;
VACUUM ANALYZE t;
GRANT SELECT ON t, twin TO app;
SELECT sharing.protect('t', 'owner') \g /dev/null
\c - app
SET sharing.user_key = '1';
EXPLAIN (COSTS OFF) SELECT * FROM t WHERE id = 500;
SELECT * FROM t WHERE id = 500;
SELECT * FROM t WHERE id = 501;
SELECT * FROM twin WHERE id IN (500, 501);
\c - postgres
SELECT sharing.search_safe('=(numeric,numeric)') \g /dev/null
\c - app
SET sharing.user_key = '1';
EXPLAIN (COSTS OFF) SELECT * FROM t WHERE id = 500;
SELECT * FROM t WHERE id = 500;
SELECT * FROM t WHERE id = 501;
