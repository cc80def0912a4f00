-- Commands on a protected table: every partition is protected like the table, also those created or attached later; a detached one stays closed.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE FUNCTION test.protection(pattern text) RETURNS TABLE (relation name, secured boolean, forced boolean, policies bigint, triggers bigint) LANGUAGE sql AS $$
    SELECT relname, relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid), (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal)
    FROM pg_class c WHERE relname LIKE pattern AND relkind IN ('r', 'p', 'f') ORDER BY relname
$$;
\c - crm
CREATE TABLE cases (id integer, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE cases_1 PARTITION OF cases FOR VALUES FROM (1) TO (10);
CREATE TABLE cases_2 PARTITION OF cases FOR VALUES FROM (10) TO (20) PARTITION BY LIST (owner);
CREATE TABLE cases_2_a PARTITION OF cases_2 DEFAULT;
\c - postgres
SELECT count(*) FROM sharing.protect('cases', 'owner');
\c - crm
-- Created later, at each depth; attached later, alone and with partitions of its own, and columns in another order.
CREATE TABLE cases_2_b PARTITION OF cases_2 FOR VALUES IN ('ceo');
CREATE TABLE cases_3 PARTITION OF cases FOR VALUES FROM (20) TO (30);
CREATE TABLE cases_4 (title text, extra integer, owner text, id integer);
ALTER TABLE cases_4 DROP COLUMN extra;
GRANT SELECT ON cases_4 TO app;
ALTER TABLE cases ATTACH PARTITION cases_4 FOR VALUES FROM (30) TO (40);
CREATE TABLE cases_5 (id integer, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE cases_5_a PARTITION OF cases_5 FOR VALUES FROM (40) TO (45);
ALTER TABLE cases ATTACH PARTITION cases_5 FOR VALUES FROM (40) TO (50);
CREATE TABLE cases_5_b PARTITION OF cases_5 FOR VALUES FROM (45) TO (50);
GRANT ALL ON cases, cases_1, cases_2, cases_2_a, cases_2_b, cases_3, cases_4, cases_5, cases_5_a, cases_5_b TO app;
SELECT * FROM test.protection('cases%');
\c - postgres
INSERT INTO cases SELECT n, CASE WHEN n % 2 = 0 THEN 'rep1' ELSE 'ceo' END, 'case' FROM unnest('{1,2,10,11,12,20,21,30,31,40,41,45,46}'::integer[]) n;
\c - app
-- The same rows through the table and through each partition, for each command.
SELECT person, t AS "table", r.* FROM unnest('{rep1,sup1,ceo}'::text[]) WITH ORDINALITY p (person, n),
    unnest('{cases,cases_1,cases_2,cases_2_a,cases_2_b,cases_3,cases_4,cases_5,cases_5_a,cases_5_b}'::text[]) WITH ORDINALITY t (t, m), test.reach(person, t::regclass) r
ORDER BY n, m;
SELECT t AS "table", left(test.outcome_for('rep1', format('INSERT INTO %s VALUES (%s, ''rep1'')', t, id)), 5), left(test.outcome_for('rep1', format('INSERT INTO %s (id, owner) VALUES (%s, ''ceo'')', t, id)), 5)
FROM (VALUES ('cases', 3), ('cases_1', 3), ('cases_2', 13), ('cases_2_a', 13), ('cases_3', 23), ('cases_5_b', 47)) t (t, id);
-- Detached: closed, also in its own name, and to its owner.
\c - crm
ALTER TABLE cases DETACH PARTITION cases_1;
ALTER TABLE cases DETACH PARTITION cases_4;
SELECT * FROM test.protection('cases\_1') UNION ALL SELECT * FROM test.protection('cases\_4');
SELECT count(*) FROM cases_1;
-- Its owner column is guarded as before: H7 may change what rep1 owns, and not take it over.
\c - postgres
SELECT sharing.add_rule('cases', 'role:H5', 'role:H7', 'read_write'), sharing.apply_rules() \g /dev/null
\c - app
SELECT test.outcome_for('sup1', 'UPDATE cases_1 SET title = ''x'''), test.outcome_for('sup1', 'UPDATE cases_1 SET owner = ''sup1''');
\c - postgres
SELECT sharing.drop_rule(id) FROM sharing.rules \g /dev/null
SELECT sharing.apply_rules() \g /dev/null
\c - app
SELECT person, one.sees, four.sees, four.edits FROM unnest('{rep1,ceo}'::text[]) WITH ORDINALITY p (person, n), test.reach(person, 'cases_1') one, test.reach(person, 'cases_4') four ORDER BY n;
\c - crm
ALTER TABLE cases ATTACH PARTITION cases_4 FOR VALUES FROM (30) TO (40);
SELECT * FROM test.protection('cases\_4');
-- Dropped: forgotten.
DROP TABLE cases_3;
DROP TABLE cases_1;
\c - postgres
SELECT relation FROM sharing.protected_relations WHERE relation::text LIKE 'cases%' ORDER BY relation::text;
-- What row security does not protect cannot become part of it.
CREATE FOREIGN DATA WRAPPER dummy;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER dummy;
CREATE FOREIGN TABLE far (id integer, owner text, title text) SERVER elsewhere;
ALTER TABLE cases ATTACH PARTITION far FOR VALUES FROM (90) TO (99);
CREATE FOREIGN TABLE far_too PARTITION OF cases FOR VALUES FROM (90) TO (99) SERVER elsewhere;
CREATE TABLE mixed (id integer, owner text) PARTITION BY LIST (id);
CREATE FOREIGN TABLE far_mixed PARTITION OF mixed DEFAULT SERVER elsewhere;
SELECT sharing.protect('mixed', 'owner');
-- A partition is protected with its table, not by itself; so it is unprotected.
SELECT sharing.protect('cases_5_a', 'owner');
SELECT sharing.unprotect('cases_5_a');
SELECT count(*) FROM sharing.unprotect('cases');
SELECT * FROM test.protection('cases%');
SELECT relation FROM sharing.protected_relations WHERE relation::text LIKE 'cases%';
