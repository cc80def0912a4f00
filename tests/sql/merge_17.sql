-- MERGE with RETURNING, and with WHEN NOT MATCHED BY SOURCE (PostgreSQL 17). Truth is a twin that has only the caller's rows.
SELECT pg_catalog.current_setting('server_version_num')::integer < 170000 AS older \gset
\if :older
\echo SKIPPED: sql/merge_17: it is about PostgreSQL 17
\quit
\endif
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_user('1', 'ann'), sharing.create_user('2', 'bob') \g /dev/null
CREATE TABLE t (id integer PRIMARY KEY, owner integer, v text DEFAULT 'old');
INSERT INTO t SELECT n, 1 + n % 2 FROM generate_series(1, 10) n;
CREATE TABLE twin AS SELECT * FROM t WHERE owner = 1;
CREATE TABLE source AS SELECT n AS id, 1 + n % 2 AS owner FROM generate_series(7, 14) n;
GRANT SELECT ON source TO app;
GRANT SELECT, INSERT, UPDATE, DELETE ON t, twin TO app;
SELECT sharing.protect('t', 'owner') \g /dev/null
\c - app
SET sharing.user_key = '1';
-- A row of another that exists is not matched, since it is not seen: its key is taken.
MERGE INTO t USING source s ON s.id = t.id WHEN NOT MATCHED THEN INSERT (id, owner) VALUES (s.id, 1) RETURNING merge_action(), t.*;
WITH merged AS (MERGE INTO t USING (SELECT * FROM source WHERE owner = 1) s ON s.id = t.id
    WHEN MATCHED AND t.id = 8 THEN DELETE WHEN MATCHED THEN UPDATE SET v = 'new'
    WHEN NOT MATCHED THEN INSERT (id, owner, v) VALUES (s.id, s.owner, 'added')
    WHEN NOT MATCHED BY SOURCE THEN UPDATE SET v = 'left' RETURNING merge_action(), t.id, t.owner, t.v) SELECT * FROM merged ORDER BY id;
WITH merged AS (MERGE INTO twin t USING (SELECT * FROM source WHERE owner = 1) s ON s.id = t.id
    WHEN MATCHED AND t.id = 8 THEN DELETE WHEN MATCHED THEN UPDATE SET v = 'new'
    WHEN NOT MATCHED THEN INSERT (id, owner, v) VALUES (s.id, s.owner, 'added')
    WHEN NOT MATCHED BY SOURCE THEN UPDATE SET v = 'left' RETURNING merge_action(), t.id, t.owner, t.v) SELECT * FROM merged ORDER BY id;
-- In WITH, and to give a record away, which its owner may not by UPDATE.
WITH merged AS (MERGE INTO t USING (VALUES (2)) s (id) ON s.id = t.id WHEN MATCHED THEN UPDATE SET v = 'with' RETURNING t.id, t.v) TABLE merged;
MERGE INTO t USING (VALUES (2), (3)) s (id) ON s.id = t.id WHEN MATCHED THEN UPDATE SET owner = 2 RETURNING t.id;
MERGE INTO t USING (VALUES (3)) s (id) ON s.id = t.id WHEN MATCHED THEN DELETE RETURNING t.id;
-- Everything that is not in a source of one row: the caller's rows alone.
WITH merged AS (MERGE INTO t USING (VALUES (2)) s (id) ON s.id = t.id WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING t.id, t.owner) SELECT * FROM merged ORDER BY id;
\c - postgres
SELECT * FROM t ORDER BY id;
