-- Plans on partitions: who sees a few owners gets the plans of the same list typed by hand, from the true number of owners; in the plan it is not.
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_role('Head'), sharing.create_role('Rep', 'Head') \g /dev/null
SELECT sharing.create_user('150', 'one', 'Rep'), sharing.create_user('1', 'head', 'Head'), sharing.create_user('2', 'two', 'Rep'), sharing.create_user('3', 'three', 'Rep') \g /dev/null
CREATE TABLE visits (id integer, owner_id integer, made integer, body text) PARTITION BY RANGE (made);
CREATE TABLE twin (LIKE visits) PARTITION BY RANGE (made);
DO $$BEGIN FOR n IN 0..9 LOOP
    EXECUTE format('CREATE TABLE visits_%s PARTITION OF visits FOR VALUES FROM (%s) TO (%s)', n, n * 700, n * 700 + 700);
    EXECUTE format('CREATE TABLE twin_%s PARTITION OF twin FOR VALUES FROM (%s) TO (%s)', n, n * 700, n * 700 + 700);
END LOOP; END$$;
INSERT INTO visits SELECT n, 1 + n * 7919 % 2000, n - 1, 'row ' || n FROM generate_series(1, 7000) n;
INSERT INTO twin TABLE visits;
CREATE INDEX ON visits (owner_id);
CREATE INDEX ON twin (owner_id);
GRANT SELECT, UPDATE ON visits, twin TO app;
VACUUM (ANALYZE) visits, twin;
SELECT count(*) > 0 AS protected FROM sharing.protect('visits', 'owner_id');
CREATE FUNCTION nodes(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
    RETURN (SELECT string_agg(node || ' ' || n, ', ' ORDER BY node)
            FROM (SELECT node #>> '{}' AS node, count(*) AS n FROM jsonb_path_query(plan::jsonb, '$.**."Node Type"') node GROUP BY 1) counted);
END $$;
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$BEGIN RETURN QUERY EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query; END $$;
SET SESSION AUTHORIZATION app;
SELECT person, query, nodes(format(query, 'visits WHERE true')) = nodes(format(query, format('twin WHERE owner_id = ANY (%L)', owners))) AS as_by_hand
FROM (VALUES ('150', '{150}', set_config('sharing.user_key', '150', false))) c (person, owners),
     unnest(ARRAY['SELECT count(*) FROM %s', 'SELECT * FROM %s', 'SELECT id FROM %s ORDER BY made DESC LIMIT 5']) query;
SELECT person, query, nodes(format(query, 'visits WHERE true')) = nodes(format(query, format('twin WHERE owner_id = ANY (%L)', owners))) AS as_by_hand
FROM (VALUES ('1', '{1,2,3,150}', set_config('sharing.user_key', '1', false))) c (person, owners),
     unnest(ARRAY['SELECT count(*) FROM %s', 'SELECT * FROM %s', 'SELECT id FROM %s ORDER BY made DESC LIMIT 5']) query;
-- Made for one, and right for the other.
SET plan_cache_mode = force_generic_plan;
SET sharing.user_key = '150';
PREPARE numbers AS SELECT array_agg(id ORDER BY id) = (SELECT array_agg(id ORDER BY id) FROM twin WHERE owner_id = ANY ($1)) AS right, count(*) FROM visits;
EXECUTE numbers ('{150}');
SET sharing.user_key = '1';
EXECUTE numbers ('{1,2,3,150}');
SELECT count(*) > 20 AS many_lines, count(*) FILTER (WHERE line ~ '150') AS with_a_key FROM plan_of('EXECUTE numbers (''{1}'')') line;
