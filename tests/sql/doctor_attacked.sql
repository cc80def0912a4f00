-- The doctor reads only, for administrators, whatever tables are named, and runs nobody's code: that of a table's owner in indexes, domains, partition keys, views,
-- row security, operators and triggers.
\getenv tests PG_ABS_SRCDIR
\set doctor :tests '/support/doctor.sql'
\i :doctor
-- Ordinary people.
SET SESSION AUTHORIZATION doctor_app;
SELECT count(*) FROM sharing.doctor();
SELECT count(*) > 50 AS checks FROM sharing.doctor_checks();
SET sharing.user_key = '2';
SELECT count(*) FROM sharing.doctor();
RESET SESSION AUTHORIZATION;
-- An administrator without any privilege, in a READ ONLY transaction, by any search path.
SELECT sharing.grant_right(1, 'administrator') \g /dev/null
SET SESSION AUTHORIZATION doctor_app;
CREATE TEMPORARY TABLE pg_class (oid oid);
SET search_path = pg_temp, pg_catalog;
SET sharing.user_key = '1';
BEGIN READ ONLY;
SELECT check_name, object FROM sharing.doctor() WHERE check_name NOT IN ('preload', 'server_version') AND (check_name NOT IN ('database_role', 'stronger_role', 'predefined_role', 'replication_role', 'role_without_identity') OR object LIKE '%doctor%');
SELECT pg_catalog.pg_current_xact_id_if_assigned();
COMMIT;
RESET search_path;
RESET SESSION AUTHORIZATION;
BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY;
SELECT count(*) FROM test.findings;
SELECT pg_catalog.pg_current_xact_id_if_assigned();
COMMIT;
-- Names that are more than names: nothing of them gets out of its quotes, and what mends the tables runs.
CREATE ROLE "doctor's ""role"" \; DROP TABLE crm.leads" LOGIN;
CREATE SCHEMA "S's \";
CREATE TABLE "S's \"."t""able
'; DROP TABLE crm.leads; --" (id integer PRIMARY KEY, "own\er '" text, "the ""parent""" integer);
SELECT sharing.create_role(E'r''o\\le"') \g /dev/null
SELECT sharing.create_user(E'k''e\\y', 'Eve', E'r''o\\le"') \g /dev/null
INSERT INTO "S's \"."t""able
'; DROP TABLE crm.leads; --" VALUES (1, E'o''w\\n\ner'), (2, E'k''e\\y');
SELECT count(*) > 0 AS protected FROM sharing.protect('"S''s \"."t""able
''; DROP TABLE crm.leads; --"', 'own\er ''', E'mod''ule "\\"');
SELECT * FROM test.visit($damage$
    GRANT TRUNCATE, TRIGGER ON "S's \"."t""able
'; DROP TABLE crm.leads; --" TO "doctor's ""role"" \; DROP TABLE crm.leads";
    ALTER TABLE "S's \"."t""able
'; DROP TABLE crm.leads; --" NO FORCE ROW LEVEL SECURITY;
    ALTER EVENT TRIGGER sharing_follow_tables DISABLE;
    ALTER POLICY sharing_select ON "S's \"."t""able
'; DROP TABLE crm.leads; --" USING (true);
    ALTER EVENT TRIGGER sharing_follow_tables ENABLE ALWAYS;
    ALTER TABLE "S's \"."t""able
'; DROP TABLE crm.leads; --" DISABLE TRIGGER USER;
    CREATE VIEW "S's \"."v'i""ew" AS SELECT * FROM "S's \"."t""able
'; DROP TABLE crm.leads; --";
    ALTER ROLE "doctor's ""role"" \; DROP TABLE crm.leads" SET sharing.user_key = E'it''s \\';
    SELECT sharing.trust('"doctor''s ""role"" \; DROP TABLE crm.leads"');
    SELECT sharing.create_profile(E'pro''file\\'), sharing.assign_profile(E'r''o\\le"', E'pro''file\\'), sharing.create_role(E'un''used\\');
$damage$);
SELECT count(*) AS leads_are_there FROM crm.leads;
-- Code of a table's owner.
CREATE ROLE doctor_mallory NOLOGIN;
CREATE SCHEMA mallory AUTHORIZATION doctor_mallory;
SET ROLE doctor_mallory;
CREATE TABLE mallory.ran (what text);
GRANT INSERT ON mallory.ran TO PUBLIC;
CREATE FUNCTION mallory.code(anyelement, what text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    IF pg_catalog.current_setting('test.armed', true) = 'yes' THEN
        RAISE EXCEPTION 'code of % ran as %', what, current_user;
    END IF;
    RETURN true;
END
$$;
CREATE FUNCTION mallory.equals(integer, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$ SELECT mallory.code($1, 'operator') $$;
CREATE OPERATOR mallory.= (LEFTARG = integer, RIGHTARG = text, FUNCTION = mallory.equals);
CREATE DOMAIN mallory.key AS integer CHECK (mallory.code(VALUE, 'domain'));
CREATE TABLE mallory.t (id integer PRIMARY KEY, owner mallory.key, note text DEFAULT 'x' CHECK (mallory.code(note, 'check')));
CREATE INDEX ON mallory.t (owner) WHERE mallory.code(id, 'index predicate');
CREATE INDEX ON mallory.t ((mallory.code(owner, 'index expression')));
CREATE STATISTICS mallory.s ON (mallory.code(id, 'statistics')), owner FROM mallory.t;
CREATE POLICY mine ON mallory.t AS RESTRICTIVE USING (mallory.code(id, 'policy'));
INSERT INTO mallory.t VALUES (1, 1, ''), (2, 77, '');
CREATE VIEW mallory.v AS SELECT * FROM mallory.t WHERE mallory.code(id, 'view');
CREATE TABLE mallory.p (id integer, owner integer) PARTITION BY LIST ((mallory.code(id, 'partition key')));
CREATE TABLE mallory.p_1 PARTITION OF mallory.p FOR VALUES IN (true);
INSERT INTO mallory.p VALUES (1, 78);
RESET ROLE;
SELECT count(*) > 0 AS protected FROM sharing.protect('mallory.t', 'owner', 'tee');
SELECT count(*) > 0 AS protected FROM sharing.protect('mallory.p', 'owner', 'pea');
CREATE VIEW test.users AS SELECT id AS key, 'x' AS name FROM mallory.t WHERE mallory.code(id, 'source');
ANALYZE mallory.t;
SET test.armed = 'yes';
SET search_path = mallory, public;
SELECT severity, check_name, object, message, fix FROM test.findings WHERE object LIKE '%mallory%';
RESET search_path;
RESET test.armed;
