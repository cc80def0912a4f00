-- protect() changes each table as its owner: also a table of somebody who cannot log in or inherit, and partitions of different owners. What
-- an owner may not do by himself is refused, with the privilege that is missing.
CREATE ROLE app LOGIN;
CREATE ROLE shop NOLOGIN NOINHERIT;
CREATE ROLE depot NOLOGIN;
CREATE SCHEMA shop AUTHORIZATION shop;
GRANT USAGE, CREATE ON SCHEMA shop TO depot;
GRANT USAGE ON SCHEMA shop TO app;
SELECT sharing.create_user('1', 'adam'), sharing.create_user('2', 'ben'), sharing.trust('app') \g /dev/null
CREATE TABLE shop.sales (id integer PRIMARY KEY, owner integer) PARTITION BY RANGE (id);
CREATE TABLE shop.first PARTITION OF shop.sales FOR VALUES FROM (0) TO (10);
CREATE TABLE shop.second PARTITION OF shop.sales FOR VALUES FROM (10) TO (20);
INSERT INTO shop.sales VALUES (1, 1), (2, 2), (11, 1), (12, 2);
ALTER TABLE shop.sales OWNER TO shop;
ALTER TABLE shop.first OWNER TO shop;
ALTER TABLE shop.second OWNER TO depot;
GRANT SELECT ON ALL TABLES IN SCHEMA shop TO app;
-- To create a trigger on a partitioned table takes a privilege on its partitions.
SELECT count(*) > 0 AS done FROM sharing.protect('shop.sales', 'owner');
SELECT relation FROM sharing.protected_relations;
GRANT TRIGGER ON shop.second TO shop;
SELECT count(*) > 0 AS done FROM sharing.protect('shop.sales', 'owner');
SELECT c.oid::regclass, pg_get_userbyid(relowner) AS owner, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies, (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid) AS triggers
FROM pg_class c WHERE relnamespace = 'shop'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1;
\c - app
SET sharing.user_key = '1';
TABLE shop.sales ORDER BY id;
TABLE shop.second;
\c - postgres
SELECT count(*) > 0 AS done FROM sharing.unprotect('shop.sales');
SELECT count(*) FROM pg_policy;
-- An owner who may not use the schema of his own table.
ALTER SCHEMA shop OWNER TO postgres;
REVOKE ALL ON SCHEMA shop FROM shop;
CREATE TABLE shop.bills (id integer PRIMARY KEY, owner integer);
ALTER TABLE shop.bills OWNER TO shop;
SELECT sharing.protect('shop.bills', 'owner');
GRANT USAGE ON SCHEMA shop TO shop;
SELECT count(*) > 0 AS done FROM sharing.protect('shop.bills', 'owner');
SELECT count(*) > 0 AS done FROM sharing.unprotect('shop.bills');
-- An owner who took a privilege on his own table from himself, and one who may not use what the policies call.
REVOKE ALL ON shop.bills FROM shop;
SELECT sharing.protect('shop.bills', 'owner');
GRANT ALL ON shop.bills TO shop;
BEGIN;
REVOKE USAGE ON SCHEMA sharing_internal FROM PUBLIC;
SELECT sharing.protect('shop.bills', 'owner');
ROLLBACK;
SELECT count(*) > 0 AS done FROM sharing.protect('shop.bills', 'owner');
