-- What an ordinary user can try with relations and details: operators and functions of his own in the search path, tables of his
-- own whose policies look like ours, direct calls of the functions with whatever arguments. No crash, and nothing that a query does not tell him.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE accounts (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE deals (id integer PRIMARY KEY, owner text, account integer, kind varchar(5), title text);
CREATE TABLE orders (id integer PRIMARY KEY, account bigint, title text);
CREATE TABLE folders (id uuid PRIMARY KEY, owner integer, team text);
CREATE TABLE files (id integer PRIMARY KEY, owner integer, team text, folder uuid);
CREATE TABLE papers (id integer PRIMARY KEY, folder uuid);
CREATE TABLE words (id text PRIMARY KEY, owner text);
CREATE TABLE uses (id integer PRIMARY KEY, word text);
INSERT INTO accounts VALUES (1, 'rep1', 'public'), (2, 'ceo', 'secret');
INSERT INTO deals VALUES (11, 'ceo', 1, 'a', 'public'), (12, 'ceo', 2, 'a', 'secret'), (13, 'ceo', 1, 'b', 'secret');
INSERT INTO orders VALUES (21, 1, 'public'), (22, 2, 'secret');
INSERT INTO words VALUES ('a', 'rep1'), ('b', 'ceo');
INSERT INTO uses VALUES (31, 'a'), (32, 'b');
INSERT INTO folders VALUES ('00000000-0000-0000-0000-000000000001', 1, 'g');
INSERT INTO files VALUES (41, 2, NULL, '00000000-0000-0000-0000-000000000001');
CREATE INDEX ON deals (account);
CREATE INDEX ON orders (account);
GRANT ALL ON deals, orders, uses, files, papers TO PUBLIC;
GRANT CREATE ON SCHEMA public TO app;
SELECT sharing.protect('accounts', 'owner'), sharing.protect('deals', 'owner'), sharing.protect('orders', controlled_by => 'accounts', via => 'account'), sharing.protect('words', 'owner'), sharing.protect('uses', controlled_by => 'words', via => 'word'),
    sharing.protect('folders', 'owner', owner_group => 'team'), sharing.protect('files', 'owner', owner_group => 'team'), sharing.protect('papers', controlled_by => 'folders', via => 'folder') \g /dev/null
SELECT sharing.relate('deals', 'account', 'accounts', 'kind', 'a'), sharing.relate('files', 'folder', 'folders') \g /dev/null
SELECT sharing.add_rule('accounts', 'role:H5', 'role:H7', 'read_only', '{"deals": "read_write"}'), sharing.add_rule('folders', 'role:H5', 'role:H7', 'read_only'), sharing.apply_rules() \g /dev/null
CREATE SCHEMA evil AUTHORIZATION app;
-- Operators and functions of his own, first in the search path, and functions that tell what they see.
\c - app
SET sharing.user_key = 'sup1';
CREATE FUNCTION evil.equals(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.equals(varchar, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.equals(integer, integer) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.equals(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.equals);
CREATE OPERATOR evil.= (LEFTARG = varchar, RIGHTARG = text, FUNCTION = evil.equals);
CREATE OPERATOR evil.= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = evil.equals);
CREATE OPERATOR evil.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = evil.equals);
CREATE FUNCTION evil.may_read_detail(regclass, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.may_read_related(regclass, integer, integer, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION evil.related_keys(regclass, text, anyelement, integer) RETURNS anyarray LANGUAGE sql AS 'SELECT ARRAY[$3]';
SET search_path = evil, pg_catalog, public;
SELECT (SELECT string_agg(id::text, ' ') FROM deals) AS deals, (SELECT string_agg(id::text, ' ') FROM orders) AS orders, (SELECT string_agg(id::text, ' ') FROM uses) AS uses;
SET enable_seqscan = off;
SELECT (SELECT string_agg(id::text, ' ') FROM deals) AS deals, (SELECT string_agg(id::text, ' ') FROM orders) AS orders, (SELECT string_agg(id::text, ' ') FROM uses) AS uses;
RESET search_path;
CREATE FUNCTION evil.tell(what text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS $$BEGIN RAISE NOTICE 'told: %', what; RETURN true; END$$;
SELECT id FROM deals WHERE evil.tell(title) ORDER BY id;
SELECT id FROM orders WHERE evil.tell(title) ORDER BY id;
UPDATE orders SET title = 'x' WHERE evil.tell(title);
RESET enable_seqscan;
SELECT id FROM orders WHERE evil.tell(title) ORDER BY id;
-- A table of his own, whose policies look like ours: its rows are no parents, and its predicates tell of the caller.
CREATE TABLE own (id integer PRIMARY KEY, account bigint, owner text, title text);
INSERT INTO own VALUES (1, 1, 'sup1'), (2, 2, 'sup1');
ALTER TABLE own ENABLE ROW LEVEL SECURITY;
ALTER TABLE own FORCE ROW LEVEL SECURITY;
CREATE POLICY sharing_select ON own USING (sharing_internal.may_read_detail('public.orders'::regclass, account));
SELECT id FROM own;
DROP POLICY sharing_select ON own;
CREATE POLICY sharing_select ON own USING (sharing_internal.may_read_related('public.deals'::regclass, id, 1, owner) OR sharing_internal.may_read_detail('own'::regclass, id));
SELECT id FROM own;
SELECT test.outcome('SELECT sharing.transfer(''own'', ''{1}'', ''user:rep1'')'), test.outcome('SELECT sharing.share_record(''own'', ''1'', ''rep1'')');
-- The condition of a relation that is none: an operator with one operand, constants, no column.
CREATE FUNCTION evil.positive(integer) RETURNS boolean LANGUAGE sql AS 'SELECT $1 > 0';
CREATE OPERATOR evil.!! (RIGHTARG = integer, FUNCTION = evil.positive);
ALTER POLICY sharing_select ON own USING (sharing_internal.may_read('own'::regclass, owner) OR (OPERATOR(evil.!!) id) AND sharing_internal.may_read_related('deals'::regclass, id, 1, owner));
SELECT test.outcome('SELECT sharing.transfer(''own'', ''{1}'', ''user:rep1'')'), test.outcome('SELECT sharing.share_record(''own'', ''1'', ''rep1'')');
ALTER POLICY sharing_select ON own USING (sharing_internal.may_read('own'::regclass, owner) OR (ARRAY[id] = ARRAY[1] AND id IS NOT NULL AND NULL = id AND id = NULL AND ctid = '(0,1)' AND title = 'x' || owner AND own = ROW(1, 2, 'x', 'y')::own AND sharing_internal.may_read_related('deals'::regclass, id, 1, owner)));
SELECT test.outcome('SELECT sharing.transfer(''own'', ''{1}'', ''user:rep1'')'), test.outcome('SELECT sharing.share_record(''own'', ''1'', ''rep1'')');
-- Policies that ask themselves, or a relation that varies from row to row.
CREATE TABLE loops (id integer PRIMARY KEY, parent integer);
INSERT INTO loops VALUES (1, 1), (2, 1);
ALTER TABLE loops ENABLE ROW LEVEL SECURITY;
ALTER TABLE loops FORCE ROW LEVEL SECURITY;
CREATE POLICY sharing_select ON loops USING (sharing_internal.may_read_detail('loops'::regclass, parent));
SELECT * FROM loops;
SELECT account, relation, sharing_internal.may_read_related('deals', account, relation, 'ceo'::text), sharing_internal.may_edit_related('deals', account, relation, 'ceo'::text) FROM unnest('{1,2,1,2,1,1}'::integer[], '{1,1,2,2,99,NULL}'::integer[]) v (account, relation);

-- Direct calls. What they say is of the caller.
SELECT call, test.outcome('SELECT sharing_internal.' || call) AS outcome FROM unnest(ARRAY[
    'may_read_detail(NULL, NULL)', 'may_read_detail(NULL, 1)', 'may_read_detail(0, 1)', 'may_read_detail(4294967295, 1)', 'may_read_detail(''pg_class''::regclass, 1)', 'may_read_detail(''orders'', NULL::bigint)', 'may_read_detail(''orders'', 1::smallint)',
    'may_read_detail(''orders'', ''1''::text)', 'may_read_detail(''orders'', ''00000000-0000-0000-0000-000000000001''::uuid)', 'may_read_detail(''orders'', 1.5)', 'may_read_detail(''orders'', ''{}''::text[])', 'may_read_detail(''orders'', ROW(1))', 'may_read_detail(''orders'', ''1'')',
    'may_read_detail(''papers'', 1)', 'may_read_detail(''papers'', ''x''::text)', 'may_read_detail(''uses'', 1)', 'may_edit_detail(''uses'', 1::bigint)', 'may_delete_detail(''uses'', ''00000000-0000-0000-0000-000000000001''::uuid)', 'may_create_detail(''orders'', ''1''::text)',
    'may_read_detail(''leads'', 1)', 'may_read_detail(''accounts'', 1)', 'may_edit_detail(''own'', 1)', 'may_create_detail(NULL, NULL::integer)', 'may_delete_detail(NULL, NULL::integer)',
    'may_read_related(NULL, NULL, NULL, NULL)', 'may_read_related(NULL, 1, 1, ''x''::text)', 'may_read_related(''deals'', NULL::integer, 1, ''x''::text)', 'may_read_related(''deals'', 1, NULL, ''x''::text)', 'may_read_related(''deals'', 1, 1, NULL::text)', 'may_read_related(''deals'', 1, 1, 1.5)',
    'may_read_related(''deals'', 1, -1, ''x''::text)', 'may_read_related(''deals'', 1, 2147483647, ''x''::text)', 'may_read_related(''deals'', ''1''::text, 1, ''x''::text)', 'may_read_related(''deals'', ''00000000-0000-0000-0000-000000000001''::uuid, 1, ''x''::text)', 'may_read_related(''deals'', 1, 1, 5)',
    'may_read_related(''deals'', 1, 1, ''x''::text, ''y''::text)', 'may_read_related(''deals'', 1, 1, ''x''::text, now())', 'may_read_related(''files'', 1, 2, 1, 1)', 'may_read_related(''files'', ''00000000-0000-0000-0000-000000000001''::uuid, 2, ''x''::text, ''00000000-0000-0000-0000-000000000001''::uuid)',
    'may_read_related(''accounts'', 1, 1, ''x''::text)', 'may_read_related(''orders'', 1, 1, ''x''::text)', 'may_edit_related(''deals'', 1, 1, ''x''::text)', 'may_create_related(''deals'', 1, 1, ''x''::text)', 'may_create_related(NULL, NULL::text, NULL, NULL::text)', 'may_edit_related(NULL, NULL::text, NULL, NULL::text)',
    'related_keys(NULL, NULL, NULL::integer, NULL)', 'related_keys(''deals'', ''read'', NULL::integer, NULL)', 'related_keys(''deals'', ''read'', NULL::text, 1)', 'related_keys(''deals'', ''read'', NULL::uuid, 1)', 'related_keys(''deals'', ''read'', NULL::date, 1)', 'related_keys(''deals'', ''nothing'', NULL::integer, 1)',
    'related_keys(''deals'', ''delete'', NULL::integer, 1)', 'related_keys(''accounts'', ''read'', NULL::integer, 1)', 'related_keys(0, ''read'', NULL::integer, 1)', 'related_keys(''files'', ''read'', NULL::integer, 2)', 'related_keys(''files'', ''read'', NULL::text, 2)', 'related_keys(''deals'', ''read'', NULL, 1)',
    'parent_keys(NULL, NULL, NULL::integer)', 'parent_keys(''orders'', ''read'', NULL::text)', 'parent_keys(''orders'', ''read'', NULL::uuid)', 'parent_keys(''papers'', ''read'', NULL::integer)', 'parent_keys(''papers'', ''read'', NULL::text)', 'parent_keys(''uses'', ''read'', NULL::uuid)', 'parent_keys(''uses'', ''read'', NULL::integer)',
    'parent_keys(''orders'', ''read'', NULL::date)', 'parent_keys(''leads'', ''read'', NULL::integer)', 'parent_keys(''own'', ''read'', NULL::integer)', 'parent_keys(''orders'', ''change_owner'', NULL::bigint)', 'parent_keys(''orders'', ''create'', NULL::bigint)', 'parent_keys(''orders'', ''read'', NULL)',
    'record_key(NULL::uuid)', 'record_key(1)']) WITH ORDINALITY c (call, n) ORDER BY n;
CREATE PROCEDURE pg_temp.told(person text, INOUT detail boolean DEFAULT NULL, INOUT edits boolean DEFAULT NULL, INOUT related boolean DEFAULT NULL, INOUT of_deals integer[] DEFAULT NULL, INOUT of_orders bigint[] DEFAULT NULL, INOUT of_words text[] DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    detail := sharing_internal.may_read_detail('orders', 1);
    edits := sharing_internal.may_edit_detail('orders', 1);
    related := sharing_internal.may_read_related('deals', 1, 1, 'ceo'::text);
    of_deals := sharing_internal.related_keys('deals', 'edit', NULL::integer, 1);
    of_orders := sharing_internal.parent_keys('orders', 'read', NULL::bigint);
    of_words := sharing_internal.parent_keys('uses', 'edit', NULL::text);
END
$$;
CALL pg_temp.told('sup1');
CALL pg_temp.told('rep1');
CALL pg_temp.told('ceo');
CALL pg_temp.told('nobody');
-- Who sees everything has no list: a plan that asked for one would be wrong.
\set VERBOSITY sqlstate
CALL pg_temp.told('adm');
