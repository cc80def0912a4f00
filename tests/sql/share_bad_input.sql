-- Record sharing between offices; Errors: what cannot be shared or taken back, each with its SQLSTATE and hint, and nothing is changed by it.
-- A record that is hidden, somebody else's or missing gives one and the same answer. Not-owned and re-shared records.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE plain (id integer PRIMARY KEY, owner text);
\c - app
SELECT test.link('ann', 'liz'), test.link('liz', 'bob');
SELECT test.call('ann', 'SELECT sharing.request_link(''Boston'', ''bob'')');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''edit'')');
\c - postgres
SELECT test.configuration() AS before \gset
\c - app
SELECT who, statement, test.call(who, 'SELECT sharing.' || statement) AS answer FROM (VALUES
    ('ann', 'share_record(''clients'', ''3'', ''liz'')'), -- a colleague's, hidden
    ('ann', 'share_record(''clients'', ''4'', ''liz'')'), -- the receiver's own, hidden
    ('ann', 'share_record(''clients'', ''99'', ''liz'')'), -- missing
    ('ann', 'share_record(''clients'', ''abc'', ''liz'')'), -- no such key can be
    ('ann', 'share_record(''clients'', '''', ''liz'')'),
    ('ann', 'share_record(''clients'', ''99999999999999999999'', ''liz'')'),
    ('ann', 'share_record(''clients'', ''1 OR true'', ''liz'')'),
    ('liz', 'share_record(''clients'', ''1'', ''bob'')'), -- seen, not owned
    ('', 'share_record(''clients'', ''1'', ''liz'')'),
    ('ghost', 'share_record(''clients'', ''1'', ''liz'')'),
    ('ann', 'share_record(''clients'', ''1'', ''bob'')'), -- the link waits
    ('ann', 'share_record(''clients'', ''1'', ''leo'')'), -- there is none
    ('ann', 'share_record(''clients'', ''1'', ''ann'')'),
    ('ann', 'share_record(''clients'', ''1'', ''ghost'')'),
    ('ann', 'share_record(''clients'', ''1'', ''liz'', ''none'')'),
    ('ann', 'share_record(''clients'', ''1'', ''liz'', ''full'')'),
    ('ann', 'share_record(''clients'', ''1'', ''liz'', NULL)'),
    ('ann', 'share_record(NULL, ''1'', ''liz'')'),
    ('ann', 'share_record(''clients'', NULL, ''liz'')'),
    ('ann', 'share_record(''clients'', ''1'', NULL)'),
    ('ann', 'share_record(''plain'', ''1'', ''liz'')'),
    ('ann', 'share_record(''pg_catalog.pg_class'', ''1'', ''liz'')'),
    ('ann', 'share_record(1::oid::regclass, ''1'', ''liz'')'),
    ('adm', 'share_record(''clients'', ''99'', ''liz'')'),
    ('adm', 'share_record(''clients'', ''3'', ''liz'')'), -- its owner has no link
    ('adm', 'share_record(''clients'', ''1'', ''ghost'')'),
    -- and to take back
    ('ann', 'unshare_record(''clients'', ''2'', ''liz'')'),
    ('ann', 'unshare_record(''clients'', ''3'', ''liz'')'),
    ('ann', 'unshare_record(''clients'', ''99'', ''liz'')'),
    ('ann', 'unshare_record(''clients'', ''abc'', ''liz'')'),
    ('ann', 'unshare_record(''clients'', ''1'', ''bob'')'),
    ('ann', 'unshare_record(''clients'', ''1'', ''ghost'')'),
    ('liz', 'unshare_record(''clients'', ''1'', ''liz'')'), -- not his to end; he may delete the link
    ('abe', 'unshare_record(''clients'', ''1'', ''liz'')'),
    ('bob', 'unshare_record(''clients'', ''1'', ''liz'')'),
    ('', 'unshare_record(''clients'', ''1'', ''liz'')'),
    ('ann', 'unshare_record(''plain'', ''1'', ''liz'')'),
    ('ann', 'unshare_record(NULL, ''1'', ''liz'')'),
    ('ann', 'unshare_record(''clients'', NULL, ''liz'')'),
    ('ann', 'unshare_record(''clients'', ''1'', NULL)')) AS attempts (who, statement);
\c - postgres
SELECT test.configuration() = :'before' AS nothing_changed;
\c - app
-- Hidden, missing and impossible: the same SQLSTATE, message (but for the key that the caller himself wrote), hint and detail.
SELECT count(DISTINCT replace(answer, quote_literal(key), 'KEY')) AS answers
FROM unnest('{3,4,5,99,-1,abc}'::text[]) key, test.call('ann', format('SELECT sharing.share_record(''clients'', %L, ''liz'')', key)) answer;
SELECT count(DISTINCT replace(answer, quote_literal(key), 'KEY')) AS answers
FROM unnest('{3,4,5,99,-1,abc}'::text[]) key, test.call('ann', format('SELECT sharing.unshare_record(''clients'', %L, ''liz'')', key)) answer;
-- Nor does a foreign record show by a lock: somebody is deleting it, and the answer comes without waiting.
\c - postgres
CREATE EXTENSION dblink;
SELECT dblink_connect('other', 'host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port') || ' dbname=' || current_database()),
       dblink_exec('other', 'BEGIN'), dblink_exec('other', 'DELETE FROM clients WHERE id = 3') \g /dev/null
SET lock_timeout = '2s';
SET SESSION AUTHORIZATION app;
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''3'', ''liz'')');
RESET SESSION AUTHORIZATION;
SELECT dblink_exec('other', 'ROLLBACK') \g /dev/null
-- And the caller of a refused call holds no lock on it.
BEGIN;
SET LOCAL SESSION AUTHORIZATION app;
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''3'', ''liz'')');
RESET SESSION AUTHORIZATION;
SELECT dblink_exec('other', 'SET lock_timeout = ''2s'''), dblink_exec('other', 'BEGIN'), dblink_exec('other', 'DELETE FROM clients WHERE id = 3'), dblink_exec('other', 'ROLLBACK');
COMMIT;
SELECT dblink_disconnect('other') \g /dev/null
