-- Commands on a protected table; Modules: transfer() gives records of a partitioned table away also where the caller loses sight of them by it, from
-- one partition and from several, whatever the order of their columns; an UPDATE by hand still does not.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE parts (id integer PRIMARY KEY, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (5);
CREATE TABLE parts_2 (title text, owner text, gone integer, id integer NOT NULL);
ALTER TABLE parts_2 DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES FROM (5) TO (10);
INSERT INTO parts SELECT n, 'rep1', '' FROM generate_series(1, 9) n;
GRANT ALL ON parts TO app;
SELECT sharing.protect('parts', 'owner') \g /dev/null
\c - app
SET sharing.user_key = 'rep1';
SELECT test.sees('parts');
SELECT sharing.transfer('parts', ARRAY[1], 'user:sup1'), sharing.transfer('parts', ARRAY[6], 'user:sup1'), sharing.transfer('parts', ARRAY[2, 7], 'user:sup1');
SELECT test.sees('parts');
UPDATE parts SET owner = 'sup1' WHERE id = 3;
-- The permission is for one statement, and for the new owner that was named.
SELECT sharing.transfer('parts', ARRAY[3], 'user:sup1');
UPDATE parts SET owner = 'sup1' WHERE id = 4;
SELECT test.outcome('SELECT sharing.transfer(''parts'', ARRAY[4, 1], ''user:sup1'')');
SELECT test.sees('parts');
SET sharing.user_key = 'sup1';
SELECT test.sees('parts');
