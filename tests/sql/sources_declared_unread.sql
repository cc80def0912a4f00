-- Bug: whoever was given grant_admin had any table read by declaring it a source, rows and columns that they could not read themselves:
-- a dry run told them all. What is declared has to be what whoever declares it could read, in every row.
CREATE ROLE dba LOGIN;
CREATE ROLE town LOGIN;
GRANT CREATE ON SCHEMA public TO town, dba;
SELECT sharing.grant_admin('dba'), sharing.create_user('1', 'ann') \g /dev/null
\c - town
CREATE TABLE secrets (id integer PRIMARY KEY, word text, other text);
INSERT INTO secrets VALUES (1, 'sesame'), (2, 'swordfish');
CREATE TABLE leads (id integer PRIMARY KEY, owner text, title text);
INSERT INTO leads VALUES (1, '1', 'Alster'), (2, '2', 'Elbe');
GRANT SELECT ON leads TO dba;
CREATE VIEW shown AS SELECT id, word FROM secrets WHERE id = 1;
CREATE VIEW invokers WITH (security_invoker) AS SELECT id, word FROM secrets;
CREATE MATERIALIZED VIEW kept AS SELECT id, word FROM secrets;
\c - postgres
SELECT sharing.protect('leads', 'owner') \g /dev/null
\c - dba
SELECT sharing.sync_users('secrets', 'id', 'word', dry_run => true);
SELECT sharing.sync_users('secrets', 'id', 'word');
SELECT sharing.sync_users('shown', 'id', 'word', dry_run => true);
SELECT sharing.sync_users('kept', 'id', 'word', dry_run => true);
SELECT sharing.sync_users('leads', 'id', 'title', dry_run => true);
SELECT sharing.import_config('{"version": 1, "sources": [{"kind": "groups", "table": "public.leads", "key": "id", "name": "title"}]}', dry_run => true);
SELECT sharing.import_config('{"version": 1, "sources": [{"kind": "groups", "table": "public.secrets", "key": "id", "name": "word"}]}');
-- What they may read, they may declare: columns, all rows, a view as its owner shows it.
\c - town
GRANT SELECT (id, word) ON secrets TO dba;
GRANT SELECT ON shown, invokers TO dba;
\c - dba
SELECT object FROM sharing.sync_users('secrets', 'id', 'word', dry_run => true);
SELECT sharing.sync_users('secrets', 'id', 'other', dry_run => true);
SELECT object FROM sharing.sync_users('shown', 'id', 'word', dry_run => true);
SELECT sharing.sync_users('invokers', 'id', 'word', dry_run => true);
CREATE TABLE own (id integer, name text);
INSERT INTO own VALUES (7, 'mine');
SELECT object FROM sharing.sync_groups('own', 'id', 'name');
-- Who is above row security declares what it holds for.
\c - postgres
SELECT object FROM sharing.sync_groups('leads', 'id', 'title', dry_run => true);
SELECT count(*) FROM sharing.sources;
