-- A partition is no module of its own, so it is no parent: neither protect() nor relate() takes it, and a foreign key that
-- leads to it alone ties nothing. Whatever leads to the partitioned table reaches the records of every partition.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set VERBOSITY default
CREATE TABLE acc (id int PRIMARY KEY, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE acc_1 PARTITION OF acc FOR VALUES FROM (1) TO (10);
-- Other numbers of columns, a dropped one before them.
CREATE TABLE acc_2 (gone int, title text, owner text, id int NOT NULL PRIMARY KEY);
ALTER TABLE acc_2 DROP COLUMN gone;
ALTER TABLE acc ATTACH PARTITION acc_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE acc_3 PARTITION OF acc FOR VALUES FROM (20) TO (40) PARTITION BY RANGE (id);
CREATE TABLE acc_3a PARTITION OF acc_3 FOR VALUES FROM (20) TO (30);
INSERT INTO acc SELECT n, CASE WHEN n % 2 = 0 THEN 'rep1' ELSE 'sup1' END, '' FROM generate_series(1, 29) n;
CREATE TABLE line (id int PRIMARY KEY, acc int, title text);
CREATE TABLE line_fk (id int PRIMARY KEY, acc int REFERENCES acc, title text);
CREATE TABLE line_1 (id int PRIMARY KEY, acc int REFERENCES acc_1, title text);
CREATE TABLE offer (id int PRIMARY KEY, owner text, acc int, title text);
CREATE INDEX ON line (acc);
CREATE INDEX ON line_fk (acc);
CREATE INDEX ON line_1 (acc);
CREATE INDEX ON offer (acc);
CREATE INDEX ON offer (owner);
INSERT INTO line SELECT id, id, '' FROM acc;
INSERT INTO line_fk SELECT id, id, '' FROM acc;
INSERT INTO line_1 SELECT id, id, '' FROM acc_1;
INSERT INTO offer SELECT id, NULL, id, '' FROM acc;
CREATE TABLE test.truth AS SELECT id FROM acc WHERE owner = 'rep1';
GRANT SELECT ON test.truth TO app;
GRANT ALL ON acc, acc_1, acc_2, acc_3, acc_3a, line, line_fk, line_1, offer TO app;
SELECT sharing.protect('acc', 'owner'), sharing.protect('offer', 'owner') \g /dev/null
SELECT * FROM sharing.protect('line', controlled_by => 'acc_1', via => 'acc');
SELECT * FROM sharing.protect('line', controlled_by => 'acc_3', via => 'acc');
SELECT sharing.relate('offer', 'acc', 'acc_2');
-- The foreign key leads elsewhere.
SELECT * FROM sharing.protect('line_1', controlled_by => 'acc', via => 'acc');
SELECT sharing.protect('line', controlled_by => 'acc', via => 'acc'), sharing.protect('line_fk', controlled_by => 'acc', via => 'acc') \g /dev/null
SELECT sharing.relate('offer', 'acc', 'acc'), sharing.create_group('g', 'Reps'), sharing.add_member('Reps', 'user:rep1'), sharing.add_rule('acc', 'group:Reps', 'group:Reps', 'read_write'), sharing.apply_rules() \g /dev/null
SELECT name, by_foreign_key FROM sharing.modules WHERE controlled_by_id IS NOT NULL ORDER BY name;
CREATE FUNCTION test.differences(name text) RETURNS TABLE (what text, too_many text, too_few text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT %1$L::text, (SELECT string_agg(id::text, '' '') FROM (SELECT id FROM %1$I EXCEPT SELECT id FROM test.truth) d), (SELECT string_agg(id::text, '' '') FROM (SELECT id FROM test.truth EXCEPT SELECT id FROM %1$I) d)', name);
END
$$;
\c - app
SET sharing.user_key = 'rep1';
SELECT d.* FROM unnest('{acc,line,line_fk,offer}'::text[]) t, test.differences(t) d;
SET enable_seqscan = off;
SELECT d.* FROM unnest('{acc,line,line_fk,offer}'::text[]) t, test.differences(t) d;
RESET enable_seqscan;
DELETE FROM line WHERE id = 29;
UPDATE line SET title = 'x';
-- A partition that leaves takes its records out of sight, and the children's with them; one that comes brings them.
\c - postgres
ALTER TABLE line_fk DROP CONSTRAINT line_fk_acc_fkey;
ALTER TABLE acc DETACH PARTITION acc_2;
DELETE FROM test.truth WHERE id BETWEEN 10 AND 19;
\c - app
SET sharing.user_key = 'rep1';
SELECT d.* FROM unnest('{acc,line,offer}'::text[]) t, test.differences(t) d;
\c - postgres
ALTER TABLE acc ATTACH PARTITION acc_2 FOR VALUES FROM (10) TO (20);
INSERT INTO test.truth SELECT id FROM acc_2 WHERE owner = 'rep1';
\c - app
SET sharing.user_key = 'rep1';
SELECT d.* FROM unnest('{acc,line,offer}'::text[]) t, test.differences(t) d;
