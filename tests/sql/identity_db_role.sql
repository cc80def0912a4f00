-- Who is asking, the second source: a database role is a user by its current_user.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE FUNCTION test.me() RETURNS text LANGUAGE sql AS
    $$SELECT coalesce(sharing.current_user_key(), 'nobody') || ' sees ' || test.sees()$$;
CREATE ROLE mgr_db LOGIN;
SELECT sharing.set_user_db_role('mgr', 'mgr_db') \g /dev/null
GRANT mgr_db TO rep2_db;
GRANT rep2_db TO app;
\c - rep2_db
SELECT test.me(), sharing.current_user_name();
-- current_user, not session_user; and not by membership.
SET ROLE mgr_db;
SELECT test.me();
RESET ROLE;
SELECT test.me();
-- The setting of a role that is not trusted has no effect, also not to make it nobody.
SET sharing.user_key = 'ceo';
SELECT test.me();
RESET sharing.user_key;
-- A SECURITY DEFINER function is its owner, and asks as him.
\c - postgres
CREATE FUNCTION test.as_mgr() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT test.me()';
ALTER FUNCTION test.as_mgr() OWNER TO mgr_db;
CREATE FUNCTION test.as_mgr_inlined() RETURNS SETOF public.leads LANGUAGE sql STABLE SECURITY DEFINER AS
    'SELECT * FROM public.leads';
ALTER FUNCTION test.as_mgr_inlined() OWNER TO mgr_db;
\c - rep2_db
SELECT test.as_mgr(), test.me();
SELECT id FROM test.as_mgr_inlined() ORDER BY id;
-- In a session of a trusted role that names a user, he is asked for in both.
\c - app
SET sharing.user_key = 'rep1';
SELECT test.as_mgr(), test.me();
-- One that names nobody who is there does not fall back to the role, also not within SET ROLE.
SET sharing.user_key = 'ghost';
SET ROLE rep2_db;
SELECT test.me();
-- An empty setting is no source.
SET sharing.user_key = '';
SELECT test.me();
-- A plan that is cached for one role is right for the next, and back.
RESET ROLE;
\c - rep2_db
SET plan_cache_mode = force_generic_plan;
PREPARE mine AS SELECT id, current_user FROM public.leads ORDER BY id;
EXECUTE mine;
SET ROLE mgr_db;
EXECUTE mine;
RESET ROLE;
EXECUTE mine;
-- The user is deactivated, and his role is taken from him: nobody.
\c - postgres
SELECT sharing.deactivate_user('rep2');
\c - rep2_db
SELECT test.me();
\c - postgres
SELECT sharing.activate_user('rep2');
SELECT sharing.set_user_db_role('rep2', NULL);
\c - rep2_db
SELECT test.me();
-- A role that is dropped and made again is nobody.
\c - postgres
REVOKE mgr_db FROM rep2_db;
DROP OWNED BY mgr_db CASCADE;
DROP ROLE mgr_db;
CREATE ROLE mgr_db LOGIN;
\c - mgr_db
SELECT test.me();
-- One user a role, one role a user.
\c - postgres
SELECT sharing.set_user_db_role('mgr', 'mgr_db');
SELECT sharing.set_user_db_role('rep1', 'mgr_db');
SELECT sharing.set_user_db_role('mgr', 'rep2_db');
SELECT db_role, u.key FROM sharing.user_db_roles JOIN sharing.users u ON u.id = user_id ORDER BY 2;
