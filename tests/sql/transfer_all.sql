-- The organization; Modules: transfer_all() hands all records of an owner over, in all modules; drop_user() and drop_group() do it on the
-- way, or tell what loses its owner. What is where is told by a superuser's queries.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'G'), sharing.create_group('h', 'H'), sharing.add_member('H', 'user:sup1'), sharing.create_user('5', 'five', 'H5'), sharing.create_user('6', '6', 'H5'), sharing.create_user('six', 'six', 'H5') \g /dev/null
CREATE TABLE parts (id integer, day integer, owner text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (5);
CREATE TABLE parts_2 (owner text, gone integer, day integer NOT NULL, id integer NOT NULL);
ALTER TABLE parts_2 DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (5) TO (10);
INSERT INTO parts SELECT n, n, CASE WHEN n % 2 = 0 THEN 'rep1' ELSE 'ceo' END FROM generate_series(1, 9) n;
CREATE TABLE both_columns (id integer PRIMARY KEY, owner text, team text);
INSERT INTO both_columns VALUES (1, 'rep1', NULL), (2, 'rep1', 'g'), (3, 'ceo', 'g'), (4, NULL, 'g'), (5, 'ceo', NULL), (6, 'six', 'g'), (7, 'six', NULL);
CREATE TABLE any_owner (id integer PRIMARY KEY, owner text);
INSERT INTO any_owner VALUES (1, 'rep1'), (2, 'g'), (3, 'ceo');
CREATE TABLE teams_only (id integer PRIMARY KEY, team text);
INSERT INTO teams_only VALUES (1, 'g'), (2, 'h');
CREATE TABLE numbered (id integer PRIMARY KEY, owner integer);
INSERT INTO numbered VALUES (1, 5), (2, 6);
-- Owners that the column's collation takes for the same are two.
CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE collated (id integer PRIMARY KEY, owner text COLLATE blind);
INSERT INTO collated VALUES (1, 'rep1'), (2, 'REP1');
CREATE INDEX ON collated (owner);
CREATE TABLE lines (id integer PRIMARY KEY, lead_id integer REFERENCES leads);
INSERT INTO lines VALUES (1, 1);
CREATE TABLE heir () INHERITS (any_owner);
INSERT INTO heir VALUES (4, 'rep1');
CREATE TABLE changes (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO changes VALUES (concat(OLD.owner, ' to ', NEW.owner, ' by ', current_user)); RETURN NEW; END$$;
CREATE TRIGGER note AFTER UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION note();
GRANT ALL ON parts, both_columns, any_owner, heir, teams_only, numbered, collated, lines, changes TO app;
SELECT sharing.protect('parts', 'owner', module => 'A parts'), sharing.protect('both_columns', 'owner', owner_group => 'team'), sharing.protect('any_owner', 'owner', owner_group => 'owner'),
       sharing.protect('teams_only', owner_group => 'team'), sharing.protect('numbered', 'owner'), sharing.protect('collated', 'owner'), sharing.protect('lines', controlled_by => 'leads', via => 'lead_id') \g /dev/null
CREATE VIEW test.owners AS
    SELECT 'leads' AS which, id::text, owner, NULL AS team FROM leads UNION ALL SELECT 'parts', id::text, owner, NULL FROM parts
    UNION ALL SELECT 'both_columns', id::text, owner, team FROM both_columns UNION ALL SELECT 'any_owner', id::text, owner, NULL FROM any_owner
    UNION ALL SELECT 'teams_only', id::text, NULL, team FROM teams_only UNION ALL SELECT 'numbered', id::text, owner::text, NULL FROM numbered
    UNION ALL SELECT 'collated', id::text, owner COLLATE "C", NULL FROM collated;
CREATE TABLE test.before AS SELECT * FROM test.owners;
CREATE VIEW test.moved AS
    SELECT which, id, concat_ws('+', b.owner, b.team) AS before, concat_ws('+', n.owner, n.team) AS now
    FROM test.before b JOIN test.owners n USING (which, id) WHERE (b.owner, b.team) IS DISTINCT FROM (n.owner, n.team);
-- By an administrator with no other right: the application's triggers act as who calls.
\c - app
SET sharing.user_key = 'adm';
BEGIN;
SELECT * FROM sharing.transfer_all('user:rep1', 'user:sup1');
SELECT * FROM changes;
ROLLBACK;
\c - postgres
-- By a superuser, who sees what moved.
BEGIN;
SELECT * FROM sharing.transfer_all('user:rep1', 'user:sup1');
SELECT * FROM test.moved ORDER BY which COLLATE "C", id;
ROLLBACK;
BEGIN;
SELECT * FROM sharing.transfer_all('group:G', 'group:H');
SELECT * FROM test.moved ORDER BY which COLLATE "C", id;
ROLLBACK;
BEGIN;
SELECT * FROM sharing.transfer_all('user:5', 'user:6');
SELECT * FROM test.moved ORDER BY which COLLATE "C", id;
ROLLBACK;
-- From a user to a group, which has another column: one owner is left, as after transfer().
BEGIN;
SELECT * FROM sharing.transfer_all('user:six', 'group:H');
SELECT * FROM test.moved ORDER BY which COLLATE "C", id;
ROLLBACK;
-- A table that cannot hold the new owner: nothing moves, of no table.
SELECT sharing.transfer_all('user:rep1', 'group:H');
SELECT sharing.transfer_all('user:5', 'user:rep1');
SELECT * FROM test.moved;
-- Who is not there, who is no owner, who may not.
SELECT statement, test.outcome('SELECT sharing.' || statement) FROM unnest(ARRAY[
    $$transfer_all('user:nobody', 'user:rep1')$$, $$transfer_all('user:rep1', 'user:nobody')$$, $$transfer_all('group:g', 'group:H')$$, $$transfer_all('group:G', 'group:none')$$,
    $$transfer_all('role:H5', 'user:rep1')$$, $$transfer_all('user:rep1', 'role:H5')$$, $$transfer_all('rep1', 'user:ceo')$$, $$transfer_all('user:rep1', 'user:rep1')$$,
    $$transfer_all(NULL, 'user:rep1')$$, $$transfer_all('user:rep1', NULL)$$, $$drop_user('rep1', 'user:rep1')$$, $$drop_user('rep1', reassign_to => 'user:nobody')$$, $$drop_user('nobody', 'user:rep1')$$]) statement;
\c - app
SET sharing.user_key = 'ceo';
SELECT sharing.transfer_all('user:rep1', 'user:ceo');
SELECT sharing.drop_user('rep1', 'user:ceo');
-- An administrator of the database who is nobody in the organization sees no record: refused, not passed over.
\c - postgres
SELECT sharing.grant_admin('stranger');
GRANT SELECT, UPDATE ON parts, both_columns, any_owner, heir, collated TO stranger;
\c - stranger
SELECT sharing.transfer_all('user:rep1', 'user:ceo');
SELECT sharing.drop_user('rep1', reassign_to => 'user:ceo');
-- So is a trigger that leaves out a row, and a constraint that refuses one passes its error through.
\c - postgres
SELECT sharing.revoke_admin('stranger');
ALTER TABLE collated ADD CONSTRAINT not_to_sup2 CHECK (owner <> 'sup2');
CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF OLD.id = 2 AND NEW.owner = 'vp' THEN RETURN NULL; END IF; RETURN NEW; END$$;
CREATE TRIGGER leave_out BEFORE UPDATE ON both_columns FOR EACH ROW EXECUTE FUNCTION leave_out();
\c - app
SET sharing.user_key = 'adm';
SELECT sharing.transfer_all('user:rep1', 'user:sup2');
SELECT sharing.transfer_all('user:rep1', 'user:vp');
\c - postgres
SELECT * FROM test.moved;
-- Dropped: his records are told, or handed over. What a dropped user left can still be handed over.
\c - app
SET sharing.user_key = 'adm';
SELECT sharing.deactivate_user('mgr');
SELECT sharing.drop_user('5', reassign_to => 'user:6');
SELECT sharing.drop_user('rep1');
SELECT * FROM sharing.transfer_all('user:rep1', 'user:mgr');
SELECT sharing.drop_user('sup1');
SELECT sharing.remove_member('H', 'user:sup1'), sharing.drop_user('sup1'), sharing.drop_group('G', 'group:H'), sharing.drop_group('H');
\c - postgres
SELECT * FROM test.moved ORDER BY which COLLATE "C", id;
-- Of a large table without an index that is an estimate, and says so.
CREATE TABLE large (id integer PRIMARY KEY, owner text);
INSERT INTO large SELECT n, CASE WHEN n <= 60000 THEN 'rep2' ELSE 'ceo' END FROM generate_series(1, 120000) n;
-- All rows are looked at.
ALTER TABLE large ALTER owner SET STATISTICS 400;
ANALYZE large;
SELECT sharing.protect('large', 'owner') \g /dev/null
DO $$
BEGIN
    PERFORM sharing.drop_user('rep2');
END
$$;
CREATE INDEX ON large (owner);
SELECT sharing.drop_user('vp', reassign_to => 'user:ceo');
SELECT sharing.transfer_all('user:rep2', 'user:ceo') \g /dev/null
