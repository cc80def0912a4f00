-- Administration and safety: who may call what: nobody, an ordinary user, an identity with the right administrator, a role with grant_admin.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE ROLE helper LOGIN;
CREATE ROLE member LOGIN IN ROLE helper;
CREATE TABLE plain (id integer, owner text);
-- Every function of sharing that administers, once; the outcome is undone.
CREATE TABLE test.calls (call text);
INSERT INTO test.calls VALUES ('create_office(''X'')'), ('set_office_security(''X'', true)'), ('move_office(''X'', NULL)'), ('drop_office(''X'')'),
    ('create_role(''X'')'), ('move_role(''H5'', NULL)'), ('rename_role(''H5'', ''X'')'), ('drop_role(''H7'', ''H5'')'), ('create_user(''X'', ''X'')'), ('set_user_role(''rep1'', ''H1'')'),
    ('set_user_office(''rep1'', NULL)'), ('set_user_db_role(''rep1'', ''stranger'')'), ('activate_user(''rep1'')'), ('deactivate_user(''rep1'')'), ('drop_user(''rep1'')'), ('transfer_all(''user:adm'', ''user:rep1'')'),
    ('grant_right(''rep1'', ''administrator'')'), ('revoke_right(''rep1'', ''administrator'')'), ('create_group(''X'', ''X'')'), ('drop_group(''X'')'), ('add_member(''X'', ''user:rep1'')'), ('remove_member(''X'', ''user:rep1'')'),
    ('create_profile(''X'')'), ('drop_profile(''X'')'), ('set_permission(''X'', NULL, true, true, true, true)'), ('assign_profile(''H5'', ''X'')'), ('unassign_profile(''H5'', ''X'')'),
    ('set_global_access(''leads'', ''public_read_edit_delete'')'), ('add_rule(''leads'', ''role:H5'', ''role:H7'', ''read_write'')'), ('alter_rule(1, ''read_write'')'), ('drop_rule(1)'),
    ('who_can(''leads'', 1)'), ('act_as(''rep1'')'), ('pending_changes()'), ('preview_rules()'), ('apply_rules()'), ('discard_changes()'),
    ('protect(''plain'', ''owner'')'), ('protect(''plain'', ''owner'', dry_run => true)'), ('unprotect(''leads'')'), ('relate(''leads'', ''id'', ''leads'')'), ('unrelate(''leads'', ''id'', ''leads'')'), ('trust(''stranger'')'), ('untrust(''app'')'), ('grant_admin(''stranger'')'), ('revoke_admin(''stranger'')'), ('rewrite_policies()'),
    ('sync_users(''plain'', ''owner'', ''owner'')'), ('sync_user_roles(''plain'', ''owner'', ''owner'')'), ('sync_groups(''plain'', ''owner'', ''owner'')'), ('sync_members(''plain'', ''owner'', ''owner'')'), ('sync_roles(''plain'', ''owner'')'), ('sync_offices(''plain'', ''owner'')'), ('unsync(''plain'')'), ('resync()');
GRANT SELECT ON test.calls TO PUBLIC;
-- All that administers is listed.
SELECT proname FROM pg_proc WHERE pronamespace IN ('sharing'::regnamespace, 'sharing_internal'::regnamespace) AND (provolatile = 'v' OR proretset) AND prorettype <> ALL ('{trigger,event_trigger,internal}'::regtype[])
    AND proname NOT IN ('transfer', 'export_config', 'import_config', 'explain', 'access_levels') AND NOT EXISTS (SELECT FROM test.calls WHERE call LIKE proname || '(%') ORDER BY proname COLLATE "C";
CREATE FUNCTION test.allowed(OUT outcome text, OUT calls text) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT CASE WHEN o LIKE '42501%' THEN 'refused' ELSE 'may' END, string_agg(split_part(call, '(', 1), ' ')
    FROM test.calls, test.outcome('SELECT sharing.' || call) o GROUP BY 1 ORDER BY 1
$$;
\set VERBOSITY default
\c - stranger
SELECT outcome, calls FROM test.allowed();
SELECT sharing.create_user('me', 'me');
SELECT sharing.protect('plain', 'owner');
\c - app
SELECT outcome, calls FROM test.allowed();
SET sharing.user_key = 'ceo';
SELECT outcome, calls FROM test.allowed();
SET sharing.user_key = 'adm';
SELECT outcome, calls FROM test.allowed();
\c - crm
SELECT outcome, calls FROM test.allowed();
-- Named by adm's key in a session that is not trusted: nobody.
SET sharing.user_key = 'adm';
SELECT outcome, calls FROM test.allowed();
-- A role that was given it, and what is a member of that.
\c - postgres
SELECT sharing.grant_admin('helper');
-- What they declare a source they have to be able to read.
GRANT SELECT ON plain TO helper;
\c - helper
SELECT outcome, calls FROM test.allowed();
SELECT count(*) FROM sharing.users;
\c - member
SELECT outcome, calls FROM test.allowed();
-- They administer, and read no record by that.
SELECT test.sees();
\c - postgres
SELECT sharing.revoke_admin('helper');
\c - helper
SELECT outcome, calls FROM test.allowed();
SELECT count(*) FROM sharing.users;
-- The right ends with the user.
\c - app
SET sharing.user_key = 'adm';
SELECT sharing.deactivate_user('adm');
SELECT sharing.activate_user('adm');
-- The configuration is not there to be read or written otherwise.
SELECT c.relname, has_table_privilege('stranger', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') FROM pg_class c
WHERE relnamespace = 'sharing'::regnamespace AND relkind IN ('r', 'v', 'm') AND has_table_privilege('stranger', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') ORDER BY relname COLLATE "C";
SELECT c.relname FROM pg_class c WHERE relnamespace = 'sharing'::regnamespace AND CASE relkind WHEN 'S' THEN has_sequence_privilege('stranger', c.oid, 'SELECT, UPDATE, USAGE') END;
INSERT INTO sharing.trusted_roles VALUES ('stranger');
UPDATE sharing.users SET active = true;
COPY sharing.user_rights FROM STDIN;
\.
CREATE TABLE sharing.mine ();
