-- The decision (office security, owners) of grant 7: the parent's office and the child's are both looked at; groups own parents and children, in a column
-- of their own or in one with users.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_office('A'), sharing.create_office('B'), sharing.create_office('C') \g /dev/null
SELECT sharing.create_group('g', 'G', 'A'), sharing.create_group('inner', 'Inner', 'B'), sharing.add_member('G', 'group:Inner'), sharing.create_group('x', 'X') \g /dev/null
-- rep1 and the group G are of office A, mgr and Inner of B; nobody is in the offices of others. rep2 has no office, a group with his key is of C.
SELECT sharing.set_user_office('rep1', 'A'), sharing.set_user_office('mgr', 'B') \g /dev/null
CREATE TABLE accounts (id integer PRIMARY KEY, owner text, team text, title text);
CREATE TABLE one_column (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE teams (id integer PRIMARY KEY, team text, title text);
INSERT INTO accounts VALUES (1, 'rep1', NULL), (2, 'mgr', NULL), (3, NULL, 'g'), (4, NULL, 'inner'), (5, 'mgr', 'g'), (6, 'ghost', 'g'), (7, 'rep2', NULL), (8, NULL, 'x'), (9, 'ghost', 'x'), (10, 'rep2', 'inner');
INSERT INTO one_column VALUES (1, 'rep1'), (2, 'mgr'), (3, 'g'), (4, 'inner'), (7, 'rep2'), (8, 'x');
INSERT INTO teams VALUES (3, 'g'), (4, 'inner'), (8, 'x'), (9, 'ghost');
CREATE TABLE potentials (id integer PRIMARY KEY, owner text, account integer, title text);
-- Of nobody's concern themselves: only the parent counts.
INSERT INTO potentials SELECT 100 + n, 'ghost', n FROM generate_series(1, 10) n;
CREATE TABLE grouped (id integer PRIMARY KEY, owner text, team text, parent integer, title text);
-- On an account of rep1's: children of everybody.
INSERT INTO grouped VALUES (201, 'rep1', NULL, 1), (202, 'mgr', NULL, 1), (203, NULL, 'g', 1), (204, NULL, 'inner', 1), (205, 'mgr', 'g', 1), (206, 'ghost', 'inner', 1), (207, 'rep2', 'inner', 1), (208, 'rep1', 'inner', 1), (209, NULL, NULL, 1);
CREATE TABLE mixed (id integer PRIMARY KEY, owner text, parent integer, title text);
INSERT INTO mixed VALUES (301, 'rep1', 1), (302, 'mgr', 1), (303, 'g', 1), (304, 'inner', 1), (305, 'rep2', 1), (306, 'x', 1), (307, NULL, 1);
CREATE TABLE of_teams (id integer PRIMARY KEY, team text, parent integer, title text);
INSERT INTO of_teams VALUES (401, 'g', 1), (402, 'inner', 1), (403, 'rep2', 1), (404, 'ghost', 1), (405, NULL, 1);
GRANT ALL ON accounts, one_column, teams, potentials, grouped, mixed, of_teams TO app;
SELECT sharing.protect('accounts', 'owner', owner_group => 'team'), sharing.protect('one_column', 'owner', owner_group => 'owner'), sharing.protect('teams', owner_group => 'team'), sharing.protect('potentials', 'owner'),
    sharing.protect('grouped', 'owner', owner_group => 'team'), sharing.protect('mixed', 'owner', owner_group => 'owner'), sharing.protect('of_teams', owner_group => 'team') \g /dev/null
-- Where one column holds users and groups, the key of both is nobody's.
INSERT INTO sharing.groups (key, name, office_id) SELECT 'rep2', 'Namesake', id FROM sharing.offices WHERE name = 'C';
SELECT sharing.relate('grouped', 'parent', 'accounts'), sharing.relate('mixed', 'parent', 'accounts'), sharing.relate('of_teams', 'parent', 'accounts') \g /dev/null
-- The parents that let H7 see their potentials, by a rule, for each way of owning parents.
CREATE FUNCTION test.parents(owned_by text, OUT accounts text, OUT one_column text, OUT teams text) LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    found text;
    result text[];
BEGIN
    FOREACH parent IN ARRAY '{accounts,one_column,teams}'::text[] LOOP
        PERFORM sharing.relate('potentials', 'account', parent::regclass);
        PERFORM sharing.drop_rule(id) FROM sharing.rules;
        PERFORM sharing.add_rule(parent, owned_by, 'role:H7', 'read_only'), sharing.apply_rules();
        SET LOCAL SESSION AUTHORIZATION app;
        PERFORM set_config('sharing.user_key', 'sup1', true);
        SELECT string_agg(p.account::text, ' ' ORDER BY p.id) INTO found FROM potentials p;
        SET LOCAL SESSION AUTHORIZATION DEFAULT;
        PERFORM sharing.unrelate('potentials', 'account', parent::regclass);
        result := result || coalesce(found, '-');
    END LOOP;
    accounts := result[1];
    one_column := result[2];
    teams := result[3];
END
$$;
CREATE FUNCTION test.offices(closed text, mine text, OUT "role:H5" text, OUT "role_and_subordinates:H4" text, OUT "group:G" text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sharing.set_office_security(name, name = ANY (string_to_array(closed, ' '))) FROM sharing.offices;
    PERFORM sharing.set_user_office('sup1', mine);
    "role:H5" := (SELECT concat_ws(' | ', p.accounts, p.one_column, p.teams) FROM test.parents('role:H5') p);
    "role_and_subordinates:H4" := (SELECT concat_ws(' | ', p.accounts, p.one_column, p.teams) FROM test.parents('role_and_subordinates:H4') p);
    "group:G" := (SELECT concat_ws(' | ', p.accounts, p.one_column, p.teams) FROM test.parents('group:G') p);
END
$$;
SELECT c.closed, c.mine, o.* FROM (VALUES ('', NULL), ('A', NULL), ('A', 'A'), ('A', 'B'), ('B', 'A'), ('A B', 'B'), ('A B C', 'C'), ('C', NULL)) c (closed, mine), test.offices(closed, mine) o;
-- The children that H7 sees: those of closed offices not, whatever the parent's.
CREATE FUNCTION test.children(closed text, mine text, OUT grouped text, OUT mixed text, OUT of_teams text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sharing.set_office_security(name, name = ANY (string_to_array(closed, ' '))) FROM sharing.offices;
    PERFORM sharing.set_user_office('sup1', mine);
    PERFORM sharing.drop_rule(id) FROM sharing.rules;
    PERFORM sharing.add_rule('accounts', 'role:H5', 'role:H7', 'read_only'), sharing.apply_rules();
    SET LOCAL SESSION AUTHORIZATION app;
    grouped := (SELECT sees FROM test.reach('sup1', 'grouped'));
    mixed := (SELECT sees FROM test.reach('sup1', 'mixed'));
    of_teams := (SELECT sees FROM test.reach('sup1', 'of_teams'));
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
END
$$;
SELECT c.closed, c.mine, o.* FROM (VALUES ('', NULL), ('B', NULL), ('B', 'B'), ('B', 'A'), ('C', NULL), ('A', 'A'), ('A B', 'A'), ('A B C', 'A'), ('A', NULL)) c (closed, mine), test.children(closed, mine) o;
-- The same for changing, and where users move.
SELECT sharing.set_office_security('A', false), sharing.set_office_security('B', true), sharing.set_user_office('sup1', NULL) \g /dev/null
SELECT sharing.drop_rule(id) FROM sharing.rules \g /dev/null
SELECT sharing.add_rule('accounts', 'role:H5', 'role:H7', 'read_only', '{"grouped": "read_write", "mixed": "read_write"}'), sharing.apply_rules() \g /dev/null
\c - app
SELECT "table", r.* FROM unnest('{grouped,mixed}'::text[]) t ("table"), test.reach('sup1', "table"::regclass) r;
-- A child may not be made for a closed office, nor be given away to one.
SELECT left(test.outcome_for('sup1', statement), 5), statement FROM unnest(ARRAY['INSERT INTO grouped VALUES (1, ''rep1'', NULL, 1)', 'INSERT INTO grouped VALUES (1, ''mgr'', NULL, 1)', 'INSERT INTO grouped VALUES (1, NULL, ''inner'', 1)', 'INSERT INTO grouped VALUES (1, ''rep1'', ''inner'', 1)', 'INSERT INTO grouped VALUES (1, ''ghost'', ''inner'', 1)']) statement;
\c - postgres
SELECT sharing.set_user_office('mgr', NULL);
\c - app
SELECT "table", r.* FROM unnest('{grouped,mixed}'::text[]) t ("table"), test.reach('sup1', "table"::regclass) r;
-- Profiles restrict what a group's parents give: without edit reading is left, without view nothing.
\c - postgres
SELECT sharing.set_office_security(name, false) FROM sharing.offices \g /dev/null
SELECT sharing.drop_rule(id) FROM sharing.rules \g /dev/null
INSERT INTO sharing.profiles (id, name) VALUES (1, 'P');
INSERT INTO sharing.profile_permissions SELECT 1, id, true, true, true, true FROM sharing.modules;
INSERT INTO sharing.role_profiles SELECT id, 1 FROM sharing.roles WHERE name = 'H7';
CREATE FUNCTION test.restricted(parent text, can_view boolean, can_edit boolean, OUT sees text, OUT edits text) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sharing.profile_permissions p SET can_view = restricted.can_view, can_edit = restricted.can_edit FROM sharing.modules m WHERE m.id = p.module_id AND m.name = 'potentials';
    PERFORM sharing.relate('potentials', 'account', parent::regclass);
    PERFORM sharing.add_rule(parent, 'group:G', 'role:H7', 'read_only', '{"potentials": "read_write"}'), sharing.apply_rules();
    SET LOCAL SESSION AUTHORIZATION app;
    SELECT r.sees, r.edits INTO sees, edits FROM test.reach('sup1', 'potentials') r;
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
    PERFORM sharing.unrelate('potentials', 'account', parent::regclass), sharing.drop_rule(id) FROM sharing.rules;
END
$$;
SELECT parent, can_view, can_edit, r.* FROM unnest('{accounts,one_column,teams}'::text[]) parent, (VALUES (true, true), (true, false), (false, true)) p (can_view, can_edit), test.restricted(parent, can_view, can_edit) r ORDER BY 1, 2 DESC, 3 DESC;
