-- Signed tokens of every algorithm, made by other software (tests/support/tokens/make.py): what is taken, and what is
-- refused, with an error that says which check failed and nothing of keys. Then the keys: who adds and drops them, sets
-- of keys, what is recorded, and who reads them.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set made :tests '/support/tokens/tokens.sql'
\set QUIET on
\set ECHO none
\i :made
\set ECHO all
\set QUIET off
SELECT sharing.create_user('2', 'two', 'H5'), sharing.create_user('3', 'three') \g /dev/null
UPDATE leads SET owner = '2' WHERE id IN (1, 4);
-- Who is refused: all but administrators of the database.
\c - app
SET sharing.user_key = 'adm';
SELECT sharing.add_key('mine', 'HS256', repeat('x', 32));
SELECT sharing.drop_key('mine');
SELECT * FROM sharing.import_jwks('{"keys": []}');
SELECT * FROM sharing.key_overview;
RESET sharing.user_key;
\c - postgres
\set ECHO none
\set QUIET on
\i :made
\set QUIET off
\set ECHO all
-- What is no key.
SELECT sharing.add_key('x', 'none', repeat('x', 32));
SELECT sharing.add_key('x', 'hs256', repeat('x', 32));
SELECT sharing.add_key('x', 'HS256', repeat('x', 31));
SELECT sharing.add_key('x', 'HS256', :'pem_rs256');
SELECT sharing.add_key('x', 'HS256', :'jwk_rs256');
SELECT sharing.add_key('x', 'RS256', :'pem_es256');
SELECT sharing.add_key('x', 'RS256', :'short_pem');
SELECT sharing.add_key('x', 'ES256', :'p384_pem');
SELECT sharing.add_key('x', 'EdDSA', :'private_pem');
SELECT sharing.add_key('x', 'EdDSA', 'nonsense');
SELECT sharing.add_key('x', 'HS256', repeat('x', 4097));
SELECT sharing.add_key('x', 'HS256', repeat('ä', 2048) || 'x');
SELECT sharing.add_key('x', 'RS256', :'pem_rs256' || repeat(' ', 4096));
SELECT sharing.add_key('', 'HS256', repeat('x', 32));
SELECT sharing.add_key(repeat('x', 201), 'HS256', repeat('x', 32));
SELECT sharing.add_key(NULL, 'HS256', repeat('x', 32)), sharing.add_key('x', 'HS256', NULL);
SELECT count(*) FROM sharing.token_keys;
-- One of each kind.
SELECT sharing.add_key('k-HS256', 'HS256', :'secret'), sharing.add_key('k-RS256', 'RS256', :'pem_rs256'),
       sharing.add_key('k-ES256', 'ES256', :'pem_es256'), sharing.add_key('k-EdDSA', 'EdDSA', :'jwk_eddsa') \g /dev/null
SELECT sharing.add_key('k-HS256', 'HS256', :'secret');
SELECT kid, algorithm FROM sharing.key_overview;
CREATE TABLE test.tokens (algorithm text, what text, token text);
GRANT SELECT ON test.tokens TO PUBLIC;
INSERT INTO test.tokens VALUES
    ('HS256', 'good', :'good_hs256'), ('RS256', 'good', :'good_rs256'), ('ES256', 'good', :'good_es256'), ('EdDSA', 'good', :'good_eddsa'),
    ('HS256', 'for this database', :'here_hs256'), ('RS256', 'for this database', :'here_rs256'), ('ES256', 'for this database', :'here_es256'), ('EdDSA', 'for this database', :'here_eddsa'),
    ('HS256', 'for another database', :'elsewhere_hs256'), ('RS256', 'for another database', :'elsewhere_rs256'), ('ES256', 'for another database', :'elsewhere_es256'), ('EdDSA', 'for another database', :'elsewhere_eddsa'),
    ('HS256', 'expired', :'expired_hs256'), ('RS256', 'expired', :'expired_rs256'), ('ES256', 'expired', :'expired_es256'), ('EdDSA', 'expired', :'expired_eddsa'),
    ('HS256', 'early', :'early_hs256'), ('RS256', 'early', :'early_rs256'), ('ES256', 'early', :'early_es256'), ('EdDSA', 'early', :'early_eddsa'),
    ('HS256', 'by another key', :'other_key_hs256'), ('RS256', 'by another key', :'other_key_rs256'), ('ES256', 'by another key', :'other_key_es256'), ('EdDSA', 'by another key', :'other_key_eddsa'),
    ('HS256', 'embedded key', :'embedded_hs256'), ('RS256', 'embedded key', :'embedded_rs256'), ('ES256', 'embedded key', :'embedded_es256'), ('EdDSA', 'embedded key', :'embedded_eddsa'),
    ('HS256', 'claims twice', :'twice_hs256'), ('RS256', 'claims twice', :'twice_rs256'), ('ES256', 'claims twice', :'twice_es256'), ('EdDSA', 'claims twice', :'twice_eddsa'),
    ('HS256', 'header twice', :'header_twice_hs256'), ('RS256', 'header twice', :'header_twice_rs256'), ('ES256', 'header twice', :'header_twice_es256'), ('EdDSA', 'header twice', :'header_twice_eddsa'),
    ('RS256', 'public key as secret', :'confused_rs256'), ('ES256', 'public key as secret', :'confused_es256'), ('EdDSA', 'public key as secret', :'confused_eddsa'),
    ('RS256', 'JWK as secret', :'confused_jwk_rs256'), ('ES256', 'JWK as secret', :'confused_jwk_es256'), ('EdDSA', 'JWK as secret', :'confused_jwk_eddsa'),
    ('ES256', 'DER', :'der_es256'), ('ES256', 'high s', :'high_es256'), ('ES256', 'low s', :'low_es256');
INSERT INTO test.tokens SELECT algorithm, 'algorithm none', 'eyJhbGciOiJub25lIiwia2lkIjoiay1IUzI1NiJ9.' || split_part(token, '.', 2) || '.' FROM test.tokens WHERE what = 'good';
INSERT INTO test.tokens SELECT algorithm, 'without signature', split_part(token, '.', 1) || '.' || split_part(token, '.', 2) || '.' FROM test.tokens WHERE what = 'good';
INSERT INTO test.tokens SELECT algorithm, 'signature cut', left(token, -4) FROM test.tokens WHERE what = 'good';
INSERT INTO test.tokens SELECT algorithm, 'signature and more', token || 'AAAA' FROM test.tokens WHERE what = 'good';
INSERT INTO test.tokens SELECT algorithm, 'padded', token || '=' FROM test.tokens WHERE what = 'good';
INSERT INTO test.tokens SELECT algorithm, 'line break', token || chr(10) FROM test.tokens WHERE what = 'good';
-- Who the token makes somebody, in a transaction that is undone; or the error.
CREATE FUNCTION test.by_token(token text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text; said text; told text;
BEGIN
    PERFORM sharing.authenticate(token);
    SELECT sharing.current_user_key() || ' sees ' || test.sees() INTO answer;
    RAISE division_by_zero USING MESSAGE = coalesce(answer, 'nobody');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS answer = MESSAGE_TEXT, said = RETURNED_SQLSTATE, told = PG_EXCEPTION_CONTEXT;
    -- Nothing of the token is said, wherever.
    RETURN CASE WHEN said = '22012' THEN '' ELSE said || ' ' END || answer || CASE WHEN length(token) BETWEEN 10 AND 2000 AND told LIKE '%' || split_part(token, '.', 2) || '%' THEN ' TOLD' ELSE '' END;
END
$$;
\c - stranger
SELECT what, test.by_token(token) AS outcome, string_agg(algorithm, ' ' ORDER BY algorithm) AS algorithms FROM test.tokens GROUP BY 1, 2 ORDER BY 1, 2;
SELECT test.by_token(t.token) FROM (VALUES (''), ('.'), ('..'), ('...'), ('a.b.c'), ('ä.ö.ü'), (repeat('a', 1000000)), (repeat('a.', 30000))) AS t (token);
SELECT sharing.authenticate(NULL);
SELECT sharing.current_user_key();
-- Sets of keys: what an identity provider publishes. Secrets stay.
\c - postgres
\set ECHO none
\set QUIET on
\i :made
\set QUIET off
\set ECHO all
SELECT * FROM sharing.import_jwks(:'jwks');
SELECT * FROM sharing.import_jwks(:'other_jwks') ORDER BY kid;
SELECT kid, algorithm FROM sharing.key_overview;
SELECT * FROM sharing.import_jwks('{"keys": [{"kty": "oct", "k": "AAAA", "kid": "o"}, {"kty": "RSA", "kid": "e", "use": "enc", "n": "AQAB", "e": "AQAB"}, {}]}') ORDER BY 1, 2;
SELECT * FROM sharing.import_jwks('{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "k-HS256"}]}');
SELECT * FROM sharing.import_jwks(jsonb_build_object('keys', jsonb_build_array(:'jwk_eddsa'::jsonb || '{"kid": "k-HS256"}')));
SELECT * FROM sharing.import_jwks(jsonb_build_object('keys', jsonb_build_array(:'jwk_eddsa'::jsonb || '{"kid": "p", "d": "AA"}')));
SELECT * FROM sharing.import_jwks('{"keys": 1}');
SELECT * FROM sharing.import_jwks('[]');
SELECT * FROM sharing.import_jwks(NULL);
SELECT kid, algorithm FROM sharing.key_overview;
SELECT * FROM sharing.import_jwks(:'jwks') ORDER BY kid;
SELECT sharing.drop_key('k-HS256');
SELECT sharing.drop_key('k-HS256');
-- The largest that there can be fits into a row, which is stored as it is: the longest name, of the longest characters, with a secret and with a modulus of bytes in no order.
BEGIN;
SELECT sharing.add_key(repeat('𝔎', 200), 'HS256', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 128) n)) \g /dev/null
SELECT sharing.add_key(repeat('𝔎', 199) || 'x', 'RS256', (SELECT json_build_object('kty', 'RSA', 'e', 'AQAB', 'n', translate(rtrim(encode(decode('c' || substr(string_agg(md5(n::text), '' ORDER BY n), 3) || 'f', 'hex'), 'base64'), '='), E'+/\n', '-_')) FROM generate_series(1, 32) n)::text) \g /dev/null
SELECT algorithm, octet_length(kid) AS kid, octet_length(key) AS key, pg_column_size(key) - octet_length(key) AS more, pg_column_size(t) < 8000 AS fits FROM sharing.token_keys t WHERE length(kid) = 200 ORDER BY 1;
SELECT sharing.add_key(repeat('𝔎', 201), 'HS256', repeat('x', 32));
ROLLBACK;
-- Recorded is that, and not the keys.
SELECT function, object, before - 'added_at' AS before, after - 'added_at' AS after FROM sharing.audit_log WHERE object LIKE 'key %' ORDER BY id;
SELECT count(*) FROM sharing.audit_log l WHERE l::text ~ 'secret|"n"|"x"|BEGIN|xxxxx';
SELECT sharing.export_config()::text ~ 'k-RS256' AS exported;
-- Whoever may read all data does not read keys, nor what statistics or the table for large values would say of them.
SELECT sharing.add_key('large', 'HS256', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 120) n)) \g /dev/null
ANALYZE sharing.token_keys;
CREATE ROLE reader LOGIN IN ROLE pg_read_all_data;
CREATE ROLE desk LOGIN;
SELECT sharing.grant_admin('desk');
SELECT reltoastrelid::regclass::text AS toast FROM pg_class WHERE oid = 'sharing.token_keys'::regclass \gset
SELECT count(*) AS toasted FROM :toast;
\c - reader
SELECT count(*) FROM sharing.token_keys;
COPY sharing.token_keys TO STDOUT;
SET row_security = off;
SELECT count(*) FROM sharing.token_keys;
SELECT count(*) FROM pg_statistic s, pg_attribute a WHERE starelid = 'sharing.token_keys'::regclass AND attrelid = starelid AND attnum = staattnum AND attname = 'key';
\c - desk
SELECT count(*) FROM sharing.token_keys;
SELECT kid, algorithm FROM sharing.key_overview;
\c - stranger
SELECT count(*) FROM sharing.token_keys;
SELECT kid FROM sharing.key_overview;
