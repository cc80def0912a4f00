-- After a table's primary key moved to another column, shares go on by the column that they name, and end when it is no key
-- any more: a share never opens the record whose new key reads like the old key of another.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE acc (no int PRIMARY KEY, owner text, title text);
CREATE INDEX ON acc (owner);
INSERT INTO acc VALUES (2, 'ann', 'shared'), (1, 'ann', 'hidden'), (3, 'ann', 'shared later');
GRANT ALL ON acc TO app;
SELECT sharing.protect('acc', 'owner') \g /dev/null
\c - app
SELECT test.link('ann', 'liz');
SELECT test.call('ann', 'SELECT sharing.share_record(''acc'', ''2'', ''liz'', ''edit'')');
SELECT test.call('liz', 'SELECT title FROM acc'), test.call('liz', 'UPDATE acc SET title = title');
-- The key moves: what was 2 is 1 now, and the other way round.
\c - postgres
ALTER TABLE acc ADD id int, DROP CONSTRAINT acc_pkey;
UPDATE acc SET id = CASE no WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE 3 END;
ALTER TABLE acc ADD PRIMARY KEY (id), ADD CONSTRAINT acc_no_key UNIQUE (no);
\c - app
SELECT test.call('liz', 'SELECT title FROM acc'), test.call('liz', 'UPDATE acc SET title = title');
SELECT test.call('ann', 'SELECT sharing.share_record(''acc'', ''3'', ''liz'')');
SELECT test.call('liz', 'SELECT title FROM acc ORDER BY no');
SELECT test.call('ann', 'SELECT sharing.unshare_record(''acc'', ''3'', ''liz'')');
SELECT test.call('liz', 'SELECT title FROM acc ORDER BY no');
-- A record that goes takes its share along, by the same column; one that gets another key of the new kind keeps it.
UPDATE acc SET title = title;
SELECT test.call('ann', 'UPDATE acc SET id = 20 WHERE no = 2');
SELECT test.call('liz', 'SELECT title FROM acc');
-- Without its unique index the old column is no key: nobody gets anything by shares, and nobody shares.
\c - postgres
ALTER TABLE acc DROP CONSTRAINT acc_no_key;
\c - app
SELECT test.call('liz', 'SELECT title FROM acc');
SELECT test.call('ann', 'SELECT sharing.share_record(''acc'', ''3'', ''liz'')');
SELECT test.call('ann', 'INSERT INTO acc VALUES (2, ''ann'', ''another'', 50)');
SELECT test.call('liz', 'SELECT title FROM acc');
\c - postgres
DELETE FROM acc WHERE id = 50;
-- Protected anew it goes by the new key, without the old shares.
SELECT sharing.unprotect('acc'), sharing.protect('acc', 'owner') \g /dev/null
SELECT count(*) FROM sharing.shares;
\c - app
SELECT test.call('liz', 'SELECT title FROM acc');
SELECT test.call('ann', 'SELECT sharing.share_record(''acc'', ''2'', ''liz'')');
SELECT test.call('liz', 'SELECT title FROM acc');
