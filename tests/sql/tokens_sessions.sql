-- Signed tokens: how long one counts. For the transaction or the session; until a rollback, DISCARD ALL, RESET ALL; by
-- the clock and by its key at every statement. What it means beside other sources, for cursors, plans and act_as().
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set minted :tests '/support/minted.sql'
\i :minted
SELECT sharing.create_user('gone', 'gone', 'H2'), sharing.deactivate_user('gone') \g /dev/null
-- Anybody may authenticate: the token says who they are. A statement alone is a transaction.
\c - stranger
SELECT sharing.authenticate(test.token_of('rep1')), test.me();
SELECT test.me();
BEGIN;
SELECT sharing.authenticate(test.token_of('rep1'));
SELECT test.me();
SELECT source, trusted, user_key, found, active, user_name, role, note FROM sharing.whoami();
SELECT sharing.authenticate(test.token_of('mgr'));
SELECT test.me();
COMMIT;
SELECT test.me();
-- The statement that authenticates goes on as it began.
BEGIN;
SELECT count(*) AS leads FROM (SELECT sharing.authenticate(test.token_of('ceo'))) a, leads;
SELECT count(*) AS leads FROM leads;
ROLLBACK;
SELECT test.me();
-- For the session, until something ends it.
SELECT sharing.authenticate(test.token_of('rep1', scope => 'session'));
SELECT test.me();
BEGIN;
SELECT sharing.authenticate(test.token_of('mgr'));
SELECT test.me();
COMMIT;
SELECT test.me();
BEGIN;
SELECT sharing.authenticate(test.token_of('mgr', scope => 'session'));
SELECT sharing.authenticate(test.token_of('ceo'));
SELECT test.me();
ROLLBACK;
SELECT test.me();
BEGIN;
SELECT sharing.authenticate(test.token_of('mgr', scope => 'session'));
SELECT sharing.authenticate(test.token_of('ceo'));
COMMIT;
SELECT test.me();
DISCARD ALL;
SELECT test.me();
SELECT sharing.authenticate(test.token_of('rep1', scope => 'session'));
SELECT test.me();
RESET ALL;
SELECT test.me();
-- RESET ALL that is rolled back has ended nothing; one in a transaction ends what that began, too.
SELECT sharing.authenticate(test.token_of('rep1', scope => 'session'));
BEGIN;
RESET ALL;
SELECT test.me();
ROLLBACK;
SELECT test.me();
BEGIN;
SELECT sharing.authenticate(test.token_of('mgr'));
RESET ALL;
SELECT test.me();
COMMIT;
SELECT test.me();
-- Savepoints, and blocks that fail: the earlier identity is back. What was released goes on.
SELECT sharing.authenticate(test.token_of('rep1', scope => 'session'));
BEGIN;
SAVEPOINT a;
SELECT sharing.authenticate(test.token_of('mgr'));
SAVEPOINT b;
SELECT sharing.authenticate(test.token_of('ceo', scope => 'session'));
SELECT test.me();
ROLLBACK TO b;
SELECT test.me();
DO $$
BEGIN
    PERFORM sharing.authenticate(test.token_of('ceo'));
    PERFORM 1 / 0;
EXCEPTION WHEN division_by_zero THEN NULL;
END
$$;
SELECT test.me();
RELEASE a;
SELECT test.me();
SAVEPOINT c;
SELECT sharing.authenticate('nonsense');
ROLLBACK TO c;
SELECT test.me();
COMMIT;
SELECT test.me();
-- A transaction that fails, and one that is prepared by nobody's will.
BEGIN;
SELECT sharing.authenticate(test.token_of('ceo', scope => 'session'));
SELECT 1 / 0;
COMMIT;
SELECT test.me();
-- What fails changes nothing.
SELECT sharing.authenticate(test.token_of('ceo') || 'A');
SELECT test.me();
DISCARD ALL;
-- Functions with settings of their own, security definers, procedures that commit.
\c - postgres
CREATE FUNCTION test.sign_in(token text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET work_mem = '1MB' AS 'BEGIN PERFORM sharing.authenticate(token); END';
CREATE PROCEDURE test.in_turn(first text, second text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sharing.authenticate(first);
    RAISE NOTICE '%', test.me();
    COMMIT;
    RAISE NOTICE '%', test.me();
    PERFORM sharing.authenticate(second);
    RAISE NOTICE '%', test.me();
    ROLLBACK;
    RAISE NOTICE '%', test.me();
END
$$;
\c - stranger
BEGIN;
SELECT test.sign_in(test.token_of('mgr'));
SELECT test.me();
COMMIT;
SELECT test.me();
CALL test.in_turn(test.token_of('mgr'), test.token_of('ceo', scope => 'session'));
SELECT test.me();
-- By the clock, in the middle of a transaction: nobody, and no weaker source. It does not come back.
\c - rep2_db
SELECT test.me();
BEGIN;
SELECT sharing.authenticate(test.token_of('mgr', seconds => 1));
SELECT test.me();
DECLARE kept CURSOR FOR SELECT id FROM leads ORDER BY id;
FETCH 1 FROM kept;
SELECT pg_sleep(1.1);
SELECT test.me();
SELECT source, user_key, found, note FROM sharing.whoami();
-- The statement that began before goes on.
FETCH ALL FROM kept;
SELECT sharing.authenticate(test.token_of('sup1'));
SELECT test.me();
COMMIT;
SELECT test.me();
SELECT sharing.authenticate(test.token_of('mgr', seconds => 1, scope => 'session'));
SELECT test.me();
SELECT pg_sleep(1.1);
SELECT test.me();
SELECT test.me();
DISCARD ALL;
SELECT test.me();
-- A user who is not there, or not active: nobody, and no weaker source. They may come later.
SELECT sharing.authenticate(test.token_of('nobody', scope => 'session'));
SELECT test.me();
SELECT source, user_key, found, note FROM sharing.whoami();
SELECT sharing.authenticate(test.token_of('gone', scope => 'session'));
SELECT test.me();
SELECT source, user_key, found, active, note FROM sharing.whoami();
DISCARD ALL;
-- A token is stronger than a setting, and a setting than a database role.
\c - app
SET sharing.user_key = 'ceo';
SELECT test.me();
SELECT sharing.authenticate(test.token_of('rep1', scope => 'session'));
SELECT test.me();
SELECT source, trusted, user_key, note FROM sharing.whoami();
SET sharing.user_key = 'vp';
SELECT test.me();
SELECT sharing.authenticate(test.token_of('nobody', scope => 'session'));
SELECT test.me();
RESET ALL;
SELECT test.me();
-- sharing.require_token: settings name nobody. A superuser decides.
SET sharing.require_token = on;
\c - postgres
ALTER ROLE app SET sharing.require_token = on;
\c - app
SET sharing.user_key = 'ceo';
SELECT test.me();
SELECT source, trusted, user_key, note FROM sharing.whoami();
SET sharing.require_token = off;
RESET sharing.require_token;
RESET ALL;
SET sharing.user_key = 'ceo';
SELECT test.me();
BEGIN;
SELECT sharing.authenticate(test.token_of('mgr'));
SELECT test.me();
COMMIT;
SELECT test.me();
\c - postgres
ALTER ROLE app RESET sharing.require_token;
SET SESSION AUTHORIZATION app;
SET sharing.user_key = 'ceo';
SELECT test.me();
RESET SESSION AUTHORIZATION;
SET sharing.require_token = on;
SET SESSION AUTHORIZATION app;
SELECT test.me();
RESET ALL;
SET sharing.user_key = 'ceo';
SELECT test.me();
-- It says nothing of another session_user.
SELECT sharing.authenticate(test.token_of('mgr', scope => 'session'));
SELECT test.me();
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION stranger;
SELECT test.me();
RESET SESSION AUTHORIZATION;
DISCARD ALL;
-- The key goes, or is another: nobody at the next statement, in the same transaction and in others.
SET SESSION AUTHORIZATION stranger;
SELECT sharing.authenticate(test.token_of('mgr', scope => 'session'));
SELECT test.me();
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT sharing.drop_key('mint');
SET LOCAL SESSION AUTHORIZATION stranger;
SELECT test.me();
SELECT source, note FROM sharing.whoami();
ROLLBACK;
SET SESSION AUTHORIZATION stranger;
SELECT test.me();
RESET SESSION AUTHORIZATION;
BEGIN;
SELECT sharing.drop_key('mint'), sharing.add_key('mint', 'HS256', 'another secret of the mint, of 40 bytes.');
SET LOCAL SESSION AUTHORIZATION stranger;
SELECT test.me();
SELECT sharing.authenticate(test.token_of('mgr'));
ROLLBACK;
UPDATE sharing.token_keys SET key = key || '!';
SET SESSION AUTHORIZATION stranger;
SELECT test.me();
RESET SESSION AUTHORIZATION;
UPDATE sharing.token_keys SET key = rtrim(key, '!');
SET SESSION AUTHORIZATION stranger;
SELECT test.me();
RESET SESSION AUTHORIZATION;
DISCARD ALL;
-- Plans that were made for somebody, kept: nobody runs another's.
SET SESSION AUTHORIZATION stranger;
SET plan_cache_mode = force_generic_plan;
PREPARE mine AS SELECT count(*) FROM leads;
PREPARE owned(text) AS SELECT count(*) FROM leads WHERE owner = $1;
CREATE TEMPORARY TABLE asked (n int, key text);
INSERT INTO asked SELECT n, (ARRAY['adm', 'rep1', 'mgr', 'adm', 'ceo', 'rep1'])[n] FROM generate_series(1, 6) n;
BEGIN;
SELECT sharing.authenticate(test.token_of('adm'));
EXECUTE mine;
EXECUTE owned('sup1');
COMMIT;
EXECUTE mine;
BEGIN;
SELECT sharing.authenticate(test.token_of('rep1'));
EXECUTE mine;
EXECUTE owned('sup1');
SELECT sharing.authenticate(test.token_of('adm'));
EXECUTE mine;
EXECUTE owned('sup1');
ROLLBACK;
EXECUTE mine;
EXECUTE owned('sup1');
RESET SESSION AUTHORIZATION;
DISCARD ALL;
-- Who administers by a token may act as somebody; that is recorded, and ends with the token.
GRANT INSERT ON leads TO stranger;
SET SESSION AUTHORIZATION stranger;
BEGIN;
SELECT sharing.authenticate(test.token_of('adm', seconds => 1));
SELECT sharing.create_role('made by a token');
SELECT sharing.act_as('rep1');
SELECT test.me();
SELECT source, user_key, note FROM sharing.whoami();
SELECT sharing.authenticate(test.token_of('mgr'));
ROLLBACK;
BEGIN;
SELECT sharing.authenticate(test.token_of('adm', seconds => 1));
SELECT sharing.create_role('made by a token');
SELECT sharing.act_as('rep1');
SELECT pg_sleep(1.1);
SELECT test.me();
COMMIT;
RESET SESSION AUTHORIZATION;
SELECT db_role, identity, acting_as, function, object FROM sharing.audit_log ORDER BY id DESC LIMIT 2;
-- In a READ ONLY transaction, and without a transaction id.
SET SESSION AUTHORIZATION stranger;
BEGIN READ ONLY;
SELECT sharing.authenticate(test.token_of('mgr'));
SELECT test.me(), pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;
-- A cursor that outlives its transaction keeps the rows of who declared it.
BEGIN;
SELECT sharing.authenticate(test.token_of('rep1'));
DECLARE held CURSOR WITH HOLD FOR SELECT id FROM leads ORDER BY id;
COMMIT;
SELECT test.me();
FETCH ALL FROM held;
CLOSE held;
-- A transaction that is prepared is not sure to be committed: what it was known by ends with it.
SELECT sharing.authenticate(test.token_of('rep1', scope => 'session'));
BEGIN;
SELECT sharing.authenticate(test.token_of('ceo', scope => 'session'));
PREPARE TRANSACTION 'tokens_sessions';
SELECT test.me();
RESET SESSION AUTHORIZATION;
COMMIT PREPARED 'tokens_sessions';
SET SESSION AUTHORIZATION stranger;
SELECT test.me();
-- A plan that was kept while settings named somebody ends when tokens come to be required, and is made again when they are not.
\c - postgres
CREATE FUNCTION test.require(text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$SELECT set_config('sharing.require_token', $1, false)$$;
\c - app
SET plan_cache_mode = force_generic_plan;
SET sharing.user_key = 'adm';
PREPARE mine AS SELECT count(*) FROM leads;
PREPARE owned(text) AS SELECT count(*) FROM leads WHERE owner = $1;
BEGIN;
EXECUTE mine;
EXECUTE owned('sup1');
SELECT test.require('on');
EXECUTE mine;
EXECUTE owned('sup1');
SELECT test.require('off');
EXECUTE mine;
EXECUTE owned('sup1');
COMMIT;
