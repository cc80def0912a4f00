-- The doctor: database roles that are outside of row security, can get there, or may do with protected tables what it does not filter.
\getenv tests PG_ABS_SRCDIR
\set doctor :tests '/support/doctor.sql'
\i :doctor
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_super LOGIN SUPERUSER; CREATE ROLE doctor_dump LOGIN BYPASSRLS; CREATE ROLE doctor_group BYPASSRLS'); ROLLBACK;
-- The one that made the database cluster is always there.
SELECT count(*) FROM sharing.doctor() WHERE check_name = 'database_role' AND object = 'role postgres';
-- One by which a user is known sees everything.
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_ben LOGIN; SELECT sharing.set_user_db_role(2, ''doctor_ben''); ALTER ROLE doctor_ben BYPASSRLS'); ROLLBACK;
-- Who can become such a role.
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_group BYPASSRLS; CREATE ROLE doctor_between; CREATE ROLE doctor_near LOGIN; CREATE ROLE doctor_far LOGIN; GRANT doctor_group TO doctor_near, doctor_between; GRANT doctor_between TO doctor_far'); ROLLBACK;
SELECT current_setting('server_version_num')::integer < 160000 AS older \gset
\if :older
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_creator LOGIN CREATEROLE; CREATE ROLE doctor_replica LOGIN REPLICATION'); ROLLBACK;
\else
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_replica LOGIN REPLICATION'); ROLLBACK;
\endif
-- Who can become a role that replicates reads by SQL what a slot decodes.
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_replica REPLICATION; CREATE ROLE doctor_between; CREATE ROLE doctor_near LOGIN; CREATE ROLE doctor_far LOGIN; GRANT doctor_replica TO doctor_near, doctor_between; GRANT doctor_between TO doctor_far'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_files LOGIN; GRANT pg_read_server_files, pg_write_server_files, pg_execute_server_program, pg_read_all_data, pg_write_all_data, pg_read_all_stats TO doctor_files; CREATE ROLE doctor_nologin; GRANT pg_read_all_data TO doctor_nologin'); ROLLBACK;
-- Trusted roles: superusers and administrators, those of users, and more than one.
BEGIN; SELECT * FROM test.visit('ALTER ROLE doctor_app BYPASSRLS'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_admin; SELECT sharing.grant_admin(''doctor_admin''); GRANT doctor_admin TO doctor_app; SELECT sharing.grant_admin(''doctor_app'')'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_ben LOGIN; SELECT sharing.set_user_db_role(2, ''doctor_ben''); GRANT doctor_ben TO doctor_app'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('SELECT sharing.set_user_db_role(2, ''doctor_app'')'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_web LOGIN; SELECT sharing.trust(''doctor_web'')'); ROLLBACK;
-- Owners of protected tables.
BEGIN; SELECT * FROM test.visit('GRANT doctor_owner TO doctor_app'); ROLLBACK;
-- Privileges that row security does not look at.
BEGIN; SELECT * FROM test.visit('GRANT ALL ON crm.leads TO doctor_app; GRANT TRUNCATE ON crm.visits_1 TO PUBLIC; GRANT REFERENCES ON crm.calls TO PUBLIC'); ROLLBACK;
-- The same on columns alone; and who passed on what they hold: what mends the first mends the second.
BEGIN; SELECT * FROM test.visit('GRANT REFERENCES (id, owner) ON crm.leads TO doctor_app; GRANT SELECT (id) ON crm.leads TO PUBLIC'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_first; CREATE ROLE doctor_second; GRANT TRUNCATE, TRIGGER ON crm.leads TO doctor_first WITH GRANT OPTION; GRANT REFERENCES (id) ON crm.leads TO doctor_first WITH GRANT OPTION;
    GRANT USAGE ON SCHEMA crm TO doctor_first; SET LOCAL ROLE doctor_first; GRANT TRUNCATE, TRIGGER ON crm.leads TO doctor_second; GRANT REFERENCES (id) ON crm.leads TO doctor_second; RESET ROLE'); ROLLBACK;
-- Who may read and is nobody.
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_reports LOGIN; GRANT USAGE ON SCHEMA crm TO doctor_reports; GRANT SELECT ON crm.leads, crm.calls TO doctor_reports'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_outside LOGIN; GRANT SELECT ON crm.leads TO doctor_outside'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('REVOKE CONNECT ON DATABASE ' || quote_ident(current_database()) || ' FROM PUBLIC; CREATE ROLE doctor_reports LOGIN; GRANT USAGE ON SCHEMA crm TO doctor_reports; GRANT SELECT ON crm.leads TO doctor_reports'); ROLLBACK;
-- Dropped roles.
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_gone LOGIN; CREATE ROLE doctor_gone_too; CREATE ROLE doctor_gone_admin; SELECT sharing.trust(''doctor_gone''); SELECT sharing.grant_admin(''doctor_gone_admin''); DROP OWNED BY doctor_gone_admin; DROP ROLE doctor_gone_admin; SELECT sharing.set_user_db_role(2, ''doctor_gone_too''); DROP ROLE doctor_gone, doctor_gone_too'); ROLLBACK;
