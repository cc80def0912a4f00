-- MERGE takes for each of its actions what the action takes by itself.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:sup2'), sharing.add_rule('leads', 'role:H5', 'group:G', 'read_only'),
       sharing.create_group('two', 'Two'), sharing.add_member('Two', 'user:rep2'), sharing.add_rule('leads', 'group:Two', 'role:H7', 'read_write'),
       sharing.apply_rules() \g /dev/null
CREATE TABLE incoming (id integer, owner text);
INSERT INTO incoming VALUES (1, 'rep1'), (2, 'rep2'), (8, 'sup2'), (100, 'sup2'), (101, 'vp');
GRANT SELECT ON incoming TO PUBLIC;
\c - app
-- sup2 reads 1, changes 2, has 8.
SELECT person, branches, test.outcome_for(person, 'MERGE INTO leads l USING incoming i ON l.id = i.id ' || branches)
FROM unnest('{rep1,sup2,nobody}'::text[]) WITH ORDINALITY p (person, n),
     unnest(ARRAY[
         'WHEN MATCHED THEN UPDATE SET title = ''merged''',
         'WHEN MATCHED AND l.id > 1 THEN UPDATE SET title = ''merged''',
         'WHEN MATCHED AND l.id > 1 THEN UPDATE SET owner = ''sup2''',
         'WHEN MATCHED AND l.id <> 2 THEN DELETE',
         'WHEN MATCHED AND l.id > 7 THEN DELETE',
         'WHEN MATCHED AND l.id = 2 THEN DELETE',
         'WHEN MATCHED THEN DO NOTHING',
         'WHEN NOT MATCHED AND i.id = 100 THEN INSERT VALUES (i.id, i.owner)',
         'WHEN NOT MATCHED AND i.id = 101 THEN INSERT VALUES (i.id, i.owner)',
         'WHEN NOT MATCHED AND i.id > 8 THEN INSERT VALUES (i.id + 100, ''sup2'')']) WITH ORDINALITY b (branches, m) ORDER BY n, m;
-- A hidden row is one that does not match, and its key is taken: an oracle of keys that PostgreSQL leaves, and nothing more.
SET sharing.user_key = 'sup1';
\set VERBOSITY default
MERGE INTO leads l USING (VALUES (4, 'sup1')) i (id, owner) ON l.id = i.id
WHEN MATCHED THEN UPDATE SET title = 'merged' WHEN NOT MATCHED THEN INSERT VALUES (i.id, i.owner);
