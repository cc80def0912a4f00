-- The decision (grant 6); Sharing rules: rules are staged, then applied; they only extend; the strongest wins; superiors and nested groups.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE VIEW test.pending AS SELECT module, change, detail FROM sharing.pending_changes();
-- What sup1 reaches, and smgr above him, of what is not theirs.
CREATE FUNCTION test.gains(OUT person text, OUT sees text, OUT edits text, OUT deletes text) RETURNS SETOF record LANGUAGE sql AS $$
    SELECT p, r.* FROM unnest('{rep1,mgr,sup1,smgr,ceo}'::text[]) WITH ORDINALITY l (p, n), test.reach(p) r ORDER BY n
$$;
\c - app
SELECT * FROM test.gains();
-- Staged: without effect, and said to be pending.
\c - postgres
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only') AS rule;
SELECT sharing.set_global_access('leads', 'public_read_only');
SELECT * FROM test.pending;
\c - app
SELECT * FROM test.gains();
-- Discarded.
\c - postgres
SELECT sharing.discard_changes(), sharing.apply_rules();
SELECT * FROM test.pending;
\c - app
SELECT * FROM test.gains();
-- Applied, altered, altered back, dropped, and all of it only then.
\c - postgres
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only') AS rule \gset
SELECT sharing.apply_rules(), sharing.apply_rules();
SELECT sharing.alter_rule(:rule, 'read_write');
SELECT * FROM test.pending;
\c - app
SELECT * FROM test.gains();
\c - postgres
SELECT sharing.alter_rule(:rule, 'read_only');
SELECT count(*) FROM test.pending;
SELECT sharing.alter_rule(:rule);
SELECT sharing.alter_rule(:rule, 'read_write'), sharing.apply_rules();
\c - app
SELECT * FROM test.gains();
\c - postgres
SELECT sharing.drop_rule(:rule);
SELECT * FROM test.pending;
SELECT sharing.alter_rule(:rule, 'read_only');
SELECT sharing.drop_rule(:rule);
\c - app
SELECT * FROM test.gains() WHERE person = 'sup1';
\c - postgres
SELECT sharing.discard_changes();
\c - app
SELECT * FROM test.gains() WHERE person = 'sup1';
\c - postgres
SELECT sharing.drop_rule(:rule), sharing.apply_rules();
\c - app
SELECT * FROM test.gains() WHERE person = 'sup1';
-- A rule that was staged and dropped leaves nothing.
\c - postgres
SELECT sharing.drop_rule(sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only'));
SELECT count(*) FROM test.pending;
-- Superiors of the receivers, on demand; the strongest of several; nothing is taken away by a weaker one.
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', superiors => true), sharing.add_rule('leads', 'role:H5', 'role_and_subordinates:H6', 'read_write'),
       sharing.add_rule('leads', 'role:H4', 'role:H7', 'read_only', superiors => true), sharing.add_rule('leads', 'role:H4', 'role:H3', 'read_only'), sharing.apply_rules();
\c - app
SELECT * FROM test.gains();
-- Groups, nested: from the members and what they own, to all members; superiors of the members.
\c - postgres
SELECT sharing.drop_rule(id) FROM sharing.rules ORDER BY id \g /dev/null
SELECT sharing.create_group('in', 'inner'), sharing.create_group('out', 'outer'), sharing.add_member('outer', 'group:inner'), sharing.add_member('inner', 'user:rep2'),
       sharing.create_group('to', 'to'), sharing.create_group('to2', 'to2'), sharing.add_member('to', 'group:to2'), sharing.add_member('to2', 'user:sup1'),
       sharing.add_rule('leads', 'group:outer', 'group:to', 'read_write', superiors => true), sharing.apply_rules();
\c - app
SELECT * FROM test.gains();
-- Under public access a rule may add nothing; back to private, it does again. Rules hold for records to come.
\c - postgres
SELECT sharing.set_global_access('leads', 'public_read_edit_delete'), sharing.apply_rules();
\c - app
SELECT * FROM test.gains();
\c - postgres
SELECT sharing.set_global_access('leads', 'private'), sharing.apply_rules();
INSERT INTO leads VALUES (20, 'rep2');
\c - app
SELECT * FROM test.gains() WHERE person IN ('sup1', 'smgr');
-- All in one transaction, or not at all.
\c - postgres
BEGIN;
SELECT sharing.set_global_access('leads', 'public_read_only'), sharing.apply_rules();
SET LOCAL SESSION AUTHORIZATION app;
SET LOCAL sharing.user_key = 'rep1';
SELECT test.sees();
ROLLBACK;
SELECT global_access, staged_global_access FROM sharing.modules;
