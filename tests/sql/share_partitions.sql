-- Record sharing between offices: shares of records in partitions. A record goes with a partition that is dropped, detached or truncated, and one that is deleted and
-- made again in the same statement is a new one, whatever was updated before. Partitions are made by the key where that is one column: a record
-- moves to another one only by a changed key, and is a new one, too; it keeps its shares where the partitions change around it.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE parts (id integer PRIMARY KEY, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE part_low PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE part_high PARTITION OF parts FOR VALUES FROM (10) TO (20);
GRANT ALL ON parts, part_low, part_high TO app;
INSERT INTO parts VALUES (1, 'ann'), (2, 'ann'), (3, 'ann'), (11, 'ann'), (12, 'ann'), (13, 'liz');
SELECT sharing.protect('parts', 'owner') \g /dev/null
\c - app
SELECT test.link('ann', 'liz');
SELECT test.call('ann', 'SELECT sharing.share_record(''parts'', id::text, ''liz'', ''edit'') FROM unnest(ARRAY[1, 2, 11, 12]) id');
-- Named by the partition or by the parent, it is one record.
SELECT test.reach('liz', 'parts'), test.reach('liz', 'part_low'), test.reach('liz', 'part_high');
SELECT test.call('ann', 'SELECT sharing.share_record(''part_low'', ''3'', ''liz''), sharing.unshare_record(''part_low'', ''3'', ''liz'')');
SELECT test.call('ann', 'SELECT sharing.share_record(''part_low'', ''11'', ''liz'')');
SELECT test.call('ann', 'SELECT module, record_id FROM sharing.shared_records(1)');
-- Moved by its key into another partition, it is a new record, whether or not the old key is used again, in the same statement or later.
BEGIN;
SELECT test.call('ann', 'UPDATE parts SET id = 14 WHERE id = 1');
SELECT test.reach('liz', 'parts');
SELECT test.call('ann', 'UPDATE parts SET id = 1 WHERE id = 14');
SELECT test.reach('liz', 'parts');
ROLLBACK;
BEGIN;
-- 2 goes to the other partition, and 3 takes its place.
SELECT test.call('ann', 'UPDATE parts SET id = CASE id WHEN 2 THEN 14 ELSE 2 END WHERE id IN (2, 3)');
SELECT test.reach('ann', 'parts'), test.reach('liz', 'parts');
ROLLBACK;
BEGIN;
SELECT test.call('ann', 'UPDATE parts SET id = CASE id WHEN 2 THEN 14 ELSE 2 END WHERE id IN (2, 11)');
SELECT test.reach('ann', 'parts'), test.reach('liz', 'parts');
ROLLBACK;
-- Deleted and made again in one statement, even where an update of it was tried before.
BEGIN;
SELECT test.call('ann', 'WITH gone AS (DELETE FROM parts WHERE id = 1 RETURNING *) INSERT INTO parts SELECT * FROM gone');
SELECT test.reach('liz', 'parts');
ROLLBACK;
BEGIN;
SAVEPOINT s;
SELECT test.call('ann', 'UPDATE parts SET title = ''tried'' WHERE id = 1');
ROLLBACK TO s;
SELECT test.call('ann', 'WITH gone AS (DELETE FROM parts WHERE id = 1 RETURNING *) INSERT INTO parts SELECT * FROM gone');
SELECT test.reach('liz', 'parts');
ROLLBACK;
\c - postgres
CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER zzzzz BEFORE UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION suppress();
\c - app
BEGIN;
SELECT test.call('ann', 'UPDATE parts SET title = ''tried'' WHERE id = 1');
SELECT test.call('ann', 'WITH gone AS (DELETE FROM parts WHERE id = 1 RETURNING *) INSERT INTO parts SELECT * FROM gone');
SELECT test.reach('liz', 'parts');
ROLLBACK;
\c - postgres
DROP TRIGGER zzzzz ON parts;
-- TRUNCATE of one partition, of the parent.
BEGIN;
TRUNCATE part_low;
SELECT record_id FROM sharing.shares ORDER BY record_id;
ROLLBACK;
BEGIN;
TRUNCATE parts;
SELECT count(*) FROM sharing.shares;
ROLLBACK;
-- A dropped partition, and one that is detached; the records of the other stay shared.
BEGIN;
DROP TABLE part_low;
CREATE TABLE part_low PARTITION OF parts FOR VALUES FROM (0) TO (10);
INSERT INTO parts VALUES (1, 'ann');
SET LOCAL SESSION AUTHORIZATION app;
SELECT test.reach('ann', 'parts'), test.reach('liz', 'parts');
ROLLBACK;
ALTER TABLE parts DETACH PARTITION part_low;
SELECT record_id FROM sharing.shares ORDER BY record_id;
CREATE TABLE part_new PARTITION OF parts FOR VALUES FROM (0) TO (10);
INSERT INTO parts VALUES (1, 'ann'), (2, 'ann');
\c - app
SELECT test.reach('ann', 'parts'), test.reach('liz', 'parts');
-- Attached again, its records are new ones.
\c - postgres
DROP TABLE part_new;
ALTER TABLE parts ATTACH PARTITION part_low FOR VALUES FROM (0) TO (10);
\c - app
SELECT person, test.reach(person, 'parts') FROM unnest('{ann,liz}'::text[]) person;
SELECT test.call('ann', 'SELECT sharing.share_record(''parts'', ''1'', ''liz'')');
SELECT test.reach('liz', 'parts');
SELECT test.call('ann', 'DELETE FROM parts WHERE id = 1');
SELECT test.call('ann', 'INSERT INTO parts VALUES (1, ''ann'')');
SELECT test.reach('liz', 'parts');
-- DETACH ... CONCURRENTLY ends in the same.
\c - postgres
SELECT sharing.share_record('parts', '1', 'liz');
ALTER TABLE parts DETACH PARTITION part_low CONCURRENTLY;
SELECT record_id FROM sharing.shares ORDER BY record_id;
-- A record that stays while partitions are added beside it, and its own partition is attached and detached elsewhere, stays shared.
ALTER TABLE parts ATTACH PARTITION part_low FOR VALUES FROM (0) TO (10);
CREATE TABLE part_other PARTITION OF parts FOR VALUES FROM (20) TO (30);
DROP TABLE part_other;
\c - app
SELECT test.reach('liz', 'parts');
-- Without the policies nobody knows which records are gone: no partition may go, and nothing else is kept from going on.
\c - postgres
ALTER EVENT TRIGGER sharing_follow_drops DISABLE;
DROP POLICY sharing_select ON parts;
ALTER EVENT TRIGGER sharing_follow_drops ENABLE ALWAYS;
CREATE TABLE elsewhere (id integer);
ALTER TABLE elsewhere ADD COLUMN more integer;
DROP TABLE elsewhere;
DROP TABLE part_low;
ALTER TABLE parts DETACH PARTITION part_low;
SELECT count(*) FROM pg_inherits WHERE inhrelid = 'part_low'::regclass;
