-- Each policy refuses by itself, also where no other stands before it: statements that read no column
-- need no SELECT policy, and under one that lets everything be seen there is none.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.set_global_access('leads', 'public_read_only'), sharing.apply_rules() \g /dev/null
\c - app
-- Everything is seen, one record is edited and deleted.
SET sharing.user_key = 'rep1';
SELECT statement, test.outcome(statement) FROM unnest(ARRAY[
    'SELECT FROM leads', 'UPDATE leads SET title = ''x''', 'UPDATE leads SET title = ''x'' WHERE id > 1', 'DELETE FROM leads', 'DELETE FROM leads WHERE id > 1',
    'SELECT FROM leads FOR SHARE', 'INSERT INTO leads VALUES (100, ''rep2'')', 'UPDATE leads SET owner = ''rep2''']) statement;
-- Edited, but not deleted nor given away.
\c - postgres
SELECT sharing.set_global_access('leads', 'public_read_edit'), sharing.apply_rules() \g /dev/null
\c - app
SET sharing.user_key = 'rep1';
SELECT statement, test.outcome(statement) FROM unnest(ARRAY[
    'UPDATE leads SET title = ''x''', 'DELETE FROM leads', 'DELETE FROM leads WHERE id > 1', 'SELECT FROM leads FOR UPDATE',
    'INSERT INTO leads VALUES (100, ''rep2'')', 'UPDATE leads SET owner = ''rep2'' WHERE id = 1', 'UPDATE leads SET owner = ''rep1'' WHERE id = 2']) statement;
-- Only what may be inserted is restricted: a role with INSERT alone.
\c - postgres
SELECT sharing.set_global_access('leads', 'private'), sharing.apply_rules() \g /dev/null
REVOKE SELECT, UPDATE, DELETE ON leads FROM PUBLIC;
\c - app
SET sharing.user_key = 'rep1';
SELECT statement, test.outcome(statement) FROM unnest(ARRAY[
    'INSERT INTO leads VALUES (100, ''rep1'')', 'INSERT INTO leads VALUES (100, ''rep2'')', 'INSERT INTO leads VALUES (100, ''rep1''), (101, ''ceo'')',
    'INSERT INTO leads VALUES (1, ''rep1'')', 'INSERT INTO leads VALUES (1, ''ceo'')']) statement;
-- UPDATE alone, and DELETE alone.
\c - postgres
GRANT UPDATE, DELETE ON leads TO app;
REVOKE INSERT ON leads FROM PUBLIC;
\c - app
SET sharing.user_key = 'rep1';
SELECT statement, test.outcome(statement) FROM unnest(ARRAY[
    'UPDATE leads SET title = ''x''', 'UPDATE leads SET owner = ''rep2''', 'UPDATE leads SET owner = ''rep1''', 'DELETE FROM leads']) statement;
