-- Modules; Record sharing between offices: a table that inherits may have the keys of its parent again. A share is of the parent's own record.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/offices.sql'
\i :organization
CREATE TABLE base (id integer PRIMARY KEY, title text, owner text);
CREATE TABLE heir () INHERITS (base);
INSERT INTO base VALUES (1, 'base', 'ann');
INSERT INTO heir VALUES (1, 'heir', 'ann'), (2, 'heir', 'ann');
SELECT policyname, qual FROM pg_policies WHERE tablename IN ('base', 'heir') AND policyname = 'sharing_select' ORDER BY tablename;
SELECT count(*) FROM sharing.protect('base', owner => 'owner') \g /dev/null
SELECT tablename, qual FROM pg_policies WHERE tablename IN ('base', 'heir') AND policyname = 'sharing_select' ORDER BY tablename;
-- One that comes to inherit later changes what the parent's policies say.
CREATE TABLE plain (id integer PRIMARY KEY, title text, owner text);
SELECT count(*) FROM sharing.protect('plain', owner => 'owner') \g /dev/null
SELECT qual FROM pg_policies WHERE tablename = 'plain' AND policyname = 'sharing_select';
CREATE TABLE later () INHERITS (plain);
SELECT tablename, qual, with_check FROM pg_policies WHERE tablename IN ('plain', 'later') AND policyname IN ('sharing_select', 'sharing_update') ORDER BY tablename, policyname;
GRANT SELECT ON base, heir, plain, later TO PUBLIC;
INSERT INTO plain VALUES (1, 'plain', 'ann');
INSERT INTO later VALUES (1, 'later', 'ann');
\c - app
SET sharing.user_key = 'ann';
SELECT sharing.request_link('Los Angeles', 'liz') AS link \gset
SET sharing.user_key = 'liz';
SELECT sharing.accept_links(ARRAY[:link]) \g /dev/null
SET sharing.user_key = 'ann';
SELECT sharing.share_record('base', '1', 'liz'), sharing.share_record('plain', '1', 'liz') \g /dev/null
-- The key is that of a record of the child only: there is nothing to share.
SELECT sharing.share_record('base', '2', 'liz');
SELECT sharing.share_record('heir', '2', 'liz');
SET sharing.user_key = 'liz';
SELECT tableoid::regclass, * FROM base;
SELECT tableoid::regclass, * FROM heir;
SELECT tableoid::regclass, * FROM plain;
SELECT tableoid::regclass, * FROM later;
