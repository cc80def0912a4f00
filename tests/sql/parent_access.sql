-- The decision (grant 13): children that come with their parents, against twins of the tables that nobody protects.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE accounts (id integer PRIMARY KEY, owner text, title text);
INSERT INTO accounts VALUES (1, 'rep1', NULL), (2, 'mgr', NULL), (3, 'sup1', NULL), (4, NULL, NULL);
CREATE TABLE cases (id integer PRIMARY KEY, owner text, title text, account integer);
INSERT INTO cases SELECT n, owner, NULL, NULLIF(1 + n % 5, 5) FROM unnest('{sup2,sup2,smgr,rep2,ceo,ghost,NULL,sup2,sup2,sup2,sup2,sup2}'::text[]) WITH ORDINALITY l (owner, n);
CREATE TABLE tasks (id integer PRIMARY KEY, owner text, title text, of integer) PARTITION BY HASH (id);
CREATE TABLE tasks_0 PARTITION OF tasks FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE tasks_1 PARTITION OF tasks FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO tasks SELECT n, 'smgr', NULL, n FROM generate_series(1, 12) n;
CREATE TABLE steps (id integer PRIMARY KEY, title text, task integer);
INSERT INTO steps SELECT n, NULL, n FROM generate_series(1, 12) n;
CREATE INDEX ON cases (account);
CREATE TABLE twin_cases AS TABLE cases;
CREATE TABLE twin_tasks AS TABLE tasks;
GRANT ALL ON accounts, cases, tasks, steps, twin_cases, twin_tasks TO app;
SELECT sharing.protect('accounts', 'owner'), sharing.protect('cases', 'owner'), sharing.protect('tasks', 'owner'), sharing.protect('steps', controlled_by => 'tasks', via => 'task') \g /dev/null

-- Declared, it gives nothing; it does once it is applied.
SELECT sharing.relate('cases', 'account', 'accounts', with_parent => 'read');
SELECT * FROM sharing.pending_changes();
SELECT child, parent, waiting, with_parent FROM sharing.relation_overview WHERE kind = 'relation';
SELECT relation - 'child' - 'parent' - 'when' AS relation FROM jsonb_array_elements(sharing.export_config() -> 'relations') relation;
\c - app
SELECT * FROM test.reach('rep1', 'cases');
\c - postgres
SELECT module, user_key, gained, lost, edit_gained, delete_gained FROM sharing.preview_rules();
SELECT sharing.apply_rules();
SELECT child, parent, waiting, with_parent FROM sharing.relation_overview WHERE kind = 'relation';

-- Who sees an account sees its cases, whoever owns them, and changes none of others'. The last two columns are what the twin says.
CREATE FUNCTION test.by_twin(person text, most text, OUT sees text, OUT edits text) LANGUAGE plpgsql AS $$
DECLARE
    a record;
    own text;
BEGIN
    SELECT * INTO a FROM test.reach(person, 'accounts');
    own := (SELECT coalesce(string_agg(t.id::text, ' '), '') FROM twin_cases t WHERE t.owner = ANY (CASE person
        WHEN 'rep1' THEN '{rep1}' WHEN 'mgr' THEN '{rep1,rep2,mgr}' WHEN 'sup1' THEN '{sup1}' WHEN 'sup2' THEN '{sup2}' WHEN 'smgr' THEN '{sup1,sup2,smgr}' ELSE '{}' END::text[]));
    sees := (SELECT string_agg(t.id::text, ' ' ORDER BY t.id) FROM twin_cases t WHERE t.account::text = ANY (string_to_array(a.sees, ' ')) OR t.id::text = ANY (string_to_array(own, ' ')));
    edits := (SELECT string_agg(t.id::text, ' ' ORDER BY t.id) FROM twin_cases t WHERE most = 'edit' AND t.account::text = ANY (string_to_array(a.edits, ' ')) OR t.id::text = ANY (string_to_array(own, ' ')));
END
$$;
\c - app
SELECT person, r.sees, r.edits, r.deletes, t.sees = r.sees AND t.edits IS NOT DISTINCT FROM r.edits AS as_twin FROM unnest('{rep1,mgr,sup1,sup2,smgr}'::text[]) person, test.reach(person, 'cases') r, test.by_twin(person, 'read') t ORDER BY person;
SELECT person, r.* FROM unnest('{ceo,adm,nobody}'::text[]) person, test.reach(person, 'cases') r;
-- INSERT takes edit, which this is not; so does UPDATE.
SELECT test.outcome_for('rep1', 'INSERT INTO cases VALUES (50, ''sup2'', NULL, 1)'), test.outcome_for('rep1', 'UPDATE cases SET title = ''x'' WHERE id = 5');
SELECT test.outcome_for('rep1', 'SELECT * FROM cases WHERE id = 5 FOR UPDATE');

-- Up to edit: as much as one has on the account. It deletes none, and gives none away.
\c - postgres
SELECT sharing.relate('cases', 'account', 'accounts', with_parent => 'edit');
SELECT sharing.unrelate('cases', 'account', 'accounts'), sharing.relate('cases', 'account', 'accounts', with_parent => 'edit'), sharing.apply_rules() \g /dev/null
\c - app
SELECT person, r.sees, r.edits, r.deletes, t.sees = r.sees AND t.edits IS NOT DISTINCT FROM r.edits AS as_twin FROM unnest('{rep1,mgr,sup1,sup2,smgr}'::text[]) person, test.reach(person, 'cases') r, test.by_twin(person, 'edit') t ORDER BY person;
SELECT what, test.outcome_for('rep1', what) FROM unnest(ARRAY[
    'INSERT INTO cases VALUES (50, ''sup2'', NULL, 1)', 'INSERT INTO cases VALUES (50, ''sup2'', NULL, 2)', 'INSERT INTO cases VALUES (50, ''sup2'', NULL, NULL)',
    'UPDATE cases SET account = 2 WHERE id = 5', 'UPDATE cases SET owner = ''rep1'' WHERE id = 5', 'DELETE FROM cases WHERE id = 5', 'SELECT * FROM cases WHERE id = 5 FOR UPDATE']) what;
-- From one account to another takes edit on both.
SELECT test.outcome_for('mgr', 'UPDATE cases SET account = 2 WHERE id = 5'), test.outcome_for('mgr', 'UPDATE cases SET account = 3 WHERE id = 5');

-- By whatever grant: a rule gives read alone, a grant of the account too.
\c - postgres
SELECT sharing.add_rule('accounts', 'role:H5', 'role:H7', 'read_only', '{"cases": "none"}'), sharing.apply_rules() \g /dev/null
SELECT sharing.grant_record('accounts', 2, 'user:sup2', 'edit');
\c - app
SELECT person, a.sees AS accounts, a.edits, c.sees AS cases, c.edits FROM unnest('{sup1,sup2}'::text[]) person, test.reach(person, 'accounts') a, test.reach(person, 'cases') c ORDER BY 1;
\c - postgres
SELECT e.access, e.reason, e.via, e.detail FROM sharing.explain('cases', 5, 'sup2') e;
SELECT e.access, e.reason, e.via FROM sharing.explain('cases', 6, 'sup2') e;
SELECT * FROM sharing.who_can('cases', 5);
SELECT user_key, access FROM sharing.who_can('cases', 5, 'edit');
-- What the caller is told of a parent names no key.
\c - app
SET sharing.user_key = 'sup1';
SELECT access, reason, via, detail FROM sharing.explain('cases', 5);
RESET sharing.user_key;

-- Child of child, through partitions, and their details: as deep as it goes.
\c - postgres
SELECT sharing.relate('tasks', 'of', 'cases', with_parent => 'edit'), sharing.apply_rules() \g /dev/null
\c - app
SELECT person, c.sees AS cases, t.sees AS tasks, t.edits, s.sees AS steps, s.edits AS steps_edited, s.deletes FROM unnest('{rep1,sup1,sup2}'::text[]) person, test.reach(person, 'cases') c, test.reach(person, 'tasks') t, test.reach(person, 'steps') s ORDER BY 1;
\c - postgres
SELECT e.access, e.reason, e.via, e.detail FROM sharing.explain('steps', 5, 'rep1') e;
-- A circle is refused, of whatever length; and what gives more than edit.
SELECT sharing.relate('accounts', 'id', 'cases', with_parent => 'read');
SELECT sharing.relate('accounts', 'id', 'tasks', with_parent => 'edit');
SELECT sharing.relate('accounts', 'id', 'accounts', with_parent => 'read');
SELECT sharing.relate('accounts', 'id', 'leads', with_parent => 'full');
SELECT sharing.relate('accounts', 'id', 'leads', with_parent => NULL);
SELECT sharing.import_config('{"version": 1, "relations": [{"child": "cases", "via": "account", "parent": "accounts", "with_parent": "read"}, {"child": "accounts", "via": "id", "parent": "cases", "staged_with_parent": "read"}]}');
SELECT sharing.import_config('{"version": 1, "relations": [{"child": "cases", "via": "account", "parent": "accounts", "with_parent": "full"}]}');
-- Without it a circle is none.
SELECT sharing.relate('accounts', 'id', 'cases'), sharing.unrelate('accounts', 'id', 'cases') \g /dev/null
-- By hand one gives nothing, and nothing goes on for ever.
BEGIN;
SELECT sharing.relate('accounts', 'id', 'cases') \g /dev/null
UPDATE sharing.relations SET with_parent = 'edit', staged_with_parent = 'edit' WHERE child_id = (SELECT id FROM sharing.modules WHERE name = 'accounts');
SET LOCAL SESSION AUTHORIZATION app;
SELECT person, a.sees AS accounts, c.sees AS cases, c.edits FROM unnest('{rep1}'::text[]) person, test.reach(person, 'accounts') a, test.reach(person, 'cases') c;
ROLLBACK;

-- The document carries it, and changes nothing where it is the same.
SELECT relation - 'child' - 'parent' - 'when' AS relation FROM jsonb_array_elements(sharing.export_config() -> 'relations') relation;
SELECT * FROM sharing.import_config(sharing.export_config(), true);
SELECT change, object, detail FROM sharing.import_config(jsonb_set(sharing.export_config(), '{relations,0,with_parent}', '"read"'));
SELECT change, detail - 'relation' AS detail FROM sharing.pending_changes();
SELECT sharing.discard_changes();
SELECT count(*) FROM sharing.pending_changes();
SELECT position('with parent' IN sharing.diagram()) > 0 AS drawn, position('with parent' IN sharing.diagram('dot')) > 0 AS drawn_by_dot;

-- The parent's own profile counts, and the child's.
SELECT sharing.create_profile('P'), sharing.set_permission('P', 'accounts', true, true, false, true), sharing.set_permission('P', NULL, true, true, true, true), sharing.assign_profile('H5', 'P') \g /dev/null
\c - app
SELECT c.sees, c.edits FROM test.reach('rep1', 'cases') c;
\c - postgres
SELECT sharing.set_permission('P', 'accounts', false, false, false, false) \g /dev/null
\c - app
SELECT c.sees, c.edits FROM test.reach('rep1', 'cases') c;
\c - postgres
SELECT sharing.set_permission('P', 'accounts', true, true, true, true), sharing.set_permission('P', 'cases', true, false, false, false) \g /dev/null
\c - app
SELECT c.sees, c.edits, test.outcome_for('rep1', 'INSERT INTO cases VALUES (50, ''rep1'', NULL, 1)') FROM test.reach('rep1', 'cases') c;
\c - postgres
SELECT sharing.unassign_profile('H5', 'P') \g /dev/null

-- The child's closed office withholds it from others; the parent's decides about the parent.
SELECT sharing.create_office('Here'), sharing.create_office('There', security => true), sharing.set_user_office('sup2', 'There'), sharing.set_user_office('rep1', 'Here') \g /dev/null
\c - app
SELECT c.sees, c.edits FROM test.reach('rep1', 'cases') c;
\c - postgres
SELECT e.access, e.reason, e.via, e.detail #>> '{withheld,reason}' AS withheld FROM sharing.explain('cases', 10, 'rep1') e;
SELECT sharing.set_user_office('sup2', NULL), sharing.set_user_office('rep1', NULL) \g /dev/null

-- Renamed columns and tables; plans made before; and taken back.
\c - app
SET sharing.user_key = 'rep1';
PREPARE mine AS SELECT count(*) FROM cases;
EXECUTE mine;
\c - postgres
ALTER TABLE cases RENAME account TO account_id;
ALTER TABLE accounts RENAME id TO number;
\c - app
SET sharing.user_key = 'rep1';
SET plan_cache_mode = force_generic_plan;
PREPARE mine AS SELECT count(*) FROM cases;
EXECUTE mine;
SET sharing.user_key = 'sup1';
EXECUTE mine;
SET sharing.user_key = 'nobody';
EXECUTE mine;
\c - postgres
SELECT sharing.unrelate('cases', 'account_id', 'accounts') \g /dev/null
\c - app
SET sharing.user_key = 'rep1';
SELECT count(*) FROM cases;
