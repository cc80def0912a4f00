-- Modules: transfer() gives records away, all or none.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:sup1'), sharing.create_user('5', 'five', 'H5'),
       sharing.add_rule('leads', 'role:H4', 'role:H5', 'read_write'), sharing.apply_rules() \g /dev/null
CREATE TABLE records (id integer PRIMARY KEY, owner text, team text);
CREATE TABLE numbered (id uuid PRIMARY KEY, owner integer);
CREATE TABLE by_team (id text PRIMARY KEY, team text);
CREATE TABLE keyless (id integer, owner text);
CREATE TABLE two_keys (id integer, no integer, owner text, PRIMARY KEY (id, no));
CREATE TABLE unprotected (id integer PRIMARY KEY, owner text);
INSERT INTO records VALUES (1, 'rep1', NULL), (2, NULL, 'g'), (3, 'rep1', 'g');
INSERT INTO numbered VALUES ('00000000-0000-0000-0000-00000000000a', 5);
INSERT INTO by_team VALUES ('o''ne', 'g'), (E'two\n:;"', 'g');
INSERT INTO keyless VALUES (1, 'rep1');
INSERT INTO two_keys VALUES (1, 1, 'rep1');
GRANT ALL ON records, numbered, by_team, keyless, two_keys, unprotected TO app;
SELECT sharing.protect('records', 'owner', owner_group => 'team'), sharing.protect('numbered', 'owner'), sharing.protect('by_team', owner_group => 'team'),
       sharing.protect('keyless', 'owner'), sharing.protect('two_keys', 'owner') \g /dev/null
\c - app
-- To anybody, also where the caller loses sight of them by it.
SET sharing.user_key = 'mgr';
BEGIN;
SELECT sharing.transfer('leads', '{1,2,3}', 'user:ceo');
SELECT test.sees();
SET LOCAL sharing.user_key = 'ceo';
SELECT id, owner FROM leads WHERE id < 6 ORDER BY id;
ROLLBACK;
-- A plain UPDATE to somebody out of reach is refused: the caller must be able to edit it afterwards.
UPDATE leads SET owner = 'ceo' WHERE id = 1;
-- Hidden, absent, readable only, or editable only: nothing moves, and the answers are alike.
SELECT person, ids, test.outcome_for(person, format('SELECT sharing.transfer(''leads'', %L, ''user:sup1'')', ids))
FROM (VALUES ('mgr', '{1,4}'), ('mgr', '{1,999}'), ('mgr', '{9}'), ('rep1', '{1}'), ('rep1', '{3}'), ('rep1', '{1,3}'), ('nobody', '{1}'), ('adm', '{9,10}')) attempts (person, ids);
BEGIN;
SELECT sharing.transfer('leads', '{}', 'user:sup1'), sharing.transfer('leads', '{1,1,2,1}', 'user:sup1');
ROLLBACK;
SELECT sharing.transfer('leads', '{1,4}', 'user:sup1');
-- Bad arguments.
\set VERBOSITY terse
SELECT statement, test.outcome(statement) FROM unnest(ARRAY[
    $$SELECT sharing.transfer('leads', '{1}', 'user:unknown')$$,
    $$SELECT sharing.transfer('leads', '{1}', 'group:G')$$,
    $$SELECT sharing.transfer('leads', '{1}', 'role:H5')$$,
    $$SELECT sharing.transfer('leads', '{1}', 'sup1')$$,
    $$SELECT sharing.transfer('leads', '{one}', 'user:sup1')$$,
    $$SELECT sharing.transfer('leads', '{1,NULL}', 'user:sup1')$$,
    $$SELECT sharing.transfer('leads', NULL, 'user:sup1')$$,
    $$SELECT sharing.transfer(NULL, '{1}', 'user:sup1')$$,
    $$SELECT sharing.transfer('leads', '{1}', NULL)$$,
    $$SELECT sharing.transfer('keyless', '{1}', 'user:sup1')$$,
    $$SELECT sharing.transfer('two_keys', '{1}', 'user:sup1')$$,
    $$SELECT sharing.transfer('unprotected', '{1}', 'user:sup1')$$,
    $$SELECT sharing.transfer('pg_catalog.pg_class', '{1}', 'user:sup1')$$,
    $$SELECT sharing.transfer('numbered', '{00000000-0000-0000-0000-00000000000a}', 'user:sup1')$$]) statement;
\set VERBOSITY default
-- The other owner is cleared; either kind of owner may receive.
SET sharing.user_key = 'mgr';
SELECT sharing.transfer('records', '{1,3}', 'group:G');
SET sharing.user_key = 'sup1';
SELECT * FROM records ORDER BY id;
SELECT sharing.transfer('records', '{1,2,3}', 'user:sup2');
SET sharing.user_key = 'sup2';
SELECT * FROM records ORDER BY id;
SET sharing.user_key = 'sup1';
SELECT sharing.transfer('by_team', ARRAY['o''ne', E'two\n:;"'], 'group:G');
SET sharing.user_key = '5';
SELECT sharing.transfer('numbered', '{00000000-0000-0000-0000-00000000000A}', 'user:5');
-- The caller's privileges on table and column still count.
\c - postgres
REVOKE UPDATE ON leads FROM PUBLIC;
GRANT UPDATE (title) ON leads TO app;
\c - app
SET sharing.user_key = 'mgr';
SELECT sharing.transfer('leads', '{1}', 'user:sup1');
\c - postgres
GRANT UPDATE (owner) ON leads TO app;
-- So do other policies, before and after.
CREATE POLICY not_two ON leads AS RESTRICTIVE FOR UPDATE USING (id <> 2);
CREATE POLICY not_to_sup2 ON leads AS RESTRICTIVE FOR UPDATE WITH CHECK (owner <> 'sup2');
\c - app
SET sharing.user_key = 'mgr';
SELECT sharing.transfer('leads', '{2}', 'user:sup1');
SELECT sharing.transfer('leads', '{1}', 'user:sup2');
SELECT sharing.transfer('leads', '{1}', 'user:sup1');
-- A trigger that leaves a row out: all or none.
\c - postgres
CREATE FUNCTION test.leave_out() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF OLD.id = 3 THEN RETURN NULL; END IF; RETURN NEW; END$$;
DROP POLICY not_two ON leads;
CREATE TRIGGER leave_out BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION test.leave_out();
\c - app
SET sharing.user_key = 'mgr';
SELECT sharing.transfer('leads', '{2,3}', 'user:sup1');
SELECT id, owner FROM leads ORDER BY id;
