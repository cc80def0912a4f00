\set ECHO none
-- A well-kept company for the tests of the doctor, of which it has nothing to say, and what damages it, looks, mends it by what the
-- doctor says, and looks again. Afterwards the session is still the superuser's.
\set QUIET on
CREATE ROLE doctor_owner NOLOGIN;
CREATE ROLE doctor_app LOGIN;
CREATE SCHEMA crm;
GRANT USAGE ON SCHEMA crm TO doctor_app;
GRANT ALL ON SCHEMA crm TO doctor_owner;
SET ROLE doctor_owner;
CREATE TABLE crm.leads (id integer PRIMARY KEY, owner integer, team integer);
CREATE TABLE crm.calls (id integer PRIMARY KEY, lead integer, owner integer);
CREATE TABLE crm.lines (id integer PRIMARY KEY, call integer);
CREATE TABLE crm.visits (id integer, owner text) PARTITION BY RANGE (id);
CREATE TABLE crm.visits_1 PARTITION OF crm.visits FOR VALUES FROM (0) TO (10);
CREATE TABLE crm.plain (id integer PRIMARY KEY, owner integer);
CREATE INDEX ON crm.leads (owner);
CREATE INDEX ON crm.leads (team);
CREATE INDEX ON crm.calls (owner);
CREATE INDEX ON crm.calls (lead);
CREATE INDEX ON crm.lines (call);
CREATE INDEX ON crm.visits (owner);
INSERT INTO crm.leads VALUES (1, 1, NULL), (2, 2, NULL), (3, NULL, 100);
INSERT INTO crm.calls VALUES (1, 1, 2);
INSERT INTO crm.visits VALUES (1, '2');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm TO doctor_app;
RESET ROLE;
SELECT sharing.create_role('Boss'), sharing.create_role('Rep', 'Boss') \g /dev/null
SELECT sharing.create_user(1, 'Ana', 'Boss'), sharing.create_user(2, 'Ben', 'Rep') \g /dev/null
SELECT sharing.create_group(100, 'Team'), sharing.add_member('Team', 'user:2') \g /dev/null
SELECT sharing.trust('doctor_app') \g /dev/null
SELECT sharing.protect('crm.leads', 'owner', owner_group => 'team'), sharing.protect('crm.calls', 'owner'),
       sharing.protect('crm.lines', controlled_by => 'crm.calls', via => 'call'), sharing.protect('crm.visits', 'owner', default_owner => true) \g /dev/null
SELECT sharing.relate('crm.calls', 'lead', 'crm.leads') \g /dev/null

CREATE SCHEMA test;
-- Other tests have roles of their own, and the server is what it is.
CREATE VIEW test.findings AS SELECT * FROM sharing.doctor()
    WHERE check_name NOT IN ('preload', 'server_version') AND (check_name NOT IN ('database_role', 'stronger_role', 'predefined_role', 'replication_role', 'role_without_identity') OR object LIKE '%doctor%');

-- What the doctor says: before, after the damage, and after what it said was run. What differs from visit to visit is left out.
CREATE FUNCTION test.visit(damage text) RETURNS TABLE (step text, severity text, check_name text, object text, message text, fix text) LANGUAGE plpgsql AS $$
DECLARE
    mends text[];
    mend text;
BEGIN
    RETURN QUERY SELECT 'before', f.* FROM test.findings f;
    EXECUTE damage;
    RETURN QUERY SELECT 'found', f.severity, f.check_name, pg_catalog.regexp_replace(f.object, '\m\d{5,}\M', 'N', 'g'),
        pg_catalog.regexp_replace(f.message, '\m\d{5,}\M', 'N', 'g'), pg_catalog.regexp_replace(f.fix, '\m\d{5,}\M', 'N', 'g') FROM test.findings f;
    SELECT pg_catalog.array_agg(d.fix ORDER BY d.n) INTO mends
    FROM (SELECT f.fix, pg_catalog.min(f.n) AS n FROM (SELECT *, pg_catalog.row_number() OVER () AS n FROM test.findings) f WHERE f.fix IS NOT NULL GROUP BY f.fix) d;
    FOREACH mend IN ARRAY COALESCE(mends, '{}') LOOP
        BEGIN
            EXECUTE mend;
        EXCEPTION WHEN OTHERS THEN
            RETURN QUERY SELECT 'fix failed', SQLSTATE, NULL, NULL, SQLERRM, mend;
        END;
    END LOOP;
    RETURN QUERY SELECT 'left', f.severity, f.check_name, pg_catalog.regexp_replace(f.object, '\m\d{5,}\M', 'N', 'g'), NULL, NULL FROM test.findings f;
END
$$;
SELECT object, message FROM test.findings;
SET client_min_messages = error;
\pset format unaligned
\pset tuples_only on
\pset null '(null)'
\set VERBOSITY terse
\set SHOW_CONTEXT never
\set QUIET off
\set ECHO all
