-- The organization: the functions of the organization take effect at once; what is in use stays, and the error says by what.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
-- Who sees what rep1 owns.
CREATE FUNCTION test.seen_by(record integer DEFAULT 1) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    SET LOCAL SESSION AUTHORIZATION app;
    SELECT string_agg(person, ' ' ORDER BY person) INTO result FROM unnest('{rep1,rep2,mgr,vp,ceo,smgr,sup1,sup2,adm,new}'::text[]) person
    WHERE test.outcome_for(person, 'SELECT FROM leads WHERE id = ' || record) = '1';
    RESET SESSION AUTHORIZATION;
    RETURN result;
END
$$;
SELECT test.seen_by();
-- Roles move with all below them, become roots, are renamed.
SELECT sharing.move_role('H4', 'H6');
SELECT test.seen_by();
SELECT sharing.move_role('H4', NULL);
SELECT test.seen_by();
SELECT sharing.rename_role('H4', 'Managers'), sharing.move_role('Managers', 'H3'), sharing.rename_role('Managers', 'Managers');
SELECT test.seen_by();
-- Users change their role, or have none; are put off and on.
SELECT sharing.set_user_role('rep1', 'H7');
SELECT test.seen_by();
SELECT sharing.set_user_role('rep1', NULL);
SELECT test.seen_by();
SELECT sharing.set_user_role('rep1', 'H5'), sharing.deactivate_user('rep1'), sharing.deactivate_user('mgr');
SELECT test.seen_by();
SELECT sharing.activate_user('rep1'), sharing.activate_user('mgr'), sharing.activate_user('mgr');
SELECT sharing.grant_right('sup2', 'administrator'), sharing.grant_right('sup2', 'administrator');
SELECT test.seen_by(), test.seen_by(9), test.seen_by(10);
SELECT sharing.revoke_right('sup2', 'administrator'), sharing.revoke_right('sup2', 'administrator');
SELECT test.seen_by(), test.seen_by(9);
-- A new user has what is stored with his key already.
SELECT sharing.create_user('ghost', 'ghost', 'H5');
SELECT test.seen_by(9);
SELECT sharing.drop_user('ghost');
SELECT test.seen_by(9);
-- People may have the same name, everywhere.
SELECT sharing.create_office('Boston', security => false), sharing.create_office('Paris'), sharing.create_user('new', 'rep1', 'H5', 'Boston');
SELECT sharing.create_user('other', 'rep1', NULL, 'Boston');
SELECT sharing.set_user_office('new', NULL);
SELECT sharing.set_user_office('new', 'Paris');
SELECT sharing.move_office('Paris', 'Boston'), sharing.move_office('Paris', NULL), sharing.set_office_security('Paris', true), sharing.set_office_security('Paris', true);
-- In use: by users, groups, offices, roles, rules, members.
SELECT sharing.create_group('g', 'G', 'Paris'), sharing.create_group('h', 'H'), sharing.add_member('H', 'group:G'), sharing.add_member('G', 'user:rep1'), sharing.add_member('G', 'role_and_subordinates:H7'),
       sharing.create_office('Lyon', 'Paris'), sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only'), sharing.add_rule('leads', 'group:G', 'role_and_subordinates:H6', 'read_only') \g /dev/null
SELECT sharing.drop_office('Paris');
SELECT sharing.drop_role('H7');
SELECT sharing.drop_role('H6');
SELECT sharing.drop_role('Managers');
SELECT sharing.drop_group('G');
SELECT sharing.drop_user('rep1');
SELECT sharing.drop_role('H1');
-- Many uses are counted.
SELECT sharing.create_role('crowd') \g /dev/null
SELECT sharing.create_user('crowd' || n, 'crowd' || n, 'crowd') FROM generate_series(1, 15) n \g /dev/null
SELECT sharing.drop_role('crowd');
-- Let go one by one, it goes.
SELECT sharing.remove_member('G', 'user:rep1'), sharing.remove_member('H', 'group:G'), sharing.discard_changes(), sharing.drop_group('G'), sharing.drop_user('new'), sharing.drop_office('Lyon'), sharing.drop_office('Paris'), sharing.drop_user('rep1');
SELECT test.seen_by();
