-- The doctor: what belongs to pg_sharing, changed by a superuser's hands.
\getenv tests PG_ABS_SRCDIR
\set doctor :tests '/support/doctor.sql'
\i :doctor
-- Triggers on our tables: off, not always, gone, and those of others.
BEGIN; SELECT * FROM test.visit('ALTER TABLE sharing.users DISABLE TRIGGER ALL'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('ALTER EVENT TRIGGER sharing_mend_triggers DISABLE; ALTER TABLE sharing.trusted_roles ENABLE TRIGGER guard_configuration; ALTER TABLE sharing.generation ENABLE TRIGGER keep_generation; ALTER EVENT TRIGGER sharing_mend_triggers ENABLE ALWAYS'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('DROP TRIGGER guard_configuration ON sharing.roles; DROP TRIGGER record_update ON sharing.rules; DROP TRIGGER configuration_truncated ON sharing.groups; DROP TRIGGER fill_gaps ON sharing.source_gaps; DROP TRIGGER append_only ON sharing.audit_entries; DROP TRIGGER link_changed ON sharing.links; DROP TRIGGER shares_changed ON sharing.shares'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE FUNCTION test.nothing() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NEW; END''; CREATE TRIGGER mine BEFORE INSERT ON sharing.users FOR EACH ROW EXECUTE FUNCTION test.nothing()'); ROLLBACK;
-- Functions of ours: replaced, with other rights, and not for everybody.
BEGIN; SELECT * FROM test.visit('CREATE OR REPLACE FUNCTION sharing.current_user_key() RETURNS text STABLE PARALLEL SAFE LANGUAGE sql AS ''SELECT ''''1''''''; ALTER FUNCTION sharing.whoami() SECURITY DEFINER; ALTER FUNCTION sharing.export_config() OWNER TO doctor_owner'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('REVOKE EXECUTE ON FUNCTION sharing_internal.record_key(anyelement) FROM PUBLIC; REVOKE USAGE ON SCHEMA sharing_internal FROM PUBLIC'); ROLLBACK;
BEGIN; SELECT * FROM test.visit((SELECT string_agg(format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', oid::regprocedure), '; ') FROM pg_proc WHERE pronamespace = 'sharing_internal'::regnamespace AND prorettype IN ('trigger'::regtype, 'event_trigger'::regtype))); ROLLBACK;
-- Privileges on our tables: administrators read them, nobody else.
BEGIN; SELECT * FROM test.visit('GRANT SELECT, INSERT ON sharing.users TO doctor_app; GRANT SELECT ON sharing.rules TO PUBLIC; GRANT USAGE ON SEQUENCE sharing.users_id_seq TO doctor_app; SELECT sharing.grant_admin(''doctor_owner'')'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('GRANT SELECT (key, name), UPDATE (active) ON sharing.users TO doctor_app; GRANT SELECT (id) ON sharing.roles TO PUBLIC; CREATE ROLE doctor_second; GRANT USAGE ON SCHEMA sharing TO doctor_app; GRANT SELECT ON sharing.rules TO doctor_app WITH GRANT OPTION; SET LOCAL ROLE doctor_app; GRANT SELECT ON sharing.rules TO doctor_second; RESET ROLE'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_second; GRANT ALL ON SCHEMA sharing TO doctor_app WITH GRANT OPTION; SET LOCAL ROLE doctor_app; GRANT CREATE ON SCHEMA sharing TO doctor_second; RESET ROLE; GRANT CREATE ON SCHEMA sharing_internal TO PUBLIC'); ROLLBACK;
-- The state of the configuration, and the indexes.
BEGIN; SELECT * FROM test.visit('DELETE FROM sharing.generation'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('ALTER TABLE sharing.user_rights DROP CONSTRAINT user_rights_pkey; UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = ''sharing.users_role_id_idx''::regclass'); ROLLBACK;
-- Sequences, as they are where rows came by replication.
BEGIN;
SELECT sharing.create_office('Oslo'), sharing.create_profile('Clerk'), sharing.add_rule('leads', 'role:Rep', 'role:Boss', 'read_only'), sharing.expect(1, 'crm.leads', 1, 'read') \g /dev/null
SELECT sharing.apply_rules() \g /dev/null
SELECT count(setval(oid::regclass, 1, false)) > 10 AS reset FROM pg_class WHERE relnamespace = 'sharing'::regnamespace AND relkind = 'S';
SELECT severity, check_name, object, regexp_replace(message, '\m\d{2,}\M', 'N', 'g') AS message, regexp_replace(fix, '\m\d{2,}\M', 'N', 'g') AS fix FROM test.findings WHERE check_name = 'sequence';
SELECT fix FROM test.findings WHERE check_name = 'sequence' \gexec
SELECT count(*) FROM test.findings WHERE check_name = 'sequence';
ROLLBACK;
-- Our tables have other columns: nothing of them is read.
BEGIN;
ALTER TABLE sharing.users DROP COLUMN office_id;
SELECT severity, check_name, object, message, fix FROM test.findings;
ROLLBACK;
BEGIN;
ALTER TABLE sharing.modules ALTER COLUMN default_owner TYPE text USING 'x';
SELECT severity, check_name, object, message, fix FROM test.findings;
ROLLBACK;
BEGIN;
ALTER EXTENSION pg_sharing DROP TABLE sharing.rules;
ALTER EXTENSION pg_sharing DROP SEQUENCE sharing.rules_id_seq;
DROP TABLE sharing.rules;
SELECT severity, check_name, object, message, fix FROM test.findings;
ROLLBACK;
-- A configuration that makes no sense is no reason to fail.
BEGIN;
UPDATE sharing.roles SET parent_id = id;
UPDATE sharing.modules SET controlled_by_id = id, owners = 'parent' WHERE name = 'leads';
UPDATE sharing.modules SET relation = 0 WHERE name = 'calls';
INSERT INTO sharing.rules (module_id, owned_by_role_id, shared_with_role_id, access, staged_access) VALUES (99, 98, 97, 'read_only', NULL), (1, 98, 97, NULL, 'read_only');
INSERT INTO sharing.group_members (group_id, member_group_id) SELECT id, id FROM sharing.groups;
INSERT INTO sharing.relations (child_id, parent_id) VALUES (1, 1), (98, 99);
INSERT INTO sharing.sources (kind, relation, key_column, name_column) VALUES ('users', 0, 'a', 'b'), ('groups', 'crm.plain', 'nothing', 'nothing');
INSERT INTO sharing.source_gaps VALUES (77, 'x');
INSERT INTO sharing.user_db_roles VALUES (0, 77);
INSERT INTO sharing.search_names VALUES ('operator', 'x', 'y');
INSERT INTO sharing.expectations (user_id, module_id, record_id, access, exactly) VALUES (77, 78, '', 'none', false);
INSERT INTO sharing.profile_permissions VALUES (5, 6, true, true, true, true);
INSERT INTO sharing.role_profiles VALUES (1, 5);
DELETE FROM sharing.users WHERE id = 1;
SELECT severity, check_name, object, regexp_replace(message, '\m\d{5,}\M', 'N', 'g') AS message, fix FROM test.findings;
ROLLBACK;
-- What sessions begin with.
BEGIN; SELECT * FROM test.visit('ALTER ROLE doctor_app SET sharing.user_key = ''1''; ALTER ROLE doctor_owner IN DATABASE ' || quote_ident(current_database()) || ' SET session_replication_role = replica'); ROLLBACK;
-- PostgreSQL takes no notice of the case of such values.
BEGIN; SELECT * FROM test.visit('ALTER ROLE doctor_app SET session_replication_role = ''Replica''; ALTER ROLE doctor_owner SET session_replication_role = ''LOCAL'''); ROLLBACK;
-- Also by the source of a trusted role: for the role itself, and for the whole database; for another role it says nothing.
BEGIN; SELECT * FROM test.visit('SELECT sharing.trust(''doctor_app'', ''user.claims'', ''sub''); ALTER ROLE doctor_app SET "user".claims = ''{"sub": "1"}''; ALTER ROLE doctor_owner SET "user".claims = ''{}''; ALTER DATABASE ' || quote_ident(current_database()) || ' SET "user".claims = ''x=y'' '); ROLLBACK;
-- What is empty names nobody, and other settings mean nothing.
BEGIN; SELECT * FROM test.visit('SELECT sharing.trust(''doctor_app'', ''user.claims'', ''sub''); ALTER ROLE doctor_app SET "user".claims = ''''; ALTER ROLE doctor_app SET "user".other = ''{"sub": "1"}''; ALTER ROLE doctor_app SET work_mem = ''5MB''; ALTER ROLE doctor_app SET sharing.user_key = '''''); ROLLBACK;
-- Who was given the right to set what guards.
BEGIN; SELECT * FROM test.visit('GRANT SET, ALTER SYSTEM ON PARAMETER session_replication_role, sharing.require_token TO doctor_app; GRANT SET ON PARAMETER session_replication_role TO PUBLIC; GRANT ALTER SYSTEM ON PARAMETER archive_command TO doctor_owner WITH GRANT OPTION; GRANT SET ON PARAMETER log_statement TO doctor_app'); ROLLBACK;
-- Statistics.
BEGIN; SELECT * FROM test.visit('GRANT SELECT ON pg_catalog.pg_statistic TO doctor_app; GRANT SELECT (stxdmcv) ON pg_catalog.pg_statistic_ext_data TO doctor_app'); ROLLBACK;
-- The views that ask who calls, as a server has them that was made before they did; each asks what the others ask.
BEGIN;
SET LOCAL allow_system_table_mods = on;
SELECT pg_get_viewdef('pg_catalog.pg_stats') AS stats, pg_get_viewdef('pg_catalog.pg_stats_ext') AS ext, pg_get_viewdef('pg_catalog.pg_stats_ext_exprs') AS exprs,
       replace(pg_get_viewdef('pg_catalog.pg_stats'), 'row_security_active(', 'pg_table_is_visible(') AS stats_before,
       regexp_replace(pg_get_viewdef('pg_catalog.pg_stats_ext'), 'pg_has_role\([^()]*, ''USAGE''::text\)', 'true') AS ext_before,
       regexp_replace(pg_get_viewdef('pg_catalog.pg_stats_ext_exprs'), 'pg_has_role\([^()]*, ''USAGE''::text\)', 'true') AS exprs_before \gset
CREATE OR REPLACE VIEW pg_catalog.pg_stats AS :stats_before
SELECT severity, check_name, object, message, fix FROM test.findings;
CREATE OR REPLACE VIEW pg_catalog.pg_stats AS :stats
CREATE OR REPLACE VIEW pg_catalog.pg_stats_ext AS :ext_before
CREATE OR REPLACE VIEW pg_catalog.pg_stats_ext_exprs AS :exprs_before
SELECT severity, check_name, object, message, fix FROM test.findings;
CREATE OR REPLACE VIEW pg_catalog.pg_stats_ext AS :ext
CREATE OR REPLACE VIEW pg_catalog.pg_stats_ext_exprs AS :exprs
SELECT severity, check_name, object, message, fix FROM test.findings;
ROLLBACK;
