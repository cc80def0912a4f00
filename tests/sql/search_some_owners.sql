-- The list of who sees dozens of owners is not read beside an index that finds much fewer rows, though the planner takes it for ten keys. It is where the owners have fewer.
\setenv PGDATABASE :DBNAME
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_role('Head'), sharing.create_role('Rep', 'Head') \g /dev/null
SELECT count(sharing.create_user(n::text, 'user ' || n, CASE n WHEN 0 THEN 'Head' ELSE 'Rep' END)) FROM generate_series(0, 60) n;
CREATE TABLE letters (id integer, owner integer, tags integer[]);
INSERT INTO letters SELECT n, n % 600, ARRAY[n % 700, 10000 + n % 2] FROM generate_series(1, 60000) n;
CREATE TABLE twin AS SELECT * FROM letters;
CREATE INDEX letters_owner ON letters (owner);
CREATE INDEX letters_tags ON letters USING gin (tags);
GRANT SELECT ON letters, twin TO app;
SELECT sharing.protect('letters', 'owner') \g /dev/null
SELECT count(*) > 0 AS named FROM sharing.enable_search();
VACUUM ANALYZE letters;
\c - app
SET sharing.user_key = '0';
EXPLAIN (COSTS OFF) SELECT sum(id) FROM letters WHERE tags @> '{17}';
EXPLAIN (COSTS OFF) SELECT sum(id) FROM letters;
SELECT (SELECT sum(id) FROM letters WHERE tags @> '{17}') AS few, (SELECT sum(id) FROM letters WHERE tags @> '{10001}') AS many;
SELECT (SELECT sum(id) FROM twin WHERE owner <= 60 AND tags @> '{17}') AS few, (SELECT sum(id) FROM twin WHERE owner <= 60 AND tags @> '{10001}') AS many;
-- Who sees one owner leaves it to the planner.
SET sharing.user_key = '17';
EXPLAIN (COSTS OFF) SELECT sum(id) FROM letters WHERE tags @> '{10001}';
SELECT (SELECT sum(id) FROM letters WHERE tags @> '{10001}') AS seen, (SELECT sum(id) FROM twin WHERE owner = 17 AND tags @> '{10001}') AS truth;
