-- Modules; Sharing rules: a module's name that is a column of the table is a mistake, and refused; protect may say the global access of a table
-- that was open before; and a global access is written as a label or as people see it.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE cases (id integer PRIMARY KEY, owner_id text, "the team" text, cases integer, title text);
CREATE TABLE calls (id integer PRIMARY KEY, owner_id text, team_id text);
CREATE TABLE lines (id integer, call integer);
INSERT INTO cases VALUES (1, 'ceo'), (2, 'rep1'), (3, NULL);
GRANT ALL ON cases, calls TO app;
SELECT sharing.protect('cases', 'owner_id', 'the team');
SELECT sharing.protect('cases', module => 'owner_id', owner_group => 'the team');
SELECT sharing.protect('calls', 'owner_id', 'team_id', dry_run => true);
-- The HINT runs, and a table that has the name of a column keeps its own.
BEGIN;
SELECT count(*) > 0 AS protected FROM sharing.protect('public.cases', owner => 'owner_id', owner_group => 'the team');
SELECT sharing.unprotect('cases') \g /dev/null
SELECT count(*) > 0 AS protected FROM sharing.protect('cases', 'owner_id', 'cases');
ROLLBACK;
-- An import may say such names: there nothing is meant by its place.
BEGIN;
SELECT change, object FROM sharing.import_config('{"version": 1, "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"}, {"name": "team_id", "table": "public.calls", "owner": "owner_id"}]}');
ROLLBACK;
-- Global access that holds at once.
SELECT p FROM sharing.protect('cases', 'owner_id', global_access => 'public_read_edit') p WHERE p LIKE '%names no owner%';
SELECT p FROM sharing.protect('calls', 'owner_id', global_access => 'public_read_only', dry_run => true) p WHERE p LIKE '%names no owner%';
SELECT name, global_access, staged_global_access FROM sharing.modules WHERE name = 'cases';
SELECT count(*) AS nothing_is_staged FROM sharing.pending_changes();
\c - app
SELECT person, r.* FROM unnest('{rep1,sup1,adm}'::text[]) person, test.reach(person, 'cases') r;
SELECT test.outcome_for('sup1', 'INSERT INTO cases VALUES (4)');
\c - postgres
SELECT sharing.protect('calls', 'owner_id', global_access => NULL);
SELECT sharing.protect('calls', 'owner_id', follows => 'leads', global_access => 'public_read_only');
SELECT sharing.protect('lines', controlled_by => 'cases', via => 'call', global_access => 'public_read_only');
SELECT count(*) > 0 AS protected FROM sharing.protect('calls', 'owner_id', follows => 'leads');
-- The words for it.
SELECT word, test.outcome(format('SELECT sharing.set_global_access(''leads'', %L)', word)) FROM unnest(ARRAY['private', 'Private', 'PUBLIC: read only', 'public_read_edit', 'Public: Read, Create/Edit', 'Public: Read, Create/Edit, Delete', ' public_read_only ', 'Public Read Only', '', 'read', repeat('x', 100000)]) WITH ORDINALITY w (word, n) WHERE length(word) < 1000 ORDER BY n;
SELECT length(test.outcome(format('SELECT sharing.set_global_access(''leads'', %L)', repeat('x', 100000)))) < 200 AS bounded;
SELECT sharing.set_global_access('leads', 'Public: Read, Create/Edit');
SELECT staged_global_access FROM sharing.modules WHERE name = 'leads';
SELECT sharing.set_global_access('leads', 'Public');
SELECT sharing.set_global_access('leads', NULL);
