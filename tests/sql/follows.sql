-- The decision; Modules (follows), docs/semantics.md (Examples that must hold) example 11: a module that follows another has its global access and its rules, on its own records' owners.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE accounts (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE contacts (id integer PRIMARY KEY, owner text, account integer, title text);
CREATE TABLE flat (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE calls (id integer PRIMARY KEY, owner text, contact integer, title text);
INSERT INTO accounts VALUES (1, 'rep1'), (2, 'mgr');
-- rep1's on no account, on mgr's; mgr's on rep1's account.
INSERT INTO contacts VALUES (11, 'rep1', NULL), (12, 'rep1', 2), (13, 'mgr', 1), (14, 'ghost', 1);
INSERT INTO flat VALUES (21, 'rep1'), (22, 'mgr');
INSERT INTO calls VALUES (31, 'ceo', 11), (32, 'ceo', 13);
GRANT ALL ON accounts, contacts, flat, calls TO app;
SELECT sharing.protect('accounts', 'owner', 'Accounts'), sharing.protect('contacts', 'owner', 'Contacts', follows => 'Accounts'), sharing.protect('flat', 'owner', 'Flat', follows => 'Accounts', hierarchy => false), sharing.protect('calls', 'owner', 'Calls') \g /dev/null
CREATE FUNCTION test.reaches(VARIADIC people text[]) RETURNS TABLE (person text, "table" text, sees text, edits text, deletes text) LANGUAGE sql AS $$
    SELECT person, t, r.* FROM unnest(people) WITH ORDINALITY p (person, n), unnest('{accounts,contacts,flat}'::text[]) WITH ORDINALITY t (t, m), test.reach(person, t::regclass) r ORDER BY n, m
$$;
-- Private: owners, and who is above them, but for the module without hierarchy.
\c - app
SELECT * FROM test.reaches('sup1', 'rep1', 'mgr');
-- Example 11.
\c - postgres
SELECT sharing.add_rule('Accounts', 'role:H5', 'role:H7', 'read_write') \g /dev/null
\c - app
SELECT * FROM test.reaches('sup1');
\c - postgres
SELECT sharing.apply_rules();
\c - app
SELECT * FROM test.reaches('sup1', 'smgr');
-- Global access, staged and applied there.
\c - postgres
SELECT sharing.set_global_access('Accounts', 'public_read_edit');
\c - app
SELECT * FROM test.reaches('sup2');
\c - postgres
SELECT sharing.apply_rules();
\c - app
SELECT * FROM test.reaches('sup2');
SELECT test.outcome_for('sup2', 'INSERT INTO contacts VALUES (99, ''ceo'')');
-- Neither belongs to the follower, nor can a rule name it as a related module.
\c - postgres
SELECT call, test.outcome('SELECT sharing.' || call) FROM unnest(ARRAY['set_global_access(''Contacts'', ''private'')', 'add_rule(''Contacts'', ''role:H5'', ''role:H7'', ''read_only'')', 'add_rule(''Accounts'', ''role:H5'', ''role:H7'', ''read_only'', ''{"Contacts": "read_only"}'')']) call;
SELECT sharing.set_global_access('Accounts', 'private'), sharing.apply_rules() \g /dev/null
-- Related to a module that follows: a rule of the followed one is meant, on the owner of the record that is pointed at.
SELECT sharing.relate('calls', 'contact', 'contacts'), sharing.apply_rules() \g /dev/null
\c - app
SELECT * FROM test.reach('sup1', 'calls');
\c - postgres
SELECT sharing.alter_rule((SELECT min(id) FROM sharing.rules), related => '{"Calls": "read_write"}'), sharing.apply_rules() \g /dev/null
\c - app
SELECT * FROM test.reach('sup1', 'calls');
-- A follower related to the module that it follows: both hold, the contact of mgr's on rep1's account now, too.
\c - postgres
SELECT sharing.relate('contacts', 'account', 'accounts'), sharing.apply_rules() \g /dev/null
\c - app
SELECT * FROM test.reach('sup1', 'contacts');
\c - postgres
SELECT sharing.alter_rule((SELECT min(id) FROM sharing.rules), related => '{"Contacts": "none"}'), sharing.apply_rules() \g /dev/null
\c - app
SELECT * FROM test.reach('sup1', 'contacts');
-- Profiles are the follower's own.
\c - postgres
INSERT INTO sharing.profiles (id, name) VALUES (1, 'P');
INSERT INTO sharing.profile_permissions SELECT 1, id, name <> 'Contacts', true, true, true FROM sharing.modules;
INSERT INTO sharing.role_profiles SELECT id, 1 FROM sharing.roles WHERE name = 'H7';
\c - app
SELECT * FROM test.reaches('sup1');
-- The module that is followed stays as long as it is followed; when its table is dropped, its followers are private, without rules.
\c - postgres
DELETE FROM sharing.role_profiles;
SELECT sharing.unprotect('accounts');
SELECT sharing.set_global_access('Accounts', 'public_read_only'), sharing.apply_rules() \g /dev/null
DROP TABLE accounts;
\c - app
SELECT c.sees, f.sees FROM test.reach('sup1', 'contacts') c, test.reach('sup1', 'flat') f;
SELECT c.sees, f.sees FROM test.reach('mgr', 'contacts') c, test.reach('mgr', 'flat') f;
\c - postgres
SELECT sharing.set_global_access('Contacts', 'public_read_only'), sharing.apply_rules();
SELECT sharing.unprotect('calls') \g /dev/null
SELECT sharing.unprotect('contacts') \g /dev/null
