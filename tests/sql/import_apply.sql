-- An import that is applied makes valid what its document says, and never what somebody else has only staged:
-- Configuration as one document. An export tells the two apart.
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE TABLE public.leads (id int PRIMARY KEY, owner_id text);
CREATE TABLE public.deals (id int PRIMARY KEY, owner_id text, lead_id int);
CREATE INDEX ON public.leads (owner_id);
CREATE INDEX ON public.deals (owner_id);
CREATE INDEX ON public.deals (lead_id);
CREATE ROLE import_apply_app;
SELECT sharing.trust('import_apply_app');
GRANT SELECT ON public.leads, public.deals TO import_apply_app;
SELECT sharing.create_role('Rep'), sharing.create_role('Support'), sharing.create_role('Web');
SELECT sharing.create_user('1', 'one', 'Rep'), sharing.create_user('2', 'two', 'Support'), sharing.create_user('3', 'three', 'Web');
SELECT count(*) FROM sharing.protect('public.leads', 'owner_id', 'Leads');
SELECT count(*) FROM sharing.protect('public.deals', 'owner_id', 'Deals');
INSERT INTO public.leads VALUES (1, '1');
INSERT INTO public.deals VALUES (11, '1', 1), (12, NULL, 1);
CREATE VIEW public.validity AS
    SELECT 'module ' || name AS thing, global_access AS valid, staged_global_access AS staged FROM sharing.modules
    UNION ALL SELECT 'rule ' || id, access, staged_access FROM sharing.rules
    UNION ALL SELECT 'level ' || rule_id, level, staged_level FROM sharing.related_levels
    UNION ALL SELECT 'relation ' || id, applied::text, NULL FROM sharing.relations;

-- Valid: a rule to keep, one to change, one to drop. Staged: changes of them, a rule, a relation, global access.
SELECT sharing.add_rule('Leads', 'role:Rep', 'role:Support', 'read_only') AS keeps,
       sharing.add_rule('Leads', 'role:Rep', 'role:Rep', 'read_only') AS changes,
       sharing.add_rule('Deals', 'role:Rep', 'role:Rep', 'read_only') AS goes;
SELECT sharing.apply_rules();
SELECT sharing.add_rule('Deals', 'role:Rep', 'role:Web', 'read_write') AS comes;
SELECT sharing.relate('public.deals', 'lead_id', 'public.leads');
SELECT sharing.alter_rule(2, 'read_write', '{"Deals": "none"}'), sharing.drop_rule(3);
SELECT sharing.set_global_access('Deals', 'public_read_only');
CREATE TABLE public.before AS SELECT * FROM public.validity;
SELECT * FROM public.before ORDER BY 1;

-- The export tells what is valid, and beside it what is staged.
SELECT module -> 'name' AS name, module -> 'global_access' AS valid, module -> 'staged' AS staged FROM pg_catalog.jsonb_array_elements(sharing.export_config() -> 'modules') module;
SELECT rule FROM pg_catalog.jsonb_array_elements(sharing.export_config() -> 'rules') rule;
SELECT relation FROM pg_catalog.jsonb_array_elements(sharing.export_config() -> 'relations') relation;

-- Nothing becomes valid by a document that says nothing, nor by what was exported.
SELECT * FROM sharing.import_config('{"version": 1}', apply => true, dry_run => true);
SELECT * FROM sharing.import_config('{"version": 1}', apply => true);
SELECT * FROM sharing.import_config(sharing.export_config(), apply => true, dry_run => true);
SELECT * FROM sharing.import_config(sharing.export_config(), apply => true);
SELECT * FROM sharing.import_config(sharing.export_config());
TABLE public.before EXCEPT TABLE public.validity;
TABLE public.validity EXCEPT TABLE public.before;

-- Nor by a document of other things.
BEGIN;
SELECT change, object FROM sharing.import_config('{"version": 1, "offices": [{"name": "Boston"}]}', apply => true);
TABLE public.before EXCEPT TABLE public.validity;
ROLLBACK;

-- Modules alone: rules and relations that wait go on waiting. What becomes valid is told, in the dry run, too.
BEGIN;
CREATE TABLE public.document AS SELECT jsonb_build_object('version', 1, 'modules', jsonb_agg(module - 'staged' || jsonb_build_object('global_access', COALESCE(module -> 'staged', module -> 'global_access')))) AS config
    FROM pg_catalog.jsonb_array_elements(sharing.export_config() -> 'modules') module;
SELECT i.* FROM public.document, sharing.import_config(config, apply => true, dry_run => true) i;
SELECT i.* FROM public.document, sharing.import_config(config, apply => true) i;
TABLE public.validity EXCEPT TABLE public.before;
-- Only staged, the same says nothing that is not staged already.
ROLLBACK;
SELECT i.* FROM sharing.import_config((SELECT jsonb_build_object('version', 1, 'modules', jsonb_agg(module - 'staged' || jsonb_build_object('global_access', COALESCE(module -> 'staged', module -> 'global_access'))))
    FROM pg_catalog.jsonb_array_elements(sharing.export_config() -> 'modules') module)) i;

-- Rules alone: all of them become valid, of which the document says so, and each is told; the one that it leaves
-- out goes, the one that it says is staged stays so.
BEGIN;
SELECT i.* FROM sharing.import_config('{"version": 1, "rules": [
    {"module": "Leads", "owned_by": "role:Rep", "shared_with": "role:Support", "access": "read_only"},
    {"module": "Leads", "owned_by": "role:Rep", "shared_with": "role:Rep", "access": "read_write", "related": {"Deals": "none"}},
    {"module": "Leads", "owned_by": "role:Rep", "shared_with": "role:Web", "access": "read_only", "related": {"Deals": "read_only"}, "staged": {"access": "read_write"}},
    {"module": "Deals", "owned_by": "role:Rep", "shared_with": "role:Support", "access": "read_only", "staged": "added"}]}', apply => true) i;
SELECT * FROM public.validity ORDER BY 1;
SELECT * FROM sharing.import_config(sharing.export_config(), apply => true);
-- The relation still waits: what no rule names does not follow it.
SET SESSION AUTHORIZATION import_apply_app;
SET sharing.user_key = '3';
SELECT id FROM public.deals ORDER BY 1;
SET sharing.user_key = '2';
SELECT id FROM public.leads ORDER BY 1;
SELECT id FROM public.deals ORDER BY 1;
RESET SESSION AUTHORIZATION;
ROLLBACK;

-- Relations alone.
BEGIN;
SELECT i.* FROM sharing.import_config('{"version": 1, "relations": [{"child": "Deals", "via": "lead_id", "parent": "Leads"}]}', apply => true) i;
TABLE public.validity EXCEPT TABLE public.before;
ROLLBACK;

-- What is valid here and only staged by the document is not valid afterwards, and is told.
BEGIN;
SELECT i.* FROM sharing.import_config('{"version": 1, "rules": [
    {"module": "Leads", "owned_by": "role:Rep", "shared_with": "role:Support", "access": "read_only", "staged": "added"}]}', apply => true) i;
SELECT * FROM public.validity WHERE thing LIKE 'rule%' ORDER BY 1;
ROLLBACK;

-- Not applied, a document says what will be.
BEGIN;
SELECT i.* FROM sharing.import_config('{"version": 1, "rules": [
    {"module": "Leads", "owned_by": "role:Rep", "shared_with": "role:Support", "access": "read_only", "staged": "dropped"},
    {"module": "Leads", "owned_by": "role:Rep", "shared_with": "role:Rep", "access": "read_only"},
    {"module": "Deals", "owned_by": "role:Rep", "shared_with": "role:Rep", "access": "read_only", "staged": {"access": "read_write"}}]}') i;
SELECT * FROM public.validity ORDER BY 1;
ROLLBACK;

-- Into an empty database, applied: what is valid and what is staged are the same as they were.
CREATE TABLE public.exported AS SELECT sharing.export_config() AS config;
SELECT count(*) > 0 AS emptied FROM sharing.import_config('{"version": 1, "roles": [], "users": [], "modules": [], "relations": [], "rules": []}', apply => true);
SELECT count(*) AS rules FROM sharing.rules;
SELECT count(*) > 0 AS imported FROM public.exported, sharing.import_config(config, apply => true);
SELECT sharing.export_config() = config AS same FROM public.exported;
SELECT thing LIKE 'rule%' AS of_rule, valid, staged FROM public.before EXCEPT SELECT thing LIKE 'rule%', valid, staged FROM public.validity;

-- What is not an answer to "what is staged".
SELECT * FROM sharing.import_config('{"version": 1, "rules": [{"module": "Leads", "owned_by": "role:Rep", "shared_with": "role:Rep", "access": "read_only", "staged": "yes"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "rules": [{"module": "Leads", "owned_by": "role:Rep", "shared_with": "role:Rep", "access": "read_only", "staged": {"related": {"Leads": "none"}}}]}');
SELECT * FROM sharing.import_config('{"version": 1, "modules": [{"name": "Leads", "table": "public.leads", "owner": "owner_id"}, {"name": "Deals", "table": "public.deals", "owner": "owner_id", "follows": "Leads", "staged": "public_read_only"}]}');
