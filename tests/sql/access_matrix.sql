-- Looking at the settings: access_matrix() says what a role or a group may do with what another owns, as people with that role and nothing else really do.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE notes (id int PRIMARY KEY, lead_id int);
CREATE TABLE deals (id int PRIMARY KEY, owner text, team text);
SELECT sharing.protect('notes', controlled_by => 'leads', via => 'lead_id'), sharing.protect('deals', 'owner', owner_group => 'team') \g /dev/null
SELECT sharing.create_group('g', 'Team'), sharing.add_member('Team', 'role:H7'), sharing.create_group('h', 'Alone'), sharing.create_profile('Careful') \g /dev/null
SELECT * FROM sharing.access_matrix('leads');
-- A rule, for superiors of a group as well, and a profile that takes away; staged rules count for nothing.
SELECT sharing.add_rule('leads', 'role:H5', 'group:Team', 'read_write', superiors => true), sharing.apply_rules() \g /dev/null
SELECT sharing.set_permission('Careful', 'leads', true, true, true, false), sharing.set_permission('Careful', NULL, true, true, false, false), sharing.assign_profile('H3', 'Careful') \g /dev/null
SELECT sharing.add_rule('leads', 'role:H7', 'role:H5', 'read_only') \g /dev/null
SELECT * FROM sharing.access_matrix('leads') WHERE owner = 'role:H5';
-- A detail has its parent's, within its own profile.
SELECT viewer, owner, l.access AS leads, n.access AS notes, n.reasons FROM sharing.access_matrix('leads') l FULL JOIN sharing.access_matrix('notes') n USING (viewer, owner)
WHERE l.access IS DISTINCT FROM n.access OR l.reasons IS DISTINCT FROM n.reasons;
-- Of a table with a group column, groups own, too.
SELECT * FROM sharing.access_matrix('deals') WHERE owner LIKE 'group:%';
-- What people really do: those whose role is all they have, with records of each other.
GRANT USAGE ON SCHEMA test TO app;
\c - app
CREATE TEMP TABLE people AS SELECT key, 'role:' || name AS role FROM (VALUES ('ceo', 'H2'), ('vp', 'H3'), ('mgr', 'H4'), ('rep2', 'H5'), ('smgr', 'H6'), ('sup1', 'H7')) p (key, name);
CREATE TEMP TABLE owners AS SELECT id, 'role:' || name AS role FROM (VALUES (1, 'H5'), (3, 'H4'), (4, 'H3'), (5, 'H2'), (6, 'H6'), (8, 'H7')) o (id, name);
CREATE TEMP TABLE really AS
SELECT p.role AS viewer, o.role AS owner, CASE
    WHEN test.outcome_for(p.key, 'DELETE FROM leads WHERE id = ' || o.id) = '1' THEN 'full'
    WHEN test.outcome_for(p.key, 'UPDATE leads SET title = title WHERE id = ' || o.id) = '1' THEN 'edit'
    WHEN test.outcome_for(p.key, 'SELECT FROM leads WHERE id = ' || o.id) = '1' THEN 'read' END AS access
FROM people p, owners o WHERE NOT (p.key = 'ceo' AND o.id = 5 OR p.key = 'vp' AND o.id = 4 OR p.key = 'mgr' AND o.id = 3 OR p.key = 'smgr' AND o.id = 6);
SET sharing.user_key = 'adm';
SELECT viewer, owner, r.access AS really, m.access AS told FROM really r LEFT JOIN sharing.access_matrix('leads') m USING (viewer, owner) WHERE r.access IS DISTINCT FROM m.access::text;
SELECT count(access) AS above_none, count(*) AS asked FROM really;
-- Bad input.
SELECT sharing.access_matrix('Leads');
SELECT sharing.access_matrix(NULL);
