-- The decision, Office security: a record with a user owner and a group owner is in the office of its user owner.
-- While that is closed, a rule from the group does not reach it from outside; membership of the group does.
\o /dev/null
SELECT sharing.create_office('here'), sharing.create_office('there', security => true);
SELECT sharing.create_role('Boss'), sharing.create_role('Rep', 'Boss'), sharing.create_role('Reader');
SELECT sharing.create_user('1', 'boss here', 'Boss', 'here'), sharing.create_user('2', 'rep there', 'Rep', 'there'),
       sharing.create_user('3', 'rep here', 'Rep', 'here'), sharing.create_user('4', 'reader here', 'Reader', 'here'),
       sharing.create_user('5', 'reader there', 'Reader', 'there'), sharing.create_user('6', 'member here', NULL, 'here');
SELECT sharing.create_group('g', 'Team', 'here'), sharing.create_group('h', 'Closed team', 'there'), sharing.add_member('Team', 'user:6');
CREATE TABLE cases (id integer PRIMARY KEY, owner integer, team text);
CREATE INDEX ON cases (owner);
CREATE INDEX ON cases (team);
INSERT INTO cases VALUES (1, 2, 'g'), (2, 3, 'g'), (3, NULL, 'g'), (4, 99, 'g'), (5, NULL, 'h'), (6, 3, 'h'), (7, 99, 'h'), (8, 2, NULL);
SELECT sharing.protect('cases', owner => 'owner', owner_group => 'team');
SELECT sharing.add_rule('cases', 'group:Team', 'role:Reader', 'read_only'), sharing.add_rule('cases', 'group:Closed team', 'role:Reader', 'read_only'), sharing.apply_rules();
CREATE ROLE closed_office_app LOGIN;
GRANT SELECT ON cases TO closed_office_app;
SELECT sharing.trust('closed_office_app');
CREATE VIEW people AS SELECT key, name FROM sharing.users;
GRANT SELECT ON people TO closed_office_app;
\o
\connect - closed_office_app
CREATE FUNCTION pg_temp.visible(person text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.set_config('sharing.user_key', person, true);
    RETURN (SELECT pg_catalog.string_agg(id::text, ' ' ORDER BY id) FROM public.cases);
END
$$;
-- 1, 8: of somebody in the closed office. 4, 7: their user owner is unknown, so their office is that of the group.
SELECT name, pg_temp.visible(key) FROM people ORDER BY key;
\connect - postgres
-- Public: what is closed stays closed.
SELECT sharing.set_global_access('cases', 'public_read_only'), sharing.apply_rules() \g /dev/null
\connect - closed_office_app
CREATE FUNCTION pg_temp.visible(person text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.set_config('sharing.user_key', person, true);
    RETURN (SELECT pg_catalog.string_agg(id::text, ' ' ORDER BY id) FROM public.cases);
END
$$;
SELECT name, pg_temp.visible(key) FROM people ORDER BY key;
