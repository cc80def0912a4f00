-- Estimates tell what the documentation says and no more: with no hidden value is anybody's operator called while a query is
-- planned, in no form of a query; tables that are not protected are PostgreSQL's business; statistics of a part speak of no whole.
\set VERBOSITY terse
CREATE ROLE app LOGIN;
CREATE ROLE keeper LOGIN;
CREATE ROLE other LOGIN;
GRANT CREATE ON SCHEMA public TO app, keeper, other;
CREATE EXTENSION pg_trgm;
SELECT sharing.trust('app'), sharing.create_user('1', 'ann'), sharing.create_user('2', 'bob'), sharing.create_user('9', 'adm'), sharing.grant_right('9', 'administrator') \g /dev/null
CREATE TABLE deals (id int PRIMARY KEY, owner int, name text COLLATE "C", kind text, price numeric);
INSERT INTO deals SELECT n, 1 + n % 2, 'deal number ' || n, 'kind ' || n % 5, n % 20 FROM generate_series(1, 6000) n;
CREATE TABLE twin AS SELECT * FROM deals;
CREATE INDEX ON deals (lower(kind)) WHERE price = 7;
CREATE INDEX ON twin (lower(kind)) WHERE price = 7;
CREATE STATISTICS deals_all (mcv, dependencies, ndistinct) ON kind, price FROM deals;
CREATE STATISTICS deals_kind ON (kind || '!') FROM deals;
CREATE TABLE parted (name text, id int, kind text, owner int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 (gone int, owner int, kind text, id int NOT NULL, name text);
ALTER TABLE parted_1 DROP gone;
ALTER TABLE parted ATTACH PARTITION parted_1 FOR VALUES FROM (0) TO (9000);
INSERT INTO parted (id, owner, name, kind) SELECT id, owner, name, kind FROM deals;
CREATE TABLE parted_twin AS SELECT * FROM parted;
GRANT SELECT ON deals, twin, parted, parted_1, parted_twin TO app;
SELECT sharing.protect('deals', 'owner'), sharing.protect('parted', 'owner') \g /dev/null
CREATE VIEW of_owner AS SELECT id, kind, name FROM deals;
CREATE VIEW barrier WITH (security_barrier) AS SELECT id, kind, name FROM deals WHERE price > 3;
CREATE VIEW invoker WITH (security_invoker) AS SELECT id, kind, name FROM deals;
GRANT SELECT ON of_owner, barrier, invoker TO app;
ALTER TABLE deals OWNER TO keeper;
ALTER VIEW of_owner OWNER TO keeper;
ALTER VIEW barrier OWNER TO keeper;
-- Somebody else's table, by policies of its own.
\c - other
CREATE TABLE others (id int, owner int, name text COLLATE "C");
INSERT INTO others SELECT n, 1 + n % 2, 'secret ' || n % 10 FROM generate_series(1, 3000) n;
CREATE POLICY of_one ON others USING (owner = 1);
ALTER TABLE others ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON others TO app;
\c - postgres
ANALYZE;
SELECT count(*) > 0 AS named FROM sharing.enable_search();
CREATE FUNCTION estimated(query text) RETURNS float LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT 1 FROM ' || query INTO plan;
    RETURN plan -> 0 -> 'Plan' -> 'Plan Rows';
END
$$;
\c - app
SET sharing.user_key = '9';
-- A part of the table has an index on an expression, and that has statistics.
SELECT condition, estimated('twin WHERE ' || condition) AS twin, estimated('deals WHERE ' || condition) AS deals
FROM unnest(ARRAY[$$lower(kind) = 'kind 2'$$, $$lower(kind) LIKE 'kind 2%'$$, $$lower(kind) = 'kind 3'$$]) AS c (condition);
-- Columns of a partition have numbers of their own.
SELECT condition, estimated('parted_twin WHERE ' || condition) AS twin, estimated('parted WHERE ' || condition) AS parted, estimated('parted_1 WHERE ' || condition) AS parted_1
FROM unnest(ARRAY[$$name ILIKE '%47%'$$, $$kind LIKE 'kind 1%'$$, $$kind ILIKE 'KIND 3'$$]) AS c (condition);
-- So for who sees half of it.
SET sharing.user_key = '1';
SELECT condition, estimated('parted WHERE ' || condition) AS parted, estimated('parted_1 WHERE ' || condition) AS parted_1
FROM unnest(ARRAY[$$name ILIKE '%47%'$$, $$kind LIKE 'kind 1%'$$, $$kind ILIKE 'KIND 3'$$]) AS c (condition);
-- Of a table that is not protected nothing is asked, whatever stands in the query.
SELECT word, estimated(format('others WHERE name ILIKE %L', word)), estimated(format('others WHERE sharing_internal.may_read(''deals'', owner) AND name ILIKE %L', word)) AS asked_by_us
FROM unnest(ARRAY['SECRET 3', 'SECRET 33']) AS w (word);
-- Operators that tell what they are asked, estimated in each way, in queries of each form.
CREATE FUNCTION tells(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$BEGIN RAISE WARNING 'told: %', $1; RETURN $1 = $2; END$$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = tells, RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR <<< (LEFTARG = text, RIGHTARG = text, FUNCTION = tells, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR =~= (LEFTARG = text, RIGHTARG = text, FUNCTION = tells, RESTRICT = matchingsel, JOIN = matchingjoinsel);
CREATE TABLE mine AS SELECT 'kind ' || n % 3 AS kind FROM generate_series(1, 100) n;
ANALYZE mine;
CREATE TABLE queries (number serial, query text);
INSERT INTO queries (query) VALUES
    ($$deals WHERE kind === 'x'$$), ($$deals WHERE kind <<< 'x'$$), ($$deals WHERE kind =~= 'x'$$), ($$deals WHERE NOT kind === 'x' OR name ILIKE '%47%'$$),
    ($$deals WHERE kind === ANY ('{a,b}')$$), ($$deals WHERE lower(kind) === 'x'$$), ($$deals WHERE (kind || '!') === 'x' AND name ILIKE '%47%'$$),
    ($$deals WHERE coalesce(kind, '') === 'x' AND price = 7$$), ($$deals WHERE (name ILIKE '%47%' AND kind === 'x') OR (price = 7 AND kind <<< 'x')$$),
    ($$deals WHERE CASE WHEN name ILIKE '%47%' THEN kind === 'x' ELSE kind <<< 'x' END$$), ($$deals d JOIN mine m ON d.kind === m.kind$$),
    ($$mine m LEFT JOIN deals d ON m.kind === d.kind AND d.name ILIKE '%47%'$$), ($$deals d WHERE EXISTS (SELECT FROM mine m WHERE m.kind === d.kind)$$),
    ($$deals a JOIN deals b ON a.kind === b.kind AND a.name ILIKE '%47%'$$), ($$mine m, LATERAL (SELECT FROM deals d WHERE d.kind === m.kind AND d.price = 7 LIMIT 3) l$$),
    ($$(SELECT kind FROM deals UNION ALL SELECT kind FROM mine WHERE false UNION ALL SELECT kind FROM parted) u WHERE kind === 'x'$$), ($$(SELECT DISTINCT kind FROM deals) u WHERE kind === 'x'$$),
    ($$(SELECT kind, count(*) FROM deals GROUP BY kind) u WHERE kind === 'x'$$), ($$(SELECT kind FROM deals OFFSET 0) u WHERE kind === 'x'$$),
    ($$(WITH w AS MATERIALIZED (SELECT kind FROM deals) SELECT * FROM w) u WHERE kind === 'x'$$), ($$parted WHERE kind === 'x' AND name ILIKE '%47%'$$), ($$parted_1 WHERE kind =~= 'x'$$),
    ($$of_owner WHERE kind === 'x' AND name ILIKE '%47%'$$), ($$invoker WHERE kind === 'x' AND name ILIKE '%47%'$$), ($$barrier WHERE kind === 'x' AND name ILIKE '%47%'$$),
    ($$deals WHERE sharing_internal.may_read('deals', owner) AND kind === 'x'$$), ($$others WHERE sharing_internal.may_read('deals', owner) AND name === 'x'$$);
CREATE FUNCTION ask() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    asked record;
BEGIN
    FOR asked IN SELECT * FROM queries ORDER BY number LOOP
        PERFORM estimated(asked.query);
    END LOOP;
END
$$;
SELECT ask();
-- A statement that is kept was planned for who sees everything, and is planned again.
SET client_min_messages = error;
SET plan_cache_mode = force_generic_plan;
PREPARE kept AS SELECT count(*) FROM deals WHERE kind === 'x';
SET sharing.user_key = '9';
EXPLAIN (COSTS OFF) EXECUTE kept;
SET client_min_messages = warning;
SET sharing.user_key = '1';
EXPLAIN (COSTS OFF) EXECUTE kept;
-- They would tell: the administrator sees all there is.
SET sharing.user_key = '9';
DELETE FROM queries WHERE query NOT LIKE 'parted WHERE%';
SELECT ask();
