-- The decision, Profiles: a plan that was made for one caller is right for the next, whatever the profiles of each cut or give, under private and
-- public modules: for reading, changing, locking, deleting, inserting; for administrators, and back; also in functions, and when profiles change.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
-- cut only sees, off has no permission, all1 sees and all2 changes everything, alloff would if he had a permission; peer has no profile.
SELECT sharing.create_role(name) FROM unnest('{Cut,Off,All1,All2,AllOff,Peer}'::text[]) name \g /dev/null
SELECT sharing.create_user(lower(name), lower(name), name) FROM unnest('{Cut,Off,All1,All2,AllOff,Peer}'::text[]) name \g /dev/null
CREATE TABLE many (id integer PRIMARY KEY, owner text, title text) WITH (autovacuum_enabled = off);
INSERT INTO many SELECT n, (ARRAY['cut', 'off', 'all1', 'all2', 'alloff', 'peer', NULL])[1 + n % 7] || CASE WHEN n > 70 THEN n::text ELSE '' END FROM generate_series(1, 7000) n;
CREATE INDEX ON many (owner);
ANALYZE many;
GRANT ALL ON many TO app;
SELECT sharing.protect('many', 'owner') \g /dev/null
SELECT sharing.create_profile('Cut'), sharing.set_permission('Cut', 'many', true, false, false, false),
       sharing.create_profile('Off'), sharing.set_permission('Off', 'leads', true, true, true, true),
       sharing.create_profile('All1', view_all => true), sharing.set_permission('All1', NULL, true, true, true, true),
       sharing.create_profile('All2', edit_all => true), sharing.set_permission('All2', NULL, true, true, true, true),
       sharing.create_profile('AllOff', view_all => true, edit_all => true), sharing.set_permission('AllOff', 'leads', true, true, true, true) \g /dev/null
SELECT sharing.assign_profile(name, name) FROM unnest('{Cut,Off,All1,All2,AllOff}'::text[]) name \g /dev/null
CREATE FUNCTION test.in_plpgsql() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM public.many); END';
CREATE FUNCTION test.prepare(mode text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('plan_cache_mode', mode, false);
    DEALLOCATE ALL;
    PREPARE counting AS SELECT count(*) FROM many;
    PREPARE newest AS SELECT id FROM many ORDER BY id DESC LIMIT 1;
    PREPARE by_owner(text) AS SELECT count(*) FROM many WHERE owner = $1;
    PREPARE changing AS WITH changed AS (UPDATE many SET title = 'x' RETURNING id) SELECT count(*) FROM changed;
    PREPARE locking AS WITH locked AS (SELECT FROM many FOR UPDATE) SELECT count(*) FROM locked;
    PREPARE deleting AS WITH gone AS (DELETE FROM many RETURNING id) SELECT count(*) FROM gone;
    PREPARE inserting(text) AS INSERT INTO many VALUES (10000, $1);
END
$$;
-- What each sees, changes, locks, deletes and inserts. What is changed is undone.
CREATE FUNCTION test.run_all(person text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    n bigint;
    result text := '';
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    FOREACH statement IN ARRAY '{counting,newest,by_owner(''peer''),changing,locking,deleting}'::text[] LOOP
        BEGIN
            EXECUTE 'EXECUTE ' || statement INTO n;
            RAISE EXCEPTION USING ERRCODE = 'UNDO0';
        EXCEPTION
            WHEN SQLSTATE 'UNDO0' THEN result := result || ' ' || coalesce(n::text, '-');
            WHEN OTHERS THEN result := result || ' ' || SQLSTATE;
        END;
    END LOOP;
    RETURN result || ' ' || test.in_plpgsql() || ', ' || left(test.outcome(format('EXECUTE inserting(%L)', person)), 5) || ' ' || left(test.outcome('EXECUTE inserting(''peer'')'), 5);
END
$$;
-- One after another through the plans of the one before; and each with plans of his own, which must say the same.
CREATE TABLE test.turns AS SELECT * FROM unnest('{peer,cut,peer,all1,peer,off,all2,cut,all1,off,adm,cut,all1,alloff,peer,adm,all2,adm,off,"",all1,peer}'::text[]) WITH ORDINALITY t (person, n);
GRANT ALL ON test.turns TO app;
CREATE FUNCTION test.compare() RETURNS TABLE (person text, "counts, newest, of peer, changes, locks, deletes; inserts" text, differs bigint) LANGUAGE plpgsql AS $$
DECLARE
    turn record;
    found text;
BEGIN
    CREATE TEMP TABLE found (n bigint, person text, run text, alone text) ON COMMIT DROP;
    PERFORM test.prepare('force_generic_plan');
    FOR turn IN SELECT * FROM test.turns ORDER BY n LOOP
        INSERT INTO found VALUES (turn.n, turn.person, test.run_all(turn.person));
    END LOOP;
    FOR turn IN SELECT DISTINCT t.person FROM test.turns t LOOP
        PERFORM test.prepare('force_custom_plan');
        DISCARD PLANS;
        found := test.run_all(turn.person);
        UPDATE found f SET alone = found WHERE f.person = turn.person;
    END LOOP;
    RETURN QUERY SELECT f.person, min(f.alone), count(*) FILTER (WHERE f.run <> f.alone) FROM found f GROUP BY f.person ORDER BY min(f.n);
END
$$;
CREATE PROCEDURE test.open(access text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sharing.set_global_access('many', access), sharing.apply_rules();
END
$$;
\c - app
SELECT * FROM test.compare();
\c - postgres
CALL test.open('public_read_only');
\c - app
SELECT * FROM test.compare();
\c - postgres
CALL test.open('public_read_edit');
\c - app
SELECT * FROM test.compare();
\c - postgres
CALL test.open('public_read_edit_delete');
\c - app
SELECT * FROM test.compare();

-- The same, where each statement is a transaction of its own, by SET and by SET LOCAL.
\c - postgres
CALL test.open('private');
\c - app
SELECT test.prepare('force_generic_plan');
SET sharing.user_key = 'peer';
EXECUTE counting;
SET sharing.user_key = 'all1';
EXECUTE counting;
SET sharing.user_key = 'cut';
EXECUTE counting;
BEGIN;
SET LOCAL sharing.user_key = 'all2';
EXECUTE counting;
SAVEPOINT s;
SET LOCAL sharing.user_key = 'off';
EXECUTE counting;
ROLLBACK TO s;
EXECUTE counting;
COMMIT;
EXECUTE counting;
RESET sharing.user_key;
EXECUTE counting;

-- Who sees everything by his profile has nothing left of the predicate, and who is listed an index condition; nobody else gets it.
SET max_parallel_workers_per_gather = 0;
SET sharing.user_key = 'all1';
EXPLAIN (COSTS off) EXECUTE newest;
SET enable_seqscan = off;
SET sharing.user_key = 'peer';
EXPLAIN (COSTS off) EXECUTE counting;
EXECUTE counting;
SET sharing.user_key = 'off';
EXECUTE counting;
SET sharing.user_key = 'alloff';
EXECUTE counting;
RESET enable_seqscan;

-- A profile that changes takes effect in plans at once: given and taken by a row, an assignment, its grants, a role.
SET sharing.user_key = 'adm';
SELECT sharing.set_permission('AllOff', 'many', true, true, false, true);
SET sharing.user_key = 'alloff';
EXECUTE counting;
EXECUTE changing;
SET sharing.user_key = 'adm';
SELECT sharing.set_permission('AllOff', 'many', false, true, true, true);
SET sharing.user_key = 'alloff';
EXECUTE counting;
SET sharing.user_key = 'adm';
SELECT sharing.unassign_profile('AllOff', 'AllOff'), sharing.assign_profile('AllOff', 'All1');
SET sharing.user_key = 'alloff';
EXECUTE counting;
SET sharing.user_key = 'adm';
SELECT sharing.set_user_role('alloff', 'Cut');
SET sharing.user_key = 'alloff';
EXECUTE counting;
EXECUTE changing;
-- In one transaction, and taken back.
BEGIN;
SET LOCAL sharing.user_key = 'adm';
SELECT sharing.assign_profile('Cut', 'All2');
SET LOCAL sharing.user_key = 'alloff';
EXECUTE counting;
SAVEPOINT s;
SET LOCAL sharing.user_key = 'adm';
SELECT sharing.set_permission('All2', NULL, false, false, false, false), sharing.set_permission('Cut', 'many', false, true, true, true);
SET LOCAL sharing.user_key = 'alloff';
EXECUTE counting;
ROLLBACK TO s;
SET LOCAL sharing.user_key = 'alloff';
EXECUTE counting;
ROLLBACK;
EXECUTE counting;

-- By database role: SET ROLE.
\c - postgres
SELECT sharing.set_user_db_role('all1', 'stranger'), sharing.set_user_role('rep2', 'Cut') \g /dev/null
GRANT stranger TO rep2_db;
GRANT SELECT ON many TO rep2_db, stranger;
\c - rep2_db
SET plan_cache_mode = force_generic_plan;
PREPARE counting AS SELECT count(*) FROM many;
EXECUTE counting;
SET ROLE stranger;
EXECUTE counting;
RESET ROLE;
EXECUTE counting;

-- Another session takes a profile away, or gives one, while a transaction with a plan of its own is open: 40001 at worst, never wrong rows.
\c - postgres
CREATE EXTENSION dblink;
SELECT dblink_connect('other', 'host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' user=postgres dbname=' || current_database()) \g /dev/null
SET SESSION AUTHORIZATION app;
SET plan_cache_mode = force_generic_plan;
PREPARE counting AS SELECT count(*) FROM many;
PREPARE changing AS WITH changed AS (UPDATE many SET title = 'x' RETURNING id) SELECT count(*) FROM changed;
SET sharing.user_key = 'all2';
BEGIN;
EXECUTE counting;
EXECUTE changing;
RESET SESSION AUTHORIZATION;
SELECT result FROM dblink('other', 'SELECT sharing.set_permission(''All2'', ''many'', false, true, true, true)::text') AS t (result text);
SET SESSION AUTHORIZATION app;
\set VERBOSITY sqlstate
EXECUTE counting;
ROLLBACK;
EXECUTE counting;
EXECUTE changing;
SET enable_seqscan = off;
SET sharing.user_key = 'peer';
EXECUTE counting;
BEGIN;
EXECUTE counting;
RESET SESSION AUTHORIZATION;
SELECT result FROM dblink('other', 'SELECT sharing.assign_profile(''Peer'', ''All1'')::text') AS t (result text);
SET SESSION AUTHORIZATION app;
EXECUTE counting;
ROLLBACK;
EXECUTE counting;
RESET SESSION AUTHORIZATION;
SELECT dblink_disconnect('other') \g /dev/null
