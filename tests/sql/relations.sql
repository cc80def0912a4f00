-- The decision grant 7, docs/semantics.md (Examples that must hold) example 10: rules on a module carry to the records that point at its records: by the parent's owner, whoever owns
-- the child, one step, at the level that the rule says; writing goes by the same.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE accounts (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE potentials (id integer PRIMARY KEY, owner text, account integer, title text);
CREATE TABLE quotes (id integer PRIMARY KEY, owner text, potential integer, title text);
INSERT INTO accounts VALUES (1, 'rep1'), (2, 'mgr'), (3, 'ghost'), (4, NULL), (5, 'rep1');
-- Of mgr on rep1's account; on his own; on none; on one that does not exist; on an unknown person's; of an unknown person, of nobody, of rep2, on rep1's.
INSERT INTO potentials VALUES (11, 'mgr', 1), (12, 'mgr', 2), (13, 'mgr', NULL), (14, 'mgr', 99), (15, 'mgr', 3), (16, 'ghost', 1), (17, NULL, 1), (18, 'rep2', 5), (19, 'sup1', 2);
INSERT INTO quotes VALUES (21, 'mgr', 11), (22, 'mgr', 18), (23, 'mgr', 12);
GRANT ALL ON accounts, potentials, quotes TO app;
SELECT sharing.protect('accounts', 'owner', 'Accounts'), sharing.protect('potentials', 'owner', 'Potentials'), sharing.protect('quotes', 'owner', 'Quotes') \g /dev/null
SELECT sharing.relate('potentials', 'account', 'accounts'), sharing.relate('quotes', 'potential', 'potentials') \g /dev/null
SELECT sharing.add_rule('Accounts', 'role:H5', 'role:H7', 'read_only', '{"Potentials": "read_write"}') AS rule \gset
-- Staged: nothing yet. Afterwards H7 sees the accounts of H5, sees and changes what points at them, and deletes nothing; rep1 gains nothing by owning
-- the account, smgr nothing by standing above H7; quotes are two steps away.
\c - app
SELECT * FROM test.reach('sup1', 'potentials');
\c - postgres
SELECT sharing.apply_rules();
\c - app
SELECT person, "table", r.* FROM unnest('{sup1,sup2,smgr,rep1,mgr}'::text[]) WITH ORDINALITY p (person, n), unnest('{accounts,potentials,quotes}'::text[]) WITH ORDINALITY t ("table", m), test.reach(person, "table"::regclass) r ORDER BY n, m;
-- Read alone, joined, locked: as in the list.
SET sharing.user_key = 'sup2';
SELECT string_agg(p.id::text, ' ' ORDER BY n) AS alone FROM generate_series(11, 19) n, LATERAL (SELECT id FROM potentials WHERE id = n OFFSET 0) p;
SELECT string_agg(p.id::text, ' ' ORDER BY p.id) AS joined FROM potentials p JOIN accounts a ON a.id = p.account;
SELECT string_agg(id::text, ' ' ORDER BY id) AS locked FROM (SELECT id FROM potentials FOR UPDATE) p;
-- Writing: a new one on such an account, whoever is to own it; none elsewhere; no move away to what one may not change, and none towards it.
SELECT n, statement, left(test.outcome(statement), 5) AS outcome FROM unnest(ARRAY[
    'INSERT INTO potentials VALUES (30, ''sup2'', 2)', 'INSERT INTO potentials VALUES (30, ''ceo'', 5)', 'INSERT INTO potentials VALUES (30, ''ceo'', 2)', 'INSERT INTO potentials VALUES (30, ''ceo'', NULL)',
    'INSERT INTO potentials VALUES (30, ''ceo'', 99)', 'INSERT INTO potentials VALUES (11, ''ceo'', 1) ON CONFLICT (id) DO UPDATE SET title = ''x''', 'INSERT INTO potentials VALUES (12, ''ceo'', 1) ON CONFLICT (id) DO UPDATE SET title = ''x''',
    'UPDATE potentials SET account = 5 WHERE id = 11', 'UPDATE potentials SET account = 2 WHERE id = 11', 'UPDATE potentials SET account = NULL WHERE id = 11', 'UPDATE potentials SET account = 99 WHERE id = 11', 'UPDATE potentials SET account = 1 WHERE id = 12',
    'UPDATE potentials SET account = 1', 'UPDATE potentials SET owner = ''sup2'' WHERE id = 11', 'UPDATE potentials SET owner = ''mgr'' WHERE id = 11', 'UPDATE potentials SET title = ''x''', 'DELETE FROM potentials', 'SELECT FROM potentials FOR KEY SHARE']) WITH ORDINALITY s (statement, n) ORDER BY n;
-- What one owns moves anywhere.
SELECT test.outcome_for('sup1', 'UPDATE potentials SET account = 1 WHERE id = 19'), test.outcome_for('sup1', 'UPDATE potentials SET account = 99 WHERE id = 19');
-- Who stops owning the account takes it along; nothing is stored.
SELECT test.outcome_for('mgr', 'UPDATE accounts SET owner = ''mgr'' WHERE id = 5');
\c - postgres
UPDATE accounts SET owner = 'mgr' WHERE id = 5;
\c - app
SELECT * FROM test.reach('sup1', 'potentials');

-- The levels that a rule names, and reading where it names none; each staged until it is applied. Of several rules the strongest wins.
\c - postgres
UPDATE accounts SET owner = 'rep1' WHERE id = 5;
CREATE FUNCTION test.with_levels(levels text, OUT before text, OUT after text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sharing.alter_rule((SELECT min(id) FROM sharing.rules), related => levels::jsonb);
    SET LOCAL SESSION AUTHORIZATION app;
    before := test.reach('sup1', 'potentials');
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
    PERFORM sharing.apply_rules();
    SET LOCAL SESSION AUTHORIZATION app;
    after := test.reach('sup1', 'potentials');
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
END
$$;
SELECT * FROM test.with_levels('{"Potentials": "none"}');
SELECT * FROM test.with_levels('{"Potentials": "read_only"}');
SELECT * FROM test.with_levels('{}');
SELECT sharing.add_rule('Accounts', 'role:H5', 'role_and_subordinates:H6', 'read_only', '{"Potentials": "read_write"}') AS second \gset
SELECT * FROM test.with_levels('{"Potentials": "none"}');
-- A rule of the child's own, and of a parent that gives the parent itself no more than reading: levels are the rule's, not the parent's.
SELECT sharing.drop_rule(:rule), sharing.drop_rule(:second), sharing.apply_rules() \g /dev/null
SELECT sharing.add_rule('Accounts', 'group:' || name, 'role:H7', 'read_write') FROM (SELECT 'G' AS name, sharing.create_group('g', 'G'), sharing.add_member('G', 'user:rep1') OFFSET 0) g \g /dev/null
SELECT sharing.add_rule('Potentials', 'role:H4', 'role:H7', 'read_only', '{"Quotes": "read_only"}'), sharing.apply_rules() \g /dev/null
\c - app
SELECT "table", r.* FROM unnest('{accounts,potentials,quotes}'::text[]) WITH ORDINALITY t ("table", m), test.reach('sup1', "table"::regclass) r ORDER BY m;

-- Declared after its rules, a relation carries only the levels that they name, until apply_rules().
\c - postgres
CREATE TABLE calls (id integer PRIMARY KEY, owner text, account integer, title text);
CREATE TABLE visits (id integer PRIMARY KEY, owner text, account integer, title text);
INSERT INTO calls VALUES (1, 'ceo', 1), (2, 'ceo', 2);
INSERT INTO visits VALUES (1, 'ceo', 1), (2, 'ceo', 2);
GRANT ALL ON calls, visits TO app;
SELECT sharing.protect('calls', 'owner'), sharing.protect('visits', 'owner') \g /dev/null
SELECT sharing.relate('calls', 'account', 'accounts'), sharing.relate('visits', 'account', 'accounts') \g /dev/null
SELECT module, change FROM sharing.pending_changes() ORDER BY 1, 2;
SELECT sharing.add_rule('Accounts', 'role:H5', 'role:H7', 'read_only', '{"visits": "read_write"}') \g /dev/null
\c - app
SELECT c.*, v.* FROM test.reach('sup1', 'calls') c, test.reach('sup1', 'visits') v;
\c - postgres
SELECT sharing.apply_rules() > 0 AS applied;
\c - app
SELECT c.*, v.* FROM test.reach('sup1', 'calls') c, test.reach('sup1', 'visits') v;
-- A second relation to the same parent, declared now: what its rules name carries at once, the rest does not.
\c - postgres
ALTER TABLE calls ADD COLUMN other integer;
ALTER TABLE visits ADD COLUMN other integer;
UPDATE calls SET other = 1 WHERE id = 2;
UPDATE visits SET other = 1 WHERE id = 2;
SELECT sharing.relate('calls', 'other', 'accounts'), sharing.relate('visits', 'other', 'accounts') \g /dev/null
\c - app
SELECT c.*, v.* FROM test.reach('sup1', 'calls') c, test.reach('sup1', 'visits') v;
\c - postgres
SELECT sharing.apply_rules() > 0 AS applied;
\c - app
SELECT c.*, v.* FROM test.reach('sup1', 'calls') c, test.reach('sup1', 'visits') v;
-- unrelate: at once, and of that relation alone.
\c - postgres
SELECT sharing.unrelate('calls', 'account', 'accounts'), sharing.unrelate('visits', 'other', 'accounts') \g /dev/null
\c - app
SELECT c.*, v.* FROM test.reach('sup1', 'calls') c, test.reach('sup1', 'visits') v;

-- Profiles restrict the child by its own row; what the parent's row says is no matter.
\c - postgres
INSERT INTO sharing.profiles (id, name) VALUES (1, 'P');
INSERT INTO sharing.profile_permissions SELECT 1, id, name <> 'Accounts', true, name <> 'visits', true FROM sharing.modules;
INSERT INTO sharing.role_profiles SELECT id, 1 FROM sharing.roles WHERE name = 'H7';
\c - app
SELECT "table", r.* FROM unnest('{accounts,visits,calls,potentials}'::text[]) WITH ORDINALITY t ("table", m), test.reach('sup1', "table"::regclass) r ORDER BY m;
\c - postgres
UPDATE sharing.profile_permissions p SET can_view = name <> 'calls', can_edit = true, can_create = false FROM sharing.modules m WHERE m.id = module_id;
\c - app
SELECT "table", r.* FROM unnest('{accounts,visits,calls}'::text[]) WITH ORDINALITY t ("table", m), test.reach('sup1', "table"::regclass) r ORDER BY m;
-- Without create one may still change.
SELECT test.outcome_for('sup1', 'INSERT INTO visits VALUES (9, ''ceo'', 1)'), test.outcome_for('sup1', 'UPDATE visits SET title = ''x''');
