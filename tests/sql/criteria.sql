-- Rules with criteria: who is reached, whose records, and what each kind of condition means; what the queries show is
-- what a twin without row security says, and explain(), access_to(), who_can() and the preview say the same.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SET client_min_messages = warning;
\set VERBOSITY terse
CREATE TYPE public.stage AS ENUM ('cold', 'warm', 'hot');
CREATE DOMAIN public.region AS text CHECK (VALUE <> 'nowhere');
SET ROLE crm;
ALTER TABLE public.leads ADD status text, ADD region public.region, ADD amount numeric(12,2), ADD closed_on date,
    ADD deleted boolean, ADD stage public.stage, ADD seen timestamptz, ADD code varchar(5), ADD n integer;
RESET ROLE;
INSERT INTO public.leads (id, owner, status, region, amount, closed_on, deleted, stage, seen, code, n)
SELECT 100 + i, (ARRAY['rep1', 'rep2', 'mgr', 'sup1', 'ghost', NULL])[1 + i % 6],
       (ARRAY['hot', 'cold', NULL])[1 + i % 3], (ARRAY['EU', 'UK', 'US', NULL])[1 + i % 4],
       CASE WHEN i % 5 > 0 THEN (i % 5) * 1000 + 0.5 END, CASE WHEN i % 2 = 0 THEN '2024-01-01'::date + i END,
       (ARRAY[true, false, NULL])[1 + i % 3], (ARRAY['cold', 'warm', 'hot', NULL]::public.stage[])[1 + i % 4],
       '2024-01-01 00:00+00'::timestamptz + i * interval '1 hour', (ARRAY['a', 'ab', 'abc', NULL])[1 + i % 4], nullif(i % 7, 0)
FROM generate_series(0, 119) i;
CREATE TABLE public.twin AS SELECT * FROM public.leads;
GRANT SELECT ON public.twin TO PUBLIC;

-- Records that sup1 sees by the rule alone, and those that the twin has; equal for each case, and how many.
CREATE TABLE test.cases (number int, owned_by text, criteria jsonb, truth text);
GRANT SELECT ON test.cases TO PUBLIC;
INSERT INTO test.cases VALUES
 (1, NULL, '{"status": "hot"}', 'status = ''hot'''),
 (2, 'role:H5', '{"status": "hot"}', 'status = ''hot'' AND owner IN (''rep1'', ''rep2'')'),
 (3, NULL, '{"region": ["EU", "UK"]}', 'region IN (''EU'', ''UK'')'),
 (4, NULL, '{"amount": {">=": 1000, "<": 3000.50}}', 'amount >= 1000 AND amount < 3000.5'),
 (5, NULL, '{"closed_on": null}', 'closed_on IS NULL'),
 (6, NULL, '{"closed_on": {"null": false, "<=": "2024-1-20"}}', 'closed_on <= ''2024-01-20'''),
 (7, NULL, '{"deleted": {"<>": true}}', 'deleted <> true'),
 (8, NULL, '{"deleted": false, "status": {"<>": "hot"}}', 'NOT deleted AND status <> ''hot'''),
 (9, NULL, '{"stage": {">": "cold"}}', 'stage > ''cold'''),
 (10, NULL, '{"stage": ["hot", "cold"]}', 'stage IN (''hot'', ''cold'')'),
 (11, NULL, '{"seen": {">": "2024-01-03 02:00+02"}}', 'seen > ''2024-01-03 00:00+00'''),
 (12, NULL, '{"code": {"like": "a_%"}}', 'code LIKE ''a_%'''),
 (13, NULL, '{"n": [1, 3, 5], "region": {"like": "U%"}}', 'n IN (1, 3, 5) AND region LIKE ''U%'''),
 (14, NULL, '{"n": {"<>": 3, ">": 1, "<": 6}}', 'n <> 3 AND n > 1 AND n < 6'),
 (15, 'role_and_subordinates:H4', '{"status": "hot", "amount": 1000.5}', 'status = ''hot'' AND amount = 1000.5 AND owner IN (''mgr'', ''rep1'', ''rep2'')'),
 (16, NULL, '{"code": "it''s"}', 'code = ''it''''s''');

SELECT sharing.set_user_db_role('sup2', 'stranger');
GRANT USAGE ON SCHEMA test TO stranger;
CREATE FUNCTION test.told(by text) RETURNS TABLE (id int) LANGUAGE sql AS
    'SELECT l.id FROM public.leads l WHERE sharing.access_to(''public.leads'', l.id::text, by) >= ''read''';
DO $$
DECLARE c record; rule bigint; seen int[]; told int[]; truth int[]; mine int[]; gained bigint; can int[];
BEGIN
    FOR c IN SELECT * FROM test.cases ORDER BY number LOOP
        rule := sharing.add_rule('leads', c.owned_by, 'role:H7', 'read_only', criteria => c.criteria);
        gained := coalesce((SELECT p.gained FROM sharing.preview_rules() p WHERE p.user_key = 'sup2'), 0);
        PERFORM sharing.apply_rules();
        EXECUTE format('SELECT array_agg(id ORDER BY id) FROM public.twin WHERE %s OR owner = ''sup2''', c.truth) INTO truth;
        SET LOCAL ROLE stranger;
        EXECUTE 'SELECT array_agg(id ORDER BY id) FROM public.leads' INTO seen;
        RESET ROLE;
        told := (SELECT array_agg(t.id ORDER BY t.id) FROM test.told('sup2') t);
        can := (SELECT array_agg(l.id ORDER BY l.id) FROM public.leads l WHERE EXISTS (
            SELECT FROM sharing.who_can('public.leads', l.id::text) w WHERE w.user_key = 'sup2'));
        RAISE WARNING 'case %: % of %, queries %, access_to %, who_can %, preview %', c.number, cardinality(truth), (SELECT count(*) FROM public.twin),
            seen = truth, told = truth, can = truth, gained = cardinality(truth) - 1;
        PERFORM sharing.drop_rule(rule);
        PERFORM sharing.apply_rules();
    END LOOP;
END
$$;
SELECT count(*) FILTER (WHERE pg_get_expr(polqual, polrelid) LIKE '%by_criteria%') AS arms_left FROM pg_policy;
SELECT count(*) AS criteria_left FROM sharing.criteria;
