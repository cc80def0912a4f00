-- NOT NULL as a constraint of its own (PostgreSQL 18): it comes and goes on the owner column and on keys, and nothing else changes.
SELECT pg_catalog.current_setting('server_version_num')::integer < 180000 AS older \gset
\if :older
\echo SKIPPED: sql/not_null_constraints: it is about PostgreSQL 18
\quit
\endif
CREATE ROLE app LOGIN;
CREATE ROLE town LOGIN;
SELECT sharing.trust('app'), sharing.create_user('1', 'ann'), sharing.create_user('2', 'bob') \g /dev/null
CREATE TABLE leads (id integer PRIMARY KEY, owner integer);
CREATE TABLE notes (id integer, lead integer);
ALTER TABLE leads OWNER TO town;
ALTER TABLE notes OWNER TO town;
INSERT INTO leads SELECT n, 1 + n % 2 FROM generate_series(1, 6) n;
INSERT INTO notes SELECT n, n FROM generate_series(1, 6) n;
GRANT SELECT ON leads, notes TO app;
SELECT sharing.protect('leads', 'owner'), sharing.protect('notes', controlled_by => 'leads', via => 'lead') \g /dev/null
CREATE VIEW state AS SELECT tablename, policyname, permissive, cmd, qual, with_check FROM pg_policies;
CREATE TABLE before AS TABLE state;
\c - town
ALTER TABLE leads ADD CONSTRAINT owned NOT NULL owner;
ALTER TABLE notes ADD CONSTRAINT belongs NOT NULL lead NOT VALID;
ALTER TABLE notes VALIDATE CONSTRAINT belongs;
ALTER TABLE leads RENAME CONSTRAINT owned TO has_owner;
ALTER TABLE leads ALTER CONSTRAINT has_owner NO INHERIT;
ALTER TABLE leads DROP CONSTRAINT has_owner;
ALTER TABLE notes ALTER COLUMN lead DROP NOT NULL;
ALTER TABLE leads ALTER COLUMN id DROP NOT NULL;
\c - postgres
SELECT count(*) FROM (TABLE state EXCEPT TABLE before UNION ALL (TABLE before EXCEPT TABLE state));
\c - app
SET sharing.user_key = '1';
SELECT * FROM leads ORDER BY id;
SELECT * FROM notes ORDER BY id;
