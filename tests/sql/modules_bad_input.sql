-- Modules; Sharing rules; Errors: what relate(), unrelate(), and protect() of details and followers refuse, with SQLSTATE and hint; whoever may not; hostile names.
-- A refused call changes nothing.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE accounts (id integer PRIMARY KEY, owner text, title text, above integer, kind text, kinds text[]);
CREATE TABLE potentials (id integer PRIMARY KEY, owner text, account integer, code text, amount numeric, title text, kind text, at timestamptz);
CREATE TABLE orders (id integer PRIMARY KEY, account integer, code uuid, title text);
CREATE TABLE lines (id integer PRIMARY KEY, "order" integer);
CREATE TABLE contacts (id integer PRIMARY KEY, owner text, account integer);
CREATE TABLE others (id integer PRIMARY KEY, owner text, account integer);
CREATE TABLE keyless (id integer UNIQUE NOT NULL, owner text);
CREATE TABLE wide (a integer, b integer, owner text, PRIMARY KEY (a, b));
CREATE TABLE odd (id numeric PRIMARY KEY, owner text);
CREATE TABLE late (id integer PRIMARY KEY DEFERRABLE, owner text);
CREATE TABLE parts (id integer PRIMARY KEY, owner text, account integer) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts DEFAULT;
CREATE VIEW seen AS SELECT * FROM others;
SELECT sharing.protect('accounts', 'owner', 'Accounts'), sharing.protect('potentials', 'owner', 'Potentials'), sharing.protect('keyless', 'owner'), sharing.protect('wide', 'owner'), sharing.protect('odd', 'owner'), sharing.protect('late', 'owner'), sharing.protect('parts', 'owner') \g /dev/null
SELECT sharing.protect('orders', controlled_by => 'accounts', via => 'account', module => 'Orders'), sharing.protect('contacts', 'owner', 'Contacts', follows => 'Accounts') \g /dev/null
SELECT sharing.relate('potentials', 'account', 'accounts') \g /dev/null
GRANT SELECT, UPDATE ON accounts, potentials, orders TO app;
CREATE FUNCTION test.refusal(statement text, OUT error text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    error := 'NOT REFUSED';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    error := SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE TABLE test.before AS SELECT test.configuration(), (SELECT string_agg(pg_get_expr(polqual, polrelid), ' ' ORDER BY oid) FROM pg_policy) AS policies;
\x on
\pset format unaligned
\t on
SELECT call, r.* FROM unnest(ARRAY[
    -- relate
    $$relate('others', 'account', 'accounts')$$, $$relate('accounts', 'above', 'others')$$, $$relate('orders', 'account', 'accounts')$$, $$relate('potentials', 'account', 'orders')$$, $$relate('potentials', 'code', 'accounts')$$,
    $$relate('potentials', 'amount', 'accounts')$$, $$relate('potentials', 'nothing', 'accounts')$$, $$relate('potentials', 'ctid', 'accounts')$$, $$relate('potentials', 'account', 'accounts')$$, $$relate('potentials', 'account', 'accounts', 'kind', 'x')$$,
    $$relate('potentials', 'account', 'keyless')$$, $$relate('potentials', 'account', 'wide')$$, $$relate('potentials', 'account', 'odd')$$, $$relate('potentials', 'account', 'late')$$, $$relate('potentials', 'account', 'parts_1')$$, $$relate('parts_1', 'account', 'accounts')$$,
    $$relate('potentials', 'account', 'contacts', 'kind')$$, $$relate('potentials', 'account', 'contacts', when_value => 'x')$$, $$relate('potentials', 'account', 'contacts', 'nothing', 'x')$$, $$relate('potentials', 'account', 'contacts', 'at', 'now')$$,
    $$relate('accounts', 'above', 'accounts', 'kinds', '{}')$$, $$relate('potentials', 'account', 'contacts', 'id', 'x')$$, $$relate('seen', 'account', 'accounts')$$, $$relate('others', 'account', 'seen')$$, $$relate(0, 'account', 'accounts')$$, $$relate('potentials', 'account', 4294967295)$$,
    $$relate('sharing.users', 'id', 'accounts')$$,
    -- unrelate
    $$unrelate('potentials', 'code', 'accounts')$$, $$unrelate('potentials', 'account', 'contacts')$$, $$unrelate('potentials', 'account', 'others')$$, $$unrelate('others', 'account', 'accounts')$$, $$unrelate('orders', 'account', 'accounts')$$, $$unrelate('potentials', 'nothing', 'accounts')$$,
    -- protect, as a detail
    $$protect('others', controlled_by => 'accounts')$$, $$protect('others', via => 'account')$$, $$protect('others', 'owner', controlled_by => 'accounts', via => 'account')$$, $$protect('others', owner_group => 'owner', controlled_by => 'accounts', via => 'account')$$,
    $$protect('others', controlled_by => 'accounts', via => 'account', follows => 'Accounts')$$, $$protect('others', controlled_by => 'accounts', via => 'account', hierarchy => false)$$, $$protect('others', controlled_by => 'accounts', via => 'account', default_owner => true)$$,
    $$protect('others', controlled_by => 'others', via => 'account')$$, $$protect('others', controlled_by => 'lines', via => 'account')$$, $$protect('others', controlled_by => 'accounts', via => 'owner')$$, $$protect('others', controlled_by => 'accounts', via => 'nothing')$$,
    $$protect('others', controlled_by => 'keyless', via => 'account')$$, $$protect('others', controlled_by => 'wide', via => 'account')$$, $$protect('others', controlled_by => 'late', via => 'account')$$, $$protect('others', controlled_by => 'parts_1', via => 'account')$$,
    $$protect('others', controlled_by => 'seen', via => 'account')$$, $$protect('others', controlled_by => 0, via => 'account')$$, $$protect('orders', controlled_by => 'potentials', via => 'account')$$, $$protect('orders', 'title')$$, $$protect('seen', controlled_by => 'accounts', via => 'account')$$,
    $$protect('others', controlled_by => 'accounts', via => 'account', module => 'Orders')$$, $$protect('others', controlled_by => 'accounts', via => 'account', module => '')$$,
    -- protect, as a follower
    $$protect('others', 'owner', follows => 'Nothing')$$, $$protect('others', 'owner', follows => 'others')$$, $$protect('others', 'owner', 'Others', follows => 'Others')$$, $$protect('others', 'owner', follows => 'Contacts')$$, $$protect('others', 'owner', follows => 'Orders')$$, $$protect('others', 'owner', follows => '')$$,
    -- what details and followers have not
    $$set_global_access('Orders', 'public_read_only')$$, $$add_rule('Orders', 'role:H5', 'role:H7', 'read_only')$$, $$add_rule('Accounts', 'role:H5', 'role:H7', 'read_only', '{"Orders": "read_only"}')$$,
    $$set_global_access('Contacts', 'public_read_only')$$, $$add_rule('Contacts', 'role:H5', 'role:H7', 'read_only')$$,
    $$share_record('orders', '1', 'rep2')$$, $$unshare_record('orders', '1', 'rep2')$$, $$transfer('orders', '{1}', 'user:rep1')$$, $$transfer('orders', '{}', 'user:rep1')$$,
    -- what others depend on
    $$unprotect('accounts')$$]) WITH ORDINALITY calls (call, n), test.refusal('SELECT sharing.' || call) r ORDER BY n;
\x off
\pset format aligned
\t off
SELECT configuration = test.configuration() AS same_configuration, policies = (SELECT string_agg(pg_get_expr(polqual, polrelid), ' ' ORDER BY oid) FROM pg_policy) AS same_policies FROM test.before;
-- A dry run of a detail changes nothing either.
SELECT count(*) FROM sharing.protect('others', controlled_by => 'accounts', via => 'account', dry_run => true);
SELECT count(*) FROM pg_policy WHERE polrelid = 'others'::regclass;

-- Only a database administrator: an identity with the right administrator is none.
CREATE TABLE test.forbidden (call text);
INSERT INTO test.forbidden VALUES ('relate(''potentials'', ''account'', ''accounts'')'), ('relate(NULL, NULL, NULL)'), ('unrelate(''potentials'', ''account'', ''accounts'')'), ('unrelate(''potentials'', ''x'', ''accounts'')'), ('protect(''others'', controlled_by => ''accounts'', via => ''account'')'), ('protect(''others'', ''owner'', follows => ''Accounts'')'), ('unprotect(''orders'')');
GRANT SELECT ON test.forbidden TO PUBLIC;
GRANT EXECUTE ON FUNCTION test.refusal TO PUBLIC;
ALTER TABLE potentials OWNER TO crm;
\c - stranger
SELECT DISTINCT r.error, r.hint FROM test.forbidden, test.refusal('SELECT sharing.' || call) r ORDER BY 1;
\c - crm
SELECT DISTINCT r.error, r.hint FROM test.forbidden, test.refusal('SELECT sharing.' || call) r ORDER BY 1;
\c - app
SET sharing.user_key = 'adm';
SELECT DISTINCT r.error, r.hint FROM test.forbidden, test.refusal('SELECT sharing.' || call) r ORDER BY 1;
-- A role that was made an administrator may, though the tables are not its own.
\c - postgres
SELECT sharing.grant_admin('stranger');
\c - stranger
SELECT sharing.unrelate('potentials', 'account', 'accounts'), sharing.relate('potentials', 'account', 'accounts');
\c - postgres
SELECT sharing.revoke_admin('stranger');

-- What names cannot do.
CREATE SCHEMA "Odd ""place";
CREATE TABLE "Odd ""place"."Le'ads; --" ("the ""key" integer PRIMARY KEY, "own'er" text, title text);
CREATE TABLE "Odd ""place"."Li""nes" (id integer PRIMARY KEY, "OWNER" text, "par'ent ""x" integer, "kind;" text, title text);
CREATE TABLE "Odd ""place"."Det%s" (id integer PRIMARY KEY, "$1" integer, title text);
INSERT INTO "Odd ""place"."Le'ads; --" VALUES (1, 'rep1'), (2, 'ceo');
INSERT INTO "Odd ""place"."Li""nes" VALUES (11, 'ceo', 1, $$it's a "le\ad$$), (12, 'ceo', 2, $$it's a "le\ad$$), (13, 'ceo', 1, 'x');
INSERT INTO "Odd ""place"."Det%s" VALUES (21, 1), (22, 2);
SELECT sharing.protect('"Odd ""place"."Le''ads; --"', 'own''er'), sharing.protect('"Odd ""place"."Li""nes"', 'OWNER'), sharing.protect('"Odd ""place"."Det%s"', controlled_by => '"Odd ""place"."Le''ads; --"', via => '$1') \g /dev/null
SELECT sharing.relate('"Odd ""place"."Li""nes"', 'par''ent "x', '"Odd ""place"."Le''ads; --"', 'kind;', $$it's a "le\ad$$) \g /dev/null
SELECT sharing.add_rule('Le''ads; --', 'role:H5', 'role:H7', 'read_only', '{"Li\"nes": "read_write"}'), sharing.apply_rules() \g /dev/null
SELECT polname, pg_get_expr(polqual, polrelid) FROM pg_policy p JOIN pg_class c ON c.oid = polrelid WHERE relnamespace = '"Odd ""place"'::regnamespace AND polname IN ('sharing_select', 'sharing_select_permit') ORDER BY relname, polname;
GRANT USAGE ON SCHEMA "Odd ""place" TO app;
GRANT ALL ON ALL TABLES IN SCHEMA "Odd ""place" TO app;
\c - app
SELECT l.*, d.* FROM test.reach('sup1', '"Odd ""place"."Li""nes"') l, test.reach('sup1', '"Odd ""place"."Det%s"') d;
\c - postgres
SELECT sharing.unrelate('"Odd ""place"."Li""nes"', 'par''ent "x', '"Odd ""place"."Le''ads; --"');
SELECT count(*) FROM sharing.unprotect('"Odd ""place"."Det%s"');
SELECT count(*) FROM sharing.unprotect('"Odd ""place"."Le''ads; --"');
