-- Single records for colleagues; Errors: what cannot be given or taken back, each with its SQLSTATE and hint, and nothing is changed by it.
-- A record that is hidden, somebody else's or missing gives one and the same answer.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.create_group('t', 'Team: A') \g /dev/null
CREATE TABLE plain (id integer PRIMARY KEY, owner text);
CREATE TABLE notes (id integer PRIMARY KEY, lead integer REFERENCES leads, title text);
CREATE TABLE lines (id integer PRIMARY KEY, note integer REFERENCES notes, title text);
CREATE TABLE diary (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE keyless (a integer, b integer, owner text, title text, PRIMARY KEY (a, b));
CREATE UNLOGGED TABLE volatile (id integer PRIMARY KEY, owner text, title text);
INSERT INTO diary VALUES (1, 'rep1'); INSERT INTO keyless VALUES (1, 1, 'rep1'); INSERT INTO volatile VALUES (1, 'rep1'); INSERT INTO notes VALUES (1, 1);
GRANT ALL ON notes, lines, diary, keyless, volatile TO app;
SELECT sharing.protect('notes', controlled_by => 'leads', via => 'lead'), sharing.protect('lines', controlled_by => 'notes', via => 'note'), sharing.protect('diary', 'owner', grants => false),
    sharing.protect('keyless', 'owner'), sharing.protect('volatile', 'owner') \g /dev/null
\c - app
SELECT test.call('rep1', 'SELECT sharing.grant_record(''leads'', ''1'', ''user:rep2'', ''edit'')');
\c - postgres
SELECT test.configuration() AS before \gset
\c - app
SELECT who, statement, test.call(who, 'SELECT sharing.' || statement) AS answer FROM (VALUES
    ('rep1', 'grant_record(''leads'', ''2'', ''user:rep2'')'), -- a colleague's, hidden
    ('rep1', 'grant_record(''leads'', ''99'', ''user:rep2'')'), -- missing
    ('rep1', 'grant_record(''leads'', ''abc'', ''user:rep2'')'), -- no such key can be
    ('rep1', 'grant_record(''leads'', '''', ''user:rep2'')'),
    ('rep1', 'grant_record(''leads'', ''99999999999999999999'', ''user:rep2'')'),
    ('rep1', 'grant_record(''leads'', ''1 OR true'', ''user:rep2'')'),
    ('rep2', 'grant_record(''leads'', ''1'', ''user:sup1'')'), -- changed by him, not his to give
    ('rep1', 'grant_record(''leads'', ''9'', ''user:rep2'')'),
    ('', 'grant_record(''leads'', ''1'', ''user:rep2'')'),
    ('ghost', 'grant_record(''leads'', ''1'', ''user:rep2'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''user:ghost'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''role:ghost'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''role_and_subordinates:ghost'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''group:Team'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''rep2'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''User:rep2'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''user:'')'),
    ('rep1', 'grant_record(''leads'', ''1'', '''')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''user:rep2'', ''none'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''user:rep2'', ''full'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''user:rep2'', NULL)'),
    ('rep1', 'grant_record(NULL, ''1'', ''user:rep2'')'),
    ('rep1', 'grant_record(''leads'', NULL::text, ''user:rep2'')'),
    ('rep1', 'grant_record(''leads'', ''1'', NULL)'),
    ('rep1', 'grant_record(''leads'', ''1'', ''user:rep2'', until => now())'),
    ('rep1', 'grant_record(''leads'', ''1'', ''user:rep2'', until => clock_timestamp())'),
    ('rep1', 'grant_record(''leads'', ''1'', ''user:rep2'', until => ''2000-01-01'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''user:rep2'', until => ''infinity'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''user:rep2'', until => ''-infinity'')'),
    ('rep1', 'grant_record(''leads'', ''1'', ''user:rep2'', until => ''4714-11-24 00:00:00+00 BC'')'),
    ('rep1', 'grant_record(''plain'', ''1'', ''user:rep2'')'),
    ('rep1', 'grant_record(''pg_catalog.pg_class'', ''1'', ''user:rep2'')'),
    ('rep1', 'grant_record(1::oid::regclass, ''1'', ''user:rep2'')'),
    ('rep1', 'grant_record(''notes'', ''1'', ''user:rep2'')'),
    ('rep1', 'grant_record(''lines'', ''1'', ''user:rep2'')'),
    ('rep1', 'grant_record(''diary'', ''1'', ''user:rep2'')'),
    ('adm', 'grant_record(''diary'', ''1'', ''user:rep2'')'),
    ('rep1', 'grant_record(''keyless'', ''1'', ''user:rep2'')'),
    ('rep1', 'grant_record(''volatile'', ''1'', ''user:rep2'')'),
    ('adm', 'grant_record(''leads'', ''99'', ''user:rep2'')'),
    -- and to take back
    ('rep1', 'revoke_record(''leads'', ''1'', ''user:sup1'')'),
    ('rep1', 'revoke_record(''leads'', ''1'', ''role:H5'')'),
    ('rep1', 'revoke_record(''leads'', ''1'', ''user:ghost'')'),
    ('rep1', 'revoke_record(''leads'', ''1'', ''nobody'')'),
    ('rep1', 'revoke_record(''leads'', ''2'', ''user:rep2'')'),
    ('rep1', 'revoke_record(''leads'', ''99'', ''user:rep2'')'),
    ('rep1', 'revoke_record(''leads'', ''abc'', ''user:rep2'')'),
    ('rep2', 'revoke_record(''leads'', ''1'', ''user:rep2'')'), -- not his to end
    ('sup1', 'revoke_record(''leads'', ''1'', ''user:rep2'')'),
    ('', 'revoke_record(''leads'', ''1'', ''user:rep2'')'),
    ('rep1', 'revoke_record(''plain'', ''1'', ''user:rep2'')'),
    ('rep1', 'revoke_record(NULL, ''1'', ''user:rep2'')'),
    ('rep1', 'revoke_record(''leads'', NULL::text, ''user:rep2'')'),
    ('rep1', 'revoke_record(''leads'', ''1'', NULL)'),
    ('rep1', 'granted_records(''plain'')'),
    ('rep1', 'forget_ended()')) AS attempts (who, statement);
\c - postgres
SELECT test.configuration() = :'before' AS nothing_changed;
\c - app
-- Hidden, missing and impossible: the same SQLSTATE, message (but for the key that the caller himself wrote), hint and detail.
SELECT count(DISTINCT replace(answer, quote_literal(key), 'KEY')) AS answers
FROM unnest('{2,3,9,99,abc,"1 OR true",9999999999999999999999}'::text[]) key, test.call('rep1', format('SELECT sharing.grant_record(''leads'', %L, ''user:rep2'')', key)) answer;
SELECT count(DISTINCT replace(answer, quote_literal(key), 'KEY')) AS answers
FROM unnest('{2,3,9,99,abc,"1 OR true",9999999999999999999999}'::text[]) key, test.call('rep1', format('SELECT sharing.revoke_record(''leads'', %L, ''user:rep2'')', key)) answer;
-- No message grows with what it quotes.
SELECT length(answer) FROM test.call('rep1', 'SELECT sharing.grant_record(''leads'', ''1'', ''user:'' || repeat(''x'', 5000))') answer;
-- Nobody without an identity, in a read-only transaction, or by writing the tables.
\c - stranger
SELECT sharing.grant_record('leads', '1', 'user:rep2');
SELECT sharing.granted_records();
INSERT INTO sharing.record_grants (to_id, to_kind, module_id, record_id, access) VALUES (1, 'user', 1, '1', 'edit');
SELECT * FROM sharing.grant_stamps;
\c - app
SET sharing.user_key = 'rep1';
BEGIN READ ONLY;
SELECT count(*) FROM sharing.granted_records();
SELECT sharing.grant_record('leads', '1', 'user:rep2');
ROLLBACK;
RESET sharing.user_key;
-- What is written by hand is checked, too.
\c - postgres
\set VERBOSITY terse
INSERT INTO sharing.record_grants (to_id, to_kind, module_id, record_id, access) VALUES (1, 'office', 1, '1', 'edit');
INSERT INTO sharing.record_grants (to_id, to_kind, module_id, record_id, access) VALUES (1, 'user', 1, '1', 'full');
INSERT INTO sharing.record_grants (to_id, to_kind, module_id, record_id, access, until) VALUES (1, 'user', 1, '1', 'edit', 'infinity');
