-- Tables of all kinds: partitioned, inherited from, protected; statements on parts; renamed and dropped columns; triggers that somebody
-- takes off or disables; replica mode; materialized views; row security of the application's own.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE TABLE staff (id integer, region text, "full name" text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE staff_eu PARTITION OF staff FOR VALUES IN ('eu');
CREATE TABLE staff_us (region text NOT NULL, junk text, "full name" text, id integer NOT NULL);
ALTER TABLE staff_us DROP COLUMN junk;
INSERT INTO staff_us VALUES ('us', 'uma', 2);
ALTER TABLE staff ATTACH PARTITION staff_us FOR VALUES IN ('us');
INSERT INTO staff VALUES (1, 'eu', 'eva');
SELECT change, object FROM sharing.sync_users('staff', 'id', 'full name');
SELECT tgrelid::regclass, string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger WHERE tgname ~ '^sharing_' GROUP BY 1 ORDER BY 1;
INSERT INTO staff_us VALUES ('us', 'ugo', 3);
UPDATE staff SET region = 'us', "full name" = 'Eva' WHERE id = 1;
CREATE TABLE staff_asia PARTITION OF staff FOR VALUES IN ('asia');
INSERT INTO staff_asia VALUES (4, 'asia', 'abe');
CREATE TABLE more (LIKE staff);
INSERT INTO more VALUES (5, 'uk', 'una');
ALTER TABLE staff ATTACH PARTITION more FOR VALUES IN ('uk');
SELECT key, name, active FROM test.people();
ALTER TABLE staff DETACH PARTITION more;
DROP TABLE staff_asia;
TRUNCATE staff_eu;
SELECT key, active FROM test.people();
SELECT tgname FROM pg_trigger WHERE tgrelid = 'more'::regclass;
INSERT INTO more VALUES (6, 'uk', 'ute');
SELECT key FROM test.people() WHERE key = '6';
-- Columns: a new name is followed, one that is needed stays.
ALTER TABLE staff RENAME "full name" TO name;
ALTER TABLE staff RENAME TO people;
UPDATE people SET name = 'UMA' WHERE id = 2;
SELECT name FROM test.people() WHERE key = '2';
SELECT name_column, relation FROM sharing.sources;
ALTER TABLE people DROP COLUMN name;
ALTER TABLE people DROP COLUMN name CASCADE;
ALTER TABLE people ALTER COLUMN name TYPE varchar(20) USING lower(name);
SELECT name FROM test.people() WHERE key = '2';
ALTER TABLE people ALTER COLUMN name TYPE numeric USING id;
SELECT name FROM test.people() WHERE key = '2';
-- Triggers that are dropped come back; while they are disabled nothing is noticed, and afterwards it is.
DROP TRIGGER sharing_source_insert ON people;
INSERT INTO people VALUES (7, 'eu', 'seven');
ALTER TRIGGER sharing_source_insert ON people RENAME TO mine;
INSERT INTO people VALUES (8, 'eu', 'eight');
ALTER TABLE people DISABLE TRIGGER ALL;
INSERT INTO people VALUES (9, 'eu', 'nine');
SELECT key FROM test.people() WHERE key IN ('7', '8', '9');
ALTER TABLE people ENABLE TRIGGER ALL;
SELECT key FROM test.people() WHERE key IN ('7', '8', '9');
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'people'::regclass ORDER BY 1;
SET session_replication_role = replica;
INSERT INTO people VALUES (10, 'eu', 'ten');
RESET session_replication_role;
SELECT key FROM test.people() WHERE key = '10';
SELECT sharing.unsync('people');
SELECT count(*) FROM pg_trigger WHERE tgname ~ 'sharing';
-- Tables that inherit; those of one session alone do not count.
CREATE TABLE teams (id integer PRIMARY KEY, name text);
CREATE TABLE squads (leader text) INHERITS (teams);
SELECT count(*) FROM sharing.sync_groups('teams', 'id', 'name');
INSERT INTO teams VALUES (1, 'One');
INSERT INTO squads VALUES (2, 'Two', 'x');
CREATE TEMP TABLE passing () INHERITS (teams);
INSERT INTO passing VALUES (3, 'Three');
UPDATE teams SET name = upper(name);
SELECT key, name FROM sharing.groups ORDER BY 1;
-- One that inherits may be a source itself, of something else.
SELECT count(*) FROM sharing.sync_users('squads', 'leader', 'leader');
INSERT INTO squads VALUES (4, 'FOUR', 'y');
SELECT key, name FROM sharing.groups ORDER BY 1;
SELECT key FROM test.people() WHERE key IN ('x', 'y');
DELETE FROM squads WHERE id = 4;
SELECT sharing.unsync('squads');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'squads'::regclass ORDER BY 1;
ALTER TABLE squads NO INHERIT teams;
SELECT key, name FROM sharing.groups ORDER BY 1;
ALTER TABLE squads INHERIT teams;
SELECT key, name FROM sharing.groups ORDER BY 1;
DROP TABLE passing;
-- A protected table is a source, too: all of its rows count.
CREATE ROLE app LOGIN;
CREATE TABLE contacts (id integer PRIMARY KEY, owner text, login text);
INSERT INTO contacts VALUES (20, '20', 'c20'), (21, '20', 'c21');
SELECT sharing.protect('contacts', 'owner') \g /dev/null
GRANT ALL ON contacts TO app;
SELECT count(*) FROM sharing.sync_users('contacts', 'id', 'login');
SELECT sharing.trust('app') \g /dev/null
\c - app
SET sharing.user_key = '21';
SELECT * FROM contacts;
INSERT INTO contacts VALUES (22, '21', 'c22');
SET sharing.user_key = '22';
INSERT INTO contacts VALUES (23, '22', 'c23');
SELECT id FROM contacts;
\c - postgres
SELECT key, active FROM test.people() WHERE key ~ '^2.$';
-- Views: row security that would hide rows is an error, and never a shorter list; materialized ones are read as they are.
CREATE ROLE owner;
CREATE TABLE hidden (id text, name text);
INSERT INTO hidden VALUES ('h1', 'one'), ('h2', 'two');
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON hidden USING (id = 'h1');
GRANT SELECT ON hidden TO owner;
GRANT CREATE ON SCHEMA public TO owner;
SET ROLE owner;
CREATE VIEW shown AS SELECT * FROM hidden;
CREATE FUNCTION curious() RETURNS text LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE left_behind (); RETURN current_user; END $$;
CREATE VIEW code AS SELECT 'k' AS id, current_user::text AS name;
CREATE VIEW trap AS SELECT 'k' AS id, curious() AS name;
RESET ROLE;
SELECT sharing.sync_users('shown', 'id', 'name');
SELECT sharing.sync_users('trap', 'id', 'name');
SELECT detail->'after'->>'name' AS read_by FROM sharing.sync_users('code', 'id', 'name', dry_run => true);
CREATE MATERIALIZED VIEW copy AS SELECT id, name FROM hidden;
SELECT count(*) FROM sharing.sync_users('copy', 'id', 'name');
DELETE FROM hidden;
REFRESH MATERIALIZED VIEW copy;
SELECT key, active FROM test.people() WHERE key ~ '^h';
SELECT change, object, detail FROM sharing.resync('copy');
-- What cannot be a source.
CREATE TEMP TABLE passing (id integer, name text);
CREATE UNLOGGED TABLE volatile (id integer, name text);
CREATE TABLE amounts (id numeric, name text, when_gone date);
DO $$BEGIN PERFORM sharing.sync_users('passing', 'id', 'name'); EXCEPTION WHEN wrong_object_type OR object_not_in_prerequisite_state OR feature_not_supported OR invalid_parameter_value THEN RAISE NOTICE '%', regexp_replace(SQLERRM, 'pg_temp_[0-9]+', 'pg_temp'); END$$;
SELECT sharing.sync_users('volatile', 'id', 'name');
SELECT sharing.sync_users('amounts', 'id', 'name');
SELECT sharing.sync_users('amounts', 'name', 'nobody');
SELECT sharing.sync_users('amounts', 'name', NULL);
SELECT sharing.sync_users(NULL, 'name', 'name');
SELECT sharing.sync_users(0, 'name', 'name');
SELECT sharing.sync_users('pg_class', 'relname', 'relname');
SELECT sharing.sync_users('sharing.users', 'key', 'name');
SELECT sharing.sync_users('contacts', 'id', 'login');
SELECT sharing.sync_users('contacts_pkey', 'id', 'login');
SELECT sharing.sync_members('amounts', 'name');
SELECT sharing.unsync('amounts');
SELECT sharing.resync('amounts');
ALTER TABLE teams SET UNLOGGED;
\c - app
SELECT sharing.sync_users('contacts', 'id', 'login');
SELECT sharing.unsync('contacts');
SELECT sharing.resync();
