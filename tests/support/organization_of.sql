\set ECHO none
-- The organization as text, for tests to compare with what a plain query over the application's tables says.
\set QUIET on
CREATE SCHEMA test;
CREATE FUNCTION test.people() RETURNS TABLE (key text, name text, role text, office text, active boolean) LANGUAGE sql AS $$
    SELECT u.key, u.name, r.name, o.name, u.active FROM sharing.users u
    LEFT JOIN sharing.roles r ON r.id = u.role_id LEFT JOIN sharing.offices o ON o.id = u.office_id ORDER BY u.key COLLATE "C"
$$;
CREATE FUNCTION test.roles() RETURNS TABLE (name text, parent text) LANGUAGE sql AS $$
    SELECT r.name, p.name FROM sharing.roles r LEFT JOIN sharing.roles p ON p.id = r.parent_id ORDER BY r.name COLLATE "C"
$$;
CREATE FUNCTION test.offices() RETURNS TABLE (name text, parent text) LANGUAGE sql AS $$
    SELECT r.name, p.name FROM sharing.offices r LEFT JOIN sharing.offices p ON p.id = r.parent_id ORDER BY r.name COLLATE "C"
$$;
CREATE FUNCTION test.members() RETURNS TABLE ("group" text, member text) LANGUAGE sql AS $$
    SELECT g.name, 'user:' || u.key FROM sharing.group_users m JOIN sharing.groups g ON g.id = m.group_id JOIN sharing.users u ON u.id = m.user_id
    UNION ALL
    SELECT g.name, CASE WHEN i.name IS NOT NULL THEN 'group:' || i.name WHEN m.subordinates THEN 'role_and_subordinates:' || r.name ELSE 'role:' || r.name END
    FROM sharing.group_members m JOIN sharing.groups g ON g.id = m.group_id
    LEFT JOIN sharing.roles r ON r.id = m.role_id LEFT JOIN sharing.groups i ON i.id = m.member_group_id ORDER BY 1, 2
$$;
\unset QUIET
\set ECHO all
