-- Commands on a protected table: policies that were there when a table is protected and sharing both have to agree; the table's owner is filtered.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\c - crm
-- Dormant (row security is off) and active ones, permissive and restrictive.
CREATE TABLE dormant (id integer, owner text, title text, region text);
CREATE TABLE active (id integer, owner text, title text, region text);
CREATE TABLE narrowed (id integer, owner text, title text, region text);
INSERT INTO dormant VALUES (1, 'rep1', '', 'north'), (2, 'rep1', '', 'south'), (3, 'ceo', '', 'north'), (4, 'ceo', '', 'south');
INSERT INTO active SELECT * FROM dormant;
INSERT INTO narrowed SELECT * FROM dormant;
GRANT ALL ON dormant, active, narrowed TO app;
CREATE POLICY north ON dormant USING (region = 'north');
CREATE POLICY odd ON dormant AS RESTRICTIVE FOR UPDATE USING (id = 3);
ALTER TABLE active ENABLE ROW LEVEL SECURITY;
CREATE POLICY north ON active FOR SELECT USING (region = 'north');
ALTER TABLE narrowed ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY south ON narrowed AS RESTRICTIVE USING (region = 'south');
\c - postgres
\t on
SELECT sharing.protect('dormant', 'owner');
SELECT sharing.protect('active', 'owner');
SELECT sharing.protect('narrowed', 'owner');
\t off
\c - app
SELECT person, d.sees, d.edits, d.deletes, a.sees, a.edits, a.deletes, n.sees, n.edits, n.deletes
FROM unnest('{rep1,ceo,sup1,adm}'::text[]) WITH ORDINALITY p (person, i), test.reach(person, 'dormant') d, test.reach(person, 'active') a,
     test.reach(person, 'narrowed') n ORDER BY i;
SELECT test.outcome_for('rep1', format('INSERT INTO %s VALUES (5, ''rep1'', '''', %L)', t, region)), t, region
FROM unnest('{dormant,active,narrowed}'::text[]) t, unnest('{north,south}'::text[]) region;
-- Policies that are added later: a permissive one never widens, nor narrows where ours is open; a restrictive one narrows.
\c - crm
CREATE POLICY late ON leads USING (true);
CREATE POLICY late ON active USING (true);
CREATE POLICY late_one ON leads FOR SELECT TO app USING (owner = 'vp');
\c - app
SELECT person, l.*, a.sees AS active FROM unnest('{rep1,mgr}'::text[]) WITH ORDINALITY p (person, n), test.reach(person) l, test.reach(person, 'active') a ORDER BY n;
\c - crm
CREATE POLICY late_restriction ON leads AS RESTRICTIVE USING (id <> 3);
\c - app
SELECT person, l.* FROM unnest('{rep1,mgr}'::text[]) WITH ORDINALITY p (person, n), test.reach(person) l ORDER BY n;
-- The table's owner reads as a user or as nobody, like everyone else.
\c - crm
SELECT count(*) FROM leads;
UPDATE leads SET title = 'x';
DELETE FROM leads;
INSERT INTO leads VALUES (100, 'crm');
\c - postgres
SELECT sharing.create_user('crm', 'crm', 'H4', db_role => 'crm') \g /dev/null
\c - crm
SELECT id FROM leads ORDER BY id;
-- Without our permissive policies nothing is left, and a permissive one of the application's own does not open what ours restrict.
\c - postgres
ALTER EVENT TRIGGER sharing_follow_drops DISABLE;
DROP POLICY sharing_select_permit ON leads;
ALTER EVENT TRIGGER sharing_follow_drops ENABLE ALWAYS;
\c - crm
DROP POLICY late ON leads;
DROP POLICY late_one ON leads;
SELECT id FROM leads ORDER BY id;
CREATE POLICY mine ON leads USING (true);
SELECT id FROM leads ORDER BY id;
