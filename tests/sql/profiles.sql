-- The decision, Profiles, and docs/semantics.md (Examples that must hold), example 12: what a role's profiles leave of the grants, action by action.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE VIEW test.profiles AS SELECT p.name, p.view_all, p.edit_all, coalesce(m.name, '(any other)') AS module, can_view, can_create, can_edit, can_delete
    FROM sharing.profiles p LEFT JOIN sharing.profile_permissions d ON d.profile_id = p.id LEFT JOIN sharing.modules m ON m.id = d.module_id;
CREATE VIEW test.assigned AS SELECT r.name AS role, string_agg(p.name, ' ' ORDER BY p.name) AS profiles
    FROM sharing.role_profiles a JOIN sharing.roles r ON r.id = a.role_id JOIN sharing.profiles p ON p.id = a.profile_id GROUP BY 1;
\set reach 'SELECT person, r.* FROM unnest(''{rep1,mgr,vp,sup1,adm}''::text[]) WITH ORDINALITY p (person, n), test.reach(person) r ORDER BY n'

-- Example 12: rep1's role has a profile that lacks edit and delete. Superiors have what they had.
SELECT sharing.create_profile('Reader'), sharing.set_permission('Reader', 'leads', true, true, false, false), sharing.assign_profile('H5', 'Reader');
\c - app
:reach;
-- Taken back: a role without a profile is not restricted.
\c - postgres
SELECT sharing.unassign_profile('H5', 'Reader');
\c - app
:reach;

-- Every combination, each for a user with a role and a profile of his own, on the record that he owns.
\c - postgres
CREATE TABLE items (id integer PRIMARY KEY, owner text, title text);
GRANT ALL ON items TO app;
SELECT sharing.protect('items', 'owner') \g /dev/null
CREATE TABLE test.combinations AS
SELECT n AS id, concat(CASE WHEN n & 8 > 0 THEN 'V' ELSE '-' END, CASE WHEN n & 4 > 0 THEN 'C' ELSE '-' END, CASE WHEN n & 2 > 0 THEN 'E' ELSE '-' END, CASE WHEN n & 1 > 0 THEN 'D' ELSE '-' END) AS name
FROM generate_series(0, 15) n;
GRANT SELECT ON test.combinations TO app;
SELECT sharing.create_role(name), sharing.create_user(name, name, name), sharing.create_profile(name) FROM test.combinations \g /dev/null
SELECT sharing.set_permission(name, 'items', name ~ 'V', name ~ 'C', name ~ 'E', name ~ 'D'), sharing.assign_profile(name, name) FROM test.combinations \g /dev/null
INSERT INTO items SELECT id, name FROM test.combinations;
\c - app
SELECT name, left(test.outcome_for(name, 'SELECT FROM items'), 5) AS sees, left(test.outcome_for(name, 'SELECT FROM items FOR UPDATE'), 5) AS locks,
       left(test.outcome_for(name, format('INSERT INTO items VALUES (100, %L)', name)), 5) AS inserts, left(test.outcome_for(name, 'UPDATE items SET title = title'), 5) AS edits,
       left(test.outcome_for(name, 'DELETE FROM items'), 5) AS deletes, left(test.outcome_for(name, format('SELECT sharing.transfer(''items'', ''{%s}'', ''user:adm'')', id)), 5) AS transfers
FROM test.combinations ORDER BY id DESC;

-- A profile without a row for the module denies it, whatever the grants, under every global access; other roles are as before.
\c - postgres
SELECT sharing.create_profile('Empty', view_all => true, edit_all => true), sharing.assign_profile('H5', 'Empty'), sharing.assign_profile('H4', 'Empty'),
       sharing.create_group('g', 'G'), sharing.add_member('G', 'role:H5'), sharing.grant_right('rep2', 'super_user'), sharing.create_office('East'), sharing.set_user_office('rep2', 'East'), sharing.set_user_office('sup1', 'East'),
       sharing.add_rule('leads', 'role:H7', 'role:H5', 'read_write'), sharing.set_global_access('leads', 'public_read_edit_delete'), sharing.apply_rules() \g /dev/null
\c - app
:reach;
SELECT person, r.*, test.outcome_for(person, 'INSERT INTO leads VALUES (100, ''rep2'')') AS inserts, test.outcome_for(person, 'SELECT sharing.transfer(''leads'', ''{2}'', ''user:rep1'')') AS transfers
FROM unnest('{rep2,mgr}'::text[]) person, test.reach(person) r;
-- A row for any other module permits it; a row of its own counts alone, whether it says more or less.
\c - postgres
SELECT sharing.set_permission('Empty', NULL, true, false, false, false);
\c - app
SELECT r.* FROM test.reach('rep1') r;
SELECT r.* FROM test.reach('rep1', 'items') r;
\c - postgres
SELECT sharing.set_permission('Empty', 'leads', true, true, true, false);
\c - app
SELECT r.* FROM test.reach('rep1') r;
SELECT r.* FROM test.reach('rep1', 'items') r;
\c - postgres
SELECT sharing.set_permission('Empty', 'leads', false, false, false, false), sharing.set_permission('Empty', NULL, true, true, true, true);
TABLE test.profiles ORDER BY name, module;
\c - app
SELECT r.* FROM test.reach('rep1') r;
SELECT r.* FROM test.reach('rep1', 'items') r;

-- The limits of a profile under each global access: what is public is cut as well.
\c - postgres
SELECT sharing.drop_rule(id) FROM sharing.rules \g /dev/null
SELECT sharing.unassign_profile('H5', 'Empty'), sharing.unassign_profile('H4', 'Empty'), sharing.revoke_right('rep2', 'super_user'),
       sharing.assign_profile('H5', 'Reader'), sharing.create_profile('No delete'), sharing.set_permission('No delete', 'leads', true, true, true, false), sharing.assign_profile('H4', 'No delete'),
       sharing.create_profile('No view'), sharing.set_permission('No view', 'leads', false, true, true, true), sharing.assign_profile('H7', 'No view'), sharing.apply_rules() \g /dev/null
TABLE test.assigned ORDER BY role;
\c - app
:reach;
\c - postgres
SELECT sharing.set_global_access('leads', 'public_read_edit'), sharing.apply_rules() \g /dev/null
\c - app
:reach;
\c - postgres
SELECT sharing.set_global_access('leads', 'public_read_only'), sharing.apply_rules() \g /dev/null
\c - app
:reach;
\c - postgres
SELECT sharing.set_global_access('leads', 'private'), sharing.apply_rules() \g /dev/null
\c - app
:reach;

-- INSERT takes create and edit; so rep1, who may create but not edit, inserts nothing, and mgr inserts for himself and those below him.
SELECT person, owner, test.outcome_for(person, format('INSERT INTO leads VALUES (100, %L)', owner)) AS inserts
FROM (VALUES ('rep1', 'rep1'), ('mgr', 'mgr'), ('mgr', 'rep1'), ('mgr', 'vp'), ('sup1', 'sup1')) AS t (person, owner);
SELECT test.outcome_for('mgr', 'INSERT INTO leads VALUES (1, ''rep1'') ON CONFLICT (id) DO UPDATE SET title = ''x''') AS own_or_below,
       test.outcome_for('rep1', 'INSERT INTO leads VALUES (1, ''rep1'') ON CONFLICT (id) DO NOTHING') AS without_edit;
\c - postgres
SELECT sharing.set_permission('No delete', 'leads', true, false, true, false);
\c - app
SELECT test.outcome_for('mgr', 'INSERT INTO leads VALUES (100, ''mgr'')') AS without_create,
       test.outcome_for('mgr', 'INSERT INTO leads VALUES (1, ''rep1'') ON CONFLICT (id) DO UPDATE SET title = ''x''') AS on_conflict,
       test.outcome_for('mgr', 'MERGE INTO leads USING (VALUES (1)) v (id) ON leads.id = v.id WHEN MATCHED THEN UPDATE SET title = ''x'' WHEN NOT MATCHED THEN INSERT VALUES (100, ''mgr'')') AS merge_update,
       test.outcome_for('mgr', 'MERGE INTO leads USING (VALUES (1)) v (id) ON leads.id = v.id WHEN MATCHED THEN DELETE') AS merge_delete;

-- DELETE takes delete, as mgr lacks it; changing the owner stays with full access, which he has.
SELECT test.outcome_for('mgr', 'DELETE FROM leads') AS deletes, test.outcome_for('mgr', 'UPDATE leads SET owner = ''rep2'' WHERE id = 1') AS gives,
       test.outcome_for('mgr', 'SELECT sharing.transfer(''leads'', ''{1,3}'', ''user:sup1'')') AS transfers,
       test.outcome_for('mgr', 'UPDATE leads SET owner = ''vp'' WHERE id = 1') AS gives_upward,
       test.outcome_for('rep1', 'UPDATE leads SET owner = ''rep1'' WHERE id = 1') AS without_edit,
       test.outcome_for('rep1', 'SELECT sharing.transfer(''leads'', ''{1}'', ''user:rep2'')') AS transfers_without_edit;

-- Of several profiles the most permissive wins, action by action.
\c - postgres
SELECT sharing.create_profile('Writer'), sharing.set_permission('Writer', 'leads', false, true, true, false),
       sharing.create_profile('Cleaner'), sharing.set_permission('Cleaner', NULL, false, false, false, true);
\c - app
SELECT r.*, left(test.outcome_for('rep1', 'INSERT INTO leads VALUES (100, ''rep1'')'), 5) AS inserts FROM test.reach('rep1') r;
\c - postgres
SELECT sharing.assign_profile('H5', 'Writer');
\c - app
SELECT r.*, left(test.outcome_for('rep1', 'INSERT INTO leads VALUES (100, ''rep1'')'), 5) AS inserts FROM test.reach('rep1') r;
\c - postgres
SELECT sharing.assign_profile('H5', 'Cleaner');
\c - app
SELECT r.*, left(test.outcome_for('rep1', 'INSERT INTO leads VALUES (100, ''rep1'')'), 5) AS inserts FROM test.reach('rep1') r;
\c - postgres
SELECT sharing.unassign_profile('H5', 'Reader');
\c - app
SELECT r.*, left(test.outcome_for('rep1', 'INSERT INTO leads VALUES (100, ''rep1'')'), 5) AS inserts FROM test.reach('rep1') r;
\c - postgres
SELECT sharing.unassign_profile('H5', 'Writer'), sharing.unassign_profile('H5', 'Cleaner');

-- view_all and edit_all are grants, within the profile: every record, also of nobody; deleting and giving away stay with full access.
SELECT sharing.create_profile('See all', view_all => true), sharing.set_permission('See all', NULL, true, true, true, true),
       sharing.create_profile('Change all', edit_all => true), sharing.set_permission('Change all', NULL, true, true, true, true),
       sharing.unassign_profile('H7', 'No view'), sharing.assign_profile('H7', 'See all') \g /dev/null
\c - app
:reach;
SELECT test.outcome_for('sup1', 'INSERT INTO leads VALUES (100, ''rep1'')') AS inserts_for_others;
\c - postgres
SELECT sharing.assign_profile('H7', 'Change all');
\c - app
SELECT r.*, test.outcome_for('sup1', 'INSERT INTO leads VALUES (100, ''rep1'')') AS inserts_for_others, test.outcome_for('sup1', 'UPDATE leads SET owner = ''sup1'' WHERE id = 1') AS takes FROM test.reach('sup1') r;
-- Without edit in the profile, edit_all is to see; without view, with the module switched off, nothing, though other modules are as they were.
\c - postgres
SELECT sharing.unassign_profile('H7', 'See all'), sharing.set_permission('Change all', 'leads', true, true, false, true);
\c - app
SELECT r.* FROM test.reach('sup1') r;
\c - postgres
SELECT sharing.set_permission('Change all', 'leads', false, true, true, true);
\c - app
SELECT r.* FROM test.reach('sup1') r;
SELECT r.sees FROM test.reach('sup1', 'items') r;
\c - postgres
SELECT sharing.set_permission('Change all', 'leads', true, true, true, true), sharing.create_user('new', 'new', 'H7', 'East'), sharing.set_user_office('rep1', 'East'), sharing.set_office_security('East', true);
-- Of several profiles one may bring the grant and another the permission.
\c - app
SELECT r.* FROM test.reach('mgr') r;
\c - postgres
SELECT sharing.create_profile('Grants only', view_all => true), sharing.assign_profile('H4', 'Grants only');
\c - app
SELECT r.* FROM test.reach('mgr') r;
SELECT r.* FROM test.reach('mgr', 'items') r;
\c - postgres
SELECT sharing.unassign_profile('H4', 'Grants only');
-- Records of a closed office are out of their reach, also for those who work there; what is one's own is not.
\c - app
SELECT person, r.* FROM unnest('{sup1,sup2,new,rep1}'::text[]) WITH ORDINALITY p (person, n), test.reach(person) r ORDER BY n;

-- Administrators are never restricted.
\c - postgres
SELECT sharing.set_user_role('adm', 'H5'), sharing.create_profile('Nothing'), sharing.assign_profile('H5', 'Nothing');
\c - app
SELECT r.*, test.outcome_for('adm', 'INSERT INTO leads VALUES (100, ''vp'')') AS inserts, test.outcome_for('adm', 'SELECT sharing.transfer(''leads'', ''{1,9,10}'', ''user:vp'')') AS transfers FROM test.reach('adm') r;
SELECT r.* FROM test.reach('rep1') r;
\c - postgres
SELECT sharing.revoke_right('adm', 'administrator');
\c - app
SELECT r.* FROM test.reach('adm') r;
\c - postgres
SELECT sharing.grant_right('adm', 'administrator'), sharing.set_office_security('East', false);

-- A profile cuts whatever the grant: groups, hierarchy, rules, rights. One database role for each user or one for all makes no difference.
CREATE TABLE teams (id integer PRIMARY KEY, team text, title text);
INSERT INTO teams VALUES (1, 'g'), (2, 'none');
GRANT ALL ON teams TO PUBLIC;
SELECT sharing.protect('teams', owner_group => 'team'), sharing.set_permission('Nothing', 'teams', true, false, true, false) \g /dev/null
\c - app
SELECT r.* FROM test.reach('rep1', 'teams') r;
SELECT test.outcome_for('rep1', 'INSERT INTO teams VALUES (3, ''g'')') AS inserts;
\c - rep2_db
SELECT id FROM leads;
SELECT id FROM teams;
UPDATE teams SET title = 'x' RETURNING id;
DELETE FROM teams RETURNING id;
INSERT INTO teams VALUES (3, 'g');
\c - postgres
SELECT sharing.create_profile('Limited'), sharing.set_permission('Limited', 'leads', true, true, false, false), sharing.grant_right('smgr', 'super_user'), sharing.set_user_office('smgr', 'East'), sharing.grant_right('vp', 'enterprise_view'), sharing.set_user_office('vp', 'East'),
       sharing.add_rule('leads', 'role:H4', 'role:H6', 'read_write'), sharing.apply_rules(), sharing.assign_profile('H6', 'Limited'), sharing.assign_profile('H3', 'Limited') \g /dev/null
\c - app
SELECT person, r.* FROM unnest('{vp,smgr,ceo}'::text[]) WITH ORDINALITY p (person, n), test.reach(person) r ORDER BY n;

-- preview_rules counts what profiles leave: nothing to gain for who sees nothing of the module, or everything already.
\c - postgres
SELECT sharing.add_rule('leads', 'role:H2', owned, 'read_only') FROM unnest('{role:H5,role:H7,role:H4}'::text[]) owned \g /dev/null
SELECT * FROM sharing.preview_rules();
SELECT sharing.discard_changes();

-- Assignments go with a role, and are not handed on; profiles stay.
SELECT sharing.drop_role('H6', reassign_to => 'H2'), sharing.drop_role('---D', reassign_to => 'VCED');
SELECT * FROM test.assigned WHERE role IN ('H2', 'H6', 'H7', '---D', 'VCED') ORDER BY role;
SELECT count(*) AS orphans FROM sharing.role_profiles a WHERE NOT EXISTS (SELECT FROM sharing.roles r WHERE r.id = a.role_id);
SELECT sharing.drop_profile('---D'), sharing.drop_profile('Writer');
SELECT name FROM sharing.profiles WHERE name IN ('---D', 'Writer', 'Limited');
SELECT "function", object, before FROM sharing.audit_log WHERE "function" IN ('drop_role', 'drop_profile') AND before IS NOT NULL AND object ~ 'profile' ORDER BY id;

-- Permissions go with the module: unprotected, or dropped. Those of other modules and of any other stay.
SELECT count(*) > 0 AS unprotected FROM sharing.unprotect('items');
DROP TABLE teams;
SELECT DISTINCT module FROM test.profiles ORDER BY 1;
SELECT count(*) AS orphans FROM sharing.profile_permissions d WHERE NOT EXISTS (SELECT FROM sharing.modules m WHERE m.id = d.module_id) AND module_id IS NOT NULL;
SELECT "function", object, before FROM sharing.audit_log WHERE after IS NULL AND object ~ '^permissions' ORDER BY id DESC LIMIT 3;
-- Protected again, it is another module: without rows.
SELECT sharing.protect('items', 'owner') \g /dev/null
\c - app
SELECT test.outcome_for('VC-D', 'SELECT FROM items') AS no_row;
