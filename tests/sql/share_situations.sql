-- Record sharing between offices: when a record is seen over a link, and when not: waiting link, link without share, other direction, passing on;
-- the share ends with link, right, activity, ownership and office move, and is worth something again when that is undone.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
\c - app
-- No link: nothing. A waiting one: nothing, and nothing can be shared over it.
SELECT * FROM test.offices_reach();
SELECT test.call('ann', 'SELECT sharing.request_link(''Los Angeles'', ''liz'')');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');
SELECT * FROM test.reach('liz', 'clients');
-- An active one alone: nothing.
SELECT test.call('liz', 'SELECT sharing.accept_links(''{1}'')');
SELECT * FROM test.reach('liz', 'clients');
-- A share: exactly that record, for exactly that user, in that direction.
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''edit'')');
SELECT * FROM test.offices_reach();
-- The other direction is another link.
SELECT test.call('liz', 'SELECT sharing.share_record(''clients'', ''4'', ''ann'')');
-- Who receives cannot pass it on, whatever links he has; nor can a colleague of the owner.
SELECT test.link('liz', 'bob') AS liz_to_bob, test.link('bob', 'ann') AS bob_to_ann, test.link('bob', 'liz') AS bob_to_liz;
SELECT test.call('liz', 'SELECT sharing.share_record(''clients'', ''1'', ''bob'')');
SELECT test.call('liz', 'SELECT sharing.transfer(''clients'', ''{1}'', ''user:liz'')');
SELECT test.call('abe', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');
SELECT test.call('bob', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');

-- What the administrator or the owner does, what the receiver then reaches, and what he reaches when it is undone.
CREATE FUNCTION pg_temp.situation(who text, change text, undo text DEFAULT NULL, OUT meanwhile text, OUT afterwards text) LANGUAGE plpgsql AS $$
BEGIN
    meanwhile := coalesce((SELECT string_agg(problem, ' ') FROM test.call(who, change) problem WHERE problem ~ '^[0-9A-Z]{5} '), '') || test.reach('liz', 'clients');
    PERFORM test.call('adm', undo);
    afterwards := test.reach('liz', 'clients');
END
$$;
SELECT situation, result.* FROM (VALUES
    (1, 'right of the owner', 'adm', 'SELECT sharing.disable_record_sharing(''ann'')', 'SELECT sharing.enable_record_sharing(''ann'')'),
    (2, 'right of the receiver', 'adm', 'SELECT sharing.disable_record_sharing(''liz'')', 'SELECT sharing.enable_record_sharing(''liz'')'),
    (3, 'activity of the owner', 'adm', 'SELECT sharing.deactivate_user(''ann'')', 'SELECT sharing.activate_user(''ann'')'),
    (4, 'activity of the receiver', 'adm', 'SELECT sharing.deactivate_user(''liz'')', 'SELECT sharing.activate_user(''liz'')'),
    (5, 'owner moves to the receiver''s office', 'adm', 'SELECT sharing.set_user_office(''ann'', ''Los Angeles'')', 'SELECT sharing.set_user_office(''ann'', ''New York'')'),
    (6, 'receiver moves to the owner''s office', 'adm', 'SELECT sharing.set_user_office(''liz'', ''New York'')', 'SELECT sharing.set_user_office(''liz'', ''Los Angeles'')'),
    (7, 'owner has no office', 'adm', 'SELECT sharing.set_user_office(''ann'', NULL)', 'SELECT sharing.set_user_office(''ann'', ''New York'')'),
    (8, 'receiver has no office', 'adm', 'SELECT sharing.set_user_office(''liz'', NULL)', 'SELECT sharing.set_user_office(''liz'', ''Los Angeles'')'),
    (9, 'neither has an office', 'adm', 'SELECT sharing.set_user_office(key, NULL) FROM unnest(''{ann,liz}''::text[]) key', 'SELECT sharing.set_user_office(''ann'', ''New York''), sharing.set_user_office(''liz'', ''Los Angeles'')'),
    (10, 'receiver moves to a third office', 'adm', 'SELECT sharing.set_user_office(''liz'', ''Boston'')', 'SELECT sharing.set_user_office(''liz'', ''Los Angeles'')'),
    (11, 'record goes to a colleague', 'ann', 'SELECT sharing.transfer(''clients'', ''{1}'', ''user:abe'')', 'UPDATE clients SET owner = ''ann'' WHERE id = 1'),
    (12, 'record goes to another specialist who has a link, too', 'ann', 'SELECT sharing.transfer(''clients'', ''{1}'', ''user:bob'')', 'UPDATE clients SET owner = ''ann'' WHERE id = 1'),
    (13, 'record goes to nobody', 'adm', 'UPDATE clients SET owner = NULL WHERE id = 1', 'UPDATE clients SET owner = ''ann'' WHERE id = 1'),
    (14, 'record goes to an unknown owner', 'adm', 'UPDATE clients SET owner = ''ghost'' WHERE id = 1', 'UPDATE clients SET owner = ''ann'' WHERE id = 1'),
    (15, 'offices are opened', 'adm', 'SELECT sharing.set_office_security(''New York'', false), sharing.set_office_security(''Los Angeles'', false)', 'SELECT sharing.set_office_security(''New York'', true)'),
    (16, 'office moves in the tree', 'adm', 'SELECT sharing.move_office(''Los Angeles'', ''New York'')', 'SELECT sharing.move_office(''Los Angeles'', ''Head'')'),
    (17, 'another share of the link ends', 'ann', 'SELECT sharing.unshare_record(''clients'', ''2'', ''liz'')', 'SELECT 1'),
    (18, 'the other link is deleted', 'liz', 'SELECT sharing.delete_link(2)', 'SELECT 1'),
    (19, 'the share is taken back', 'ann', 'SELECT sharing.unshare_record(''clients'', ''1'', ''liz'')', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''edit'')'),
    (20, 'the link is deleted', 'ann', 'SELECT sharing.delete_link(1)', 'SELECT 1')) s (n, situation, who, change, undo),
    pg_temp.situation(who, change, undo) result
ORDER BY n;

-- Within one transaction, and back to a savepoint: at once, and undone at once.
SELECT test.link('ann', 'liz') > 0;
BEGIN;
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')');
SELECT test.reach('liz', 'clients');
SAVEPOINT s;
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''2'', ''liz'')'), test.call('ann', 'SELECT sharing.unshare_record(''clients'', ''1'', ''liz'')');
SELECT test.reach('liz', 'clients');
ROLLBACK TO s;
SELECT test.reach('liz', 'clients');
SELECT test.call('adm', 'SELECT sharing.disable_record_sharing(''liz'')') IS NOT NULL;
SELECT test.reach('liz', 'clients');
ROLLBACK TO s;
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''2'', ''liz'')');
COMMIT;
SELECT test.reach('liz', 'clients');
BEGIN;
SELECT test.call('ann', 'SELECT sharing.unshare_record(''clients'', ''2'', ''liz'')');
SELECT test.reach('liz', 'clients');
ROLLBACK;
SELECT test.reach('liz', 'clients');
-- In a REPEATABLE READ transaction, its own changes.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT test.reach('liz', 'clients');
SELECT test.call('ann', 'SELECT sharing.unshare_record(''clients'', ''2'', ''liz'')');
SELECT test.reach('liz', 'clients');
COMMIT;
SELECT test.reach('liz', 'clients');
-- A link that is set back to waiting, by whoever writes the tables: it is not active.
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''2'', ''liz'')');
\c - postgres
UPDATE sharing.links SET status = 'waiting' WHERE id IN (SELECT link_id FROM sharing.shares);
\c - app
SELECT test.reach('liz', 'clients');
