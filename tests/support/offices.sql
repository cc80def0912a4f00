\set ECHO none
-- The organization of docs/semantics.md (Examples that must hold) (organization.sql) and three offices, for tests to include:
--   New York: ann, a specialist, and abe;  Los Angeles: liz, a specialist, and leo;  Boston: bob, a specialist
-- All offices are below Head and none was closed before the specialists were made. One protected table, clients.
-- People who are not in the hierarchy of docs/semantics.md (Examples that must hold) see nothing of each other's by anything but offices and shares.
\set QUIET on
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set ECHO none
\set QUIET on
SELECT sharing.create_office('Head'), sharing.create_office('New York', 'Head'),
       sharing.create_office('Los Angeles', 'Head'), sharing.create_office('Boston', 'Head') \g /dev/null
SELECT sharing.create_user(key, key, NULL, office)
FROM (VALUES ('ann', 'New York'), ('abe', 'New York'), ('liz', 'Los Angeles'), ('leo', 'Los Angeles'), ('bob', 'Boston'))
     AS people (key, office) \g /dev/null
SELECT sharing.enable_record_sharing(key) FROM unnest('{ann,liz,bob}'::text[]) key \g /dev/null
SET ROLE crm;
CREATE TABLE public.clients (id integer PRIMARY KEY, owner text, title text);
CREATE INDEX ON public.clients (owner);
INSERT INTO public.clients VALUES (1, 'ann', ''), (2, 'ann', ''), (3, 'abe', ''), (4, 'liz', ''), (5, 'leo', ''), (6, 'bob', '');
GRANT SELECT, INSERT, UPDATE, DELETE ON public.clients TO PUBLIC;
RESET ROLE;
SELECT sharing.protect('public.clients', 'owner') \g /dev/null

-- Runs a statement on behalf of a user, for sessions of app: its rows (of others than SELECT, how many), or its error with the hint.
CREATE FUNCTION test.call(user_key text, statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    before text := coalesce(pg_catalog.current_setting('sharing.user_key', true), '');
    line record;
    affected bigint;
    state text;
    message text;
    hint text;
BEGIN
    PERFORM pg_catalog.set_config('sharing.user_key', user_key, false);
    BEGIN
        IF statement LIKE 'SELECT %' THEN
            FOR line IN EXECUTE statement LOOP
                RETURN NEXT line::text;
            END LOOP;
        ELSE
            EXECUTE statement;
            GET DIAGNOSTICS affected = ROW_COUNT;
            RETURN NEXT affected;
        END IF;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
        RETURN NEXT state || ' ' || message || coalesce(E'\n  HINT: ' || nullif(hint, ''), '');
    END;
    PERFORM pg_catalog.set_config('sharing.user_key', before, false);
END
$$;

-- A link from one specialist to another, and the receiver's consent.
CREATE FUNCTION test.link(sharer text, receiver text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before text := coalesce(pg_catalog.current_setting('sharing.user_key', true), '');
    link bigint;
BEGIN
    PERFORM pg_catalog.set_config('sharing.user_key', sharer, false);
    SELECT sharing.request_link(office, user_name) INTO STRICT link FROM sharing.specialists WHERE user_key = receiver;
    PERFORM pg_catalog.set_config('sharing.user_key', receiver, false);
    PERFORM sharing.accept_links(ARRAY[link]);
    PERFORM pg_catalog.set_config('sharing.user_key', before, false);
    RETURN link;
END
$$;

-- What the specialists and their colleagues reach in a table.
CREATE FUNCTION test.offices_reach(relation regclass DEFAULT 'public.clients'::text::regclass)
    RETURNS TABLE (person text, sees text, edits text, deletes text) LANGUAGE sql AS
    'SELECT person, reach.* FROM unnest(''{ann,abe,liz,leo,bob}''::text[]) person, test.reach(person, relation) reach';
\set QUIET off
\set QUIET on
\set ECHO all
