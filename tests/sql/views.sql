-- A view with security_invoker is filtered for its caller; a default view asks as its owner where he is known by role,
-- and for the named user where a trusted session names one; views of a superuser are outside of row security, as PostgreSQL says.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE ROLE mgr_db LOGIN;
SELECT sharing.set_user_db_role('mgr', 'mgr_db') \g /dev/null
CREATE SCHEMA v;
GRANT ALL ON SCHEMA v TO PUBLIC;
CREATE VIEW v.of_superuser AS SELECT * FROM leads;
CREATE VIEW v.of_invoker WITH (security_invoker) AS SELECT * FROM leads;
SET ROLE mgr_db;
CREATE VIEW v.of_mgr AS SELECT * FROM leads;
CREATE VIEW v.nested WITH (security_invoker) AS SELECT * FROM v.of_mgr;
CREATE VIEW v.checked WITH (security_invoker, security_barrier) AS SELECT * FROM leads WHERE id < 100 WITH CHECK OPTION;
RESET ROLE;
SET ROLE crm;
CREATE VIEW v.of_owner AS SELECT * FROM leads;
CREATE VIEW v.triggered WITH (security_invoker) AS SELECT * FROM leads;
CREATE FUNCTION v.instead() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN DELETE FROM public.leads WHERE id = OLD.id; RETURN OLD; END$$;
CREATE TRIGGER instead INSTEAD OF DELETE ON v.triggered FOR EACH ROW EXECUTE FUNCTION v.instead();
RESET ROLE;
GRANT ALL ON ALL TABLES IN SCHEMA v TO PUBLIC;
CREATE FUNCTION test.in_views() RETURNS TABLE (view text, sees text) LANGUAGE sql AS $$
    SELECT relname, test.sees(oid) FROM pg_class WHERE relnamespace = 'v'::regnamespace AND relkind = 'v' ORDER BY relname
$$;
\c - app
SET sharing.user_key = 'rep1';
SELECT * FROM test.in_views();
\c - rep2_db
SELECT * FROM test.in_views();
\c - stranger
SELECT * FROM test.in_views() WHERE view <> 'of_superuser';
-- Writing through them.
\c - app
SET sharing.user_key = 'rep1';
SELECT view, test.outcome(format('UPDATE v.%I SET title = ''x''', view)) AS updated, test.outcome(format('DELETE FROM v.%I', view)) AS deleted,
    left(test.outcome(format('INSERT INTO v.%I VALUES (50, ''ceo'')', view)), 5) AS inserted, left(test.outcome(format('INSERT INTO v.%I VALUES (4, ''rep1'') ON CONFLICT (id) DO UPDATE SET title = ''x''', view)), 5) AS conflicting,
    left(test.outcome(format('UPDATE v.%I SET owner = ''ceo''', view)), 5) AS given
FROM unnest('{checked,nested,of_invoker,of_mgr,of_owner}'::text[]) view;
SELECT test.outcome('DELETE FROM v.triggered'), test.outcome('INSERT INTO v.checked VALUES (200, ''rep1'')');
-- A rule on the table of another.
\c - postgres
CREATE TABLE wishes (id integer);
GRANT ALL ON wishes TO app;
CREATE RULE wish AS ON INSERT TO wishes DO ALSO DELETE FROM leads WHERE leads.id = NEW.id;
ALTER TABLE wishes OWNER TO mgr_db;
\c - app
SET sharing.user_key = 'rep1';
INSERT INTO wishes VALUES (3);
\c - rep2_db
\c - postgres
SELECT count(*) FROM leads;
