-- Configuration as one document: what rules say of related records in the configuration document.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE quotes (id integer PRIMARY KEY, owner text, lead integer);
CREATE TABLE calls (id integer PRIMARY KEY, owner text, contact integer);
CREATE TABLE contacts (id integer PRIMARY KEY, owner text);
SELECT sharing.protect('quotes', 'owner') \g /dev/null
SELECT sharing.protect('calls', 'owner') \g /dev/null
SELECT sharing.protect('contacts', 'owner', follows => 'leads') \g /dev/null
SELECT sharing.relate('quotes', 'lead', 'leads'), sharing.relate('calls', 'contact', 'contacts') \g /dev/null
CREATE FUNCTION test.sections(VARIADIC names text[]) RETURNS jsonb LANGUAGE sql AS
    'SELECT ''{"version": 1}'' || coalesce(jsonb_object_agg(key, value), ''{}'') FROM jsonb_each(sharing.export_config()) WHERE key = ANY (names)';
CREATE FUNCTION test.rule(owned_by text, access text, related text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('module', 'leads', 'owned_by', owned_by, 'shared_with', 'role:H7', 'access', access, 'related', related::jsonb)
$$;
-- Runs an import: what changes, or its error.
CREATE FUNCTION test.import(config jsonb, apply boolean DEFAULT false) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    RETURN QUERY SELECT change || ' ' || object || ' ' || detail FROM sharing.import_config(config, apply);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN NEXT sqlstate || ' ' || sqlerrm || coalesce(E'\n  HINT: ' || nullif(hint, ''), '');
END
$$;
CREATE FUNCTION test.import_rules(VARIADIC rules jsonb[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.import(jsonb_build_object('version', 1, 'rules', to_jsonb(rules)))
$$;
CREATE VIEW test.levels AS
    SELECT r.id AS rule, o.name AS owned_by, r.access, r.staged_access, m.name AS module, l.level, l.staged_level
    FROM sharing.rules r JOIN sharing.roles o ON o.id = r.owned_by_role_id
    LEFT JOIN sharing.related_levels l ON l.rule_id = r.id LEFT JOIN sharing.modules m ON m.id = l.module_id ORDER BY 1, 5;

-- New rules have the levels that stand in them, whatever their order; staged.
SELECT test.import_rules(test.rule('role:H5', 'read_only', '{"quotes": "read_write", "calls": "none"}'), test.rule('role:H1', 'read_only', '{}'), test.rule('role:H3', 'read_write', '{"calls": "read_only"}'));
SELECT * FROM test.levels;
SELECT pg_catalog.jsonb_pretty(test.sections('rules')->'rules'->0);
SELECT count(*) AS pending, sharing.apply_rules() FROM sharing.pending_changes();
-- What was exported changes nothing.
SELECT test.import(test.sections('rules')), test.import(test.sections('rules'), true);
SELECT test.import(sharing.export_config()), test.import(sharing.export_config(), true);
SELECT test.import(test.sections('relations', 'modules'));
SELECT count(*) FROM sharing.pending_changes();
-- Other levels alter the rule; staged, unless they are applied.
SELECT test.import_rules(test.rule('role:H5', 'read_only', '{"quotes": "read_only"}'), test.rule('role:H1', 'read_write', '{"calls": "none"}'), test.rule('role:H3', 'read_write', NULL));
SELECT * FROM test.levels;
SELECT module, change, detail FROM sharing.pending_changes();
SELECT sharing.discard_changes();
SELECT test.import(pg_catalog.jsonb_build_object('version', 1, 'rules', pg_catalog.jsonb_build_array(test.rule('role:H5', 'read_write', '{"calls": "none"}'))), true);
SELECT * FROM test.levels;
-- A rule that was to go is wanted again, with other levels.
SELECT test.import('{"version": 1, "rules": []}');
SELECT test.import_rules(test.rule('role:H5', 'read_only', '{"quotes": "none"}'));
SELECT * FROM test.levels;
SELECT sharing.apply_rules();
SELECT * FROM test.levels;

-- What rules say of a module that is no child of theirs any more goes when modules change.
INSERT INTO sharing.related_levels SELECT r.id, m.id, 'none', 'none' FROM sharing.rules r, sharing.modules m WHERE m.name = 'contacts';
SELECT test.import(pg_catalog.jsonb_set(test.sections('modules'), '{modules,0,hierarchy}', 'false'));
SELECT rule, module FROM test.levels;

-- Errors name their path, and change nothing.
CREATE TABLE test.before AS SELECT test.configuration();
SELECT test.import_rules(test.rule('role:H5', 'read_only', '{"quotes": "none"}'), test.rule('role:H4', 'read_only', '{"Quotes": "none"}'));
SELECT test.import_rules(test.rule('role:H5', 'read_only', '{"contacts": "none"}'));
SELECT test.import_rules(test.rule('role:H5', 'read_only', '{"quotes": "read"}'));
SELECT test.import_rules(test.rule('role:H5', 'read_only', '{"quotes": null}'));
SELECT test.import_rules(test.rule('role:H5', 'read_only', '["quotes"]'));
SELECT test.import_rules(test.rule('role:H5', 'read_only', '{}') || '{"module": "contacts"}');
-- The document's own relations count, where it has some.
SELECT test.import(test.sections('rules') || '{"relations": []}');
SELECT test.import('{"version": 1, "relations": [{"child": "quotes", "via": "lead", "parent": "Leads"}]}');
SELECT configuration = test.configuration() AS unchanged FROM test.before;
