-- The configuration as one document: docs/semantics.md (Configuration as one document).
\set VERBOSITY terse
\set SHOW_CONTEXT never
CREATE TABLE public.leads (id int PRIMARY KEY, owner_id text, group_id text);
CREATE INDEX ON public.leads (owner_id);
CREATE INDEX ON public.leads (group_id);
CREATE SCHEMA "My Shop";
CREATE TABLE "My Shop"."Orders" (id int PRIMARY KEY, owner_id text, "The Team" text);
CREATE ROLE import_export_db;
CREATE ROLE import_export_app;
SELECT sharing.trust('import_export_app');

-- An empty configuration has every section.
SELECT pg_catalog.jsonb_pretty(sharing.export_config());

-- Everything at once, into an empty configuration. The document is kept for later.
CREATE TABLE public.documents (name text PRIMARY KEY, config jsonb);
GRANT ALL ON public.documents TO PUBLIC;
INSERT INTO public.documents VALUES ('first', '{"version": 1,
  "offices":  [{"name": "Boston", "parent": "East"}, {"name": "East", "security": true}],
  "roles":    [{"name": "Sales Rep", "parent": "Sales Manager"}, {"name": "Sales Manager"}, {"name": "Support"}],
  "users":    [{"key": "42", "name": "alice", "role": "Sales Rep", "office": "Boston", "rights": ["enterprise_view", "super_user"]},
               {"key": "43", "name": "bob", "role": "Sales Manager", "db_role": "import_export_db"},
               {"key": "44", "name": "carol", "active": false},
               {"key": "45", "name": "dave", "rights": ["administrator"]}],
  "groups":   [{"key": "g1", "name": "Inside Sales", "office": "East", "members": ["user:42", "role_and_subordinates:Sales Manager"]},
               {"key": "g2", "name": "Everybody", "members": ["group:Inside Sales", "role:Support", "user:43"]}],
  "modules":  [{"name": "Leads", "table": "public.leads", "owner": "owner_id", "default_owner": true, "global_access": "public_read_only"},
               {"name": "Orders", "table": "\"My Shop\".\"Orders\"", "owner": "owner_id", "owner_group": "The Team", "hierarchy": false}],
  "rules":    [{"module": "Leads", "owned_by": "role:Sales Rep", "shared_with": "group:Inside Sales", "access": "read_only"},
               {"module": "Orders", "owned_by": "role_and_subordinates:Sales Manager", "shared_with": "role:Support", "access": "read_write", "superiors": true, "related": null}]}');
SELECT stamp AS stamp FROM sharing.generation \gset
SELECT change, object FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'first'), dry_run => true);
SELECT count(*) FROM sharing.users;
SELECT stamp = :'stamp' AS dry_run_changes_nothing FROM sharing.generation;
SELECT * FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'first'));
SELECT pg_catalog.jsonb_pretty(sharing.export_config());

-- Global access and rules are staged.
SELECT * FROM sharing.pending_changes();
SELECT name, global_access, staged_global_access FROM sharing.modules ORDER BY name;

-- What was exported changes nothing, in whatever way it is imported; nor does the first document,
-- which leaves out what has a default.
INSERT INTO public.documents VALUES ('exported', sharing.export_config());
SELECT stamp AS stamp FROM sharing.generation \gset
SELECT * FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'exported'));
SELECT * FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'exported'), dry_run => true);
SELECT * FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'first'));
SELECT * FROM sharing.import_config('{"version": 1}');
SELECT stamp = :'stamp' AS nothing_changed FROM sharing.generation;

-- apply: what the document says is valid becomes valid, and is told.
SELECT * FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'first'), apply => true);
SELECT count(*) AS pending FROM sharing.pending_changes();
UPDATE public.documents SET config = sharing.export_config() WHERE name = 'exported';

-- What was imported is in force.
INSERT INTO public.leads VALUES (1, '42'), (2, '43');
GRANT SELECT, INSERT ON public.leads TO import_export_app;
SET SESSION AUTHORIZATION import_export_app;
SET sharing.user_key = '42';
SELECT id FROM public.leads ORDER BY id;
INSERT INTO public.leads (id) VALUES (3);
SELECT id, owner_id FROM public.leads ORDER BY id;
RESET SESSION AUTHORIZATION;

-- A section that is present becomes equal; the others are left alone. Before and after are told.
BEGIN;
SELECT * FROM sharing.import_config('{"version": 1,
  "users": [{"key": "42", "name": "alice", "role": "Sales Manager", "office": "Boston", "rights": ["administrator"]},
            {"key": "43", "name": "bob", "role": "Sales Manager", "active": false},
            {"key": "45", "name": "dave", "rights": ["administrator"], "db_role": "import_export_db"},
            {"key": "46", "name": "erin"}]}');
SELECT u.key, r."right" FROM sharing.users u JOIN sharing.user_rights r ON r.user_id = u.id ORDER BY 1, 2;
SELECT u.key, d.db_role FROM sharing.users u JOIN sharing.user_db_roles d ON d.user_id = u.id ORDER BY 1;
SELECT count(*) FROM sharing.rules;
ROLLBACK;

-- Names are exchanged, and parents turned upside down.
BEGIN;
SELECT * FROM sharing.import_config('{"version": 1,
  "offices": [{"name": "Boston", "security": true}, {"name": "East", "parent": "Boston"}],
  "roles": [{"name": "Sales Manager", "parent": "Sales Rep"}, {"name": "Sales Rep", "parent": "Support"}, {"name": "Support"}],
  "users": [{"key": "42", "name": "alice", "role": "Sales Rep", "office": "Boston", "rights": ["enterprise_view", "super_user"]},
            {"key": "43", "name": "carol", "role": "Sales Manager"},
            {"key": "44", "name": "bob", "active": false, "db_role": "import_export_db"},
            {"key": "45", "name": "dave", "rights": ["administrator"]}],
  "groups": [{"key": "g1", "name": "Everybody", "office": "East", "members": ["user:42", "role_and_subordinates:Sales Manager"]},
             {"key": "g2", "name": "Inside Sales", "members": ["group:Everybody", "role:Support", "user:43"]}]}');
-- The rule still speaks of the group that has another name now.
SELECT pg_catalog.jsonb_pretty(pg_catalog.jsonb_path_query(sharing.export_config(), '$.rules[0]'));
SELECT * FROM sharing.import_config(sharing.export_config());
ROLLBACK;

-- Keys too: 43 is new under a name that is free only because its bearer is renamed; and a group
-- with a new key, which is known by its name.
BEGIN;
SELECT change, object FROM sharing.import_config('{"version": 1,
  "users": [{"key": "42", "name": "alice", "role": "Sales Rep", "office": "Boston", "rights": ["enterprise_view", "super_user"]},
            {"key": "44", "name": "bob", "active": false},
            {"key": "45", "name": "carol", "rights": ["administrator"]},
            {"key": "47", "name": "dave"}],
  "groups": [{"key": "g2", "name": "Inside Sales", "office": "East", "members": ["user:42", "role_and_subordinates:Sales Manager"]},
             {"key": "g1", "name": "Everybody", "members": ["group:Inside Sales", "role:Support", "user:44"]}]}');
SELECT key, name FROM sharing.groups ORDER BY key;
ROLLBACK;

-- Modules: new, altered in place, on other columns, exchanging tables, gone. Rules and global
-- access of those that stay, stay.
BEGIN;
CREATE TABLE public.quotes (id int PRIMARY KEY, team text);
SELECT change, object, detail FROM sharing.import_config('{"version": 1,
  "modules": [{"name": "Leads", "table": "\"My Shop\".\"Orders\"", "owner": "owner_id", "owner_group": "owner_id", "global_access": "public_read_only"},
              {"name": "Orders", "table": "Public.Leads", "owner": "owner_id", "owner_group": "group_id", "hierarchy": true, "global_access": "public_read_edit"},
              {"name": "Quotes", "table": "public.quotes", "owner_group": "team", "global_access": "public_read_edit_delete"}]}');
SELECT name, relation, owners, hierarchy, default_owner, global_access, staged_global_access FROM sharing.modules ORDER BY name;
SELECT p.relation, m.name FROM sharing.protected_relations p JOIN sharing.modules m ON m.id = p.module_id ORDER BY 2;
SELECT polrelid::regclass, pg_catalog.pg_get_expr(polqual, polrelid) FROM pg_catalog.pg_policy WHERE polname = 'sharing_select' ORDER BY 1;
SELECT tgrelid::regclass, tgname FROM pg_catalog.pg_trigger WHERE tgname LIKE '%sharing%' AND NOT tgisinternal AND tgrelid::regclass::text !~ '^sharing' ORDER BY 1, 2;
SELECT count(*) AS rules FROM sharing.rules;
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT change, object FROM sharing.import_config('{"version": 1, "modules": [], "rules": []}');
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_catalog.pg_class WHERE relname IN ('leads', 'Orders', 'quotes') ORDER BY 1;
SELECT count(*) AS policies FROM pg_catalog.pg_policy WHERE polname LIKE 'sharing%';
SELECT count(*) AS rules FROM sharing.rules;
ROLLBACK;

-- A partitioned table: its partitions with it.
BEGIN;
CREATE TABLE public.parts (id int, owner_id text, other_id text) PARTITION BY RANGE (id);
CREATE TABLE public.part PARTITION OF public.parts FOR VALUES FROM (1) TO (9);
SELECT change, object FROM sharing.import_config('{"version": 1, "rules": [], "modules": [{"name": "Parts", "table": "public.parts", "owner": "owner_id", "default_owner": true}]}', apply => true);
SELECT change, detail FROM sharing.import_config('{"version": 1, "modules": [{"name": "Parts", "table": "public.parts", "owner": "other_id"}]}');
SELECT p.relation, m.name FROM sharing.protected_relations p JOIN sharing.modules m ON m.id = p.module_id ORDER BY 1;
SELECT polrelid::regclass, pg_catalog.pg_get_expr(polqual, polrelid) FROM pg_catalog.pg_policy WHERE polname = 'sharing_select' ORDER BY 1;
SELECT tgrelid::regclass, tgname FROM pg_catalog.pg_trigger WHERE tgrelid::regclass::text LIKE 'part%' ORDER BY 1, 2;
ROLLBACK;

-- A module under another name is another module on the same table.
BEGIN;
SELECT change, object FROM sharing.import_config('{"version": 1, "rules": [], "modules": [{"name": "Leads and more", "table": "public.leads", "owner": "owner_id"}]}');
SELECT name, relation FROM sharing.modules;
ROLLBACK;

-- Only what differs in a column of ours: the policies stay.
BEGIN;
SELECT oid AS policy FROM pg_catalog.pg_policy WHERE polname = 'sharing_select' AND polrelid = 'public.leads'::regclass \gset
SELECT detail FROM sharing.import_config('{"version": 1,
  "modules": [{"name": "Leads", "table": "public.leads", "owner": "owner_id", "default_owner": true, "hierarchy": false},
              {"name": "Orders", "table": "\"My Shop\".\"Orders\"", "owner": "owner_id", "owner_group": "The Team", "hierarchy": false}]}', apply => true);
SELECT count(*) AS same_policy FROM pg_catalog.pg_policy WHERE oid = :policy;
SELECT name, hierarchy, global_access FROM sharing.modules ORDER BY name;
ROLLBACK;

-- Rules: one altered, one dropped, one added; the one that goes is wanted again.
BEGIN;
SELECT * FROM sharing.import_config('{"version": 1, "rules": [
  {"module": "Leads", "owned_by": "role:Sales Rep", "shared_with": "group:Inside Sales", "access": "read_write"},
  {"module": "Leads", "owned_by": "role:Sales Rep", "shared_with": "group:Inside Sales", "access": "read_only", "superiors": true}]}');
SELECT module, change, detail - 'rule' AS detail FROM sharing.pending_changes();
SELECT change, object FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'exported'));
SELECT count(*) AS pending FROM sharing.pending_changes();
ROLLBACK;

-- A role that an enforced rule names can go only when the end of the rule is applied.
BEGIN;
SAVEPOINT s;
SELECT change, object FROM sharing.import_config('{"version": 1, "rules": [], "groups": [], "roles": [{"name": "Sales Rep"}, {"name": "Sales Manager"}]}');
ROLLBACK TO s;
SELECT change, object FROM sharing.import_config('{"version": 1, "rules": [], "groups": [], "roles": [{"name": "Sales Rep"}, {"name": "Sales Manager"}]}', apply => true);
SELECT count(*) AS rules FROM sharing.rules;
ROLLBACK;

-- Everything goes.
BEGIN;
SELECT count(*) FROM sharing.import_config('{"version": 1, "offices": [], "roles": [], "users": [], "groups": [], "modules": [], "rules": []}', apply => true);
SELECT pg_catalog.jsonb_path_query_array(sharing.export_config(), '$.*.size()');
SELECT count(*) FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'exported'), apply => true);
SELECT sharing.export_config() = config AS same FROM public.documents WHERE name = 'exported';
ROLLBACK;

-- Errors name their path, and change nothing.
CREATE FUNCTION public.try(config jsonb, apply boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
    detail text;
BEGIN
    PERFORM * FROM sharing.import_config(config, apply);
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN sqlstate || ' ' || sqlerrm || COALESCE(' DETAIL: ' || NULLIF(detail, ''), '');
END
$$;
SELECT stamp AS stamp FROM sharing.generation \gset
SELECT public.try(config) FROM (VALUES
  ('null'::jsonb), ('[]'), ('{}'), ('{"version": "1"}'), ('{"version": 2}'), ('{"version": 1e999}'),
  ('{"version": 1, "user": []}'),
  ('{"version": 1, "users": null}'),
  ('{"version": 1, "users": {}}'),
  ('{"version": 1, "users": [null]}'),
  ('{"version": 1, "users": [["1", "x"]]}'),
  ('{"version": 1, "users": [{"key": 1, "name": "x"}]}'),
  ('{"version": 1, "users": [{"key": "1", "name": "x", "rol": "Support"}]}'),
  ('{"version": 1, "users": [{"key": "1", "name": "x", "active": null}]}'),
  ('{"version": 1, "users": [{"name": "x"}]}'),
  ('{"version": 1, "users": [{"key": "", "name": "x"}]}'),
  ('{"version": 1, "users": [{"key": "1", "name": ""}]}'),
  ('{"version": 1, "users": [{"key": "1", "name": "x"}, {"key": "1", "name": "y"}]}'),
  ('{"version": 1, "users": [{"key": "1", "name": "x"}, {"key": "2", "name": "y"}, {"key": "3", "name": "z"}, {"key": "4", "name": "v", "role": "Reps"}]}'),
  ('{"version": 1, "users": [{"key": "1", "name": "x", "office": "West"}]}'),
  ('{"version": 1, "users": [{"key": "1", "name": "x", "db_role": "import_export_nobody"}]}'),
  ('{"version": 1, "users": [{"key": "1", "name": "x", "db_role": "import_export_db"}, {"key": "2", "name": "y", "db_role": "import_export_db"}]}'),
  ('{"version": 1, "users": [{"key": "1", "name": "x", "rights": ["boss"]}]}'),
  ('{"version": 1, "users": [{"key": "1", "name": "x", "rights": ["super_user", "super_user"]}]}'),
  ('{"version": 1, "offices": [{"name": "A", "parent": "B"}, {"name": "B", "parent": "A"}], "users": [], "groups": []}'),
  ('{"version": 1, "offices": [{"name": "A", "security": "yes"}]}'),
  ('{"version": 1, "roles": [{"name": "A"}, {"name": "A"}]}'),
  ('{"version": 1, "roles": [{"name": "A", "parent": "A"}]}'),
  ('{"version": 1, "roles": [{"name": "A", "parent": "Support"}]}'),
  ('{"version": 1, "roles": [{"name": "A", "profiles": ["Standard"]}]}'),
  ('{"version": 1, "groups": [{"key": "1", "name": "x", "members": ["x"]}]}'),
  ('{"version": 1, "groups": [{"key": "1", "name": "x", "members": ["user:42", "user:7"]}]}'),
  ('{"version": 1, "groups": [{"key": "1", "name": "x", "members": ["user:42", "user:42"]}]}'),
  ('{"version": 1, "groups": [{"key": "1", "name": "x", "members": ["group:x"]}]}'),
  ('{"version": 1, "groups": [{"key": "1", "name": "x", "members": ["group:y"]}, {"key": "2", "name": "y", "members": ["group:z"]}, {"key": "3", "name": "z", "members": ["role:Support", "group:x"]}]}'),
  ('{"version": 1, "profiles": [{"name": "Standard"}, {"name": "Standard"}]}'),
  ('{"version": 1, "relations": [{"child": "Leads"}]}'),
  ('{"version": 1, "links": [{"from": "42"}], "shares": []}'),
  ('{"version": 1, "shares": [{"from": "42"}]}'),
  ('{"version": 1, "modules": [{"name": "Leads"}]}'),
  ('{"version": 1, "modules": [{"name": "Leads", "table": "leads", "owner": "owner_id"}]}'),
  ('{"version": 1, "modules": [{"name": "Leads", "table": "public.lead", "owner": "owner_id"}]}'),
  ('{"version": 1, "modules": [{"name": "Leads", "table": "pg_catalog.pg_class", "owner": "relowner"}]}'),
  ('{"version": 1, "rules": [], "modules": [{"name": "Leads", "table": "public.leads", "owner": "owner"}]}'),
  ('{"version": 1, "rules": [], "modules": [{"name": "Leads", "table": "public.leads"}]}'),
  ('{"version": 1, "rules": [], "modules": [{"name": "Docs", "table": "public.documents", "owner": "config"}]}'),
  ('{"version": 1, "modules": [{"name": "A", "table": "public.leads", "owner": "owner_id"}, {"name": "B", "table": "PUBLIC.leads", "owner": "owner_id"}]}'),
  ('{"version": 1, "modules": [{"name": "Leads", "table": "public.leads", "controlled_by": "Orders", "via": "owner_id"}]}'),
  ('{"version": 1, "modules": [{"name": "Leads", "table": "public.leads", "owner": "owner_id", "follows": "Orders"}]}'),
  ('{"version": 1, "modules": [{"name": "Leads", "table": "public.leads", "owner": "owner_id", "global_access": "public"}]}'),
  ('{"version": 1, "rules": [{"module": "Lead", "owned_by": "role:Support", "shared_with": "role:Support", "access": "read_only"}]}'),
  ('{"version": 1, "rules": [{"module": "Leads", "owned_by": "user:42", "shared_with": "role:Support", "access": "read_only"}]}'),
  ('{"version": 1, "rules": [{"module": "Leads", "owned_by": "role:Support", "shared_with": "group:None", "access": "read_only"}]}'),
  ('{"version": 1, "rules": [{"module": "Leads", "owned_by": "role:Support", "shared_with": "role:Support", "access": "full"}]}'),
  ('{"version": 1, "rules": [{"module": "Leads", "owned_by": "role:Support", "shared_with": "role:Support", "access": "read_only", "related": {"Orders": "read_only"}}]}'),
  ('{"version": 1, "offices": []}'),
  ('{"version": 1, "roles": []}'),
  ('{"version": 1, "users": []}'),
  ('{"version": 1, "groups": []}'),
  ('{"version": 1, "modules": []}')) AS d (config);
SELECT * FROM sharing.import_config(NULL);
SELECT * FROM sharing.import_config('{"version": 1}', NULL);
SELECT * FROM sharing.import_config('{"version": 1}', false, NULL);
SELECT stamp = :'stamp' AS nothing_changed FROM sharing.generation;

-- An identity with the right administrator may do all of it but the modules; nobody else anything.
SET SESSION AUTHORIZATION import_export_app;
SET sharing.user_key = '42';
SELECT sharing.export_config();
SELECT * FROM sharing.import_config('{"version": 1}');
SET sharing.user_key = '45';
SELECT i.* FROM (SELECT sharing.export_config() - 'modules' - 'relations' - 'search' - 'sources' - 'trusted' AS config) c, sharing.import_config(c.config) i;
SELECT change, object FROM sharing.import_config('{"version": 1, "rules": []}');
SELECT public.try((SELECT config FROM public.documents WHERE name = 'exported'));
SELECT public.try('{"version": 1, "modules": []}');
SELECT public.try('{"version": 1, "relations": []}');
RESET SESSION AUTHORIZATION;
SELECT sharing.discard_changes();
