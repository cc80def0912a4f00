\set ECHO none
-- The organization of docs/semantics.md (Examples that must hold) and one protected table, for tests to include. Afterwards the session
-- is still the superuser's, and these roles may log in:
--   app       trusted: acts for the user in sharing.user_key
--   rep2_db   the user rep2, by his db_role
--   stranger  neither trusted nor a user
--   crm       owns the tables
\set QUIET on
CREATE ROLE app LOGIN;
CREATE ROLE rep2_db LOGIN;
CREATE ROLE stranger LOGIN;
CREATE ROLE crm LOGIN;
GRANT ALL ON SCHEMA public TO crm;
SELECT sharing.trust('app') \g /dev/null
SELECT sharing.create_role(name, parent)
FROM (VALUES ('H1', NULL), ('H2', 'H1'), ('H3', 'H2'), ('H4', 'H3'), ('H5', 'H4'), ('H6', 'H2'), ('H7', 'H6'))
     AS tree (name, parent) \g /dev/null
SELECT sharing.create_user(key, key, role)
FROM (VALUES ('ceo', 'H2'), ('vp', 'H3'), ('mgr', 'H4'), ('rep1', 'H5'), ('rep2', 'H5'), ('smgr', 'H6'),
             ('sup1', 'H7'), ('sup2', 'H7')) AS people (key, role) \g /dev/null
SELECT sharing.set_user_db_role('rep2', 'rep2_db') \g /dev/null
SELECT sharing.create_user('adm', 'adm'), sharing.grant_right('adm', 'administrator') \g /dev/null

-- Leads 1 to 8 belong to one person each, 9 to somebody unknown, 10 to nobody.
SET ROLE crm;
CREATE TABLE public.leads (id integer PRIMARY KEY, owner text, title text);
CREATE INDEX ON public.leads (owner);
INSERT INTO public.leads
SELECT number, owner, 'lead of ' || coalesce(owner, 'nobody')
FROM pg_catalog.unnest(ARRAY['rep1', 'rep2', 'mgr', 'vp', 'ceo', 'smgr', 'sup1', 'sup2', 'ghost', NULL])
     WITH ORDINALITY AS list (owner, number);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.leads TO PUBLIC;
RESET ROLE;
SELECT sharing.protect('public.leads', 'owner') \g /dev/null

CREATE SCHEMA test;
GRANT USAGE ON SCHEMA test TO PUBLIC;

-- What a statement does, which is then undone: its number of rows, or its error.
CREATE FUNCTION test.outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    affected bigint;
BEGIN
    EXECUTE statement;
    GET DIAGNOSTICS affected = ROW_COUNT;
    RAISE EXCEPTION USING ERRCODE = 'UNDO0';
EXCEPTION
    WHEN SQLSTATE 'UNDO0' THEN RETURN affected;
    WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

-- The same on behalf of a user, for sessions of app.
CREATE FUNCTION test.outcome_for(user_key text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text := coalesce(pg_catalog.current_setting('sharing.user_key', true), '');
    result text;
BEGIN
    PERFORM pg_catalog.set_config('sharing.user_key', user_key, false);
    result := test.outcome(statement);
    PERFORM pg_catalog.set_config('sharing.user_key', before, false);
    RETURN result;
END
$$;

-- The ids that the caller sees in a table.
CREATE FUNCTION test.sees(relation regclass DEFAULT 'public.leads'::text::regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ids text;
BEGIN
    EXECUTE pg_catalog.format('SELECT pg_catalog.string_agg(id::text, '' '' ORDER BY id) FROM %s', relation) INTO ids;
    RETURN coalesce(ids, '-');
END
$$;

-- The ids that a user sees, updates and deletes, each tried on all rows at once and one by one.
CREATE FUNCTION test.reach(user_key text, relation regclass DEFAULT 'public.leads'::text::regclass,
                           OUT sees text, OUT edits text, OUT deletes text) LANGUAGE plpgsql AS $$
DECLARE
    before text := coalesce(pg_catalog.current_setting('sharing.user_key', true), '');
BEGIN
    PERFORM pg_catalog.set_config('sharing.user_key', user_key, false);
    EXECUTE pg_catalog.format('SELECT pg_catalog.string_agg(id::text, '' '' ORDER BY id) FROM %s', relation) INTO sees;
    BEGIN
        EXECUTE pg_catalog.format('WITH changed AS (UPDATE %s SET title = title || ''!'' RETURNING id) '
            'SELECT pg_catalog.string_agg(id::text, '' '' ORDER BY id) FROM changed', relation) INTO edits;
        RAISE EXCEPTION USING ERRCODE = 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
    END;
    BEGIN
        EXECUTE pg_catalog.format('WITH gone AS (DELETE FROM %s RETURNING id) '
            'SELECT pg_catalog.string_agg(id::text, '' '' ORDER BY id) FROM gone', relation) INTO deletes;
        RAISE EXCEPTION USING ERRCODE = 'UNDO0';
    EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
    END;
    PERFORM pg_catalog.set_config('sharing.user_key', before, false);
END
$$;

-- Everything that the extension stores, but for the stamp of the generation.
CREATE FUNCTION test.configuration() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    relation regclass;
    stored text;
    everything text := '';
BEGIN
    FOR relation IN
        SELECT oid FROM pg_catalog.pg_class
        WHERE relnamespace = 'sharing'::regnamespace AND relkind = 'r' AND relname <> 'generation' ORDER BY relname
    LOOP
        EXECUTE pg_catalog.format('SELECT pg_catalog.string_agg(r::text, E''\n'' ORDER BY r::text) FROM %s r', relation)
            INTO stored;
        everything := everything || relation || E'\n' || coalesce(stored, '') || E'\n';
    END LOOP;
    RETURN everything;
END
$$;
\set QUIET off
\set QUIET on
\set ECHO all
