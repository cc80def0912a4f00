-- A copy of our policies that has lost the word RESTRICTIVE opens nothing, as Citus makes it for shards and for tables that it takes over. Nor is a table open that lost one of them.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE lines (id integer PRIMARY KEY, lead integer, title text);
INSERT INTO lines SELECT 100 + id, id, '' FROM leads;
SELECT count(*) FROM sharing.protect('lines', controlled_by => 'leads', via => 'lead');
CREATE TABLE copy_of_leads (LIKE leads);
CREATE TABLE copy_of_lines (LIKE lines);
INSERT INTO copy_of_leads SELECT * FROM leads;
INSERT INTO copy_of_lines SELECT * FROM lines;
GRANT ALL ON lines, copy_of_leads, copy_of_lines TO app;
ALTER TABLE copy_of_leads ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE copy_of_lines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT format('CREATE POLICY %I ON copy_of_%s FOR %s%s%s', polname, polrelid::regclass,
    CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
    ' USING (' || pg_get_expr(polqual, polrelid) || ')', ' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')')
FROM pg_policy WHERE polrelid IN ('leads'::regclass, 'lines'::regclass) ORDER BY polrelid, polname
\gexec
SELECT polrelid::regclass, count(*), bool_or(polpermissive) AS any_permissive, bool_and(polpermissive) AS all_permissive FROM pg_policy GROUP BY polrelid ORDER BY polrelid::regclass::text COLLATE "C";
-- What people may do follows from the tree of roles: rep1 has lead 1, mgr those of the reps and his own, vp and ceo more; adm everything; nobody nothing.
\c - app
SELECT person, t, r.* FROM unnest('{rep1,mgr,ceo,adm,unknown}'::text[]) WITH ORDINALITY p (person, n), unnest('{leads,copy_of_leads,lines,copy_of_lines}'::text[]) WITH ORDINALITY o (t, m), test.reach(person, t) r ORDER BY n, m;
SELECT t, test.outcome_for('rep1', format('INSERT INTO %s VALUES (200, ''ceo'')', t)) AS for_another, test.outcome_for('rep1', format('INSERT INTO %s VALUES (200, ''rep1'')', t)) AS own,
    test.outcome_for('mgr', format('UPDATE %s SET owner = ''ceo'' WHERE id = 1', t)) AS given_away FROM unnest('{leads,copy_of_leads}'::text[]) t;
SELECT t, test.outcome_for('rep1', format('INSERT INTO %s VALUES (200, 5)', t)) AS of_another, test.outcome_for('rep1', format('INSERT INTO %s VALUES (200, 1)', t)) AS own FROM unnest('{lines,copy_of_lines}'::text[]) t;
-- Any of our policies dropped alone, and both of a command, with nothing that puts them back: the same as before, or closed.
\c - postgres
CREATE FUNCTION test.without(statement text, OUT sees text, OUT edits text, OUT deletes text, OUT inserts text, OUT chief_sees text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    SET LOCAL SESSION AUTHORIZATION app;
    sees := test.outcome_for('rep1', 'SELECT FROM leads');
    edits := test.outcome_for('rep1', 'UPDATE leads SET title = ''!''');
    deletes := test.outcome_for('rep1', 'DELETE FROM leads');
    inserts := left(test.outcome_for('rep1', 'INSERT INTO leads (title, owner) VALUES (''of another'', ''ceo'')'), 5);
    chief_sees := test.outcome_for('adm', 'SELECT FROM leads');
    RAISE EXCEPTION USING ERRCODE = 'UNDO1';
EXCEPTION WHEN SQLSTATE 'UNDO1' THEN NULL;
END
$$;
SET client_min_messages = error;
ALTER EVENT TRIGGER sharing_follow_drops DISABLE;
SELECT polname, w.* FROM pg_policy, test.without('DROP POLICY ' || polname || ' ON leads') w WHERE polrelid = 'leads'::regclass ORDER BY 1;
SELECT command, w.* FROM unnest('{select,update,delete,insert}'::text[]) command, test.without(format('DROP POLICY sharing_%s ON leads; DROP POLICY sharing_%1$s_permit ON leads', command)) w;
SELECT * FROM test.without('ALTER TABLE leads DROP COLUMN id CASCADE');
SELECT * FROM test.without('ALTER TABLE leads DROP COLUMN owner CASCADE');
