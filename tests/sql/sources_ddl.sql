-- Changes of the tables themselves: names and columns that change places, types made anew from above or below, and what goes by
-- CASCADE. Whatever the way, the organization is what the tables say, or says so.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE FUNCTION test.as_told(told text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE different text;
BEGIN
    EXECUTE format('SELECT string_agg(d::text, '' '' ORDER BY d::text) FROM (((%1$s) EXCEPT ALL SELECT key, name FROM sharing.users WHERE source_id IS NOT NULL)
        UNION ALL (SELECT key, name FROM sharing.users WHERE source_id IS NOT NULL EXCEPT ALL (%1$s))) d', told) INTO different;
    RETURN coalesce('DIFFERENT: ' || different, 'as told');
END
$$;
CREATE TABLE users (id integer PRIMARY KEY, name text, nick text);
INSERT INTO users VALUES (1, 'ann', 'a'), (2, 'bob', 'b');
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name');
-- Columns that change their names: the column is followed, whatever takes its name.
BEGIN;
ALTER TABLE users RENAME name TO passing;
ALTER TABLE users RENAME nick TO name;
ALTER TABLE users RENAME passing TO nick;
COMMIT;
UPDATE users SET nick = upper(nick);
SELECT test.as_told('SELECT id::text, nick FROM users'), name_column FROM sharing.sources;
-- Tables that change their names, as where one is filled anew and put in place: the one that was declared is followed.
CREATE TABLE users_new (LIKE users INCLUDING ALL);
INSERT INTO users_new VALUES (3, 'c', 'cid');
BEGIN;
ALTER TABLE users RENAME TO users_old;
ALTER TABLE users_new RENAME TO users;
COMMIT;
INSERT INTO users VALUES (4, 'd', 'dan');
SELECT test.as_told('SELECT id::text, nick FROM users_old'), relation FROM sharing.sources;
SELECT tgrelid::regclass, count(*) FROM pg_trigger WHERE tgname ~ '^sharing' GROUP BY 1;
CREATE SCHEMA elsewhere;
ALTER TABLE users_old SET SCHEMA elsewhere;
UPDATE elsewhere.users_old SET nick = 'Ann' WHERE id = 1;
SELECT test.as_told('SELECT id::text, nick FROM elsewhere.users_old'), relation FROM sharing.sources;
SELECT sharing.unsync('elsewhere.users_old');
SELECT count(*) FROM sharing.sync_users('users', 'id', 'nick');
SELECT test.as_told('SELECT id::text, nick FROM users');
-- Values made anew: in the table, in one above it, in a type that it has its columns from.
ALTER TABLE users ALTER COLUMN nick TYPE varchar(20) USING upper(nick), ALTER COLUMN id TYPE bigint USING id * 10;
SELECT test.as_told('SELECT id::text, nick::text FROM users');
CREATE TABLE beings (id text, name text);
CREATE TABLE people () INHERITS (beings);
INSERT INTO people VALUES ('p1', 'pia');
SELECT count(*) FROM sharing.sync_users('people', 'id', 'name');
ALTER TABLE beings ALTER COLUMN name TYPE varchar USING 'new ' || name;
SELECT test.as_told('SELECT id::text, nick::text FROM users UNION ALL SELECT id, name FROM people');
ALTER TABLE beings RENAME name TO called;
INSERT INTO people VALUES ('p2', 'pat');
SELECT test.as_told('SELECT id::text, nick::text FROM users UNION ALL SELECT id, called FROM people');
CREATE TYPE being AS (id text, name integer, runs boolean);
CREATE TABLE robots OF being;
INSERT INTO robots VALUES ('r1', 7, true);
SELECT count(*) FROM sharing.sync_users('robots', 'id', 'name', active => 'runs');
SELECT active FROM sharing.users WHERE key = 'r1';
ALTER TYPE being ALTER ATTRIBUTE name TYPE text CASCADE, ALTER ATTRIBUTE runs TYPE text CASCADE;
-- Whoever has something in such a column is inactive, unless it is a boolean.
SELECT active FROM sharing.users WHERE key = 'r1';
ALTER TYPE being RENAME ATTRIBUTE name TO title CASCADE;
UPDATE robots SET title = 'seven';
ALTER TYPE being DROP ATTRIBUTE title CASCADE;
SELECT test.as_told('SELECT id::text, nick::text FROM users UNION ALL SELECT id, called FROM people UNION ALL SELECT id, title FROM robots');
ALTER TABLE people NO INHERIT beings;
ALTER TABLE beings DROP COLUMN called;
-- A column that goes with its type is needed as well.
CREATE DOMAIN word AS text;
CREATE TABLE guests (id word, name word, junk word);
INSERT INTO guests VALUES ('g1', 'gil');
SELECT count(*) FROM sharing.sync_users('guests', 'id', 'name');
DROP DOMAIN word CASCADE;
ALTER TABLE guests DROP COLUMN junk;
SELECT count(*) FROM guests;
-- Parts that come and go with what they hold, by their own names and by CASCADE.
CREATE TABLE staff (id text, name text, place text) PARTITION BY LIST (place);
CREATE TABLE staff_1 PARTITION OF staff FOR VALUES IN ('one') PARTITION BY LIST (id);
CREATE TABLE staff_1_1 PARTITION OF staff_1 DEFAULT;
CREATE SCHEMA parts CREATE TABLE staff_2 PARTITION OF public.staff FOR VALUES IN ('two');
INSERT INTO staff VALUES ('s1', 'sam', 'one'), ('s2', 'sue', 'two');
SELECT count(*) FROM sharing.sync_users('staff', 'id', 'name');
CREATE FUNCTION test.all_told() RETURNS text LANGUAGE sql AS $$
    SELECT test.as_told('SELECT id::text, nick::text FROM users UNION ALL SELECT id, called FROM people UNION ALL SELECT id, title FROM robots
        UNION ALL SELECT id::text, name::text FROM guests UNION ALL SELECT id, name FROM staff')
$$;
INSERT INTO staff_1_1 VALUES ('s3', 'sid', 'one');
ALTER TABLE staff_1 DETACH PARTITION staff_1_1;
SELECT test.all_told();
UPDATE staff_1_1 SET name = 'SID';
ALTER TABLE staff_1 ATTACH PARTITION staff_1_1 FOR VALUES IN ('s1', 's3');
SELECT test.all_told();
ALTER TABLE staff DETACH PARTITION staff_1;
INSERT INTO staff_1_1 VALUES ('s1', 'twice', 'one');
SELECT test.all_told();
DELETE FROM staff_1 WHERE name = 'twice';
ALTER TABLE staff ATTACH PARTITION staff_1 FOR VALUES IN ('one');
SELECT test.all_told();
DROP SCHEMA parts CASCADE;
SELECT test.all_told();
ALTER TABLE staff DETACH PARTITION staff_1 CONCURRENTLY;
SELECT test.all_told();
CREATE FOREIGN DATA WRAPPER none;
CREATE SERVER none FOREIGN DATA WRAPPER none;
CREATE FOREIGN TABLE staff_far PARTITION OF staff FOR VALUES IN ('far') SERVER none;
CREATE UNLOGGED TABLE staff_passing PARTITION OF staff FOR VALUES IN ('passing');
SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'staff'::regclass;
-- TRUNCATE reaches what refers to a table.
CREATE TABLE teams (id integer PRIMARY KEY, name text);
CREATE TABLE team_members (team integer REFERENCES teams, who text);
INSERT INTO teams VALUES (1, 'One');
INSERT INTO team_members VALUES (1, 's2'), (1, 'p1');
SELECT count(*) FROM sharing.sync_groups('teams', 'id', 'name');
SELECT count(*) FROM sharing.sync_members('team_members', 'team', "user" => 'who');
SELECT * FROM test.members();
TRUNCATE teams CASCADE;
SELECT * FROM test.members();
SELECT count(*) FROM sharing.groups;
-- Views: columns that are renamed, a view that goes.
CREATE VIEW seen AS SELECT 'v1' AS id, 'vic' AS name;
SELECT count(*) FROM sharing.sync_users('seen', 'id', 'name');
ALTER VIEW seen RENAME COLUMN name TO called;
SELECT count(*) FROM sharing.resync('seen');
DROP VIEW seen;
SELECT key, active FROM sharing.users WHERE key = 'v1';
DROP TABLE users, people, robots, guests, staff, teams CASCADE;
DROP TABLE team_members, elsewhere.users_old, staff_1;
SELECT count(*) FROM sharing.sources;
SELECT count(*) FROM pg_trigger WHERE tgname ~ '^sharing_source';
