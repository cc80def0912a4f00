-- The decision, Office security: a closed office is invisible under every global access, to superiors and to the targets of rules outside
-- it, but not to its own people, its Super User, an Enterprise Viewer of an office above it, members of an owning group, or over shares.
-- Only the record's office matters, not whether the caller's is closed. The record's office is its user owner's present one, else its group's.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.set_user_role('ann', 'H5'), sharing.set_user_role('abe', 'H4'), sharing.set_user_role('leo', 'H3'), sharing.set_user_role('liz', 'H7'), sharing.set_user_role('bob', 'H7') \g /dev/null
SELECT sharing.create_user('sue', 'sue', NULL, 'New York'), sharing.grant_right('sue', 'super_user'), sharing.create_user('sam', 'sam', NULL, 'Los Angeles'), sharing.grant_right('sam', 'super_user'),
       sharing.create_user('eve', 'eve', NULL, 'Head'), sharing.grant_right('eve', 'enterprise_view'), sharing.create_user('eli', 'eli', NULL, 'Boston'), sharing.grant_right('eli', 'enterprise_view'),
       sharing.create_user('hal', 'hal', NULL, 'New York'), sharing.grant_right('hal', 'enterprise_view'), sharing.create_user('joe', 'joe', 'H5', 'New York'), sharing.create_user('out', 'out', 'H7') \g /dev/null
SELECT sharing.create_group('ny', 'NY group', 'New York'), sharing.add_member('NY group', 'user:leo'), sharing.create_group('free', 'Free group'), sharing.add_member('Free group', 'user:out') \g /dev/null
CREATE TABLE deals (id integer PRIMARY KEY, owner text, team text, title text);
GRANT ALL ON deals TO app;
-- 1 ann (New York, closed), 2 abe (New York), 3 rep1 (no office), 4 liz (Los Angeles), 5 the group of New York, 6 a group without office,
-- 7 rep1 and the group of New York: the user owner's office counts, 8 an unknown user and the group of New York, 9 nobody
INSERT INTO deals VALUES (1, 'ann', NULL), (2, 'abe', NULL), (3, 'rep1', NULL), (4, 'liz', NULL), (5, NULL, 'ny'), (6, NULL, 'free'), (7, 'rep1', 'ny'), (8, 'ghost', 'ny'), (9, NULL, NULL);
SELECT sharing.protect('deals', 'owner', owner_group => 'team') \g /dev/null
SELECT name, security FROM sharing.offices ORDER BY name;
CREATE VIEW people AS SELECT * FROM unnest('{ann,abe,joe,sue,hal,leo,liz,sam,bob,eli,eve,vp,out,adm}'::text[]) WITH ORDINALITY AS p (person, n);
GRANT SELECT ON people TO app;
\c - app
CREATE TEMP VIEW reach AS SELECT person, r.* FROM people, test.reach(person, 'deals') r ORDER BY n;
-- Private, with a rule for outsiders and insiders of H7 and its likes.
SELECT test.call('adm', 'SELECT sharing.add_rule(''deals'', ''role_and_subordinates:H4'', ''role:H7'', ''read_write'')'), test.call('adm', 'SELECT sharing.apply_rules()');
SELECT * FROM reach;
-- The same with all offices open: what security takes away.
SELECT test.call('adm', format('SELECT sharing.set_office_security(%L, false)', office)) FROM unnest('{New York,Los Angeles,Boston}'::text[]) office;
SELECT * FROM reach;
SELECT test.call('adm', 'SELECT sharing.set_office_security(''New York'', true)');
-- Under every global access; and closing the caller's own office changes nothing for him.
CREATE FUNCTION pg_temp.under(access text, people text[]) RETURNS TABLE (person text, sees text, edits text, deletes text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM test.call('adm', format('SELECT sharing.set_global_access(''deals'', %L), sharing.apply_rules()', access));
    RETURN QUERY SELECT p, r.* FROM unnest(people) p, test.reach(p, 'deals') r;
END
$$;
SELECT * FROM pg_temp.under('public_read_only', '{ann,abe,joe,leo,eve,out}');
SELECT * FROM pg_temp.under('public_read_edit', '{ann,abe,joe,leo,eve,out}');
SELECT * FROM pg_temp.under('public_read_edit_delete', '{ann,abe,joe,leo,eve,out}');
SELECT test.call('adm', 'SELECT sharing.set_office_security(''Los Angeles'', true)'), test.reach('leo', 'deals');
SELECT test.call('adm', 'SELECT sharing.set_office_security(''Los Angeles'', false)'), test.reach('leo', 'deals');
-- Shares go through it.
SELECT test.link('ann', 'liz');
SELECT test.call('ann', 'SELECT sharing.share_record(''deals'', ''1'', ''liz'')');
SELECT test.reach('liz', 'deals');
SELECT test.call('adm', 'SELECT sharing.set_global_access(''deals'', ''private''), sharing.apply_rules()');
SELECT test.reach('liz', 'deals');
-- The office is the present one: when the owner moves, his records move.
SELECT test.call('adm', 'SELECT sharing.set_user_office(''ann'', ''Boston'')');
SELECT test.call('adm', 'SELECT sharing.set_office_security(''Boston'', false)');
SELECT * FROM reach WHERE person IN ('ann', 'joe', 'sue', 'hal', 'leo', 'liz', 'eli', 'eve');
SELECT test.call('adm', 'SELECT sharing.set_user_office(''abe'', NULL)');
SELECT * FROM reach WHERE person IN ('abe', 'sue', 'hal', 'leo', 'liz', 'eve');
-- Enterprise View goes down the tree, at any depth, and nowhere else; Super User only to his own office.
SELECT test.call('adm', 'SELECT sharing.move_office(''Boston'', ''New York'')');
SELECT * FROM reach WHERE person IN ('sue', 'hal', 'sam', 'eli', 'eve');
SELECT test.call('adm', 'SELECT sharing.move_office(''New York'', NULL)');
SELECT * FROM reach WHERE person IN ('sue', 'hal', 'sam', 'eli', 'eve');
-- It cannot be anybody's: only administrators close and open, and nothing unknown.
SELECT test.call('ann', 'SELECT sharing.set_office_security(''Boston'', false)'), test.call('adm', 'SELECT sharing.set_office_security(''Nowhere'', true)'),
       test.call('adm', 'SELECT sharing.set_office_security(''Boston'', NULL)'), test.call('ann', 'SELECT sharing.grant_right(''ann'', ''super_user'')');
-- Examples that must hold, example 14.
SELECT test.call('adm', 'SELECT sharing.set_user_office(''rep1'', ''Boston''), sharing.set_user_office(''vp'', ''Los Angeles''), sharing.set_office_security(''Boston'', true)');
SELECT * FROM pg_temp.under('private', '{vp,leo,liz}');
SELECT * FROM pg_temp.under('public_read_only', '{vp,leo,liz}');
SELECT * FROM pg_temp.under('public_read_edit', '{vp,leo,liz}');
SELECT * FROM pg_temp.under('public_read_edit_delete', '{vp,leo,liz}');
