-- No constraint on our tables is deferrable, so ON CONFLICT takes each (pg_dump --on-conflict-do-nothing restores by it), and names are exchanged all the same.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT conrelid::regclass, conname FROM pg_constraint WHERE connamespace = 'sharing'::regnamespace AND condeferrable AND contype <> 't';
SELECT indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'sharing'::regnamespace AND NOT indimmediate;
SELECT sharing.create_group(key, name) FROM (VALUES ('a', 'A'), ('b', 'B'), ('c', 'C')) AS g (key, name) \g /dev/null
-- Three in a circle, and keys against names.
SELECT change, object FROM sharing.import_config('{"version": 1, "groups": [{"key": "a", "name": "B"}, {"key": "b", "name": "C"}, {"key": "c", "name": "A"}]}');
SELECT key, name FROM sharing.groups ORDER BY id;
SELECT change, object FROM sharing.import_config('{"version": 1, "groups": [{"key": "b", "name": "B"}, {"key": "a", "name": "A"}, {"key": "c", "name": "X"}]}');
SELECT key, name FROM sharing.groups ORDER BY id;
-- The audit log tells of both steps of an exchange, and of one step where nothing is exchanged.
SELECT regexp_replace(before ->> 'name', '-{200}', '---') AS before, regexp_replace(after ->> 'name', '-{200}', '---') AS after FROM sharing.audit_log WHERE function = 'import_config' ORDER BY id;
SELECT count(*) FILTER (WHERE length(name) > 200 OR length(key) > 200) FROM sharing.groups;
-- Tables: two modules exchange theirs.
CREATE TABLE one (id integer PRIMARY KEY, owner text);
CREATE TABLE two (id integer PRIMARY KEY, owner text);
SELECT sharing.protect('one', 'owner', 'One'), sharing.protect('two', 'owner', 'Two') \g /dev/null
SELECT change, object FROM sharing.import_config(jsonb_build_object('version', 1, 'modules',
    (SELECT jsonb_agg(CASE m ->> 'name' WHEN 'One' THEN m || '{"table": "public.two"}' WHEN 'Two' THEN m || '{"table": "public.one"}' ELSE m END) FROM jsonb_array_elements(sharing.export_config() -> 'modules') m)));
SELECT name, relation FROM sharing.modules ORDER BY name;
SELECT change, object FROM sharing.import_config(sharing.export_config());
