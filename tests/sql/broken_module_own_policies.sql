-- A column that our policies name is dropped with CASCADE on a table that has permissive policies of its own: those do
-- not open it. It is closed until it is mended, by whatever column or type the policies went.
\set VERBOSITY terse
CREATE ROLE u1 LOGIN; CREATE ROLE nobody LOGIN; CREATE ROLE town LOGIN;
SELECT sharing.create_user('1', 'ann', db_role => 'u1') \g /dev/null
CREATE SCHEMA town AUTHORIZATION town;
GRANT USAGE ON SCHEMA town TO u1, nobody;
SET ROLE town;
CREATE DOMAIN town.person AS integer;
CREATE TABLE town.leads (id integer PRIMARY KEY, owner integer, note text);
CREATE TABLE town.tasks (id integer PRIMARY KEY, owner town.person, note text);
CREATE TABLE town.notes (id integer, day integer, owner integer) PARTITION BY RANGE (day);
CREATE TABLE town.notes_1 PARTITION OF town.notes FOR VALUES FROM (1) TO (9);
INSERT INTO town.leads VALUES (1, 1, 'own'), (2, 2, 'hidden');
INSERT INTO town.tasks VALUES (1, 1, 'own'), (2, 2, 'hidden');
INSERT INTO town.notes VALUES (1, 1, 1), (2, 2, 2);
ALTER TABLE town.leads ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON town.leads USING (true);
GRANT ALL ON ALL TABLES IN SCHEMA town TO u1, nobody;
RESET ROLE;
SELECT sharing.protect('town.leads', 'owner'), sharing.protect('town.tasks', 'owner'), sharing.protect('town.notes', 'owner') \g /dev/null
SET ROLE town;
-- Added later, these neither widen nor narrow sharing.
CREATE POLICY everybody ON town.tasks USING (true);
CREATE POLICY everybody ON town.notes USING (true);
CREATE POLICY everybody ON town.notes_1 USING (true);
\c - u1
SELECT id FROM town.leads UNION ALL SELECT id FROM town.tasks UNION ALL SELECT id FROM town.notes;
\c - town
SET client_min_messages = warning;
ALTER TABLE town.leads DROP COLUMN owner CASCADE;
DROP DOMAIN town.person CASCADE;
ALTER TABLE town.notes DROP COLUMN owner CASCADE;
SELECT tablename, policyname, permissive, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'town' ORDER BY tablename, policyname;
-- What closes it is no more to be taken off than what it stands for.
DROP POLICY sharing_select ON town.leads;
ALTER POLICY sharing_select ON town.leads USING (true);
SELECT * FROM town.leads;
\c - nobody
SELECT * FROM town.leads;
SELECT * FROM town.tasks;
SELECT * FROM town.notes;
SELECT * FROM town.notes_1;
UPDATE town.tasks SET note = 'changed';
DELETE FROM town.leads;
INSERT INTO town.leads VALUES (9, 'x');
\c - postgres
SELECT count(*) FROM town.leads;
-- Mended, it shows everybody their own again.
ALTER TABLE town.leads ADD owner integer DEFAULT 1;
ALTER TABLE town.tasks ADD owner integer DEFAULT 2;
SELECT sharing.protect('town.leads', 'owner') \g /dev/null
SELECT sharing.protect('town.tasks', 'owner') \g /dev/null
SELECT sharing.unprotect('town.notes') \g /dev/null
SELECT tablename, count(*) FROM pg_policies WHERE schemaname = 'town' GROUP BY 1 ORDER BY 1;
\c - u1
SELECT * FROM town.leads;
SELECT * FROM town.tasks;
