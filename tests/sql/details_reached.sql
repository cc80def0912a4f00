-- The decision (detail modules): whatever grant reaches the parent reaches its details, closed offices and profiles included; the parent's other policies
-- are no matter; partitioned parents and details; a record without a parent is only an administrator's.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE orders (id integer PRIMARY KEY, client integer, title text);
CREATE INDEX ON orders (client);
INSERT INTO orders SELECT id * 10, id FROM clients;
INSERT INTO orders VALUES (70, NULL), (80, 99);
CREATE TABLE lines (id integer PRIMARY KEY, "order" integer, title text);
INSERT INTO lines SELECT id * 10, id FROM orders;
GRANT ALL ON orders, lines TO app;
SELECT sharing.protect('orders', controlled_by => 'clients', via => 'client'), sharing.protect('lines', controlled_by => 'orders', via => 'order') \g /dev/null
CREATE FUNCTION test.both(VARIADIC people text[]) RETURNS TABLE (person text, "table" text, sees text, edits text, deletes text) LANGUAGE sql AS $$
    SELECT person, t, r.* FROM unnest(people) WITH ORDINALITY p (person, n), unnest('{clients,orders,lines}'::text[]) WITH ORDINALITY t (t, m), test.reach(person, t::regclass) r ORDER BY n, m
$$;
-- Shared records.
\c - app
SELECT test.link('ann', 'liz');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''1'', ''liz'', ''edit'')'), test.call('ann', 'SELECT sharing.share_record(''clients'', ''2'', ''liz'')');
SELECT * FROM test.both('liz');
-- One's own office and those below; a closed office is no matter to them, but to the hierarchy and to what is public.
\c - postgres
SELECT sharing.create_user('boss', 'boss', NULL, 'New York'), sharing.create_user('auditor', 'auditor', NULL, 'Head') \g /dev/null
SELECT sharing.grant_right('boss', 'super_user'), sharing.grant_right('auditor', 'enterprise_view') \g /dev/null
\c - app
SELECT * FROM test.both('boss', 'auditor');
\c - postgres
SELECT sharing.set_global_access('clients', 'public_read_edit'), sharing.apply_rules() \g /dev/null
UPDATE clients SET owner = 'ghost' WHERE id = 6;
\c - app
SELECT * FROM test.both('abe', 'ceo', 'adm');
\c - postgres
SELECT sharing.set_global_access('clients', 'private'), sharing.apply_rules() \g /dev/null
-- A rule on what the parent is related to, and one that says more of the parent than of that.
CREATE TABLE campaigns (id integer PRIMARY KEY, owner text);
INSERT INTO campaigns VALUES (1, 'rep1'), (2, 'ceo');
ALTER TABLE clients ADD COLUMN campaign integer;
UPDATE clients SET campaign = CASE WHEN id IN (1, 6) THEN 1 ELSE 2 END;
SELECT sharing.protect('campaigns', 'owner') \g /dev/null
SELECT sharing.relate('clients', 'campaign', 'campaigns') \g /dev/null
SELECT sharing.add_rule('campaigns', 'role:H5', 'role:H7', 'read_only', '{"clients": "read_write"}'), sharing.apply_rules() \g /dev/null
\c - app
SELECT * FROM test.both('sup1');

-- Profiles: those of the parent and those of the detail both restrict, action by action.
\c - postgres
SELECT sharing.create_role('R') \g /dev/null
SELECT sharing.set_user_role(key, 'R') FROM unnest('{ann,abe}'::text[]) key \g /dev/null
INSERT INTO sharing.profiles (id, name) VALUES (1, 'P');
INSERT INTO sharing.role_profiles SELECT id, 1 FROM sharing.roles WHERE name = 'R';
-- Of each module v, c, e and d: to view, create, edit and delete.
CREATE PROCEDURE test.permit(clients text, orders text, lines text) LANGUAGE sql AS $$
    DELETE FROM sharing.profile_permissions;
    INSERT INTO sharing.profile_permissions SELECT 1, m.id, p LIKE '%v%', p LIKE '%c%', p LIKE '%e%', p LIKE '%d%'
    FROM (VALUES ('clients', clients), ('orders', orders), ('lines', lines)) v (name, p) JOIN sharing.modules m USING (name)
$$;
CREATE FUNCTION test.permitted(clients text, orders text, lines text, OUT of_clients text, OUT of_orders text, OUT of_lines text, OUT inserts text) LANGUAGE plpgsql AS $$
BEGIN
    CALL test.permit(clients, orders, lines);
    SET LOCAL SESSION AUTHORIZATION app;
    of_clients := test.reach('abe', 'clients');
    of_orders := test.reach('abe', 'orders');
    of_lines := test.reach('abe', 'lines');
    inserts := left(test.outcome_for('abe', 'INSERT INTO clients VALUES (100, ''abe'')'), 5) || ' ' || left(test.outcome_for('abe', 'INSERT INTO orders VALUES (100, 3)'), 5) || ' ' || left(test.outcome_for('abe', 'INSERT INTO lines VALUES (1000, 30)'), 5);
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
END
$$;
SELECT p.clients, p.orders, p.lines, t.* FROM (VALUES ('vced', 'vced', 'vced'), ('vc', 'vced', 'vced'), ('vce', 'vced', 'vced'), ('ced', 'vced', 'vced'), ('ved', 'vced', 'vced'), ('vced', 'vc', 'vced'), ('vced', 'vce', 'vced'), ('vced', 'ved', 'vced'), ('vced', 'ced', 'vced'),
    ('vced', 'vced', 'v'), ('vced', 'vced', 've'), ('vced', 'vced', 'ved'), ('vced', 'vced', ''), ('v', 'v', 'vced')) p (clients, orders, lines), test.permitted(p.clients, p.orders, p.lines) t;
DELETE FROM sharing.role_profiles;
-- Profiles that see or change everything: outside of closed offices, and not where another row switches the details off.
INSERT INTO sharing.profiles VALUES (2, 'sees', true, false), (3, 'changes', false, true);
INSERT INTO sharing.profile_permissions VALUES (2, NULL, true, true, true, true), (3, NULL, true, true, true, true), (3, (SELECT id FROM sharing.modules WHERE name = 'lines'), false, false, false, false);
INSERT INTO sharing.role_profiles SELECT id, 2 FROM sharing.roles WHERE name = 'R';
\c - app
SELECT * FROM test.both('abe');
\c - postgres
UPDATE sharing.role_profiles SET profile_id = 3;
\c - app
SELECT * FROM test.both('abe');
\c - postgres
SELECT sharing.set_office_security('Los Angeles', false);
\c - app
SELECT * FROM test.both('abe');
\c - postgres
SELECT sharing.set_office_security('Los Angeles', true);
DELETE FROM sharing.role_profiles;

-- Another policy on the parents' table hides parents, and is not run for their details.
CREATE POLICY hidden ON clients AS RESTRICTIVE USING (id <> 3);
\c - app
SELECT * FROM test.both('abe');
\c - postgres
DROP POLICY hidden ON clients;

-- Partitioned parents and details, with partitions of their own, columns in another order, and one that was attached later.
CREATE TABLE regions (id integer PRIMARY KEY, owner text, title text) PARTITION BY RANGE (id);
CREATE TABLE regions_1 PARTITION OF regions FOR VALUES FROM (0) TO (10);
CREATE TABLE regions_2 (title text, gone text, owner text, id integer NOT NULL) PARTITION BY RANGE (id);
ALTER TABLE regions_2 DROP COLUMN gone;
CREATE TABLE regions_2_a PARTITION OF regions_2 FOR VALUES FROM (10) TO (15);
ALTER TABLE regions ATTACH PARTITION regions_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE visits (id integer, region bigint, title text) PARTITION BY RANGE (id);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (100);
SELECT sharing.protect('regions', 'owner'), sharing.protect('visits', controlled_by => 'regions', via => 'region') \g /dev/null
CREATE TABLE regions_3 PARTITION OF regions FOR VALUES FROM (20) TO (30);
CREATE TABLE visits_2 (title text, gone text, region bigint, id integer);
ALTER TABLE visits_2 DROP COLUMN gone;
ALTER TABLE visits ATTACH PARTITION visits_2 FOR VALUES FROM (100) TO (200);
INSERT INTO regions SELECT n, CASE WHEN n % 2 = 0 THEN 'rep1' ELSE 'sup1' END FROM unnest('{1,2,11,12,21,22}'::integer[]) n;
INSERT INTO visits SELECT n, CASE WHEN n > 100 THEN n - 100 ELSE n END FROM unnest('{1,2,11,12,21,22,101,112,122}'::integer[]) n;
GRANT ALL ON visits, visits_1, visits_2 TO app;
\c - app
SELECT person, t AS "table", r.* FROM unnest('{mgr,sup1}'::text[]) person, unnest('{visits,visits_1,visits_2}'::text[]) t, test.reach(person, t::regclass) r ORDER BY 1, 2;
SELECT left(test.outcome_for('rep1', statement), 5), statement FROM unnest(ARRAY['INSERT INTO visits VALUES (50, 12)', 'INSERT INTO visits VALUES (150, 12)', 'INSERT INTO visits VALUES (150, 11)', 'INSERT INTO visits_2 (id, region) VALUES (150, 21)', 'UPDATE visits SET id = id + 100 WHERE id = 2', 'UPDATE visits SET id = id + 100, region = 1 WHERE id = 2', 'UPDATE visits SET region = 22 WHERE id = 2', 'UPDATE visits SET region = 21 WHERE id = 2']) statement;
-- Detached from its parents, a region's visits are nobody's; a detached partition of visits stays as it is.
\c - postgres
ALTER TABLE regions DETACH PARTITION regions_3;
ALTER TABLE visits DETACH PARTITION visits_1;
\c - app
SELECT person, t AS "table", r.* FROM unnest('{mgr,sup1,adm}'::text[]) person, unnest('{visits,visits_1,visits_2}'::text[]) t, test.reach(person, t::regclass) r ORDER BY 1, 2;
\c - postgres
ALTER TABLE visits ATTACH PARTITION visits_1 FOR VALUES FROM (0) TO (100);
SELECT count(*) FROM pg_policy WHERE polrelid = 'visits_1'::regclass;
-- What is left after both are unprotected, the detail first.
SELECT sharing.unprotect('regions');
SELECT count(*) FROM sharing.unprotect('visits');
SELECT count(*) FROM pg_policy WHERE polrelid IN ('visits'::regclass, 'visits_1'::regclass, 'visits_2'::regclass);
