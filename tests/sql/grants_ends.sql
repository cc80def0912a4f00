-- Single records for colleagues, ends: from its end on a grant counts for nothing, in the next statement, whatever was remembered; a cursor goes on by the time
-- at which it was opened. Lists say ended, forget_ended() deletes, the audit log keeps, a document passes over it.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE notes (id integer PRIMARY KEY, lead integer, owner text, title text);
CREATE TABLE lines (id integer PRIMARY KEY, lead integer, title text);
INSERT INTO notes SELECT id, id, 'ceo', '' FROM leads; INSERT INTO lines SELECT id, id, '' FROM leads;
GRANT ALL ON notes, lines TO PUBLIC;
SELECT sharing.protect('notes', 'owner'), sharing.protect('lines', controlled_by => 'leads', via => 'lead') \g /dev/null
SELECT sharing.relate('notes', 'lead', 'leads');
-- What is to come is given for the rest of this test; what ends does so after a moment.
SELECT sharing.grant_record('leads', 1, 'user:rep2', 'edit', now() + '1 day'), sharing.grant_record('leads', 3, 'user:rep2'),
       sharing.grant_record('leads', 4, 'role:H7', 'read', now() + '1 day'), sharing.grant_record('leads', 5, 'user:sup1', until => now() + '1 day') \g /dev/null
\c - app
SET sharing.user_key = 'rep2';
PREPARE sees AS SELECT test.sees(), test.sees('notes'), test.sees('lines');
EXECUTE sees;
-- The statement that waits for the end sees what it gave; the next one does not, without any change that is committed.
CREATE FUNCTION pg_temp.sleep_until_later() RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(1.7); RETURN test.sees(); END$$;
RESET sharing.user_key;
SELECT test.call('rep1', 'SELECT sharing.grant_record(''leads'', ''1'', ''user:rep2'', ''edit'', clock_timestamp() + ''1.5 s'')');
SET sharing.user_key = 'rep2';
EXECUTE sees;
SELECT pg_temp.sleep_until_later() AS under_way;
EXECUTE sees;
UPDATE leads SET title = 'x' WHERE id = 1;
SELECT sharing.access_to('leads', '1');
SELECT record_id, to_whom, access, status FROM sharing.granted_records();
-- In one transaction, whatever its snapshot.
RESET sharing.user_key;
SELECT test.call('rep1', 'SELECT sharing.grant_record(''leads'', ''1'', ''user:rep2'', ''edit'', clock_timestamp() + ''1.5 s'')');
SET sharing.user_key = 'rep2';
BEGIN ISOLATION LEVEL REPEATABLE READ;
DECLARE open CURSOR FOR SELECT id FROM leads ORDER BY id;
DECLARE started CURSOR FOR SELECT id FROM leads ORDER BY id;
DECLARE children CURSOR FOR SELECT id FROM notes ORDER BY id;
DECLARE details CURSOR FOR SELECT id FROM lines ORDER BY id;
FETCH 1 FROM started;
EXECUTE sees;
SELECT FROM pg_sleep(1.7);
EXECUTE sees;
FETCH ALL FROM open;
FETCH ALL FROM started;
FETCH ALL FROM children;
FETCH ALL FROM details;
EXECUTE sees;
UPDATE leads SET title = 'x' WHERE id = 1;
COMMIT;
-- Given anew, it counts again; shortened and lengthened.
RESET sharing.user_key;
SELECT test.call('rep1', 'SELECT sharing.grant_record(''leads'', ''1'', ''user:rep2'', until => now() + ''1 h'')');
SELECT test.reach('rep2');
SELECT test.call('rep1', 'SELECT sharing.grant_record(''leads'', ''1'', ''user:rep2'', ''edit'')');
SELECT test.reach('rep2'), test.reach('sup1'), test.reach('sup2');
-- Ends that are rewritten, as if time had passed. Everything that decides says the same.
\c - postgres
UPDATE sharing.record_grants SET until = now() - '1 s'::interval WHERE until IS NOT NULL;
SELECT record_id, to_whom, access, status FROM sharing.granted_records();
SELECT access, reason, via FROM sharing.explain('leads', '4', 'sup1');
SELECT user_key, access, reason FROM sharing.who_can('leads', '4');
SELECT user_key FROM sharing.who_can('notes', '4');
SET SESSION AUTHORIZATION app;
SELECT test.reach('rep2'), test.reach('sup1'), test.reach('sup1', 'notes');
RESET SESSION AUTHORIZATION;
SELECT jsonb_path_query_array(sharing.export_config(), '$.grants[*].record');
SELECT change, object FROM sharing.import_config(sharing.export_config());
SELECT change, object, detail FROM sharing.import_config('{"version": 1, "grants": [{"module": "leads", "record": "1", "to": "user:rep2", "access": "edit"}, {"module": "leads", "record": "3", "to": "user:rep2", "access": "read"},
    {"module": "leads", "record": "4", "to": "role:H7", "access": "read", "until": "2001-01-01T00:00:00Z"}, {"module": "leads", "record": "5", "to": "user:sup1", "access": "read", "until": "2999-01-01T00:00:00+01:00", "by": "rep1"}]}');
SELECT record_id, to_whom, given_by, CASE WHEN status <> 'ended' THEN until AT TIME ZONE 'UTC' END AS until, status FROM sharing.granted_records() ORDER BY 1;
SET SESSION AUTHORIZATION app;
SELECT test.call('rep1', 'SELECT sharing.forget_ended()'), test.call('adm', 'SELECT sharing.forget_ended()'), test.call('adm', 'SELECT sharing.forget_ended()');
RESET SESSION AUTHORIZATION;
SELECT record_id, to_whom, status FROM sharing.granted_records();
SELECT identity, function, object, before->>'access' AS before, after->>'access' AS after FROM sharing.audit_log WHERE function IN ('forget_ended', 'import_config') ORDER BY id;
