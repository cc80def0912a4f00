-- docs/operations.md, A table in place of another: a copy takes the name of a protected table that has children, details and shares. The
-- import of the document of before says which foreign key still leads to the old one, and afterwards everybody
-- sees what they saw. Truth are the sights before.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE visits (id integer PRIMARY KEY, client integer REFERENCES clients, owner text);
CREATE TABLE lines (id integer PRIMARY KEY, client integer REFERENCES clients);
CREATE INDEX ON visits (owner);
CREATE INDEX ON visits (client);
CREATE INDEX ON lines (client);
INSERT INTO visits SELECT id * 10, id, CASE WHEN id % 2 = 0 THEN 'leo' END FROM clients;
INSERT INTO lines SELECT id * 100, id FROM clients;
GRANT SELECT ON visits, lines TO app;
SELECT sharing.protect('visits', 'owner'), sharing.protect('lines', controlled_by => 'clients', via => 'client') \g /dev/null
SELECT sharing.relate('visits', 'client', 'clients') \g /dev/null
SELECT sharing.create_role('Auditor'), sharing.create_user('aud', 'aud', 'Auditor'), sharing.create_group('all', 'All'), sharing.add_member('All', 'user:liz') \g /dev/null
SELECT sharing.add_rule('clients', 'group:All', 'role:Auditor', 'read_only'), sharing.apply_rules() \g /dev/null
SELECT sharing.set_office_security('Los Angeles', false) \g /dev/null
\c - app
SELECT test.link('ann', 'liz');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');
\c - postgres
SET client_min_messages = warning;
CREATE FUNCTION test.sights() RETURNS TABLE (person text, clients text, visits text, lines text) LANGUAGE sql AS $$
    SELECT person, test.call(person, 'SELECT array_agg(id ORDER BY id) FROM clients'), test.call(person, 'SELECT array_agg(id ORDER BY id) FROM visits'), test.call(person, 'SELECT array_agg(id ORDER BY id) FROM lines')
    FROM unnest('{adm,ann,liz,leo,bob,aud,nobody}'::text[]) person $$;
GRANT ALL ON SCHEMA test TO app;
\c - app
CREATE TABLE test.before AS SELECT * FROM test.sights();
TABLE test.before;
\c - postgres
SET client_min_messages = error;
BEGIN;
CREATE TEMPORARY TABLE before ON COMMIT DROP AS SELECT sharing.export_config() AS document;
CREATE TABLE clients_copy (LIKE clients INCLUDING ALL);
INSERT INTO clients_copy SELECT * FROM clients;
ALTER TABLE clients RENAME TO clients_old;
ALTER TABLE clients_copy RENAME TO clients;
GRANT SELECT ON clients TO app;
SAVEPOINT forgotten;
SELECT sharing.import_config((SELECT document FROM before), apply => true);
ROLLBACK TO forgotten;
ALTER TABLE lines DROP CONSTRAINT lines_client_fkey, ADD FOREIGN KEY (client) REFERENCES clients;
SAVEPOINT forgotten;
SELECT sharing.import_config((SELECT document FROM before), apply => true);
ROLLBACK TO forgotten;
ALTER TABLE visits DROP CONSTRAINT visits_client_fkey, ADD FOREIGN KEY (client) REFERENCES clients;
SELECT change, object FROM sharing.import_config((SELECT document FROM before), apply => true);
SELECT relname, relrowsecurity FROM pg_class WHERE oid IN ('clients'::regclass, 'clients_old'::regclass) ORDER BY relname;
SELECT sharing.export_config() = document AS same FROM before;
DROP TABLE clients_old;
COMMIT;
\c - app
SELECT count(*) FILTER (WHERE b = s) AS as_before, count(*) FILTER (WHERE b IS DISTINCT FROM s) AS otherwise FROM test.before b FULL JOIN test.sights() s USING (person);
-- The shares go with the records of the new table.
\c - postgres
DELETE FROM lines WHERE client = 1;
DELETE FROM visits WHERE client = 1;
DELETE FROM clients WHERE id = 1;
SELECT count(*) AS shares FROM sharing.shares;
