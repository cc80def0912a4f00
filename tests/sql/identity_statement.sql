-- Commands on a protected table: a cursor, or any statement under way, keeps the identity with which it began.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\c - app
-- A cursor, whose first row is fetched after the switch.
BEGIN;
SET LOCAL sharing.user_key = 'rep1';
DECLARE of_rep1 CURSOR FOR SELECT id FROM leads ORDER BY id;
DECLARE scanning CURSOR FOR SELECT id FROM leads;
SET LOCAL sharing.user_key = 'mgr';
DECLARE of_mgr CURSOR FOR SELECT id FROM leads ORDER BY id;
FETCH ALL FROM of_rep1;
FETCH ALL FROM of_mgr;
FETCH ALL FROM scanning;
COMMIT;
-- Fetched in part before it.
BEGIN;
SET LOCAL sharing.user_key = 'mgr';
DECLARE of_mgr CURSOR FOR SELECT id FROM leads ORDER BY id;
FETCH 1 FROM of_mgr;
SET LOCAL sharing.user_key = 'sup1';
FETCH ALL FROM of_mgr;
MOVE BACKWARD ALL IN of_mgr;
FETCH ALL FROM of_mgr;
COMMIT;
-- The administrator's cursor is his; the present statement is not.
BEGIN;
SET LOCAL sharing.user_key = 'adm';
DECLARE of_adm CURSOR FOR SELECT count(*) FROM leads;
SET LOCAL sharing.user_key = 'sup1';
FETCH of_adm;
SELECT count(*) FROM leads;
ROLLBACK;
-- By role, with SET ROLE.
\c - postgres
GRANT rep2_db TO app;
\c - app
BEGIN;
DECLARE of_nobody CURSOR FOR SELECT id FROM leads;
SET LOCAL ROLE rep2_db;
FETCH ALL FROM of_nobody;
DECLARE of_rep2 CURSOR FOR SELECT id FROM leads;
RESET ROLE;
FETCH ALL FROM of_rep2;
COMMIT;
-- set_config() in a statement that runs changes the next one.
SET sharing.user_key = 'rep1';
SELECT id, set_config('sharing.user_key', 'ceo', false) FROM leads ORDER BY id;
SELECT id FROM leads ORDER BY id;
SET sharing.user_key = 'rep1';
SELECT count(*) FROM leads WHERE set_config('sharing.user_key', 'ceo', false) = 'ceo';
SET sharing.user_key = 'rep1';
WITH switched AS MATERIALIZED (SELECT set_config('sharing.user_key', 'ceo', false))
SELECT id FROM switched, leads ORDER BY id;
SET sharing.user_key = 'rep1';
UPDATE leads SET title = set_config('sharing.user_key', 'ceo', false) WHERE id < 4 RETURNING id;
