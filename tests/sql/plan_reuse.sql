-- A plan that is cached for one caller is right for the next, also for an administrator and back, and for nobody.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE many (id integer PRIMARY KEY, owner text, title text);
INSERT INTO many SELECT n, (ARRAY['rep1', 'rep2', 'mgr', 'ceo', 'sup1', NULL])[1 + n % 6] || CASE WHEN n > 60 THEN n::text ELSE '' END FROM generate_series(1, 6000) n;
CREATE INDEX ON many (owner);
ANALYZE many;
GRANT ALL ON many TO app;
SELECT sharing.protect('many', 'owner') \g /dev/null
CREATE FUNCTION test.in_sql() RETURNS SETOF many LANGUAGE sql STABLE AS 'SELECT * FROM public.many';
CREATE FUNCTION test.in_plpgsql() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM public.many); END';
CREATE VIEW test.through_view WITH (security_invoker) AS SELECT * FROM many;
GRANT SELECT ON test.through_view TO app;
\c - app
SET plan_cache_mode = force_generic_plan;
PREPARE counting AS SELECT count(*) FROM many;
PREPARE newest AS SELECT id FROM many ORDER BY id DESC LIMIT 2;
PREPARE by_key(integer) AS SELECT count(*) FROM many WHERE id = $1;
PREPARE changing AS WITH changed AS (UPDATE many SET title = 'x' RETURNING id) SELECT count(*) FROM changed;
PREPARE locking AS WITH locked AS (SELECT FROM many FOR UPDATE) SELECT count(*) FROM locked;
PREPARE inserting(text) AS INSERT INTO many VALUES (10000, $1);
PREPARE sublink AS SELECT (SELECT count(*) FROM many), EXISTS (SELECT FROM many WHERE owner = 'ceo');
PREPARE inlined AS SELECT count(*) FROM test.in_sql();
PREPARE viewed AS WITH w AS MATERIALIZED (SELECT * FROM test.through_view) SELECT count(*) FROM w;
CREATE FUNCTION pg_temp.run_all(person text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    n bigint;
    result text := '';
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    FOREACH statement IN ARRAY '{counting,newest,by_key(1),sublink,inlined,viewed,changing,locking}'::text[] LOOP
        EXECUTE 'EXECUTE ' || statement INTO n;
        result := result || ' ' || coalesce(n::text, '-');
    END LOOP;
    RETURN result || ' ' || test.in_plpgsql() || ', ' || left(test.outcome('EXECUTE inserting(''rep1'')'), 5) || ' ' || left(test.outcome('EXECUTE inserting(''ceo'')'), 5);
END
$$;
SELECT n, person, pg_temp.run_all(person) FROM unnest('{rep1,mgr,rep1,nobody,ceo,rep2,adm,rep1,adm,nobody,adm,sup1,"",rep1}'::text[]) WITH ORDINALITY p (person, n) ORDER BY n;
-- In a fresh order, administrator first; and with SET LOCAL and savepoints.
DISCARD PLANS;
SELECT n, person, pg_temp.run_all(person) FROM unnest('{adm,rep1,adm,mgr}'::text[]) WITH ORDINALITY p (person, n) ORDER BY n;
BEGIN;
SET LOCAL sharing.user_key = 'rep1';
EXECUTE counting;
SAVEPOINT s;
SET LOCAL sharing.user_key = 'adm';
EXECUTE counting;
ROLLBACK TO s;
EXECUTE counting;
COMMIT;
SET sharing.user_key = 'nobody';
EXECUTE counting;
-- A change of the configuration, by the caller himself in the same transaction, and its rollback.
SET sharing.user_key = 'adm';
SELECT sharing.grant_right('rep1', 'administrator');
SET sharing.user_key = 'rep1';
EXECUTE counting;
BEGIN;
SELECT sharing.revoke_right('rep1', 'administrator');
EXECUTE counting;
SAVEPOINT s;
SET LOCAL sharing.user_key = 'adm';
SELECT sharing.add_rule('many', 'role_and_subordinates:H2', 'role:H5', 'read_only'), sharing.apply_rules();
SET LOCAL sharing.user_key = 'rep1';
EXECUTE counting;
ROLLBACK TO s;
EXECUTE counting;
ROLLBACK;
EXECUTE counting;
-- By role: SET ROLE.
\c - postgres
SELECT sharing.set_user_db_role('adm', 'stranger'), sharing.revoke_right('rep1', 'administrator') \g /dev/null
GRANT stranger TO rep2_db;
GRANT SELECT ON many TO rep2_db, stranger;
\c - rep2_db
SET plan_cache_mode = force_generic_plan;
PREPARE counting AS SELECT count(*) FROM many;
EXECUTE counting;
SET ROLE stranger;
EXECUTE counting;
RESET ROLE;
EXECUTE counting;
