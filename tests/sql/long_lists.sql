-- Asking an index: more than a hundred owners are listed only where that may win.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
-- Without the numbers of sub-plans, which not every version of PostgreSQL shows.
CREATE FUNCTION test.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        RETURN NEXT regexp_replace(line, ' \(returns .*\)', '');
    END LOOP;
END $$;
SELECT sharing.create_user(n::text, 'n' || n, CASE WHEN n = 1 THEN 'H4' ELSE 'H5' END) FROM generate_series(1, 200) n \g /dev/null
-- Of 100,000 deals the people at H5 own one each, of 40,000 tickets a quarter.
CREATE TABLE deals (id integer PRIMARY KEY, owner_id integer, amount integer);
INSERT INTO deals SELECT n, CASE WHEN n <= 200 THEN n ELSE 1000 + n END, n * 7919::bigint % 100003 FROM generate_series(1, 100000) n;
CREATE TABLE tickets (LIKE deals);
INSERT INTO tickets SELECT n, CASE WHEN n % 4 = 0 THEN n / 4 % 200 + 1 ELSE 1000 + n % 100 END, n * 7919 % 40009 FROM generate_series(1, 40000) n;
CREATE INDEX deals_owner_id ON deals (owner_id);
CREATE INDEX deals_amount ON deals (amount);
CREATE INDEX tickets_owner_id ON tickets (owner_id);
CREATE INDEX tickets_amount ON tickets (amount);
VACUUM ANALYZE deals, tickets;
GRANT ALL ON deals, tickets TO app;
SELECT sharing.protect('deals', 'owner_id'), sharing.protect('tickets', 'owner_id') \g /dev/null
\c - app
SET max_parallel_workers_per_gather = 0;
SET sharing.user_key = '1';
-- The ends of an index, where rows are near them; otherwise the list.
SELECT test.plan('SELECT max(amount) FROM tickets');
SELECT (SELECT max(amount) FROM tickets) = (SELECT max(amount + 0) FROM tickets);
EXPLAIN (COSTS OFF) SELECT max(amount), min(amount) FROM deals WHERE amount % 10 = 3;
SELECT count(*) FROM deals WHERE amount % 10 = 3;
-- A page in the order of an index likewise.
EXPLAIN (COSTS OFF) SELECT * FROM tickets ORDER BY amount LIMIT 10;
EXPLAIN (COSTS OFF) SELECT * FROM deals WHERE amount % 10 = 3 ORDER BY amount LIMIT 10;
-- Columns that are compared with each other name no single row.
EXPLAIN (COSTS OFF) SELECT * FROM deals WHERE id = owner_id;
EXPLAIN (COSTS OFF) SELECT * FROM deals WHERE id = 7;
-- More than 10,000 owners: only of a table with a hundred rows for each, or what is taken for one.
\c - postgres
SELECT sharing.create_user(n::text, 'n' || n, CASE WHEN n = 20000 THEN 'H6' ELSE 'H7' END) FROM generate_series(20000, 30000) n \g /dev/null
\c - app
SET max_parallel_workers_per_gather = 0;
SET seq_page_cost = 1000;
SET sharing.user_key = '20000';
EXPLAIN (COSTS OFF) SELECT count(*), sum(amount) FROM deals;
SELECT count(*), sum(amount) FROM deals;
\c - postgres
UPDATE pg_class SET reltuples = 1000200 WHERE oid = 'deals'::regclass;
\c - app
SET max_parallel_workers_per_gather = 0;
SET seq_page_cost = 1000;
SET sharing.user_key = '20000';
EXPLAIN (COSTS OFF) SELECT count(*), sum(amount) FROM deals;
SELECT count(*), sum(amount) FROM deals;
