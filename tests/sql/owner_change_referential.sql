-- A referential action changes owners without full access (semantics: Commands on a protected table), but nothing that merely runs inside of one does.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
-- H7 may change what rep1 owns, but not hand it over.
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_write'), sharing.apply_rules() \g /dev/null
\set SHOW_CONTEXT never
CREATE TABLE people (key text PRIMARY KEY, title text);
INSERT INTO people SELECT key FROM sharing.users;
CREATE TABLE tasks (id integer PRIMARY KEY, owner text DEFAULT 'sup2' REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL, title text);
CREATE TABLE parted (owner text REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL, id integer) PARTITION BY LIST (id);
CREATE TABLE parted_1 (id integer, gone text, owner text);
ALTER TABLE parted_1 DROP COLUMN gone;
ALTER TABLE parted ATTACH PARTITION parted_1 FOR VALUES IN (1);
INSERT INTO tasks VALUES (1, 'rep1'), (2, 'ceo');
INSERT INTO parted VALUES ('rep1', 1);
ALTER TABLE tasks OWNER TO crm;
GRANT ALL ON people, tasks, parted TO app, crm;
SELECT sharing.protect('tasks', 'owner'), sharing.protect('parted', 'owner') \g /dev/null
SELECT sharing.add_rule(t, 'role:H5', 'role:H7', 'read_write') FROM unnest('{tasks,parted}'::text[]) t \g /dev/null
SELECT sharing.apply_rules() \g /dev/null
GRANT CREATE ON SCHEMA public TO app;
\c - app
SET sharing.user_key = 'sup1';
-- The action itself, for a role without full access.
BEGIN;
UPDATE people SET key = 'rep9' WHERE key = 'rep1';
RESET SESSION AUTHORIZATION;
SET LOCAL sharing.user_key = 'adm';
SELECT * FROM tasks ORDER BY id;
SELECT * FROM parted;
ROLLBACK;
BEGIN;
DELETE FROM people WHERE key = 'rep1';
SET LOCAL sharing.user_key = 'adm';
SELECT * FROM tasks ORDER BY id;
SELECT * FROM parted;
ROLLBACK;
-- A trigger inside of an action on tables of one's own.
CREATE TEMPORARY TABLE p (id integer PRIMARY KEY);
CREATE TEMPORARY TABLE c (id integer REFERENCES p ON UPDATE CASCADE ON DELETE CASCADE, statement text);
CREATE FUNCTION pg_temp.evil() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN EXECUTE old.statement; RETURN coalesce(new, old); END$$;
CREATE TRIGGER evil BEFORE UPDATE OR DELETE ON c FOR EACH ROW EXECUTE FUNCTION pg_temp.evil();
CREATE FUNCTION pg_temp.inside(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO p VALUES (1);
    INSERT INTO c VALUES (1, statement);
    UPDATE p SET id = 2;
    RAISE EXCEPTION 'passed';
EXCEPTION WHEN OTHERS THEN RETURN SQLERRM;
END$$;
SELECT statement, pg_temp.inside(statement) FROM unnest(ARRAY[
    'UPDATE leads SET owner = ''sup1'' WHERE id = 1',
    'UPDATE leads SET title = ''mine'' WHERE id = 1',
    'UPDATE tasks SET owner = ''sup1'' WHERE id = 1',
    'UPDATE tasks SET owner = NULL WHERE id = 1',
    'UPDATE parted SET owner = ''sup1''',
    'INSERT INTO leads VALUES (1, ''sup1'') ON CONFLICT (id) DO UPDATE SET owner = ''sup1''',
    'MERGE INTO tasks USING people ON key = ''sup1'' AND id = 1 WHEN MATCHED THEN UPDATE SET owner = key',
    -- The person to whom a record refers is touched, but keeps the key; or gets it back.
    'WITH w AS (UPDATE people SET title = ''x'' WHERE key IN (''rep1'', ''sup1'')) UPDATE tasks SET owner = ''sup1'' WHERE id = 1',
    'DO $d$BEGIN UPDATE people SET title = ''x''; UPDATE tasks SET owner = ''sup1'' WHERE id = 1; END$d$',
    'DO $d$BEGIN UPDATE people SET key = ''z'' WHERE key = ''rep1''; UPDATE people SET key = ''rep1'' WHERE key = ''z'';
        INSERT INTO people VALUES (''z''); UPDATE tasks SET owner = ''z'' WHERE id = 1; END$d$',
    'DO $d$BEGIN BEGIN DELETE FROM people WHERE key = ''rep1''; RAISE ''back''; EXCEPTION WHEN OTHERS THEN NULL; END;
        UPDATE tasks SET owner = NULL WHERE id = 1; END$d$']) WITH ORDINALITY s (statement, n) ORDER BY n;
-- An index expression, evaluated while the query of the action is planned.
CREATE FUNCTION pg_temp.does() RETURNS void LANGUAGE plpgsql AS $$BEGIN UPDATE leads SET owner = 'sup1' WHERE id = 1; END$$;
CREATE FUNCTION pg_temp.lie(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('attack.active', true) = 'yes' THEN
        PERFORM set_config('attack.active', '', true);
        PERFORM pg_temp.does();
    END IF;
    RETURN $1;
END$$;
CREATE TEMPORARY TABLE d (id integer REFERENCES p ON UPDATE CASCADE) PARTITION BY LIST (id);
CREATE TEMPORARY TABLE d_1 PARTITION OF d DEFAULT;
CREATE INDEX ON d_1 (pg_temp.lie(id));
BEGIN;
INSERT INTO p VALUES (7);
INSERT INTO d VALUES (7);
SET LOCAL attack.active = 'yes';
UPDATE p SET id = 8 WHERE id = 7;
ROLLBACK;
-- The table's owner, too, is asked inside of an action on other tables of his.
\c - crm
SET sharing.user_key = 'sup1';
CREATE TEMPORARY TABLE p (id integer PRIMARY KEY);
CREATE TEMPORARY TABLE c (id integer REFERENCES p ON UPDATE CASCADE);
CREATE FUNCTION pg_temp.evil() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN UPDATE tasks SET owner = 'sup1' WHERE id = 2; RETURN new; END$$;
CREATE TRIGGER evil BEFORE UPDATE ON c FOR EACH ROW EXECUTE FUNCTION pg_temp.evil();
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1);
UPDATE p SET id = 2;
-- What a later trigger makes of the row that an action changes is no action.
CREATE FUNCTION pg_temp.later() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN new.owner := 'sup1'; RETURN new; END$$;
CREATE TRIGGER zzzz BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION pg_temp.later();
UPDATE people SET key = 'rep9' WHERE key = 'ceo';
