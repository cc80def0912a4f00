-- Conditions with operators that were named are asked of an index before the policy, for every caller: the rows are those of a twin without row security, in order.
\setenv PGDATABASE :DBNAME
CREATE ROLE app LOGIN;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gin;
SELECT sharing.trust('app'), sharing.create_role('Head'), sharing.create_role('Rep', 'Head'),
    sharing.create_user('1', 'ann', 'Head'), sharing.create_user('2', 'bob', 'Rep'), sharing.create_user('3', 'cy', 'Rep'),
    sharing.create_user('9', 'adm'), sharing.grant_right('9', 'administrator') \g /dev/null
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE FUNCTION word(n integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'w' || (n * 7919) % 1201$$;
CREATE TABLE t (
    id numeric PRIMARY KEY, owner integer, body text COLLATE "C", email text COLLATE "C", tags integer[], moods mood[], data jsonb, during daterange, price numeric, host inet, at timestamp,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED
);
INSERT INTO t SELECT n, 1 + n % 6, 'word ' || word(n) || ' and ' || word(n + 1), 'User' || n || '@Example.org', ARRAY[n % 97, n % 91], ARRAY[CASE WHEN n % 500 = 0 THEN 'high' ELSE 'low' END]::mood[], jsonb_build_object('n', n % 297, 'name', word(n)),
    daterange(date '2024-01-01' + n % 900, date '2024-01-02' + n % 900), n % 1249 + 0.5, '10.0.0.0'::inet + n, timestamp '2024-01-01' + n * interval '1 hour' FROM generate_series(1, 2000) n;
CREATE INDEX t_words ON t USING gin (words);
CREATE INDEX t_trigrams ON t USING gin (body gin_trgm_ops);
CREATE INDEX t_email ON t (lower(email));
CREATE INDEX t_prefix ON t (email);
CREATE INDEX t_tags ON t USING gin (tags);
CREATE INDEX t_moods ON t USING gin (moods);
CREATE INDEX t_data ON t USING gin (data);
CREATE INDEX t_name ON t ((data ->> 'name'));
CREATE INDEX t_during ON t USING gist (during);
CREATE INDEX t_price ON t (price);
CREATE INDEX t_host ON t USING gist (host inet_ops);
CREATE INDEX t_at ON t (at);
CREATE TABLE g (id integer PRIMARY KEY, owner integer, words tsvector, body text);
INSERT INTO g SELECT id, owner, words, body FROM t;
CREATE INDEX g_words ON g USING gist (words);
CREATE INDEX g_trigrams ON g USING gist (body gist_trgm_ops);
CREATE TABLE p (id integer, owner integer, body text, words tsvector) PARTITION BY HASH (id);
CREATE TABLE p_0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p_1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO p SELECT id, owner, body, words FROM t;
CREATE INDEX p_words ON p USING gin (words);
CREATE TABLE orders (id integer PRIMARY KEY, t_id numeric);
INSERT INTO orders SELECT n, n * 4 FROM generate_series(1, 500) n;
CREATE SCHEMA twin;
CREATE TABLE twin.t AS SELECT * FROM t;
CREATE TABLE twin.g AS SELECT * FROM g;
CREATE TABLE twin.p AS SELECT * FROM p;
CREATE VIEW seen_t WITH (security_invoker) AS SELECT * FROM t WHERE price > 0;
VACUUM ANALYZE;
GRANT USAGE ON SCHEMA twin TO app;
GRANT ALL ON ALL TABLES IN SCHEMA public, twin TO app;
SELECT sharing.protect(r, 'owner') FROM unnest('{t,g,p}'::regclass[]) r \g /dev/null
-- The nodes of a plan that read a table, with the conditions of their indexes.
CREATE FUNCTION reads(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
        IF line ~ ' on |Index Cond' THEN
            RETURN NEXT btrim(regexp_replace(line, '^ *->', ''));
        END IF;
    END LOOP;
END
$$;
-- For a user, the rows by each way to plan, compared with those of the twin.
CREATE FUNCTION compared(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    person text;
    relation text;
    seen text;
    truth text;
    owners text;
    result text := '';
    mode text;
BEGIN
    FOREACH relation IN ARRAY '{t,g,p}'::text[] LOOP
        CONTINUE WHEN relation <> 't' AND condition !~ 'body|words' OR relation = 'p' AND condition ~ 'email|tags';
        FOREACH person IN ARRAY '{1,2,9,nobody}'::text[] LOOP
            owners := CASE person WHEN '1' THEN 'owner IN (1, 2, 3)' WHEN '2' THEN 'owner = 2' WHEN '9' THEN 'true' ELSE 'false' END;
            PERFORM set_config('sharing.user_key', person, false);
            EXECUTE format('SELECT string_agg(id::text, '' '' ORDER BY id) FROM twin.%I WHERE (%s) AND %s', relation, condition, owners) INTO truth;
            FOREACH mode IN ARRAY '{on,off}'::text[] LOOP
                PERFORM set_config('enable_seqscan', mode, false), set_config('enable_bitmapscan', CASE mode WHEN 'on' THEN 'off' ELSE 'on' END, false);
                EXECUTE format('SELECT string_agg(id::text, '' '' ORDER BY id) FROM %I WHERE %s', relation, condition) INTO seen;
                IF seen IS DISTINCT FROM truth THEN
                    RETURN format('%s sees of %s: %s, and not %s', person, relation, seen, truth);
                END IF;
            END LOOP;
            result := result || ' ' || coalesce(cardinality(string_to_array(truth, ' ')), 0);
        END LOOP;
    END LOOP;
    RETURN btrim(result);
END
$$;
CREATE TABLE conditions (n integer GENERATED ALWAYS AS IDENTITY, condition text);
INSERT INTO conditions (condition) VALUES
    ($$words @@ 'w336'::tsquery$$), ($$words @@ websearch_to_tsquery('english', 'w336 -w18')$$), ($$words @@ plainto_tsquery('w336')$$), ($$to_tsquery('w336 & !w99') @@ words$$), ($$body ILIKE '%W336%'$$), ($$body LIKE '%w1134%'$$), ($$body % 'word w336 and w935'$$),
    ($$lower(email) = 'user19@example.org'$$), ($$email LIKE 'User17%'$$), ($$email ^@ 'User17'$$), ($$tags @> ARRAY[19]$$), ($$tags && ARRAY[19, 20]$$), ($$moods @> ARRAY['high']::mood[]$$), ($$data @> '{"n": 19}'$$), ($$data ? 'n' AND data @> '{"name": "w336"}'$$),
    ($$data ->> 'name' = 'w336'$$), ($$during @> date '2024-01-20'$$), ($$during && daterange('2024-01-18', '2024-02-05')$$), ($$price = 19.5$$), ($$price IN (19.5, 20.5)$$), ($$price BETWEEN 17 AND 20$$), ($$host <<= '10.0.1.0/28'$$), ($$at >= date '2024-03-01' AND at < date '2024-03-03'$$),
    ($$words @@ 'w336'::tsquery OR body ILIKE '%w1134%'$$), ($$words @@ 'w336'::tsquery AND NOT body ILIKE '%w9%'$$), ($$id = 19$$), ($$id = ANY ('{17,18,19}')$$);
GRANT SELECT ON conditions TO app;
\c - app
-- Before anything is named.
SET sharing.user_key = '1';
SELECT reads(format('SELECT * FROM t WHERE %s', condition)) FROM conditions WHERE n IN (1, 5);
SELECT n, condition, compared(condition) FROM conditions ORDER BY n;
\c - postgres
SELECT count(*) > 50 AS many FROM sharing.enable_search();
SELECT * FROM sharing.enable_search();
\c - app
SET enable_seqscan = off;
SET sharing.user_key = '1';
SELECT n, reads(format('SELECT * FROM t WHERE %s', condition)) FROM conditions ORDER BY n;
SET sharing.user_key = '2';
SELECT reads($$SELECT * FROM g WHERE words @@ 'w336'::tsquery$$);
SELECT reads($$SELECT * FROM p WHERE words @@ 'w336'::tsquery$$);
SELECT reads($$SELECT * FROM seen_t WHERE words @@ 'w336'::tsquery$$);
SELECT reads($$SELECT * FROM orders o JOIN t ON t.id = o.t_id WHERE o.id < 5$$);
SELECT reads($$UPDATE t SET price = price WHERE words @@ 'w336'::tsquery$$);
SELECT reads($$DELETE FROM p WHERE words @@ 'w336'::tsquery$$);
SELECT reads($$SELECT FROM orders o WHERE EXISTS (SELECT FROM t WHERE t.id = o.t_id AND t.words @@ 'w336'::tsquery)$$);
SELECT reads($$SELECT count(*) FROM (SELECT FROM t WHERE words @@ 'w336'::tsquery LIMIT 5) x$$);
-- A sample is read as a sample.
SELECT reads($$SELECT * FROM t TABLESAMPLE SYSTEM (100) WHERE words @@ 'w336'::tsquery$$);
SELECT n, condition, compared(condition) FROM conditions ORDER BY n;
-- Joins, views, statements that write.
RESET enable_seqscan;
CREATE FUNCTION pg_temp.ids(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    ids text;
BEGIN
    EXECUTE 'SELECT string_agg(id::text, '' '' ORDER BY id) FROM (' || statement || ') x' INTO ids;
    RETURN ids;
END
$$;
SELECT set_config('sharing.user_key', person, false) AS person,
    pg_temp.ids('SELECT t.id FROM orders o JOIN t ON t.id = o.t_id WHERE o.id < 50') IS NOT DISTINCT FROM pg_temp.ids(format('SELECT t.id FROM orders o JOIN twin.t ON t.id = o.t_id WHERE o.id < 50 AND t.owner = ANY (%L)', owners)) AS joined,
    pg_temp.ids('SELECT id FROM seen_t WHERE words @@ ''w336''::tsquery') IS NOT DISTINCT FROM pg_temp.ids(format('SELECT id FROM twin.t WHERE words @@ ''w336''::tsquery AND owner = ANY (%L)', owners)) AS viewed
FROM (VALUES ('1', '{1,2,3}'::integer[]), ('2', '{2}'), ('9', '{1,2,3,4,5,6}'), ('nobody', '{}')) v (person, owners);
SET sharing.user_key = '2';
BEGIN;
WITH gone AS (DELETE FROM t WHERE words @@ 'w336'::tsquery RETURNING id, owner) SELECT array_agg(id ORDER BY id), array_agg(DISTINCT owner) FROM gone;
SELECT array_agg(id ORDER BY id) FROM twin.t WHERE words @@ 'w336'::tsquery AND owner = 2;
ROLLBACK;
BEGIN;
WITH changed AS (UPDATE p SET body = 'x' WHERE words @@ 'w336'::tsquery RETURNING id) SELECT array_agg(id ORDER BY id) FROM changed;
SELECT array_agg(id ORDER BY id) FROM p WHERE body = 'x';
ROLLBACK;
-- Prepared, by plans for any value and for one, for callers in turn; named and no longer named while it is prepared.
SET enable_seqscan = off;
PREPARE searching(tsquery) AS SELECT array_agg(id ORDER BY id) FROM t WHERE words @@ $1;
PREPARE likes(text) AS SELECT array_agg(id ORDER BY id) FROM t WHERE body ILIKE $1;
SELECT array_agg(id ORDER BY id) FROM twin.t WHERE words @@ 'w336'::tsquery AND owner = 2;
EXECUTE searching('w336');
SET plan_cache_mode = force_generic_plan;
EXECUTE searching('w336');
EXECUTE likes('%w700 %');
SELECT reads('EXECUTE searching(''w336'')');
-- What the pattern will be is not known: such a plan leaves it to the policy.
SELECT reads('EXECUTE likes(''%w700 %'')');
SET plan_cache_mode = force_custom_plan;
SELECT reads('EXECUTE likes(''%w700 %'')');
RESET plan_cache_mode;
SET sharing.user_key = '9';
EXECUTE searching('w336');
SET sharing.user_key = 'nobody';
EXECUTE searching('w336');
SET sharing.user_key = '2';
SET plan_cache_mode = force_generic_plan;
EXECUTE searching('w336');
SELECT reads('EXECUTE searching(''w336'')');
\! psql -X -q -d "$PGDATABASE" -U postgres -c "SELECT sharing.not_search_safe('@@(tsvector,tsquery)')" -o /dev/null
SELECT reads('EXECUTE searching(''w336'')');
EXECUTE searching('w336');
\! psql -X -q -d "$PGDATABASE" -U postgres -c "SELECT sharing.search_safe('@@(tsvector,tsquery)')" -o /dev/null
SELECT reads('EXECUTE searching(''w336'')');
EXECUTE searching('w336');
