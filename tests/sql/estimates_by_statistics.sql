-- What is safe is estimated by what statistics say, as in a table without policies; everything else is not asked of them, and by nobody's code.
\set VERBOSITY terse
CREATE ROLE app LOGIN;
CREATE ROLE some_columns LOGIN;
CREATE ROLE keeper LOGIN;
GRANT CREATE ON SCHEMA public TO keeper;
CREATE EXTENSION pg_trgm;
SELECT sharing.trust('app'), sharing.trust('some_columns'), sharing.create_role('Rep'), sharing.create_role('Desk'), sharing.create_user('1', 'ann', 'Rep'), sharing.create_user('2', 'bob', 'Rep'), sharing.create_user('3', 'desk', 'Desk'),
    sharing.create_user('9', 'adm'), sharing.grant_right('9', 'administrator') \g /dev/null
-- All rows fit into the sample: the statistics of both tables are the same.
CREATE TABLE deals (id int PRIMARY KEY, owner int, name text COLLATE "C", kind text, price numeric);
INSERT INTO deals SELECT n, 1 + n % 2, 'deal number ' || n, CASE WHEN n % 100 = 7 THEN 'vip ' || n ELSE 'kind ' || n % 50 END, n % 20 FROM generate_series(1, 6000) n;
CREATE INDEX ON deals USING gin (name gin_trgm_ops);
CREATE INDEX ON deals (lower(name));
CREATE TABLE twin AS SELECT * FROM deals;
CREATE INDEX ON twin (lower(name));
ALTER TABLE deals OWNER TO keeper;
GRANT SELECT ON deals, twin TO app;
GRANT SELECT (id, owner, name) ON deals TO some_columns;
SELECT sharing.protect('deals', 'owner') \g /dev/null
CREATE TABLE parted (LIKE deals) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (3000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (3000) TO (9000);
INSERT INTO parted SELECT * FROM deals;
GRANT SELECT ON parted TO app;
SELECT sharing.protect('parted', 'owner') \g /dev/null
ANALYZE deals, twin, parted;
CREATE FUNCTION estimated(query text) RETURNS float LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) SELECT 1 FROM ' || query INTO plan;
    RETURN plan -> 0 -> 'Plan' -> 'Plan Rows';
END
$$;
CREATE TABLE conditions (number serial, condition text);
INSERT INTO conditions (condition) VALUES ($$name ILIKE '%47%'$$), ($$name LIKE 'deal number 5%'$$), ($$lower(name) = 'deal number 17'$$), ($$lower(name) LIKE '%number 59%'$$), ($$price = 7$$), ($$price < 3$$), ($$name ILIKE '%47%' OR price = 7$$), ($$name ILIKE '%47%' AND NOT price < 3$$);
GRANT SELECT ON conditions TO app, some_columns;
\set estimates 'SELECT condition, estimated(\'twin WHERE \' || condition) AS twin, estimated(\'deals WHERE \' || condition) AS deals FROM conditions ORDER BY number'
\c - app
-- Nothing was named: PostgreSQL guesses, but for who sees everything.
SET sharing.user_key = '1';
:estimates;
SET sharing.user_key = '9';
:estimates;
\c - postgres
SELECT count(*) > 0 AS named FROM sharing.enable_search();
\c - app
-- As in the twin: for who sees half of the table half of that.
SET sharing.user_key = '1';
:estimates;
SELECT condition, estimated('parted WHERE ' || condition) AS parted FROM conditions WHERE number = 1;
SET sharing.user_key = '9';
SELECT condition, estimated('parted WHERE ' || condition) AS parted FROM conditions WHERE number = 1;
-- As parts of a UNION ALL, which is no table.
SELECT person, estimated('(SELECT name FROM deals UNION ALL SELECT name FROM twin UNION ALL SELECT name FROM parted) x WHERE name ILIKE ''%47%''') FROM unnest('{1,9}'::text[]) person, LATERAL (SELECT set_config('sharing.user_key', person, false)) s;
-- Who may not read all columns learns nothing of statistics.
\c - some_columns
SET sharing.user_key = '1';
SELECT estimated('deals WHERE name ILIKE ''%47%''') AS deals;
-- Criteria: what the desk sees is what the criteria say, and not nearly everything.
\c - postgres
SELECT sharing.add_rule('deals', NULL, 'role:Desk', 'read_only', criteria => '{"kind": {"like": "vip%"}, "price": {"<": 10}}') \g /dev/null
SELECT sharing.apply_rules() \g /dev/null
SELECT count(*) FROM (SELECT sharing.not_search_safe(name::regoperator) FROM sharing.search_defaults WHERE kind = 'operator') n \g /dev/null
\c - app
SET sharing.user_key = '3';
SELECT estimated('deals') AS deals, estimated('twin WHERE kind LIKE ''vip%'' AND price < 10') AS twin;
-- The table's owner has operators and policies of their own. No plan asks them of a value before the policies: their function says nothing.
\c - keeper
CREATE FUNCTION tells(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0001 AS $$BEGIN RAISE WARNING 'told: %', $1; RETURN $1 = $2; END$$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = tells, RESTRICT = eqsel);
CREATE POLICY keepers ON deals AS RESTRICTIVE USING (kind === 'kind 1' AND sharing_internal.may_read_by_criteria('deals', owner, 1) OR id > 0);
\c - postgres
SELECT count(*) > 0 AS named FROM sharing.enable_search();
\c - keeper
EXPLAIN (COSTS OFF) SELECT 1 FROM deals WHERE kind === 'kind 1' OR name ILIKE '%47%';
\c - app
SET sharing.user_key = '1';
EXPLAIN (COSTS OFF) SELECT 1 FROM deals WHERE name ILIKE '%47%';
-- The twin shows that it would.
\c - postgres
EXPLAIN (COSTS OFF) SELECT 1 FROM twin WHERE kind === 'vip 7';
