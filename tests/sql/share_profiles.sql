-- The decision; Record sharing between offices: a share gives no more than the receiver's profiles leave, and only who sees a record shares it.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.create_role('Giver'), sharing.create_role('Receiver'), sharing.set_user_role('ann', 'Giver'), sharing.set_user_role('liz', 'Receiver') \g /dev/null
SELECT sharing.create_profile('Full'), sharing.set_permission('Full', NULL, true, true, true, true),
       sharing.create_profile('Read'), sharing.set_permission('Read', 'clients', true, false, false, false),
       sharing.create_profile('No view'), sharing.set_permission('No view', 'clients', false, true, true, true),
       sharing.create_profile('No row', view_all => true, edit_all => true) \g /dev/null
\c - app
SELECT test.link('ann', 'liz') \g /dev/null
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''edit''), sharing.share_record(''clients'', ''2'', ''liz'')');
SET plan_cache_mode = force_generic_plan;
PREPARE everything AS SELECT string_agg(id::text, ' ' ORDER BY id) AS ids FROM clients;
PREPARE one(integer) AS SELECT id FROM clients WHERE id = $1;
PREPARE change AS WITH changed AS (UPDATE clients SET title = 'x' RETURNING id) SELECT string_agg(id::text, ' ' ORDER BY id) AS changed FROM changed;
CREATE FUNCTION pg_temp.prepared(person text, OUT everything text, OUT one integer, OUT change text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    EXECUTE 'EXECUTE everything' INTO everything;
    EXECUTE 'EXECUTE one(1)' INTO one;
    EXECUTE 'EXECUTE change' INTO change;
    PERFORM set_config('sharing.user_key', 'adm', false);
END
$$;
\set reach 'SELECT r.*, p.* FROM test.reach(''liz'', ''clients'') r, pg_temp.prepared(''liz'') p'
:reach;
-- The receiver's profile, as it changes.
SET sharing.user_key = 'adm';
SELECT sharing.assign_profile('Receiver', 'Full');
:reach;
SELECT sharing.unassign_profile('Receiver', 'Full'), sharing.assign_profile('Receiver', 'Read');
:reach;
SELECT sharing.unassign_profile('Receiver', 'Read'), sharing.assign_profile('Receiver', 'No view');
:reach;
SELECT sharing.assign_profile('Receiver', 'Read');
:reach;
SELECT sharing.unassign_profile('Receiver', 'Read'), sharing.unassign_profile('Receiver', 'No view'), sharing.assign_profile('Receiver', 'No row');
:reach;
-- Others through the same plans.
SELECT person, p.* FROM unnest('{ann,leo,adm,liz}'::text[]) WITH ORDINALITY t (person, n), pg_temp.prepared(person) p ORDER BY n;
SET sharing.user_key = 'adm';
SELECT sharing.unassign_profile('Receiver', 'No row');
:reach;
-- The giver's profile does not matter to what was shared. But what he does not see himself he does not share; unsharing he may.
SELECT sharing.assign_profile('Giver', 'No view');
:reach;
SELECT r.* FROM test.reach('ann', 'clients') r;
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''2'', ''liz'', ''edit'')');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''99'', ''liz'', ''edit'')');
SELECT sharing.assign_profile('Giver', 'Read');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''2'', ''liz'', ''edit'')');
:reach;
SELECT sharing.unassign_profile('Giver', 'Read');
SELECT test.call('ann', 'SELECT sharing.unshare_record(''clients'', ''2'', ''liz'')');
-- An administrator shares for him.
SELECT sharing.share_record('clients', '2', 'liz');
:reach;
