-- Modules: protect() and unprotect(): dry_run changes nothing, nothing is rewritten, and unprotect puts everything back.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
-- What the catalogs say of a table, whatever it is.
CREATE FUNCTION test.state(VARIADIC relations regclass[]) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', c.oid::regclass, c.relfilenode, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.reltriggers, c.reloptions,
        (SELECT string_agg(p::text, ' ' ORDER BY polname) FROM pg_policy p WHERE polrelid = c.oid),
        (SELECT string_agg(tgname::text, ' ' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = c.oid),
        (SELECT string_agg(a::text, ' ' ORDER BY attnum) FROM pg_attribute a WHERE attrelid = c.oid)), E'\n' ORDER BY c.oid)
    FROM (SELECT oid, relname, relfilenode, coalesce(relacl::text, acldefault('r', relowner)::text) AS relacl, relrowsecurity, relforcerowsecurity, reloptions, relhastriggers AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid) AS reltriggers FROM pg_class WHERE oid = ANY (relations)) c
$$;
\c - crm
CREATE TABLE filled (id integer PRIMARY KEY, owner text, title text);
INSERT INTO filled SELECT n, 'rep1', 'row ' || n FROM generate_series(1, 1000) n;
CREATE INDEX ON filled (owner);
GRANT ALL ON filled TO app, PUBLIC;
CREATE TABLE already (id integer, owner text);
ALTER TABLE already ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON already USING (true);
CREATE TABLE parts (id integer, owner text) PARTITION BY LIST (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
ALTER TABLE parts_2 ENABLE ROW LEVEL SECURITY;
GRANT ALL ON parts_2 TO PUBLIC;
\c - postgres
CREATE TABLE test.before AS SELECT t, test.state(t) FROM unnest('{filled,already,parts,parts_1,parts_2}'::regclass[]) t;
CREATE TABLE test.configured AS SELECT test.configuration();
\t on
SELECT sharing.protect('filled', 'owner', dry_run => true);
\t off
SELECT (SELECT bool_and(state = test.state(t)) FROM test.before) AS tables_unchanged, (SELECT configuration FROM test.configured) = test.configuration() AS configuration_unchanged;
-- It runs what it said.
CREATE TABLE test.said AS SELECT * FROM sharing.protect('filled', 'owner', dry_run => true) statement;
CREATE TABLE test.done AS SELECT * FROM sharing.protect('filled', 'owner') statement;
(TABLE test.said EXCEPT TABLE test.done) UNION ALL (TABLE test.done EXCEPT TABLE test.said);
SELECT b.state LIKE '% ' || c.relfilenode || ' %' AS not_rewritten FROM test.before b JOIN pg_class c ON c.oid = b.t WHERE relname = 'filled';
SELECT count(*) FROM sharing.protect('already', 'owner', 'Other "name"');
SELECT count(*) FROM sharing.protect('parts', 'owner', hierarchy => false, default_owner => true);
SELECT name, relation, owners, hierarchy, default_owner, global_access, staged_global_access FROM sharing.modules ORDER BY name;
\c - app
BEGIN;
TRUNCATE filled;
ROLLBACK;
\c - postgres
REVOKE TRUNCATE ON filled, parts_2 FROM app;
\c - app
TRUNCATE filled;
TRUNCATE parts_2;
\c - stranger
TRUNCATE filled;
SELECT count(*) FROM filled;
-- Records of before are filtered at once.
\c - app
SET sharing.user_key = 'mgr';
SELECT count(*) FROM filled;
SET sharing.user_key = 'sup1';
SELECT count(*) FROM filled;
-- Put back.
\c - postgres
GRANT TRUNCATE ON filled TO app;
\t on
SELECT sharing.unprotect('filled');
\t off
SELECT count(*) FROM sharing.unprotect('already');
SELECT count(*) FROM sharing.unprotect('parts');
SELECT t FROM test.before WHERE state <> test.state(t);
SELECT name FROM sharing.modules;
-- Once more, and rolled back.
BEGIN;
SELECT count(*) FROM sharing.protect('filled', 'owner');
ROLLBACK;
SELECT t FROM test.before WHERE state <> test.state(t);
SELECT name FROM sharing.modules;
