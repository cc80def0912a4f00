-- Record sharing between offices: no share outlives its record, also where it is the first of its table, and comes while the statement that deletes the record
-- is under way: within that, before it and after it in the same transaction, from triggers, in a savepoint that is rolled back.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SET ROLE crm;
CREATE TABLE parts (id integer PRIMARY KEY, owner text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
INSERT INTO parts VALUES (1, 'ann'), (2, 'ann'), (11, 'ann');
CREATE TABLE heads (id integer PRIMARY KEY, owner text);
INSERT INTO heads VALUES (1, 'ann');
CREATE TABLE limbs (id integer PRIMARY KEY, head integer REFERENCES heads ON DELETE CASCADE, owner text);
INSERT INTO limbs VALUES (1, 1, 'ann'), (2, 1, 'ann');
GRANT ALL ON parts, heads, limbs TO PUBLIC;
RESET ROLE;
SELECT sharing.protect('parts', 'owner') \g /dev/null
SELECT sharing.protect('heads', 'owner') \g /dev/null
SELECT sharing.protect('limbs', 'owner') \g /dev/null
-- Shares a record with liz, and is true.
CREATE FUNCTION test.share(record integer, relation regclass DEFAULT 'clients') RETURNS boolean LANGUAGE plpgsql VOLATILE AS
    $$BEGIN PERFORM sharing.share_record(relation, record::text, 'liz'); RETURN true; END$$;
CREATE FUNCTION test.share_and_rue(record integer) RETURNS boolean LANGUAGE plpgsql VOLATILE AS
    $$BEGIN PERFORM sharing.share_record('clients', record::text, 'liz'); RAISE 'rue'; EXCEPTION WHEN raise_exception THEN RETURN true; END$$;
CREATE FUNCTION test.share_old() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN IF OLD.id = 1 THEN PERFORM test.share(TG_ARGV[0]::integer); END IF; RETURN OLD; END$$;
GRANT USAGE ON SCHEMA test TO PUBLIC;
SET SESSION AUTHORIZATION app;
SELECT test.link('ann', 'liz') > 0 AS linked;
RESET SESSION AUTHORIZATION;
-- What comes of statements of ann: their outcomes, what is shared then, and shares of records that are not there. All is undone.
CREATE FUNCTION test.first(statements text[], before text DEFAULT NULL, OUT outcome text, OUT shared text, OUT orphans text) LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    IF before IS NOT NULL THEN EXECUTE before; END IF;
    ASSERT NOT EXISTS (SELECT FROM sharing.shared_modules), 'nothing was ever shared';
    SET LOCAL SESSION AUTHORIZATION app;
    FOREACH statement IN ARRAY statements LOOP
        outcome := concat_ws(', ', outcome, (SELECT string_agg(line, ' ') FROM test.call('ann', statement) line));
    END LOOP;
    RESET SESSION AUTHORIZATION;
    SELECT string_agg(m.name || ' ' || s.record_id, ', ' ORDER BY m.name, s.record_id) INTO shared FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id;
    SELECT string_agg(m.name || ' ' || s.record_id, ', ' ORDER BY m.name, s.record_id) INTO orphans FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id
    WHERE NOT EXISTS (SELECT FROM clients WHERE m.name = 'clients' AND id::text = s.record_id UNION ALL SELECT FROM parts WHERE m.name = 'parts' AND id::text = s.record_id
        UNION ALL SELECT FROM limbs WHERE m.name = 'limbs' AND id::text = s.record_id);
    RAISE EXCEPTION USING ERRCODE = 'UNDO1';
EXCEPTION WHEN SQLSTATE 'UNDO1' THEN NULL;
END
$$;
\x on
SELECT what, f.* FROM (VALUES
    -- in one statement
    (1, ARRAY['DELETE FROM clients WHERE id = 1 RETURNING test.share(1)']),
    (2, ARRAY['DELETE FROM clients WHERE id = 1 RETURNING test.share(2)']),
    (3, ARRAY['DELETE FROM clients WHERE id = 1 AND test.share(1)']),
    (4, ARRAY['DELETE FROM clients WHERE id IN (1, 2) AND test.share(2)']),
    (5, ARRAY['DELETE FROM clients WHERE id IN (1, 2) AND (id = 1 OR test.share(2))']),
    (6, ARRAY['DELETE FROM clients WHERE id IN (1, 2) AND (id = 2 OR test.share(1))']),
    (7, ARRAY['WITH gone AS (DELETE FROM clients WHERE id = 1 RETURNING id) SELECT test.share(id) FROM gone']),
    (8, ARRAY['WITH gone AS (DELETE FROM clients WHERE id = 1 RETURNING id) UPDATE clients SET title = ''!'' FROM gone WHERE clients.id = 2 AND test.share(2)']),
    (9, ARRAY['MERGE INTO clients USING (VALUES (1)) v (id) ON clients.id = v.id WHEN MATCHED AND test.share(1) THEN DELETE']),
    (10, ARRAY['UPDATE clients SET id = 9 WHERE id = 1 AND test.share(1)']),
    -- in one transaction
    (11, ARRAY['SELECT test.share(1)', 'DELETE FROM clients WHERE id = 1']),
    (12, ARRAY['DELETE FROM clients WHERE id = 1', 'SELECT test.share(1)', 'SELECT test.share(2)', 'DELETE FROM clients WHERE id = 2']),
    (13, ARRAY['SELECT test.share(2)', 'SELECT sharing.unshare_record(''clients'', ''2'', ''liz'')', 'SELECT test.share(1)', 'DELETE FROM clients WHERE id = 1']),
    (14, ARRAY['SELECT test.share_and_rue(1)', 'DELETE FROM clients WHERE id = 1', 'SELECT test.share(2)']),
    (15, ARRAY['DELETE FROM clients WHERE id = 1 AND test.share_and_rue(1) AND test.share(1) AND test.share_and_rue(2)']),
    (16, ARRAY['DELETE FROM clients WHERE id = 1 AND test.share(1) AND test.share_and_rue(1)']),
    -- in partitions, and by referential actions
    (17, ARRAY['DELETE FROM parts WHERE id = 1 AND test.share(1, ''parts'')']),
    (18, ARRAY['DELETE FROM parts WHERE id IN (1, 11) AND (id = 1 OR test.share(11, ''parts''))']),
    (19, ARRAY['UPDATE parts SET id = 12 WHERE id = 1 AND test.share(1, ''parts'')']),
    (20, ARRAY['UPDATE parts SET id = id + 4 WHERE id < 10 AND (id = 1 OR test.share(2, ''parts''))']),
    (21, ARRAY['DELETE FROM heads WHERE test.share(2, ''limbs'')']),
    (22, ARRAY['DELETE FROM heads RETURNING test.share(1, ''limbs'')', 'SELECT count(*) FROM limbs'])
    ) AS c (what, statements), test.first(statements) f ORDER BY what;
-- By triggers of the application's, before and after ours; and where triggers fire only that are ENABLE ALWAYS.
SELECT what, f.* FROM (VALUES
    (1, 'CREATE TRIGGER aaa BEFORE DELETE ON clients FOR EACH ROW EXECUTE FUNCTION test.share_old(1)'),
    (2, 'CREATE TRIGGER aaa AFTER DELETE ON clients FOR EACH ROW EXECUTE FUNCTION test.share_old(1)'),
    (3, 'CREATE TRIGGER zzz AFTER DELETE ON clients FOR EACH ROW EXECUTE FUNCTION test.share_old(2)'),
    (4, 'CREATE TRIGGER zzz BEFORE DELETE ON clients FOR EACH ROW EXECUTE FUNCTION test.share_old(2)'),
    (5, 'CREATE CONSTRAINT TRIGGER aaa AFTER DELETE ON clients DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION test.share_old(2)'),
    (6, 'SET LOCAL session_replication_role = replica')
    ) AS c (what, before), test.first('{DELETE FROM clients WHERE id = 1,"DELETE FROM clients WHERE id = 2 AND test.share(2)"}', before) f ORDER BY what;
