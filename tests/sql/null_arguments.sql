-- Errors: NULL for a required argument is 22004, in every function and every argument; optional ones take it.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE test.before AS SELECT test.configuration();
-- Each function that administers is called with one argument NULL and values of the right type for the others.
CREATE FUNCTION test.null_in(function regprocedure, at integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    arguments text;
BEGIN
    SELECT string_agg(CASE WHEN n = at THEN 'NULL::' || t::regtype
        ELSE CASE t::regtype::text WHEN 'text' THEN '''rep1''' WHEN 'text[]' THEN '''{1}''' WHEN 'boolean' THEN 'true' WHEN 'bigint' THEN '1' WHEN 'name' THEN '''owner'''
            WHEN 'jsonb' THEN '''{}''' WHEN 'regclass' THEN '''leads''' WHEN 'regrole' THEN '''stranger''' WHEN 'sharing.global_access' THEN '''private''' WHEN 'sharing.access_level' THEN '''read''' END || '::' || t::regtype END, ', ' ORDER BY n)
    INTO arguments FROM pg_proc p, unnest(p.proargtypes) WITH ORDINALITY a (t, n) WHERE p.oid = function;
    RETURN test.outcome(format('SELECT %s(%s)', function::regproc, arguments));
END
$$;
SELECT proname, coalesce(proargnames[n], '') AS argument, test.null_in(p.oid, n) AS outcome
FROM pg_proc p, generate_series(1, pronargs) n
WHERE pronamespace IN ('sharing'::regnamespace, 'sharing_internal'::regnamespace) AND (provolatile = 'v' OR proretset) AND prokind = 'f' AND prorettype <> ALL ('{trigger,event_trigger,internal}'::regtype[])
  AND proname NOT LIKE '%config'
  -- What takes integers and uuids for keys calls these.
  AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')
ORDER BY proname, n;
SELECT configuration = test.configuration() AS unchanged FROM test.before;
