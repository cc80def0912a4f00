-- Bug: a materialized view that has not been populated, and a table that went while event triggers were off, were read as if they had
-- no rows: everybody was deactivated, or dropped.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE TABLE people (id integer, name text);
CREATE TABLE teams (id integer, name text);
INSERT INTO people VALUES (1, 'ann'), (2, 'bob');
INSERT INTO teams VALUES (1, 'One');
CREATE MATERIALIZED VIEW staff AS SELECT * FROM people WITH NO DATA;
SELECT sharing.sync_users('staff', 'id', 'name');
REFRESH MATERIALIZED VIEW staff;
SELECT count(*) FROM sharing.sync_users('staff', 'id', 'name');
SELECT count(*) FROM sharing.sync_groups('teams', 'id', 'name');
REFRESH MATERIALIZED VIEW staff WITH NO DATA;
SELECT sharing.resync('staff');
SELECT sharing.resync();
SELECT severity, object, message FROM sharing.doctor() WHERE check_name = 'source_out_of_step';
SELECT key, active FROM test.people();
REFRESH MATERIALIZED VIEW staff;
SELECT count(*) FROM sharing.resync();
DO $$DECLARE one name; BEGIN FOR one IN SELECT evtname FROM pg_event_trigger WHERE evtname ~ '^sharing' LOOP EXECUTE format('ALTER EVENT TRIGGER %I DISABLE', one); END LOOP; END$$;
DROP MATERIALIZED VIEW staff;
DROP TABLE teams;
DO $$DECLARE one name; BEGIN FOR one IN SELECT evtname FROM pg_event_trigger WHERE evtname ~ '^sharing' LOOP EXECUTE format('ALTER EVENT TRIGGER %I ENABLE ALWAYS', one); END LOOP; END$$;
SELECT count(*) FROM sharing.resync();
SELECT key, active FROM test.people();
SELECT key, name FROM sharing.groups;
SELECT count(*) FROM sharing.sources;
