-- The decision (detail modules), docs/semantics.md (Examples that must hold) example 13: orders have their customer's access, action by action, and so have their lines, whose key has two columns.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE customers (id integer PRIMARY KEY, owner text, team text, title text);
CREATE TABLE orders (id integer PRIMARY KEY, customer integer REFERENCES customers ON DELETE CASCADE, title text);
CREATE TABLE lines ("order" integer REFERENCES orders ON DELETE CASCADE, line integer, title text, PRIMARY KEY ("order", line));
INSERT INTO customers VALUES (1, 'rep1', NULL), (2, 'sup1', NULL), (3, NULL, 'g'), (4, 'ghost', NULL);
INSERT INTO orders VALUES (11, 1), (12, 1), (21, 2), (31, 3), (41, 4), (91, NULL);
INSERT INTO lines SELECT o.id, n FROM orders o, generate_series(1, 2) n;
GRANT ALL ON orders, lines TO app;
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:sup2') \g /dev/null
SELECT sharing.protect('customers', 'owner', owner_group => 'team') \g /dev/null
SELECT * FROM sharing.protect('orders', controlled_by => 'customers', via => 'customer');
SELECT count(*) FROM sharing.protect('lines', module => 'Lines', controlled_by => 'orders', via => 'order');
-- What people see, change, delete and lock. No privilege on the table of customers is needed.
CREATE FUNCTION test.tried(person text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text := coalesce(current_setting('sharing.user_key', true), '');
    found text;
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    BEGIN
        EXECUTE 'WITH x (id) AS (' || statement || ') SELECT string_agg(id::text, '' '' ORDER BY id) FROM x' INTO found;
        RAISE EXCEPTION USING ERRCODE = 'UNDO0';
    EXCEPTION
        WHEN SQLSTATE 'UNDO0' THEN NULL;
        WHEN OTHERS THEN found := sqlstate;
    END;
    PERFORM set_config('sharing.user_key', before, false);
    RETURN coalesce(found, '-');
END
$$;
CREATE FUNCTION test.access(VARIADIC people text[]) RETURNS TABLE (person text, "table" text, sees text, edits text, deletes text, locks text) LANGUAGE sql AS $$
    SELECT person, t, test.tried(person, format('SELECT %s FROM %s', key, t)), test.tried(person, format('UPDATE %2$s SET title = ''x'' RETURNING %1$s', key, t)),
        test.tried(person, format('DELETE FROM %2$s RETURNING %1$s', key, t)), test.tried(person, format('SELECT * FROM (SELECT %s FROM %s FOR SHARE) x', key, t))
    FROM unnest(people) WITH ORDINALITY p (person, n), (VALUES (1, 'orders', 'id'), (2, 'lines', '"order" * 10 + line')) t (m, t, key) ORDER BY n, m
$$;
\c - app
SELECT * FROM test.access('rep1', 'mgr', 'sup1', 'sup2', 'adm', 'nobody');
-- Joined with the customers, read one by one, copied: the same.
\c - postgres
GRANT ALL ON customers TO app;
\c - app
SET sharing.user_key = 'mgr';
SELECT c.id, o.id, count(*) FROM customers c JOIN orders o ON o.customer = c.id JOIN lines l ON l."order" = o.id GROUP BY 1, 2 ORDER BY 1, 2;
SELECT (SELECT count(*) FROM orders WHERE id = 11), (SELECT count(*) FROM orders WHERE id = 21), (SELECT count(*) FROM lines WHERE "order" = 11 AND line = 2), (SELECT count(*) FROM lines WHERE "order" IN (21, 91));
COPY (SELECT id FROM orders ORDER BY id) TO STDOUT;
COPY lines ("order", line) TO STDOUT;
-- Action by action, at each level of the customer's access: what the rule or global access gives on it.
\c - postgres
CREATE PROCEDURE test.set_up(access text, rule text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sharing.drop_rule(id) FROM sharing.rules;
    PERFORM sharing.set_global_access('customers', access);
    IF rule <> '' THEN PERFORM sharing.add_rule('customers', 'role:H5', 'role:H7', rule); END IF;
    PERFORM sharing.apply_rules();
END
$$;
CALL test.set_up('private', 'read_only');
\c - app
SELECT * FROM test.access('sup2');
\c - postgres
CALL test.set_up('private', 'read_write');
\c - app
SELECT * FROM test.access('sup2');
\c - postgres
CALL test.set_up('public_read_only', '');
\c - app
SELECT * FROM test.access('sup2');
\c - postgres
CALL test.set_up('public_read_edit', '');
\c - app
SELECT * FROM test.access('sup2');
\c - postgres
CALL test.set_up('public_read_edit_delete', '');
\c - app
SELECT * FROM test.access('sup2');
-- Inserting and moving: edit on the customer, on both of them.
\c - postgres
CALL test.set_up('public_read_only', 'read_write');
\c - app
CREATE FUNCTION pg_temp.outcomes(person text) RETURNS TABLE (statement text, outcome text) LANGUAGE sql AS $$
    SELECT s, left(test.outcome_for(person, s), 5) FROM unnest(ARRAY[
        'INSERT INTO orders VALUES (50, 1)', 'INSERT INTO orders VALUES (50, 4)', 'INSERT INTO orders VALUES (50, NULL)', 'INSERT INTO orders VALUES (50, 99)', 'INSERT INTO lines VALUES (11, 3)', 'INSERT INTO lines VALUES (41, 3)', 'INSERT INTO lines VALUES (91, 3)',
        'INSERT INTO orders VALUES (11, 1) ON CONFLICT (id) DO UPDATE SET title = ''x''', 'INSERT INTO orders VALUES (41, 1) ON CONFLICT (id) DO UPDATE SET title = ''x''',
        'UPDATE orders SET customer = 2 WHERE id = 11', 'UPDATE orders SET customer = 3 WHERE id = 11', 'UPDATE orders SET customer = 1 WHERE id = 41', 'UPDATE orders SET customer = NULL WHERE id = 11', 'UPDATE orders SET customer = 1 WHERE id = 91',
        'UPDATE lines SET "order" = 21, line = 8 WHERE "order" = 11 AND line = 1', 'UPDATE lines SET "order" = 31, line = 8 WHERE "order" = 11 AND line = 1', 'UPDATE lines SET "order" = 12, line = 8 WHERE "order" = 11 AND line = 1', 'UPDATE lines SET "order" = 11, line = 8 WHERE "order" = 31 AND line = 1',
        'MERGE INTO lines USING (VALUES (11), (31)) v (o) ON "order" = o AND line = 1 WHEN MATCHED THEN UPDATE SET title = ''x''', 'MERGE INTO lines USING (VALUES (11)) v (o) ON "order" = o AND line = 1 WHEN MATCHED THEN DELETE',
        'MERGE INTO lines USING (VALUES (11)) v (o) ON "order" = o AND line = 7 WHEN NOT MATCHED THEN INSERT VALUES (11, 7)', 'SELECT FROM lines FOR NO KEY UPDATE', 'DELETE FROM customers WHERE id = 1']) s
$$;
SELECT sup1.statement, sup1.outcome AS sup1, rep1.outcome AS rep1, adm.outcome AS adm FROM pg_temp.outcomes('sup1') sup1 JOIN pg_temp.outcomes('rep1') rep1 USING (statement) JOIN pg_temp.outcomes('adm') adm USING (statement);
-- Referential actions pass: also to the line that an administrator put below.
BEGIN;
SET LOCAL sharing.user_key = 'rep1';
DELETE FROM customers WHERE id = 1;
SET LOCAL sharing.user_key = 'adm';
SELECT (SELECT string_agg(id::text, ' ' ORDER BY id) FROM orders) AS orders, (SELECT count(*) FROM lines) AS lines;
ROLLBACK;
-- A customer who changes hands takes orders and lines along, at once.
BEGIN;
SELECT test.tried('sup2', 'UPDATE orders SET title = ''x'' RETURNING id'), test.tried('rep2', 'UPDATE orders SET title = ''x'' RETURNING id');
SELECT test.outcome_for('rep1', 'SELECT sharing.transfer(''customers'', ''{1}'', ''user:rep2'')');
SET LOCAL sharing.user_key = 'rep1';
SELECT sharing.transfer('customers', '{1}', 'user:sup1');
SELECT * FROM test.access('rep1', 'sup1');
ROLLBACK;
