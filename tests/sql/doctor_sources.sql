-- The doctor: the application's own tables as the source of the organization, and names for searches.
\getenv tests PG_ABS_SRCDIR
\set doctor :tests '/support/doctor.sql'
\i :doctor
CREATE TABLE crm.people (id integer PRIMARY KEY, name text, active boolean NOT NULL DEFAULT true);
CREATE TABLE crm."the teams" (id integer PRIMARY KEY, name text);
INSERT INTO crm.people VALUES (1, 'Ana', true), (2, 'Ben', true), (3, 'Chloe', false);
INSERT INTO crm."the teams" VALUES (100, 'Team');
SELECT count(*) > 0 AS synced FROM sharing.sync_users('crm.people', 'id', 'name', active => 'active');
SELECT count(*) AS changes FROM sharing.sync_groups('crm."the teams"', 'id', 'name');
SELECT * FROM test.findings;
BEGIN; SELECT * FROM test.visit('ALTER TABLE crm.people DISABLE TRIGGER USER; INSERT INTO crm.people VALUES (4, ''Dev''); UPDATE crm.people SET name = ''Anna'' WHERE id = 1; DELETE FROM crm.people WHERE id = 2'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('ALTER EVENT TRIGGER sharing_mend_triggers DISABLE; ALTER TABLE crm."the teams" ENABLE TRIGGER sharing_source_insert; ALTER EVENT TRIGGER sharing_mend_triggers ENABLE ALWAYS'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('ALTER EVENT TRIGGER sharing_follow_drops DISABLE; ALTER EVENT TRIGGER sharing_follow_tables DISABLE; DROP TRIGGER sharing_source_delete ON crm.people; ALTER EVENT TRIGGER sharing_follow_drops ENABLE ALWAYS; ALTER EVENT TRIGGER sharing_follow_tables ENABLE ALWAYS'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('ALTER EVENT TRIGGER sharing_follow_drops DISABLE; DROP TABLE crm."the teams"; ALTER EVENT TRIGGER sharing_follow_drops ENABLE ALWAYS'); ROLLBACK;
-- A materialized view tells nobody when it changes.
CREATE TABLE crm.titles (name text);
INSERT INTO crm.titles VALUES ('Auditor');
CREATE MATERIALIZED VIEW crm.positions AS SELECT name FROM crm.titles;
SELECT count(*) AS changes FROM sharing.sync_offices('crm.positions', 'name');
BEGIN; SELECT * FROM test.visit('INSERT INTO crm.titles VALUES (''it''''s\''); REFRESH MATERIALIZED VIEW crm.positions'); ROLLBACK;
-- A view is not read, since that would run its owner's code.
CREATE FUNCTION test.secret() RETURNS text LANGUAGE plpgsql AS $$ BEGIN IF current_setting('test.armed', true) = 'yes' THEN RAISE EXCEPTION 'this ran'; END IF; RETURN 'Boss'; END $$;
CREATE VIEW crm.by_function AS SELECT test.secret() AS name;
ALTER VIEW crm.by_function OWNER TO doctor_owner;
GRANT USAGE ON SCHEMA test TO doctor_owner;
BEGIN;
SELECT count(*) AS changes FROM sharing.sync_roles('crm.by_function', 'name');
SET test.armed = 'yes';
SELECT check_name, object FROM test.findings;
ROLLBACK;
-- Search.
SELECT sharing.search_safe('~~(text,text)') \g /dev/null
BEGIN;
UPDATE sharing.search_names SET definition = 'another';
SELECT * FROM test.findings WHERE check_name = 'search_name';
SELECT fix FROM test.findings WHERE check_name = 'search_name' \gexec
SELECT * FROM test.findings WHERE check_name = 'search_name';
ROLLBACK;
