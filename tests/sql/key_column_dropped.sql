-- Dropping the column by which records are known takes CASCADE, and leaves the table closed until it is protected again.
\set VERBOSITY terse
CREATE ROLE u1 LOGIN;
SELECT sharing.create_user('1', 'ann', db_role => 'u1') \g /dev/null
CREATE TABLE leads (id integer PRIMARY KEY, owner integer);
INSERT INTO leads VALUES (1, 1);
GRANT SELECT, UPDATE ON leads TO u1;
SELECT sharing.protect('leads', 'owner') \g /dev/null
\c - u1
SELECT owner FROM leads;
\c - postgres
ALTER TABLE leads DROP COLUMN id;
SET client_min_messages = warning;
ALTER TABLE leads DROP COLUMN id CASCADE;
\c - u1
SELECT owner FROM leads;
UPDATE leads SET owner = 1 RETURNING owner;
\c - postgres
SELECT sharing.unprotect('leads') \g /dev/null
SELECT sharing.protect('leads', 'owner') \g /dev/null
\c - u1
SELECT owner FROM leads;
