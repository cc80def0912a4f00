-- Modules: renaming and moving are followed; dropping the table drops the module; a table made again is not protected.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE SCHEMA elsewhere;
GRANT ALL ON SCHEMA elsewhere TO crm, app;
SELECT sharing.add_rule('leads', 'role:H7', 'role:H5', 'read_write'), sharing.apply_rules() \g /dev/null
\c - app
PREPARE reading AS SELECT count(*) FROM leads;
SET sharing.user_key = 'rep1';
EXECUTE reading;
\c - crm
ALTER TABLE leads RENAME TO "Le:ads ""x""";
ALTER TABLE "Le:ads ""x""" RENAME COLUMN owner TO "the owner";
ALTER TABLE "Le:ads ""x""" SET SCHEMA elsewhere;
ALTER TABLE elsewhere."Le:ads ""x""" ADD COLUMN owner text DEFAULT 'ceo';
\c - app
SET sharing.user_key = 'rep1';
SELECT id, "the owner", owner FROM elsewhere."Le:ads ""x""" ORDER BY id;
INSERT INTO elsewhere."Le:ads ""x""" VALUES (100, 'vp');
UPDATE elsewhere."Le:ads ""x""" SET "the owner" = 'rep1' WHERE id = 7;
SELECT sharing.transfer('elsewhere."Le:ads ""x"""', '{1}', 'user:vp');
SELECT test.sees('elsewhere."Le:ads ""x"""');
\c - postgres
SELECT name, relation FROM sharing.modules;
SELECT polname, pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'sharing_select';
ALTER TABLE elsewhere."Le:ads ""x""" DROP COLUMN owner;
ALTER TABLE elsewhere."Le:ads ""x""" RENAME COLUMN "the owner" TO owner;
ALTER TABLE elsewhere."Le:ads ""x""" SET SCHEMA public;
ALTER TABLE "Le:ads ""x""" RENAME TO leads;
-- The type of the owner column cannot change, nor can it go, below its policies.
\c - crm
ALTER TABLE leads ALTER COLUMN owner TYPE varchar(50);
ALTER TABLE leads DROP COLUMN owner;
-- Taken by force, policies and all, the table is closed: row security stays, and the owner cannot be guarded.
BEGIN;
ALTER TABLE leads DROP COLUMN owner CASCADE;
SELECT count(*) FROM leads;
\c - postgres
BEGIN;
SET client_min_messages = warning;
ALTER TABLE leads DROP COLUMN owner CASCADE;
SELECT polname FROM pg_policy WHERE polrelid = 'leads'::regclass ORDER BY 1;
SET LOCAL SESSION AUTHORIZATION app;
SET LOCAL sharing.user_key = 'ceo';
SELECT count(*) FROM leads;
ROLLBACK;
-- Another owner of the table, columns dropped before the owner column, a column added: as before.
ALTER TABLE leads OWNER TO stranger;
CREATE TABLE shifted (a integer, b text, id integer, c text, owner text, title text);
INSERT INTO shifted VALUES (1, '', 1, '', 'rep1'), (1, '', 2, '', 'ceo');
GRANT ALL ON shifted TO app;
SELECT count(*) FROM sharing.protect('shifted', 'owner');
ALTER TABLE shifted DROP COLUMN a, DROP COLUMN b, ADD COLUMN d integer DEFAULT 7;
ALTER TABLE shifted DROP COLUMN c;
\c - app
SELECT s.*, l.* FROM test.reach('rep1', 'shifted') s, test.reach('rep1') l;
SELECT test.outcome_for('rep1', 'UPDATE shifted SET owner = ''ceo''');
-- Dropped and made again: not protected, and no rule of the old one holds.
\c - postgres
DROP TABLE leads;
SELECT name FROM sharing.modules;
SELECT count(*) FROM sharing.rules;
SELECT relation FROM sharing.protected_relations;
CREATE TABLE leads (id integer, owner text, title text);
INSERT INTO leads VALUES (1, 'rep1'), (7, 'sup1');
GRANT ALL ON leads TO app;
SELECT count(*) FROM sharing.protect('leads', 'owner');
\c - app
SELECT * FROM test.reach('rep1');
-- A schema that goes takes its modules with it; one that rolls back does not.
\c - postgres
CREATE TABLE elsewhere.things (id integer, owner text);
SELECT count(*) FROM sharing.protect('elsewhere.things', 'owner');
BEGIN;
DROP SCHEMA elsewhere CASCADE;
SELECT name FROM sharing.modules ORDER BY name;
ROLLBACK;
SELECT name FROM sharing.modules ORDER BY name;
DROP SCHEMA elsewhere CASCADE;
SELECT name FROM sharing.modules ORDER BY name;
