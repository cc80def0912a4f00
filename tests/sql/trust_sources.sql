-- Trusted roles whose user another setting names: that setting's text, or a field of the JSON object in it. What PostgREST
-- and Supabase set, without any function. What does not name a user is nobody, and no error.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_user('1.0', 'decimal', 'H2'), sharing.create_user('1e3', 'power', 'H2'), sharing.create_user('42', 'number', 'H2'), sharing.create_user('gone', 'gone', 'H2'), sharing.deactivate_user('gone') \g /dev/null
CREATE ROLE authenticator LOGIN NOINHERIT;
CREATE ROLE plain LOGIN;
CREATE ROLE web_user;
CREATE ROLE web_anon;
GRANT web_user, web_anon, rep2_db TO authenticator;
CREATE FUNCTION test.me() RETURNS text LANGUAGE sql AS
    $$SELECT coalesce(sharing.current_user_key(), 'nobody') || ' sees ' || test.sees()$$;
CREATE FUNCTION test.as_ceo() RETURNS text LANGUAGE plpgsql SET request.jwt.claims = '{"sub": "ceo"}' AS 'BEGIN RETURN test.me(); END';
-- What a source can be.
SELECT sharing.trust('authenticator', claim => 'sub');
SELECT sharing.trust('authenticator', setting => 'role');
SELECT sharing.trust('authenticator', setting => '');
SELECT sharing.trust('authenticator', setting => 'sharing.user_key');
SELECT sharing.trust('authenticator', setting => 'Sharing.token_in_use');
SELECT sharing.trust('authenticator', setting => 'request.jwt-claims');
SELECT sharing.trust('authenticator', setting => 'request.jwt.claims', claim => '');
SELECT sharing.trust('authenticator', setting => repeat('a.', 150) || 'b');
SELECT sharing.trust('postgres', setting => 'request.jwt.claims');
SELECT sharing.trust(NULL, 'request.jwt.claims');
SELECT sharing.trust('authenticator', setting => 'Request.JWT.claims', claim => 'sub'), sharing.trust('plain', setting => 'request.jwt.claim.sub') \g /dev/null
SELECT * FROM sharing.trust_overview;
-- A session that has set nothing, and one that sets what counts for others.
\c - authenticator
SELECT test.me();
SELECT source, trusted, user_key, note FROM sharing.whoami();
SET sharing.user_key = 'ceo';
SELECT test.me();
SELECT source, trusted, user_key, note FROM sharing.whoami();
RESET sharing.user_key;
-- As PostgREST does it.
BEGIN READ ONLY;
SET LOCAL ROLE web_user;
SELECT set_config('request.jwt.claims', '{"role": "web_user", "sub": "mgr"}', true) IS NOT NULL AS set;
SELECT test.me();
SELECT session_user, current_user, source, trusted, user_key, found, active, note FROM sharing.whoami();
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;
SELECT test.me();
-- A role of its own is a weaker source: where the claims name nobody, it counts for nothing; where they are empty, it does.
BEGIN;
SET LOCAL ROLE rep2_db;
SELECT test.me();
SELECT set_config('request.jwt.claims', '{"role": "rep2_db"}', true);
SELECT test.me();
SELECT source, user_key, found, note FROM sharing.whoami();
SELECT set_config('request.jwt.claims', '', true);
SELECT test.me();
ROLLBACK;
-- Each text for itself.
CREATE TEMPORARY TABLE texts (n integer GENERATED ALWAYS AS IDENTITY, text text);
INSERT INTO texts (text) VALUES ('{"sub": "rep1"}'), ('{"sub": "rep1", "role": "x", "app_metadata": {"sub": "ceo", "sub": [1]}}'), (E'\n{\t"sub"\n:"rep1"} '), ('{"\u0073ub": "rep1"}'),
    ('{"sub": 42}'), ('{"sub": 42.0}'), ('{"sub": 1.0}'), ('{"sub": 1e3}'), ('{"sub": "gone"}'), ('{"sub": "REP1"}'), ('{"sub": " rep1"}'), ('{"sub": ""}'),
    (''), (' '), ('{'), ('{}'), ('[]'), ('null'), ('"rep1"'), ('rep1'), ('{"sub": null}'), ('{"sub": true}'), ('{"sub": ["rep1"]}'), ('{"sub": {"sub": "rep1"}}'),
    ('[{"sub": "rep1"}]'), ('{"SUB": "rep1"}'), ('{"sub": "rep1", "sub": "rep1"}'), ('{"sub": "rep1", "\u0073ub": "ceo"}'), ('{"sub": "rep1", "a": 1, "a": 2}'),
    ('{"sub": "rep1"} {"sub": "ceo"}'), ('{"sub": "rep1",}'), ('{''sub'': ''rep1''}'), ('{"sub": "rep1\u0000"}'), ('{"sub": "\ud800"}'), ('{"sub": 042}'), ('{"sub": -}'), ('{"sub": 1e999999}'),
    ('{"sub": "rep1", "x": "' || repeat('y', 70000) || '"}'), ('{"sub": "rep1", "x": ' || repeat('[', 20000) || repeat(']', 20000) || '}'), (repeat('[', 60000)), (repeat('{"sub":', 8000)), (repeat('x', 3000000));
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM texts ORDER BY n LOOP
        PERFORM set_config('request.jwt.claims', one.text, true);
        RAISE NOTICE '%: %', left(one.text, 60), test.me();
    END LOOP;
END
$$;
-- Savepoints, blocks that fail, DISCARD ALL, functions with a setting of their own.
SET request.jwt.claims = '{"sub": "rep1"}';
BEGIN;
SAVEPOINT a;
SET LOCAL request.jwt.claims = '{"sub": "ceo"}';
SELECT test.me();
ROLLBACK TO a;
SELECT test.me();
DO $$
BEGIN
    PERFORM set_config('request.jwt.claims', '{"sub": "ceo"}', true);
    PERFORM 1 / 0;
EXCEPTION WHEN division_by_zero THEN NULL;
END
$$;
SELECT test.me();
COMMIT;
SELECT test.as_ceo(), test.me();
-- What later sessions begin with is for superusers to say, as of any setting that nobody has defined.
ALTER ROLE authenticator SET request.jwt.claims = '{"sub": "ceo"}';
ALTER ROLE authenticator IN DATABASE regress_trust_sources SET request.jwt.claims = '{"sub": "ceo"}';
CREATE FUNCTION pg_temp.as_ceo_later() RETURNS text LANGUAGE plpgsql SET request.jwt.claims = '{"sub": "ceo"}' AS 'BEGIN RETURN test.me(); END';
-- A cursor keeps whom it began with.
BEGIN;
DECLARE kept CURSOR FOR SELECT id FROM leads ORDER BY id;
SET LOCAL request.jwt.claims = '{"sub": "ceo"}';
FETCH ALL FROM kept;
COMMIT;
RESET ALL;
SELECT test.me();
SET request.jwt.claims = '{"sub": "rep1"}';
DISCARD ALL;
SELECT test.me();
-- Plans that are kept, from one user to the next, in one transaction and in several.
SET plan_cache_mode = force_generic_plan;
PREPARE mine AS SELECT count(*) FROM leads;
PREPARE owned(text) AS SELECT count(*) FROM leads WHERE owner = $1;
BEGIN;
SELECT set_config('request.jwt.claims', '{"sub": "adm"}', true) \g /dev/null
EXECUTE mine;
EXECUTE owned('sup1');
SELECT set_config('request.jwt.claims', '{"sub": "rep1"}', true) \g /dev/null
EXECUTE mine;
EXECUTE owned('sup1');
SELECT set_config('request.jwt.claims', '{"sub": "adm"}', true) \g /dev/null
EXECUTE mine;
EXECUTE owned('sup1');
COMMIT;
EXECUTE mine;
EXECUTE owned('sup1');
BEGIN;
SELECT set_config('request.jwt.claims', '{"sub": "rep1"}', true) \g /dev/null
EXECUTE mine;
ROLLBACK;
EXECUTE mine;
CREATE FUNCTION pg_temp.counted(who text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    many bigint; set text;
BEGIN
    set := set_config('request.jwt.claims', json_build_object('sub', who)::text, true);
    SELECT count(*) INTO many FROM leads;
    RETURN many;
END
$$;
SELECT who, pg_temp.counted(who) FROM unnest('{adm,rep1,adm,mgr,nobody,ceo}'::text[]) who;
RESET plan_cache_mode;
-- The text of a setting.
\c - plain
SELECT test.me();
SELECT source, trusted, user_key, note FROM sharing.whoami();
SET request.jwt.claim.sub = 'mgr';
SELECT test.me();
SET request.jwt.claim.sub = '{"sub": "mgr"}';
SELECT test.me();
SET request.jwt.claim.sub = ' ';
SELECT test.me();
SET request.jwt.claim.sub = '';
SELECT test.me();
SET request.jwt.claims = '{"sub": "mgr"}';
SELECT test.me();
-- Membership is no trust, neither does SET ROLE give any.
\c - postgres
CREATE ROLE member LOGIN IN ROLE authenticator;
\c - member
SET request.jwt.claims = '{"sub": "ceo"}';
SELECT test.me();
SET ROLE authenticator;
SELECT test.me();
SELECT source, trusted, user_key FROM sharing.whoami();
-- Nothing but the source that is trusted at the time.
\c - authenticator
SET request.jwt.claims = '{"sub": "mgr", "user": "rep1"}';
SET sharing.user_key = 'vp';
SET app.who = 'sup1';
PREPARE mine AS SELECT count(*), sharing.current_user_key() FROM leads;
SET plan_cache_mode = force_generic_plan;
EXECUTE mine;
SET SESSION AUTHORIZATION DEFAULT;
\c - postgres
SET SESSION AUTHORIZATION authenticator;
SET request.jwt.claims = '{"sub": "mgr", "user": "rep1"}';
SET sharing.user_key = 'vp';
SET app.who = 'sup1';
SELECT test.me();
RESET SESSION AUTHORIZATION;
SELECT sharing.trust('authenticator', 'request.jwt.claims', 'user');
SET SESSION AUTHORIZATION authenticator;
SELECT test.me();
RESET SESSION AUTHORIZATION;
SELECT sharing.trust('authenticator', 'app.who');
SET SESSION AUTHORIZATION authenticator;
SELECT test.me();
RESET SESSION AUTHORIZATION;
SELECT sharing.trust('authenticator');
SET SESSION AUTHORIZATION authenticator;
SELECT test.me();
RESET SESSION AUTHORIZATION;
SELECT sharing.untrust('authenticator');
SET SESSION AUTHORIZATION authenticator;
SELECT test.me();
RESET SESSION AUTHORIZATION;
-- sharing.require_token takes these sources away, too.
SELECT sharing.trust('authenticator', 'request.jwt.claims', 'sub');
SET sharing.require_token = on;
SET SESSION AUTHORIZATION authenticator;
SELECT test.me();
RESET SESSION AUTHORIZATION;
RESET sharing.require_token;
-- Part of the document, which is equal to what is so.
SELECT jsonb_pretty(sharing.export_config()->'trusted');
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT change, object, detail FROM sharing.import_config('{"version": 1, "trusted": [{"db_role": "app"}, {"db_role": "authenticator", "setting": "REQUEST.jwt.claims", "claim": "user"}, {"db_role": "web_user", "setting": "a.b"}]}');
SELECT * FROM sharing.trust_overview;
SELECT * FROM sharing.import_config('{"version": 1, "trusted": [{"db_role": "app"}, {"db_role": "app"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "trusted": [{"db_role": "nobody"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "trusted": [{"db_role": "postgres"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "trusted": [{"db_role": "app", "claim": "sub"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "trusted": [{"db_role": "app", "setting": "role"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "trusted": [{"role": "app"}]}');
SELECT * FROM sharing.trust_overview;
SELECT function, object, before, after FROM sharing.audit_log WHERE object LIKE 'trust %' ORDER BY id;
\c - app
SET sharing.user_key = 'adm';
SELECT * FROM sharing.import_config('{"version": 1, "trusted": []}');
SELECT * FROM sharing.trust_overview;
SET sharing.user_key = 'rep1';
SELECT * FROM sharing.trust_overview;
