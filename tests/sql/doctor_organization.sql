-- The doctor: people, roles, rules, profiles, owners and indexes that are not what they seem to be for.
\getenv tests PG_ABS_SRCDIR
\set doctor :tests '/support/doctor.sql'
\i :doctor
BEGIN; SELECT * FROM test.visit('SELECT sharing.create_user(3, ''Chloe''), sharing.create_user(4, ''Dev''); SELECT sharing.deactivate_user(4)'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('SELECT sharing.create_role(''Idle'', ''Rep''), sharing.create_role(''Above''), sharing.create_role(''Below'', ''Above'')'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('SELECT sharing.create_group(101, ''Empty''), sharing.create_group(102, ''Outer''), sharing.add_member(''Outer'', ''group:Empty'')'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('CREATE ROLE doctor_ben; SELECT sharing.set_user_db_role(2, ''doctor_ben''), sharing.grant_right(2, ''administrator''), sharing.deactivate_user(2)'); ROLLBACK;
-- Rules for nobody, rules that add nothing, twice the same, and one that is needed in a closed office alone.
BEGIN; SELECT * FROM test.visit('SELECT sharing.create_role(''Idle'', ''Rep''), sharing.add_rule(''leads'', ''role:Boss'', ''role:Idle'', ''read_only''), sharing.add_rule(''leads'', ''role:Idle'', ''role:Rep'', ''read_only''), sharing.apply_rules()'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('SELECT sharing.add_rule(''visits'', ''role:Boss'', ''role:Rep'', ''read_write''), sharing.add_rule(''visits'', ''role:Boss'', ''group:Team'', ''read_only''), sharing.add_rule(''visits'', ''role_and_subordinates:Boss'', ''role:Rep'', ''read_only''), sharing.add_rule(''visits'', ''role:Rep'', ''role:Boss'', ''read_only''), sharing.apply_rules()'); ROLLBACK;
-- One that carries over a relation is not looked into.
BEGIN; SELECT * FROM test.visit('SELECT sharing.add_rule(''leads'', ''role:Rep'', ''role:Boss'', ''read_only''), sharing.apply_rules()'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('SELECT sharing.set_global_access(''visits'', ''public_read_edit''), sharing.add_rule(''visits'', ''role:Boss'', ''role:Rep'', ''read_write''), sharing.add_rule(''visits'', ''role:Rep'', ''role:Boss'', ''read_write''), sharing.apply_rules()'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('SELECT sharing.create_office(''Closed'', security => true), sharing.set_global_access(''visits'', ''public_read_edit''), sharing.add_rule(''visits'', ''role:Boss'', ''role:Rep'', ''read_write''), sharing.apply_rules()'); ROLLBACK;
-- What ended long ago, each kind; not what ended lately, nor a rule that is staged with another end.
BEGIN; SELECT * FROM test.visit('SELECT sharing.add_rule(''leads'', ''role:Boss'', ''role:Rep'', ''read_only''), sharing.add_rule(''leads'', ''role:Boss'', ''group:Team'', ''read_only''), sharing.add_rule(''calls'', ''role:Boss'', ''role:Rep'', ''read_only''), sharing.apply_rules();
    SELECT sharing.add_member(''Team'', ''user:1''), sharing.add_member(''Team'', ''role:Rep''), sharing.grant_record(''crm.leads'', 1, ''user:2''), sharing.grant_record(''crm.leads'', 2, ''user:1''), sharing.grant_record(''crm.leads'', 3, ''user:1'');
    SELECT sharing.create_office(''East'', security => true), sharing.create_office(''West'', security => true), sharing.set_user_office(''1'', ''East''), sharing.set_user_office(''2'', ''West'');
    SELECT FROM sharing.enable_record_sharing(''1'') a, sharing.enable_record_sharing(''2'') b;
    SELECT FROM sharing.import_config(''{"version": 1, "links": [{"from": "1", "to": "2", "status": "active"}, {"from": "2", "to": "1", "status": "waiting"}], "shares": [{"module": "leads", "record": "1", "from": "1", "to": "2", "access": "read"}]}'');
    UPDATE sharing.rules SET until = now() - ''31 days''::interval, staged_until = CASE WHEN shared_with_group_id IS NOT NULL THEN now() + ''1 h''::interval ELSE now() - ''31 days''::interval END;
    UPDATE sharing.group_users SET until = now() - ''31 days''::interval WHERE user_id = (SELECT id FROM sharing.users WHERE key = ''1''); UPDATE sharing.group_members SET until = now() - ''31 days''::interval;
    UPDATE sharing.links SET until = ''2001-01-01'' WHERE status = ''waiting''; UPDATE sharing.shares SET until = ''0001-01-01 BC'';
    UPDATE sharing.record_grants SET until = now() - make_interval(days => 25 + 2 * record_id::integer);') v WHERE check_name = 'ended' OR step = 'fix failed'; ROLLBACK;
-- What waits, and what does not hold.
BEGIN; SELECT * FROM test.visit('SELECT sharing.set_global_access(''leads'', ''public_read_only''), sharing.add_rule(''leads'', ''role:Boss'', ''role:Rep'', ''read_only'')'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('SELECT sharing.expect(2, ''crm.leads'', 1, ''read''), sharing.expect(1, ''crm.leads'', 2, ''full'')'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('SELECT sharing.create_profile(''Clerk''), sharing.set_permission(''Clerk'', ''leads'', true, true, true, false), sharing.assign_profile(''Rep'', ''Clerk''); SELECT sharing.create_profile(''Nobody''''s'')'); ROLLBACK;
-- Owners who are nobody: by user columns, group columns and both; the most frequent first. A key may be long, and no owner is none.
BEGIN; SELECT * FROM test.visit('INSERT INTO crm.leads VALUES (4, 9, 1), (5, 9, NULL), (6, 100, 100), (7, NULL, 2); INSERT INTO crm.visits VALUES (2, ''007''), (3, repeat(''x'', 3000)), (4, E''a\nb''), (5, NULL)'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('INSERT INTO crm.plain SELECT n, 1000 + n % 12 FROM generate_series(1, 100) n; CREATE INDEX ON crm.plain (owner); SELECT sharing.protect(''crm.plain'', ''owner'', owner_group => ''owner'')'); ROLLBACK;
-- Of a large table a sample, spread evenly over it: who is unknown owns its second half.
CREATE TABLE crm.large (id integer, owner integer, filler text);
INSERT INTO crm.large SELECT n, CASE WHEN n > 50000 THEN 9 ELSE 1 END, repeat('x', 1000) FROM generate_series(1, 100000) n;
CREATE INDEX ON crm.large (owner);
VACUUM ANALYZE crm.large;
BEGIN;
SELECT sharing.protect('crm.large', 'owner') \g /dev/null
-- Many modules, each of which gets few.
DO $$
BEGIN
    FOR n IN 1 .. 200 LOOP
        EXECUTE format('CREATE TABLE crm.m%s (owner integer); CREATE INDEX ON crm.m%s (owner); SELECT sharing.protect(''crm.m%s'', ''owner'')', n, n, n);
    END LOOP;
END
$$;
SELECT object, regexp_replace(message, '\d{3,}', 'N', 'g') AS message,
       (regexp_match(message, 'of (\d+) that'))[1]::integer BETWEEN 10000 AND 40000 AS is_sample,
       abs((regexp_match(message, '^(\d+)'))[1]::numeric / (regexp_match(message, 'of (\d+) that'))[1]::numeric - 0.5) < 0.05 AS is_even
FROM test.findings WHERE check_name = 'owner_key';
ROLLBACK;
DROP TABLE crm.large;
-- Indexes: missing on a table, on partitions, and those that serve no search.
BEGIN; SELECT * FROM test.visit('DROP INDEX crm.leads_team_idx, crm.calls_lead_idx, crm.lines_call_idx, crm.visits_owner_idx'); ROLLBACK;
BEGIN; SELECT * FROM test.visit('DROP INDEX crm.visits_owner_idx, crm.leads_owner_idx; CREATE INDEX ON crm.visits (owner text_pattern_ops); CREATE INDEX ON crm.leads (owner) WHERE id > 0; CREATE INDEX ON crm.leads (team, owner)'); ROLLBACK;
