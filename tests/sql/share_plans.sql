-- Record sharing between offices (the predicate's arm for single records): while no record of a table was ever shared its plans have no such arm, and a count is
-- answered from the index alone; afterwards owners and shares are one BitmapOr of both indexes. A plan is right for whoever runs it.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE many (id integer PRIMARY KEY, owner text, title text);
INSERT INTO many SELECT n, CASE WHEN n % 1000 = 0 THEN 'liz' WHEN n % 1000 = 1 THEN 'ann' ELSE 'abe' END, 'title' FROM generate_series(1, 20000) n;
CREATE INDEX ON many (owner);
GRANT ALL ON many TO app;
SELECT sharing.protect('many', 'owner') \g /dev/null
VACUUM (FREEZE, ANALYZE) many;
\c - app
SET max_parallel_workers_per_gather = 0;
SELECT test.link('ann', 'liz');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');
-- Shares of other tables are no matter.
SET sharing.user_key = 'liz';
SET enable_seqscan = off; SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM many;
SELECT count(*) FROM many;
RESET enable_seqscan; RESET enable_bitmapscan;
EXPLAIN (COSTS OFF) SELECT title FROM many;
EXPLAIN (COSTS OFF) SELECT title FROM many WHERE id = 1;
SELECT test.call('ann', 'SELECT sharing.share_record(''many'', id::text, ''liz'', CASE WHEN id = 1 THEN ''edit'' ELSE ''read'' END::sharing.access_level) FROM generate_series(1, 3001, 1000) id') \g /dev/null
EXPLAIN (COSTS OFF) SELECT title FROM many;
EXPLAIN (COSTS OFF) SELECT title FROM many WHERE id = 1;
EXPLAIN (COSTS OFF) UPDATE many SET title = 'new';
SELECT count(*), count(*) FILTER (WHERE owner = 'ann') AS shared FROM many;
SELECT id, owner FROM many WHERE id IN (1, 2, 1001, 4001) ORDER BY id;
SELECT id FROM many ORDER BY id DESC LIMIT 3;
SELECT id FROM many WHERE owner = 'ann' ORDER BY id LIMIT 10;
-- DELETE needs more than a share gives: it has no arm.
EXPLAIN (COSTS OFF) DELETE FROM many;
-- Whoever has no share plans as before; who sees everything has no condition.
SET sharing.user_key = 'bob';
SELECT count(*) FROM many;
SET sharing.user_key = 'adm';
EXPLAIN (COSTS OFF) SELECT title FROM many;
-- When the last share is gone, the right rows still.
SELECT test.call('ann', 'SELECT sharing.unshare_record(''many'', id::text, ''liz'') FROM generate_series(1, 3001, 1000) id') \g /dev/null
SET sharing.user_key = 'liz';
SELECT count(*) FROM many;
