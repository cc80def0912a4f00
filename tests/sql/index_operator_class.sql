-- An index whose operator class has another idea of equality than the type's default one is not asked for keys: not for the rows of a module, nor for the parents of a detail. A collation that takes different texts for equal leaves the predicate in place.
CREATE SCHEMA test;
GRANT USAGE ON SCHEMA test TO public;
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_user('rep1', 'ann'), sharing.create_user('7', 'bob') \g /dev/null
CREATE FUNCTION test.any_case(text, text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT bttextcmp(lower($1), lower($2))';
CREATE FUNCTION test.any_sign(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT btint4cmp(abs($1), abs($2))';
-- With operators of its own, and with the default ones, whose names say nothing about how the index compares.
CREATE FUNCTION test.same(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT lower($1) = lower($2)';
CREATE OPERATOR test.=~= (LEFTARG = text, RIGHTARG = text, FUNCTION = test.same, COMMUTATOR = OPERATOR(test.=~=));
CREATE OPERATOR CLASS test.text_own_operators FOR TYPE text USING btree AS OPERATOR 3 test.=~=, FUNCTION 1 test.any_case(text, text);
CREATE OPERATOR CLASS test.text_any_case FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 test.any_case(text, text);
CREATE OPERATOR CLASS test.int_any_sign FOR TYPE integer USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 test.any_sign(integer, integer);
-- Nobody else vacuums them: whether the index alone would do is then not a matter of time.
CREATE TABLE texts (id integer PRIMARY KEY, owner varchar(40) COLLATE "C") WITH (autovacuum_enabled = off);
INSERT INTO texts SELECT n, CASE n % 100 WHEN 0 THEN 'rep1' WHEN 1 THEN 'REP1' ELSE 'other' || n % 100 END FROM generate_series(1, 5000) n;
CREATE TABLE numbers (id integer PRIMARY KEY, owner integer) WITH (autovacuum_enabled = off);
INSERT INTO numbers SELECT n, CASE n % 100 WHEN 0 THEN 7 WHEN 1 THEN -7 ELSE 1000 + n % 100 END FROM generate_series(1, 5000) n;
CREATE TABLE lines (id integer PRIMARY KEY, number integer) WITH (autovacuum_enabled = off);
INSERT INTO lines SELECT n, n FROM generate_series(1, 5000) n;
SELECT sharing.protect('texts', 'owner'), sharing.protect('numbers', 'owner'), sharing.protect('lines', controlled_by => 'numbers', via => 'number') \g /dev/null
GRANT SELECT ON texts, numbers, lines TO app;
-- What a caller sees when this is the only index, and how it is found.
CREATE PROCEDURE test.see(caller text, query text, index text) LANGUAGE plpgsql AS $$
DECLARE
    line text;
    seen text;
BEGIN
    EXECUTE index;
    ANALYZE texts, numbers, lines;
    SET LOCAL enable_seqscan = off;
    SET LOCAL SESSION AUTHORIZATION app;
    PERFORM set_config('sharing.user_key', caller, true);
    EXECUTE query INTO seen;
    RAISE INFO 'seen: %', seen;
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line ~ 'Scan|Cond|Filter' THEN RAISE INFO '%', line; END IF;
    END LOOP;
    ROLLBACK;
END
$$;
\set texts 'SELECT format(''%s, of rep1 %s'', count(*), count(*) FILTER (WHERE owner = ''rep1'')) FROM texts'
\set numbers 'SELECT format(''%s, of 7 %s'', count(*), count(*) FILTER (WHERE owner = 7)) FROM numbers'
\set lines 'SELECT format(''%s, of 7 %s'', count(*), count(*) FILTER (WHERE number % 100 = 0)) FROM lines'
CALL test.see('rep1', :'texts', 'CREATE INDEX ON texts (owner)');
CALL test.see('rep1', :'texts', 'CREATE INDEX ON texts (owner test.text_own_operators)');
CALL test.see('rep1', :'texts', 'CREATE INDEX ON texts (owner test.text_any_case)');
CALL test.see('rep1', :'texts', 'CREATE INDEX ON texts (owner text_pattern_ops)');
CALL test.see('7', :'numbers', 'CREATE INDEX ON numbers (owner)');
CALL test.see('7', :'numbers', 'CREATE INDEX ON numbers (owner test.int_any_sign)');
CALL test.see('7', :'lines', 'CREATE INDEX ON numbers (owner test.int_any_sign)');
CREATE COLLATION test.any_case (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
CALL test.see('rep1', :'texts', 'CREATE INDEX ON texts (owner COLLATE test.any_case)');
