-- Commands on a protected table: a permissive policy that lay dormant closes all commands that no such policy is for, and to all roles that none is for,
-- as soon as row security is on. protect names these commands and roles, and it is so.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE ROLE clerk LOGIN IN ROLE app;
CREATE TABLE reads (id integer, owner text, title text);
CREATE TABLE one_role (id integer, owner text, title text);
CREATE TABLE mixed (id integer, owner text, title text);
CREATE TABLE all_open (id integer, owner text, title text);
CREATE TABLE cut (id integer, owner text, title text);
CREATE TABLE awake (id integer, owner text, title text);
INSERT INTO reads VALUES (1, 'rep1', '');
INSERT INTO one_role VALUES (1, 'rep1', '');
INSERT INTO mixed VALUES (1, 'rep1', '');
INSERT INTO all_open VALUES (1, 'rep1', '');
INSERT INTO cut VALUES (1, 'rep1', '');
INSERT INTO awake VALUES (1, 'rep1', '');
GRANT ALL ON reads, one_role, mixed, all_open, cut, awake TO app, rep2_db;
CREATE POLICY p ON reads FOR SELECT USING (true);
CREATE POLICY p ON one_role TO rep2_db USING (true);
CREATE POLICY p ON mixed FOR SELECT USING (true);
CREATE POLICY q ON mixed FOR UPDATE TO app, crm USING (true);
CREATE POLICY r ON mixed FOR UPDATE TO rep2_db USING (true);
CREATE POLICY s ON mixed FOR INSERT TO rep2_db WITH CHECK (true);
CREATE POLICY p ON all_open USING (true);
CREATE POLICY q ON all_open TO app USING (true);
CREATE POLICY p ON cut AS RESTRICTIVE FOR SELECT TO rep2_db USING (true);
ALTER TABLE awake ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON awake FOR SELECT USING (true);
\pset format unaligned
SELECT t, p FROM unnest('{reads,one_role,mixed,all_open,cut,awake}'::regclass[]) WITH ORDINALITY l (t, n), sharing.protect(t, 'owner') p WHERE p LIKE '--%closed%' ORDER BY n;
\pset format aligned
\c - app
SELECT t, r.* FROM unnest('{reads,one_role,mixed,all_open,cut}'::text[]) t, test.reach('rep1', t::regclass) r;
SELECT t, test.outcome_for('rep1', format('INSERT INTO %s VALUES (2, ''rep1'')', t)) FROM unnest('{reads,one_role,mixed,all_open,cut}'::text[]) t;
