-- What PostgreSQL itself refuses within one of our functions is told in its own words: SQLSTATE, DETAIL and HINT.
-- The server's environment asks for backtraces (scripts/server.sh); none is shown.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE FUNCTION test.told(statement text) RETURNS TABLE (state text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
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
-- An error of our own.
SELECT * FROM test.told('SELECT sharing.drop_role(''absent'')');
