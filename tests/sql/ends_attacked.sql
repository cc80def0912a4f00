-- Ends that are hard: at the time of the statement itself, before Christ and far away, in other time zones, in the transaction that gives them,
-- undone by savepoints, written while triggers of others are off, and of things with hostile names. What is right is said by plain queries over a twin
-- of the table that nobody protects, and by the ends as they were written.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE twin AS TABLE leads;
INSERT INTO leads VALUES (11, 'ann', ''), (12, 'ann', ''); INSERT INTO twin SELECT id, owner FROM leads WHERE id > 10;
CREATE ROLE liz_db LOGIN;
SELECT sharing.set_user_db_role('liz', 'liz_db') \g /dev/null
SELECT sharing.create_group('o', 'outer'), sharing.create_group('i', 'inner'), sharing.create_group('s', 'side') \g /dev/null
SELECT sharing.add_rule('leads', 'role:H7', 'group:outer', 'read_write'), sharing.add_rule('leads', 'role:H3', 'role:H5', 'read_write'), sharing.apply_rules() \g /dev/null
SELECT sharing.add_member('outer', 'group:inner'), sharing.add_member('inner', 'user:rep2'), sharing.add_member('side', 'role:H5') \g /dev/null
SELECT sharing.grant_record('leads', 5, 'user:rep2', 'edit'), sharing.grant_record('leads', 6, 'group:side', 'edit') \g /dev/null
\c - app
SELECT test.link('ann', 'liz') AS link \gset
SELECT test.call('ann', 'SELECT sharing.share_record(''leads'', ''11'', ''liz'', ''edit''), sharing.share_record(''leads'', ''12'', ''liz'', ''edit'')');
\c - postgres
-- What ends, who sees something by it, and whose records, or which.
CREATE TABLE things (name text, statement text, person name, owners text[], records int[]);
INSERT INTO things VALUES
    ('membership', 'UPDATE sharing.group_users SET until = $1 WHERE group_id = (SELECT id FROM sharing.groups WHERE name = ''inner'')', 'rep2_db', '{sup1,sup2}', '{}'),
    ('nesting', 'UPDATE sharing.group_members SET until = $1 WHERE member_group_id IS NOT NULL', 'rep2_db', '{sup1,sup2}', '{}'),
    ('role in a group', 'UPDATE sharing.group_members SET until = $1 WHERE role_id IS NOT NULL', 'rep2_db', '{}', '{6}'),
    ('rule', 'UPDATE sharing.rules SET until = $1, staged_until = $1 WHERE id = 2', 'rep2_db', '{vp}', '{}'),
    ('grant', 'UPDATE sharing.record_grants SET until = $1 WHERE record_id = ''5''', 'rep2_db', '{}', '{5}'),
    ('grant to a group', 'UPDATE sharing.record_grants SET until = $1 WHERE record_id = ''6''', 'rep2_db', '{}', '{6}'),
    ('share', 'UPDATE sharing.shares SET until = $1 WHERE record_id = ''11''', 'liz_db', '{}', '{11}'),
    ('link', 'UPDATE sharing.links SET until = $1', 'liz_db', '{}', '{11,12}');
-- The ids that a database role sees, and those that it changes, by the order of the ids.
CREATE FUNCTION test.by_role(person name, OUT sees text, OUT edits text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', person, true);
    sees := test.sees();
    BEGIN
        WITH changed AS (UPDATE public.leads SET title = 'x' RETURNING id) SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '-') INTO edits FROM changed;
        RAISE SQLSTATE 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
    END;
    PERFORM set_config('role', 'none', true);
END
$$;
-- The same of the twin: one's own, and what one has by what counts.
CREATE FUNCTION test.by_twin(of name, ended text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(t.id::text, ' ' ORDER BY t.id), '-') FROM twin t
    WHERE t.owner = split_part(of, '_', 1) OR EXISTS (SELECT FROM things h WHERE h.person = of AND h.name IS DISTINCT FROM ended AND (t.owner = ANY (h.owners) OR t.id = ANY (h.records))
        -- What comes by a group takes all on the way to it, a share a link.
        AND NOT coalesce(ended IN ('membership', 'nesting') AND h.name IN ('membership', 'nesting') OR ended = 'role in a group' AND h.name = 'grant to a group' OR ended = 'grant to a group' AND h.name = 'role in a group' OR ended = 'share' AND h.name = 'link' AND t.id = 11 OR ended = 'link' AND h.name = 'share', false))
$$;
SELECT person, r.sees, r.edits, r.sees = test.by_twin(person, NULL) AND r.edits = r.sees AS as_twin FROM unnest('{rep2_db,liz_db}'::name[]) person, test.by_role(person) r;
-- Every end of each: notices tell what differs.
CREATE FUNCTION test.every_end() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    thing things;
    written timestamptz;
    seen record;
    should text;
    compared bigint := 0;
BEGIN
    FOR thing IN SELECT * FROM things LOOP
        FOREACH written IN ARRAY ARRAY['4714-11-24 00:00:00+00 BC', '0001-01-01 00:00:00+00 BC', '1999-12-31 23:59:59.999999+00', '2000-01-01 00:00:00+00', '2000-01-01 00:00:00.000001+00',
                '294276-12-31 23:59:59.999999+00', '2999-01-01 00:00:00+14', '2999-01-01 00:00:00-12', NULL]::timestamptz[]
                || ARRAY[statement_timestamp(), statement_timestamp() - '1 microsecond'::interval, statement_timestamp() + '1 microsecond'::interval, statement_timestamp() + '1 day'::interval] LOOP
            EXECUTE thing.statement USING written;
            seen := test.by_role(thing.person);
            should := test.by_twin(thing.person, CASE WHEN written <= statement_timestamp() THEN thing.name END);
            compared := compared + 1;
            IF (seen.sees, seen.edits) IS DISTINCT FROM (should, should) THEN
                RAISE NOTICE '%, %: sees % and edits % instead of %', thing.name, written, seen.sees, seen.edits, should;
            END IF;
        END LOOP;
        EXECUTE thing.statement USING NULL::timestamptz;
    END LOOP;
    RETURN compared;
END
$$;
SELECT test.every_end();
SET TimeZone = 'Pacific/Kiritimati'; SET DateStyle = 'German';
SELECT test.every_end();
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT test.every_end();
ROLLBACK;
RESET TimeZone; RESET DateStyle;
-- What is written by hand and later than any document tells is told as the latest of these.
BEGIN;
UPDATE sharing.group_users SET until = '294276-12-31 23:59:59.999999+00'; UPDATE sharing.rules SET until = '12026-01-01 00:00:00+00', staged_until = '12026-01-01 00:00:00+00'; UPDATE sharing.record_grants SET until = '9999-12-31 23:59:59.999999+00';
SELECT DISTINCT jsonb_path_query(sharing.export_config(), '$.** ? (@.until.type() == "string").until') AS until, jsonb_path_query_first(sharing.export_config(), '$.groups[*].until') AS of_members;
SELECT change, count(*) FROM sharing.import_config(sharing.export_config(), true) GROUP BY 1 ORDER BY 1;
SELECT r.sees = test.by_twin('rep2_db', NULL) AS as_before FROM test.by_role('rep2_db') r;
ROLLBACK;

-- A text of a time is read as the caller's time zone says, and tells the same moment in every list.
SET TimeZone = 'America/New_York';
SELECT sharing.add_member('side', 'user:rep1', '2999-07-01 12:00') \g /dev/null
SELECT sharing.grant_record('leads', 7, 'user:rep1', until => '2999-07-01 12:00') \g /dev/null
SET TimeZone = 'Asia/Kathmandu';
SELECT m.until = '2999-07-01 16:00:00+00' AS is_that, jsonb_path_query(sharing.export_config(), '$.groups[*] ? (@.name == "side").until') AS document FROM sharing.group_users m WHERE until IS NOT NULL;
SELECT until, until = '2999-07-01 16:00:00+00' AS is_that FROM sharing.granted_records('leads', '7');
SELECT * FROM sharing.import_config(sharing.export_config());
SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard';
SELECT * FROM sharing.import_config(sharing.export_config());
RESET ALL;
SELECT sharing.remove_member('side', 'user:rep1'), sharing.revoke_record('leads', '7', 'user:rep1') \g /dev/null

-- In the transaction that gives it: what came with a savepoint goes with it, and what ends in between ends.
BEGIN;
SELECT sharing.add_member('inner', 'user:rep2', clock_timestamp() + '1 s') \g /dev/null
SELECT r.sees = test.by_twin('rep2_db', NULL) AS before FROM test.by_role('rep2_db') r;
SAVEPOINT later;
SELECT sharing.add_member('inner', 'user:rep2', now() + '1 day') \g /dev/null
SELECT FROM pg_sleep(1.1) \g /dev/null
SELECT r.sees = test.by_twin('rep2_db', NULL) AS prolonged FROM test.by_role('rep2_db') r;
ROLLBACK TO later;
SELECT r.sees = test.by_twin('rep2_db', 'membership') AS ended FROM test.by_role('rep2_db') r;
ROLLBACK;
SELECT r.sees = test.by_twin('rep2_db', NULL) AS as_before FROM test.by_role('rep2_db') r;
BEGIN;
SAVEPOINT ending;
UPDATE sharing.rules SET until = now(), staged_until = now() WHERE id = 2;
UPDATE sharing.record_grants SET until = now() WHERE record_id = '5';
SELECT r.sees AS without_vp_and_5 FROM test.by_role('rep2_db') r;
ROLLBACK TO ending;
SELECT r.sees = test.by_twin('rep2_db', NULL) AS as_before FROM test.by_role('rep2_db') r;
COMMIT;

-- Workers of a transaction that wrote the end itself, of which their leader hands over nothing but the time.
BEGIN;
UPDATE sharing.group_users SET until = now() WHERE group_id = (SELECT id FROM sharing.groups WHERE name = 'inner');
UPDATE sharing.record_grants SET until = now() WHERE record_id = '5';
SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL parallel_leader_participation = off;
SELECT count(set_config(name, 'on', true)) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET LOCAL ROLE rep2_db;
SELECT string_agg(id::text, ' ' ORDER BY id) AS without_sup_and_5, pg_catalog.count(*) FROM leads;
ROLLBACK;

-- From another session that keeps triggers of others from firing, as a subscriber's does: who knew what they saw sees it end.
CREATE EXTENSION dblink;
SELECT dblink_connect('other', 'host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' user=postgres dbname=' || current_database()) \g /dev/null
CREATE FUNCTION test.quietly(thing text, until text) RETURNS text LANGUAGE sql AS $$
    SELECT dblink_exec('other', 'SET session_replication_role = replica; ' || replace(h.statement, '$1', until) || '; RESET session_replication_role') FROM things h WHERE h.name = thing
$$;
SELECT h.name, b.sees = test.by_twin(h.person, NULL) AS before FROM things h, test.by_role(h.person) b ORDER BY 1;
DO $$
DECLARE
    thing things;
    seen text;
BEGIN
    FOR thing IN SELECT * FROM things LOOP
        PERFORM test.quietly(thing.name, '''2001-01-01''::timestamptz');
        COMMIT;
        seen := (SELECT r.sees FROM test.by_role(thing.person) r);
        IF seen IS DISTINCT FROM test.by_twin(thing.person, thing.name) THEN RAISE NOTICE '% that has ended: %', thing.name, seen; END IF;
        PERFORM test.quietly(thing.name, 'NULL');
        COMMIT;
        seen := (SELECT r.sees FROM test.by_role(thing.person) r);
        IF seen IS DISTINCT FROM test.by_twin(thing.person, NULL) THEN RAISE NOTICE '% that was given again: %', thing.name, seen; END IF;
    END LOOP;
END
$$;
-- A cursor that locks goes by the latest configuration, and on by its own time.
SELECT sharing.grant_record('leads', record, 'user:rep2', 'edit', clock_timestamp() + '1500 ms') FROM unnest('{1,3}'::text[]) record \g /dev/null
BEGIN;
SET LOCAL ROLE rep2_db;
DECLARE locking CURSOR FOR SELECT id FROM leads WHERE id IN (1, 3) FOR UPDATE;
FETCH 1 FROM locking;
RESET ROLE;
SELECT dblink_exec('other', 'CREATE TEMPORARY TABLE completes_a_transaction ()') \g /dev/null
SELECT FROM pg_sleep(1.6) \g /dev/null
FETCH ALL FROM locking;
SET LOCAL ROLE rep2_db;
SELECT id FROM leads WHERE id IN (1, 3) FOR UPDATE;
ROLLBACK;
SELECT sharing.revoke_record('leads', record, 'user:rep2') FROM unnest('{1,3}'::text[]) record \g /dev/null
SELECT dblink_disconnect('other') \g /dev/null

-- Hostile names, as long as they may be.
CREATE SCHEMA "Odd "" schema.$1";
CREATE TABLE "Odd "" schema.$1"."T.'; DROP TABLE leads; --_________________________________ü" ("I.D ""x" integer PRIMARY KEY, "$1" text, title text);
INSERT INTO "Odd "" schema.$1"."T.'; DROP TABLE leads; --_________________________________ü" SELECT n, o FROM unnest('{sup1,rep2,sup2,vp}'::text[]) WITH ORDINALITY u (o, n);
GRANT USAGE ON SCHEMA "Odd "" schema.$1" TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA "Odd "" schema.$1" TO PUBLIC;
SELECT c.oid::regclass AS odd FROM pg_class c WHERE relname LIKE 'T.%' AND relkind = 'r' \gset
SELECT sharing.protect(:'odd', '$1', 'm:"%s"\') \g /dev/null
SELECT sharing.create_group('"', repeat('g''"\%s', 9)), sharing.create_role('$1:role_and_subordinates:"\') \g /dev/null
SELECT sharing.add_member(repeat('g''"\%s', 9), 'user:rep2', now() + '1 day'), sharing.add_rule('m:"%s"\', 'role:H7', 'group:' || repeat('g''"\%s', 9), 'read_only', until => now() + '1 day'), sharing.apply_rules() \g /dev/null
SELECT sharing.grant_record(:'odd', 4, 'group:' || repeat('g''"\%s', 9), 'edit', now() + '1 day'), sharing.grant_record(:'odd', 3, 'role_and_subordinates:$1:role_and_subordinates:"\', 'edit', now() + '1 day') \g /dev/null
CREATE FUNCTION test.odd() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ids text;
BEGIN
    PERFORM set_config('role', 'rep2_db', true);
    SELECT string_agg("I.D ""x"::text, ' ' ORDER BY "I.D ""x") INTO ids FROM "Odd "" schema.$1"."T.'; DROP TABLE leads; --_________________________________ü";
    PERFORM set_config('role', 'none', true);
    RETURN ids;
END
$$;
SELECT test.odd();
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT record_id, to_whom, status FROM sharing.granted_records(:'odd');
UPDATE sharing.rules SET until = now() - '40 days'::interval, staged_until = now() - '40 days'::interval WHERE until IS NOT NULL;
SELECT test.odd();
UPDATE sharing.record_grants SET until = now() - '40 days'::interval WHERE until IS NOT NULL;
UPDATE sharing.group_users SET until = now() - '40 days'::interval WHERE until IS NOT NULL;
SELECT test.odd();
SELECT record_id, to_whom, status FROM sharing.granted_records(:'odd');
SELECT status, shared_with FROM sharing.rule_overview WHERE module LIKE 'm:%';
SELECT severity, object, message, fix FROM sharing.doctor() WHERE check_name = 'ended';
SELECT sharing.forget_ended();
SELECT object, before ->> 'until' IS NOT NULL AS had_an_end FROM sharing.audit_log WHERE function = 'forget_ended' ORDER BY id;
