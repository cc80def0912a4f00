-- Errors: a HINT that is SQL runs as it stands. Each is provoked and run, and undone; where a word stands for what the
-- reader has to put in, tests/hints.rs looks at the arguments.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('100', 'Team'), sharing.add_member('Team', 'user:rep1'), sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only'), sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', criteria => '{"id": 1}'), sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', criteria => '{"id": 2}'), sharing.create_office('Boston'), sharing.create_user('no_office', 'x'), sharing.create_user('7', 'seven', 'H7', 'Boston') \g /dev/null
SELECT sharing.enable_record_sharing('7') \g /dev/null
SELECT sharing.grant_record('leads', 3, 'user:rep2') \g /dev/null
CREATE TABLE plain (id integer PRIMARY KEY, owner text);
CREATE TABLE parted (id integer, "the owner" integer) PARTITION BY LIST ("the owner");
CREATE VIEW leads_view AS SELECT * FROM leads;
CREATE TABLE people (id text, name text, role text);
INSERT INTO people VALUES ('held', 'Held', 'H5');
SELECT count(*) FROM sharing.sync_users('people', 'id', 'name', role => 'role') \g /dev/null
-- The HINT of a statement's error, the SQL in it, and what becomes of that.
CREATE FUNCTION test.hint(statement text, OUT hint text, OUT sql text, OUT outcome text) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
    arguments text;
BEGIN
    BEGIN
        EXECUTE 'SELECT sharing.' || statement;
        outcome := 'NOT REFUSED';
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    END;
    FOR sql IN SELECT m[1] FROM regexp_matches(hint, '(sharing\.\w+\((?:[^()'']|''[^'']*'')*\))', 'g') m WHERE hint !~ 'ALTER TABLE'
               UNION ALL SELECT m[1] FROM regexp_matches(hint, '(ALTER TABLE .*)\.$') m LOOP
        arguments := regexp_replace(regexp_replace(sql, '''[^'']*''|\w+ =>|NULL|true|false|\d+|sharing\.\w+', '', 'g'), '[(), ]', '', 'g');
        outcome := CASE WHEN sql LIKE 'ALTER %' THEN test.outcome(sql)
                        WHEN sql LIKE '%()' THEN 'names a function'
                        WHEN arguments <> '' THEN 'to be filled in'
                        ELSE test.outcome('SELECT ' || sql) END;
        RETURN NEXT;
    END LOOP;
    IF sql IS NULL AND outcome IS NULL AND NOT FOUND THEN
        outcome := 'no SQL';
        RETURN NEXT;
    END IF;
END
$$;
\pset format unaligned
\pset tuples_only on
SELECT statement, h.* FROM unnest(ARRAY[
    $$create_office('x', 'No ''one')$$, $$create_role('x', 'Nobody')$$, $$create_user('x', 'x', 'No role')$$, $$create_user('x', 'x', office => 'No office')$$, $$assign_profile('H5', 'No profile')$$,
    $$add_member('No team', 'user:rep1')$$, $$add_member('Team', 'group:No team')$$, $$add_member('Team', 'user:nobody')$$, $$add_member('100', 'user:rep1')$$, $$drop_user('nobody')$$, $$drop_user('rep1')$$, $$drop_group('none')$$,
    $$add_rule('No module', 'role:H5', 'role:H7', 'read_only')$$, $$add_rule('Leads', 'role:H5', 'role:H7', 'read_only')$$, $$add_rule('leads', 'role:H5', 'role:H7', 'read_write')$$, $$add_rule('leads', 'role:H5', 'role:H7', 'read_only')$$,
    $$add_rule('leads', 'user:rep1', 'role:H7', 'read_only')$$, $$alter_rule(99)$$, $$alter_rule(3, criteria => '{"id": 1}')$$, $$set_permission('x', NULL, true, true, true, true)$$,
    $$protect('plain')$$, $$protect('plain', 'owner', module => 'leads')$$, $$protect('plain', 'owner', 'id')$$, $$protect('plain', module => 'id')$$, $$protect('leads', 'owner')$$, $$protect('leads_view', 'owner')$$, $$protect('parted', 'the owner', default_owner => true)$$, $$unprotect('plain')$$,
    $$relate('plain', 'owner', 'leads')$$, $$enable_record_sharing('no_office')$$, $$grant_right('7', 'super_user')$$, $$grant_right('7', 'record_sharing')$$, $$set_user_db_role('7', 'rep2_db')$$, $$request_link('Boston', 'seven')$$, $$trust('postgres')$$, $$trust('app', claim => 'sub')$$, $$drop_key('x')$$, $$import_jwks('[]')$$, $$set_user_role('held', 'H7')$$,
    $$grant_record('leads', 1, 'user:rep2', until => '2000-01-01')$$, $$grant_record('leads', 1, 'user:rep2', until => 'infinity')$$, $$grant_record('leads', 1, 'group:none')$$, $$grant_record('leads', 1, 'nobody')$$, $$grant_record('leads', 1, 'user:rep2', 'full')$$,
    $$revoke_record('leads', 1, 'user:rep2')$$, $$drop_user('rep2')$$
  ]) statement, test.hint(statement) h;
-- Of a NOTICE and a WARNING, too.
CREATE VIEW guests AS SELECT 'guest' AS id, 'Guest' AS name;
SELECT count(*) FROM sharing.sync_users('guests', 'id', 'name');
SELECT test.outcome('SELECT sharing.resync(''public.guests'')');
ALTER TABLE people DISABLE TRIGGER USER;
SELECT test.outcome('ALTER TABLE public.people ENABLE TRIGGER USER');
