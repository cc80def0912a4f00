-- Who and why; Who is asking: acting as somebody else: who may, from when on and until when, what it does to the session's own identity, to plans, cursors and functions, to
-- administration, and what is recorded.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\pset null '<null>'
CREATE ROLE desk LOGIN;
CREATE ROLE bypassing LOGIN BYPASSRLS;
GRANT bypassing TO desk;
GRANT CREATE ON SCHEMA test TO desk;
SELECT sharing.grant_admin('desk'), sharing.grant_admin('bypassing'), sharing.deactivate_user('rep2') \g /dev/null
SELECT coalesce(max(id), 0) AS seen FROM sharing.audit_log \gset
-- A superuser, and a role with BYPASSRLS, would see everything as anybody.
SELECT sharing.act_as('rep1');
SELECT left(test.outcome('SELECT sharing.act_as(''rep1'')'), 5) AS superuser;
\c - bypassing
SELECT sharing.act_as('rep1');
\c - stranger
SELECT sharing.act_as('rep1');
SELECT left(test.outcome('SELECT sharing.act_as(''rep1'')'), 5) AS nobody;
\c - app
SET sharing.user_key = 'ceo';
SELECT sharing.act_as('rep1');
SELECT sharing.act_as('ceo');
-- A role that administers, and sees nothing itself. It lasts for a transaction, which a statement alone is.
\c - desk
\pset null '<null>'
SELECT sharing.act_as('no such');
SELECT sharing.act_as('rep2');
SELECT sharing.act_as(NULL);
SELECT left(test.outcome('SELECT sharing.act_as(''no such'')'), 5) AS unknown, left(test.outcome('SELECT sharing.act_as(''rep2'')'), 5) AS inactive, left(test.outcome('SELECT sharing.act_as(NULL)'), 5) AS null;
SELECT sharing.act_as('mgr'), test.sees();
SELECT test.sees();
BEGIN;
SELECT sharing.act_as('mgr');
SELECT test.sees(), sharing.current_user_key(), sharing.current_user_name();
SELECT source, trusted, user_key, found, active, user_name, role, note FROM sharing.whoami();
SELECT sharing.access_to('leads', 1), (SELECT reason FROM sharing.explain('leads', 1));
COMMIT;
SELECT test.sees(), sharing.current_user_key();
-- The statement that calls goes on as it began; the next one does not.
BEGIN;
SELECT count(*) AS leads FROM (SELECT sharing.act_as('ceo')) a, leads;
SELECT count(*) AS leads FROM leads;
ROLLBACK;
SELECT count(*) AS leads FROM leads;
-- Savepoints: what began in one that is rolled back ends with it, what was released goes on.
BEGIN;
SAVEPOINT before;
SELECT sharing.act_as('sup1');
SAVEPOINT nested;
SELECT sharing.act_as('rep1');
SELECT test.sees();
ROLLBACK TO nested;
SELECT test.sees();
SELECT sharing.act_as('vp');
RELEASE nested;
SELECT test.sees();
SAVEPOINT another;
ROLLBACK TO another;
SELECT test.sees();
ROLLBACK TO before;
SELECT test.sees();
COMMIT;
CREATE FUNCTION pg_temp.in_a_block(fails boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sharing.act_as('sup1');
    IF fails THEN
        RAISE division_by_zero;
    END IF;
    RETURN 'after ' || test.sees();
EXCEPTION WHEN division_by_zero THEN
    RETURN 'failed ' || test.sees();
END
$$;
BEGIN;
SELECT pg_temp.in_a_block(true);
SELECT test.sees();
SELECT pg_temp.in_a_block(false);
SELECT test.sees();
-- A failed statement ends nothing but itself.
SAVEPOINT s;
SELECT 1/0;
ROLLBACK TO s;
SELECT test.sees();
COMMIT;
-- A function with settings of its own, and RESET ALL, end nothing.
CREATE FUNCTION pg_temp.with_settings() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog SET work_mem = '4MB' AS $$BEGIN PERFORM sharing.act_as('rep1'); END$$;
BEGIN;
SELECT pg_temp.with_settings();
RESET ALL;
SET LOCAL sharing.user_key = 'ceo';
SELECT test.sees();
COMMIT;
-- A procedure that commits ends it.
DO $$
BEGIN
    PERFORM sharing.act_as('rep1');
    RAISE NOTICE 'acting %', test.sees();
    COMMIT;
    RAISE NOTICE 'then %', test.sees();
END
$$;
-- Whoever calls a function that runs with the rights of its owner would go on acting when it returns.
CREATE FUNCTION test.by_its_owner() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN PERFORM sharing.act_as('ceo'); RETURN current_user; END$$;
SELECT test.by_its_owner();
\c - stranger
SELECT test.by_its_owner();
\c - desk
SELECT left(test.outcome('SELECT test.by_its_owner()'), 5) AS within;
-- After SET ROLE to one that is not asked, everything is seen, and whoami says so.
BEGIN;
SELECT sharing.act_as('rep1');
SET LOCAL ROLE bypassing;
SELECT count(*) FROM leads;
SELECT user_key, note FROM sharing.whoami();
SELECT sharing.act_as('sup1');
ROLLBACK;
-- Where it could not be recorded, it is refused.
BEGIN READ ONLY;
SELECT sharing.act_as('rep1');
ROLLBACK;
SELECT left(test.outcome('SET transaction_read_only = on'), 5) AS ok;

-- A user with the right administrator, who sees everything: plans of theirs are not taken for others', nor back.
\c - app
\pset null '<null>'
SET sharing.user_key = 'adm';
SET plan_cache_mode = force_generic_plan;
PREPARE counted AS SELECT count(*) FROM leads;
PREPARE listed AS SELECT string_agg(id::text, ' ' ORDER BY id) FROM leads WHERE owner IS NOT NULL;
CREATE FUNCTION pg_temp.counted() RETURNS bigint LANGUAGE plpgsql AS $$DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM leads; RETURN n; END$$;
EXECUTE counted;
EXECUTE listed;
SELECT pg_temp.counted();
BEGIN;
SELECT sharing.act_as('mgr');
EXECUTE counted;
EXECUTE listed;
SELECT pg_temp.counted();
ROLLBACK;
EXECUTE counted;
SELECT pg_temp.counted();
BEGIN;
SAVEPOINT s;
SELECT sharing.act_as('sup1');
EXECUTE counted;
SELECT pg_temp.counted();
ROLLBACK TO s;
EXECUTE counted;
SELECT pg_temp.counted();
COMMIT;
-- In one function: from statement to statement.
CREATE FUNCTION pg_temp.each(people text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    person text;
    mine CURSOR FOR SELECT id FROM leads ORDER BY id;
    first integer;
BEGIN
    FOREACH person IN ARRAY people LOOP
        BEGIN
            PERFORM sharing.act_as(person);
            OPEN mine;
            FETCH mine INTO first;
            RETURN NEXT person || ': ' || (SELECT count(*) FROM leads) || ', ' || pg_temp.counted() || ', first ' || coalesce(first::text, '-');
            CLOSE mine;
            RAISE SQLSTATE 'UNDO0';
        EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
        END;
    END LOOP;
END
$$;
SELECT * FROM pg_temp.each('{mgr,sup1,adm,ceo,rep1}');
-- Cursors keep the identity with which they were opened, also beyond the transaction.
BEGIN;
DECLARE before CURSOR FOR SELECT id FROM leads ORDER BY id;
DECLARE held_before CURSOR WITH HOLD FOR SELECT count(*) FROM leads;
SELECT sharing.act_as('rep1');
DECLARE acting CURSOR FOR SELECT id FROM leads ORDER BY id;
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM leads ORDER BY id;
FETCH ALL before;
SAVEPOINT s;
FETCH ALL acting;
COMMIT;
FETCH ALL held;
FETCH ALL held_before;
-- What is written, is written as that user: refused what is refused to them, their own where they own.
BEGIN;
SELECT sharing.act_as('rep1');
UPDATE leads SET title = 'changed' RETURNING id, owner;
SAVEPOINT s;
INSERT INTO leads VALUES (20, 'ceo', 'not theirs');
ROLLBACK TO s;
INSERT INTO leads VALUES (20, 'rep1', 'theirs');
SELECT test.sees();
-- They administer no more than the user: the right of one's own rests, also for acting as somebody else again.
SELECT sharing.create_role('H9');
ROLLBACK TO s;
SELECT sharing.act_as('adm');
ROLLBACK TO s;
SELECT sharing.access_to('leads', 1, 'mgr');
ROLLBACK TO s;
SELECT count(*) FROM sharing.audit_log;
ROLLBACK;
-- An administrator acts as another: and both are recorded.
SELECT sharing.create_user('adm2', 'adm2'), sharing.grant_right('adm2', 'administrator') \g /dev/null
BEGIN;
SELECT sharing.act_as('adm2');
SELECT test.sees();
SELECT sharing.create_role('H9');
SELECT sharing.act_as('rep1');
SELECT test.sees();
COMMIT;
-- A role that administers goes on administering, in its own name.
\c - desk
BEGIN;
SELECT sharing.act_as('rep1');
SELECT sharing.create_role('H10');
SELECT user_key FROM sharing.who_can('leads', 1);
SELECT sharing.act_as('sup1');
SELECT test.sees();
COMMIT;
\c - postgres
\pset null '<null>'
SELECT db_role, identity, acting_as, "function", object, before, after FROM sharing.audit_log WHERE id > :seen AND object !~ 'adm2"$' ORDER BY id;
-- Deferred triggers run for whom the transaction acts; what is deactivated meanwhile is nobody.
SELECT sharing.activate_user('rep2') \g /dev/null
\c - desk
BEGIN;
SELECT sharing.act_as('rep2');
SELECT test.sees();
SELECT sharing.deactivate_user('rep2');
SELECT test.sees();
SELECT user_key, found, active, note FROM sharing.whoami();
ROLLBACK;
