-- Record sharing between offices: the record that is shared is found by its exact key whatever indexes the table has, among what the transaction itself did, and in the
-- partition that is named.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE words (word text COLLATE any_case PRIMARY KEY, owner text, title text);
INSERT INTO words VALUES ('One', 'ann', ''), ('Two', 'liz', '');
CREATE TABLE bare (id integer PRIMARY KEY, owner text, title text);
INSERT INTO bare SELECT n, CASE WHEN n % 2 = 0 THEN 'ann' ELSE 'liz' END, '' FROM generate_series(1, 2000) n;
-- The partition numbers its columns otherwise.
CREATE TABLE parts (id integer PRIMARY KEY, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 (gone integer, title text, owner text, id integer NOT NULL);
ALTER TABLE parts_1 DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION parts_1 FOR VALUES FROM (1) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
INSERT INTO parts VALUES (1, 'ann', 'liz'), (2, 'liz', 'ann'), (11, 'ann', '');
GRANT ALL ON words, bare, parts, parts_1, parts_2 TO app;
SELECT sharing.protect('words', 'owner'), sharing.protect('bare', 'owner'), sharing.protect('parts', 'owner') \g /dev/null
\c - app
SELECT test.link('ann', 'liz');
-- By its key, not by what a collation takes for the same.
SELECT word, test.call('ann', format('SELECT sharing.share_record(''words'', %L, ''liz'')', word)) FROM unnest('{one,One,Two}'::text[]) word;
SELECT relation, id, test.call('ann', format('SELECT sharing.share_record(%L, %L, ''liz'')', relation, id))
FROM (VALUES ('parts', 1), ('parts', 2), ('parts_1', 1), ('parts_1', 11), ('parts_2', 11), ('parts_2', 1)) asked (relation, id);
-- Among what the transaction, and the statement itself, did.
SET sharing.user_key = 'ann';
BEGIN;
INSERT INTO bare VALUES (2002, 'ann', '');
SELECT sharing.share_record('bare', '2002', 'liz');
INSERT INTO bare VALUES (2004, 'ann', '') RETURNING sharing.share_record('bare', id, 'liz');
UPDATE bare SET title = 'new' WHERE id = 2 RETURNING sharing.share_record('bare', id, 'liz');
UPDATE bare SET title = 'new' WHERE id = 4;
SELECT sharing.share_record('bare', '4', 'liz');
DELETE FROM bare WHERE id = 6;
SAVEPOINT before;
SELECT sharing.share_record('bare', '6', 'liz');
ROLLBACK TO before;
COMMIT;
-- Nothing is shared where nothing may be changed, and no lock is taken.
BEGIN READ ONLY;
SELECT sharing.share_record('bare', '8', 'liz');
ROLLBACK;
-- A lookup that is done again waits for nobody: the transaction holds the record already.
BEGIN;
SELECT title FROM bare WHERE id = 8 FOR UPDATE;
SELECT sharing.share_record('bare', '8', 'liz');
ROLLBACK;
-- Many indexes, the only one that makes it a key in another order; without one, it is no key.
\c - postgres
ALTER TABLE bare DROP CONSTRAINT bare_pkey;
CREATE INDEX ON bare (id) WHERE id > 1000;
CREATE INDEX ON bare USING hash (id);
CREATE INDEX ON bare (owner, id);
CREATE INDEX ON bare (id DESC NULLS LAST, owner);
\c - app
SELECT test.call('ann', 'SELECT sharing.share_record(''bare'', ''10'', ''liz'')');
\c - postgres
CREATE UNIQUE INDEX ON bare (id DESC);
\c - app
SELECT id, test.call('ann', format('SELECT sharing.share_record(''bare'', %L, ''liz'')', id)) FROM unnest('{10,11,5000}'::int[]) id;
\c - postgres
SELECT m.name, s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id ORDER BY 1, 2;
-- Of the records that are gone, all shares go, and no others: by the index of the key, and without. What is no key of the type is gone, too.
INSERT INTO sharing.shares (link_id, module_id, record_id, access) SELECT 1, m.id, k, 'read' FROM sharing.modules m, unnest('{007,x,19,99999999999999999999}'::text[]) k WHERE m.name = 'parts';
DROP TABLE parts_2;
SELECT m.name, s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id WHERE m.name = 'parts';
TRUNCATE words, bare;
SELECT m.name, s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id;
