-- With everything named that can be, no function, operator, pattern, cast, domain or list of an ordinary user gets or betrays a hidden value; and what is named ceases to be when it becomes something else.
CREATE EXTENSION pg_trgm;
CREATE EXTENSION citext;
CREATE EXTENSION intarray;
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_user('1', 'ann'), sharing.create_user('2', 'bob') \g /dev/null
-- Of 2 is what 1 must not learn: a row in every thousand is of 1.
CREATE TABLE t (id numeric PRIMARY KEY, owner integer, body text, number text, tags integer[], email citext, words tsvector);
INSERT INTO t SELECT n, CASE WHEN n % 1000 = 0 THEN 1 ELSE 2 END, CASE WHEN n % 1000 = 0 THEN 'mine ' || n ELSE 'secret ' || n END, CASE WHEN n % 1000 = 0 THEN n::text ELSE 'x' || n END, ARRAY[n % 7, CASE WHEN n % 1000 = 0 THEN n ELSE NULL END], 'A' || n, to_tsvector('simple', CASE WHEN n % 1000 = 0 THEN 'mine' ELSE 'secret' END) FROM generate_series(1, 5000) n;
CREATE INDEX ON t USING gin (body gin_trgm_ops);
CREATE INDEX ON t (lower(body));
CREATE INDEX ON t (body text_pattern_ops);
CREATE INDEX ON t (number);
CREATE INDEX ON t USING gin (tags);
CREATE INDEX ON t (email);
CREATE INDEX ON t USING gin (words);
CREATE INDEX ON t USING gin (to_tsvector('simple', body));
CREATE TABLE notes (id numeric, pattern text);
INSERT INTO notes VALUES (1, 'secret 5\'), (1000, 'mine%');
VACUUM ANALYZE t, notes;
GRANT ALL ON t, notes TO app;
GRANT CREATE ON SCHEMA public TO app;
CREATE SCHEMA mine AUTHORIZATION app;
\setenv PGDATABASE :DBNAME
SELECT sharing.protect('t', 'owner') \g /dev/null
SELECT count(*) > 50 AS many FROM sharing.enable_search();
-- An administrator may name more, and is told.
SELECT sharing.search_safe('+(numeric,numeric)');
\c - app
SET sharing.user_key = '1';
SET enable_seqscan = off;
CREATE FUNCTION tell(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000000001 AS $$BEGIN IF $1 ~* 'secret' THEN RAISE WARNING 'got %', $1; END IF; RETURN true; END$$;
CREATE FUNCTION tell(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000000001 AS $$BEGIN IF $1 ~* 'secret' THEN RAISE WARNING 'compared %', $1; END IF; RETURN true; END$$;
-- Operators that are called like those that were named.
CREATE OPERATOR public.~~* (LEFTARG = text, RIGHTARG = text, FUNCTION = tell, RESTRICT = iclikesel);
CREATE OPERATOR mine.% (LEFTARG = text, RIGHTARG = text, FUNCTION = tell);
CREATE FUNCTION mine.lower(text) RETURNS text LANGUAGE plpgsql IMMUTABLE COST 0.0000000001 AS $$BEGIN IF $1 ~* 'secret' THEN RAISE WARNING 'lowered %', $1; END IF; RETURN $1; END$$;
CREATE DOMAIN digits AS text CHECK (VALUE !~ 'x');
CREATE FUNCTION loud(text) RETURNS text LANGUAGE plpgsql STABLE COST 0.0000000001 AS $$BEGIN RAISE NOTICE 'called'; RETURN $1; END$$;
-- Each returns its own five rows, or fewer, and says nothing of others.
CREATE FUNCTION tries(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    affected bigint;
BEGIN
    EXECUTE statement;
    GET DIAGNOSTICS affected = ROW_COUNT;
    RETURN affected;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
CREATE TABLE attempts (n integer GENERATED ALWAYS AS IDENTITY, condition text);
INSERT INTO attempts (condition) VALUES
    ($$tell(body) AND body LIKE '%e%'$$),
    ($$body OPERATOR(public.~~*) '%x%' AND body OPERATOR(pg_catalog.~~*) '%e%'$$),
    ($$body OPERATOR(mine.%) 'secret'$$),
    ($$mine.lower(body) = 'x' OR body LIKE '%min%'$$),
    ($$lower(body) = 'x' OR tell(body)$$),
    ($$(body LIKE '%e%') = tell(body)$$),
    ($$body LIKE 'secret 5\'$$),
    ($$body LIKE '%secret 5\'$$),
    ($$body ILIKE '%SECRET 5\'$$),
    ($$body LIKE ANY ('{%mine%,%secret 5\\}')$$),
    ($$body LIKE ANY (ARRAY['%mine%', NULL, '%secret 5\'])$$),
    ($$body LIKE ANY (ARRAY['%mine%', loud('%secret%')])$$),
    ($$email LIKE 'A5\'$$),
    ($$body NOT LIKE 'secret 5\'$$),
    ($$number::integer > 0 AND body LIKE '%e%'$$),
    ($$number::numeric = 1000$$),
    ($$number::digits = '1000'$$),
    ($$1 / (id - 5) > 0$$),
    ($$id / nullif(id - 7, 0) > 0 AND id = ANY ('{5,6,7}')$$),
    ($$id = 1 / (id - 5)$$),
    ($$id = 1000 + 1 / (id - 5)$$),
    ($$id = CASE WHEN body LIKE 'secret%' THEN 1 / (id - id) ELSE 1000 END$$),
    ($$id = ANY (ARRAY[1000, NULL])$$),
    ($$words @@ loud('secret')::tsquery$$),
    ($$body LIKE loud('%secret%')$$),
    ($$lower(body) = loud('secret 5')$$),
    ($$body ~ 'secret (5'$$),
    ($$body ~ '(secret 5)'$$),
    ($$tags @> ARRAY[5]$$),
    ($$tags OPERATOR(pg_catalog.@>) ARRAY[5]$$),
    ($$to_tsvector('simple', body) @@ 'secret'$$),
    ($$COALESCE(body, loud('x')) LIKE '%secret%'$$),
    ($$body SIMILAR TO '%secret 5'$$),
    ($$body LIKE (SELECT loud('%secret%'))$$),
    ($$body LIKE 'secret x%' ESCAPE 'x'$$),
    ($$body COLLATE "C" LIKE '%secret 5\'$$),
    ($$(body || 'x') LIKE '%secret%'$$),
    ($$body::bytea LIKE '%secret%'::bytea$$),
    ($$words @@ to_tsquery('simple', 'secret &')$$);
SELECT n, condition, tries(format('SELECT FROM t WHERE %s', condition)) FROM attempts ORDER BY n;
SET client_min_messages = error;
-- The same by an index, changing something, locking, in a join and in an OR.
SELECT n, string_agg(DISTINCT r, ' | ') FROM (
    SELECT n, unnest(ARRAY[tries(format('UPDATE t SET body = body WHERE %s', condition)), tries(format('SELECT FROM t WHERE %s FOR UPDATE', condition)), tries(format('SELECT FROM t JOIN notes USING (id) WHERE %s', condition)), tries(format('SELECT FROM t WHERE %s OR id = 1000', condition))]) r FROM attempts
) x GROUP BY n ORDER BY n;
RESET client_min_messages;
SELECT t.id FROM notes n JOIN t ON t.body LIKE n.pattern ORDER BY 1;
-- A pattern that is only known when the plan runs.
PREPARE by_pattern(text) AS SELECT count(*) FROM t WHERE body LIKE $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_pattern('secret 5\');
SET plan_cache_mode = force_custom_plan;
EXECUTE by_pattern('secret 5\');
EXECUTE by_pattern('%mine%');
RESET plan_cache_mode;
-- With little memory a bitmap knows pages alone, and every row of them is looked at.
SET work_mem = '64kB';
SELECT count(*) FROM t WHERE body LIKE '%e%' AND tell(body);
SELECT count(*) FROM t WHERE words @@ 'secret | mine' AND tell(body);
RESET work_mem;
-- What is named is by name, and it is what it was: the owner of a function makes it another.
\c - postgres
CREATE ROLE owner_of_it;
ALTER FUNCTION similarity_op(text, text) OWNER TO owner_of_it;
GRANT CREATE ON SCHEMA public TO owner_of_it;
GRANT ALL ON LANGUAGE plpgsql TO owner_of_it;
\c - app
SET sharing.user_key = '1';
SET enable_seqscan = off;
PREPARE alike AS SELECT count(*) FROM t WHERE body % 'secret';
SET plan_cache_mode = force_generic_plan;
EXECUTE alike;
EXPLAIN (COSTS OFF) EXECUTE alike;
\! psql -X -q -d "$PGDATABASE" -U postgres -c "SET ROLE owner_of_it; CREATE OR REPLACE FUNCTION public.similarity_op(text, text) RETURNS boolean LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 0.0000000001 AS 'BEGIN IF \$1 ~ ''secret'' THEN RAISE WARNING ''got %'', \$1; END IF; RETURN true; END'"
EXECUTE alike;
EXPLAIN (COSTS OFF) EXECUTE alike;
\c - postgres
-- Nor by an object of the same name that is another: made anew outside of the extension.
DROP EXTENSION pg_trgm CASCADE;
SET client_min_messages = error;
CREATE FUNCTION similarity_op(text, text) RETURNS boolean LANGUAGE plpgsql STABLE STRICT AS $$BEGIN RAISE WARNING 'got %', $1; RETURN true; END$$;
CREATE OPERATOR public.% (LEFTARG = text, RIGHTARG = text, FUNCTION = similarity_op);
RESET client_min_messages;
SELECT name, definition FROM sharing.search_names WHERE name ~ 'public.%';
SELECT count(*) FROM jsonb_array_elements(sharing.export_config() -> 'search') s WHERE s ->> 'name' ~ '%';
\c - app
SET sharing.user_key = '1';
SELECT count(*) FROM t WHERE body OPERATOR(public.%) 'secret' AND body ~ 'secret';
-- Why to_tsvector() is not among what was examined: of a word that is too long, also in a hidden row, it says so when an index is looked up. A stored column does not.
\c - postgres
CREATE TABLE l (id integer PRIMARY KEY, owner integer, body text, words tsvector);
SET client_min_messages = warning;
INSERT INTO l SELECT n, CASE WHEN n % 1000 = 0 THEN 1 ELSE 2 END, b, to_tsvector('simple', b) FROM generate_series(1, 3000) n, LATERAL (SELECT CASE WHEN n = 7 THEN 'secret ' || repeat('x', 3000) ELSE 'mine' END AS b) x;
CREATE INDEX l_computed ON l USING gin (to_tsvector('simple', body));
CREATE INDEX l_words ON l USING gin (words);
VACUUM ANALYZE l;
RESET client_min_messages;
GRANT SELECT ON l TO app;
SELECT sharing.protect('l', 'owner') \g /dev/null
\c - app
SET sharing.user_key = '1';
SET enable_seqscan = off;
SELECT count(*) FROM l WHERE words @@ 'secret:A';
SELECT count(*) FROM l WHERE to_tsvector('simple', body) @@ 'secret:A';
\c - postgres
SELECT sharing.search_safe_function('to_tsvector(regconfig,text)');
\c - app
SET sharing.user_key = '1';
SET enable_seqscan = off;
SELECT count(*) FROM l WHERE words @@ 'secret:A';
SELECT count(*) FROM l WHERE to_tsvector('simple', body) @@ 'secret:A';
