-- What the doctor says to run, run as it is, for names that are more than names: quotes of both kinds, dots, upper case, backslashes, percent
-- signs, line breaks and dollars, of 63 bytes, of tables, columns, roles, policies, triggers, views, partitions, sources and databases' settings.
\getenv tests PG_ABS_SRCDIR
\set doctor :tests '/support/doctor.sql'
\i :doctor
-- Each name is 63 bytes long; %1$s, {} and $1 mean something in templates.
CREATE FUNCTION test.name(what text) RETURNS text LANGUAGE sql IMMUTABLE AS $f$
    SELECT what || E' O''R."x"\\ %1$s {} $1 $$;\n--' || repeat('ä', (63 - octet_length(what || E' O''R."x"\\ %1$s {} $1 $$;\n--')) / 2) || CASE WHEN octet_length(what) % 2 = octet_length(E' O''R."x"\\ %1$s {} $1 $$;\n--') % 2 THEN 'y' ELSE '' END
$f$;
SELECT octet_length(test.name('doctor r')), octet_length(test.name('T'));
SELECT test.name('S') AS schema, test.name('T') AS table, test.name('P') AS parts, test.name('P1') AS part, test.name('own') AS owner, test.name('doctor r') AS role, test.name('doctor g') AS other,
       test.name('people') AS people, test.name('key') AS key \gset
CREATE ROLE :"role" LOGIN;
CREATE ROLE :"other";
CREATE SCHEMA :"schema";
CREATE TABLE :"schema".:"table" (id integer PRIMARY KEY, :"owner" text);
CREATE TABLE :"schema".:"parts" (id integer, :"owner" text) PARTITION BY RANGE (id);
CREATE TABLE :"schema".:"part" PARTITION OF :"schema".:"parts" FOR VALUES FROM (0) TO (10);
CREATE TABLE :"schema".:"people" (:"key" integer PRIMARY KEY, name text);
INSERT INTO :"schema".:"people" VALUES (1, 'Ana'), (2, 'Ben');
CREATE INDEX ON :"schema".:"table" (:"owner");
CREATE INDEX ON :"schema".:"parts" (:"owner");
SELECT count(*) > 0 AS protected FROM sharing.protect(format('%I.%I', test.name('S'), test.name('T'))::regclass, test.name('own'), 'tee');
SELECT count(*) > 0 AS protected FROM sharing.protect(format('%I.%I', test.name('S'), test.name('P'))::regclass, test.name('own'), 'pea');
SELECT count(*) AS changes FROM sharing.sync_users(format('%I.%I', test.name('S'), test.name('people'))::regclass, test.name('key'), 'name');
SELECT * FROM test.findings;
-- In a damage, <S>, <T> and so on are names.
CREATE FUNCTION test.damage(what text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY '{S,T,P,P1,P2,own,people,key,doctor r,doctor g,V,mine}'::text[] LOOP
        what := replace(what, '<' || one || '>', quote_ident(test.name(one)));
    END LOOP;
    RETURN what;
END
$$;
CREATE FUNCTION test.unseen(damage text) RETURNS text LANGUAGE sql AS $$
    SELECT 'ALTER EVENT TRIGGER sharing_follow_tables DISABLE; ALTER EVENT TRIGGER sharing_follow_drops DISABLE; ALTER EVENT TRIGGER sharing_mend_triggers DISABLE; ALTER EVENT TRIGGER sharing_guard_triggers DISABLE; ' || damage ||
           '; ALTER EVENT TRIGGER sharing_follow_tables ENABLE ALWAYS; ALTER EVENT TRIGGER sharing_follow_drops ENABLE ALWAYS; ALTER EVENT TRIGGER sharing_mend_triggers ENABLE ALWAYS; ALTER EVENT TRIGGER sharing_guard_triggers ENABLE ALWAYS' $$;
-- What was found and what is left, without the words: the fix failed nowhere.
CREATE FUNCTION test.mended(damage text) RETURNS TABLE (step text, check_name text, findings bigint, with_fix bigint, message text) LANGUAGE sql AS $$
    SELECT v.step, v.check_name, count(*), count(v.fix), string_agg(CASE WHEN v.step = 'fix failed' THEN v.message || ' IN ' || v.fix END, ' ')
    FROM test.visit(test.damage(damage)) v GROUP BY v.step, v.check_name ORDER BY v.step, v.check_name
$$;
BEGIN; SELECT * FROM test.mended('ALTER TABLE <S>.<T> NO FORCE ROW LEVEL SECURITY; ALTER TABLE <S>.<P1> DISABLE ROW LEVEL SECURITY; ALTER TABLE <S>.<T> DISABLE TRIGGER USER'); ROLLBACK;
BEGIN; SELECT * FROM test.mended(test.unseen('ALTER POLICY sharing_select ON <S>.<T> USING (true); DROP POLICY sharing_delete ON <S>.<P1>; DROP TRIGGER sharing_guard_owner ON <S>.<T>; CREATE TABLE <S>.<P2> PARTITION OF <S>.<P> FOR VALUES FROM (10) TO (20)')); ROLLBACK;
BEGIN; SELECT * FROM test.mended('CREATE POLICY <mine> ON <S>.<T> FOR SELECT USING (sharing_internal.may_read(''' || replace(format('%I.%I', test.name('S'), test.name('T')), '''', '''''') || '''::regclass, <own>))'); ROLLBACK;
BEGIN; SELECT * FROM test.mended('CREATE VIEW <S>.<V> AS SELECT * FROM <S>.<P1>; GRANT TRUNCATE, TRIGGER ON <S>.<T> TO <doctor r> WITH GRANT OPTION; GRANT REFERENCES (id, <own>) ON <S>.<P1> TO <doctor r>'); ROLLBACK;
BEGIN;
SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index WHERE indrelid IN (format('%I.%I', test.name('S'), test.name('T'))::regclass, format('%I.%I', test.name('S'), test.name('P'))::regclass) AND NOT indisprimary \gexec
SELECT * FROM test.mended('SELECT 1');
ROLLBACK;
-- Roles.
BEGIN; SELECT * FROM test.mended('ALTER ROLE <doctor g> BYPASSRLS; GRANT <doctor g>, pg_read_server_files TO <doctor r>'); ROLLBACK;
BEGIN; SELECT * FROM test.mended('ALTER ROLE <doctor r> REPLICATION; CREATE ROLE doctor_follows LOGIN; GRANT <doctor r> TO doctor_follows'); ROLLBACK;
BEGIN; SELECT * FROM test.mended('ALTER ROLE <doctor g> REPLICATION; GRANT <doctor g> TO <doctor r>'); ROLLBACK;
BEGIN; SELECT * FROM test.mended('SELECT sharing.untrust(''doctor_app''), sharing.trust(''' || replace(quote_ident(test.name('doctor r')), '''', '''''') || '''); SELECT sharing.grant_admin(''' || replace(quote_ident(test.name('doctor r')), '''', '''''') || '''), sharing.grant_admin(''' || replace(quote_ident(test.name('doctor g')), '''', '''''') || '''); GRANT <doctor g> TO <doctor r>'); ROLLBACK;
BEGIN; SELECT * FROM test.mended('SELECT sharing.untrust(''doctor_app''), sharing.trust(''' || replace(quote_ident(test.name('doctor r')), '''', '''''') || '''); SELECT sharing.set_user_db_role(2, ''' || replace(quote_ident(test.name('doctor g')), '''', '''''') || '''); GRANT <doctor g> TO <doctor r>'); ROLLBACK;
BEGIN; SELECT * FROM test.mended('SELECT sharing.untrust(''doctor_app''), sharing.trust(''' || replace(quote_ident(test.name('doctor r')), '''', '''''') || '''); ALTER ROLE <doctor r> BYPASSRLS'); ROLLBACK;
BEGIN; SELECT * FROM test.mended('ALTER ROLE <doctor r> SET sharing.user_key = ''it''''s''; ALTER ROLE <doctor r> IN DATABASE ' || quote_ident(current_database()) || ' SET session_replication_role = ''Replica'''); ROLLBACK;
BEGIN; SELECT * FROM test.mended('GRANT SET ON PARAMETER session_replication_role TO <doctor r>; GRANT SELECT ON pg_catalog.pg_statistic TO <doctor r>; GRANT SELECT (stxdmcv) ON pg_catalog.pg_statistic_ext_data TO <doctor r>'); ROLLBACK;
BEGIN; SELECT * FROM test.mended('GRANT SELECT, INSERT ON sharing.users TO <doctor r>; GRANT UPDATE (active) ON sharing.users TO <doctor g>'); ROLLBACK;
BEGIN; SELECT * FROM test.mended(test.unseen('CREATE FUNCTION <S>.<mine>() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NEW; END''; CREATE TRIGGER <mine> BEFORE INSERT ON sharing.users FOR EACH ROW EXECUTE FUNCTION <S>.<mine>()')); ROLLBACK;
-- Sources.
BEGIN; SELECT * FROM test.mended('ALTER TABLE <S>.<people> DISABLE TRIGGER USER; INSERT INTO <S>.<people> VALUES (3, ''Chloe'')'); ROLLBACK;
BEGIN; SELECT * FROM test.mended(test.unseen('DROP TRIGGER sharing_source_delete ON <S>.<people>')); ROLLBACK;
BEGIN; SELECT * FROM test.mended(test.unseen('DROP TABLE <S>.<people>')); ROLLBACK;
BEGIN; SELECT * FROM test.mended(test.unseen('DROP TABLE <S>.<T>')); ROLLBACK;
