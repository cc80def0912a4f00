-- A crash empties an unlogged table and leaves its shares, which would open whatever gets the same keys: its records
-- are not shared, and a table with shares is not made unlogged. Partitions are looked at one by one.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE UNLOGGED TABLE drafts (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE visits (id integer PRIMARY KEY, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (1) TO (9);
CREATE UNLOGGED TABLE visits_2 PARTITION OF visits FOR VALUES FROM (11) TO (19);
CREATE TABLE visits_3 PARTITION OF visits FOR VALUES FROM (21) TO (29);
SELECT sharing.protect('drafts', 'owner'), sharing.protect('visits', 'owner') \g /dev/null
INSERT INTO drafts VALUES (1, 'ann', NULL);
INSERT INTO visits VALUES (1, 'ann', NULL), (11, 'ann', NULL);
\c - app
SELECT test.link('ann', 'liz');
SELECT name, id, test.call('ann', format('SELECT sharing.share_record(%L, %L, ''liz'')', name, id)) FROM (VALUES ('drafts', 1), ('visits', 1), ('visits', 11)) t (name, id);
\c - postgres
\set VERBOSITY terse
ALTER TABLE visits_1 SET UNLOGGED;
ALTER TABLE drafts SET LOGGED;
SELECT test.call('ann', 'SELECT sharing.share_record(''drafts'', ''1'', ''liz'')');
ALTER TABLE drafts SET UNLOGGED;
SELECT relname, relpersistence FROM pg_class WHERE relname IN ('drafts', 'visits_1', 'visits_2') ORDER BY 1;
CREATE TABLE exported AS SELECT sharing.export_config() AS config;
SELECT test.call('ann', 'SELECT sharing.unshare_record(''drafts'', ''1'', ''liz'')');
ALTER TABLE drafts SET UNLOGGED;
SELECT i.* FROM exported, sharing.import_config(config) i;
