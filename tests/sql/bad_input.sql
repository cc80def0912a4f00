-- Errors: every bad input gets a clear error with its SQLSTATE and HINT, and changes nothing.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_office('Boston'), sharing.create_office('Back Bay', 'Boston'),
       sharing.create_group('g', 'G'), sharing.create_group('h', 'H'), sharing.create_group('i', 'I'), sharing.add_member('G', 'group:H'), sharing.add_member('H', 'group:I'),
       sharing.add_member('G', 'user:rep1'), sharing.add_member('G', 'role:H5'),
       sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only') \g /dev/null
CREATE VIEW leads_view AS SELECT * FROM leads;
CREATE MATERIALIZED VIEW leads_copy AS SELECT * FROM leads;
CREATE FOREIGN DATA WRAPPER dummy;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER dummy;
CREATE FOREIGN TABLE far (id integer, owner text) SERVER elsewhere;
CREATE SEQUENCE numbers;
CREATE TYPE pair AS (id integer, owner text);
CREATE TEMP TABLE passing (id integer, owner text);
CREATE TABLE plain (id integer, owner text, amount numeric);
-- Each call that fails: SQLSTATE, message, HINT.
CREATE FUNCTION test.refusal(statement text, OUT error text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    error := 'NOT REFUSED';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    error := SQLSTATE || ' ' || regexp_replace(SQLERRM, 'pg_temp_\d+', 'pg_temp');
END
$$;
CREATE TABLE test.before AS SELECT test.configuration() AS configuration, (SELECT xmin::text FROM sharing.generation) AS generation;
\x on
\pset format unaligned
\t on
SELECT call, r.* FROM unnest(ARRAY[
    -- unknown and duplicate names
    $$create_office('Boston')$$, $$create_office('')$$, $$create_office('X', 'Nowhere')$$, $$set_office_security('Nowhere', true)$$, $$move_office('Nowhere', NULL)$$,
    $$move_office('Boston', 'Nowhere')$$, $$move_office('Boston', 'Back Bay')$$, $$move_office('Boston', 'Boston')$$, $$drop_office('Nowhere')$$, $$drop_office('Boston')$$,
    $$create_role('H5')$$, $$create_role('')$$, $$create_role('X', 'H99')$$, $$move_role('H99', NULL)$$, $$move_role('H5', 'H99')$$, $$move_role('H2', 'H5')$$, $$move_role('H5', 'H5')$$,
    $$rename_role('H99', 'X')$$, $$rename_role('H5', 'H6')$$, $$rename_role('H5', '')$$, $$drop_role('H99')$$, $$drop_role('H7', 'H99')$$, $$drop_role('H7', 'H7')$$,
    $$create_user('rep1', 'again')$$, $$create_user('', 'x')$$, $$create_user('x', '')$$, $$create_user('x', 'x', 'H99')$$, $$create_user('x', 'x', NULL, 'Nowhere')$$,
    $$create_user('x', 'x', db_role => 'rep2_db')$$, $$create_user('x', 'x', db_role => 'no_such_role')$$, $$create_user('x', 'x', db_role => 4294967295)$$,
    $$set_user_role('x', 'H5')$$, $$set_user_role('rep1', 'H99')$$, $$set_user_office('x', NULL)$$, $$set_user_office('rep1', 'Nowhere')$$,
    $$set_user_db_role('x', NULL)$$, $$set_user_db_role('rep1', 'rep2_db')$$, $$activate_user('x')$$, $$deactivate_user('x')$$, $$drop_user('x')$$, $$drop_user('rep1')$$,
    $$grant_right('x', 'administrator')$$, $$grant_right('rep1', 'Administrator')$$, $$grant_right('rep1', '')$$, $$grant_right('rep1', 'record_sharing')$$, $$revoke_right('rep1', 'everything')$$,
    $$create_group('g', 'New')$$, $$create_group('new', 'G')$$, $$create_group('', 'X')$$, $$create_group('x', '')$$, $$create_group('x', 'X', 'Nowhere')$$, $$drop_group('X')$$, $$drop_group('H')$$,
    $$add_member('X', 'user:rep1')$$, $$add_member('G', 'user:rep1')$$, $$add_member('G', 'role:H5')$$, $$add_member('G', 'group:H')$$, $$add_member('G', 'user:x')$$, $$add_member('G', 'role:H99')$$,
    $$add_member('G', 'group:X')$$, $$add_member('I', 'group:G')$$, $$add_member('G', 'group:G')$$, $$remove_member('G', 'user:rep2')$$, $$remove_member('G', 'role_and_subordinates:H5')$$,
    -- malformed principals
    $$add_member('G', 'role')$$, $$add_member('G', 'role:')$$, $$add_member('G', 'boss:x')$$, $$add_member('G', '')$$, $$add_member('G', ':')$$, $$add_member('G', ':rep1')$$, $$add_member('G', 'User:rep1')$$,
    $$add_member('G', ' user:rep1')$$, $$add_member('G', 'user: rep1')$$,
    -- rules
    $$add_rule('leads', 'user:rep1', 'role:H7', 'read_only')$$, $$add_rule('leads', 'role:H5', 'user:sup1', 'read_only')$$, $$add_rule('leads', 'role:H99', 'role:H7', 'read_only')$$,
    $$add_rule('leads', 'role:H5', 'group:X', 'read_only')$$, $$add_rule('X', 'role:H5', 'role:H7', 'read_only')$$, $$add_rule('leads', 'role:H5', 'role:H7', 'full')$$, $$add_rule('leads', 'role:H5', 'role:H7', '')$$,
    $$add_rule('leads', 'boss', 'role:H7', 'read_only')$$, $$alter_rule(99, 'read_only')$$, $$alter_rule(1, 'read')$$, $$drop_rule(99)$$, $$drop_rule(-1)$$,
    $$set_global_access('X', 'private')$$, $$set_global_access('leads', 'Secret')$$,
    -- tables
    $$protect('leads_view', 'owner')$$, $$protect('leads_copy', 'owner')$$, $$protect('far', 'owner')$$, $$protect('numbers', 'last_value')$$, $$protect('leads_pkey', 'id')$$, $$protect('pair', 'owner')$$,
    $$protect('pg_catalog.pg_class', 'relname')$$, $$protect('sharing.users', 'key')$$, $$protect('information_schema.sql_features', 'feature_id')$$, $$protect('passing', 'owner')$$,
    $$protect('leads', 'owner')$$, $$protect('plain', 'nothing')$$, $$protect('plain', 'OWNER')$$, $$protect('plain', 'ctid')$$, $$protect('plain', 'tableoid')$$, $$protect('plain', '')$$, $$protect('plain')$$,
    $$protect('plain', 'owner', 'leads')$$, $$protect('plain', 'owner', '')$$, $$protect('plain', 'amount')$$, $$protect('plain', 'owner', owner_group => 'nothing')$$, $$protect('plain', owner_group => 'owner', default_owner => true)$$,
    $$protect('no_such_table', 'owner')$$, $$protect(4294967295, 'owner')$$, $$unprotect('plain')$$, $$unprotect('leads_view')$$, $$unprotect(0)$$,
    -- roles of the database
    $$trust('postgres')$$, $$trust(0)$$, $$untrust(NULL)$$, $$grant_admin(4294967295)$$, $$revoke_admin(4294967295)$$
    ]) WITH ORDINALITY calls (call, n), test.refusal('SELECT sharing.' || call) r ORDER BY n;
\x off
\pset format aligned
\t off
SELECT b.configuration = test.configuration() AS configuration_unchanged, generation = (SELECT xmin::text FROM sharing.generation) AS generation_unchanged FROM test.before b;
SELECT count(*) FROM pg_policy WHERE polrelid <> 'leads'::regclass;
