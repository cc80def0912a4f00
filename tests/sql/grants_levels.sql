-- Single records for colleagues: a record given to a user, a role, a role and its subordinates or a group lets these see it (read), or see and
-- change it (edit); never delete it, never give it away. Who comes and goes there counts from the next statement on. Giving again
-- changes the level, taking back ends it.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.create_group('t', 'Team'), sharing.create_group('o', 'Outer'), sharing.add_member('Team', 'user:sup1'), sharing.add_member('Outer', 'group:Team') \g /dev/null
CREATE FUNCTION test.reached() RETURNS TABLE (person text, sees text, edits text, deletes text) LANGUAGE sql AS
    'SELECT person, reach.* FROM unnest(''{ceo,vp,mgr,rep1,rep2,smgr,sup1,sup2}''::text[]) person, test.reach(person) reach';
\c - app
-- Lead 1 is rep1's; those above him have full access, and so has he.
SELECT * FROM test.reached();
SELECT test.call('rep1', 'SELECT sharing.grant_record(''leads'', ''1'', ''user:rep2'', ''edit''), sharing.grant_record(''leads'', ''1'', ''role:H7'')');
SELECT * FROM test.reached();
SELECT statement, test.outcome_for('rep2', statement) FROM unnest(ARRAY[
    'SELECT FROM leads WHERE id = 1', 'SELECT FROM leads WHERE id = 1 FOR UPDATE', 'SELECT FROM leads WHERE id = 1 FOR KEY SHARE',
    'UPDATE leads SET title = ''x'' WHERE id = 1', 'UPDATE leads SET id = 101 WHERE id = 1', 'UPDATE leads SET owner = ''rep2'' WHERE id = 1',
    'UPDATE leads SET owner = ''sup1'' WHERE id = 1', 'DELETE FROM leads WHERE id = 1', 'SELECT sharing.transfer(''leads'', ''{1}'', ''user:rep2'')',
    'INSERT INTO leads VALUES (1, ''rep2'') ON CONFLICT (id) DO UPDATE SET title = ''x''',
    'INSERT INTO leads VALUES (1, ''rep2'') ON CONFLICT (id) DO UPDATE SET owner = ''rep2''',
    'MERGE INTO leads USING (VALUES (1)) v (id) ON leads.id = v.id WHEN MATCHED THEN UPDATE SET title = ''x''',
    'MERGE INTO leads USING (VALUES (1)) v (id) ON leads.id = v.id WHEN MATCHED THEN DELETE',
    'SELECT sharing.grant_record(''leads'', ''1'', ''user:sup2'')', 'SELECT sharing.revoke_record(''leads'', ''1'', ''role:H7'')']) statement;
SELECT statement, test.outcome_for('sup1', statement) FROM unnest(ARRAY['SELECT FROM leads WHERE id = 1', 'SELECT FROM leads WHERE id = 1 FOR SHARE',
    'UPDATE leads SET title = ''x'' WHERE id = 1', 'DELETE FROM leads WHERE id = 1', 'SELECT sharing.grant_record(''leads'', ''1'', ''user:sup2'')']) statement;
-- What he reaches in different ways is the same.
SET sharing.user_key = 'rep2';
SELECT id, owner FROM leads WHERE owner = 'rep1' ORDER BY id;
COPY (SELECT id FROM leads ORDER BY id) TO STDOUT;
SET enable_seqscan = off;
SELECT id FROM leads ORDER BY id;
SET enable_indexscan = off; SET enable_bitmapscan = off;
SELECT id FROM leads ORDER BY id;
RESET ALL;
-- A role and those below it; a group, and those nested in it. Nobody above.
SELECT test.call('vp', 'SELECT sharing.revoke_record(''leads'', ''1'', ''user:rep2''), sharing.revoke_record(''leads'', ''1'', ''role:H7''), sharing.grant_record(''leads'', ''1'', ''role_and_subordinates:H6'', ''edit'')');
SELECT * FROM test.reached();
SELECT test.call('rep1', 'SELECT sharing.revoke_record(''leads'', ''1'', ''role_and_subordinates:H6''), sharing.grant_record(''leads'', ''1'', ''group:Outer'')');
SELECT * FROM test.reached();
-- Who comes and goes: the next statement of every session.
\c - postgres
SELECT sharing.add_member('Outer', 'user:rep2'), sharing.add_member('Team', 'role:H6'), sharing.remove_member('Team', 'user:sup1') \g /dev/null
\c - app
SELECT * FROM test.reached();
\c - postgres
SELECT sharing.grant_record('leads', '1', 'role:H7', 'edit'), sharing.remove_member('Outer', 'group:Team'), sharing.set_user_role('sup2', 'H5') \g /dev/null
\c - app
SELECT person, reach.* FROM unnest('{rep2,smgr,sup1,sup2}'::text[]) person, test.reach(person) reach;
-- Several: the strongest counts. Again: another level.
SELECT test.call('mgr', 'SELECT sharing.grant_record(''leads'', ''1'', ''user:rep2'', ''edit''), sharing.grant_record(''leads'', ''1'', ''role:H7'', ''read'')');
SELECT person, reach.* FROM unnest('{rep2,sup1}'::text[]) person, test.reach(person) reach;
-- The owner changes, and it stays. Who gave it takes it back without access by now, and so does who has full access; nobody else.
SELECT test.call('adm', 'UPDATE leads SET owner = ''ceo'' WHERE id = 1');
SELECT person, reach.* FROM unnest('{rep1,mgr,rep2,sup1,ceo}'::text[]) person, test.reach(person) reach;
SELECT who, what, test.call(who, 'SELECT sharing.' || what) FROM (VALUES
    ('rep1', 'revoke_record(''leads'', ''1'', ''user:rep2'')'), ('mgr', 'revoke_record(''leads'', ''1'', ''user:rep2'')'), ('mgr', 'grant_record(''leads'', ''1'', ''user:rep2'')'),
    ('rep1', 'revoke_record(''leads'', ''1'', ''group:Outer'')'), ('ceo', 'revoke_record(''leads'', ''1'', ''role:H7'')'), ('ceo', 'revoke_record(''leads'', ''1'', ''role:H7'')')) v (who, what);
SELECT person, reach.* FROM unnest('{rep2,sup1}'::text[]) person, test.reach(person) reach;
-- A record of nobody known, and one that only an administrator reaches.
SELECT test.call('adm', 'SELECT sharing.grant_record(''leads'', ''9'', ''user:rep2'', ''edit''), sharing.grant_record(''leads'', ''10'', ''role:H5'')');
SELECT test.reach('rep2');
-- The lists: what one gave and was given; of a record to which one has full access, all; for administrators, everything.
SELECT who, test.call(who, 'SELECT module, record_id, to_whom, access, given_by, status FROM sharing.granted_records()') FROM unnest('{adm,rep2,rep1,sup1,ceo}'::text[]) who;
SELECT test.call('rep2', 'SELECT sharing.grant_record(''leads'', ''2'', ''user:sup1'')');
SELECT who, test.call(who, 'SELECT record_id, to_whom, given_by FROM sharing.granted_records(''leads'', ''2'')') FROM unnest('{adm,rep2,mgr,rep1,sup1,sup2}'::text[]) who;
SELECT test.call('sup1', 'SELECT record_id FROM sharing.granted_records(''clients'')'), test.call('rep2', 'SELECT record_id FROM sharing.granted_records(''leads'', 2) ');
SELECT test.call('', 'SELECT * FROM sharing.granted_records()');
-- Profiles cut what was given, and a deactivated user is nobody.
\c - postgres
SELECT sharing.create_profile('Readers'), sharing.set_permission('Readers', 'leads', true, false, false, false), sharing.assign_profile('H5', 'Readers') \g /dev/null
\c - app
SELECT test.reach('rep2');
-- An owner whose profile takes changing away has no full access; one whom it only forbids deleting has.
SELECT test.call('rep2', 'SELECT sharing.grant_record(''leads'', ''2'', ''user:sup2'')');
\c - postgres
SELECT sharing.set_permission('Readers', 'leads', true, false, true, false) \g /dev/null
\c - app
SELECT test.call('rep2', 'SELECT sharing.grant_record(''leads'', ''2'', ''user:smgr'')'), sharing.access_to('leads', '2');
SELECT test.reach('smgr');
