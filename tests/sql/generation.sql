-- Whatever changes the configuration gives it a new stamp. Its structure, which is read as a whole, keeps
-- its own where the change concerns single users, or what is looked up whenever it is needed.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE parents (id int PRIMARY KEY, owner text);
CREATE TABLE children (id int PRIMARY KEY, owner text, parent_id int);
CREATE ROLE generation_user;
SELECT count(*) > 0 AS protected FROM sharing.protect('parents', 'owner', 'Parents');
SELECT count(*) > 0 AS protected FROM sharing.protect('children', 'owner', 'Children');
SELECT sharing.relate('children', 'parent_id', 'parents');
SELECT sharing.add_rule('Parents', 'role:H3', 'role:H2', 'read_only', related => '{"Children": "read_only"}') > 0 AS added;
SELECT sharing.create_profile('Viewers');
SELECT sharing.set_permission('Viewers', 'Parents', true, true, true, true);
SELECT sharing.assign_profile('H3', 'Viewers');
SELECT sharing.set_user_db_role('rep1', 'generation_user');
SELECT sharing.grant_admin('generation_user');
SELECT sharing.grant_right('rep2', 'super_user');
SELECT sharing.create_office('Here');
SELECT sharing.create_group('team', 'Team');
SELECT sharing.add_member('Team', 'user:rep1'), sharing.add_member('Team', 'role:H3');
CREATE TABLE test.log (changed name, rows bigint, stamp boolean, structure boolean);
DO $$
DECLARE
    changed record;
    before sharing.generation;
    after sharing.generation;
    found bigint;
BEGIN
    FOR changed IN
        SELECT c.relname, (SELECT attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 ORDER BY a.attnum DESC LIMIT 1) AS attname
        FROM pg_class c WHERE c.relnamespace = 'sharing'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ('generation', 'audit_entries')
    LOOP
        SELECT * INTO before FROM sharing.generation;
        EXECUTE format('UPDATE sharing.%I SET %2$I = %2$I', changed.relname, changed.attname);
        GET DIAGNOSTICS found = ROW_COUNT;
        SELECT * INTO after FROM sharing.generation;
        INSERT INTO test.log VALUES (changed.relname, found, after.stamp <> before.stamp, after.structure <> before.structure);
        COMMIT;
    END LOOP;
END
$$;
SELECT changed, rows > 0 AS "has rows", stamp AS "new stamp", structure AS "new structure" FROM test.log ORDER BY changed COLLATE "C";
-- The structure is the stamp under which it last changed.
SELECT sharing.create_role('Another');
SELECT stamp = structure AS same FROM sharing.generation;
SELECT sharing.set_user_role('rep1', 'Another');
SELECT stamp = structure AS same FROM sharing.generation;
BEGIN;
SELECT sharing.set_user_role('rep1', NULL);
SAVEPOINT s;
SELECT sharing.drop_role('Another');
SELECT stamp = structure AS same FROM sharing.generation;
ROLLBACK TO s;
SELECT stamp = structure AS same FROM sharing.generation;
COMMIT;
SELECT stamp = structure AS same FROM sharing.generation;
TRUNCATE sharing.role_profiles;
SELECT stamp = structure AS same FROM sharing.generation;
