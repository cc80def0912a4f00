-- Generic plans that were made before the first record of a table was shared, for somebody with or without shares, or for somebody
-- who sees everything: outside a transaction everybody gets his rows, inside one at worst 40001, never wrong rows.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
\c - app
SET plan_cache_mode = force_generic_plan;
SELECT test.link('ann', 'liz');
PREPARE everything AS SELECT string_agg(id::text, ' ' ORDER BY id) AS ids FROM clients;
PREPARE one(integer) AS SELECT id FROM clients WHERE id = $1;
PREPARE change AS UPDATE clients SET title = 'changed' RETURNING id;
SET sharing.user_key = 'liz';
EXECUTE everything;
EXECUTE one(1);
EXECUTE change;
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');
EXECUTE everything;
EXECUTE one(1);
EXECUTE change;
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''edit'')');
EXECUTE change;
SET sharing.user_key = 'leo';
EXECUTE everything;
EXECUTE one(1);
SET sharing.user_key = 'adm';
EXECUTE everything;
SET sharing.user_key = 'liz';
EXECUTE everything;
SET sharing.user_key = '';
EXECUTE everything;
-- The first share of a table, in the same transaction, and taken back to a savepoint.
\c - postgres
CREATE TABLE fresh (id integer PRIMARY KEY, owner text, title text);
INSERT INTO fresh VALUES (1, 'ann', ''), (2, 'liz', '');
GRANT ALL ON fresh TO app;
SELECT sharing.protect('fresh', 'owner') \g /dev/null
\c - app
SET plan_cache_mode = force_generic_plan;
PREPARE everything AS SELECT string_agg(id::text, ' ' ORDER BY id) AS ids FROM fresh;
SET sharing.user_key = 'liz';
EXECUTE everything;
BEGIN;
EXECUTE everything;
SAVEPOINT s;
SELECT test.call('ann', 'SELECT sharing.share_record(''fresh'', ''1'', ''liz'')');
EXECUTE everything;
ROLLBACK TO s;
EXECUTE everything;
SELECT test.call('ann', 'SELECT sharing.share_record(''fresh'', ''1'', ''liz'')');
EXECUTE everything;
COMMIT;
EXECUTE everything;
-- Another session shares the first record of a table while a transaction with a plan of its own is open.
\c - postgres
CREATE TABLE other (id integer PRIMARY KEY, owner text, title text);
INSERT INTO other VALUES (1, 'ann', ''), (2, 'liz', '');
GRANT ALL ON other TO app;
SELECT sharing.protect('other', 'owner') \g /dev/null
CREATE EXTENSION dblink;
SELECT dblink_connect('other', 'host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' user=app dbname=' || current_database()) \g /dev/null
SET SESSION AUTHORIZATION app;
SET plan_cache_mode = force_generic_plan;
SET sharing.user_key = 'liz';
PREPARE everything AS SELECT string_agg(id::text, ' ' ORDER BY id) AS ids FROM other;
EXECUTE everything;
BEGIN;
EXECUTE everything;
RESET SESSION AUTHORIZATION;
SELECT dblink_exec('other', 'SET sharing.user_key = ''ann''');
SELECT result FROM dblink('other', 'SELECT sharing.share_record(''other'', ''1'', ''liz'')::text') AS t (result text);
SET SESSION AUTHORIZATION app;
\set VERBOSITY sqlstate
EXECUTE everything;
ROLLBACK;
EXECUTE everything;
RESET SESSION AUTHORIZATION;
SELECT dblink_disconnect('other') \g /dev/null
