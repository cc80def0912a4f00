-- A table of users is the source of the organization's: declared, written to by an ordinary role, rolled back, read again.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE ROLE app LOGIN;
CREATE TABLE accounts (id integer PRIMARY KEY, login text, role text, office text, deleted_at timestamptz, last_login timestamptz);
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON accounts TO app;
SELECT sharing.create_role('Boss'), sharing.create_role('Rep', 'Boss'), sharing.create_office('Boston'), sharing.create_user('root', 'by hand') \g /dev/null
INSERT INTO accounts VALUES (1, 'ann', 'Boss', 'Boston', NULL), (2, 'bob', 'Rep', NULL, NULL), (3, '', NULL, NULL, now());
-- Told first, then done.
SELECT * FROM sharing.sync_users('accounts', 'id', 'login', role => 'role', office => 'office', active => 'deleted_at', dry_run => true);
SELECT * FROM test.people();
SELECT count(*) FROM sharing.sources;
SELECT count(*) FROM sharing.sync_users('accounts', 'id', 'login', role => 'role', office => 'office', active => 'deleted_at');
SELECT * FROM test.people();
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'accounts'::regclass ORDER BY 1;
-- Whoever may write to the table needs nothing else.
\c - app
INSERT INTO accounts VALUES (4, 'cid', 'Rep', NULL), (5, 'dan', 'Rep', 'Boston');
UPDATE accounts SET role = 'Boss', deleted_at = now() WHERE id = 2;
DELETE FROM accounts WHERE id = 3;
MERGE INTO accounts a USING (VALUES (4, 'Cid'), (6, 'eve')) v (id, login) ON a.id = v.id
    WHEN MATCHED THEN UPDATE SET login = v.login WHEN NOT MATCHED THEN INSERT (id, login) VALUES (v.id, v.login);
INSERT INTO accounts (id, login) VALUES (6, 'Eve'), (7, 'fay') ON CONFLICT (id) DO UPDATE SET login = excluded.login;
COPY accounts (id, login, role) FROM STDIN;
8	gus	Rep
9	hal	\N
\.
\c - postgres
SELECT * FROM test.people();
-- The old key goes, the new one comes; who comes back is active again, and keeps what they had besides.
SELECT sharing.grant_right('1', 'super_user');
UPDATE accounts SET id = 10 WHERE id = 1;
INSERT INTO accounts VALUES (3, 'zoe', 'Boss');
SELECT * FROM test.people() WHERE key IN ('1', '3', '10');
UPDATE accounts SET id = 1 WHERE id = 10;
SELECT u.key, r."right" FROM sharing.user_rights r JOIN sharing.users u ON u.id = r.user_id;
-- What says nothing of the organization changes no stamp, and a rollback takes both back.
SELECT stamp AS before FROM sharing.generation \gset
UPDATE accounts SET last_login = now();
UPDATE accounts SET login = login, role = role;
SELECT stamp = :'before' AS same FROM sharing.generation;
BEGIN;
SAVEPOINT one;
UPDATE accounts SET role = 'Rep' WHERE id = 1;
SELECT role FROM test.people() WHERE key = '1';
ROLLBACK TO one;
SELECT role FROM test.people() WHERE key = '1';
INSERT INTO accounts VALUES (11, 'ida', 'Rep');
ROLLBACK;
SELECT count(*) FROM sharing.users WHERE key = '11';
SELECT stamp = :'before' AS same FROM sharing.generation;
-- Within a transaction what is named may come later; at its end it must be there.
BEGIN;
INSERT INTO accounts VALUES (12, 'joy', 'Chief');
SELECT count(*) FROM sharing.users WHERE key = '12';
SELECT sharing.create_role('Chief');
UPDATE accounts SET role = 'Rep' WHERE id = 8;
COMMIT;
SELECT * FROM test.people() WHERE key = '12';
BEGIN;
INSERT INTO accounts VALUES (13, 'kim', 'Clerk');
COMMIT;
INSERT INTO accounts VALUES (13, 'kim', 'Clerk');
UPDATE accounts SET office = 'Paris' WHERE id = 1;
BEGIN;
INSERT INTO accounts VALUES (13, 'kim', 'Clerk');
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
SELECT count(*) FROM accounts WHERE id = 13;
SELECT count(*) FROM sharing.source_gaps;
-- Keys that say nothing, and such as cannot be.
CREATE TABLE guests (code text, name text, active boolean);
INSERT INTO guests VALUES (NULL, 'nobody yet', true), ('g1', 'guest', true), ('g2', 'gone', NULL);
SELECT change, object, detail->'after'->'active' AS active FROM sharing.sync_users('guests', 'code', 'name', active => 'active');
INSERT INTO guests VALUES ('', 'empty', true);
INSERT INTO guests VALUES ('g1', 'twice', true);
INSERT INTO guests VALUES (repeat('x', 201), 'long', true);
INSERT INTO guests VALUES ('1', 'of the other table', true);
UPDATE guests SET code = 'g3' WHERE code IS NULL;
SELECT * FROM test.people() WHERE key ~ '^g';
-- What comes from a table is changed there alone; the rest stays with the functions.
SELECT sharing.set_user_role('1', 'Rep');
SELECT sharing.set_user_office('1', NULL);
SELECT sharing.deactivate_user('1');
SELECT sharing.activate_user('g2');
SELECT sharing.drop_user('1');
SELECT sharing.rename_role('Boss', 'Director');
SELECT sharing.drop_role('Boss', 'Rep');
SELECT sharing.set_user_role('g1', 'Rep'), sharing.set_user_role('root', 'Rep'), sharing.revoke_right('1', 'super_user') \g /dev/null
-- Who wrote what.
SELECT function, object, before, after FROM sharing.audit_log WHERE function = 'table public.accounts' ORDER BY id LIMIT 3;
TRUNCATE accounts;
SELECT * FROM test.people();
SELECT sharing.unsync('accounts');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'accounts'::regclass;
SELECT sharing.unsync('accounts');
INSERT INTO accounts VALUES (1, 'ann', 'Boss', 'Boston', NULL);
SELECT * FROM test.people() WHERE key = '1';
DROP TABLE guests;
SELECT count(*) FROM sharing.sources;
SELECT * FROM test.people() WHERE key ~ '^g';
