-- The owner index serves who sees little, the order index who sees much; no plan knows an owner.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_user(n::text, 'n' || n, CASE WHEN n = 1 THEN 'H1' WHEN n % 100 = 0 THEN 'H4' ELSE 'H5' END) FROM generate_series(1, 400) n \g /dev/null
CREATE TABLE deals (id integer PRIMARY KEY, owner_id integer, created_at integer, amount integer);
INSERT INTO deals SELECT n, n % 400 + 1, n, n % 1000 FROM generate_series(1, 20000) n;
CREATE INDEX deals_owner_id ON deals (owner_id);
CREATE INDEX deals_created_at ON deals (created_at);
VACUUM ANALYZE deals;
GRANT ALL ON deals TO app;
SELECT sharing.protect('deals', 'owner_id') \g /dev/null
CREATE FUNCTION test.plan(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP RETURN NEXT line; END LOOP;
END
$$;
\c - app
SET max_parallel_workers_per_gather = 0;
-- A rep: one owner of 400.
SET sharing.user_key = '7';
EXPLAIN (COSTS OFF) SELECT * FROM deals ORDER BY created_at DESC LIMIT 50;
EXPLAIN (COSTS OFF) SELECT count(*) FROM deals;
EXPLAIN (COSTS OFF) SELECT * FROM deals WHERE id = 7;
EXPLAIN (COSTS OFF) UPDATE deals SET amount = 0;
EXPLAIN (COSTS OFF) DELETE FROM deals;
EXPLAIN (COSTS OFF) SELECT * FROM deals FOR UPDATE;
-- Who is above nearly all: the order index.
SET sharing.user_key = '1';
EXPLAIN (COSTS OFF) SELECT * FROM deals ORDER BY created_at DESC LIMIT 50;
EXPLAIN (COSTS OFF) SELECT * FROM deals WHERE id = 7;
SET sharing.user_key = 'adm';
EXPLAIN (COSTS OFF) SELECT * FROM deals ORDER BY created_at DESC LIMIT 50;
-- Nobody.
SET sharing.user_key = '';
EXPLAIN (COSTS OFF) SELECT * FROM deals ORDER BY created_at DESC LIMIT 50;
-- No key of anybody stands in any plan.
CREATE FUNCTION pg_temp.constants(person text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    RETURN (SELECT count(*) FROM test.plan('SELECT * FROM deals ORDER BY created_at LIMIT 50') line WHERE line ~ '\d' AND line !~ '^Limit');
END
$$;
SELECT person, pg_temp.constants(person) FROM unnest('{7,1,100,adm,nobody}'::text[]) person;
-- Estimates: within a factor of two.
CREATE FUNCTION pg_temp.estimate(person text, OUT estimated float, OUT counted bigint) LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    EXECUTE 'EXPLAIN (FORMAT json) SELECT * FROM deals' INTO plan;
    estimated := (plan->0->'Plan'->>'Plan Rows')::float;
    SELECT count(*) FROM deals INTO counted;
END
$$;
SELECT person, counted, (estimated BETWEEN greatest(counted, 1) / 2.0 AND greatest(counted, 1) * 2) AS good FROM unnest('{7,100,1,adm,nobody}'::text[]) person, pg_temp.estimate(person);
-- Both columns of owners: an index each.
\c - postgres
SELECT sharing.unprotect('deals') \g /dev/null
ALTER TABLE deals ADD team text;
UPDATE deals SET team = 'team ' || id % 300 WHERE id % 2 = 0;
CREATE INDEX deals_team ON deals (team);
VACUUM ANALYZE deals;
SELECT sharing.protect('deals', 'owner_id', owner_group => 'team') \g /dev/null
SELECT sharing.create_group('team 4', 'team 4'), sharing.add_member('team 4', 'user:7') \g /dev/null
\c - app
SET max_parallel_workers_per_gather = 0;
SET sharing.user_key = '7';
EXPLAIN (COSTS OFF) SELECT count(*) FROM deals;
SELECT count(*), count(*) FILTER (WHERE owner_id = 7), count(*) FILTER (WHERE team = 'team 4') FROM deals;
