-- Single records for colleagues: what was given of a record goes with it, and a new record with the same key starts without, however the old one went:
-- DELETE, TRUNCATE, a changed key, replica mode, a referential action, a partition. A rollback gives it back; a move between partitions keeps it.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SET ROLE crm;
CREATE TABLE teams_only (id integer PRIMARY KEY, team text, title text);
CREATE TABLE parted (id integer PRIMARY KEY, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200);
INSERT INTO teams_only VALUES (1, 't'), (2, 't');
INSERT INTO parted VALUES (1, 'rep1'), (2, 'rep1'), (101, 'rep1');
GRANT ALL ON teams_only, parted TO PUBLIC;
RESET ROLE;
SELECT sharing.create_group('t', 'Team') \g /dev/null
SELECT sharing.protect('teams_only', owner_group => 'team'), sharing.protect('parted', 'owner') \g /dev/null
CREATE VIEW given AS SELECT m.name AS module, string_agg(record_id, ' ' ORDER BY record_id) AS records FROM sharing.record_grants g JOIN sharing.modules m ON m.id = g.module_id GROUP BY 1 ORDER BY 1;
CREATE FUNCTION test.give() RETURNS void LANGUAGE plpgsql AS $$BEGIN
    PERFORM sharing.grant_record('leads', id, 'role:H7', 'edit') FROM leads WHERE id < 3;
    PERFORM sharing.grant_record('teams_only', id, 'user:rep2', 'edit') FROM teams_only;
    PERFORM sharing.grant_record('parted', id, 'user:sup1', 'edit') FROM parted;
END$$;
SELECT test.give();
SELECT * FROM given;
-- Each is undone.
CREATE FUNCTION test.fate(VARIADIC what text[]) RETURNS TABLE (module text, records text) LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    kept text;
BEGIN
    BEGIN
        FOREACH statement IN ARRAY what LOOP EXECUTE statement; END LOOP;
        SELECT string_agg(g::text, '|') INTO kept FROM given g;
        RAISE EXCEPTION USING ERRCODE = 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
    END;
    RETURN QUERY SELECT split_part(line, ',', 1), split_part(line, ',', 2) FROM unnest(string_to_array(kept, '|')) line;
END$$;
SELECT n, fate.* FROM (VALUES
    (1, ARRAY['DELETE FROM leads WHERE id = 1']),
    (2, ARRAY['DELETE FROM leads WHERE id = 1', 'INSERT INTO leads VALUES (1, ''rep1'')']),
    (3, ARRAY['WITH gone AS (DELETE FROM leads WHERE id = 1 RETURNING *) INSERT INTO leads SELECT * FROM gone']),
    (4, ARRAY['UPDATE leads SET id = 77 WHERE id = 1', 'INSERT INTO leads VALUES (1, ''rep1'')']),
    (5, ARRAY['UPDATE leads SET owner = ''ceo'', title = ''x''']),
    (6, ARRAY['TRUNCATE leads']),
    (7, ARRAY['SET LOCAL session_replication_role = replica', 'DELETE FROM leads WHERE id = 1', 'TRUNCATE teams_only', 'UPDATE parted SET id = 3 WHERE id = 2', 'RESET session_replication_role']),
    (8, ARRAY['DELETE FROM teams_only WHERE id = 1', 'INSERT INTO teams_only VALUES (1, ''t'')']),
    (9, ARRAY['UPDATE teams_only SET team = NULL']),
    (10, ARRAY['TRUNCATE parted_1']),
    (11, ARRAY['DROP TABLE parted_2']),
    (12, ARRAY['ALTER TABLE parted DETACH PARTITION parted_1']),
    (13, ARRAY['UPDATE parted SET id = 150 WHERE id = 1']),
    (14, ARRAY['MERGE INTO parted USING (VALUES (1)) v (id) ON parted.id = v.id WHEN MATCHED THEN DELETE']),
    (15, ARRAY['DROP TABLE leads']),
    (16, ARRAY['SELECT sharing.unprotect(''teams_only'')']),
    (17, ARRAY['ALTER TABLE leads RENAME TO prospects', 'ALTER TABLE prospects RENAME id TO number', 'DELETE FROM prospects WHERE number = 2']),
    (18, ARRAY['ALTER TABLE parted DISABLE TRIGGER ALL', 'ALTER TABLE parted_1 DISABLE TRIGGER ALL', 'DELETE FROM parted WHERE id = 1', 'ALTER TABLE parted ENABLE TRIGGER ALL', 'ALTER TABLE parted_1 ENABLE TRIGGER ALL'])) f (n, what),
    test.fate(VARIADIC what) fate ORDER BY n, 2;
SELECT * FROM given;
-- A partition whose rows move by UPDATE to another, by a key that stays.
CREATE TABLE moved (id integer, owner text, region text, PRIMARY KEY (id)) ;
INSERT INTO moved VALUES (1, 'rep1', 'a');
SELECT sharing.protect('moved', 'owner') \g /dev/null
SELECT sharing.grant_record('moved', 1, 'user:rep2');
-- Unlogged, it would be emptied by a crash.
ALTER TABLE moved SET UNLOGGED;
SELECT sharing.revoke_record('moved', 1, 'user:rep2');
ALTER TABLE moved SET UNLOGGED;
-- The key is no longer one: nothing is opened by what is not unique.
SELECT sharing.grant_record('leads', 1, 'user:sup1', 'edit');
ALTER TABLE leads DROP CONSTRAINT leads_pkey;
INSERT INTO leads VALUES (1, 'vp', 'another');
SET SESSION AUTHORIZATION app;
SELECT test.reach('sup1');
RESET SESSION AUTHORIZATION;
DELETE FROM leads WHERE title = 'another';
ALTER TABLE leads ADD PRIMARY KEY (id);
SET SESSION AUTHORIZATION app;
SELECT test.reach('sup1');
