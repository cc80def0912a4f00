-- The section "sources" of a document: declared by it, exported, imported again; what is wrong is told with its place; what
-- other sections say otherwise than the tables do is refused, with its place as well.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE ROLE app LOGIN;
CREATE SCHEMA "My App";
CREATE TABLE "My App".branches (name text PRIMARY KEY, above text);
CREATE TABLE positions (id integer PRIMARY KEY, title text, above integer);
CREATE TABLE users (id integer PRIMARY KEY, name text, position integer, branch text, gone timestamptz);
CREATE TABLE teams (id integer PRIMARY KEY, name text);
CREATE TABLE team_members (team integer, "user" integer, position integer);
CREATE VIEW people AS SELECT 'v' || id AS id, name FROM users WHERE false;
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO app;
INSERT INTO "My App".branches VALUES ('World', NULL), ('Boston', 'World');
INSERT INTO positions VALUES (1, 'Boss', NULL), (2, 'Rep', 1);
INSERT INTO users VALUES (1, 'ann', 1, 'World'), (2, 'bob', 2, 'Boston');
INSERT INTO teams VALUES (1, 'One');
INSERT INTO team_members VALUES (1, 2, NULL), (1, NULL, 1);
CREATE FUNCTION test.import(config jsonb, dry boolean DEFAULT false) RETURNS TABLE (change text, object text) LANGUAGE sql AS $$
    SELECT i.change, i.object FROM sharing.import_config(config || '{"version": 1}', dry_run => dry) i
$$;
\set sources '[{"kind": "members", "table": "public.team_members", "group": "team", "user": "user", "role_and_subordinates": "position"}, {"kind": "users", "table": "users", "key": "id", "name": "name", "role": "position", "office": "branch", "active": "gone"}, {"kind": "groups", "table": "public.teams", "key": "id", "name": "name"}, {"kind": "roles", "table": "public.positions", "name": "title", "parent": "above", "key": "id"}, {"kind": "offices", "table": "\\"My App\\".branches", "name": "name", "parent": "above"}, {"kind": "users", "table": "public.people", "key": "id", "name": "name"}]'
-- Told, then done, in the order in which rows name others, and not in that of the document.
SELECT * FROM test.import(jsonb_build_object('sources', :'sources'::jsonb), dry => true);
SELECT count(*) FROM sharing.sources;
SELECT * FROM test.import(jsonb_build_object('sources', replace(:'sources', '"users", "table": "users"', '"users", "table": "public.users"')::jsonb), dry => true);
SELECT * FROM test.import(jsonb_build_object('sources', replace(:'sources', '"users", "table": "users"', '"users", "table": "public.users"')::jsonb));
SELECT * FROM test.people();
SELECT * FROM test.members();
SELECT * FROM test.offices();
SELECT jsonb_pretty(sharing.export_config()->'sources');
-- What was exported changes nothing, as a whole and section by section.
SELECT * FROM test.import(sharing.export_config());
SELECT section, i.* FROM jsonb_object_keys(sharing.export_config()) section, test.import(jsonb_build_object(section, sharing.export_config()->section)) i WHERE section <> 'version';
SELECT stamp AS before FROM sharing.generation \gset
SELECT * FROM test.import(sharing.export_config());
SELECT stamp = :'before' AS same FROM sharing.generation;
-- What is wrong by itself, or with what is there: dry or not.
CREATE FUNCTION test.wrong(source jsonb) RETURNS TABLE (dry boolean, code text, message text) LANGUAGE plpgsql AS $$
BEGIN
    FOREACH dry IN ARRAY '{t,f}'::boolean[] LOOP
        BEGIN
            PERFORM test.import(jsonb_build_object('sources', (sharing.export_config()->'sources') || source), dry);
            RAISE EXCEPTION 'imported: %', source;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
            RETURN NEXT;
        END;
    END LOOP;
END
$$;
CREATE TABLE guests (id integer PRIMARY KEY, name text, role text, amount numeric);
CREATE TEMP TABLE passing (id integer, name text);
CREATE UNLOGGED TABLE volatile (id integer, name text);
SELECT w.* FROM unnest(ARRAY[
    '{"kind": "users", "table": "public.guests", "key": "id", "name": "name", "colour": "x"}',
    '{"kind": "people", "table": "public.guests", "key": "id", "name": "name"}',
    '{"kind": "users", "table": "public.guests", "key": 5, "name": "name"}',
    '{"kind": "users", "table": ["public.guests"], "key": "id", "name": "name"}',
    '{"kind": "users", "key": "id", "name": "name"}',
    '{"table": "public.guests", "key": "id", "name": "name"}',
    '5', '[]', 'null',
    '{"kind": "users", "table": "public.guests", "name": "name"}',
    '{"kind": "users", "table": "public.guests", "key": null, "name": "name"}',
    '{"kind": "members", "table": "public.guests", "user": "id"}',
    '{"kind": "members", "table": "public.guests", "group": "id"}',
    '{"kind": "users", "table": "guests", "key": "id", "name": "name"}',
    '{"kind": "users", "table": "public.nobody", "key": "id", "name": "name"}',
    '{"kind": "users", "table": "public.guests", "key": "id", "name": "nick"}',
    '{"kind": "users", "table": "public.guests", "key": "id", "name": "name", "group": "role"}',
    '{"kind": "users", "table": "public.guests", "key": "amount", "name": "name"}',
    '{"kind": "users", "table": "public.guests_pkey", "key": "id", "name": "name"}',
    '{"kind": "users", "table": "sharing.users", "key": "key", "name": "name"}',
    '{"kind": "users", "table": "pg_catalog.pg_class", "key": "relname", "name": "relname"}',
    '{"kind": "users", "table": "public.volatile", "key": "id", "name": "name"}',
    '{"kind": "users", "table": "public.users", "key": "id", "name": "name"}',
    '{"kind": "roles", "table": "public.guests", "name": "role"}',
    '{"kind": "user_roles", "table": "public.guests", "user": "id", "role": "role"}',
    '{"kind": "users", "table": "public.guests", "key": "id", "name": "name", "role": "role", "manager": "id"}',
    '{"kind": "users", "table": "public.guests", "key": "id", "name": "name", "manager": "id"}']::jsonb[]) source, test.wrong(source) w;
SELECT code, message FROM test.wrong(jsonb_build_array(sharing.export_config()->'sources'->0));
SELECT * FROM test.import('{"sources": {}}');
-- What the tables say is not said otherwise by a document, nor by one that leaves it out.
SELECT jsonb_agg(u) AS users FROM jsonb_array_elements(sharing.export_config()->'users') u \gset
SELECT * FROM test.import(jsonb_build_object('users', jsonb_set(:'users', '{1,role}', '"Boss"')));
SELECT * FROM test.import(jsonb_build_object('users', jsonb_set(:'users', '{1,office}', 'null')), dry => true);
SELECT * FROM test.import(jsonb_build_object('users', jsonb_set(:'users', '{0,name}', '"Anna"')));
SELECT * FROM test.import(jsonb_build_object('users', jsonb_set(:'users', '{0,active}', 'false')));
SELECT * FROM test.import(jsonb_build_object('users', :'users'::jsonb - 1));
SELECT * FROM test.import(jsonb_build_object('users', '[]'::jsonb));
SELECT * FROM test.import('{"roles": [{"name": "Boss"}, {"name": "Rep"}]}');
SELECT * FROM test.import('{"roles": [{"name": "Boss"}]}');
SELECT * FROM test.import('{"offices": [{"name": "World"}, {"name": "Boston"}]}');
SELECT * FROM test.import('{"groups": [{"key": "1", "name": "First", "members": ["user:2", "role_and_subordinates:Boss"]}]}');
SELECT * FROM test.import('{"groups": [{"key": "1", "name": "One", "members": ["user:2"]}]}');
SELECT * FROM test.import('{"groups": []}');
-- What they do not say is the document's.
SELECT * FROM test.import(jsonb_build_object('users', jsonb_set(:'users', '{0,rights}', '["administrator"]') || '[{"key": "99", "name": "by hand"}]'));
SELECT * FROM test.import('{"groups": [{"key": "1", "name": "One", "members": ["user:2", "user:99", "role_and_subordinates:Boss"]}]}');
SELECT * FROM test.import('{"offices": [{"name": "World", "security": true}, {"name": "Boston", "parent": "World"}]}');
-- A source that the same document takes back holds nothing any longer, but the others go on.
SELECT jsonb_agg(s) AS fewer FROM jsonb_array_elements(sharing.export_config()->'sources') s WHERE s->>'kind' <> 'members' \gset
SELECT * FROM test.import(jsonb_build_object('sources', :'fewer'::jsonb, 'groups', '[{"key": "1", "name": "One", "members": []}]'::jsonb, 'users', jsonb_set(:'users', '{1,role}', '"Boss"')));
SELECT * FROM test.import(jsonb_build_object('sources', :'fewer'::jsonb, 'groups', '[{"key": "1", "name": "One", "members": []}]'::jsonb));
SELECT * FROM test.members();
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'team_members'::regclass;
-- A table that the same document declares, and contradicts.
SELECT sharing.export_config() AS before \gset
SELECT * FROM test.import(jsonb_build_object('sources', sharing.export_config()->'sources' || '[{"kind": "members", "table": "public.team_members", "group": "team", "user": "user"}]', 'groups', '[{"key": "1", "name": "One", "members": []}]'::jsonb));
INSERT INTO guests VALUES (50, 'guest');
\set guests '[{"kind": "users", "table": "public.guests", "key": "id", "name": "name"}]'
SELECT * FROM test.import(jsonb_build_object('sources', sharing.export_config()->'sources' || :'guests'::jsonb, 'users', sharing.export_config()->'users'));
SELECT * FROM test.import(jsonb_build_object('sources', sharing.export_config()->'sources' || :'guests'::jsonb, 'users', sharing.export_config()->'users' || '[{"key": "50", "name": "Guest"}]'));
SELECT sharing.export_config() = :'before' AS unchanged;
SELECT * FROM test.import(jsonb_build_object('sources', sharing.export_config()->'sources' || :'guests'::jsonb, 'users', sharing.export_config()->'users' || '[{"key": "50", "name": "guest"}]'));
-- Bug: a dry import took such a document for one that can be imported. It says the same as the import, and changes nothing, no trigger either.
SELECT sharing.export_config() AS before \gset
SELECT * FROM test.import(jsonb_build_object('sources', (SELECT jsonb_agg(s) FROM jsonb_array_elements(sharing.export_config()->'sources') s WHERE s->>'table' <> 'public.guests'))) \g /dev/null
CREATE FUNCTION test.try(document jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT change || ' ' || object FROM sharing.import_config('{"version": 1}'::jsonb || document, dry_run => true);
EXCEPTION WHEN OTHERS THEN
    RETURN NEXT SQLERRM;
END
$$;
SELECT * FROM test.try(jsonb_build_object('sources', sharing.export_config()->'sources' || :'guests'::jsonb, 'users', (SELECT jsonb_agg(u) FROM jsonb_array_elements(sharing.export_config()->'users') u WHERE u->>'key' <> '50')));
SELECT * FROM test.try(jsonb_build_object('sources', sharing.export_config()->'sources' || :'guests'::jsonb, 'users', (SELECT jsonb_agg(CASE u->>'key' WHEN '50' THEN u || '{"name": "Guest"}' ELSE u END) FROM jsonb_array_elements(sharing.export_config()->'users') u)));
SELECT * FROM test.try(jsonb_build_object('sources', sharing.export_config()->'sources' || :'guests'::jsonb, 'roles', '[{"name": "Boss"}]'::jsonb));
SELECT * FROM test.try(jsonb_build_object('sources', sharing.export_config()->'sources' || :'guests'::jsonb, 'users', sharing.export_config()->'users'));
SELECT * FROM test.try('{"sources": [{"kind": "roles", "table": "public.guests", "name": "name", "parent": "name"}]}');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'guests'::regclass;
SELECT * FROM test.import(jsonb_build_object('sources', sharing.export_config()->'sources' || :'guests'::jsonb)) \g /dev/null
SELECT sharing.export_config() = :'before' AS unchanged;
-- By other columns: both at once.
SELECT * FROM test.import(jsonb_build_object('sources', (SELECT jsonb_agg(CASE WHEN s->>'table' = 'public.users' THEN s - 'active' - 'office' ELSE s END) FROM jsonb_array_elements(sharing.export_config()->'sources') s)));
UPDATE users SET gone = now(), branch = NULL;
SELECT * FROM test.people();
-- All of them go, and what came from them stays.
SELECT * FROM test.import('{"sources": []}');
SELECT count(*) FROM pg_trigger WHERE tgname ~ 'sharing';
SELECT * FROM test.people();
-- Whoever may not declare sources may not import them.
SELECT sharing.trust('app') \g /dev/null
\c - app
SET sharing.user_key = '1';
SELECT count(*) FROM sharing.import_config('{"version": 1, "sources": []}');
SELECT count(*) FROM sharing.import_config(sharing.export_config() - 'sources' - 'modules' - 'relations' - 'search' - 'trusted');
