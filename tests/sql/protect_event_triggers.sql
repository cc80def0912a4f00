-- Modules: event triggers of the application run while a table is being protected. Where one takes something off again, protect() fails,
-- and says so; where one raises, nothing stays; where one protects new tables, they are protected.
\set VERBOSITY terse
CREATE ROLE crm_app LOGIN;
SELECT sharing.create_user('1', 'one'), sharing.trust('crm_app');
-- Every new table with an owner is protected, whatever command makes it.
CREATE FUNCTION public.protect_new() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE one record;
BEGIN
    FOR one IN SELECT c.oid FROM pg_event_trigger_ddl_commands() d JOIN pg_class c ON c.oid = d.objid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'owner' WHERE d.classid = 'pg_class'::regclass AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    LOOP
        PERFORM sharing.protect(one.oid::regclass, 'owner');
        EXECUTE format('GRANT SELECT ON %s TO crm_app', one.oid::regclass);
    END LOOP;
END $$;
CREATE EVENT TRIGGER protect_new ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE SCHEMA', 'CREATE TABLE AS') EXECUTE FUNCTION public.protect_new();
CREATE TABLE a (id integer PRIMARY KEY, owner integer);
CREATE TABLE b (id integer, owner integer) PARTITION BY RANGE (id);
CREATE TABLE b_1 PARTITION OF b FOR VALUES FROM (0) TO (10);
CREATE TABLE c AS SELECT n AS id, n AS owner FROM generate_series(1, 3) n;
CREATE SCHEMA made CREATE TABLE d (id integer, owner integer) CREATE TABLE b_2 PARTITION OF public.b FOR VALUES FROM (10) TO (20);
SELECT relation, (SELECT count(*) FROM pg_policy WHERE polrelid = relation) AS policies FROM sharing.protected_relations ORDER BY relation::text;
SET SESSION AUTHORIZATION crm_app;
SET sharing.user_key = '1';
TABLE c;
RESET SESSION AUTHORIZATION;
DROP EVENT TRIGGER protect_new;
-- What happens to a table in the middle: after which command, what, and what is left.
CREATE TABLE middle (n serial, command text, does text);
INSERT INTO middle (command, does) VALUES
    ('CREATE POLICY', 'RAISE EXCEPTION ''no policy'''),
    ('CREATE TRIGGER', 'RAISE EXCEPTION ''no trigger'''),
    ('CREATE POLICY', 'DROP POLICY IF EXISTS sharing_select ON public.victim'),
    ('CREATE POLICY', 'DROP POLICY IF EXISTS sharing_delete_permit ON public.victim'),
    ('CREATE TRIGGER', 'ALTER TABLE public.victim DISABLE ROW LEVEL SECURITY'),
    ('CREATE TRIGGER', 'ALTER TABLE public.victim NO FORCE ROW LEVEL SECURITY'),
    ('CREATE TRIGGER', 'DROP TRIGGER IF EXISTS sharing_guard_owner ON public.victim'),
    ('CREATE TRIGGER', 'IF (SELECT count(*) = 3 FROM pg_trigger WHERE tgrelid = ''public.victim''::regclass) THEN PERFORM sharing.unprotect(''public.victim''); END IF'),
    ('CREATE POLICY', 'DROP TABLE IF EXISTS public.victim'),
    ('CREATE POLICY', 'PERFORM set_config(''row_security'', ''off'', false), set_config(''search_path'', ''made'', false)');
CREATE FUNCTION public.in_the_middle(one middle) RETURNS text LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
    outcome text := 'protected';
BEGIN
    CREATE TABLE public.victim (id integer PRIMARY KEY, owner integer);
    CREATE POLICY mine ON public.victim USING (true);
    EXECUTE format('CREATE FUNCTION public.strikes() RETURNS event_trigger LANGUAGE plpgsql AS %L', format('BEGIN %s; END', one.does));
    EXECUTE format('CREATE EVENT TRIGGER strikes ON ddl_command_end WHEN TAG IN (%L) EXECUTE FUNCTION public.strikes()', one.command);
    IF one.does LIKE '%_permit %' THEN
        DROP EVENT TRIGGER strikes;
        DROP POLICY mine ON public.victim;
        EXECUTE format('CREATE EVENT TRIGGER strikes ON ddl_command_end WHEN TAG IN (%L) EXECUTE FUNCTION public.strikes()', one.command);
    END IF;
    BEGIN
        PERFORM sharing.protect('public.victim', 'owner');
    EXCEPTION WHEN OTHERS THEN
        outcome := SQLSTATE || ' ' || regexp_replace(SQLERRM, '\d+', 'N');
    END;
    outcome := format('%s (module: %s, policies: %s)', outcome, (SELECT count(*) FROM sharing.modules WHERE name = 'victim'), (SELECT count(*) FROM pg_policies WHERE tablename = 'victim' AND policyname <> 'mine'));
    DROP EVENT TRIGGER strikes;
    DROP FUNCTION public.strikes;
    IF outcome LIKE 'protected%' THEN PERFORM sharing.unprotect('public.victim'); END IF;
    DROP TABLE public.victim;
    RETURN outcome;
END $$;
SELECT command, does, in_the_middle(middle) FROM middle ORDER BY n;
SHOW row_security;
SHOW search_path;
-- A partition that loses something in the middle is not made.
CREATE FUNCTION public.strikes() RETURNS event_trigger LANGUAGE plpgsql SET client_min_messages = error AS $$BEGIN IF to_regclass('public.b_3') IS NOT NULL THEN DROP POLICY IF EXISTS sharing_update ON public.b_3; END IF; END$$;
CREATE EVENT TRIGGER strikes ON ddl_command_end WHEN TAG IN ('CREATE POLICY') EXECUTE FUNCTION public.strikes();
CREATE TABLE b_3 PARTITION OF b FOR VALUES FROM (20) TO (30);
DROP EVENT TRIGGER strikes;
CREATE TABLE b_3 PARTITION OF b FOR VALUES FROM (20) TO (30);
SELECT count(*) FROM pg_policy WHERE polrelid = 'b_3'::regclass;
-- A partition of another table that is made in the middle is protected, like any other.
CREATE OR REPLACE FUNCTION public.strikes() RETURNS event_trigger LANGUAGE plpgsql SET client_min_messages = error AS $$
BEGIN
    IF to_regclass('public.b_4') IS NULL THEN CREATE TABLE public.b_4 PARTITION OF public.b FOR VALUES FROM (30) TO (40); END IF;
END $$;
CREATE EVENT TRIGGER strikes ON ddl_command_end WHEN TAG IN ('CREATE POLICY') EXECUTE FUNCTION public.strikes();
CREATE TABLE e (id integer PRIMARY KEY, owner integer);
SELECT count(*) > 0 AS protected FROM sharing.protect('e', 'owner');
DROP EVENT TRIGGER strikes;
SELECT relname, relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies, EXISTS (SELECT FROM sharing.protected_relations WHERE relation = c.oid) AS registered
FROM pg_class c WHERE relname IN ('b_4', 'e') ORDER BY 1;
-- Of many partitions each is what it was before, once the table is let go.
CREATE TABLE many (id integer, owner integer) PARTITION BY RANGE (id);
DO $$BEGIN FOR n IN 1..40 LOOP EXECUTE format('CREATE TABLE many_%s PARTITION OF many FOR VALUES FROM (%s) TO (%s)', n, n, n + 1); END LOOP; END$$;
ALTER TABLE many_7 ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON many_7 USING (owner > 0);
GRANT TRUNCATE ON many_9 TO PUBLIC;
CREATE VIEW public.state AS SELECT relname, relrowsecurity, relforcerowsecurity, relacl::text,
    (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies, (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid) AS triggers
FROM pg_class c WHERE relname LIKE 'many%';
CREATE TABLE public.state_before AS TABLE public.state;
SELECT p FROM sharing.protect('many', 'owner') p WHERE p LIKE '--%';
SELECT policies, triggers, relrowsecurity AND relforcerowsecurity AS security, count(*), min(relname) FROM public.state GROUP BY 1, 2, 3 ORDER BY 1, 2;
SELECT count(*) > 400 AS statements FROM sharing.unprotect('many');
SELECT count(*) FROM ((TABLE public.state EXCEPT TABLE public.state_before) UNION ALL (TABLE public.state_before EXCEPT TABLE public.state)) differences;
SELECT b.*, s.relacl AS now FROM public.state_before b JOIN public.state s USING (relname) WHERE b.relacl IS DISTINCT FROM s.relacl;
