-- Commands on a protected table: what each command takes.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
-- sup1 and sup2 may read what rep1 owns, and change what rep2 owns.
SELECT sharing.create_group('two', 'Two'), sharing.add_member('Two', 'user:rep2'),
       sharing.create_group('one', 'One'), sharing.add_member('One', 'user:rep1') \g /dev/null
SELECT sharing.add_rule('leads', 'group:One', 'role:H7', 'read_only'), sharing.add_rule('leads', 'group:Two', 'role:H7', 'read_write'),
       sharing.apply_rules() \g /dev/null
\c - app
SELECT person, r.* FROM unnest('{rep1,rep2,mgr,vp,ceo,smgr,sup1,sup2,adm,nobody}'::text[]) WITH ORDINALITY p (person, n),
    test.reach(person) r ORDER BY n;
-- INSERT: the row as it will be stored.
SELECT person, left(outcome, 5) AS outcome, left(returning, 5) AS returning, string_agg(coalesce(owner, 'NULL'), ' ' ORDER BY m) AS owners
FROM unnest('{rep1,mgr,sup1,adm,nobody}'::text[]) WITH ORDINALITY p (person, n),
     unnest('{rep1,rep2,mgr,vp,sup1,ghost,NULL}'::text[]) WITH ORDINALITY o (owner, m),
     test.outcome_for(person, format('INSERT INTO leads VALUES (100, %L, ''new'')', owner)) outcome,
     test.outcome_for(person, format('INSERT INTO leads VALUES (100, %L, ''new'') RETURNING *', owner)) returning
GROUP BY n, person, left(outcome, 5), left(returning, 5) ORDER BY n, 2;
-- Locking takes edit: sup1 reads 1 2 7, and may lock 2 and 7.
SET sharing.user_key = 'sup1';
SELECT id FROM leads ORDER BY id;
SELECT id FROM leads ORDER BY id FOR UPDATE;
SELECT id FROM leads ORDER BY id FOR NO KEY UPDATE;
SELECT id FROM leads ORDER BY id FOR SHARE;
SELECT id FROM leads ORDER BY id FOR KEY SHARE;
SELECT id FROM leads WHERE id = 1 FOR KEY SHARE;
-- Read only stays so, with and without a condition.
SELECT test.outcome('UPDATE leads SET title = ''mine'' WHERE id = 1'), test.outcome('DELETE FROM leads WHERE id IN (1, 2)'),
       test.outcome('DELETE FROM leads'), test.outcome('UPDATE leads SET title = ''mine''');
-- The attack: no condition and no column read, so that no SELECT policy stands in for the check.
SELECT assignment, test.outcome('UPDATE leads SET ' || assignment)
FROM unnest(ARRAY['owner = ''sup1''', 'owner = ''sup1'' WHERE id = 2', 'owner = ''vp''', 'owner = NULL', 'owner = owner']) assignment;
SET sharing.user_key = 'nobody';
SELECT statement, test.outcome(statement)
FROM unnest(ARRAY['UPDATE leads SET owner = ''ceo''', 'UPDATE leads SET title = ''x''', 'DELETE FROM leads', 'INSERT INTO leads VALUES (100, ''ceo'')', 'SELECT FROM leads FOR UPDATE']) statement;
-- The check alone: mgr reaches what he updates, and would lose it.
SET sharing.user_key = 'mgr';
SELECT assignment, test.outcome('UPDATE leads SET ' || assignment)
FROM unnest(ARRAY['owner = ''rep2''', 'owner = ''vp''', 'owner = ''ghost''', 'owner = NULL', 'id = id + 100', 'owner = owner']) assignment;
-- Nothing is said of hidden rows.
SET sharing.user_key = 'rep1';
\set VERBOSITY sqlstate
INSERT INTO leads VALUES (100, 'ceo', 'secret') RETURNING *;
\set VERBOSITY default
UPDATE leads SET owner = 'ceo' RETURNING *;
UPDATE leads SET title = 'kept' RETURNING *;
-- DELETE takes full, and hidden rows survive.
DELETE FROM leads RETURNING id;
\c - postgres
SELECT string_agg(id::text, ' ' ORDER BY id) AS survivors FROM leads;
-- TRUNCATE is not for ordinary roles.
\c - app
SET sharing.user_key = 'adm';
TRUNCATE leads;
-- Who bypasses row security is outside of it.
\c - postgres
UPDATE leads SET owner = 'rep1' WHERE id = 2 RETURNING id, owner;
