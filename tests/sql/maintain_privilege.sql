-- MAINTAIN (PostgreSQL 17): whoever has it vacuums, analyzes, clusters, indexes and locks, and sees and changes no row more.
SELECT pg_catalog.current_setting('server_version_num')::integer < 170000 AS older \gset
\if :older
\echo SKIPPED: sql/maintain_privilege: it is about PostgreSQL 17
\quit
\endif
CREATE ROLE app LOGIN;
CREATE ROLE keeper LOGIN;
GRANT pg_maintain TO keeper;
SELECT sharing.trust('app'), sharing.create_user('1', 'ann'), sharing.create_user('2', 'bob') \g /dev/null
CREATE TABLE t (id integer PRIMARY KEY, owner integer);
INSERT INTO t SELECT n, 1 + n % 2 FROM generate_series(1, 100) n;
CREATE INDEX t_owner ON t (owner);
SELECT sharing.protect('t', 'owner') \g /dev/null
GRANT SELECT, MAINTAIN ON t TO app;
\c - app
SET sharing.user_key = '1';
VACUUM t;
ANALYZE t;
CLUSTER t USING t_owner;
REINDEX TABLE t;
BEGIN;
LOCK TABLE t IN ACCESS EXCLUSIVE MODE;
COMMIT;
SELECT count(*), min(owner), max(owner) FROM t;
UPDATE t SET owner = owner;
DELETE FROM t;
-- What ANALYZE has found of all rows is not shown to somebody who sees some of them.
SELECT count(*) FROM pg_stats WHERE tablename = 't';
-- The same of our own tables: nothing is read or written by it.
\c - keeper
VACUUM sharing.users;
ANALYZE sharing.users;
REINDEX TABLE sharing.users;
BEGIN;
LOCK TABLE sharing.users IN SHARE MODE;
COMMIT;
TABLE sharing.users;
TABLE t;
\c - app
SET sharing.user_key = '2';
SELECT count(*), min(owner), max(owner) FROM t;
