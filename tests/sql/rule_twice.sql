-- Sharing rules: a rule that is there already is refused, with the number of the first, in every state that it can be in; one
-- that differs in its sides is another.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'G') \g /dev/null
CREATE TABLE notes (id integer, owner text);
SELECT sharing.protect('notes', 'owner') \g /dev/null
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only');
-- Staged, valid, altered.
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only');
SELECT sharing.apply_rules();
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_write');
SELECT sharing.alter_rule(1, access => 'read_write'), sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_write');
SELECT test.outcome('SELECT sharing.add_rule(''leads'', ''role:H5'', ''role:H7'', ''read_only'', ''{}'', false)');
-- Others: another module, side, kind of side, superiors.
SELECT sharing.add_rule('notes', 'role:H5', 'role:H7', 'read_only'), sharing.add_rule('leads', 'role:H7', 'role:H5', 'read_only'),
       sharing.add_rule('leads', 'role_and_subordinates:H5', 'role:H7', 'read_only'), sharing.add_rule('leads', 'role:H5', 'role_and_subordinates:H7', 'read_only'),
       sharing.add_rule('leads', 'group:G', 'role:H7', 'read_only'), sharing.add_rule('leads', 'role:H5', 'group:G', 'read_only'),
       sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', superiors => true);
SELECT test.outcome('SELECT sharing.add_rule(''leads'', ''role:H5'', ''group:G'', ''read_write'')'), test.outcome('SELECT sharing.add_rule(''leads'', ''role:H5'', ''role:H7'', ''read_write'', superiors => true)');
-- One that is staged to go makes room, and comes back where that is discarded.
SELECT sharing.apply_rules(), sharing.drop_rule(1);
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_write');
SELECT test.outcome('SELECT sharing.add_rule(''leads'', ''role:H5'', ''role:H7'', ''read_write'')');
SELECT sharing.discard_changes();
SELECT test.outcome('SELECT sharing.add_rule(''leads'', ''role:H5'', ''role:H7'', ''read_write'')');
SELECT sharing.drop_rule(1), sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only') IS NOT NULL AS added, sharing.apply_rules();
