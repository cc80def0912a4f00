-- Single records for colleagues, many: thousands given in one statement, and to somebody in hundreds of groups each of which was given some. What is right is
-- said by a plain query over a twin of what was given.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE papers (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE sheets (id uuid PRIMARY KEY, owner text, title text);
INSERT INTO papers SELECT n, 'ghost', '' FROM generate_series(1, 3000) n;
INSERT INTO sheets SELECT md5(n::text)::uuid, 'ghost', '' FROM generate_series(1, 300) n;
GRANT ALL ON papers, sheets TO app;
SELECT sharing.protect('papers', 'owner'), sharing.protect('sheets', 'owner') \g /dev/null
SELECT sharing.create_group(n::text, 'group ' || n) FROM generate_series(1, 300) n \g /dev/null
SELECT sharing.add_member('group ' || n, 'user:rep1') FROM generate_series(1, 300) n WHERE n % 3 > 0 \g /dev/null
SELECT sharing.add_member('group ' || n, 'role:H7') FROM generate_series(1, 300) n WHERE n % 3 = 0 \g /dev/null
-- What is given: to each group three papers of its own and one that two have, half of them to edit.
CREATE TABLE given AS SELECT n AS "group", paper, CASE WHEN n % 2 = 0 THEN 'edit' ELSE 'read' END AS access, NULL::timestamptz AS until
    FROM generate_series(1, 300) n, LATERAL (VALUES (n), (n + 300), (n + 600), (1000 + n / 2)) p (paper);
SELECT count(sharing.grant_record('papers', paper::text, 'group:group ' || "group", access::sharing.access_level)) FROM given;
SELECT count(sharing.grant_record('sheets', md5(paper::text)::uuid, 'group:group ' || "group", access::sharing.access_level)) FROM given WHERE paper <= 300;
SELECT count(*) FROM sharing.record_grants;
CREATE FUNCTION test.by_twin(person text, lowest text) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT ARRAY[count(DISTINCT g.paper), coalesce(sum(DISTINCT g.paper), 0)] FROM given g WHERE (g.until IS NULL OR g.until > statement_timestamp()) AND (lowest = 'read' OR g.access = 'edit')
        AND CASE person WHEN 'rep1' THEN g."group" % 3 > 0 WHEN 'sup1' THEN g."group" % 3 = 0 ELSE false END
$$;
GRANT ALL ON given TO app;
CREATE FUNCTION test.of_product(person text, lowest text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    found bigint[];
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    IF lowest = 'read' THEN
        SELECT ARRAY[count(*), coalesce(sum(id), 0)] INTO found FROM papers WHERE id > 0;
    ELSE
        BEGIN
            WITH changed AS (UPDATE papers SET title = 'x' RETURNING id) SELECT ARRAY[count(*), coalesce(sum(id), 0)] INTO found FROM changed;
            RAISE SQLSTATE 'UNDO0';
        EXCEPTION WHEN SQLSTATE 'UNDO0' THEN NULL;
        END;
    END IF;
    PERFORM set_config('sharing.user_key', '', false);
    RETURN found;
END
$$;
\c - app
SELECT person, lowest, test.of_product(person, lowest) AS found, test.of_product(person, lowest) = test.by_twin(person, lowest) AS as_twin FROM unnest('{rep1,sup1,rep2}'::text[]) person, unnest('{read,edit}'::text[]) lowest;
-- By whatever plan; one by one, as many times as it takes to look into all lists, and more.
SET enable_bitmapscan = off; SET enable_indexscan = off; SET enable_indexonlyscan = off;
SELECT person, lowest, test.of_product(person, lowest) = test.by_twin(person, lowest) AS as_twin FROM unnest('{rep1,sup1,rep2}'::text[]) person, unnest('{read,edit}'::text[]) lowest;
RESET enable_bitmapscan; RESET enable_indexscan; RESET enable_indexonlyscan;
SET sharing.user_key = 'rep1';
SELECT count(*), sum(n) FROM generate_series(1, 3000) n WHERE EXISTS (SELECT FROM papers WHERE id = n OFFSET 0);
SELECT count(*) = (SELECT count(DISTINCT paper) FROM given WHERE paper <= 300 AND "group" % 3 > 0) AS as_twin FROM sheets;
RESET sharing.user_key;
-- One that ends takes its own with it, and leaves what another was given.
\c - postgres
UPDATE sharing.record_grants SET until = '2001-01-01' WHERE to_id IN (SELECT id FROM sharing.groups WHERE key::integer % 5 = 0);
UPDATE given SET until = '2001-01-01' WHERE "group" % 5 = 0;
\c - app
SELECT person, lowest, test.of_product(person, lowest) AS found, test.of_product(person, lowest) = test.by_twin(person, lowest) AS as_twin FROM unnest('{rep1,sup1,rep2}'::text[]) person, unnest('{read,edit}'::text[]) lowest;
-- Many to one, in one statement, and taken back in one; the log tells of each.
\c - postgres
SELECT count(sharing.grant_record('papers', n::text, 'user:rep2', 'edit')) FROM generate_series(1, 3000) n;
SELECT count(*) FROM sharing.audit_log WHERE function = 'grant_record' AND after ->> 'to' = 'user:rep2';
\c - app
SELECT test.of_product('rep2', 'read'), test.of_product('rep2', 'edit');
\c - postgres
SELECT count(sharing.revoke_record('papers', n::text, 'user:rep2')) FROM generate_series(1, 3000, 2) n;
\c - app
SELECT test.of_product('rep2', 'read'), test.of_product('rep2', 'edit');
-- What is kept of a statement goes on where the tables of the extension were replaced.
\c - postgres
SELECT sharing.grant_record('papers', 1, 'user:rep2') \g /dev/null
SET client_min_messages = warning;
DROP EXTENSION pg_sharing CASCADE;
RESET client_min_messages;
CREATE EXTENSION pg_sharing;
SELECT sharing.create_user('rep2', 'rep2') \g /dev/null
SELECT sharing.protect('papers', 'owner') \g /dev/null
SELECT sharing.grant_record('papers', 1, 'user:rep2') \g /dev/null
SELECT record_id, to_whom FROM sharing.granted_records();
