-- INSERT judges a record by criteria as it will be, UPDATE as it was and as it will be; with owners in two columns, in closed
-- offices, over relations (by the parent's criteria), in modules that follow (by their own columns), of details, partitions and tables that inherit.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set VERBOSITY terse
SELECT sharing.set_user_db_role('sup2', 'stranger');
ALTER TABLE public.leads ADD status text, ADD amount numeric;
UPDATE public.leads SET status = CASE WHEN id IN (1, 3, 9, 10) THEN 'hot' WHEN id < 8 THEN 'cold' END, amount = id * 1000;
-- Children of leads; what follows leads; a detail of leads.
CREATE TABLE public.quotes (id int PRIMARY KEY, lead_id int REFERENCES public.leads, owner text, status text);
INSERT INTO public.quotes SELECT i, i, 'mgr', 'cold' FROM generate_series(1, 10) i;
CREATE TABLE public.contacts (id int PRIMARY KEY, owner text, status text, amount numeric);
INSERT INTO public.contacts SELECT i, 'mgr', CASE WHEN i % 2 = 0 THEN 'hot' END, i * 1000 FROM generate_series(1, 6) i;
CREATE TABLE public.notes (id int PRIMARY KEY, lead_id int REFERENCES public.leads, status text);
INSERT INTO public.notes SELECT i, i, 'cold' FROM generate_series(1, 10) i;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.quotes, public.contacts, public.notes TO PUBLIC;
DO $$ BEGIN
    PERFORM sharing.protect('public.quotes', 'owner'); PERFORM sharing.protect('public.contacts', 'owner', follows => 'leads');
    PERFORM sharing.protect('public.notes', controlled_by => 'public.leads', via => 'lead_id'); PERFORM sharing.relate('public.quotes', 'lead_id', 'public.leads');
END $$;
SELECT sharing.add_rule('leads', NULL, 'role:H7', 'read_write', '{"quotes": "read_only"}', criteria => '{"status": "hot"}') AS hot \gset
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only', '{"quotes": "read_write"}', criteria => '{"amount": {"<": 3000}}') AS small \gset
SELECT module, user_key, gained, edit_gained, delete_gained FROM sharing.preview_rules() WHERE user_key = 'sup2';
SELECT sharing.apply_rules();
CREATE FUNCTION test.all_seen() RETURNS TABLE (relation text, ids text) LANGUAGE sql SET search_path = public AS $$
    SELECT 'leads', string_agg(id::text, ' ' ORDER BY id) FROM leads UNION ALL SELECT 'quotes', string_agg(id::text, ' ' ORDER BY id) FROM quotes
    UNION ALL SELECT 'contacts', string_agg(id::text, ' ' ORDER BY id) FROM contacts UNION ALL SELECT 'notes', string_agg(id::text, ' ' ORDER BY id) FROM notes
$$;
\c - stranger
SELECT * FROM test.all_seen();
-- Before and after.
UPDATE public.leads SET title = 'mine' WHERE id = 3 RETURNING id;
UPDATE public.leads SET status = 'cold' WHERE id = 3;
UPDATE public.leads SET status = NULL WHERE id = 3;
UPDATE public.leads SET status = 'hot' WHERE id = 2;
SELECT test.outcome('UPDATE public.leads SET amount = 1 WHERE id = 2');
SELECT test.outcome('DELETE FROM public.leads WHERE id = 3');
INSERT INTO public.leads (id, owner, status) VALUES (20, 'ceo', 'hot');
INSERT INTO public.leads (id, owner, status) VALUES (21, 'ceo', 'cold');
INSERT INTO public.leads (id, owner) VALUES (21, 'ceo');
INSERT INTO public.leads (id, owner, status) VALUES (20, 'ceo', 'hot') ON CONFLICT (id) DO UPDATE SET status = 'cold';
MERGE INTO public.leads l USING (VALUES (20)) v (id) ON l.id = v.id WHEN MATCHED THEN UPDATE SET title = 'merged';
SELECT id, title FROM public.leads WHERE id = 20 FOR UPDATE;
-- Children: by the parent's criteria, at the rule's level for them; details with the parent.
SELECT test.outcome('UPDATE public.quotes SET status = ''x'' WHERE id = 1'), test.outcome('UPDATE public.quotes SET status = ''x'' WHERE id = 3');
SELECT test.outcome('UPDATE public.notes SET status = ''x'' WHERE id = 1'), test.outcome('UPDATE public.notes SET lead_id = 2 WHERE id = 3');
-- Why.
\c - postgres
SELECT id, e.access, e.reason, e.via FROM unnest('{1,2,3,9}'::int[]) id, sharing.explain('public.leads', id::text, 'sup2') e ORDER BY id, 2 DESC, via;
SELECT id, e.access, e.reason, e.via FROM unnest('{1,2,3,9}'::int[]) id, sharing.explain('public.quotes', id::text, 'sup2') e ORDER BY id, 2 DESC, via;
SELECT id, e.access, e.reason, e.via FROM unnest('{1,9}'::int[]) id, sharing.explain('public.notes', id::text, 'sup2') e ORDER BY id, 2 DESC, via;
SELECT id, e.access, e.reason, e.via FROM unnest('{1,2}'::int[]) id, sharing.explain('public.contacts', id::text, 'sup2') e ORDER BY id, 2 DESC, via;
SELECT * FROM sharing.access_matrix('leads') WHERE viewer = 'role:H7';
-- A closed office withholds what the rule gives of the records of its people, and of no others.
SELECT sharing.create_office('Away', security => true), sharing.set_user_office('mgr', 'Away');
\c - stranger
SELECT * FROM test.all_seen();
\c - postgres
SELECT access, reason, via FROM sharing.explain('public.leads', '3', 'sup2');
SELECT sharing.set_office_security('Away', false);
-- The document: what was exported changes nothing, and makes the same again.
SELECT jsonb_pretty(jsonb_agg(r)) FROM jsonb_array_elements(sharing.export_config() -> 'rules') r;
SELECT * FROM sharing.import_config(sharing.export_config(), apply => true);
CREATE TEMP TABLE saved AS SELECT sharing.export_config() AS config;
SELECT sharing.drop_rule(:hot), sharing.drop_rule(:small);
SELECT sharing.apply_rules();
SELECT count(*) FROM pg_policy WHERE pg_get_expr(polqual, polrelid) LIKE '%by_criteria%' OR pg_get_expr(polwithcheck, polrelid) LIKE '%by_criteria%';
SELECT change, object FROM sharing.import_config((SELECT config FROM saved), dry_run => true);
SELECT change, object FROM sharing.import_config((SELECT config FROM saved), apply => true);
SELECT (SELECT config -> 'rules' FROM saved) = sharing.export_config() -> 'rules' AS same;
SELECT * FROM sharing.import_config('{"version": 1, "rules": [{"module": "leads", "owned_by": null, "shared_with": "role:H7", "access": "read_only"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "rules": [{"module": "leads", "shared_with": "role:H7", "access": "read_only", "criteria": {"amount": "x"}}]}');
SELECT * FROM sharing.import_config('{"version": 1, "rules": [{"module": "leads", "shared_with": "role:H7", "access": "read_only", "criteria": {"amount": []}}]}');
\c - stranger
SELECT * FROM test.all_seen();
\c - postgres
SELECT check_name, object, message FROM sharing.doctor() WHERE object LIKE 'rule%' OR message LIKE '%condition%';
SELECT sharing.diagram() LIKE '%where {""status""%' OR sharing.diagram() LIKE '%where%status%' AS is_drawn;
SELECT count(*) FROM sharing.rewrite_policies();
\c - stranger
SELECT * FROM test.all_seen();
\c - postgres
-- Other criteria for a rule that is valid: staged, previewed, told of, discarded, applied; back by a document.
SELECT rule AS hot FROM sharing.rule_overview WHERE access = 'Read/Write' \gset
CREATE TEMP TABLE before AS SELECT sharing.export_config() AS config;
SELECT sharing.alter_rule(:hot, criteria => '{"status": "cold"}');
SELECT change, detail - 'rule' AS detail FROM sharing.pending_changes();
SELECT status, criteria, staged_criteria FROM sharing.rule_overview ORDER BY rule;
SELECT module, gained, lost, edit_gained, edit_lost FROM sharing.preview_rules() WHERE user_key = 'sup2';
SELECT r -> 'criteria' AS criteria, r -> 'staged' AS staged FROM jsonb_array_elements(sharing.export_config() -> 'rules') r;
SELECT count(*) AS changes FROM sharing.import_config(sharing.export_config(), apply => true);
SELECT change, object, detail FROM sharing.import_config((SELECT config FROM before), apply => true);
SELECT count(*) AS pending FROM sharing.pending_changes();
SELECT sharing.alter_rule(:hot, criteria => '{"status": "cold"}');
SELECT sharing.discard_changes();
SELECT conditions FROM sharing.criteria ORDER BY conditions;
SELECT sharing.alter_rule(:hot, criteria => '{"status": "cold"}');
SELECT sharing.apply_rules();
SELECT rule = :hot AS same, status, criteria, staged_criteria FROM sharing.rule_overview ORDER BY rule;
\c - stranger
SELECT * FROM test.all_seen();
\c - postgres
-- A rule for any record gets criteria.
SELECT sharing.add_rule('leads', 'role:H5', 'role:H6', 'read_only') AS any \gset
SELECT sharing.apply_rules(), sharing.alter_rule(:any, criteria => '{"amount": 1}');
SELECT change, detail - 'rule' AS detail FROM sharing.pending_changes();
SELECT sharing.discard_changes(), sharing.drop_rule(:any);
-- Two owner columns, partitions with columns in another order, and a table that inherits.
CREATE TABLE public.parts (id int, owner text, team text, gone int, status text, n numeric, PRIMARY KEY (id, n)) PARTITION BY RANGE (n);
CREATE TABLE public.parts_1 PARTITION OF public.parts FOR VALUES FROM (0) TO (10);
CREATE TABLE public.parts_2 (n numeric NOT NULL, extra int, status text, team text, id int NOT NULL, owner text);
ALTER TABLE public.parts_2 DROP COLUMN extra; ALTER TABLE public.parts DROP COLUMN gone;
ALTER TABLE public.parts ATTACH PARTITION public.parts_2 FOR VALUES FROM (10) TO (20);
INSERT INTO public.parts SELECT i, (ARRAY['rep1', 'mgr', NULL])[1 + i % 3], (ARRAY['g1', NULL, 'g2', 'zz'])[1 + i % 4], (ARRAY['hot', 'cold', NULL])[1 + i / 3 % 3], i FROM generate_series(1, 19) i;
CREATE TABLE public.parts_twin AS SELECT * FROM public.parts;
GRANT SELECT ON public.parts, public.parts_1, public.parts_2, public.parts_twin TO PUBLIC;
SELECT sharing.create_group('g1', 'One'), sharing.create_group('g2', 'Two'), sharing.add_member('One', 'user:rep1');
SELECT count(*) > 0 FROM sharing.protect('public.parts', 'owner', owner_group => 'team');
SELECT sharing.add_rule('parts', 'group:One', 'role:H7', 'read_only', criteria => '{"status": "hot"}');
SELECT sharing.add_rule('parts', NULL, 'role:H7', 'read_only', criteria => '{"n": {">=": 17}}');
SELECT sharing.apply_rules();
CREATE TABLE public.parts_3 PARTITION OF public.parts FOR VALUES FROM (20) TO (30);
INSERT INTO public.parts VALUES (20, 'mgr', NULL, 'cold', 20), (21, 'rep1', NULL, 'hot', 21); INSERT INTO public.parts_twin VALUES (20, 'mgr', NULL, 'cold', 20), (21, 'rep1', NULL, 'hot', 21);
GRANT SELECT ON public.parts_3 TO PUBLIC;
\c - stranger
SELECT (SELECT array_agg(id ORDER BY id) FROM public.parts) = (SELECT array_agg(id ORDER BY id) FROM public.parts_twin
    WHERE n >= 17 OR status = 'hot' AND (owner = 'rep1' OR team = 'g1')) AS same, (SELECT string_agg(id::text, ' ' ORDER BY id) FROM public.parts) AS seen;
SELECT (SELECT array_agg(id ORDER BY id) FROM public.parts_2) = (SELECT array_agg(id ORDER BY id) FROM public.parts_twin
    WHERE n >= 10 AND n < 20 AND (n >= 17 OR status = 'hot' AND (owner = 'rep1' OR team = 'g1'))) AS same;
SELECT string_agg(id::text, ' ' ORDER BY id) FROM public.parts_3;
\c - postgres
SELECT check_name, object, message FROM sharing.doctor() WHERE object LIKE '%parts%' AND (check_name LIKE '%polic%' OR message LIKE '%polic%');
