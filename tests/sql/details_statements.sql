-- The decision; Commands on a protected table; Administration and safety (details in statements): prepared generic plans under alternating identities, cursors, REPEATABLE READ, several statements in one
-- function, big tables that are read by an index or at once: always the right caller's rows.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE customers (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE orders (id integer PRIMARY KEY, customer integer, title text);
-- Of 1000 customers rep1 has 10, sup1 500, the rest is an unknown person's.
INSERT INTO customers SELECT n, CASE WHEN n % 100 = 0 THEN 'rep1' WHEN n % 2 = 0 THEN 'sup1' ELSE 'ghost' END FROM generate_series(1, 1000) n;
INSERT INTO orders SELECT n, n % 1000 + 1 FROM generate_series(1, 10000) n;
CREATE INDEX ON customers (owner);
CREATE INDEX ON orders (customer);
ANALYZE customers, orders;
GRANT ALL ON orders, customers TO app;
SELECT sharing.protect('customers', 'owner'), sharing.protect('orders', controlled_by => 'customers', via => 'customer') \g /dev/null
SELECT c.owner, count(*) FROM orders o JOIN customers c ON c.id = o.customer GROUP BY 1 ORDER BY 1;
\c - app
SET plan_cache_mode = force_generic_plan;
PREPARE everything AS SELECT count(*), count(DISTINCT customer) AS customers FROM orders;
PREPARE one(integer) AS SELECT id FROM orders WHERE id = $1;
PREPARE of_customer(integer) AS SELECT count(*) FROM orders WHERE customer = $1;
PREPARE change AS WITH changed AS (UPDATE orders SET title = 'x' RETURNING 1) SELECT count(*) FROM changed;
PREPARE locked AS SELECT count(*) FROM (SELECT FROM orders FOR SHARE) o;
SET sharing.user_key = 'rep1';
EXECUTE everything; EXECUTE one(99); EXECUTE one(1); EXECUTE of_customer(100); EXECUTE change; EXECUTE locked;
SET sharing.user_key = 'adm';
EXECUTE everything; EXECUTE one(99); EXECUTE one(1); EXECUTE of_customer(100); EXECUTE change; EXECUTE locked;
SET sharing.user_key = 'sup1';
EXECUTE everything; EXECUTE one(99); EXECUTE one(1); EXECUTE of_customer(100); EXECUTE change; EXECUTE locked;
SET sharing.user_key = 'nobody';
EXECUTE everything; EXECUTE one(99); EXECUTE one(1); EXECUTE of_customer(100); EXECUTE change; EXECUTE locked;
SET sharing.user_key = 'mgr';
EXECUTE everything;
-- Within a transaction, SET LOCAL and savepoints.
BEGIN;
SET LOCAL sharing.user_key = 'adm';
EXECUTE everything;
SAVEPOINT s;
SET LOCAL sharing.user_key = 'rep1';
EXECUTE everything;
ROLLBACK TO s;
EXECUTE everything;
COMMIT;
EXECUTE everything;
-- A cursor, and any statement under way, keeps its identity: also what it asks for later, of parents it has not seen.
BEGIN;
SET LOCAL sharing.user_key = 'rep1';
DECLARE begun CURSOR FOR SELECT id FROM orders ORDER BY id;
DECLARE untouched CURSOR FOR SELECT count(*) FROM orders;
FETCH 2 FROM begun;
SET LOCAL sharing.user_key = 'adm';
FETCH 2 FROM begun;
FETCH untouched;
MOVE ALL IN begun;
SET LOCAL sharing.user_key = 'sup1';
DECLARE other SCROLL CURSOR FOR SELECT count(*) FROM orders;
SET LOCAL sharing.user_key = 'rep1';
FETCH other;
COMMIT;
-- Functions keep plans.
CREATE FUNCTION pg_temp.visible(person text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('sharing.user_key', person, true);
    RETURN (SELECT count(*) FROM orders);
END
$$;
SELECT pg_temp.visible('rep1'), pg_temp.visible('adm'), pg_temp.visible('sup1'), pg_temp.visible('nobody'), pg_temp.visible('adm'), pg_temp.visible('rep1');
-- In plans that are cached: who gets or loses the right administrator, and what global access opens.
SET sharing.user_key = 'rep1';
EXECUTE everything;
\c - postgres
SET SESSION AUTHORIZATION app;
SET plan_cache_mode = force_generic_plan;
SET sharing.user_key = 'rep1';
PREPARE everything AS SELECT count(*) FROM orders;
EXECUTE everything;
RESET SESSION AUTHORIZATION;
SELECT sharing.grant_right('rep1', 'administrator');
SET SESSION AUTHORIZATION app;
EXECUTE everything;
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT sharing.revoke_right('rep1', 'administrator');
SET LOCAL SESSION AUTHORIZATION app;
EXECUTE everything;
ROLLBACK;
SELECT sharing.revoke_right('rep1', 'administrator'), sharing.set_global_access('customers', 'public_read_only'), sharing.apply_rules();
SET SESSION AUTHORIZATION app;
EXECUTE everything;
RESET SESSION AUTHORIZATION;
SELECT sharing.set_global_access('customers', 'private'), sharing.apply_rules();
SET SESSION AUTHORIZATION app;
EXECUTE everything;
-- Own changes: seen by the next statement, not by the one that makes them.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL sharing.user_key = 'rep1';
EXECUTE everything;
WITH given AS (UPDATE customers SET owner = 'rep1' WHERE id = 200 RETURNING id), gone AS (DELETE FROM customers WHERE id = 100 RETURNING id)
SELECT (SELECT count(*) FROM given) AS given, (SELECT count(*) FROM gone) AS gone, count(*) FROM orders;
EXECUTE everything;
SAVEPOINT s;
SET LOCAL sharing.user_key = 'adm';
UPDATE customers SET owner = 'rep1' WHERE id = 1;
SET LOCAL sharing.user_key = 'rep1';
EXECUTE everything;
ROLLBACK TO s;
EXECUTE everything;
ROLLBACK;
-- A statement that changes parents while it reads details.
SET sharing.user_key = 'rep1';
BEGIN;
WITH gone AS (DELETE FROM customers WHERE id <= 500 RETURNING id) SELECT (SELECT count(*) FROM gone) AS gone, count(*) FROM orders;
SELECT count(*) FROM orders;
ROLLBACK;
