\set ECHO none
-- Tokens made by pgcrypto, for tests to include after organization.sql: test.token(what it says, its header), signed by
-- the secret that the key "mint" has.
\set QUIET on
CREATE EXTENSION pgcrypto SCHEMA test;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA test TO PUBLIC;
CREATE FUNCTION test.encoded(bytes bytea) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$SELECT translate(replace(rtrim(encode(bytes, 'base64'), '='), chr(10), ''), '+/', '-_')$$;
CREATE FUNCTION test.signed(header text, claims text, secret text DEFAULT 'a secret of the mint, and of nobody else')
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT m || '.' || test.encoded(test.hmac(m, secret, 'sha256'))
    FROM (SELECT test.encoded(convert_to(header, 'UTF8')) || '.' || test.encoded(convert_to(claims, 'UTF8'))) s (m)
$$;
CREATE FUNCTION test.token(says jsonb, header jsonb DEFAULT '{}', secret text DEFAULT 'a secret of the mint, and of nobody else')
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT test.signed(('{"alg": "HS256", "kid": "mint"}'::jsonb || header)::text, (jsonb_build_object('exp', extract(epoch FROM clock_timestamp())::bigint + 3600) || says)::text, secret)
$$;
CREATE FUNCTION test.token_of(key text, seconds double precision DEFAULT 3600, scope text DEFAULT NULL) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT test.token(jsonb_strip_nulls(jsonb_build_object('sub', key, 'scope', scope, 'exp', extract(epoch FROM clock_timestamp()) + seconds)))
$$;
CREATE FUNCTION test.me() RETURNS text LANGUAGE sql AS
    $$SELECT coalesce(sharing.current_user_key(), 'nobody') || ' sees ' || test.sees()$$;
SELECT sharing.add_key('mint', 'HS256', 'a secret of the mint, and of nobody else') \g /dev/null
\set QUIET off
\set ECHO all
