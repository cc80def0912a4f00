-- A trigger of ours that was dropped, replaced or renamed by other hands is put back, with a warning: shares go with their
-- records, and the owner stays guarded.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE ROLE own LOGIN;
GRANT USAGE, CREATE ON SCHEMA public TO own;
CREATE TABLE parts (id integer, owner text, title text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
INSERT INTO parts VALUES (1, 'ann'), (11, 'ann');
CREATE TABLE plain (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE heir () INHERITS (plain);
ALTER TABLE clients OWNER TO own;
ALTER TABLE parts OWNER TO own;
ALTER TABLE parts_1 OWNER TO own;
ALTER TABLE parts_2 OWNER TO own;
ALTER TABLE plain OWNER TO own;
ALTER TABLE heir OWNER TO own;
GRANT ALL ON parts TO app;
SELECT sharing.protect('parts', 'owner'), sharing.protect('plain', 'owner', default_owner => true) \g /dev/null
CREATE VIEW test.ours AS SELECT tgrelid::regclass AS relation, tgname, tgenabled, pg_get_triggerdef(t.oid) AS definition, tgparentid <> 0 AS is_clone
    FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid WHERE pronamespace = 'sharing_internal'::regnamespace AND tgrelid::regclass::text NOT LIKE 'sharing.%';
CREATE TABLE test.before AS TABLE test.ours;
SELECT count(*) FROM test.before;
CREATE VIEW test.changed AS (SELECT 'missing' AS what, * FROM (TABLE test.before EXCEPT TABLE test.ours) m) UNION ALL (SELECT 'unknown', * FROM (TABLE test.ours EXCEPT TABLE test.before) m);
GRANT USAGE ON SCHEMA test TO own;
GRANT SELECT ON test.before, test.changed TO own;
\c - app
SELECT test.link('ann', 'liz');
SELECT test.call('ann', format('SELECT sharing.share_record(%L, %L, ''liz'')', name, id)) FROM (VALUES ('clients', 1), ('clients', 2), ('parts', 1), ('parts', 11)) t (name, id);
-- The table's owner drops each of them.
\c - own
\set VERBOSITY terse
SELECT format('DROP TRIGGER %I ON %s', tgname, relation) FROM test.before WHERE NOT is_clone ORDER BY relation::text, tgname \gexec
TABLE test.changed;
BEGIN;
DROP TRIGGER IF EXISTS sharing_record_deleted ON clients;
DROP TRIGGER sharing_record_deleted ON clients;
TABLE test.changed;
COMMIT;
-- Replaced: by another function, another event, another moment, another condition, one column.
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;
CREATE OR REPLACE TRIGGER sharing_record_deleted AFTER DELETE ON clients FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE OR REPLACE TRIGGER sharing_record_deleted AFTER INSERT ON clients FOR EACH ROW EXECUTE FUNCTION sharing_internal.forget_shares();
CREATE OR REPLACE TRIGGER zz_sharing_guard_owner BEFORE UPDATE ON clients FOR EACH ROW WHEN (false) EXECUTE FUNCTION sharing_internal.guard_owner();
CREATE OR REPLACE TRIGGER sharing_guard_owner AFTER UPDATE OF title ON clients FOR EACH ROW EXECUTE FUNCTION sharing_internal.guard_owner();
CREATE OR REPLACE TRIGGER sharing_record_renamed AFTER UPDATE ON parts FOR EACH ROW WHEN (false) EXECUTE FUNCTION sharing_internal.forget_shares();
CREATE OR REPLACE TRIGGER sharing_table_truncated AFTER TRUNCATE ON parts_1 EXECUTE FUNCTION nothing();
CREATE OR REPLACE TRIGGER sharing_default_owner BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION nothing();
TABLE test.changed;
-- Renamed, so that another one could take the place.
ALTER TRIGGER sharing_guard_owner ON clients RENAME TO mine;
ALTER TRIGGER sharing_record_deleted ON parts RENAME TO mine;
ALTER TRIGGER zz_sharing_guard_owner ON plain RENAME TO sharing_default_owner_detached;
TABLE test.changed;
-- In place of one that is there.
BEGIN;
CREATE TRIGGER mine AFTER DELETE ON clients FOR EACH ROW EXECUTE FUNCTION nothing();
ALTER TRIGGER mine ON clients RENAME TO sharing_record_deleted;
ROLLBACK;
-- While they are off they stay off. One that is dropped then comes back on, and what vanished meanwhile takes its shares along.
ALTER TABLE clients NO FORCE ROW LEVEL SECURITY;
ALTER TABLE clients DISABLE TRIGGER sharing_record_deleted;
DELETE FROM clients WHERE id = 2;
DROP TRIGGER sharing_record_deleted ON clients;
INSERT INTO clients VALUES (2, 'ann');
ALTER TABLE clients FORCE ROW LEVEL SECURITY;
TABLE test.changed;
-- Triggers of others are nobody's business, also those that call our functions; on tables that are not protected all names are free.
CREATE TRIGGER mine AFTER DELETE ON clients FOR EACH ROW EXECUTE FUNCTION nothing();
ALTER TRIGGER mine ON clients RENAME TO yours;
DROP TRIGGER yours ON clients;
CREATE TABLE free (id integer);
CREATE TRIGGER sharing_guard_owner AFTER DELETE ON free FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE OR REPLACE TRIGGER sharing_guard_owner AFTER DELETE ON free FOR EACH ROW EXECUTE FUNCTION nothing();
DROP TRIGGER sharing_guard_owner ON free;
TABLE test.changed;
-- Who may not make a trigger drops none.
REVOKE TRIGGER ON clients FROM own;
DROP TRIGGER sharing_record_deleted ON clients;
TABLE test.changed;
GRANT TRIGGER ON clients TO own;
-- A partition that left, and one that has come back.
ALTER TABLE parts DETACH PARTITION parts_2;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'parts_2'::regclass AND NOT tgisinternal ORDER BY 1;
DROP TRIGGER sharing_guard_owner_detached ON parts_2;
DROP TRIGGER zz_sharing_guard_owner_detached ON parts_2;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'parts_2'::regclass AND NOT tgisinternal ORDER BY 1;
ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (10) TO (20);
TABLE test.changed;
DROP TABLE parts_2;
-- Shares still go with their records, and the owner is guarded.
\c - postgres
SELECT sharing.add_rule('parts', 'role:H5', 'role:H7', 'read_write'), sharing.apply_rules() \g /dev/null
INSERT INTO parts VALUES (2, 'rep1');
\c - app
SELECT test.call('sup1', 'UPDATE parts SET title = ''x'' WHERE id = 2'), test.call('sup1', 'UPDATE parts SET owner = ''sup1'' WHERE id = 2');
SELECT test.call('ann', 'DELETE FROM clients WHERE id = 1'), test.call('ann', 'INSERT INTO clients VALUES (1, ''ann'')'), test.call('ann', 'DELETE FROM parts WHERE id = 1'), test.call('ann', 'INSERT INTO parts VALUES (1, ''ann'')');
SELECT t, r.* FROM unnest('{clients,parts}'::text[]) t, test.reach('liz', t) r;
\c - postgres
SELECT count(*) FROM sharing.shares;
-- What is put back goes with unprotect().
SELECT sharing.unprotect('clients'), sharing.unprotect('parts'), sharing.unprotect('plain') \g /dev/null
SELECT relation, tgname FROM test.ours WHERE relation <> 'leads'::regclass;
