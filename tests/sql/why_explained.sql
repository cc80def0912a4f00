-- Who and why: explain, access_to, access_levels and who_can of every kind of module: their grants, what was withheld and cut, and that
-- they equal what SELECT, UPDATE and DELETE do.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/offices.sql'
\i :organization
\pset null '<null>'
SET ROLE crm;
-- A column each, one column for both, groups alone.
CREATE TABLE deals (id bigint PRIMARY KEY, owner text, team text, client_id integer, title text);
CREATE INDEX ON deals (client_id);
INSERT INTO deals VALUES (1, 'rep1', NULL, 1), (2, NULL, 'g-in', NULL), (3, 'rep2', 'g-in', 2), (4, 'abe', NULL, 1), (5, 'nobody here', 'nor here', 9), (6, NULL, NULL, NULL), (7, 'bob', NULL, NULL);
CREATE TABLE notes (id uuid PRIMARY KEY, owner text, title text);
INSERT INTO notes VALUES ('00000000-0000-0000-0000-00000000000a', 'rep1'), ('00000000-0000-0000-0000-00000000000b', 'g-out');
CREATE TABLE queues (id text PRIMARY KEY, team text, title text);
INSERT INTO queues VALUES ('x y', 'g-in'), ('007', 'g-out');
-- Details of details.
CREATE TABLE offers (id integer PRIMARY KEY, deal_id bigint, title text);
INSERT INTO offers VALUES (10, 1), (20, 2), (30, 99), (40, NULL);
CREATE TABLE offer_lines (id integer PRIMARY KEY, offer_id integer, title text);
INSERT INTO offer_lines VALUES (100, 10), (200, 20), (300, 30);
-- Partitions, one of which numbers its columns otherwise; inheritance; one that follows.
CREATE TABLE visits (id integer PRIMARY KEY, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE visits_low PARTITION OF visits FOR VALUES FROM (0) TO (100);
CREATE TABLE visits_high (gone text, title text, owner text, id integer NOT NULL);
ALTER TABLE visits_high DROP COLUMN gone;
ALTER TABLE visits ATTACH PARTITION visits_high FOR VALUES FROM (100) TO (200);
INSERT INTO visits VALUES (1, 'rep1'), (101, 'rep1');
CREATE TABLE papers (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE contracts (UNIQUE (id)) INHERITS (papers);
INSERT INTO papers VALUES (1, 'rep1');
INSERT INTO contracts VALUES (1, 'sup1'), (2, 'sup1');
CREATE TABLE people (id integer PRIMARY KEY, owner text, title text);
INSERT INTO people VALUES (1, 'rep1');
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO PUBLIC;
RESET ROLE;
SELECT sharing.create_group('g-out', 'Outer', 'Boston'), sharing.create_group('g-in', 'Inner'), sharing.add_member('Outer', 'group:Inner'), sharing.add_member('Inner', 'user:sup1'),
    sharing.add_member('Outer', 'role:H6') \g /dev/null
SELECT count(*) FROM sharing.protect('deals', owner => 'owner', owner_group => 'team', module => 'Deals') \g /dev/null
SELECT count(*) FROM sharing.protect('notes', owner => 'owner', owner_group => 'owner', hierarchy => false) \g /dev/null
SELECT count(*) FROM sharing.protect('queues', owner_group => 'team') \g /dev/null
SELECT count(*) FROM sharing.protect('offers', controlled_by => 'deals', via => 'deal_id', module => 'Offers') \g /dev/null
SELECT count(*) FROM sharing.protect('offer_lines', controlled_by => 'offers', via => 'offer_id', module => 'Offer Lines') \g /dev/null
SELECT count(*) FROM sharing.protect('visits', owner => 'owner') \g /dev/null
SELECT count(*) FROM sharing.protect('papers', owner => 'owner') \g /dev/null
SELECT count(*) FROM sharing.protect('people', owner => 'owner', follows => 'Deals') \g /dev/null
SELECT sharing.relate('deals', 'client_id', 'clients') \g /dev/null
SELECT sharing.add_rule('Deals', 'role:H5', 'role:H7', 'read_only') AS rule, sharing.add_rule('clients', 'group:Outer', 'role_and_subordinates:H4', 'read_only') AS no_member,
    sharing.add_rule('Deals', 'group:Inner', 'role:H5', 'read_write', superiors => true), sharing.set_global_access('visits', 'public_read_only'), sharing.apply_rules() \gset
INSERT INTO clients VALUES (7, 'smgr', '');
INSERT INTO deals VALUES (8, 'sup2', NULL, 7);
\set explain 'SELECT access, reason, via, detail FROM sharing.explain'
\set who 'SELECT user_key, access, reason, via FROM sharing.who_can'
-- An administrator asks: roles, groups, rules; a member by role; a user owner and a group owner at once.
:explain('deals', '1', 'mgr');
:explain('deals', '1', 'rep1');
:explain('deals', '1', 'sup1');
:explain('deals', 2, 'smgr');
:explain('deals', 3, 'sup1');
:explain('deals', 3, 'vp');
:explain('deals', 8, 'mgr');
:explain('deals', 5, 'rep1');
:explain('deals', 5, 'adm');
:who('deals', 1);
:who('deals', 1, 'edit');
:who('deals', 3, 'full');
:who('deals', 5);
:who('deals', 6);
-- One id space, no hierarchy; groups alone; a module that follows.
:who('notes', '00000000-0000-0000-0000-00000000000a'::uuid);
:who('notes', '00000000-0000-0000-0000-00000000000b');
:who('queues', 'x y');
:who('queues', '007');
:explain('queues', '7', 'sup1');
:who('people', 1);
-- Details at two depths: the parent's own reason. One without a parent, and one whose parent is not there.
:explain('offers', 10, 'mgr');
:explain('offer_lines', 100, 'sup2');
:explain('offer_lines', 200, 'adm');
:who('offer_lines', 100);
:who('offers', 30);
:who('offers', 40);
:who('offer_lines', 300);
-- Partitions, named by the table or by themselves; tables that inherit: the table's own record comes first.
:who('visits', 101, 'full');
:who('visits_high', 101, 'full');
SELECT sharing.access_to('visits_high', 1, 'rep1'), sharing.access_to('visits_low', 1, 'rep1'), sharing.access_to('visits', 1, 'rep1');
:explain('visits', 101, 'sup1');
SELECT sharing.access_to('papers', 1, 'rep1') AS own, sharing.access_to('papers', 1, 'sup1') AS own, sharing.access_to('papers', 2, 'sup1') AS heir, sharing.access_to('contracts', 1, 'sup1') AS named;
-- Offices, rights, shares: what was withheld, and by which office; parents over relations.
SELECT sharing.grant_right('abe', 'super_user'), sharing.create_user('seer', 'seer', NULL, 'Head'), sharing.grant_right('seer', 'enterprise_view') \g /dev/null
SELECT sharing.set_user_role('ann', 'H5'), sharing.set_user_role('bob', 'H5'), sharing.set_global_access('clients', 'public_read_only'), sharing.apply_rules() \g /dev/null
\c - app
\pset null '<null>'
\set explain 'SELECT access, reason, via, detail FROM sharing.explain'
SELECT test.link('ann', 'liz') \g /dev/null
SET sharing.user_key = 'ann';
SELECT sharing.share_record('clients', 1, 'liz', 'edit');
SET sharing.user_key = 'adm';
:explain('clients', 1, 'liz');
:explain('clients', 1, 'mgr');
:explain('clients', 1, 'abe');
:explain('clients', 1, 'seer');
:explain('deals', 4, 'liz');
:explain('deals', 7, 'sup1');
SELECT user_key, access, reason, via FROM sharing.who_can('clients', 1);
SELECT user_key, access, reason, via FROM sharing.who_can('deals', 4);
-- Over a link that carries nothing any more, a share is no grant.
SELECT sharing.deactivate_user('ann') \g /dev/null
:explain('clients', 1, 'liz');
SELECT sharing.activate_user('ann') \g /dev/null
-- Profiles: what they take, in each module, and view_all.
SELECT sharing.create_profile('Looker', view_all => true), sharing.set_permission('Looker', NULL, true, true, false, false), sharing.create_profile('No offers'),
    sharing.set_permission('No offers', NULL, true, true, true, false), sharing.set_permission('No offers', 'Offers', false, false, false, false),
    sharing.assign_profile('H7', 'Looker'), sharing.assign_profile('H4', 'No offers') \g /dev/null
:explain('deals', 3, 'sup1');
:explain('deals', 1, 'mgr');
:explain('offer_lines', 100, 'mgr');
:explain('offers', 10, 'mgr');
SELECT sharing.assign_profile('H7', 'No offers') \g /dev/null
:explain('deals', 3, 'sup1');
SELECT user_key, access, reason, via FROM sharing.who_can('offers', 10);
-- They equal what the statements do, record by record and person by person.
CREATE FUNCTION pg_temp.really(user_key text, relation regclass, id text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    condition text := format(' %s WHERE id::text = %L', relation, id);
BEGIN
    RETURN CASE WHEN test.outcome_for(user_key, 'DELETE FROM' || condition) = '1' THEN 'full'
        WHEN test.outcome_for(user_key, format('UPDATE %s SET title = title WHERE id::text = %L', relation, id)) = '1' THEN 'edit'
        WHEN test.outcome_for(user_key, 'SELECT FROM' || condition) = '1' THEN 'read' ELSE 'none' END;
END
$$;
CREATE TEMPORARY TABLE asked AS
SELECT u AS person, r.relation::regclass, r.id FROM unnest('{ceo,vp,mgr,rep1,rep2,smgr,sup1,sup2,adm,ann,abe,liz,leo,bob,seer}'::text[]) u,
    (VALUES ('deals', '1'), ('deals', '2'), ('deals', '3'), ('deals', '4'), ('deals', '5'), ('deals', '6'), ('deals', '7'), ('deals', '8'), ('deals', '9'), ('offers', '10'), ('offers', '20'),
        ('offers', '30'), ('offers', '40'), ('offer_lines', '100'), ('offer_lines', '200'), ('offer_lines', '300'), ('clients', '1'), ('clients', '2'), ('clients', '3'),
        ('clients', '4'), ('leads', '9'), ('leads', '10'), ('leads', '1'), ('visits', '101'), ('visits', '1'), ('people', '1'), ('queues', 'x y'),
        ('notes', '00000000-0000-0000-0000-00000000000a'), ('notes', '00000000-0000-0000-0000-00000000000b')) r (relation, id);
SELECT count(*) AS asked, count(*) FILTER (WHERE really <> 'none') AS reached FROM (SELECT pg_temp.really(person, relation, id) AS really FROM asked) a;
SELECT person, relation, id, really, told FROM (
    SELECT a.*, pg_temp.really(person, relation, id) AS really, sharing.access_to(relation, id, person)::text AS told FROM asked a) a WHERE really <> told;
SELECT a.* FROM asked a WHERE sharing.access_to(relation, id, person) <> 'none' AND NOT EXISTS (SELECT FROM sharing.who_can(relation, id) w WHERE w.user_key = person AND w.access = sharing.access_to(relation, id, person));
SELECT DISTINCT relation, id, w.user_key FROM asked a, sharing.who_can(relation, id) w WHERE w.access <> sharing.access_to(relation, id, w.user_key);
SELECT a.* FROM asked a, LATERAL (SELECT coalesce(max(e.access), 'none') AS strongest FROM sharing.explain(relation, id, person) e) e
WHERE strongest < sharing.access_to(relation, id, person) OR strongest > sharing.access_to(relation, id, person) AND NOT EXISTS (SELECT FROM sharing.explain(relation, id, person) e WHERE e.reason = 'profile');
-- A page of records at once, in the order in which they are named, whatever the type of the keys.
SET sharing.user_key = 'sup1';
SELECT * FROM sharing.access_levels('deals', '{3,1,no,1,6,007,2}');
SELECT * FROM sharing.access_levels('deals', ARRAY[2, 1]::bigint[]) AS l;
SELECT * FROM sharing.access_levels('notes', ARRAY['00000000-0000-0000-0000-00000000000b']::uuid[]);
SELECT * FROM sharing.access_levels('deals', '{}');
-- What a closed office withholds is told to an administrator, and not to whoever does not see the record.
SET sharing.user_key = 'adm';
SELECT access, reason FROM sharing.explain('clients', 1, 'mgr');
SET sharing.user_key = 'mgr';
SELECT access, reason FROM sharing.explain('clients', 1);
