-- Columns that were added to tables with rows, in every place where a column decides: owner, group, key, parent's key, the word that
-- chooses a relation, also in partitions that number them otherwise, and under another type since. The truth is a copy that was stored whole.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:sup2') \g /dev/null
-- An owner under another type since; a group; a key.
CREATE TABLE firms (gone integer, id integer PRIMARY KEY);
ALTER TABLE firms DROP COLUMN gone;
INSERT INTO firms VALUES (1), (2);
ALTER TABLE firms ADD owner varchar(9) DEFAULT 'rep1';
ALTER TABLE firms ALTER owner TYPE text;
INSERT INTO firms VALUES (3, 'ceo'), (4, NULL);
CREATE TABLE shops (id integer PRIMARY KEY, owner text);
INSERT INTO shops VALUES (1, NULL), (2, NULL), (3, 'vp');
ALTER TABLE shops ADD team text DEFAULT 'g';
INSERT INTO shops VALUES (4, NULL, NULL);
CREATE TABLE solo (title text);
INSERT INTO solo VALUES ('only');
ALTER TABLE solo ADD owner text DEFAULT 'rep1', ADD id integer DEFAULT 7;
ALTER TABLE solo ADD PRIMARY KEY (id);
-- What points at them, at one of two by a word.
CREATE TABLE deals (id integer PRIMARY KEY);
INSERT INTO deals SELECT generate_series(1, 5);
ALTER TABLE deals ADD gone integer DEFAULT 5, ADD owner text DEFAULT 'ceo', ADD firm integer DEFAULT 1, ADD kind varchar(9) DEFAULT 'firm';
ALTER TABLE deals DROP COLUMN gone, ALTER kind TYPE text;
UPDATE deals SET firm = 3 WHERE id = 2;
UPDATE deals SET kind = 'solo', firm = 7 WHERE id = 3;
UPDATE deals SET kind = 'shop' WHERE id = 4;
CREATE TABLE lines (id integer PRIMARY KEY);
INSERT INTO lines SELECT generate_series(1, 3);
ALTER TABLE lines ADD deal integer DEFAULT 1;
UPDATE lines SET deal = 2 WHERE id = 3;
CREATE TABLE pieces (id integer PRIMARY KEY, line integer);
INSERT INTO pieces SELECT n, n FROM generate_series(1, 3) n;
-- Partitions with columns in another order, added at other times, with other defaults.
CREATE TABLE parted (id integer, PRIMARY KEY (id)) PARTITION BY LIST (id);
CREATE TABLE parted_1 (gone text, id integer NOT NULL);
INSERT INTO parted_1 VALUES ('x', 1);
ALTER TABLE parted_1 DROP COLUMN gone;
CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
INSERT INTO parted VALUES (2);
ALTER TABLE parted ADD kind text DEFAULT 'firm', ADD owner text DEFAULT 'rep2', ADD firm integer DEFAULT 1;
INSERT INTO parted VALUES (3, DEFAULT, DEFAULT, DEFAULT), (4, 'firm', 'ceo', 3);
ALTER TABLE parted_1 ADD firm integer DEFAULT 2, ADD owner text DEFAULT 'ceo', ADD kind text DEFAULT 'firm';
ALTER TABLE parted ATTACH PARTITION parted_1 FOR VALUES IN (1);
GRANT ALL ON firms, shops, solo, deals, lines, pieces, parted TO app;
CREATE SCHEMA truth;
SELECT format('CREATE TABLE truth.%1$I AS TABLE %1$I', t) FROM unnest('{firms,shops,solo,deals,lines,pieces,parted}'::text[]) t \gexec
SELECT sharing.protect('firms', 'owner'), sharing.protect('shops', 'owner', owner_group => 'team'), sharing.protect('solo', 'owner'), sharing.protect('deals', 'owner'), sharing.protect('parted', 'owner') \g /dev/null
SELECT sharing.relate('deals', 'firm', 'firms', 'kind', 'firm'), sharing.relate('deals', 'firm', 'solo', 'kind', 'solo'), sharing.relate('parted', 'firm', 'firms', 'kind', 'firm') \g /dev/null
SELECT sharing.protect('lines', controlled_by => 'deals', via => 'deal'), sharing.protect('pieces', controlled_by => 'lines', via => 'line') \g /dev/null
SELECT sharing.add_rule('firms', 'role:H5', 'role:H7', 'read_only', '{"deals": "read_write", "parted": "read_write"}'), sharing.add_rule('solo', 'role:H5', 'role:H7', 'read_only', '{"deals": "read_write"}') \g /dev/null
-- Who reaches whose records by himself, in all modules alike; and those of H5 by the rules for H7.
CREATE TABLE truth.above (viewer text, owner text);
INSERT INTO truth.above VALUES ('rep1', 'rep1'), ('mgr', 'mgr'), ('mgr', 'rep1'), ('mgr', 'rep2'), ('sup1', 'sup1'), ('sup2', 'sup2');
CREATE VIEW truth.ruled AS SELECT * FROM truth.above UNION SELECT v, o FROM unnest('{sup1,sup2}'::text[]) v, unnest('{rep1,rep2}'::text[]) o;
CREATE VIEW truth.sees AS
    WITH deals AS (SELECT viewer, id FROM truth.deals JOIN truth.above USING (owner)
        UNION SELECT viewer, d.id FROM truth.deals d JOIN truth.firms f ON d.kind = 'firm' AND f.id = d.firm JOIN truth.ruled r ON r.owner = f.owner WHERE viewer LIKE 'sup%'
        UNION SELECT viewer, d.id FROM truth.deals d JOIN truth.solo f ON d.kind = 'solo' AND f.id = d.firm JOIN truth.ruled r ON r.owner = f.owner WHERE viewer LIKE 'sup%')
    SELECT 'firms' AS relation, viewer, id FROM truth.firms JOIN truth.ruled USING (owner)
    UNION ALL SELECT 'solo', viewer, id FROM truth.solo JOIN truth.ruled USING (owner)
    UNION ALL SELECT 'shops', 'sup2', id FROM truth.shops WHERE team = 'g'
    UNION ALL SELECT 'deals', viewer, id FROM deals
    UNION ALL SELECT 'lines', viewer, l.id FROM truth.lines l JOIN deals ON deals.id = deal
    UNION ALL SELECT 'pieces', viewer, p.id FROM truth.pieces p JOIN truth.lines l ON l.id = p.line JOIN deals ON deals.id = deal
    UNION ALL (SELECT 'parted', viewer, id FROM truth.parted JOIN truth.above USING (owner)
        UNION SELECT 'parted', viewer, p.id FROM truth.parted p JOIN truth.firms f ON p.kind = 'firm' AND f.id = p.firm JOIN truth.ruled r ON r.owner = f.owner WHERE viewer LIKE 'sup%');
GRANT USAGE ON SCHEMA truth TO app;
GRANT SELECT ON truth.sees TO app;
CREATE VIEW test.all AS SELECT viewer, relation FROM unnest('{firms,shops,solo,deals,lines,pieces,parted}'::text[]) WITH ORDINALITY r (relation, n), unnest('{rep1,mgr,sup1,sup2}'::text[]) WITH ORDINALITY v (viewer, m) ORDER BY n, m;
GRANT SELECT ON test.all TO app;
-- What the rules are going to open: as many as the truth says, of which the viewer did not see some before.
SELECT * FROM sharing.preview_rules();
SELECT sharing.apply_rules();
-- One row at a time and all at once, and what is found by the key of a parent.
CREATE FUNCTION test.alone(relation text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE found boolean; ids text := '';
BEGIN
    FOR n IN 1..7 LOOP
        EXECUTE format('SELECT true FROM %I WHERE id = %s', relation, n) INTO found;
        ids := ids || CASE WHEN found THEN ' ' || n ELSE '' END;
    END LOOP;
    RETURN coalesce(nullif(ltrim(ids), ''), '-');
END$$;
CREATE FUNCTION test.as(viewer text, kind text, relation text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE ids text;
BEGIN
    PERFORM set_config('sharing.user_key', viewer, true);
    EXECUTE format('SELECT test.%I(%L)', kind, relation) INTO ids;
    RETURN ids;
END$$;
\c - app
CREATE TEMPORARY VIEW compared AS
    SELECT relation, viewer, test.as(viewer, 'sees', relation) AS sees, test.as(viewer, 'alone', relation) AS alone,
        coalesce((SELECT string_agg(s.id::text, ' ' ORDER BY s.id) FROM truth.sees s WHERE s.relation = a.relation AND s.viewer = a.viewer), '-') AS truth FROM test.all a;
SELECT *, sees = truth AND alone = truth AS right FROM compared;
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
SELECT count(*), count(*) FILTER (WHERE sees = truth AND alone = truth) AS right FROM compared;
RESET enable_seqscan;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SELECT count(*), count(*) FILTER (WHERE sees = truth AND alone = truth) AS right FROM compared;
-- Writing goes by the same columns: of the records that sup1 reaches by a rule, he may change those to which it carries that.
RESET ALL;
SET sharing.user_key = 'sup1';
SELECT test.outcome('UPDATE deals SET kind = kind'), test.outcome('UPDATE lines SET deal = deal'), test.outcome('UPDATE parted SET kind = kind'), test.outcome('UPDATE firms SET id = id'), test.outcome('DELETE FROM deals');
SELECT (SELECT count(*) FROM truth.sees WHERE relation = r AND viewer = 'sup1') FROM unnest('{deals,lines,parted}'::text[]) r;
-- The owner as a row older than its column has it is what a change is compared with, and who may change it goes by it.
SET sharing.user_key = 'rep1';
SELECT test.outcome('UPDATE firms SET owner = ''rep1'''), test.outcome('UPDATE firms SET owner = ''rep2'' WHERE id = 1'), test.outcome('UPDATE solo SET owner = ''rep1'', id = 8'), test.outcome('DELETE FROM firms');
SET sharing.user_key = 'sup2';
SELECT test.outcome('UPDATE shops SET team = ''g'''), test.outcome('UPDATE shops SET team = NULL, owner = ''sup2'' WHERE id = 1'), test.outcome('DELETE FROM shops');
-- Records are transferred by the key and to the owner that such rows have.
SET sharing.user_key = 'mgr';
SELECT sharing.transfer('solo', '{7}', 'user:rep2'), sharing.transfer('firms', '{1,2}', 'user:mgr');
SELECT id, owner FROM firms ORDER BY id;
