-- Above a bitmap the index condition stands for the predicate, which is looked at again only where the bitmap has lost single rows.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
-- A row of others' on every page, so that a page alone says nothing.
CREATE TABLE wide (id integer PRIMARY KEY, owner text COLLATE "C", lead integer, filler text) WITH (autovacuum_enabled = off);
ALTER TABLE wide ALTER filler SET STORAGE plain;
INSERT INTO wide SELECT n, CASE n % 2 WHEN 0 THEN 'rep1' ELSE 'rep2' END, 1 + n % 2, repeat('x', 3500) FROM generate_series(1, 6000) n;
CREATE INDEX wide_owner ON wide (owner);
VACUUM ANALYZE wide;
GRANT ALL ON wide TO app;
SELECT sharing.protect('wide', 'owner') \g /dev/null
CREATE FUNCTION test.lossy(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    line text;
    found boolean := false;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || statement LOOP
        found := found OR line ~ 'lossy=\d';
    END LOOP;
    RETURN found;
END
$$;
-- It tells what it sees.
CREATE FUNCTION test.leak(id integer) RETURNS boolean COST 0.0001 LANGUAGE plpgsql AS $$
BEGIN
    IF id % 2 = 1 THEN RAISE NOTICE 'leaked %', id; END IF;
    RETURN true;
END
$$;
\c - app
SET max_parallel_workers_per_gather = 0;
SET enable_seqscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET sharing.user_key = 'rep1';
EXPLAIN (COSTS OFF) SELECT count(filler) FROM wide;
SELECT setting, test.lossy('SELECT count(filler) FROM wide') AS lossy, (SELECT array[count(*), count(*) FILTER (WHERE owner = 'rep1')] FROM wide WHERE filler <> '') AS seen
FROM unnest('{64kB,64MB}'::text[]) setting, set_config('work_mem', setting, false);
SET work_mem = '64kB';
SELECT count(filler) FROM wide WHERE test.leak(id);
-- With another index condition beside it.
EXPLAIN (COSTS OFF) SELECT count(filler) FROM wide WHERE id BETWEEN 1 AND 5000;
SELECT count(filler) FROM wide WHERE id BETWEEN 1 AND 5000;
-- What writes keeps its filter: it goes by the latest configuration, row by row.
EXPLAIN (COSTS OFF) SELECT filler FROM wide FOR UPDATE;
EXPLAIN (COSTS OFF) UPDATE wide SET lead = 0;
-- The plan in the hands of others.
PREPARE counted AS SELECT count(filler) FROM wide;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE counted;
EXECUTE counted;
SET sharing.user_key = 'rep2';
EXECUTE counted;
SET sharing.user_key = 'nobody';
EXECUTE counted;
SET sharing.user_key = 'adm';
EXECUTE counted;
RESET plan_cache_mode;
-- An index that takes other texts for equal: the predicate stays, whichever index is used.
\c - postgres
CREATE COLLATION test.any_case (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
UPDATE wide SET owner = 'REP1' WHERE owner = 'rep2' AND id % 3 = 0;
CREATE INDEX wide_owner_any_case ON wide (owner COLLATE test.any_case);
VACUUM ANALYZE wide;
CREATE FUNCTION test.counted(without_index text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    counted bigint;
BEGIN
    EXECUTE format('DROP INDEX %I', without_index);
    SET LOCAL SESSION AUTHORIZATION app;
    SET LOCAL sharing.user_key = 'rep1';
    SET LOCAL enable_seqscan = off;
    SET LOCAL enable_indexscan = off;
    SELECT count(filler) INTO counted FROM wide;
    RESET SESSION AUTHORIZATION;
    RETURN counted;
END
$$;
BEGIN;
SELECT test.counted('wide_owner');
ROLLBACK;
BEGIN;
SELECT test.counted('wide_owner_any_case');
ROLLBACK;
\c - app
SET enable_seqscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET sharing.user_key = 'rep1';
EXPLAIN (COSTS OFF) SELECT count(filler) FROM wide;
SELECT count(filler) FROM wide;
