-- Modules (relations and details under DDL): renaming is followed; partitions and inheritance children are told of relations; whatever is dropped or
-- altered, the table is never left open, seen as an ordinary role; unprotect() puts everything back.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE SCHEMA elsewhere;
GRANT USAGE ON SCHEMA elsewhere TO app;
CREATE TABLE accounts (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE deals (id integer PRIMARY KEY, owner text, account integer, kind text, title text);
CREATE TABLE orders (id integer, account integer, title text, PRIMARY KEY (id));
INSERT INTO accounts VALUES (1, 'rep1'), (2, 'ceo');
INSERT INTO deals VALUES (11, 'ceo', 1, 'a'), (12, 'ceo', 2, 'a'), (13, 'ceo', 1, 'b');
INSERT INTO orders VALUES (21, 1), (22, 2);
GRANT ALL ON accounts, deals, orders TO app;
CREATE FUNCTION test.state(OUT tables text, OUT policies bigint, OUT triggers bigint) LANGUAGE sql AS $$
    SELECT (SELECT string_agg(concat_ws(' ', relname, relrowsecurity, relforcerowsecurity, relacl), ', ' ORDER BY relname) FROM pg_class WHERE relname IN ('accounts', 'deals', 'orders')),
        (SELECT count(*) FROM pg_policy WHERE polrelid <> 'leads'::regclass), (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid <> 'leads'::regclass AND tgfoid::regproc::text !~ 'configuration|audit')
$$;
SELECT policies, triggers FROM test.state();
CREATE TABLE test.before AS SELECT * FROM test.state();
-- A dry run tells, and does nothing.
SELECT sharing.protect('accounts', 'owner') \g /dev/null
SELECT * FROM sharing.protect('orders', controlled_by => 'accounts', via => 'account', dry_run => true);
SELECT count(*) FROM sharing.modules WHERE name = 'orders';
SELECT sharing.protect('deals', 'owner'), sharing.protect('orders', controlled_by => 'accounts', via => 'account') \g /dev/null
SELECT sharing.relate('deals', 'account', 'accounts', 'kind', 'a') \g /dev/null
SELECT sharing.add_rule('accounts', 'role:H5', 'role:H7', 'read_only', '{"deals": "read_write"}'), sharing.apply_rules() \g /dev/null
-- What sup1 reaches: account 1, deal 11, order 21.
CREATE FUNCTION test.sup1(accounts regclass, deals regclass, orders regclass) RETURNS TABLE ("table" text, sees text, edits text, deletes text) LANGUAGE sql AS $$
    SELECT t, r.* FROM (VALUES (1, 'accounts', accounts), (2, 'deals', deals), (3, 'orders', orders)) t (n, t, r), test.reach('sup1', t.r) r ORDER BY n
$$;
\c - app
SELECT * FROM test.sup1('accounts', 'deals', 'orders');
-- Renamed: tables, columns, schemas.
\c - postgres
ALTER TABLE accounts RENAME COLUMN id TO number;
ALTER TABLE accounts RENAME COLUMN number TO id;
ALTER TABLE accounts RENAME TO "Ac counts";
ALTER TABLE "Ac counts" SET SCHEMA elsewhere;
ALTER TABLE deals RENAME COLUMN account TO "of account";
ALTER TABLE deals RENAME COLUMN kind TO "the kind";
ALTER TABLE deals RENAME TO "de als";
ALTER TABLE orders RENAME COLUMN account TO "of account";
ALTER TABLE orders SET SCHEMA elsewhere;
ALTER SCHEMA elsewhere RENAME TO "else where";
\c - app
SELECT * FROM test.sup1('"else where"."Ac counts"', '"de als"', '"else where".orders');
-- The administrator relates by the new names, and goes back to the old ones.
\c - postgres
SELECT sharing.unrelate('"de als"', 'of account', '"else where"."Ac counts"'), sharing.relate('"de als"', 'of account', '"else where"."Ac counts"', 'the kind', 'a') \g /dev/null
ALTER SCHEMA "else where" RENAME TO elsewhere;
ALTER TABLE elsewhere."Ac counts" SET SCHEMA public;
ALTER TABLE "Ac counts" RENAME TO accounts;
ALTER TABLE elsewhere.orders SET SCHEMA public;
ALTER TABLE orders RENAME COLUMN "of account" TO account;
ALTER TABLE "de als" RENAME TO deals;
ALTER TABLE deals RENAME COLUMN "of account" TO account;
ALTER TABLE deals RENAME COLUMN "the kind" TO kind;
SELECT sharing.alter_rule(1, related => '{"deals": "read_write"}'), sharing.apply_rules() \g /dev/null
\c - app
SELECT * FROM test.sup1('accounts', 'deals', 'orders');
-- What policies name can be neither dropped nor altered below them.
\c - postgres
\set VERBOSITY terse
ALTER TABLE deals DROP COLUMN account;
ALTER TABLE deals DROP COLUMN kind;
ALTER TABLE deals ALTER COLUMN account TYPE bigint;
ALTER TABLE deals ALTER COLUMN kind TYPE varchar(5);
ALTER TABLE orders DROP COLUMN account;
ALTER TABLE orders ALTER COLUMN account TYPE bigint;
ALTER TABLE accounts DROP COLUMN id;
-- By force: policies and all; what is left shows nothing to anybody but who is outside of row security. Each is tried, and undone.
CREATE FUNCTION test.by_force(statement text, OUT policies text, OUT sup1 text, OUT rep1 text, OUT ceo text) LANGUAGE plpgsql AS $$
DECLARE
    person text;
    t text;
    found text;
    reached text[];
    result text[];
BEGIN
    SET LOCAL client_min_messages = warning;
    EXECUTE statement;
    policies := (SELECT string_agg(relname || ' ' || n, ', ' ORDER BY relname) FROM (SELECT relname, count(*) AS n FROM pg_policy JOIN pg_class c ON c.oid = polrelid WHERE relname IN ('accounts', 'deals', 'orders') GROUP BY 1) c);
    SET LOCAL SESSION AUTHORIZATION app;
    FOREACH person IN ARRAY '{sup1,rep1,ceo}'::text[] LOOP
        PERFORM set_config('sharing.user_key', person, true);
        reached := '{}';
        FOREACH t IN ARRAY '{accounts,deals,orders}'::text[] LOOP
            BEGIN
                EXECUTE format('SELECT string_agg(id::text, '' '' ORDER BY id) FROM %s', t) INTO found;
            EXCEPTION WHEN OTHERS THEN
                found := sqlstate;
            END;
            reached := reached || coalesce(found, '-');
        END LOOP;
        result := result || array_to_string(reached, ' | ');
    END LOOP;
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
    sup1 := result[1];
    rep1 := result[2];
    ceo := result[3];
    RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
    WHEN SQLSTATE 'UNDO0' THEN NULL;
    WHEN OTHERS THEN policies := sqlstate || ' ' || sqlerrm;
END
$$;
\set VERBOSITY default
SELECT statement, r.* FROM unnest(ARRAY['ALTER TABLE deals DROP COLUMN account CASCADE', 'ALTER TABLE deals DROP COLUMN kind CASCADE', 'ALTER TABLE deals DROP COLUMN id CASCADE', 'ALTER TABLE orders DROP COLUMN account CASCADE', 'ALTER TABLE accounts DROP COLUMN id CASCADE', 'ALTER TABLE accounts DROP COLUMN owner CASCADE',
    'ALTER TABLE accounts DROP CONSTRAINT accounts_pkey', 'ALTER TABLE accounts DROP CONSTRAINT accounts_pkey, ADD PRIMARY KEY (id) DEFERRABLE', 'ALTER TABLE accounts DROP CONSTRAINT accounts_pkey, ADD PRIMARY KEY (title, id), ALTER title DROP NOT NULL', 'ALTER TABLE accounts DROP CONSTRAINT accounts_pkey, ADD UNIQUE (id)',
    'DROP TABLE accounts', 'DROP TABLE accounts CASCADE', 'DROP TABLE deals', 'DROP TABLE orders',
    'DROP POLICY sharing_select ON accounts', 'ALTER POLICY sharing_select ON accounts USING (true)', 'DROP EXTENSION pg_sharing CASCADE']) statement, test.by_force(statement) r;
-- A type that the child's does not go with any more: nothing points anywhere (the key of a table whose records nobody shares has no policy that holds it).
CREATE TABLE teams (id integer PRIMARY KEY, team text, title text);
CREATE TABLE members (id integer PRIMARY KEY, team integer, title text);
INSERT INTO teams VALUES (1, 'g');
INSERT INTO members VALUES (31, 1);
GRANT ALL ON teams, members TO app;
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:sup1') \g /dev/null
SELECT sharing.protect('teams', owner_group => 'team'), sharing.protect('members', controlled_by => 'teams', via => 'team') \g /dev/null
\c - app
SELECT * FROM test.reach('sup1', 'members');
\c - postgres
ALTER TABLE teams ALTER COLUMN id TYPE bigint;
\c - app
SELECT * FROM test.reach('sup1', 'members');
\c - postgres
ALTER TABLE teams ALTER COLUMN id TYPE text;
\c - app
SELECT * FROM test.reach('sup1', 'members');
\c - postgres
ALTER TABLE teams ALTER COLUMN id TYPE numeric USING id::numeric;
\c - app
SELECT * FROM test.reach('sup1', 'members');

-- A parent that goes: its children are told; a relation or a control to it is forgotten, or shows nothing.
\c - postgres
DROP TABLE teams;
\c - app
SELECT person, r.* FROM unnest('{sup1,ceo,adm}'::text[]) person, test.reach(person, 'members') r;
\c - postgres
SELECT count(*) FROM sharing.unprotect('members');
DROP TABLE members;
BEGIN;
DROP TABLE orders;
DROP TABLE accounts;
SELECT polname, pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = 'deals'::regclass AND polname IN ('sharing_select', 'sharing_select_permit') ORDER BY 1;
SELECT count(*) FROM sharing.relations;
SELECT name FROM sharing.modules ORDER BY 1;
ROLLBACK;
-- A child whose policies were dropped by force is closed, and nobody is kept from dropping its parent.
BEGIN;
SET LOCAL client_min_messages = warning;
ALTER TABLE deals DROP COLUMN account CASCADE;
DROP TABLE orders, accounts;
SELECT count(*) FROM sharing.relations;
SELECT count(*) FROM sharing.unprotect('deals');
ROLLBACK;

-- Partitions: created, attached and detached after relate(), and below a detail.
CREATE TABLE parts (id integer, owner text, account integer, title text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
SELECT sharing.protect('parts', 'owner') \g /dev/null
SELECT sharing.relate('parts', 'account', 'accounts') \g /dev/null
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
CREATE TABLE parts_3 (title text, gone text, account integer, owner text, id integer);
ALTER TABLE parts_3 DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION parts_3 FOR VALUES FROM (20) TO (30);
INSERT INTO parts SELECT n, 'ceo', 1 + n % 2 FROM unnest('{2,3,12,13,22,23}'::integer[]) n;
GRANT ALL ON parts, parts_1, parts_2, parts_3 TO app;
SELECT sharing.apply_rules() > 0 AS applied;
\c - app
SELECT t AS "table", r.* FROM unnest('{parts,parts_1,parts_2,parts_3}'::text[]) t, test.reach('sup1', t::regclass) r;
\c - postgres
ALTER TABLE parts DETACH PARTITION parts_2;
SELECT sharing.unrelate('parts', 'account', 'accounts');
ALTER TABLE parts DETACH PARTITION parts_3;
\c - app
SELECT t AS "table", r.* FROM unnest('{parts,parts_1,parts_2,parts_3}'::text[]) t, test.reach('sup1', t::regclass) r;
\c - postgres
SELECT sharing.relate('parts', 'account', 'accounts'), sharing.apply_rules() \g /dev/null
\c - app
SELECT t AS "table", r.* FROM unnest('{parts,parts_1,parts_2,parts_3}'::text[]) t, test.reach('sup1', t::regclass) r;
\c - postgres
ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (10) TO (20);
ALTER TABLE parts ATTACH PARTITION parts_3 FOR VALUES FROM (20) TO (30);
SELECT DISTINCT pg_get_expr(polqual, polrelid) FROM pg_policy JOIN pg_class c ON c.oid = polrelid WHERE relname LIKE 'parts%' AND polname = 'sharing_select';
\c - app
SELECT t AS "table", r.* FROM unnest('{parts,parts_2,parts_3}'::text[]) t, test.reach('sup1', t::regclass) r;
\c - postgres
DROP TABLE parts;
-- Tables that inherit: the children of a child are filtered like it; those of a parent are no parents.
CREATE TABLE big_deals (amount integer) INHERITS (deals);
CREATE TABLE big_accounts (amount integer) INHERITS (accounts);
INSERT INTO big_deals VALUES (14, 'ceo', 1, 'a'), (15, 'ceo', 2, 'a'), (16, 'ceo', 3, 'a');
ALTER TABLE big_accounts ADD PRIMARY KEY (id);
INSERT INTO big_accounts VALUES (3, 'rep1'), (2, 'rep1');
INSERT INTO orders VALUES (23, 3);
GRANT ALL ON big_deals, big_accounts TO app;
\c - app
SELECT * FROM test.sup1('accounts', 'deals', 'orders');
SELECT * FROM test.sup1('big_accounts', 'big_deals', 'orders');
\c - postgres
SELECT sharing.unrelate('deals', 'account', 'accounts'), sharing.relate('deals', 'account', 'accounts'), sharing.apply_rules() \g /dev/null
\c - app
SELECT * FROM test.sup1('big_accounts', 'big_deals', 'orders');
\c - postgres
DROP TABLE big_deals, big_accounts;
DELETE FROM orders WHERE id = 23;

-- A module of the same name and table made anew has no relation, and rules of before say nothing of it.
DROP TABLE deals;
SELECT count(*) FROM sharing.relations;
SELECT count(*) FROM sharing.related_levels;
CREATE TABLE deals (id integer PRIMARY KEY, owner text, account integer, kind text, title text);
INSERT INTO deals VALUES (11, 'ceo', 1, 'a'), (12, 'ceo', 2, 'a'), (13, 'ceo', 1, 'b');
GRANT ALL ON deals TO app;
SELECT sharing.protect('deals', 'owner') \g /dev/null
\c - app
SELECT * FROM test.reach('sup1', 'deals');
-- Everything back as it was, in the order that dependants ask for.
\c - postgres
SELECT sharing.relate('deals', 'account', 'accounts');
SELECT sharing.unprotect('accounts');
SELECT count(*) FROM sharing.unprotect('orders');
SELECT sharing.unrelate('deals', 'account', 'accounts');
SELECT count(*) FROM sharing.unprotect('accounts');
SELECT * FROM sharing.unprotect('deals');
SELECT b.tables = s.tables AS same_tables, b.policies = s.policies AS same_policies, b.triggers = s.triggers AS same_triggers FROM test.before b, test.state() s;
\c - app
SELECT count(*) FROM deals;
