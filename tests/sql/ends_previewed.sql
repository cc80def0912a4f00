-- Previews, where somebody had single records that have ended: what a rule will give them then counts as gained, what has not ended does not.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
INSERT INTO leads VALUES (11, 'ann', ''), (12, 'ann', ''), (13, 'ann', ''), (14, 'ann', ''), (15, 'ann', '');
SELECT sharing.create_role('Seller'), sharing.create_role('Guest'), sharing.set_user_role('ann', 'Seller'), sharing.set_user_role('liz', 'Guest') \g /dev/null
\c - app
SELECT test.link('ann', 'liz') AS link \gset
SELECT test.call('ann', 'SELECT sharing.share_record(''leads'', ''11'', ''liz''), sharing.share_record(''leads'', ''12'', ''liz'')') \g /dev/null
\c - postgres
SELECT sharing.set_office_security(name, false) FROM sharing.offices \g /dev/null
SELECT sharing.grant_record('leads', 13, 'user:liz'), sharing.grant_record('leads', 14, 'user:liz') \g /dev/null
SELECT sharing.add_rule('leads', 'role:Seller', 'role:Guest', 'read_only') \g /dev/null
-- Of five, so many are new; of these that one has, none is.
CREATE FUNCTION test.gains() RETURNS bigint LANGUAGE sql AS $$ SELECT coalesce(sum(gained), 0)::bigint FROM sharing.preview_rules() WHERE user_key = 'liz' $$;
SELECT test.gains() AS but_four;
UPDATE sharing.shares SET until = now() WHERE record_id = '11';
SELECT test.gains() AS but_three;
UPDATE sharing.record_grants SET until = now() WHERE record_id = '13';
SELECT test.gains() AS but_two;
UPDATE sharing.links SET until = now();
SELECT test.gains() AS but_one;
UPDATE sharing.record_grants SET until = now() WHERE record_id = '14';
SELECT test.gains() AS all_five;
UPDATE sharing.shares SET until = now() + '1 day'::interval; UPDATE sharing.links SET until = now() + '1 day'::interval; UPDATE sharing.record_grants SET until = now() + '1 day'::interval;
SELECT test.gains() AS but_four;
-- Who has the right to share again asks somebody to whom a link has ended, which is not resumed; where one has not, nothing can be asked for.
SELECT sharing.set_user_office('ann', 'New York') \g /dev/null
SELECT change FROM sharing.disable_record_sharing('ann');
SELECT change, object FROM sharing.enable_record_sharing('ann', handshake_office => (SELECT o.name FROM sharing.offices o JOIN sharing.users u ON u.office_id = o.id WHERE u.key = 'liz'), handshake_user => 'liz', dry_run => true);
UPDATE sharing.links SET until = now();
SELECT change, object FROM sharing.enable_record_sharing('ann', handshake_office => (SELECT o.name FROM sharing.offices o JOIN sharing.users u ON u.office_id = o.id WHERE u.key = 'liz'), handshake_user => 'liz', dry_run => true);
SELECT change, object FROM sharing.disable_record_sharing('liz', dry_run => true);
SELECT change, object, detail FROM sharing.disable_record_sharing('liz', delete_links => true, dry_run => true);
