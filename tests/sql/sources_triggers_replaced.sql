-- Bug: the owner of a source, who is no administrator, replaced a trigger by which it is followed with one of the same name that does
-- nothing, and nobody was told. What has the name of one of ours is ours.
CREATE ROLE town LOGIN;
GRANT CREATE ON SCHEMA public TO town;
\c - town
CREATE TABLE users (id integer PRIMARY KEY, name text) PARTITION BY RANGE (id);
CREATE TABLE users_1 PARTITION OF users FOR VALUES FROM (0) TO (10);
CREATE FUNCTION idle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
INSERT INTO users VALUES (1, 'ann'), (2, 'bob'), (3, 'cid');
\c - postgres
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name');
\c - town
CREATE OR REPLACE TRIGGER sharing_source_update AFTER UPDATE ON users REFERENCING OLD TABLE AS a NEW TABLE AS b FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION sharing_internal.follow_source();
UPDATE users SET name = 'Ann' WHERE id = 1;
CREATE OR REPLACE TRIGGER sharing_source_update AFTER UPDATE OF id ON users FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.follow_source();
UPDATE users SET name = 'Bob' WHERE id = 2;
CREATE OR REPLACE TRIGGER sharing_source_delete AFTER DELETE ON users_1 FOR EACH STATEMENT EXECUTE FUNCTION idle();
DELETE FROM users_1 WHERE id = 3;
DROP TRIGGER sharing_source_insert ON users;
CREATE TRIGGER sharing_source_insert BEFORE INSERT ON users FOR EACH STATEMENT EXECUTE FUNCTION idle();
INSERT INTO users VALUES (4, 'dan');
-- Others of theirs are left alone.
CREATE TRIGGER mine AFTER UPDATE ON users FOR EACH STATEMENT EXECUTE FUNCTION idle();
CREATE TRIGGER also AFTER UPDATE ON users FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.follow_source();
\c - postgres
SELECT key, name, active FROM sharing.users ORDER BY key;
SELECT tgrelid::regclass, tgname, tgfoid::regproc, tgenabled FROM pg_trigger WHERE tgrelid IN ('users'::regclass, 'users_1'::regclass) ORDER BY 1, 2;
-- While event triggers are off nobody puts them back: the doctor tells, of parts, too.
DO $$DECLARE one name; BEGIN FOR one IN SELECT evtname FROM pg_event_trigger WHERE evtname ~ '^sharing' LOOP EXECUTE format('ALTER EVENT TRIGGER %I DISABLE', one); END LOOP; END$$;
CREATE OR REPLACE TRIGGER sharing_source_update AFTER UPDATE ON users_1 REFERENCING OLD TABLE AS a NEW TABLE AS b FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION sharing_internal.follow_source();
UPDATE users_1 SET name = 'ANN' WHERE id = 1;
DO $$DECLARE one name; BEGIN FOR one IN SELECT evtname FROM pg_event_trigger WHERE evtname ~ '^sharing' LOOP EXECUTE format('ALTER EVENT TRIGGER %I ENABLE ALWAYS', one); END LOOP; END$$;
SELECT object, message, fix FROM sharing.doctor() WHERE check_name ~ 'source';
SELECT fix FROM sharing.doctor() WHERE check_name = 'source_trigger' \gset
:fix;
SELECT count(*) FROM sharing.doctor() WHERE check_name ~ 'source';
SELECT name FROM sharing.users WHERE key = '1';
