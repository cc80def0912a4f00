-- What belongs to pg_sharing on a superuser's table is put back also where the session is not a superuser's: event triggers of the
-- application are not told of it, and what is put back is what was there.
CREATE ROLE operator LOGIN;
GRANT postgres TO operator;
SELECT sharing.create_user('1', 'adam', office => NULL) \g /dev/null
CREATE TABLE leads (id integer PRIMARY KEY, owner integer);
SELECT count(*) > 0 AS done FROM sharing.protect('leads', 'owner', default_owner => true);
CREATE VIEW policies AS SELECT polname, polcmd, polpermissive, pg_get_expr(polqual, polrelid) AS using, pg_get_expr(polwithcheck, polrelid) AS check
FROM pg_policy WHERE polrelid = 'leads'::regclass;
CREATE VIEW triggers AS SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'leads'::regclass;
CREATE TABLE policies_before AS TABLE policies;
CREATE TABLE triggers_before AS TABLE triggers;
CREATE VIEW changed AS
(TABLE policies EXCEPT TABLE policies_before) UNION ALL (TABLE policies_before EXCEPT TABLE policies);
CREATE TABLE heard (as_role name, tag text);
CREATE FUNCTION hear() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.heard VALUES (current_user, tg_tag); END$$;
CREATE EVENT TRIGGER heard ON ddl_command_start EXECUTE FUNCTION hear();
\c - operator
SET ROLE postgres;
ALTER POLICY sharing_select ON leads RENAME TO mine;
TABLE changed;
ALTER POLICY sharing_update ON leads USING (true);
TABLE changed;
DROP POLICY sharing_delete ON leads;
TABLE changed;
ALTER TABLE leads DISABLE TRIGGER USER;
ALTER TABLE leads ENABLE TRIGGER USER;
(TABLE triggers EXCEPT TABLE triggers_before) UNION ALL (TABLE triggers_before EXCEPT TABLE triggers);
-- Once for each command of the session's.
SELECT * FROM heard;
\c - postgres
DROP EVENT TRIGGER heard;
