-- A policy of ours that was altered, made permissive, replaced or dropped by other hands is put back, with a warning.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE parts (id integer, owner text, title text) PARTITION BY LIST (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
CREATE TABLE with_own (id integer, owner text, title text);
INSERT INTO parts SELECT * FROM leads;
INSERT INTO with_own SELECT * FROM leads;
CREATE POLICY own ON with_own USING (true);
ALTER TABLE parts OWNER TO crm;
ALTER TABLE parts_1 OWNER TO crm;
ALTER TABLE parts_2 OWNER TO crm;
ALTER TABLE with_own OWNER TO crm;
GRANT ALL ON parts, parts_1, parts_2, with_own TO app;
SELECT count(*) FROM sharing.protect('parts', 'owner');
SELECT count(*) FROM sharing.protect('with_own', 'owner');
CREATE TABLE test.before AS SELECT tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies;
CREATE VIEW test.changed AS (SELECT 'missing' AS what, * FROM (TABLE test.before EXCEPT SELECT tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies) m)
    UNION ALL (SELECT 'unknown', * FROM (SELECT tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies EXCEPT TABLE test.before) m);
GRANT SELECT ON test.before, test.changed TO crm, app;
GRANT USAGE, CREATE ON SCHEMA public TO crm;
-- The table's owner.
\c - crm
ALTER POLICY sharing_select ON leads USING (true);
ALTER POLICY sharing_select_permit ON leads USING (true);
ALTER POLICY sharing_insert ON leads WITH CHECK (true);
ALTER POLICY sharing_delete_permit ON leads TO crm;
ALTER POLICY sharing_update ON parts_1 WITH CHECK (title <> '');
ALTER POLICY sharing_select ON with_own TO crm;
TABLE test.changed;
DROP POLICY sharing_select ON leads;
DROP POLICY sharing_select_permit ON leads;
DROP POLICY sharing_delete ON with_own;
DROP POLICY IF EXISTS sharing_update ON parts_1;
TABLE test.changed;
-- Renamed, and one of their own renamed to a name of ours.
ALTER POLICY sharing_select ON with_own RENAME TO mine;
ALTER POLICY sharing_update_permit ON leads RENAME TO mine;
BEGIN;
ALTER POLICY own ON with_own RENAME TO sharing_select_permit;
TABLE test.changed;
ROLLBACK;
-- As in a restore.
BEGIN;
SET LOCAL row_security = off;
SELECT set_config('search_path', '', true);
ALTER POLICY sharing_select ON public.leads USING (true);
COMMIT;
TABLE test.changed;
-- One that is permissive under our name, on a table that had none.
CREATE POLICY sharing_insert_permit ON with_own USING (true);
SELECT policyname, permissive, roles, cmd, with_check FROM pg_policies WHERE tablename = 'with_own' AND policyname LIKE '%permit';
-- Neither it nor one that lets everything through opens anything.
\c - app
SELECT t, r.* FROM unnest('{leads,parts,parts_1,with_own}'::text[]) t, test.reach('mgr', t) r;
SELECT test.outcome_for('mgr', 'INSERT INTO with_own VALUES (20, ''ceo'')');
-- Where none is left that tells the columns, there is nothing to put back from: the table is closed, and nobody opens it under our names.
\c - crm
BEGIN;
SET LOCAL client_min_messages = warning;
ALTER TABLE parts DROP COLUMN owner CASCADE;
SELECT count(*) FROM parts;
SAVEPOINT closed;
CREATE POLICY sharing_select ON parts USING (true);
ROLLBACK TO closed;
CREATE POLICY sharing_select_permit ON parts USING (true);
ROLLBACK;
-- Other policies are nobody's business, and on tables that are not protected all names are free.
CREATE TABLE free (id integer);
CREATE POLICY sharing_select ON free USING (true);
ALTER POLICY sharing_select ON free USING (false);
DROP POLICY sharing_select ON free;
CREATE POLICY mine ON leads USING (true);
ALTER POLICY mine ON leads USING (false);
DROP POLICY mine ON leads;
TABLE test.changed;
-- What is put back goes with unprotect().
\c - postgres
SELECT count(*) FROM sharing.unprotect('leads');
SELECT count(*) FROM sharing.unprotect('with_own');
SELECT tablename, policyname FROM pg_policies WHERE tablename IN ('leads', 'with_own');
