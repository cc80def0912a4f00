-- Who has SQL through the application's connection cannot make, keep or give back a token: not by settings, roles,
-- functions, blocks, savepoints or cursors, nor learn anything of keys.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set minted :tests '/support/minted.sql'
\i :minted
GRANT CREATE ON SCHEMA public TO stranger;
\c - stranger
-- The setting that holds the number of a token.
SET sharing.token_in_use = '1';
SELECT set_config('sharing.token_in_use', '1', true);
SET LOCAL sharing.token_in_use = '1';
ALTER ROLE stranger SET sharing.token_in_use = '1';
SELECT sharing.authenticate(test.token_of('ceo', scope => 'session'));
SELECT current_setting('sharing.token_in_use') AS number \gset
SELECT count(*) FROM pg_settings WHERE name LIKE 'sharing.token%';
CREATE FUNCTION pg_temp.again() RETURNS text LANGUAGE plpgsql SET sharing.token_in_use FROM CURRENT AS 'BEGIN RETURN test.me(); END';
CREATE FUNCTION pg_temp.number() RETURNS text LANGUAGE plpgsql SET sharing.token_in_use = '1' AS 'BEGIN RETURN test.me(); END';
SELECT test.me();
BEGIN;
SAVEPOINT a;
SELECT sharing.authenticate(test.token_of('mgr'));
SELECT set_config('sharing.token_in_use', :'number', true);
ROLLBACK TO a;
SELECT test.me();
COMMIT;
DISCARD ALL;
SET sharing.token_in_use = :number;
SELECT test.me();
-- A role that may set every parameter gives no number, either.
\c - postgres
GRANT SET ON PARAMETER sharing.token_in_use TO stranger;
SET sharing.token_in_use = '1';
ALTER ROLE stranger SET sharing.token_in_use = '1';
SELECT sharing.authenticate(test.token_of('ceo', scope => 'session'));
SET sharing.token_in_use = '2';
SET sharing.token_in_use = '';
SELECT sharing.current_user_key();
\c - stranger
SET sharing.token_in_use = '1';
SELECT sharing.authenticate(test.token_of('rep1', scope => 'session')), sharing.authenticate(test.token_of('mgr', scope => 'session')) \g /dev/null
SET sharing.token_in_use = '1';
SELECT test.me();
SET LOCAL sharing.token_in_use = '';
BEGIN;
SET LOCAL sharing.token_in_use = '';
SELECT test.me();
COMMIT;
SELECT test.me();
BEGIN;
SELECT sharing.authenticate(test.token_of('ceo'));
SET LOCAL sharing.token_in_use = '';
SELECT test.me();
COMMIT;
-- What was for the transaction has not become one for the session.
SELECT test.me();
DISCARD ALL;
\c - postgres
REVOKE SET ON PARAMETER sharing.token_in_use FROM stranger;
ALTER ROLE stranger RESET sharing.token_in_use;
\c - stranger
-- What a token for a transaction leaves: nothing, whatever was nested in it.
BEGIN;
SELECT sharing.authenticate(test.token_of('ceo'));
SAVEPOINT a;
SELECT sharing.authenticate(test.token_of('mgr', scope => 'session'));
RELEASE a;
ROLLBACK;
SELECT test.me();
DO $$
BEGIN
    PERFORM sharing.authenticate(test.token_of('ceo'));
    RAISE NOTICE '%', test.me();
    COMMIT;
    RAISE NOTICE '%', test.me();
END
$$;
SELECT test.me();
-- Deferred triggers run before the commit, as who the transaction was.
CREATE TABLE public.seen (who text);
GRANT ALL ON public.seen TO PUBLIC;
CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', test.me(); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER note AFTER INSERT ON public.seen DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.note();
BEGIN;
SELECT sharing.authenticate(test.token_of('mgr'));
INSERT INTO public.seen VALUES ('x');
SELECT sharing.authenticate(test.token_of('rep1'));
COMMIT;
SELECT test.me();
-- Code that is put under others' statements: what a function's security-restricted operation does is undone.
CREATE FUNCTION public.becomes(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM sharing.authenticate($1); RETURN $1; END';
SELECT test.token_of('ceo', scope => 'session') AS ceo \gset
INSERT INTO public.seen VALUES (:'ceo');
CREATE INDEX ON public.seen (public.becomes(left(who, 2000))) WHERE who LIKE 'ey%';
SELECT test.me();
\c - postgres
ALTER TABLE public.seen DISABLE TRIGGER note;
SELECT sharing.current_user_key();
REINDEX TABLE public.seen;
ANALYZE public.seen;
SELECT sharing.current_user_key();
SET SESSION AUTHORIZATION stranger;
SELECT test.me();
RESET SESSION AUTHORIZATION;
-- Parts of a token, and what its answer tells.
\c - stranger
CREATE FUNCTION public.asked(token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text; detail text; hint text; context text;
BEGIN
    PERFORM sharing.authenticate(token);
    RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
    RETURN concat_ws('|', SQLSTATE, message, detail, hint, context);
END
$$;
SELECT public.asked(test.token('{"sub": "ceo"}', '{"kid": "nobody"}')) = public.asked(test.token('{"sub": "ceo"}', '{}', 'the secret of somebody else, as long')) AS unknown_is_as_forged,
       public.asked(test.token('{"sub": "ceo"}', '{"alg": "RS256"}')) = public.asked(test.token('{"sub": "ceo"}', '{}', 'the secret of somebody else, as long')) AS other_algorithm_is_as_forged,
       public.asked(test.token('{"sub": "ceo", "exp": 1}', '{}', 'the secret of somebody else, as long')) = public.asked(test.token('{"sub": "ceo"}', '{"kid": "nobody"}')) AS forged_is_told_nothing_of_claims;
SELECT public.asked(test.token('{"sub": "ceo"}', '{"kid": "nobody"}'));
SELECT public.asked(test.token('{"sub": "ceo", "aud": "x"}'));
SELECT public.asked(test.token('{"sub": "ceo", "exp": "x"}'));
SELECT public.asked(test.signed('{"alg": "HS256", "kid": "mint"}', '{"sub": "ceo", "exp": 4102444800, "exp": 4102444800}'));
SELECT public.asked(test.signed('{"alg": "HS256", "kid": "mint", "crit": ["exp"]}', '{"sub": "ceo", "exp": 4102444800}'));
SELECT public.asked(test.signed('{"alg": "HS256", "kid": "mint"}', E'{"sub": "ce\\u0000o", "exp": 4102444800}'));
SELECT public.asked(test.encoded('\xff') || '.' || test.encoded('\xff') || '.' || test.encoded('\xff'));
SELECT public.asked(test.encoded('{"alg": "HS256", "kid": "mint"}') || '.' || test.encoded('\xfffe') || '.AA');
SELECT test.me();
-- The functions of keys, and the tables, are not theirs.
SELECT sharing.add_key('mine', 'HS256', repeat('x', 32));
SELECT sharing.drop_key('mint');
SELECT * FROM sharing.import_jwks('{"keys": []}');
SELECT * FROM sharing.token_keys;
INSERT INTO sharing.token_keys VALUES ('mine', 'HS256', repeat('x', 32));
SELECT * FROM sharing_internal.list_token_keys();
