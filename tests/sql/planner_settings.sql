-- Whatever the planner is told, and however the query is written, the same rows come out.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE many (id integer PRIMARY KEY, owner text, team text, title text) ;
INSERT INTO many SELECT n, (ARRAY['rep1', 'rep2', 'mgr', 'ceo', 'sup1', 'ghost', NULL])[1 + n % 7], (ARRAY['g', 'ghost', NULL])[1 + n % 3], 'title ' || n FROM generate_series(1, 420) n;
CREATE INDEX ON many (owner);
CREATE INDEX ON many (team);
CREATE INDEX ON many USING hash (owner);
CREATE INDEX ON many USING brin (owner);
CREATE INDEX ON many (id) WHERE owner = 'ceo';
ANALYZE many;
GRANT ALL ON many TO app;
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:sup1') \g /dev/null
SELECT sharing.protect('many', 'owner', owner_group => 'team') \g /dev/null
CREATE FUNCTION test.row_counts() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    query text;
    n bigint;
    result text := '';
BEGIN
    FOREACH query IN ARRAY ARRAY['many', '(SELECT many FROM many) x', '(SELECT * FROM many OFFSET 0) x', '(SELECT DISTINCT id FROM many) x', '(SELECT id FROM many UNION ALL SELECT -id FROM many) x',
        '(SELECT id FROM many INTERSECT SELECT id FROM many) x', '(SELECT row_number() OVER (ORDER BY title) FROM many) x', '(SELECT ctid, tableoid FROM many) x', 'many a JOIN many b USING (id)',
        '(WITH RECURSIVE r AS (SELECT min(id) AS id FROM many UNION ALL SELECT (SELECT min(m.id) FROM many m WHERE m.id > r.id) FROM r WHERE r.id IS NOT NULL) SELECT FROM r WHERE id IS NOT NULL) x',
        '(SELECT FROM many TABLESAMPLE BERNOULLI (100)) x', '(SELECT FROM many WHERE ctid < ''(99999,1)'') x', 'generate_series(1, 420) n WHERE EXISTS (SELECT FROM many WHERE id = n)',
        'generate_series(1, 420) n, LATERAL (SELECT FROM many WHERE id = n) x', '(SELECT FROM many ORDER BY id LIMIT 3000) x', 'generate_series(1, 420) n WHERE n IN (SELECT id FROM many)',
        '(SELECT FROM many WHERE owner = ''ceo'' OR owner <> ''ceo'' OR owner IS NULL) x', '(SELECT FROM many WHERE NOT (owner = ''ceo'') IS TRUE UNION ALL SELECT FROM many WHERE owner = ''ceo'') x'] LOOP
        EXECUTE 'SELECT count(*) FROM ' || query INTO n;
        result := result || ' ' || n;
    END LOOP;
    RETURN result;
END
$$;
-- What the model says: one's own, those below, one's group's.
SELECT count(*) FILTER (WHERE owner = 'rep1') AS rep1, count(*) FILTER (WHERE owner IN ('rep1', 'rep2', 'mgr')) AS mgr, count(*) FILTER (WHERE owner = 'sup1' OR team = 'g') AS sup1,
       count(*) FILTER (WHERE owner IN ('rep1', 'rep2', 'mgr', 'ceo', 'sup1')) AS ceo, count(*) AS adm FROM many;
\c - app
CREATE PROCEDURE pg_temp.try(setting text, value text) LANGUAGE plpgsql AS $$
DECLARE
    person text;
    counts text;
    usual text;
BEGIN
    FOREACH person IN ARRAY '{rep1,mgr,sup1,ceo,adm,nobody}'::text[] LOOP
        PERFORM set_config('sharing.user_key', person, false);
        usual := test.row_counts();
        PERFORM set_config(setting, value, false);
        counts := test.row_counts();
        EXECUTE 'RESET ' || setting;
        IF counts <> usual THEN RAISE NOTICE '% = %, %: % instead of %', setting, value, person, counts, usual; END IF;
    END LOOP;
END
$$;
SELECT person, c FROM unnest('{rep1,mgr,sup1,ceo,adm,nobody}'::text[]) WITH ORDINALITY p (person, n), LATERAL (SELECT set_config('sharing.user_key', person, false)) s, LATERAL (SELECT test.row_counts() FROM (SELECT s.*) y) r (c) ORDER BY n;
DO $$
DECLARE
    tried record;
BEGIN
    FOR tried IN SELECT name, v FROM pg_settings, unnest(CASE vartype WHEN 'bool' THEN ARRAY[CASE setting WHEN 'on' THEN 'off' ELSE 'on' END] ELSE enumvals END) v
        WHERE (category LIKE 'Query Tuning%' OR name IN ('force_parallel_mode', 'debug_parallel_query', 'jit_expressions')) AND context = 'user' AND vartype IN ('bool', 'enum') LOOP
        CALL pg_temp.try(tried.name, tried.v);
    END LOOP;
    CALL pg_temp.try('random_page_cost', '0');
    CALL pg_temp.try('seq_page_cost', '10000');
    CALL pg_temp.try('cpu_operator_cost', '10000');
    CALL pg_temp.try('jit_above_cost', '0');
    CALL pg_temp.try('from_collapse_limit', '1');
    CALL pg_temp.try('cursor_tuple_fraction', '0.0001');
    CALL pg_temp.try('work_mem', '64');
    CALL pg_temp.try('min_parallel_table_scan_size', '0');
END
$$;
