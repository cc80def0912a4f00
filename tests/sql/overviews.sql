-- Looking at the settings: views by which administrators read what is valid and what is staged, who is where and in which group.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE quotes (id int PRIMARY KEY, lead_id int, owner text);
CREATE TABLE quote_lines (id int PRIMARY KEY, quote_id int);
CREATE TABLE contacts (id int PRIMARY KEY, owner text, team text);
SELECT sharing.protect('quotes', 'owner'), sharing.protect('quote_lines', controlled_by => 'quotes', via => 'quote_id') \g /dev/null
SELECT sharing.protect('contacts', 'owner', owner_group => 'team', follows => 'leads', hierarchy => false, module => 'Contacts') \g /dev/null
SELECT sharing.relate('quotes', 'lead_id', 'leads') \g /dev/null
SELECT sharing.create_group('g1', 'Inner'), sharing.create_group('g2', 'Outer', 'Boston'), sharing.create_group('g3', 'Nobody'), sharing.add_member('Inner', 'user:ann'), sharing.add_member('Inner', 'role:H7'),
       sharing.add_member('Outer', 'group:Inner'), sharing.add_member('Outer', 'role_and_subordinates:H6'), sharing.add_member('Outer', 'user:bob'), sharing.deactivate_user('sup2'),
       sharing.create_profile('Careful'), sharing.set_permission('Careful', NULL, true, true, true, false), sharing.assign_profile('H7', 'Careful') \g /dev/null
SELECT sharing.add_rule('leads', 'role:H5', 'group:Outer', 'read_only', '{"quotes": "none"}'), sharing.add_rule('leads', 'role:H4', 'role_and_subordinates:H6', 'read_write', superiors => true),
       sharing.add_rule('quotes', 'group:Inner', 'role:H5', 'read_only'), sharing.set_global_access('clients', 'public_read_only'), sharing.apply_rules() \g /dev/null

-- Everything valid. As text, so that the lines stay short.
SELECT module, relation, owner, owner_group, controlled_by, via, follows FROM sharing.module_overview;
SELECT module, hierarchy, default_owner, global_access, staged_global_access, rules, staged_rules, broken FROM sharing.module_overview;
SELECT * FROM sharing.rule_overview;
SELECT * FROM sharing.relation_overview;

-- Staged beside it.
SELECT sharing.set_global_access('leads', 'Public: Read Only'), sharing.alter_rule(1, 'read_write'), sharing.drop_rule(2), sharing.alter_rule(3, related => '{}'),
       sharing.add_rule('leads', 'role:H3', 'group:Inner', 'read_only'), sharing.relate('clients', 'id', 'leads') \g /dev/null
SELECT module, global_access, staged_global_access, rules, staged_rules FROM sharing.module_overview;
SELECT rule, status, owned_by, access, related, staged_access, staged_related FROM sharing.rule_overview;
SELECT kind, child, parent, rules, with_shares, waiting FROM sharing.relation_overview;
-- Once it is applied, that is valid.
CREATE TABLE staged AS SELECT rule, coalesce(staged_access, access) AS access, coalesce(staged_related, related) AS related FROM sharing.rule_overview WHERE status <> 'dropped';
SELECT sharing.apply_rules();
SELECT * FROM sharing.rule_overview;
SELECT count(*) AS differs FROM (TABLE staged EXCEPT SELECT rule, access, related FROM sharing.rule_overview) d;

-- People, by two ways: the second walks the tables.
SELECT tree, users, users_below, profiles FROM sharing.role_tree;
SELECT * FROM sharing.user_overview;
SELECT * FROM sharing.group_overview;
WITH RECURSIVE below (top, id) AS (
    SELECT id, id FROM sharing.roles UNION SELECT b.top, r.id FROM below b JOIN sharing.roles r ON r.parent_id = b.id
), members (group_id, user_id) AS (
    SELECT group_id, user_id FROM sharing.group_users
    UNION SELECT m.group_id, u.id FROM sharing.group_members m JOIN below b ON b.top = m.role_id AND (m.subordinates OR b.id = b.top) JOIN sharing.users u ON u.role_id = b.id
), nested (group_id, user_id) AS (
    SELECT * FROM members UNION SELECT g.group_id, n.user_id FROM nested n JOIN sharing.group_members g ON g.member_group_id = n.group_id
), truth AS (
    SELECT g.name AS group_name, u.key AS user_key FROM nested n JOIN sharing.groups g ON g.id = n.group_id JOIN sharing.users u ON u.id = n.user_id
), told AS (
    SELECT group_name, user_key FROM sharing.group_overview WHERE user_key IS NOT NULL
), listed AS (
    SELECT g, user_key FROM sharing.user_overview, unnest(groups) g
)
SELECT (SELECT count(*) FROM truth) AS members, (SELECT count(*) FROM (TABLE truth EXCEPT TABLE told) d) + (SELECT count(*) FROM (TABLE told EXCEPT TABLE truth) d)
    + (SELECT count(*) FROM (TABLE told EXCEPT TABLE listed) d) + (SELECT count(*) FROM (TABLE listed EXCEPT TABLE told) d) AS wrong;

-- Links.
\c - app
SELECT test.link('ann', 'liz'), test.link('bob', 'ann') \g /dev/null
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'')'), test.call('ann', 'SELECT sharing.request_link(''Boston'', ''bob'')') \g /dev/null
SET sharing.user_key = 'adm';
SELECT link_id, from_key, from_office, to_key, to_name, to_office, status, records FROM sharing.link_overview;
SELECT sharing.deactivate_user('bob');
SELECT link_id, status, records, requested_at <= now() AS requested FROM sharing.link_overview;

-- Administrators alone, whatever they may do in the database; nobody changes anything by it; nothing tells how many there are.
\set QUIET on
CREATE FUNCTION pg_temp.asked(view text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT FROM sharing.%I', view);
    RETURN 'read';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
\set QUIET off
SET sharing.user_key = 'vp';
SELECT view, pg_temp.asked(view) FROM unnest('{module_overview,rule_overview,relation_overview,role_tree,user_overview,group_overview,link_overview}'::text[]) view;
RESET sharing.user_key;
SELECT * FROM sharing.user_overview;
SELECT sharing.access_matrix('leads');
SELECT sharing.diagram();
EXPLAIN (COSTS OFF) SELECT * FROM sharing.user_overview WHERE user_key = 'ann';
SET sharing.user_key = 'adm';
DELETE FROM sharing.role_tree;
\c - postgres
CREATE ROLE overview_dba LOGIN;
SELECT sharing.grant_admin('overview_dba');
-- Without a transaction id, in a READ ONLY transaction, with any search path.
\c - overview_dba
CREATE TEMP TABLE users (id int);
SET search_path = pg_temp, pg_catalog;
BEGIN READ ONLY;
SELECT (SELECT count(*) FROM sharing.module_overview), (SELECT count(*) FROM sharing.rule_overview), (SELECT count(*) FROM sharing.relation_overview), (SELECT count(*) FROM sharing.role_tree),
       (SELECT count(*) FROM sharing.user_overview), (SELECT count(*) FROM sharing.group_overview), (SELECT count(*) FROM sharing.link_overview), (SELECT count(*) FROM sharing.access_matrix('leads')),
       length(sharing.diagram()) > 1000 AS drawn, length(sharing.diagram('dot', 'leads')) > 1000 AS narrowed;
SELECT pg_current_xact_id_if_assigned() IS NULL AS without_id;
COMMIT;
