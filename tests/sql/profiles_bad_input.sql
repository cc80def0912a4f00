-- The organization; Errors: every bad call of the functions of profiles gets a clear error with its SQLSTATE and HINT, and changes nothing.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_profile('Standard'), sharing.create_profile('Unused'), sharing.create_profile('Role''s "own"'), sharing.set_permission('Standard', 'leads', true, false, true, false),
       sharing.set_permission('Standard', NULL, true, false, false, false), sharing.assign_profile('H5', 'Standard'), sharing.assign_profile('H7', 'Standard'), sharing.assign_profile('H7', 'Role''s "own"') \g /dev/null
CREATE FUNCTION test.refusal(statement text, OUT error text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    error := 'NOT REFUSED';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, detail = PG_EXCEPTION_DETAIL;
    error := SQLSTATE || ' ' || SQLERRM;
    detail := nullif(detail, '');
END
$$;
CREATE TABLE test.before AS SELECT test.configuration() AS configuration, (SELECT xmin::text FROM sharing.generation) AS generation;
\x on
\pset format unaligned
\t on
SELECT call, r.* FROM unnest(ARRAY[
    $$create_profile('Standard')$$, $$create_profile('')$$, $$create_profile(NULL)$$, $$create_profile('X', NULL)$$, $$create_profile('X', true, NULL)$$,
    $$drop_profile('X')$$, $$drop_profile('standard')$$, $$drop_profile(NULL)$$, $$drop_profile('Standard')$$, $$drop_profile('Role''s "own"')$$,
    $$set_permission('X', 'leads', true, true, true, true)$$, $$set_permission('X', NULL, true, true, true, true)$$, $$set_permission('Standard', 'X', true, true, true, true)$$,
    $$set_permission('Standard', '', true, true, true, true)$$, $$set_permission(NULL, 'leads', true, true, true, true)$$, $$set_permission('Standard', 'leads', NULL, true, true, true)$$,
    $$set_permission('Standard', 'leads', true, NULL, true, true)$$, $$set_permission('Standard', NULL, true, true, NULL, true)$$, $$set_permission('Standard', 'leads', true, true, true, NULL)$$,
    $$set_permission('X', 'Y', NULL, true, true, true)$$,
    $$assign_profile('H99', 'Standard')$$, $$assign_profile('H5', 'X')$$, $$assign_profile('H5', 'Standard')$$, $$assign_profile(NULL, 'Standard')$$, $$assign_profile('H5', NULL)$$,
    $$unassign_profile('H99', 'Standard')$$, $$unassign_profile('H5', 'X')$$, $$unassign_profile('H5', 'Unused')$$, $$unassign_profile('H4', 'Standard')$$, $$unassign_profile(NULL, 'Standard')$$, $$unassign_profile('H5', NULL)$$
    ]) WITH ORDINALITY calls (call, n), test.refusal('SELECT sharing.' || call) r ORDER BY n;
-- Without default for any of the four.
SELECT r.* FROM test.refusal('SELECT sharing.set_permission(''Standard'', ''leads'')') r;
\x off
\pset format aligned
\t off
SELECT b.configuration = test.configuration() AS configuration_unchanged, generation = (SELECT xmin::text FROM sharing.generation) AS generation_unchanged FROM test.before b;
-- Only administrators call them: not the user himself, not an owner of tables.
\c - app
SET sharing.user_key = 'ceo';
SELECT f, (test.refusal('SELECT sharing.' || f)).* FROM unnest('{create_profile(''X''),drop_profile(''X''),"set_permission(''Standard'',''leads'',true,true,true,true)","assign_profile(''H5'',''Unused'')","unassign_profile(''H5'',''Standard'')"}'::text[]) f;
SELECT count(*) FROM sharing.profiles;
\c - crm
SELECT sharing.unassign_profile('H5', 'Standard');
UPDATE sharing.profile_permissions SET can_edit = true;
-- A user with the right administrator calls them, and undoes it all.
\c - app
SET sharing.user_key = 'adm';
SELECT sharing.create_profile('X', true), sharing.set_permission('X', 'leads', true, true, true, true), sharing.set_permission('X', 'leads', true, true, true, true), sharing.assign_profile('H5', 'X'), sharing.unassign_profile('H5', 'X'), sharing.drop_profile('X');
SELECT "function", object, before, after FROM sharing.audit_log WHERE identity = 'adm' ORDER BY id;
\c - postgres
SELECT (SELECT count(*) FROM sharing.profiles) AS profiles, (SELECT count(*) FROM sharing.profile_permissions) AS permissions, (SELECT count(*) FROM sharing.role_profiles) AS assignments;
