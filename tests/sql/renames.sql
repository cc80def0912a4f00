-- The organization: what has a name gets another; everything that names it keeps it, staged or valid, and nobody sees more or less.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_office('Boston'), sharing.create_user('out', 'Out', 'H7', 'Boston'), sharing.create_group('g', 'Team', 'Boston'), sharing.add_member('Team', 'user:out'),
       sharing.create_profile('Careful'), sharing.set_permission('Careful', 'leads', true, true, true, false), sharing.assign_profile('H5', 'Careful') \g /dev/null
SELECT sharing.add_rule('leads', 'role:H5', 'group:Team', 'read_only'), sharing.apply_rules() \g /dev/null
SELECT sharing.add_rule('leads', 'group:Team', 'role:H6', 'read_write'), sharing.set_global_access('leads', 'public_read_only') \g /dev/null
\set state 'SELECT sharing.export_config() AS state'
:state \gset before_
CREATE FUNCTION test.number_seen(person text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    SET LOCAL SESSION AUTHORIZATION app;
    result := test.outcome_for(person, 'SELECT FROM leads');
    RESET SESSION AUTHORIZATION;
    RETURN result;
END
$$;
CREATE TABLE seen AS SELECT person, test.number_seen(person) AS leads FROM unnest('{rep1,rep2,mgr,vp,out,sup1,smgr,adm}'::text[]) person;
SELECT max(id) AS seen FROM sharing.audit_log \gset
SELECT sharing.rename_office('Boston', 'Paris'), sharing.rename_role('H5', 'Reps'), sharing.rename_user('out', 'Somebody Else'), sharing.rename_group('Team', 'Crew'),
       sharing.rename_profile('Careful', 'Cautious'), sharing.rename_module('leads', 'Kunden & "Interessenten"');
-- The same document but for the names: rules that wait wait still.
:state \gset after_
CREATE FUNCTION test.elements(document jsonb) RETURNS TABLE (section text, element jsonb) LANGUAGE sql AS
    $$SELECT s.key, e FROM jsonb_each(document) s, jsonb_array_elements(s.value) e WHERE jsonb_typeof(s.value) = 'array'$$;
CREATE TABLE renamed AS SELECT * FROM test.elements(replace(replace(replace(replace(replace(replace(:'before_state', '"Boston"', '"Paris"'), 'H5"', 'Reps"'), '"Out"', '"Somebody Else"'),
    'Team"', 'Crew"'), '"Careful"', '"Cautious"'), '"leads"', '"Kunden & \"Interessenten\""')::jsonb);
CREATE TABLE found AS SELECT * FROM test.elements(:'after_state'::jsonb);
SELECT (SELECT count(*) FROM renamed) AS elements, (SELECT count(*) FROM (TABLE renamed EXCEPT TABLE found) d) + (SELECT count(*) FROM (TABLE found EXCEPT TABLE renamed) d) AS different;
SELECT module, change, detail->>'owned_by' AS owned_by, detail->>'shared_with' AS shared_with FROM sharing.pending_changes();
SELECT string_agg(person || ' ' || leads, ', ' ORDER BY person) AS seen, bool_and(leads = test.number_seen(person)) AS as_before FROM seen;
SELECT function, object, before->>'name' AS before, after->>'name' AS after FROM sharing.audit_log WHERE id > :seen ORDER BY id;
SELECT sharing.apply_rules();
-- To the same name: nothing happens.
SELECT sharing.rename_module('Kunden & "Interessenten"', 'Kunden & "Interessenten"'), sharing.rename_office('Paris', 'Paris'), sharing.rename_user('out', 'Somebody Else');
SELECT count(*) FROM sharing.audit_log WHERE function LIKE 'rename%' AND id > :seen;
-- Profiles.
SELECT sharing.alter_profile('Cautious', view_all => true);
SELECT sharing.alter_profile('Cautious', edit_all => true), sharing.alter_profile('Cautious', view_all => false), sharing.alter_profile('Cautious');
SELECT view_all, edit_all FROM sharing.profiles;
-- Bad names.
SELECT sharing.create_office('Lyon'), sharing.create_role('Other'), sharing.create_group('h', 'Others'), sharing.create_profile('Bold') \g /dev/null
CREATE TABLE calls (id int PRIMARY KEY, owner text);
SELECT sharing.protect('calls', 'owner') \g /dev/null
CREATE FUNCTION test.said(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text;
    message text;
    hint text;
BEGIN
    EXECUTE 'SELECT sharing.' || call;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN format('%s %s (%s)', state, left(message, 150), hint);
END
$$;
SELECT left(call, 60) AS call, test.said(call) FROM (VALUES
    ($c$rename_office('Paris', 'Lyon')$c$), ($c$rename_role('Reps', 'Other')$c$), ($c$rename_group('Crew', 'Others')$c$), ($c$rename_profile('Cautious', 'Bold')$c$),
    ($c$rename_module('calls', 'Kunden & "Interessenten"')$c$), ($c$rename_module('calls', 'owner')$c$), ($c$rename_module('calls', 'calls')$c$),
    ($c$rename_office('Nowhere', 'Lyon')$c$), ($c$rename_user('nobody', 'X')$c$), ($c$rename_group('g', 'X')$c$), ($c$rename_profile('x', 'y')$c$), ($c$rename_module('x', 'y')$c$),
    ($c$alter_profile('x', true)$c$), ($c$rename_office('Paris', '')$c$), ($c$rename_user('out', '')$c$), ($c$rename_module('calls', '')$c$),
    ($c$rename_user('out', repeat('x', 201))$c$), ($c$rename_module('calls', repeat('é', 201))$c$), ($c$rename_module('calls', repeat('é', 200))$c$),
    ($c$rename_office(NULL, 'x')$c$), ($c$rename_user('out'::text, NULL)$c$), ($c$alter_profile(NULL, true)$c$)) c (call);
-- The document renames what has a key: users and groups.
SELECT change, object, detail FROM sharing.import_config(jsonb_set(jsonb_build_object('version', 1, 'groups', sharing.export_config()->'groups'), '{groups,0,name}', '"Others"')
    #- '{groups,1}');
SELECT change, object, detail FROM sharing.import_config('{"version": 1, "users": [{"key": "out", "name": "Third", "role": "H7", "office": "Paris"}]}'::jsonb
    || jsonb_build_object('users', (SELECT jsonb_agg(CASE u->>'key' WHEN 'out' THEN u || '{"name": "Third"}' ELSE u END) FROM jsonb_array_elements(sharing.export_config()->'users') u)));
-- Nobody else renames anything.
\c - app
SET sharing.user_key = 'vp';
SELECT sharing.rename_office('Paris', 'x');
SELECT sharing.rename_module('leads', 'x');
SELECT sharing.alter_profile('Bold', true);
