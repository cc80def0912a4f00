-- Policies and triggers of ours without the configuration, as a copy of the schema brings them: unprotect() removes
-- them, protect() and import_config() adopt them. What others made under our names is left alone.
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE ROLE schema_leftovers_app;
SELECT sharing.trust('schema_leftovers_app');
SELECT sharing.create_user('1', 'one'), sharing.create_user('2', 'two') \g /dev/null
CREATE TABLE public.leads (id int PRIMARY KEY, owner text);
CREATE TABLE public.visits (id int PRIMARY KEY, owner text) PARTITION BY RANGE (id);
CREATE TABLE public.visits_1 PARTITION OF public.visits FOR VALUES FROM (1) TO (9);
CREATE TABLE public.cases (id int PRIMARY KEY, owner text);
CREATE POLICY own ON public.cases USING (id > 1);
ALTER TABLE public.cases ENABLE ROW LEVEL SECURITY;
CREATE TABLE public.lines (id int PRIMARY KEY, lead int);
GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO schema_leftovers_app;
INSERT INTO public.leads VALUES (1, '1'), (2, '2');
INSERT INTO public.visits VALUES (1, '1'), (2, '2');
INSERT INTO public.cases VALUES (1, '1'), (2, '2');
INSERT INTO public.lines VALUES (1, 1), (2, 2);
SELECT sharing.protect('public.leads', 'owner'), sharing.protect('public.visits', 'owner', default_owner => false), sharing.protect('public.cases', 'owner') \g /dev/null
SELECT sharing.protect('public.lines', controlled_by => 'public.leads', via => 'lead') \g /dev/null
CREATE TABLE public.document AS SELECT sharing.export_config() AS config;
CREATE VIEW public.objects AS
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
           (SELECT count(*) FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid AND p.polname LIKE 'sharing%') AS policies,
           (SELECT count(*) FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal) AS triggers
    FROM pg_catalog.pg_class c WHERE c.relname IN ('leads', 'visits', 'visits_1', 'cases', 'lines') AND c.relkind IN ('r', 'p');
-- The configuration is not there; the tables are as a copy has them.
DELETE FROM sharing.protected_relations;
DELETE FROM sharing.modules;
SELECT * FROM public.objects ORDER BY 1;
SET SESSION AUTHORIZATION schema_leftovers_app;
SET sharing.user_key = '1';
SELECT count(*) AS closed FROM public.leads;
RESET SESSION AUTHORIZATION;

-- Taken off, a table is open again; one with policies of its own keeps row security.
BEGIN;
SELECT sharing.unprotect('public.leads');
SELECT count(*) > 0 AS taken_off FROM sharing.unprotect('public.visits');
SELECT unprotect FROM sharing.unprotect('public.cases') WHERE unprotect !~ '^DROP';
SELECT count(*) > 0 AS taken_off FROM sharing.unprotect('public.lines');
SELECT * FROM public.objects ORDER BY 1;
SET LOCAL SESSION AUTHORIZATION schema_leftovers_app;
SELECT (SELECT count(*) FROM public.leads) AS leads, (SELECT count(*) FROM public.visits) AS visits, (SELECT count(*) FROM public.lines) AS lines;
RESET SESSION AUTHORIZATION;
SELECT sharing.unprotect('public.leads');
ROLLBACK;

-- Adopted, by hand and by a document, and taken off again.
BEGIN;
SELECT count(*) > 0 AS protected FROM sharing.protect('public.leads', 'owner');
SELECT count(*) > 0 AS taken_off FROM sharing.unprotect('public.leads');
SELECT * FROM public.objects WHERE relname = 'leads';
ROLLBACK;
BEGIN;
SELECT i.change, i.object FROM public.document, sharing.import_config(config, apply => true) i;
SELECT sharing.export_config() = config AS same FROM public.document;
SELECT * FROM public.objects ORDER BY 1;
SET LOCAL SESSION AUTHORIZATION schema_leftovers_app;
SET LOCAL sharing.user_key = '1';
SELECT (SELECT array_agg(id ORDER BY id) FROM public.leads) AS leads, (SELECT array_agg(id ORDER BY id) FROM public.visits) AS visits, (SELECT array_agg(id ORDER BY id) FROM public.cases) AS cases, (SELECT array_agg(id ORDER BY id) FROM public.lines) AS lines;
RESET SESSION AUTHORIZATION;
SELECT count(*) > 0 AS emptied FROM sharing.import_config('{"version": 1, "modules": [], "relations": []}');
SELECT * FROM public.objects ORDER BY 1;
ROLLBACK;

-- What somebody else made under our names stops both, and is not taken off.
BEGIN;
DROP POLICY sharing_select ON public.leads;
CREATE POLICY sharing_select ON public.leads FOR SELECT USING (true);
SAVEPOINT s;
SELECT sharing.protect('public.leads', 'owner');
ROLLBACK TO s;
SELECT i.* FROM public.document, sharing.import_config(config) i;
ROLLBACK TO s;
SELECT unprotect FROM sharing.unprotect('public.leads') WHERE unprotect LIKE '%sharing\_select ON%' OR unprotect !~ '^DROP';
SELECT polname FROM pg_catalog.pg_policy WHERE polrelid = 'public.leads'::regclass;
ROLLBACK;
BEGIN;
CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
DROP TRIGGER sharing_guard_owner ON public.leads;
CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON public.leads FOR EACH ROW EXECUTE FUNCTION public.nothing();
SELECT count(*) > 0 AS taken_off FROM sharing.unprotect('public.leads');
SELECT tgname FROM pg_catalog.pg_trigger WHERE tgrelid = 'public.leads'::regclass;
SELECT sharing.protect('public.leads', 'owner');
ROLLBACK;
