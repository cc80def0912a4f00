-- Configuration as one document: links, shares and the right record_sharing in the configuration document.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE public.notes (id integer PRIMARY KEY, owner text, title text);
CREATE INDEX ON public.notes (owner);
INSERT INTO public.notes VALUES (1, 'ann', '');
GRANT SELECT, UPDATE, DELETE ON public.notes TO PUBLIC;
SELECT sharing.protect('public.notes', 'owner') \g /dev/null
CREATE TABLE public.documents (name text PRIMARY KEY, config jsonb);
CREATE FUNCTION test.sections(VARIADIC names text[]) RETURNS jsonb LANGUAGE sql AS
    'SELECT ''{"version": 1}'' || coalesce(jsonb_object_agg(key, value), ''{}'') FROM jsonb_each(sharing.export_config()) WHERE key = ANY (names)';
-- Runs an import: what changes, or its error.
CREATE FUNCTION test.import(config jsonb, dry_run boolean DEFAULT false) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    RETURN QUERY SELECT change || ' ' || object || ' ' || detail FROM sharing.import_config(config, dry_run => dry_run);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN NEXT sqlstate || ' ' || sqlerrm || coalesce(E'\n  HINT: ' || nullif(hint, ''), '');
END
$$;

-- Links and shares that came about by the functions are told, and importing them changes nothing.
\c - app
SELECT test.link('ann', 'liz'), test.link('liz', 'ann');
SELECT test.call('bob', 'SELECT sharing.request_link(''Los Angeles'', ''liz'')');
SELECT test.call('ann', 'SELECT sharing.share_record(''clients'', ''2'', ''liz'', ''edit''), sharing.share_record(''clients'', ''1'', ''liz'')');
\c - postgres
SELECT pg_catalog.jsonb_pretty(test.sections('links', 'shares'));
SELECT key, value->'rights' AS rights FROM pg_catalog.jsonb_path_query(sharing.export_config(), '$.users[*] ? (@.rights.size() > 0)') value, LATERAL (SELECT value->>'key' AS key) k;
INSERT INTO public.documents VALUES ('first', sharing.export_config());
SELECT pg_catalog.jsonb_agg(l ORDER BY id)::text AS links FROM sharing.links l \gset
SELECT pg_catalog.jsonb_agg(s ORDER BY record_id)::text AS shares FROM sharing.shares s \gset
SELECT * FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'first'));
SELECT * FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'first'), apply => true);
SELECT * FROM sharing.import_config(test.sections('links'));
SELECT * FROM sharing.import_config(test.sections('shares'));
SELECT pg_catalog.jsonb_agg(l ORDER BY id)::text = :'links' AS same_links FROM sharing.links l;
SELECT pg_catalog.jsonb_agg(s ORDER BY record_id)::text = :'shares' AS same_shares FROM sharing.shares s;

-- Added, altered and dropped. What only would be, is not; what is, is in force at once.
\set document '{"version": 1, "links": [{"from": "ann", "to": "bob", "status": "waiting"}, {"from": "ann", "to": "liz", "status": "active"}, {"from": "bob", "to": "liz", "status": "active"}], "shares": [{"module": "clients", "record": "2", "from": "ann", "to": "liz", "access": "read"}, {"module": "clients", "record": "6", "from": "bob", "to": "liz", "access": "edit"}, {"module": "notes", "record": "77", "from": "ann", "to": "bob", "access": "read"}, {"module": "notes", "record": "1", "from": "ann", "to": "liz", "access": "edit"}]}'
\c - app
SELECT * FROM test.offices_reach();
\c - postgres
BEGIN;
SELECT * FROM test.import(:'document', dry_run => true);
SELECT pg_catalog.jsonb_agg(l ORDER BY id)::text = :'links' AS same_links FROM sharing.links l;
SELECT pg_catalog.jsonb_agg(s ORDER BY record_id)::text = :'shares' AS same_shares FROM sharing.shares s;
COMMIT;
SELECT * FROM test.import(:'document');
SELECT test.sections('links', 'shares') = :'document'::jsonb AS same,
       (SELECT count(*) FROM sharing.import_config(:'document')) AS changes;
SELECT pg_catalog.jsonb_path_query(test.sections('links', 'shares'), '$.*[*]');
SELECT id, status FROM sharing.links ORDER BY id;
\c - app
SELECT * FROM test.offices_reach();
SELECT * FROM test.offices_reach('public.notes');
SELECT test.call('liz', 'SELECT * FROM sharing.my_sharers()');
SELECT test.call('bob', 'SELECT from_office, from_user FROM sharing.pending_links()');
\c - postgres
-- The audit log tells them.
SELECT function, object, before, after FROM sharing.audit_log WHERE function = 'import_config' ORDER BY id;

-- A plan that was made before the first share of a module was imported.
CREATE TABLE public.later (id integer PRIMARY KEY, owner text);
CREATE INDEX ON public.later (owner);
INSERT INTO public.later VALUES (1, 'ann');
GRANT SELECT ON public.later TO PUBLIC;
SELECT sharing.protect('public.later', 'owner') \g /dev/null
SET SESSION AUTHORIZATION app;
SET sharing.user_key = 'liz';
SET plan_cache_mode = force_generic_plan;
PREPARE later AS SELECT id FROM public.later;
EXECUTE later;
RESET SESSION AUTHORIZATION;
SELECT * FROM test.import(pg_catalog.jsonb_set(test.sections('shares'), '{shares,0}', '{"module": "later", "record": "1", "from": "ann", "to": "liz", "access": "read"}'));
SET SESSION AUTHORIZATION app;
EXECUTE later;
RESET SESSION AUTHORIZATION;
RESET sharing.user_key;

-- The shares of a link go with it, also where the document does not speak of shares; nothing else goes.
BEGIN;
SELECT * FROM test.import('{"version": 1, "links": [{"from": "ann", "to": "liz", "status": "waiting"}]}');
SELECT pg_catalog.jsonb_path_query(test.sections('links', 'shares'), '$.*[*]');
ROLLBACK;
BEGIN;
SELECT * FROM test.import('{"version": 1, "shares": []}');
SELECT test.sections('shares'), (SELECT count(*) FROM sharing.links) AS links;
ROLLBACK;
BEGIN;
SELECT * FROM test.import('{"version": 1, "links": [], "shares": []}');
SELECT count(*) FROM sharing.links;
SELECT count(*) FROM sharing.shares;
ROLLBACK;

-- What a share or a link names stays, or goes with it.
SELECT * FROM test.import('{"version": 1, "users": []}');
BEGIN;
SELECT change, object FROM sharing.import_config('{"version": 1, "users": [], "links": [], "shares": []}') WHERE object NOT LIKE 'user%';
SELECT count(*) FROM sharing.links;
ROLLBACK;
SELECT * FROM test.import('{"version": 1, "modules": []}');
BEGIN;
SELECT change, object FROM sharing.import_config('{"version": 1, "modules": [], "shares": []}');
SELECT count(*) FROM sharing.shares;
ROLLBACK;
-- In another table, the same keys are those of other records.
BEGIN;
CREATE TABLE public.other_notes (id integer PRIMARY KEY, owner text);
SELECT change, object FROM sharing.import_config(pg_catalog.replace(test.sections('modules')::text, 'public.notes', 'public.other_notes')::jsonb);
SELECT record_id FROM sharing.shares ORDER BY 1;
ROLLBACK;

-- The right by itself: granted and revoked like the others, nothing else changes. Links of who loses it are suspended
-- and come back with it. They stay as they are meanwhile, but none is added or accepted.
SELECT test.sections('users') AS users \gset
BEGIN;
SELECT * FROM test.import(pg_catalog.replace(:'users', '["record_sharing"]', '[]')::jsonb);
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT * FROM sharing.import_config(test.sections('links'));
SELECT * FROM test.import('{"version": 1, "links": [{"from": "ann", "to": "liz", "status": "active"}, {"from": "bob", "to": "liz", "status": "active"}, {"from": "ann", "to": "bob", "status": "active"}]}');
SELECT * FROM test.import('{"version": 1, "links": [{"from": "liz", "to": "ann", "status": "waiting"}], "shares": []}');
SELECT l.status FROM sharing.links l ORDER BY id;
SET SESSION AUTHORIZATION app;
SELECT test.call('ann', 'SELECT * FROM sharing.my_receivers()');
RESET SESSION AUTHORIZATION;
SELECT * FROM test.import(:'users');
SET SESSION AUTHORIZATION app;
SELECT test.call('ann', 'SELECT * FROM sharing.my_receivers()');
RESET SESSION AUTHORIZATION;
SELECT name, security FROM sharing.offices ORDER BY name;
ROLLBACK;
BEGIN;
SELECT sharing.set_office_security('Boston', false);
SELECT * FROM test.import(pg_catalog.replace(pg_catalog.replace(:'users', '["record_sharing"]', '[]'), '"key": "abe", "name": "abe", "role": null, "active": true, "office": "New York", "rights": []', '"key": "abe", "name": "abe", "office": "Boston", "rights": ["record_sharing"]')::jsonb);
SELECT user_key, office FROM sharing.specialists;
SELECT name, security FROM sharing.offices ORDER BY name;
ROLLBACK;
-- In one office now: suspended, but there.
BEGIN;
SELECT sharing.set_user_office('liz', 'New York');
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT sharing.set_user_office('liz', NULL);
SELECT * FROM sharing.import_config(sharing.export_config());
ROLLBACK;

-- Everything goes and comes back.
BEGIN;
INSERT INTO public.documents VALUES ('second', sharing.export_config());
SELECT count(*) FROM sharing.import_config('{"version": 1, "offices": [], "roles": [], "users": [], "groups": [], "modules": [], "rules": [], "links": [], "shares": []}', apply => true);
SELECT pg_catalog.jsonb_path_query_array(sharing.export_config(), '$.*.size()');
SELECT change, object FROM sharing.import_config((SELECT config FROM public.documents WHERE name = 'second'), apply => true) WHERE object ~ 'link|share';
SELECT sharing.export_config() = config AS same FROM public.documents WHERE name = 'second';
ROLLBACK;

-- Errors name their path, and change nothing.
SELECT pg_catalog.jsonb_agg(l ORDER BY id)::text AS links FROM sharing.links l \gset
SELECT test.import(config) FROM (VALUES
  ('{"version": 1, "links": null}'::jsonb),
  ('{"version": 1, "links": [{"from": "ann", "to": "liz"}]}'),
  ('{"version": 1, "links": [{"from": "ann", "to": "liz", "status": "suspended"}]}'),
  ('{"version": 1, "links": [{"from": "ann", "to": "liz", "status": null}]}'),
  ('{"version": 1, "links": [{"from": "ann", "to": "liz", "status": "active", "id": 1}]}'),
  ('{"version": 1, "links": [{"from": "ann", "to": "liz", "status": "active"}, {"from": "ann", "to": "liz", "status": "waiting"}]}'),
  ('{"version": 1, "links": [{"from": "ann", "to": "ann", "status": "active"}]}'),
  ('{"version": 1, "links": [{"from": "ann", "to": "zoe", "status": "active"}]}'),
  ('{"version": 1, "links": [{"from": "zoe", "to": "ann", "status": "active"}]}'),
  ('{"version": 1, "links": [{"from": "abe", "to": "liz", "status": "active"}], "shares": []}'),
  ('{"version": 1, "links": [{"from": "ann", "to": "leo", "status": "active"}], "shares": []}'),
  ('{"version": 1, "shares": [{"module": "clients", "record": "1", "from": "ann", "to": "liz"}]}'),
  ('{"version": 1, "shares": [{"module": "clients", "record": 1, "from": "ann", "to": "liz", "access": "read"}]}'),
  ('{"version": 1, "shares": [{"module": "clients", "record": "1", "from": "ann", "to": "liz", "access": "full"}]}'),
  ('{"version": 1, "shares": [{"module": "nothing", "record": "1", "from": "ann", "to": "liz", "access": "read"}]}'),
  ('{"version": 1, "shares": [{"module": "clients", "record": "1", "from": "ann", "to": "zoe", "access": "read"}]}'),
  ('{"version": 1, "shares": [{"module": "clients", "record": "4", "from": "liz", "to": "ann", "access": "read"}]}'),
  ('{"version": 1, "links": [], "shares": [{"module": "clients", "record": "1", "from": "ann", "to": "liz", "access": "read"}]}'),
  ('{"version": 1, "shares": [{"module": "clients", "record": "1", "from": "ann", "to": "liz", "access": "read"}, {"module": "clients", "record": "1", "from": "ann", "to": "liz", "access": "edit"}]}'),
  ('{"version": 1, "modules": [], "shares": [{"module": "clients", "record": "1", "from": "ann", "to": "liz", "access": "read"}]}'),
  ('{"version": 1, "users": [{"key": "zoe", "name": "zoe", "rights": ["super_user", "record_sharing"], "office": "Boston"}]}'),
  ('{"version": 1, "users": [{"key": "zoe", "name": "zoe", "rights": ["enterprise_view", "record_sharing"], "office": "Boston"}]}')) AS d (config);
-- By the state that the document makes.
SELECT test.import(pg_catalog.replace(pg_catalog.replace(:'users', '"Los Angeles"', '"Boston"')::text, '"New York"', '"Boston"')::jsonb || '{"links": [{"from": "liz", "to": "bob", "status": "active"}], "shares": []}');
SELECT pg_catalog.jsonb_agg(l ORDER BY id)::text = :'links' AS same_links FROM sharing.links l;

-- Links that are suspended, because somebody lost the right or moved to the other's office, come along where nothing is
-- yet, and open nothing until both can share again.
\c - postgres
SET client_min_messages = warning;
BEGIN;
SELECT sharing.disable_record_sharing('ann') \g /dev/null
SELECT sharing.set_user_office('bob', 'Los Angeles') \g /dev/null
CREATE TABLE public.exported AS SELECT test.sections('links', 'shares') AS config;
SELECT pg_catalog.jsonb_path_query(config, '$.links[*]') FROM public.exported;
SELECT * FROM sharing.import_config((SELECT config FROM public.exported));
SELECT object FROM sharing.import_config('{"version": 1, "links": [], "shares": []}');
SELECT * FROM test.import((SELECT pg_catalog.replace(config::text, ', "suspended": true', '')::jsonb FROM public.exported));
SELECT change, object FROM sharing.import_config((SELECT config FROM public.exported));
SELECT test.sections('links', 'shares') = config AS same FROM public.exported;
SET SESSION AUTHORIZATION app;
SELECT test.call('liz', 'SELECT user_name, status, records FROM sharing.my_sharers()') AS liz, test.call('liz', 'SELECT id FROM public.notes') AS sees;
RESET SESSION AUTHORIZATION;
SELECT sharing.enable_record_sharing('ann') \g /dev/null
SET SESSION AUTHORIZATION app;
SELECT test.call('liz', 'SELECT user_name, status, records FROM sharing.my_sharers()') AS liz, test.call('liz', 'SELECT id FROM public.notes') AS sees;
RESET SESSION AUTHORIZATION;
ROLLBACK;

-- An identity with the right administrator may do it, nobody else.
\c - app
SELECT test.call('adm', 'SELECT change, object FROM sharing.import_config(''{"version": 1, "shares": []}'')');
SELECT test.call('adm', 'SELECT change, object FROM sharing.import_config(''{"version": 1, "links": []}'')');
SELECT test.call('ann', 'SELECT change, object FROM sharing.import_config(''{"version": 1, "links": []}'')');
