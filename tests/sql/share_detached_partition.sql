-- Modules; Record sharing between offices: a partition that is detached stays closed, also for shares of records that take the place of its own.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/offices.sql'
\i :organization
CREATE TABLE parts (id integer PRIMARY KEY, title text, owner text) PARTITION BY RANGE (id);
CREATE TABLE part_low PARTITION OF parts FOR VALUES FROM (1) TO (10);
INSERT INTO parts VALUES (1, 'old', 'ann'), (2, 'old', 'ann');
SELECT count(*) FROM sharing.protect('parts', owner => 'owner') \g /dev/null
GRANT SELECT ON parts, part_low TO PUBLIC;
ALTER TABLE parts DETACH PARTITION part_low;
CREATE TABLE part_new PARTITION OF parts FOR VALUES FROM (1) TO (10);
INSERT INTO parts VALUES (1, 'new', 'ann'), (2, 'new', 'ann');
SELECT qual FROM pg_policies WHERE tablename = 'part_low' AND policyname = 'sharing_select';
\c - app
SET sharing.user_key = 'ann';
SELECT sharing.request_link('Los Angeles', 'liz') AS link \gset
SET sharing.user_key = 'liz';
SELECT sharing.accept_links(ARRAY[:link]) \g /dev/null
SET sharing.user_key = 'ann';
SELECT sharing.share_record('parts', '1', 'liz') \g /dev/null
SELECT sharing.share_record('part_low', '2', 'liz');
SELECT * FROM part_low ORDER BY id;
SET sharing.user_key = 'liz';
SELECT * FROM parts;
SELECT * FROM part_low;
-- Attached again, it is a part of the table again.
\c - postgres
DROP TABLE part_new;
ALTER TABLE parts ATTACH PARTITION part_low FOR VALUES FROM (1) TO (10);
SELECT qual FROM pg_policies WHERE tablename = 'part_low' AND policyname = 'sharing_select';
\c - app
SET sharing.user_key = 'ann';
SELECT sharing.share_record('parts', '2', 'liz') \g /dev/null
SET sharing.user_key = 'liz';
SELECT * FROM parts;
SELECT * FROM part_low;
