-- What has ended keeps nobody from being dropped, what has not does: users, roles and groups that rules, memberships, links and grants name.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.create_role('Temps'), sharing.create_group('t', 'temps'), sharing.create_group('o', 'outer'), sharing.create_user('tim', 'tim') \g /dev/null
SELECT sharing.add_rule('leads', 'role:Temps', 'group:temps', 'read_only', until => '2999-01-01'), sharing.apply_rules() \g /dev/null
SELECT sharing.add_member('outer', 'user:tim', '2999-01-01'), sharing.add_member('outer', 'role:Temps', '2999-01-01'), sharing.add_member('outer', 'group:temps', '2999-01-01') \g /dev/null
SELECT sharing.grant_record('leads', 1, 'user:tim', until => '2999-01-01'), sharing.grant_record('leads', 1, 'role:Temps', until => '2999-01-01'), sharing.grant_record('leads', 1, 'group:temps', until => '2999-01-01') \g /dev/null
CREATE FUNCTION test.drops() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.outcome(statement) FROM unnest(ARRAY['SELECT sharing.drop_user(''tim'')', 'SELECT sharing.drop_role(''Temps'')', 'SELECT sharing.drop_group(''temps'')']) statement
$$;
SELECT test.drops();
-- One that has not ended is enough.
UPDATE sharing.group_users SET until = now() WHERE until IS NOT NULL; UPDATE sharing.group_members SET until = now() WHERE until IS NOT NULL; UPDATE sharing.rules SET until = now(), staged_until = now() WHERE until IS NOT NULL;
SELECT test.drops();
UPDATE sharing.rules SET until = now(), staged_until = '2999-01-01' WHERE until IS NOT NULL; UPDATE sharing.record_grants SET until = now();
SELECT test.drops();
UPDATE sharing.rules SET staged_until = now() WHERE until IS NOT NULL;
SELECT test.drops();
SELECT count(*) FROM sharing.record_grants;
-- Links, which only specialists have.
\c - app
SELECT test.link('ann', 'liz') AS link \gset
\c - postgres
SELECT test.outcome('SELECT sharing.drop_user(''liz'')');
UPDATE sharing.links SET until = now();
SELECT test.outcome('SELECT sharing.drop_user(''liz'')');
