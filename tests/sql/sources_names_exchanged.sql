-- Names that rows exchange in one statement: they are exchanged, or where one of the rows is refused, that is told in the words of
-- the application's table, and not by an index of our own.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE TABLE teams (id integer PRIMARY KEY, name text, office text);
CREATE TABLE positions (id integer PRIMARY KEY, name text, above integer);
INSERT INTO teams VALUES (1, 'A'), (2, 'B'), (3, 'C'), (4, 'D');
INSERT INTO positions VALUES (1, 'A', NULL), (2, 'B', 1), (3, 'C', 1);
SELECT count(*) FROM sharing.sync_groups('teams', 'id', 'name', office => 'office');
SELECT count(*) FROM sharing.sync_roles('positions', 'name', 'above', key => 'id');
CREATE FUNCTION test.groups() RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN count(*) FILTER (WHERE g.name IS DISTINCT FROM t.name) = 0 THEN 'as the table says: ' ELSE 'otherwise: ' END
        || string_agg(g.key || ' ' || g.name, ', ' ORDER BY g.key) FROM sharing.groups g FULL JOIN teams t ON t.id::text = g.key
$$;
-- Three in a circle.
UPDATE teams SET name = (ARRAY['B', 'C', 'A', 'D'])[id];
SELECT test.groups();
-- The third names an office that is not there: alone, and where it comes before the end.
UPDATE teams SET name = (ARRAY['A', 'B', 'C', 'D'])[id], office = CASE id WHEN 3 THEN 'Nowhere' END;
SELECT test.groups();
BEGIN;
UPDATE teams SET name = (ARRAY['A', 'B', 'C', 'D'])[id], office = CASE id WHEN 3 THEN 'Somewhere' END;
SELECT sharing.create_office('Somewhere') \g /dev/null
UPDATE teams SET office = 'Somewhere' WHERE id = 4;
COMMIT;
SELECT test.groups();
-- Two exchange, and a third wants the name of one of them.
UPDATE teams SET name = (ARRAY['B', 'A', 'A', 'D'])[id];
SELECT test.groups();
BEGIN;
UPDATE teams SET name = (ARRAY['B', 'A', 'A', 'D'])[id];
UPDATE teams SET name = 'E' WHERE id = 2;
COMMIT;
SELECT test.groups();
-- A chain whose last wants a name that somebody has by hand, who then gives it up.
SELECT sharing.create_group('hand', 'H') \g /dev/null
UPDATE teams SET name = (ARRAY['A', 'B', 'D', 'H'])[id];
SELECT name FROM sharing.groups ORDER BY 1;
BEGIN;
UPDATE teams SET name = (ARRAY['A', 'B', 'D', 'H'])[id];
SELECT sharing.rename_group('H', 'I') \g /dev/null
UPDATE teams SET office = NULL;
COMMIT;
SELECT sharing.drop_group('I') \g /dev/null
SELECT test.groups();
-- A name that goes with its row, and comes with another, whichever comes first.
BEGIN;
INSERT INTO teams VALUES (5, 'A');
DELETE FROM teams WHERE id = 1;
COMMIT;
SELECT test.groups();
INSERT INTO teams VALUES (6, 'A');
INSERT INTO teams VALUES (6, 'F'), (7, 'F');
SELECT test.groups();
-- Roles, which have something above them besides.
UPDATE positions SET name = (ARRAY['B', 'C', 'A'])[id], above = CASE id WHEN 3 THEN 9 ELSE above END;
UPDATE positions SET name = (ARRAY['C', 'A', 'B'])[id], above = CASE id WHEN 3 THEN NULL WHEN 1 THEN 3 ELSE 1 END;
SELECT * FROM test.roles();
