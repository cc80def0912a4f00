-- Users are named by key, groups, roles and modules by name: where the other is given, or another case, the HINT says
-- what was meant; whoever only wants to be rid of something is not told to create it; who is no administrator is told
-- nothing of what there is. Also what transfer() says of a new owner who is not active.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('100', 'Team'), sharing.create_user('42', 'Alice Stone'), sharing.create_user('43', 'Bob'), sharing.create_user('44', 'Bob'), sharing.create_office('Boston'), sharing.create_profile('Standard') \g /dev/null
CREATE TABLE deals (id integer PRIMARY KEY, owner text, team text);
INSERT INTO deals VALUES (1, 'rep1'), (2, 'rep1'), (3, 'rep1');
GRANT SELECT, UPDATE ON deals TO app;
SELECT sharing.protect('deals', 'owner', module => 'Deals', owner_group => 'team') \g /dev/null
CREATE FUNCTION test.hint(statement text, OUT error text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT sharing.' || statement;
    error := 'NOT REFUSED';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    error := SQLSTATE || ' ' || SQLERRM;
END
$$;
\pset format unaligned
\pset tuples_only on
SELECT statement, error, hint FROM unnest(ARRAY[
    -- A group's key for its name, another case, a user's key.
    $$add_member('100', 'user:rep1')$$, $$add_member('team', 'user:rep1')$$, $$add_member('42', 'user:rep1')$$, $$add_rule('Deals', 'group:100', 'role:H7', 'read_only')$$,
    $$add_member('Team', 'group:100')$$, $$transfer('deals', '{1}', 'group:100')$$, $$drop_group('100')$$, $$remove_member('100', 'user:rep1')$$, $$drop_group('none')$$,
    -- A user's name for their key, that of several, another case, a group's key or name.
    $$set_user_role('Alice Stone', 'H5')$$, $$set_user_role('Bob', 'H5')$$, $$drop_user('ALICE')$$, $$drop_user('REP1')$$, $$add_member('Team', 'user:Alice Stone')$$, $$add_member('Team', 'user:100')$$,
    $$transfer('deals', '{1}', 'user:Alice Stone')$$, $$transfer('deals', '{1}', 'user:Team')$$, $$grant_right('Bob', 'administrator')$$, $$enable_record_sharing('Alice Stone')$$,
    -- A module's table, another case.
    $$add_rule('deals', 'role:H5', 'role:H7', 'read_only')$$, $$add_rule('public.deals', 'role:H5', 'role:H7', 'read_only')$$, $$set_global_access('LEADS', 'private')$$,
    $$add_rule('Leads', 'role:h5', 'role:H7', 'read_only')$$, $$add_rule('leads', 'role:h5', 'role:H7', 'read_only')$$,
    -- Rid of what is not there.
    $$drop_user('zz')$$, $$deactivate_user('zz')$$, $$revoke_right('zz', 'administrator')$$, $$disable_record_sharing('zz')$$, $$drop_role('zz')$$, $$drop_office('zz')$$, $$drop_office('BOSTON')$$, $$drop_profile('zz')$$, $$drop_profile('STANDARD')$$
  ]) statement, test.hint(statement);
-- A module's name that is taken.
CREATE TABLE test.other (id integer, owner text);
SELECT error, hint FROM test.hint($$protect('test.other', 'owner', module => 'Deals')$$);
-- An ordinary user learns nothing of names and keys.
GRANT USAGE ON SCHEMA test TO app;
\c - app
\pset format unaligned
\pset tuples_only on
SET sharing.user_key = 'rep1';
SELECT statement, error, hint FROM unnest(ARRAY[$$transfer('deals', '{1}', 'group:100')$$, $$transfer('deals', '{1}', 'user:Alice Stone')$$, $$share_record('deals', '1', 'Alice Stone')$$, $$unshare_record('deals', '1', 'Alice Stone')$$]) statement, test.hint(statement);
-- To somebody who is not active: told, and done.
\c - postgres
SELECT sharing.deactivate_user('42') \g /dev/null
\c - app
SET sharing.user_key = 'rep1';
SELECT sharing.transfer('deals', '{1}', 'user:42');
SELECT sharing.transfer('deals', '{2}', 'user:43');
