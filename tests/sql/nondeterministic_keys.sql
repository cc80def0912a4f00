-- Keys in columns of a nondeterministic collation, where 'ANN' equals 'ann' for the application. Keys of owners and parents are
-- compared byte by byte, everywhere, so whose record it is does not depend on the plan, and nobody gets a record of somebody of a
-- similar key. A record whose own key can be written in several ways is not shared: a share would outlive it under another
-- spelling, and open the next record of the old one.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
SELECT count(*) = 0 AS no_icu FROM pg_collation WHERE collprovider = 'i' \gset
\if :no_icu
\echo SKIPPED: nondeterministic_keys: this PostgreSQL was built without ICU
\quit
\endif
\i :offices
CREATE COLLATION test.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
GRANT USAGE ON SCHEMA test TO PUBLIC;
-- Another person, whose key differs in case alone.
SELECT sharing.create_user('ANN', 'Big Ann', NULL, 'New York') \g /dev/null
CREATE TABLE docs (id text COLLATE test.ci PRIMARY KEY, owner text COLLATE test.ci, title text);
CREATE INDEX ON docs (owner);
CREATE INDEX ON docs (owner COLLATE "C");
INSERT INTO docs SELECT 'd' || n, CASE n % 4 WHEN 0 THEN 'ann' WHEN 1 THEN 'ANN' WHEN 2 THEN 'Ann' ELSE 'liz' END, '' FROM generate_series(1, 400) n;
CREATE TABLE plain (id text PRIMARY KEY, owner text);
CREATE INDEX ON plain (owner);
INSERT INTO plain SELECT id, owner FROM docs;
CREATE TABLE lines (id int PRIMARY KEY, doc text COLLATE test.ci, title text);
CREATE INDEX ON lines (doc);
INSERT INTO lines SELECT n, 'd' || n, '' FROM generate_series(1, 400) n;
INSERT INTO lines SELECT 1000 + n, 'D' || n, '' FROM generate_series(1, 400) n;
CREATE TABLE docs_twin AS SELECT id COLLATE "C" AS id, owner COLLATE "C" AS owner FROM docs;
CREATE TABLE lines_twin AS SELECT id, doc COLLATE "C" AS doc FROM lines;
GRANT ALL ON docs, lines, plain TO app;
GRANT SELECT ON docs_twin, lines_twin TO app;
ANALYZE docs, lines;
SELECT * FROM sharing.protect('docs', 'owner', dry_run => true) p WHERE p LIKE '--%';
SELECT sharing.protect('docs', 'owner') \g /dev/null
SELECT sharing.protect('plain', 'owner') \g /dev/null
SELECT sharing.protect('lines', controlled_by => 'docs', via => 'doc') \g /dev/null
\c - app
CREATE FUNCTION pg_temp.differences(person text) RETURNS TABLE (who text, docs_too_many bigint, docs_too_few bigint, lines_too_many bigint, lines_too_few bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    RETURN QUERY SELECT person,
        (SELECT count(*) FROM docs d WHERE NOT EXISTS (SELECT FROM docs_twin t WHERE t.id = d.id COLLATE "C" AND t.owner = person COLLATE "C")),
        (SELECT count(*) FROM docs_twin t WHERE t.owner = person COLLATE "C" AND NOT EXISTS (SELECT FROM docs d WHERE d.id COLLATE "C" = t.id)),
        (SELECT count(*) FROM lines l WHERE NOT EXISTS (SELECT FROM docs_twin t WHERE t.id = l.doc COLLATE "C" AND t.owner = person COLLATE "C")),
        (SELECT count(*) FROM lines_twin l JOIN docs_twin t ON t.id = l.doc WHERE t.owner = person COLLATE "C" AND NOT EXISTS (SELECT FROM lines x WHERE x.id = l.id));
END
$$;
SELECT d.* FROM unnest('{ann,ANN,liz}'::text[]) p, pg_temp.differences(p) d;
SET enable_seqscan = off;
SELECT d.* FROM unnest('{ann,ANN,liz}'::text[]) p, pg_temp.differences(p) d;
SET enable_indexscan = off;
SELECT d.* FROM unnest('{ann,ANN,liz}'::text[]) p, pg_temp.differences(p) d;
RESET enable_seqscan;
RESET enable_indexscan;
SET sharing.user_key = 'ann';
SELECT owner, count(*) FROM docs GROUP BY owner;
SELECT count(*) FROM docs WHERE owner = 'ANN';
UPDATE docs SET title = 'x' WHERE owner = 'ANN' COLLATE "C";
-- Single records are not shared by such a key, and by another as ever.
SELECT test.link('ann', 'liz');
SELECT test.call('ann', 'SELECT sharing.share_record(''docs'', ''d4'', ''liz'')');
SELECT test.call('ann', 'SELECT sharing.share_record(''plain'', ''D4'', ''liz'')');
SELECT test.call('ann', 'SELECT sharing.share_record(''plain'', ''d4'', ''liz'')');
SET sharing.user_key = 'liz';
SELECT id FROM docs WHERE owner = 'ann' ORDER BY id;
SELECT id FROM plain WHERE owner = 'ann' ORDER BY id;
SELECT test.call('ann', 'UPDATE plain SET id = ''D4'' WHERE id = ''d4''');
SELECT id FROM plain WHERE owner = 'ann' ORDER BY id;
\c - postgres
SELECT count(*) FROM sharing.shares;
-- Who may transfer names the one record that any spelling means.
SELECT test.call('adm', 'SELECT sharing.transfer(''docs'', ''{D12}'', ''user:liz'')');
SELECT id, owner FROM docs WHERE id = 'd12';
