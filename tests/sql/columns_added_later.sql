-- Columns that were added to a table with rows: the default that these rows read is what policies go by, of parents too.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE firms (id integer PRIMARY KEY);
INSERT INTO firms VALUES (1), (2);
ALTER TABLE firms ADD owner text DEFAULT 'rep1';
INSERT INTO firms VALUES (3, 'ceo');
CREATE TABLE notes (id integer PRIMARY KEY);
INSERT INTO notes SELECT generate_series(1, 3);
ALTER TABLE notes ADD firm integer DEFAULT 2;
UPDATE notes SET firm = 3 WHERE id = 3;
GRANT ALL ON firms, notes TO app;
SELECT sharing.protect('firms', 'owner') \g /dev/null
SELECT sharing.protect('notes', controlled_by => 'firms', via => 'firm') \g /dev/null
CREATE TABLE lines (id integer PRIMARY KEY, note integer);
INSERT INTO lines SELECT n, n FROM generate_series(1, 3) n;
GRANT ALL ON lines TO app;
SELECT sharing.protect('lines', controlled_by => 'notes', via => 'note') \g /dev/null
SELECT sharing.apply_rules() \g /dev/null
\c - app
SET sharing.user_key = 'rep1';
SELECT * FROM firms ORDER BY id;
SELECT * FROM notes ORDER BY id;
SELECT * FROM lines ORDER BY id;
SELECT (SELECT count(*) FROM lines WHERE id = 1), (SELECT count(*) FROM lines WHERE id = 3);
UPDATE lines SET note = note RETURNING id;
SET sharing.user_key = 'sup1';
SELECT * FROM lines;
SET sharing.user_key = 'ceo';
SELECT * FROM lines ORDER BY id;
