-- Cheap functions and operators of the attacker never get a hidden value; errors speak of visible rows only.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
GRANT CREATE ON SCHEMA public TO app;
CREATE TABLE notes (lead integer, note text);
INSERT INTO notes SELECT id, 'note ' || id FROM leads;
CREATE INDEX ON notes (lead);
GRANT SELECT, UPDATE ON notes TO app;
CREATE TABLE parts (id integer, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (5);
CREATE TABLE parts_2 PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT * FROM leads;
GRANT SELECT, UPDATE, DELETE ON parts TO app;
SELECT sharing.protect('parts', 'owner') \g /dev/null
\c - app
-- They speak up about everything that is not rep1's.
CREATE FUNCTION leak(anyelement) RETURNS boolean LANGUAGE plpgsql VOLATILE COST 0.0000000001 AS $$BEGIN IF $1::text !~ '^(lead of )?rep1$|^1$|^\(1,' THEN RAISE WARNING 'got %', $1; END IF; RETURN true; END$$;
CREATE FUNCTION leak_equal(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000000001 AS $$BEGIN IF $1 !~ 'rep1$' THEN RAISE WARNING 'compared %', $1; END IF; RETURN true; END$$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = leak_equal, COMMUTATOR = ===, RESTRICT = contsel, JOIN = contjoinsel);
CREATE FUNCTION leaky_plan(person text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    FOREACH statement IN ARRAY ARRAY[
        'SELECT FROM leads WHERE leak(title)', 'SELECT FROM leads WHERE title === ''x''', 'SELECT FROM leads l WHERE leak(l)', 'SELECT FROM leads WHERE leak(owner) AND leak(id)',
        'SELECT FROM leads JOIN notes ON lead = id AND leak(title)', 'SELECT FROM notes LEFT JOIN leads ON lead = id AND leak(title)', 'SELECT FROM leads a JOIN leads b ON a.title === b.title',
        'SELECT FROM notes WHERE EXISTS (SELECT FROM leads WHERE id = lead AND leak(title))', 'SELECT leak(title) FROM leads', 'SELECT FROM leads ORDER BY leak(title)',
        'SELECT count(*) FROM leads GROUP BY leak(title) HAVING leak(max(title))', 'UPDATE leads SET title = title WHERE leak(title)', 'DELETE FROM leads WHERE leak(title)', 'SELECT FROM leads WHERE leak(title) FOR UPDATE',
        'SELECT FROM parts WHERE leak(title)', 'DELETE FROM parts WHERE leak(title)', 'SELECT FROM leads, LATERAL (SELECT leak(title)) x', 'WITH w AS MATERIALIZED (SELECT * FROM leads) SELECT FROM w WHERE leak(title)',
        'SELECT FROM leads TABLESAMPLE SYSTEM (100) WHERE leak(title)', 'SELECT FROM leads WHERE ctid = ANY (ARRAY(SELECT format(''(0,%s)'', n)::tid FROM generate_series(1, 20) n)) AND leak(title)',
        'MERGE INTO leads USING notes ON id = lead AND leak(title) WHEN MATCHED THEN DO NOTHING', 'UPDATE notes SET note = note FROM leads WHERE id = lead AND leak(title)'] LOOP
        PERFORM test.outcome(statement);
    END LOOP;
END
$$;
-- Under all join and scan methods.
\set VERBOSITY terse
DO $$
DECLARE
    scans text;
BEGIN
    FOREACH scans IN ARRAY '{seqscan,indexscan,bitmapscan,tidscan,hashjoin,mergejoin,nestloop,sort,hashagg,material,memoize,indexonlyscan}'::text[] LOOP
        PERFORM set_config('enable_' || scans, 'off', false);
        PERFORM leaky_plan('rep1'), leaky_plan('nobody');
        PERFORM set_config('enable_' || scans, 'on', false);
    END LOOP;
    PERFORM set_config('plan_cache_mode', 'force_generic_plan', false), leaky_plan('rep1'), leaky_plan('nobody');
END
$$;
-- It listens: what rep1 may not see it would tell.
SET sharing.user_key = 'rep2';
SELECT count(*) FROM leads WHERE leak(title) AND title === 'x';
-- Prepared for an administrator, run for a rep.
PREPARE leaking AS SELECT count(*) FROM leads WHERE leak(title) AND leak(id);
PREPARE joined AS SELECT count(*) FROM leads JOIN notes ON lead = id WHERE leak(title) AND leak(note);
SET client_min_messages = error;
SET sharing.user_key = 'adm';
EXECUTE leaking;
EXECUTE joined;
SET client_min_messages = notice;
SET sharing.user_key = 'rep1';
EXECUTE leaking;
SET client_min_messages = error;
EXECUTE joined;
SET client_min_messages = notice;
-- Errors as oracles.
SELECT id FROM leads WHERE 1 / (id - 4) IS NOT NULL;
SELECT id FROM leads WHERE substr(title, 9)::integer > 0;
SELECT id FROM leads WHERE CASE WHEN owner = 'ceo' THEN 1 / (id - id) = 1 ELSE true END;
SELECT id FROM leads WHERE title ~ '^lead' AND (2147483647 + CASE id WHEN 5 THEN 1 ELSE 0 END) > 0;
-- Statistics say nothing to whom a policy applies.
\c - postgres
ANALYZE leads;
\c - app
SET sharing.user_key = 'rep1';
SELECT attname, most_common_vals, histogram_bounds FROM pg_stats WHERE tablename IN ('leads', 'parts', 'parts_1', 'parts_2');
