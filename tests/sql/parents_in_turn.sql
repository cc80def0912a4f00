-- What parents answered is not mixed up between people who take turns in one session, between modules, between
-- actions, or between keys of different types, also where nothing has changed in between.
CREATE TABLE customers (id int PRIMARY KEY, owner text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id bigint);
CREATE TABLE quotes (id int PRIMARY KEY, owner text, customer_id int);
CREATE TABLE visits (id int PRIMARY KEY, owner text, customer_id int);
INSERT INTO customers SELECT n, (ARRAY['one', 'two', 'other'])[1 + n % 3] FROM generate_series(1, 3000) n;
INSERT INTO orders SELECT n, n FROM generate_series(1, 3000) n;
INSERT INTO quotes SELECT n, 'other', n FROM generate_series(1, 3000) n;
INSERT INTO visits SELECT n, 'other', n FROM generate_series(1, 3000) n;
CREATE INDEX ON customers (owner);
CREATE INDEX ON orders (customer_id);
CREATE INDEX ON quotes (customer_id);
VACUUM ANALYZE customers, orders, quotes, visits;
SELECT sharing.create_role('Boss');
SELECT sharing.create_role('Rep', 'Boss'), sharing.create_role('Other'), sharing.create_role('Helper');
SELECT sharing.create_user('one', 'One', 'Rep'), sharing.create_user('two', 'Two', 'Rep'), sharing.create_user('other', 'Other', 'Other'),
    sharing.create_user('boss', 'Boss', 'Boss'), sharing.create_user('helper', 'Helper', 'Helper');
SELECT count(*) > 0 AS protected FROM sharing.protect('customers', 'owner');
SELECT count(*) > 0 AS protected FROM sharing.protect('orders', controlled_by => 'customers', via => 'customer_id');
SELECT count(*) > 0 AS protected FROM sharing.protect('quotes', 'owner');
SELECT count(*) > 0 AS protected FROM sharing.protect('visits', 'owner');
SELECT sharing.relate('quotes', 'customer_id', 'customers'), sharing.relate('visits', 'customer_id', 'customers');
SELECT sharing.add_rule('customers', 'role:Rep', 'role:Helper', 'read_only', related => '{"quotes": "read_write", "visits": "none"}') > 0 AS added;
SELECT sharing.add_rule('customers', 'role:Other', 'role:Helper', 'read_only', related => '{"quotes": "none", "visits": "read_only"}') > 0 AS added;
SELECT sharing.apply_rules();
CREATE ROLE turns_app;
GRANT SELECT ON customers, orders, quotes, visits TO turns_app;
SELECT sharing.trust('turns_app');
CREATE FUNCTION seen(person text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('sharing.user_key', person, true);
    RETURN format('%s: %s customers, %s orders, %s quotes, %s visits', person, (SELECT count(*) FROM customers),
        (SELECT count(*) FROM orders), (SELECT count(*) FROM quotes), (SELECT count(*) FROM visits));
END
$$;
SET SESSION AUTHORIZATION turns_app;
SELECT seen(person) FROM unnest('{one,two,boss,other,helper,nobody,one,helper,two,boss,helper,other}'::text[]) person;
SET sharing.user_key = 'one';
SELECT count(*), sum(customer_id) FROM orders;
SET sharing.user_key = 'two';
SELECT count(*), sum(customer_id) FROM orders;
SET sharing.user_key = 'nobody';
SELECT count(*), sum(customer_id) FROM orders;
-- And a statement sees what its own transaction has changed, and not what it has taken back.
RESET SESSION AUTHORIZATION;
GRANT UPDATE ON customers TO turns_app;
SET SESSION AUTHORIZATION turns_app;
SET sharing.user_key = 'one';
SELECT count(*) FROM orders;
BEGIN;
SELECT count(*) FROM orders;
UPDATE customers SET id = 100000 + id WHERE id = 3;
SELECT count(*) FROM orders;
SAVEPOINT s;
UPDATE customers SET id = 100000 + id WHERE id = 6;
SELECT count(*) FROM orders;
ROLLBACK TO s;
SELECT count(*) FROM orders;
ROLLBACK;
SELECT count(*) FROM orders;
RESET SESSION AUTHORIZATION;
