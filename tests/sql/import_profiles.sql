-- Configuration as one document: profiles, what they permit, and the roles that have them, in the configuration document.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE public.notes (id integer PRIMARY KEY, owner text, title text);
CREATE INDEX ON public.notes (owner);
INSERT INTO public.notes VALUES (1, 'rep1'), (2, 'sup1');
GRANT SELECT, INSERT, UPDATE, DELETE ON public.notes TO PUBLIC;
SELECT sharing.protect('public.notes', 'owner') \g /dev/null
CREATE TABLE public.documents (name text PRIMARY KEY, config jsonb);
CREATE FUNCTION test.sections(VARIADIC names text[]) RETURNS jsonb LANGUAGE sql AS
    'SELECT ''{"version": 1}'' || coalesce(jsonb_object_agg(key, value), ''{}'') FROM jsonb_each(sharing.export_config()) WHERE key = ANY (names)';
-- The section roles as it is, with other profiles for one of them.
CREATE FUNCTION test.roles_with(role text, profiles jsonb) RETURNS jsonb LANGUAGE sql AS
    'SELECT jsonb_agg(CASE WHEN r->>''name'' = role THEN r || jsonb_build_object(''profiles'', profiles) ELSE r END) FROM jsonb_array_elements(sharing.export_config()->''roles'') r';
-- Runs an import: what changes, or its error.
CREATE FUNCTION test.import(config jsonb, dry_run boolean DEFAULT false) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    RETURN QUERY SELECT i.change || ' ' || i.object || ' ' || i.detail FROM sharing.import_config(config, dry_run => dry_run) i;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT sqlstate || ' ' || sqlerrm || coalesce(E'\n  DETAIL: ' || nullif(detail, ''), '') || coalesce(E'\n  HINT: ' || nullif(hint, ''), '');
END
$$;

-- What came about by the functions is told, and importing it changes nothing.
SELECT sharing.create_profile('Standard'), sharing.set_permission('Standard', NULL, true, false, false, false), sharing.set_permission('Standard', 'notes', true, true, true, false),
       sharing.set_permission('Standard', 'leads', true, true, true, true), sharing.create_profile('All', true, true), sharing.create_profile('Clerk'),
       sharing.assign_profile('H5', 'Standard'), sharing.assign_profile('H5', 'All'), sharing.assign_profile('H7', 'Standard') \g /dev/null
SELECT pg_catalog.jsonb_pretty(test.sections('profiles'));
SELECT r->>'name' AS role, r->'profiles' AS profiles FROM pg_catalog.jsonb_array_elements(test.sections('roles')->'roles') r ORDER BY 1;
INSERT INTO public.documents VALUES ('first', sharing.export_config());
SELECT stamp AS stamp FROM sharing.generation \gset
SELECT * FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'first'));
SELECT * FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'first'), apply => true);
SELECT * FROM sharing.import_config(test.sections('profiles'));
SELECT * FROM sharing.import_config(test.sections('roles'));
-- Nor does another order, or leaving out what has a default.
SELECT * FROM sharing.import_config('{"version": 1, "profiles": [{"name": "Clerk"}, {"name": "All", "view_all": true, "edit_all": true}, {"name": "Standard", "permissions": [
    {"module": null, "view": true, "create": false, "edit": false, "delete": false}, {"module": "notes", "view": true, "create": true, "edit": true, "delete": false},
    {"module": "leads", "view": true, "create": true, "edit": true, "delete": true}]}]}');
SELECT * FROM sharing.import_config('{"version": 1}' || jsonb_build_object('roles', test.roles_with('H5', '["Standard", "All"]')));
SELECT stamp = :'stamp' AS nothing_changed FROM sharing.generation;

-- Added, altered, dropped; only what would be, is not; what is, is in force at once. Profiles keep who has them: H7 in an absent section.
\set document '{"version": 1, "profiles": [{"name": "Standard", "view_all": true, "permissions": [{"module": "leads", "view": true, "create": true, "edit": false, "delete": true}, {"module": "notes", "view": true, "create": true, "edit": true, "delete": false}]}, {"name": "All", "edit_all": true, "permissions": [{"module": null, "view": true, "create": true, "edit": true, "delete": true}]}, {"name": "New", "permissions": [{"module": "notes", "view": false, "create": false, "edit": false, "delete": false}]}]}'
\c - app
SELECT person, r.* FROM unnest('{rep1,sup1}'::text[]) WITH ORDINALITY p (person, n), test.reach(person) r ORDER BY n;
\c - postgres
SELECT test.import(:'document', dry_run => true);
SELECT stamp = :'stamp' AS dry_run_changes_nothing FROM sharing.generation;
SELECT id FROM sharing.profiles WHERE name = 'Standard' \gset
SELECT test.import(:'document');
SELECT test.import(:'document');
SELECT id = :id AS same_profile FROM sharing.profiles WHERE name = 'Standard';
SELECT pg_catalog.jsonb_path_query(test.sections('profiles'), '$.profiles[*]');
SELECT "function", object, before, after FROM sharing.audit_log WHERE "function" = 'import_config' ORDER BY id;
\c - app
SELECT person, r.* FROM unnest('{rep1,sup1}'::text[]) WITH ORDINALITY p (person, n), test.reach(person) r ORDER BY n;
SELECT person, r.* FROM unnest('{rep1,sup1}'::text[]) WITH ORDINALITY p (person, n), test.reach(person, 'notes') r ORDER BY n;
\c - postgres

-- Roles: profiles of a role become equal, also of a new one, and a role that goes takes its own along. Profiles themselves are left alone.
BEGIN;
SELECT test.import('{"version": 1}' || jsonb_build_object('roles', test.roles_with('H5', '["New", "All"]') || '[{"name": "H8", "parent": "H7", "profiles": ["New", "Standard"]}]'));
SELECT r->>'name' AS role, r->'profiles' AS profiles FROM pg_catalog.jsonb_array_elements(test.sections('roles')->'roles') r WHERE r->'profiles' <> '[]' ORDER BY 1;
SELECT test.import('{"version": 1}' || jsonb_build_object('roles', (SELECT jsonb_agg(r) FROM jsonb_array_elements(test.roles_with('H5', '[]')) r WHERE r->>'name' <> 'H8')));
SELECT count(*) AS assignments FROM sharing.role_profiles;
SELECT count(*) AS profiles FROM sharing.profiles;
SELECT object, before FROM (SELECT * FROM sharing.audit_log WHERE "function" = 'import_config' ORDER BY id DESC LIMIT 5) l WHERE after IS NULL ORDER BY id;
ROLLBACK;

-- A profile that a role of an absent section has stays, whatever else the document says; with the roles it goes.
SELECT test.import('{"version": 1, "profiles": []}');
SELECT test.import('{"version": 1, "profiles": [{"name": "All"}]}');
BEGIN;
SELECT test.import('{"version": 1, "profiles": [{"name": "All"}]}' || jsonb_build_object('roles', (SELECT jsonb_agg(r || '{"profiles": []}') FROM jsonb_array_elements(test.sections('roles')->'roles') r)));
SELECT (SELECT count(*) FROM sharing.profiles) AS profiles, (SELECT count(*) FROM sharing.profile_permissions) AS permissions, (SELECT count(*) FROM sharing.role_profiles) AS assignments;
ROLLBACK;
-- Renamed, it is another profile: roles have to name the new one.
BEGIN;
SELECT test.import(replace(test.sections('profiles', 'roles')::text, '"Standard"', '"Default"')::jsonb);
SELECT test.import(replace(test.sections('profiles')::text, '"Default"', '"Standard"')::jsonb);
ROLLBACK;

-- What profiles permit in a module goes with it, and only that; it is told. A document that speaks of profiles must not name the module.
BEGIN;
SELECT test.import(jsonb_set(test.sections('modules'), '{modules}', '[]'));
SELECT pg_catalog.jsonb_path_query(test.sections('profiles'), '$.profiles[*]');
SELECT test.import(test.sections('profiles'));
ROLLBACK;
SELECT test.import(test.sections('profiles') || '{"modules": []}');
BEGIN;
SELECT test.import('{"version": 1, "modules": [], "profiles": [{"name": "Standard", "permissions": [{"module": null, "view": true, "create": true, "edit": true, "delete": true}]}, {"name": "All"}]}');
SELECT pg_catalog.jsonb_path_query(test.sections('profiles'), '$.profiles[*]');
ROLLBACK;
-- A module that is new in the document, and one on another table, which stays the same module.
BEGIN;
CREATE TABLE public.quotes (id integer PRIMARY KEY, owner text);
SELECT test.import(replace(test.sections('modules')::text, 'public.notes', 'public.quotes')::jsonb);
SELECT pg_catalog.jsonb_path_query(test.sections('profiles'), '$.profiles[*] ? (@.name == "New")');
SELECT test.import(jsonb_set(test.sections('modules'), '{modules,2}', '{"name": "fresh", "table": "public.notes", "owner": "owner"}')
    || '{"profiles": [{"name": "Standard", "permissions": [{"module": "fresh", "view": true, "create": true, "edit": true, "delete": true}]}, {"name": "All"}, {"name": "New"}]}');
SELECT pg_catalog.jsonb_path_query(test.sections('profiles'), '$.profiles[*].permissions[*]');
ROLLBACK;

-- Everything goes and comes back.
BEGIN;
INSERT INTO public.documents VALUES ('second', sharing.export_config());
SELECT count(*) FROM sharing.import_config('{"version": 1, "offices": [], "roles": [], "users": [], "groups": [], "profiles": [], "modules": [], "rules": []}', apply => true);
SELECT pg_catalog.jsonb_path_query_array(sharing.export_config(), '$.*.size()');
SELECT (SELECT count(*) FROM sharing.profiles) + (SELECT count(*) FROM sharing.profile_permissions) + (SELECT count(*) FROM sharing.role_profiles) AS stored;
SELECT change, object FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'second'), apply => true) WHERE object ~ 'profile';
SELECT sharing.export_config() = config AS same FROM public.documents WHERE name = 'second';
ROLLBACK;

-- Errors name their path, and change nothing.
SELECT stamp AS stamp FROM sharing.generation \gset
\set all '"view": true, "create": true, "edit": true, "delete": true'
SELECT test.import(replace(config, '*', :'all')::jsonb) FROM (VALUES
  ('{"version": 1, "profiles": null}'),
  ('{"version": 1, "profiles": ["Standard"]}'),
  ('{"version": 1, "profiles": [{"permissions": []}]}'),
  ('{"version": 1, "profiles": [{"name": ""}]}'),
  ('{"version": 1, "profiles": [{"name": "A"}, {"name": "B"}, {"name": "A"}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "viewall": true}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "view_all": "yes"}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "edit_all": null}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "permissions": null}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "permissions": [null]}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "permissions": [["leads", true, true, true, true]]}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "permissions": [{*}]}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "permissions": [{"module": "leads", "view": true, "create": true, "edit": true}]}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "permissions": [{"module": "leads", "view": null, "create": true, "edit": true, "delete": true}]}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "permissions": [{"module": 1, *}]}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "permissions": [{"module": "leads", *, "full": true}]}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "permissions": [{"module": "leads", *}, {"module": null, *}, {"module": "leads", *}]}]}'),
  ('{"version": 1, "profiles": [{"name": "A", "permissions": [{"module": null, *}, {"module": "leads", *}, {"module": null, *}]}]}'),
  ('{"version": 1, "profiles": [{"name": "B"}, {"name": "A", "permissions": [{"module": null, *}, {"module": "lead", *}]}]}'),
  ('{"version": 1, "roles": [{"name": "A"}, {"name": "B"}, {"name": "C"}, {"name": "D", "profiles": ["X"]}]}'),
  ('{"version": 1, "profiles": [], "roles": [{"name": "A", "profiles": ["Standard"]}]}'),
  ('{"version": 1, "roles": [{"name": "A", "profiles": ["Standard", "All", "Standard"]}]}'),
  ('{"version": 1, "roles": [{"name": "A", "profiles": "Standard"}]}'),
  ('{"version": 1, "roles": [{"name": "A", "profiles": null}]}'),
  ('{"version": 1, "roles": [{"name": "A", "profiles": [null]}]}')) AS d (config);
SELECT stamp = :'stamp' AS nothing_changed FROM sharing.generation;

-- A user with the right administrator imports profiles; nobody else.
\c - app
SET sharing.user_key = 'adm';
SELECT change, object FROM sharing.import_config('{"version": 1, "profiles": [{"name": "Standard"}, {"name": "All"}, {"name": "Mine"}]}');
SET sharing.user_key = 'ceo';
SELECT change, object FROM sharing.import_config('{"version": 1, "profiles": []}');

-- Many at once: a thousand roles with a profile each, and a row for each module.
\c - postgres
SELECT jsonb_build_object('version', 1, 'users', '[]'::jsonb, 'groups', '[]'::jsonb, 'rules', '[]'::jsonb,
    'roles', (SELECT jsonb_agg(jsonb_build_object('name', 'r' || n, 'profiles', jsonb_build_array('p' || n, 'p' || n % 7))) FROM generate_series(7, 1006) n),
    'profiles', (SELECT jsonb_agg(jsonb_build_object('name', 'p' || n, 'permissions', jsonb_build_array(jsonb_build_object('module', CASE n % 3 WHEN 1 THEN 'leads' WHEN 2 THEN 'notes' END, 'view', n % 2 = 0, 'create', true, 'edit', true, 'delete', true)))) FROM generate_series(0, 1006) n)) AS many \gset
SELECT count(*) FROM sharing.import_config(:'many', apply => true);
SELECT count(*) FROM sharing.import_config(:'many');
SELECT (SELECT count(*) FROM sharing.profile_permissions) AS permissions, (SELECT count(*) FROM sharing.role_profiles) AS assignments;
