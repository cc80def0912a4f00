-- From PostgreSQL 16 on a membership may be given by several roles, each with options of its own: by SET a member becomes the role, by ADMIN it can give
-- itself that, and INHERIT brings privileges, but no attribute. The doctor tells who can become what, and what ends all of it. Before, each membership does all that.
\getenv tests PG_ABS_SRCDIR
\set doctor :tests '/support/doctor.sql'
\i :doctor
SELECT current_setting('server_version_num')::integer >= 160000 AS has_options \gset
\if :has_options
-- Given by several, and passed on by one of them.
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_group BYPASSRLS; CREATE ROLE "doctor''s giver"; CREATE ROLE doctor_near LOGIN; CREATE ROLE doctor_next LOGIN; GRANT doctor_group TO "doctor''s giver" WITH ADMIN OPTION;
    GRANT doctor_group TO doctor_near; GRANT doctor_group TO doctor_near WITH ADMIN OPTION GRANTED BY "doctor''s giver"; GRANT doctor_group TO doctor_next GRANTED BY doctor_near'); ROLLBACK;
-- By each option alone.
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_group BYPASSRLS REPLICATION; CREATE ROLE doctor_inherits LOGIN; CREATE ROLE doctor_none LOGIN; CREATE ROLE doctor_set LOGIN; CREATE ROLE doctor_admin LOGIN; GRANT doctor_group TO doctor_inherits WITH INHERIT TRUE, SET FALSE;
    GRANT doctor_group TO doctor_none WITH INHERIT FALSE, SET FALSE; GRANT doctor_group TO doctor_set WITH INHERIT FALSE, SET TRUE; GRANT doctor_group TO doctor_admin WITH ADMIN TRUE, INHERIT FALSE, SET FALSE'); ROLLBACK;
-- What is inherited is there without becoming anybody.
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_files LOGIN; GRANT pg_read_server_files TO doctor_files WITH INHERIT TRUE, SET FALSE'); ROLLBACK;
-- Whoever made a role may give it to themselves.
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_creator LOGIN CREATEROLE; SET LOCAL ROLE doctor_creator; CREATE ROLE doctor_made; CREATE ROLE doctor_plain; RESET ROLE; ALTER ROLE doctor_made BYPASSRLS'); ROLLBACK;
-- Trusted roles: the database role of a user, and of an administrator.
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_ben LOGIN; SELECT sharing.set_user_db_role(2, ''doctor_ben''); GRANT doctor_ben TO doctor_app WITH INHERIT TRUE, SET FALSE'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_ben LOGIN; SELECT sharing.set_user_db_role(2, ''doctor_ben''); GRANT doctor_ben TO doctor_app WITH INHERIT FALSE, SET TRUE'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_admin; SELECT sharing.grant_admin(''doctor_admin''); GRANT doctor_admin TO doctor_app WITH INHERIT TRUE, SET FALSE'); ROLLBACK;
\endif
-- Settings that are off by any of the names that PostgreSQL knows for that.
SELECT current_setting('event_triggers', true) IS NOT NULL AS has_setting \gset
\if :has_setting
BEGIN; SELECT * FROM test.visit('ALTER ROLE doctor_app SET event_triggers = ''OF''; ALTER ROLE doctor_owner SET event_triggers = ''F''; ALTER DATABASE ' || quote_ident(current_database()) || ' SET event_triggers = ''1'''); ROLLBACK;
\endif
