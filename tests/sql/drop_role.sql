-- The organization: drop_role with reassign_to hands users, members, rules and the roles below to the heir, also to one below.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'role:H7'), sharing.add_member('G', 'role_and_subordinates:H4'), sharing.add_member('G', 'role:H4'), sharing.add_member('G', 'role:H5'),
       sharing.add_rule('leads', 'role:H4', 'role_and_subordinates:H7', 'read_only'), sharing.add_rule('leads', 'role:H7', 'role:H4', 'read_write') \g /dev/null
CREATE VIEW test.tree AS SELECT r.name, p.name AS parent, (SELECT string_agg(key, ' ' ORDER BY key) FROM sharing.users WHERE role_id = r.id) AS users,
    (SELECT string_agg(CASE WHEN subordinates THEN 'and below' ELSE 'alone' END, ', ' ORDER BY subordinates) FROM sharing.group_members WHERE role_id = r.id) AS in_groups,
    (SELECT string_agg(id || CASE WHEN owned_by_role_id = r.id THEN ' from' ELSE ' to' END, ', ' ORDER BY id) FROM sharing.rules WHERE r.id IN (owned_by_role_id, shared_with_role_id)) AS in_rules
FROM sharing.roles r LEFT JOIN sharing.roles p ON p.id = r.parent_id;
TABLE test.tree ORDER BY 1;
-- To a role below: it takes the place of the dropped one.
SELECT sharing.drop_role('H4', 'H5');
TABLE test.tree ORDER BY 1;
-- To a role aside, and to the one above.
SELECT sharing.drop_role('H7', 'H5');
SELECT sharing.drop_role('H6', 'H2');
TABLE test.tree ORDER BY 1;
-- A root, to one far below.
SELECT sharing.drop_role('H1', 'H5');
TABLE test.tree ORDER BY 1;
-- A failed one changes nothing.
SELECT sharing.drop_role('H2', 'H2');
SELECT sharing.drop_role('H2', 'nowhere');
SELECT sharing.drop_role('H2');
TABLE test.tree ORDER BY 1;
SELECT sharing.apply_rules();
\c - app
SELECT person, r.* FROM unnest('{rep1,mgr,sup1,vp,ceo,smgr}'::text[]) WITH ORDINALITY p (person, n), test.reach(person) r ORDER BY n;
