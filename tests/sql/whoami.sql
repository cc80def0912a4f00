-- Who is asking: whoami() tells everybody who he is, by which source, and why he is nobody; and nothing of others.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE ROLE no_key LOGIN;
SELECT sharing.trust('no_key'), sharing.create_office('Lyon'), sharing.set_user_office('rep1', 'Lyon') \g /dev/null
SELECT sharing.enable_record_sharing('rep1') \g /dev/null
SELECT sharing.create_user('idle', 'Idle', 'H7'), sharing.deactivate_user('idle'), sharing.create_user('boss', 'Boss', db_role => 'crm'), sharing.grant_right('boss', 'administrator'), sharing.grant_right('boss', 'super_user'), sharing.deactivate_user('sup2'), sharing.set_user_db_role('sup2', 'stranger') \g /dev/null
\pset expanded on
\pset null '-'
-- A trusted session: without a key, with one, an unknown one, blanks, an inactive one.
\c - app
SELECT * FROM sharing.whoami();
SET sharing.user_key = 'rep1';
SELECT * FROM sharing.whoami();
SET sharing.user_key = 'nobody';
SELECT * FROM sharing.whoami();
SET sharing.user_key = '  ';
SELECT source, user_key, found, note FROM sharing.whoami();
SET sharing.user_key = 'idle';
SELECT * FROM sharing.whoami();
-- It writes nothing and needs no privilege.
BEGIN READ ONLY;
SELECT user_name, note, txid_current_if_assigned() FROM sharing.whoami();
COMMIT;
-- By database role; a key that a session may not name says nothing, not even whether it is there.
\c - rep2_db
SELECT * FROM sharing.whoami();
SET sharing.user_key = 'rep1';
SELECT source, trusted, user_key, user_name, note FROM sharing.whoami();
SET sharing.user_key = 'nobody';
SELECT source, trusted, user_key, user_name, note FROM sharing.whoami();
\c - stranger
SELECT source, trusted, user_key, found, active, note FROM sharing.whoami();
SET sharing.user_key = 'rep1';
SELECT source, trusted, user_key, found, active, note FROM sharing.whoami();
-- Two reasons at once, several rights, a role taken on with SET ROLE, and one that row security does not hold for.
\c - no_key
SELECT source, trusted, found, note FROM sharing.whoami();
\c - postgres
SELECT source, trusted, user_key, found, note FROM sharing.whoami();
SET ROLE crm;
SELECT "session_user" <> "current_user" AS taken_on, "current_user", source, user_key, rights, note FROM sharing.whoami();
RESET ROLE;
SET ROLE no_key;
SELECT "current_user", trusted, source, found, note FROM sharing.whoami();
RESET ROLE;
-- The same answer as current_user_key() gives, for everybody.
\pset expanded off
\c - app
CREATE FUNCTION pg_temp.agree(key text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('sharing.user_key', key, false);
    RETURN (SELECT CASE WHEN active THEN user_key END FROM sharing.whoami()) IS NOT DISTINCT FROM sharing.current_user_key();
END
$$;
SELECT key, pg_temp.agree(key) FROM unnest('{rep1,rep2,adm,idle,nobody,"  ",sup2,""}'::text[]) AS key;
