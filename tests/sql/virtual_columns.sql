-- Virtual generated columns (PostgreSQL 18): no row holds their value, so they hold no owner, no key of a parent and no condition. Beside these they do no harm.
SELECT pg_catalog.current_setting('server_version_num')::integer < 180000 AS older \gset
\if :older
\echo SKIPPED: sql/virtual_columns: it is about PostgreSQL 18
\quit
\endif
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_user('1', 'ann'), sharing.create_user('2', 'bob') \g /dev/null
CREATE TABLE leads (id integer PRIMARY KEY, who integer, owner integer GENERATED ALWAYS AS (who) VIRTUAL, kept integer GENERATED ALWAYS AS (who) STORED);
INSERT INTO leads (id, who) SELECT n, 1 + n % 2 FROM generate_series(1, 6) n;
CREATE TABLE notes (id integer PRIMARY KEY, l integer, lead integer GENERATED ALWAYS AS (l) VIRTUAL, kind text GENERATED ALWAYS AS ('lead') VIRTUAL, owner integer);
INSERT INTO notes (id, l) SELECT n, n FROM generate_series(1, 6) n;
GRANT SELECT, UPDATE ON leads, notes TO app;
SELECT sharing.protect('leads', 'owner');
SELECT sharing.protect('leads', 'who', owner_group => 'owner');
SELECT * FROM sharing.import_config('{"version": 1, "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"}]}');
SELECT sharing.protect('leads', 'kept') \g /dev/null
SELECT sharing.protect('notes', controlled_by => 'leads', via => 'lead');
SELECT sharing.protect('notes', 'owner') \g /dev/null
SELECT sharing.relate('notes', 'lead', 'leads');
SELECT sharing.relate('notes', 'l', 'leads', 'kind', 'lead');
SELECT sharing.relate('notes', 'l', 'leads') \g /dev/null
-- What is virtual already can be computed otherwise; what decides cannot become virtual.
ALTER TABLE leads ALTER COLUMN owner SET EXPRESSION AS (who + 1);
ALTER TABLE leads ALTER COLUMN kept SET EXPRESSION AS (3 - who);
ALTER TABLE leads ALTER COLUMN kept DROP EXPRESSION;
\c - app
SET sharing.user_key = '1';
SELECT * FROM leads ORDER BY id;
SELECT * FROM notes ORDER BY id;
UPDATE leads SET kept = 2;
SELECT * FROM leads ORDER BY id;
