-- A column that policies name is dropped with CASCADE, as frameworks do: the export says which module is broken and
-- goes on with the rest, nothing else fails, and the module can be mended.
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE TABLE public.leads (id int PRIMARY KEY, owner text, other text);
CREATE TABLE public.deals (id int PRIMARY KEY, owner text, lead int);
CREATE TABLE public.lines (id int PRIMARY KEY, deal int);
CREATE TABLE public.calls (id int PRIMARY KEY, owner text);
CREATE ROLE broken_module_app;
SELECT sharing.trust('broken_module_app');
GRANT SELECT ON public.leads, public.deals, public.lines, public.calls TO broken_module_app;
INSERT INTO public.leads VALUES (1, '1', '2');
INSERT INTO public.deals VALUES (1, '1', 1);
INSERT INTO public.lines VALUES (1, 1);
INSERT INTO public.calls VALUES (1, '1');
SELECT sharing.create_role('Rep'), sharing.create_role('Web'), sharing.create_user('1', 'one', 'Rep'), sharing.create_user('2', 'two', 'Web') \g /dev/null
SELECT sharing.protect('public.leads', 'owner'), sharing.protect('public.deals', 'owner'), sharing.protect('public.calls', 'owner') \g /dev/null
SELECT sharing.protect('public.lines', controlled_by => 'public.deals', via => 'deal') \g /dev/null
SELECT sharing.relate('public.deals', 'lead', 'public.leads');
SELECT sharing.add_rule('leads', 'role:Rep', 'role:Web', 'read_only', '{"deals": "read_only"}'), sharing.add_rule('calls', 'role:Rep', 'role:Web', 'read_only');
SELECT sharing.apply_rules();
CREATE VIEW public.told AS SELECT module ->> 'name' AS name, module ->> 'owner' AS owner, module ->> 'via' AS via, module ->> 'broken' AS broken FROM pg_catalog.jsonb_array_elements(sharing.export_config() -> 'modules') module;

BEGIN;
SET LOCAL client_min_messages = error;
ALTER TABLE public.leads DROP COLUMN owner CASCADE;
SET LOCAL client_min_messages = notice;
SELECT * FROM public.told;
SELECT pg_catalog.jsonb_array_length(sharing.export_config() -> 'rules') AS rules;
-- What reads all modules goes on.
SELECT sharing.set_global_access('calls', 'public_read_only'), sharing.create_group('g', 'Group');
SELECT module, change FROM sharing.pending_changes();
SELECT count(*) >= 0 AS previewed FROM sharing.preview_rules();
SELECT sharing.apply_rules();
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT change, object FROM sharing.import_config('{"version": 1, "groups": []}');
-- Nobody sees the records of the module, and everybody the others.
SET LOCAL SESSION AUTHORIZATION broken_module_app;
SET LOCAL sharing.user_key = '1';
SELECT (SELECT count(*) FROM public.leads) AS leads, (SELECT count(*) FROM public.deals) AS deals, (SELECT count(*) FROM public.lines) AS lines;
RESET SESSION AUTHORIZATION;
SAVEPOINT broken;
-- Mended by a document, it keeps its rules.
SELECT change, object FROM sharing.import_config((SELECT pg_catalog.jsonb_build_object('version', 1, 'modules', pg_catalog.jsonb_agg(module - 'broken' || CASE WHEN module ? 'broken' THEN '{"owner": "other"}'::jsonb ELSE '{}' END))
    FROM pg_catalog.jsonb_array_elements(sharing.export_config() -> 'modules') module));
SELECT * FROM public.told;
SELECT count(*) AS rules FROM sharing.rules;
SET LOCAL SESSION AUTHORIZATION broken_module_app;
SET LOCAL sharing.user_key = '2';
SELECT id FROM public.leads;
RESET SESSION AUTHORIZATION;
ROLLBACK TO broken;
-- Or protected anew.
SELECT sharing.unrelate('public.deals', 'lead', 'public.leads');
SELECT count(*) > 0 AS taken_off FROM sharing.unprotect('public.leads');
SELECT count(*) > 0 AS protected FROM sharing.protect('public.leads', 'other');
SELECT * FROM public.told;
ROLLBACK;

-- The column of a relation: the relation is not told, and goes when the module is mended.
BEGIN;
SET LOCAL client_min_messages = error;
ALTER TABLE public.deals DROP COLUMN lead CASCADE;
SET LOCAL client_min_messages = notice;
SELECT * FROM public.told;
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT change, object FROM sharing.import_config((SELECT pg_catalog.jsonb_build_object('version', 1, 'rules', '[]'::jsonb, 'modules', pg_catalog.jsonb_agg(module - 'broken' || CASE WHEN module ? 'broken' THEN '{"owner": "owner"}'::jsonb ELSE '{}' END))
    FROM pg_catalog.jsonb_array_elements(sharing.export_config() -> 'modules') module));
SELECT * FROM public.told;
SELECT count(*) AS relations FROM sharing.relations;
ROLLBACK;

-- The column of a detail.
BEGIN;
SET LOCAL client_min_messages = error;
ALTER TABLE public.lines DROP COLUMN deal CASCADE;
SET LOCAL client_min_messages = notice;
SELECT * FROM public.told;
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT count(*) > 0 AS taken_off FROM sharing.unprotect('public.lines');
ROLLBACK;

-- A table that was dropped while nobody was told is not told, nor what speaks of it.
BEGIN;
SET LOCAL client_min_messages = error;
ALTER EVENT TRIGGER sharing_follow_drops DISABLE;
DROP TABLE public.leads CASCADE;
SET LOCAL client_min_messages = notice;
SELECT * FROM public.told;
SELECT * FROM sharing.import_config(sharing.export_config());
ROLLBACK;
