-- The setting event_triggers (PostgreSQL 17): what a superuser does while they are off is not followed; the next DDL on the table mends it.
SELECT pg_catalog.current_setting('server_version_num')::integer < 170000 AS older \gset
\if :older
\echo SKIPPED: sql/event_triggers_off: it is about PostgreSQL 17
\quit
\endif
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_user('1', 'ann'), sharing.create_user('2', 'bob') \g /dev/null
CREATE TABLE t (id integer, owner integer) PARTITION BY RANGE (id);
CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (1) TO (11);
SELECT sharing.protect('t', 'owner') \g /dev/null
SET event_triggers = off;
CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (11) TO (21);
RESET event_triggers;
INSERT INTO t SELECT n, 1 + n % 2 FROM generate_series(1, 20) n;
GRANT SELECT ON t, t_1, t_2 TO app;
-- Through the parent, row security is the parent's; by itself the partition is open.
\c - app
SET sharing.user_key = '1';
SELECT count(*), min(owner), max(owner) FROM t;
SELECT count(*), min(owner), max(owner) FROM t_2;
-- Nobody but a superuser, and who was given the setting, can do that.
SET event_triggers = off;
\c - postgres
ALTER TABLE t ADD COLUMN note text;
\c - app
SET sharing.user_key = '1';
SELECT count(*), min(owner), max(owner) FROM t_2;
