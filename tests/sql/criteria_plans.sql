-- Plans with criteria: who is reached uses the application's own index on the column, who is not reached has the plan without the
-- arm, and a plan that is kept shows nobody what is another's.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set VERBOSITY terse
SET client_min_messages = warning;
ALTER TABLE public.leads ADD status text, ADD day int;
INSERT INTO public.leads (id, owner, title, status, day) SELECT i, 'other' || i % 500, 'x', CASE WHEN i % 400 = 0 THEN 'hot' ELSE 'cold' END, i % 1000 FROM generate_series(100, 20100) i;
UPDATE public.leads SET owner = 'sup2' WHERE id IN (200, 300); UPDATE public.leads SET owner = 'rep2' WHERE id IN (400, 401);
CREATE INDEX leads_status ON public.leads (status);
ANALYZE public.leads;
SELECT sharing.add_rule('leads', NULL, 'role:H7', 'read_only', criteria => '{"status": "hot"}');
SELECT sharing.add_rule('leads', 'role:H5', 'role:H6', 'read_only', criteria => '{"day": {"<": 500}}');
SELECT sharing.apply_rules();
CREATE FUNCTION test.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP RETURN NEXT line; END LOOP;
END
$$;
\c - app
SET sharing.user_key = 'sup2';
SELECT * FROM test.plan('SELECT count(*) FROM public.leads');
SELECT count(*) FROM public.leads;
-- Not reached by any: the arms are gone.
SET sharing.user_key = 'rep2';
SELECT * FROM test.plan('SELECT count(*) FROM public.leads');
SELECT count(*) FROM public.leads;
-- Owners can be listed.
SET sharing.user_key = 'smgr';
SELECT * FROM test.plan('SELECT count(*) FROM public.leads');
SELECT count(*) FROM public.leads;
-- A prepared statement goes from one to the other, and back.
SET plan_cache_mode = force_generic_plan;
PREPARE c AS SELECT count(*) FROM public.leads;
SET sharing.user_key = 'rep2'; EXECUTE c; SET sharing.user_key = 'sup2'; EXECUTE c; SET sharing.user_key = 'smgr'; EXECUTE c;
SET sharing.user_key = 'rep2'; EXECUTE c; SET sharing.user_key = 'ceo'; EXECUTE c; SET sharing.user_key = 'adm'; EXECUTE c;
SET sharing.user_key = 'sup2'; EXECUTE c; SET sharing.user_key = ''; EXECUTE c; SET sharing.user_key = 'sup2'; EXECUTE c;
-- In one transaction, and by a change of the rules meanwhile.
BEGIN; SET LOCAL sharing.user_key = 'rep2'; EXECUTE c; SET LOCAL sharing.user_key = 'sup2'; EXECUTE c; COMMIT;
SET sharing.user_key = 'rep2'; EXECUTE c;
\c - postgres
SELECT sharing.add_rule('leads', NULL, 'role:H5', 'read_only', criteria => '{"status": "hot"}');
SELECT sharing.apply_rules();
\c - app
SET plan_cache_mode = force_generic_plan;
PREPARE c AS SELECT count(*) FROM public.leads;
SET sharing.user_key = 'rep2'; EXECUTE c;
SET sharing.user_key = 'mgr'; EXECUTE c;
-- Changing and locking are not left out: they go by the latest.
SET sharing.user_key = 'sup2';
SELECT * FROM test.plan('UPDATE public.leads SET title = title WHERE status = ''hot''');
-- Direct calls say no more than queries.
SELECT sharing_internal.may_read_by_criteria('public.leads', 'rep1'::text, 1), sharing_internal.may_read_by_criteria('public.leads', 'rep1'::text, 2),
    sharing_internal.may_read_by_criteria('public.leads', NULL::text, 1), sharing_internal.may_read_by_criteria('public.leads', 'rep1'::text, 99),
    sharing_internal.may_read_by_criteria('pg_catalog.pg_class', 'rep1'::text, 1), sharing_internal.may_edit_by_criteria('public.leads', 'rep1'::text, 1);
-- Everybody's hot leads are for some, and those of certain owners for others: these have a list, and the former not. One plan goes from one to the other.
\c - postgres
SELECT sharing.add_rule('leads', 'role:H5', 'role:H6', 'read_only', criteria => '{"status": "hot"}') AS added \gset
SELECT sharing.apply_rules();
\c - app
SET enable_seqscan = off;
SET sharing.user_key = 'smgr';
SELECT * FROM test.plan('SELECT count(*) FROM public.leads');
SET sharing.user_key = 'sup2';
SELECT * FROM test.plan('SELECT count(*) FROM public.leads');
SET plan_cache_mode = force_generic_plan;
PREPARE c AS SELECT count(*) FROM public.leads;
SET sharing.user_key = 'smgr'; EXECUTE c; SET sharing.user_key = 'sup2'; EXECUTE c; SET sharing.user_key = 'smgr'; EXECUTE c;
SET sharing.user_key = 'rep2'; EXECUTE c; SET sharing.user_key = 'ceo'; EXECUTE c; SET sharing.user_key = 'adm'; EXECUTE c; SET sharing.user_key = ''; EXECUTE c; SET sharing.user_key = 'smgr'; EXECUTE c;
BEGIN; SET LOCAL sharing.user_key = 'smgr'; EXECUTE c; SET LOCAL sharing.user_key = 'sup2'; EXECUTE c; ROLLBACK;
-- A cursor goes on as whom it was opened by.
BEGIN; SET LOCAL sharing.user_key = 'smgr'; DECLARE d CURSOR FOR SELECT id FROM public.leads WHERE status = 'hot' ORDER BY id; SET LOCAL sharing.user_key = 'sup2'; FETCH 2 FROM d; SELECT count(*) FROM public.leads; COMMIT;
