-- A plan that was made for who sees everything is used by nobody else, however the session turns to
-- another caller or the configuration changes.
CREATE ROLE unfiltered_app LOGIN;
CREATE TABLE leads (id integer PRIMARY KEY, owner_id integer);
INSERT INTO leads SELECT id, 1 + id % 10 FROM generate_series(1, 100) id;
CREATE INDEX ON leads (owner_id);
GRANT SELECT, UPDATE ON leads TO unfiltered_app;
SELECT sharing.create_user('1', 'administrator'), sharing.grant_right('1', 'administrator');
SELECT sharing.create_user('2', 'rep');
SELECT sharing.trust('unfiltered_app');
SELECT count(*) > 0 AS protected FROM sharing.protect('leads', 'owner_id');
VACUUM ANALYZE leads;

SET SESSION AUTHORIZATION unfiltered_app;
PREPARE visible AS SELECT count(*) FROM leads;
-- Nothing of the predicate is left for the administrator; for others it is.
SET sharing.user_key = '1';
EXPLAIN (COSTS off) EXECUTE visible;
EXECUTE visible;
SET sharing.user_key = '2';
EXECUTE visible;
RESET sharing.user_key;
EXECUTE visible;

-- SET LOCAL, savepoints, and their ends.
BEGIN;
SET LOCAL sharing.user_key = '1';
EXECUTE visible;
SAVEPOINT s;
SET LOCAL sharing.user_key = '2';
EXECUTE visible;
ROLLBACK TO s;
EXECUTE visible;
COMMIT;
EXECUTE visible;

-- A cursor keeps the identity with which it began.
BEGIN;
SET LOCAL sharing.user_key = '1';
DECLARE begun CURSOR FOR SELECT count(*) FROM leads;
SET LOCAL sharing.user_key = '2';
FETCH begun;
EXECUTE visible;
COMMIT;

-- Functions keep plans of their own.
SET sharing.user_key = '1';
CREATE FUNCTION pg_temp.visible() RETURNS bigint LANGUAGE plpgsql AS
    $$BEGIN RETURN (SELECT count(*) FROM leads); END$$;
CREATE FUNCTION pg_temp.visible_as(key text) RETURNS bigint LANGUAGE plpgsql AS
    $$BEGIN PERFORM set_config('sharing.user_key', key, true); RETURN pg_temp.visible(); END$$;
SELECT pg_temp.visible_as('1'), pg_temp.visible_as('2'), pg_temp.visible_as('1'), pg_temp.visible_as('x');

-- Whoever loses the right loses it in plans too.
SET sharing.user_key = '1';
EXECUTE visible;
RESET SESSION AUTHORIZATION;
SELECT sharing.revoke_right('1', 'administrator');
SET SESSION AUTHORIZATION unfiltered_app;
EXECUTE visible;
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT sharing.grant_right('1', 'administrator');
SET LOCAL SESSION AUTHORIZATION unfiltered_app;
EXECUTE visible;
ROLLBACK;
SET SESSION AUTHORIZATION unfiltered_app;
EXECUTE visible;

-- A public module is seen by everybody who is somebody.
RESET SESSION AUTHORIZATION;
SELECT sharing.set_global_access('leads', 'public_read_only'), sharing.apply_rules();
SET SESSION AUTHORIZATION unfiltered_app;
SET sharing.user_key = '2';
EXECUTE visible;
SET sharing.user_key = 'x';
EXECUTE visible;

-- Writing is never left unfiltered by it.
SET sharing.user_key = '2';
WITH changed AS (UPDATE leads SET id = id RETURNING 1) SELECT count(*) FROM changed;
SELECT count(*) FROM (SELECT 1 FROM leads FOR UPDATE) locked;

-- Conditions that may leak are index conditions again for who sees everything, and for nobody else; he reads
-- from the index alone.
RESET SESSION AUTHORIZATION;
SELECT sharing.set_global_access('leads', 'private'), sharing.apply_rules(), sharing.grant_right('1', 'administrator') \g /dev/null
CREATE EXTENSION pg_trgm;
CREATE TABLE notes (id integer PRIMARY KEY, owner_id integer, body text, tags text[]);
INSERT INTO notes SELECT n, 1 + n % 500, 'note ' || md5(n::text), ARRAY['tag ' || n] FROM generate_series(1, 5000) n;
CREATE INDEX notes_body ON notes USING gin (body gin_trgm_ops);
CREATE INDEX notes_tags ON notes USING gin (tags);
CREATE INDEX notes_owner_id ON notes (owner_id);
VACUUM ANALYZE notes;
GRANT SELECT ON notes TO unfiltered_app;
SELECT count(*) > 0 AS protected FROM sharing.protect('notes', 'owner_id');
SET SESSION AUTHORIZATION unfiltered_app;
PREPARE by_body AS SELECT id FROM notes WHERE body ILIKE '%eccbc8%';
PREPARE by_tag AS SELECT id FROM notes WHERE tags @> ARRAY['tag 7'];
PREPARE number AS SELECT count(*) FROM notes WHERE owner_id < 100;
SET sharing.user_key = '1';
EXPLAIN (COSTS off) EXECUTE by_body;
EXPLAIN (COSTS off) EXECUTE by_tag;
EXPLAIN (COSTS off) EXECUTE number;
EXECUTE by_body;
EXECUTE by_tag;
EXECUTE number;
SET sharing.user_key = '2';
EXPLAIN (COSTS off) EXECUTE by_body;
EXPLAIN (COSTS off) EXECUTE by_tag;
EXECUTE by_body;
EXECUTE by_tag;
EXECUTE number;
SET sharing.user_key = '1';
EXECUTE by_body;
EXECUTE by_tag;
EXECUTE number;
