-- What PostgreSQL itself refuses within one of our functions is told in its own words: SQLSTATE, DETAIL and HINT.
-- The server's environment asks for backtraces (scripts/server.sh); none is shown.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\x on
CREATE FUNCTION test.told(statement text) RETURNS TABLE (state text, message text, detail text, hint text, context text, "table" text, "constraint" text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
        context = PG_EXCEPTION_CONTEXT, "table" = TABLE_NAME, "constraint" = CONSTRAINT_NAME;
    context := regexp_replace(context, '^(SQL statement ".{20}).*$', '\1…"', 'gn');
    RETURN NEXT;
END
$$;
CREATE TABLE deals (id integer PRIMARY KEY, owner text);
-- A policy of that name exists.
CREATE POLICY sharing_select ON deals USING (true);
SELECT * FROM test.told('SELECT sharing.protect(''deals'', ''owner'')');
DROP POLICY sharing_select ON deals;
-- An event trigger of the application refuses, with words of its own and without.
CREATE FUNCTION test.no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'P0042', MESSAGE = 'no DDL here', DETAIL = 'It is Friday.', HINT = 'Come on Monday.';
END
$$;
CREATE EVENT TRIGGER no_ddl ON ddl_command_start WHEN TAG IN ('CREATE POLICY') EXECUTE FUNCTION test.no_ddl();
SELECT * FROM test.told('SELECT sharing.protect(''deals'', ''owner'')');
CREATE OR REPLACE FUNCTION test.no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'no DDL here';
END
$$;
SELECT * FROM test.told('SELECT sharing.protect(''deals'', ''owner'')');
DROP EVENT TRIGGER no_ddl;
-- A trigger of the application, within transfer(); an input that is no number; a table that is none.
CREATE FUNCTION test.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'not today';
END
$$;
CREATE TRIGGER refuse BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION test.refuse();
SELECT * FROM test.told('SELECT sharing.transfer(''leads'', ''{1}'', ''user:ceo'')');
SELECT * FROM test.told('SELECT sharing.transfer(''leads'', ''{x}'', ''user:ceo'')');
-- A constraint of the application, and an error with names of its own.
ALTER TABLE leads DISABLE TRIGGER refuse;
ALTER TABLE leads ADD CONSTRAINT not_to_ceo CHECK (owner <> 'ceo' OR id > 100) NOT VALID;
SELECT * FROM test.told('SELECT sharing.transfer(''leads'', ''{1}'', ''user:ceo'')');
-- An error that the application catches by itself leaves nothing behind.
ALTER TABLE leads DROP CONSTRAINT not_to_ceo;
CREATE FUNCTION test.forgive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        RAISE EXCEPTION USING ERRCODE = 'P0043', MESSAGE = 'forgiven';
    EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE 'caught %', SQLSTATE;
    END;
    RETURN NULL;
END
$$;
CREATE TRIGGER forgive BEFORE UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION test.forgive();
SELECT * FROM test.told('SELECT sharing.transfer(''leads'', ''{1}'', ''user:ceo'')');
-- An error of our own.
SELECT * FROM test.told('SELECT sharing.drop_role(''absent'')');
-- Again and again within one transaction, in savepoints; and a statement that is cancelled.
DO $$
DECLARE
    n integer := 0;
    code text;
BEGIN
    FOR i IN 1..300 LOOP
        SELECT state INTO code FROM test.told('SELECT sharing.transfer(''leads'', ''{x}'', ''user:ceo'')');
        n := n + (code = '22P02')::integer;
    END LOOP;
    RAISE NOTICE '% errors', n;
END
$$;
CREATE OR REPLACE FUNCTION test.forgive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(60);
    RETURN NULL;
END
$$;
SET statement_timeout = '200ms';
SELECT sharing.transfer('leads', '{1}', 'user:ceo');
RESET statement_timeout;
