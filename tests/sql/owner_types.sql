-- Modules: owner and group columns of every type that can hold keys. With an index, in index and sequential scans.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
-- Keys that number columns hold, and that uuid columns hold. Each user has all; boss is above worker.
SELECT sharing.create_role('boss'), sharing.create_role('worker', 'boss') \g /dev/null
SELECT sharing.create_user(k.key, 'n' || k.key, k.role), sharing.create_group('9' || k.key, 'team ' || k.key),
       sharing.add_member('team ' || k.key, 'user:' || k.key)
FROM (VALUES ('1', 'boss'), ('2', 'worker'), ('-3', 'worker'), ('007', 'worker')) k (key, role) \g /dev/null
SELECT sharing.create_user('00000000-0000-0000-0000-000000000001', 'u1', 'boss'),
       sharing.create_user('00000000-0000-0000-0000-000000000002', 'u2', 'worker'),
       sharing.create_group('00000000-0000-0000-0000-000000000092', 'team u2'),
       sharing.add_member('team u2', 'user:00000000-0000-0000-0000-000000000002') \g /dev/null

CREATE DOMAIN short AS smallint;
CREATE DOMAIN positive AS integer CHECK (VALUE <> 0);
CREATE DOMAIN person AS positive;
CREATE DOMAIN big AS bigint;
CREATE DOMAIN id128 AS uuid;
CREATE DOMAIN login AS text;
CREATE DOMAIN login20 AS varchar(20);
CREATE COLLATION case_blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN blind AS text COLLATE case_blind;
-- One table for each type: the owner column, a group column of the same type, and the records
-- 1 of boss, 2 of worker 2, 3 of team 2, 4 of nobody, 5 of somebody unknown, 6 of both.
CREATE PROCEDURE test.make(type_name text, boss text, worker text, team text, ghost text) LANGUAGE plpgsql AS $$
DECLARE
    name text := 'of_' || replace(replace(replace(type_name, ' ', '_'), '(', ''), ')', '');
BEGIN
    EXECUTE format('CREATE TABLE %I (id integer, title text, owner %s, team %s)', name, type_name, type_name);
    EXECUTE format('CREATE INDEX ON %I (owner)', name);
    EXECUTE format('CREATE INDEX ON %I (team)', name);
    EXECUTE format('INSERT INTO %I (id, owner, team) VALUES (1, %L, NULL), (2, %L, NULL), (3, NULL, %L), (4, NULL, NULL), (5, %L, NULL), (6, %L, %L)',
        name, boss, worker, team, ghost, boss, team);
    EXECUTE format('GRANT ALL ON %I TO app', name);
    PERFORM sharing.protect(name::regclass, 'owner', owner_group => 'team');
END
$$;
DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY '{smallint,integer,bigint,text,varchar(9),short,person,big,login,login20,blind}'::text[] LOOP
        CALL test.make(t, '1', '2', '92', '55');
    END LOOP;
    FOREACH t IN ARRAY '{uuid,id128}'::text[] LOOP
        CALL test.make(t, '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002',
            '00000000-0000-0000-0000-000000000092', '00000000-0000-0000-0000-000000000055');
    END LOOP;
END
$$;
-- What boss, worker and an outsider reach in each table, by each kind of scan: once where all agree.
CREATE FUNCTION test.in_all(user_key text, uuid_key text)
RETURNS TABLE (tables text, sees text, edits text, deletes text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT string_agg(DISTINCT c.relname, ' '), r.sees, r.edits, r.deletes
    FROM pg_class c,
         test.reach(CASE WHEN relname IN ('of_uuid', 'of_id128') THEN uuid_key ELSE user_key END, c.oid) r
    WHERE relname LIKE 'of\_%' AND relkind = 'r' GROUP BY 2, 3, 4 ORDER BY 1;
END
$$;
\c - app
SET enable_seqscan = off;
SELECT * FROM test.in_all('1', '00000000-0000-0000-0000-000000000001');
SELECT * FROM test.in_all('2', '00000000-0000-0000-0000-000000000002');
SELECT * FROM test.in_all('-3', '00000000-0000-0000-0000-0000000000FF');
SET enable_seqscan = on;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SELECT * FROM test.in_all('1', '00000000-0000-0000-0000-000000000001');
SELECT * FROM test.in_all('2', '00000000-0000-0000-0000-000000000002');
SELECT * FROM test.in_all('-3', '00000000-0000-0000-0000-0000000000FF');
RESET ALL;
-- Keys are exact: 007 owns nothing in a number column, and its own in a text column.
SET sharing.user_key = '007';
INSERT INTO of_integer (id, owner) VALUES (7, 7);
INSERT INTO of_text (id, owner) VALUES (7, '7');
INSERT INTO of_text (id, owner) VALUES (7, '007') RETURNING id;
INSERT INTO of_blind (id, owner) VALUES (7, '007') RETURNING id;
-- The ends of each type's range.
\c - postgres
SELECT sharing.create_user(k, k) FROM unnest('{-32768,32767,-2147483648,2147483647,-9223372036854775808,9223372036854775807,9223372036854775808}'::text[]) k \g /dev/null
INSERT INTO of_smallint (id, owner) VALUES (11, -32768), (12, 32767);
INSERT INTO of_integer (id, owner) VALUES (11, -2147483648), (12, 2147483647);
INSERT INTO of_bigint (id, owner) VALUES (11, -9223372036854775808), (12, 9223372036854775807);
\c - app
SELECT k, test.outcome_for(k, 'SELECT FROM of_smallint'), test.outcome_for(k, 'SELECT FROM of_integer'), test.outcome_for(k, 'SELECT FROM of_bigint')
FROM unnest('{-32768,32767,-2147483648,2147483647,-9223372036854775808,9223372036854775807,9223372036854775808}'::text[]) k;
-- Types that cannot hold keys.
\c - postgres
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN amount AS numeric;
CREATE TABLE other_types (id integer, owner integer, c_char char(3), c_numeric numeric, c_date date, c_bool boolean, c_array text[], c_name name,
    c_mood mood, c_amount amount, c_jsonb jsonb, c_oid oid, c_float float8, c_row leads);
SELECT attname, test.outcome(format('SELECT sharing.protect(''other_types'', %L)', attname)),
       left(test.outcome(format('SELECT sharing.protect(''other_types'', ''owner'', owner_group => %L)', attname)), 5) AS as_group
FROM pg_attribute WHERE attrelid = 'other_types'::regclass AND attname LIKE 'c\_%' ORDER BY attnum;
