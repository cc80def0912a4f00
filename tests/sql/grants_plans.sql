-- Single records for colleagues (the arm for single records): while no record of a table was ever given or shared its plans have no such arm; afterwards owners and
-- single records are one BitmapOr of both indexes. A plan is right for whoever runs it, prepared or not.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE many (id integer PRIMARY KEY, owner text, team text, title text);
INSERT INTO many SELECT n, CASE WHEN n % 1000 = 0 THEN 'sup1' WHEN n % 1000 = 1 THEN 'rep1' ELSE 'ghost' END, CASE WHEN n % 500 = 3 THEN 't' END, 'title' FROM generate_series(1, 20000) n;
CREATE INDEX ON many (owner); CREATE INDEX ON many (team);
GRANT ALL ON many TO app;
SELECT sharing.create_group('t', 'Team'), sharing.add_member('Team', 'user:sup2') \g /dev/null
SELECT sharing.protect('many', 'owner', owner_group => 'team') \g /dev/null
VACUUM (FREEZE, ANALYZE) many;
\c - app
SET max_parallel_workers_per_gather = 0;
SET sharing.user_key = 'sup1';
SET plan_cache_mode = force_generic_plan;
PREPARE all_of AS SELECT count(*), count(*) FILTER (WHERE owner = 'rep1') AS given FROM many;
PREPARE one AS SELECT id, owner FROM many WHERE id = $1;
PREPARE page AS SELECT id FROM many ORDER BY id DESC LIMIT 3;
EXPLAIN (COSTS OFF) SELECT title FROM many;
EXPLAIN (COSTS OFF) EXECUTE all_of;
EXECUTE all_of; EXECUTE one(1);
\c - postgres
SELECT count(sharing.grant_record('many', id, CASE id % 3 WHEN 0 THEN 'user:sup1' WHEN 1 THEN 'role:H7' ELSE 'group:Team' END, CASE WHEN id = 1 THEN 'edit' ELSE 'read' END::sharing.access_level)) FROM generate_series(1, 6001, 1000) id;
\c - app
SET max_parallel_workers_per_gather = 0;
SET sharing.user_key = 'sup1';
SET plan_cache_mode = force_generic_plan;
PREPARE all_of AS SELECT count(*), count(*) FILTER (WHERE owner = 'rep1') AS given FROM many;
PREPARE one AS SELECT id, owner FROM many WHERE id = $1;
PREPARE page AS SELECT id FROM many WHERE owner = 'rep1' ORDER BY id DESC LIMIT 3;
EXPLAIN (COSTS OFF) SELECT title FROM many;
EXPLAIN (COSTS OFF) UPDATE many SET title = 'new';
EXPLAIN (COSTS OFF) DELETE FROM many;
EXECUTE all_of; EXECUTE one(1); EXECUTE one(2001); EXECUTE page;
SET sharing.user_key = 'sup2';
EXECUTE all_of; EXECUTE one(1); EXECUTE one(2001); EXECUTE page;
SET sharing.user_key = 'rep2';
EXECUTE all_of; EXECUTE one(1); EXECUTE page;
SET sharing.user_key = 'adm';
EXECUTE all_of; EXECUTE one(1); EXECUTE page;
RESET sharing.user_key;
EXECUTE all_of; EXECUTE one(1); EXECUTE page;
-- Parallel workers give the same.
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SET plan_cache_mode = auto; SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
SET sharing.user_key = 'sup2';
SELECT string_agg(id::text, ' ' ORDER BY id) FROM many WHERE owner = 'rep1';
SET sharing.user_key = 'sup1';
EXPLAIN (COSTS OFF) SELECT count(*) FROM many WHERE title <> 'x';
SELECT count(*) FROM many WHERE title <> 'x';
