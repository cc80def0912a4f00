-- Expectations: sentences about what somebody must, or must not, have on a record; apply_rules() and import_config() do not break them.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE notes (id int PRIMARY KEY, lead_id int);
INSERT INTO notes VALUES (11, 1);
SELECT sharing.protect('notes', controlled_by => 'leads', via => 'lead_id') \g /dev/null
\pset null '-'
\set checked 'SELECT * FROM sharing.check_expectations()'
-- What they have is what access_to() says, which is what they really do.
SELECT sharing.expect('sup1', 'leads', '1', 'none'), sharing.expect('mgr', 'leads', 1, 'full'), sharing.expect('vp', 'notes', 11::bigint, 'read', exactly => false),
       sharing.expect('adm', 'leads', '9', 'full'), sharing.expect('rep2', 'leads', '2', 'edit'), sharing.expect('smgr', 'leads', '1', 'none');
:checked;
SELECT count(*) AS differs FROM sharing.check_expectations() c WHERE c.actual <> sharing.access_to(lower(c.module)::regclass, c.record_id, c.user_key);
-- Written down again, it is another.
SELECT sharing.expect('rep2', 'leads', '2', 'edit', exactly => false);
-- A rule that would open too much is not applied, nor is anything else; what fails already stops nothing.
SELECT sharing.expect('ceo', 'leads', '1', 'none') AS not_so;
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only');
SELECT sharing.add_rule('leads', 'role:H5', 'role_and_subordinates:H6', 'read_only'), sharing.add_rule('leads', 'role:H1', 'role:H7', 'read_only');
SELECT sharing.apply_rules();
SELECT rule, status FROM sharing.rule_overview;
\c - app
SET sharing.user_key = 'sup1';
SELECT count(*) FROM leads WHERE id = 1;
SET sharing.user_key = 'adm';
SELECT sharing.drop_rule(1);
SELECT sharing.apply_rules();
SELECT sharing.forget_expectation(1), sharing.forget_expectation(6);
SELECT sharing.apply_rules();
:checked;
-- By the state that would be, and only if it is asked.
SELECT sharing.expect('sup1', 'leads', '1', 'none'), sharing.expect('smgr', 'leads', '1', 'read') \g /dev/null
SELECT sharing.drop_rule(2) \g /dev/null
SELECT sharing.apply_rules();
SELECT sharing.apply_rules(check_expectations => false);
SELECT sharing.apply_rules(NULL);
-- A document that is applied, likewise; one that is staged does nothing yet.
SELECT sharing.export_config()->'expectations' AS expectations;
SELECT sharing.expect('sup2', 'leads', '1', 'none') \g /dev/null
SELECT jsonb_build_object('version', 1, 'rules', '[{"module": "leads", "owned_by": "role:H5", "shared_with": "role:H7", "access": "read_write"}]'::jsonb) AS config \gset
SELECT change, object FROM sharing.import_config(:'config', apply => true);
SELECT change, object FROM sharing.import_config(:'config', apply => true, dry_run => true);
SELECT change, object FROM sharing.import_config(:'config');
SELECT sharing.discard_changes();
-- With other expectations beside it, these count.
SELECT change, object FROM sharing.import_config(jsonb_set(:'config', '{expectations}', '[{"user": "sup1", "module": "leads", "record": "1", "access": "edit"},
    {"user": "rep1", "module": "leads", "record": "77", "access": "none"}]'), apply => true);
:checked;
SELECT * FROM sharing.import_config(sharing.export_config() - 'modules' - 'relations' - 'search' - 'sources' - 'trusted', apply => true);
SELECT change, object FROM sharing.import_config(jsonb_set(:'config', '{expectations}', '[]'));
-- Changes of the organization are not stopped, and told.
SELECT sharing.expect('rep1', 'leads', '1', 'full'), sharing.expect('rep1', 'notes', '11', 'none') AS not_so \g /dev/null
SELECT sharing.deactivate_user('rep1');
:checked;
SELECT sharing.activate_user('rep1') \g /dev/null
\c - postgres
-- A record that goes is none for everybody; another with its key takes its place.
DELETE FROM leads WHERE id = 1;
:checked;
INSERT INTO leads VALUES (1, 'rep1');
SELECT bool_and(holds) FROM sharing.check_expectations() WHERE module = 'leads';
-- In one transaction with what is done to the record.
BEGIN;
UPDATE leads SET owner = 'rep2' WHERE id = 1;
:checked;
ROLLBACK;
-- Users stay, modules take theirs along.
SELECT sharing.drop_user('rep1');
SELECT change, object FROM sharing.import_config(jsonb_build_object('version', 1, 'users', (SELECT jsonb_agg(u) FROM jsonb_array_elements(sharing.export_config()->'users') u WHERE u->>'key' <> 'rep1')));
SELECT sharing.unprotect('notes') \g /dev/null
:checked;
SELECT function, object, before, after FROM sharing.audit_log WHERE object LIKE 'expectation%' ORDER BY id DESC LIMIT 4;
-- A table that is dropped, with the triggers that follow it, and without them.
CREATE TABLE gone (id int PRIMARY KEY, owner text);
INSERT INTO gone VALUES (1, 'rep2');
SELECT sharing.protect('gone', 'owner') \g /dev/null
SELECT sharing.expect('rep2', 'gone', '1', 'full') \g /dev/null
ALTER EVENT TRIGGER sharing_follow_drops DISABLE;
DROP TABLE gone;
ALTER EVENT TRIGGER sharing_follow_drops ENABLE ALWAYS;
:checked;
CREATE TABLE gone (id int PRIMARY KEY, owner text);
INSERT INTO gone VALUES (1, 'rep2');
SELECT sharing.protect('gone', 'owner') \g /dev/null
:checked;
DROP TABLE gone;
-- Keys of other types, partitions, tables without a key.
CREATE TABLE parts (id uuid, n int, owner text, PRIMARY KEY (id, n)) PARTITION BY LIST (n);
CREATE TABLE uuids (id uuid PRIMARY KEY, owner text);
INSERT INTO uuids VALUES ('00000000-0000-0000-0000-00000000000a', 'rep2');
CREATE TABLE ranges (id int PRIMARY KEY, owner text) PARTITION BY RANGE (id);
CREATE TABLE ranges_1 PARTITION OF ranges FOR VALUES FROM (0) TO (9);
INSERT INTO ranges VALUES (1, 'rep2');
SELECT sharing.protect('parts', 'owner'), sharing.protect('uuids', 'owner'), sharing.protect('ranges', 'owner') \g /dev/null
SELECT sharing.expect('rep2', 'uuids', '00000000-0000-0000-0000-00000000000a'::uuid, 'full'), sharing.expect('rep2', 'ranges_1', 1, 'full'), sharing.expect('mgr', 'ranges', 1, 'full') \g /dev/null
SELECT module, record_id, user_key, holds FROM sharing.check_expectations() WHERE module <> 'leads';
SELECT sharing.expect('rep2', 'parts', '1', 'full');
-- Bad input.
CREATE TABLE plain (id int PRIMARY KEY, owner text);
SELECT sharing.expect('rep2', 'plain', '1', 'full');
SELECT sharing.expect('rep2', 'leads', '77', 'full');
SELECT sharing.expect('rep2', 'leads', '01', 'full');
SELECT sharing.expect('rep2', 'leads', 'x', 'full');
SELECT sharing.expect('nobody', 'leads', '1', 'full');
SELECT sharing.expect('rep2', 'leads', '1', 'none', exactly => false);
SELECT sharing.expect('rep2', 'leads', '1', 'all');
SELECT sharing.expect('rep2', 'leads', NULL::text, 'full');
SELECT sharing.expect('rep2', 'leads', '1', NULL);
SELECT sharing.expect('rep2', 'leads', '1', 'full', NULL);
SELECT sharing.forget_expectation(999);
SELECT sharing.forget_expectation(NULL);
-- Administrators alone; nothing is written where nothing is done.
\c - app
SET sharing.user_key = 'vp';
SELECT sharing.expect('vp', 'leads', '1', 'full');
SELECT sharing.expect('vp', 'leads', '77', 'full');
SELECT sharing.forget_expectation(3);
SELECT sharing.check_expectations();
SET sharing.user_key = 'adm';
BEGIN READ ONLY;
SELECT count(*), bool_and(holds) FROM sharing.check_expectations() WHERE user_key <> 'ceo';
SELECT pg_current_xact_id_if_assigned() IS NULL AS without_id;
COMMIT;
