-- Whatever command makes or attaches a partition or a child, it is protected like its parent: CREATE SCHEMA with elements, ATTACH, INHERIT, with and without a schema of its own.
CREATE ROLE app LOGIN;
CREATE ROLE town LOGIN;
SELECT sharing.create_user('3', 'ann'), sharing.create_user('4', 'bob'), sharing.trust('app') \g /dev/null
SELECT current_database() AS db \gset
GRANT CREATE ON DATABASE :"db" TO town;
CREATE SCHEMA town AUTHORIZATION town;
GRANT USAGE ON SCHEMA town TO app;
\c - town
CREATE TABLE town.t (id int, owner int) PARTITION BY RANGE (id);
CREATE TABLE town.old (id int, owner int);
\c - postgres
SELECT count(*) FROM sharing.protect('town.t', 'owner');
SELECT count(*) FROM sharing.protect('town.old', 'owner');
\c - town
CREATE SCHEMA s CREATE TABLE made PARTITION OF town.t FOR VALUES FROM (0) TO (10) CREATE TABLE other (id int) CREATE TABLE deep PARTITION OF town.t FOR VALUES FROM (10) TO (20) PARTITION BY LIST (owner) CREATE TABLE heir () INHERITS (town.old) CREATE TABLE heir_of_both () INHERITS (heir, town.old);
CREATE SCHEMA s2 CREATE TABLE part PARTITION OF s.deep FOR VALUES IN (3) CREATE TABLE part_2 PARTITION OF s.deep DEFAULT CREATE VIEW v AS SELECT 1 AS one;
CREATE TABLE s.plain PARTITION OF town.t FOR VALUES FROM (20) TO (30);
CREATE TABLE IF NOT EXISTS s.plain_2 PARTITION OF town.t FOR VALUES FROM (30) TO (40);
CREATE TABLE s.attached (id int, owner int);
ALTER TABLE town.t ATTACH PARTITION s.attached FOR VALUES FROM (40) TO (50);
CREATE TABLE s.attached_tree (id int, owner int) PARTITION BY LIST (owner);
CREATE TABLE s.leaf PARTITION OF s.attached_tree DEFAULT;
ALTER TABLE town.t ATTACH PARTITION s.attached_tree FOR VALUES FROM (50) TO (60);
CREATE TABLE s.heir_2 (id int, owner int);
ALTER TABLE s.heir_2 INHERIT town.old;
CREATE TABLE s.heir_3 (more int) INHERITS (s.heir_2, town.old);
CREATE UNLOGGED TABLE s.heir_4 () INHERITS (town.old);
CREATE TEMP TABLE heir_5 () INHERITS (town.old);
SELECT count(*) AS policies FROM pg_policy WHERE polrelid = 'heir_5'::regclass;
DROP TABLE heir_5;
CREATE FUNCTION s.make() RETURNS void LANGUAGE plpgsql AS $$BEGIN CREATE SCHEMA s3 CREATE TABLE by_function PARTITION OF town.t FOR VALUES FROM (60) TO (70); EXECUTE 'CREATE TABLE s3.by_execute PARTITION OF town.t FOR VALUES FROM (70) TO (80)'; END$$;
SELECT s.make();
-- What makes no partition goes on.
CREATE TABLE s.like_it (LIKE town.t INCLUDING ALL);
CREATE TYPE s.pair AS (id int, owner int);
CREATE TABLE s.typed OF s.pair;
CREATE TABLE s.copied AS SELECT 1 AS id, 3 AS owner;
SELECT * INTO s.selected FROM s.copied;
CREATE MATERIALIZED VIEW s.mat AS SELECT * FROM s.copied;
REFRESH MATERIALIZED VIEW s.mat;
CREATE INDEX part_id ON ONLY town.t (id);
CREATE INDEX made_id ON s.made (id);
ALTER INDEX town.part_id ATTACH PARTITION s.made_id;
ALTER TABLE s.made SET SCHEMA town;
ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default;
GRANT USAGE ON SCHEMA s, s2, s3 TO app;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA town, s, s2, s3 TO app;
-- Every child of either, found by what PostgreSQL says: row security, policies, the rows of a partition read by its own name.
CREATE TABLE town.expected (part text, person text, ids text);
GRANT SELECT ON town.expected TO app;
\c - postgres
INSERT INTO town.t SELECT id, 3 + id % 2 FROM generate_series(0, 79) id;
INSERT INTO town.expected SELECT tableoid::regclass::text, owner::text, string_agg(id::text, ' ' ORDER BY id) FROM town.t GROUP BY 1, 2;
WITH RECURSIVE below (oid) AS (SELECT unnest('{town.t,town.old}'::regclass[])::oid UNION SELECT inhrelid FROM pg_inherits JOIN below ON inhparent = below.oid)
SELECT c.oid::regclass AS open FROM below JOIN pg_class c USING (oid) WHERE NOT relrowsecurity OR NOT relforcerowsecurity OR 8 <> (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid);
WITH RECURSIVE below (oid) AS (SELECT unnest('{town.t,town.old}'::regclass[])::oid UNION SELECT inhrelid FROM pg_inherits JOIN below ON inhparent = below.oid)
SELECT count(*) AS tables, (SELECT count(*) FROM sharing.protected_relations) AS protected FROM below;
\c - app
CREATE FUNCTION pg_temp.compare(who text, OUT person text, OUT partitions int, OUT differing text) LANGUAGE plpgsql AS $$
DECLARE e record; found text;
BEGIN
    person := who; partitions := 0;
    PERFORM set_config('sharing.user_key', who, true);
    FOR e IN SELECT part, min(ids) FILTER (WHERE x.person = who) AS ids FROM town.expected x GROUP BY 1 ORDER BY 1 LOOP
        EXECUTE format('SELECT string_agg(id::text, '' '' ORDER BY id) FROM %s', e.part) INTO found;
        partitions := partitions + 1;
        IF found IS DISTINCT FROM e.ids THEN differing := concat_ws(' ', differing, e.part); END IF;
    END LOOP;
END
$$;
SELECT c.* FROM unnest('{3,4,5}'::text[]) person, pg_temp.compare(person) c;
-- Two that are protected each by itself decide about no table in common.
\c - postgres
CREATE TABLE town.second (id int, owner int);
ALTER TABLE town.second OWNER TO town;
SELECT count(*) FROM sharing.protect('town.second', 'owner');
\c - town
CREATE TABLE town.of_two () INHERITS (town.old, town.second);
-- A parent that is not protected is refused, in whatever command, and so is what is no table.
\c - town
CREATE TABLE town.open (id int, owner int);
ALTER TABLE town.old INHERIT town.open;
\c - postgres
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nothing FOREIGN DATA WRAPPER nothing;
GRANT USAGE ON FOREIGN SERVER nothing TO town;
\c - town
CREATE FOREIGN TABLE town.abroad PARTITION OF town.t FOR VALUES FROM (100) TO (110) SERVER nothing;
CREATE FOREIGN TABLE town.abroad (id int, owner int) SERVER nothing;
ALTER TABLE town.t ATTACH PARTITION town.abroad FOR VALUES FROM (100) TO (110);
ALTER FOREIGN TABLE town.abroad INHERIT town.old;
SELECT count(*) FROM pg_inherits WHERE inhrelid = 'town.abroad'::regclass;
