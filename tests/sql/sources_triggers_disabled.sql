-- While the triggers of a source are disabled nothing of it reaches the organization, and whoever disables them is told. Enabling
-- them reads the table; where it contradicts itself by then, that fails with the row's key, and nothing is out of step unsaid.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE ROLE town LOGIN;
GRANT CREATE ON SCHEMA public TO town;
SELECT sharing.create_role('Boss'), sharing.create_role('Rep', 'Boss') \g /dev/null
\c - town
CREATE TABLE users (id integer PRIMARY KEY, name text, role text) PARTITION BY RANGE (id);
CREATE TABLE users_1 PARTITION OF users FOR VALUES FROM (0) TO (10);
CREATE TABLE users_2 PARTITION OF users FOR VALUES FROM (10) TO (20);
INSERT INTO users VALUES (1, 'ann', 'Boss'), (11, 'bob', 'Rep');
\c - postgres
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name', role => 'role');
\c - town
ALTER TABLE users DISABLE TRIGGER USER;
INSERT INTO users VALUES (2, 'cid', 'Clerk');
UPDATE users SET role = NULL WHERE id = 1;
ALTER TABLE users ADD COLUMN more text;
ALTER TABLE users ENABLE TRIGGER USER;
SELECT tgrelid::regclass, string_agg(DISTINCT tgenabled::text, '') FROM pg_trigger WHERE tgname ~ 'sharing' GROUP BY 1 ORDER BY 1;
\c - postgres
SELECT * FROM test.people();
SELECT * FROM sharing.resync();
\c - town
UPDATE users SET role = 'Rep' WHERE id = 2;
ALTER TABLE users ENABLE TRIGGER USER;
\c - postgres
SELECT * FROM test.people();
SELECT count(*) FROM sharing.resync();
-- A part alone, a trigger alone; and one that is to fire in replica mode only.
\c - town
ALTER TABLE users_2 DISABLE TRIGGER ALL;
ALTER TABLE users_2 DISABLE TRIGGER USER;
DELETE FROM users_2;
ALTER TABLE users_2 ENABLE TRIGGER USER;
ALTER TABLE users DISABLE TRIGGER sharing_source_update;
UPDATE users SET name = 'Ann' WHERE id = 1;
ALTER TABLE users ENABLE TRIGGER sharing_source_update;
ALTER TABLE users ENABLE REPLICA TRIGGER sharing_source_delete;
DELETE FROM users WHERE id = 2;
\c - postgres
SELECT * FROM test.people();
-- In one transaction: disabled, written to in any order, enabled, whole.
\c - town
BEGIN;
ALTER TABLE users DISABLE TRIGGER USER;
TRUNCATE users;
INSERT INTO users VALUES (3, 'dan', 'Rep');
ALTER TABLE users ENABLE TRIGGER USER;
COMMIT;
\c - postgres
SELECT key, active FROM test.people();
-- While our event triggers are off, triggers of a source may be lost: whatever puts them back reads that table, too.
DO $$DECLARE one name; BEGIN FOR one IN SELECT evtname FROM pg_event_trigger WHERE evtname ~ '^sharing' LOOP EXECUTE format('ALTER EVENT TRIGGER %I DISABLE', one); END LOOP; END$$;
DROP TRIGGER sharing_source_insert ON users;
DROP TRIGGER sharing_source_insert ON users_1;
DROP TRIGGER sharing_source_insert ON users_2;
INSERT INTO users VALUES (4, 'eve', 'Rep');
DO $$DECLARE one name; BEGIN FOR one IN SELECT evtname FROM pg_event_trigger WHERE evtname ~ '^sharing' LOOP EXECUTE format('ALTER EVENT TRIGGER %I ENABLE ALWAYS', one); END LOOP; END$$;
SELECT key FROM test.people() WHERE active;
CREATE TABLE something_else ();
SELECT key FROM test.people() WHERE active;
