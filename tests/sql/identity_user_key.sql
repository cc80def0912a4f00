-- Who is asking, the first source: sharing.user_key says who asks, in sessions of a trusted role only.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_user('007', 'bond', 'H5'), sharing.create_user('7', 'seven'),
       sharing.create_user('gone', 'gone', 'H2'), sharing.deactivate_user('gone') \g /dev/null
CREATE ROLE app_member LOGIN IN ROLE app;
CREATE FUNCTION test.me() RETURNS text LANGUAGE sql AS
    $$SELECT coalesce(sharing.current_user_key(), 'nobody') || ' sees ' || test.sees()$$;
-- Nothing set is nobody, without an error.
\c - app
SELECT test.me();
SET sharing.user_key = 'mgr';
SELECT test.me(), sharing.current_user_name();
-- A key is exact text, and a source that is present and fails is nobody.
SET sharing.user_key = '007';
SELECT test.me(), sharing.current_user_name();
SET sharing.user_key = '7';
SELECT test.me(), sharing.current_user_name();
SET sharing.user_key = 'gone';
SELECT test.me();
SET sharing.user_key = 'nobody knows';
SELECT test.me();
SET sharing.user_key = ' ';
SELECT test.me();
SET sharing.user_key = 'mgr ';
SELECT test.me();
SET sharing.user_key = 'MGR';
SELECT test.me();
SET sharing.user_key = '0';
SELECT test.me();
SELECT test.me() FROM (SELECT set_config('sharing.user_key', repeat('x', 100000), false)) huge;
SET sharing.user_key = '';
SELECT test.me();
-- The settings' own names only.
SET sharing.user_keys = 'ceo';
-- SET LOCAL ends with the transaction, and does nothing outside of one.
BEGIN;
SET LOCAL sharing.user_key = 'rep1';
SELECT test.me();
COMMIT;
SELECT test.me();
SET LOCAL sharing.user_key = 'rep1';
SELECT test.me();
-- A savepoint that is rolled back takes its identity with it; so does a block that fails.
BEGIN;
SET LOCAL sharing.user_key = 'rep1';
SAVEPOINT s;
SET LOCAL sharing.user_key = 'ceo';
SELECT test.me();
ROLLBACK TO s;
SELECT test.me();
DO $$
BEGIN
    SET LOCAL sharing.user_key = 'ceo';
    PERFORM 1 / 0;
EXCEPTION WHEN division_by_zero THEN NULL;
END
$$;
SELECT test.me();
ROLLBACK;
SELECT test.me();
-- DISCARD ALL and RESET ALL end it.
SET sharing.user_key = 'rep1';
SELECT test.me();
DISCARD ALL;
SELECT test.me();
SET sharing.user_key = 'rep1';
RESET ALL;
SELECT test.me();
-- A function's own setting holds while it runs.
CREATE FUNCTION pg_temp.as_ceo() RETURNS text LANGUAGE plpgsql SET sharing.user_key = 'ceo' AS
    'BEGIN RETURN test.me(); END';
SET sharing.user_key = 'rep1';
SELECT pg_temp.as_ceo(), test.me();
-- Trust is session_user's: SET ROLE neither gives nor takes it.
\c - postgres
GRANT stranger TO app;
\c - app
SET sharing.user_key = 'rep1';
SET ROLE stranger;
SELECT test.me();
-- Whoever is not trusted may set what he likes: in the session, as another role, at its start, for his role.
\c - postgres
REVOKE stranger FROM app;
GRANT app TO stranger;
\c - stranger
SET sharing.user_key = 'ceo';
SELECT test.me();
SET ROLE app;
SELECT test.me();
\c - app_member
SET sharing.user_key = 'ceo';
SELECT test.me();
\c - postgres
ALTER ROLE stranger SET sharing.user_key = 'ceo';
ALTER ROLE app SET sharing.user_key = 'sup1';
\c - stranger
SELECT test.me();
\c - app
SELECT test.me();
\c -reuse-previous=on "user=stranger options='-c sharing.user_key=sup2'"
SELECT test.me();
\c -reuse-previous=on "user=app options='-c sharing.user_key=sup2'"
SELECT test.me();
-- Trust ends with untrust(), at once, and a role that is made again has none.
\c -reuse-previous=on "user=postgres options=''"
ALTER ROLE app RESET sharing.user_key;
SELECT sharing.untrust('app');
\c - app
SET sharing.user_key = 'ceo';
SELECT test.me();
\c - postgres
SELECT sharing.trust('app');
REVOKE app FROM stranger, app_member;
DROP ROLE app;
CREATE ROLE app LOGIN;
\c - app
SET sharing.user_key = 'ceo';
SELECT test.me();
-- Roles that bypass row security cannot be trusted.
\c - postgres
CREATE ROLE bypass BYPASSRLS;
SELECT sharing.trust('bypass');
SELECT sharing.trust('postgres');
