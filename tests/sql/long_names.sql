-- Names and keys have at most 200 characters, looked at first; a text of ours is bounded, whatever it quotes.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE FUNCTION test.told(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    state text;
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    IF length(message) > 1000 OR length(detail) > 1000 OR length(hint) > 1000 THEN
        RETURN format('%s %s characters', state, length(message) + length(detail) + length(hint));
    END IF;
    RETURN state || ' ' || CASE WHEN length(message) < 200 THEN message ELSE regexp_replace(message, '(.)\1{20,}', '\1…\1', 'g') END;
END
$$;
CREATE TABLE deals (id integer PRIMARY KEY, owner text);
\set calls '{create_office(%L),create_role(%L),create_profile(%L),"create_user(%L,''n'')","create_user(''k'',%L)","create_group(%L,''n'')","create_group(''k'',%L)","rename_role(''H1'',%L)","protect(''deals'',''owner'',%L)"}'
SELECT call, test.told('SELECT sharing.' || format(call, repeat('ä', 201))) FROM unnest(:'calls'::text[]) call;
SELECT call, test.told('SELECT sharing.' || format(call, string_agg(md5(n::text), ''))) FROM unnest(:'calls'::text[]) call, generate_series(1, 100) n GROUP BY call ORDER BY call;
-- The longest ones fit: characters of four bytes.
BEGIN;
SELECT call, test.told('SELECT sharing.' || format(call, repeat('🐘', 200))) FROM unnest(:'calls'::text[]) call WHERE call !~ '''n''';
ROLLBACK;
SELECT test.told('SELECT sharing.create_user(repeat(''🐘'', 200), repeat(''🐘'', 200))'), test.told('SELECT sharing.create_group(repeat(''🐘'', 200), repeat(''🐘'', 200))');
-- In a document.
SELECT section, test.told(format('SELECT sharing.import_config(%L)', jsonb_build_object('version', 1, section, jsonb_build_array(part || jsonb_build_object(field, repeat('x', 3000))))))
FROM (VALUES ('offices', 'name', '{}'), ('roles', 'name', '{}'), ('profiles', 'name', '{}'), ('users', 'key', '{"name": "n"}'), ('users', 'name', '{"key": "n"}'),
             ('groups', 'key', '{"name": "n"}'), ('groups', 'name', '{"key": "n"}'), ('modules', 'name', '{"table": "public.deals", "owner": "owner"}')) AS d (section, field, part_text),
     LATERAL (SELECT part_text::jsonb) AS p (part);
-- Values of 5 MB, quoted by all kinds of messages.
SELECT statement, test.told(format('SELECT sharing.' || statement, repeat('y', 5000000)))
FROM unnest(ARRAY['import_config(jsonb_build_object(''version'', 1, %L, 1))', 'import_config(jsonb_build_object(''version'', %L))', 'import_config(jsonb_build_object(''version'', 1, ''users'', %L))',
    'drop_role(%L)', 'drop_user(%L)', 'add_member(%L, ''user:1'')', 'add_member(''G'', %L)', 'add_member(''G'', ''user:'' || %L)',
    'add_rule(%L, ''role:H1'', ''role:H2'', ''read_only'')', 'add_rule(''leads'', %L, ''role:H2'', ''read_only'')', 'add_rule(''leads'', ''role:H1'', ''role:H2'', %L)',
    'add_rule(''leads'', ''role:H1'', ''role:H2'', ''read_only'', jsonb_build_object(%L, ''none''))', 'grant_right(''rep1'', %L)', 'transfer(''leads'', ''{1}'', ''user:'' || %L)',
    'set_permission(%L, ''leads'', true, true, true, true)', 'move_office(%L, NULL)', 'protect(''deals'', ''owner'', follows => %L)', 'share_record(''leads'', %L, ''rep1'')',
    'unshare_record(''leads'', ''1'', %L)', 'enable_record_sharing(%L)']) statement;
-- A record's key: as long as the index of its own table allows, which is more than ours does.
SELECT sharing.create_office('East'), sharing.create_office('West'), sharing.create_user('eve', 'eve', NULL, 'East'), sharing.create_user('wim', 'wim', NULL, 'West') \g /dev/null
SELECT sharing.enable_record_sharing('wim') \g /dev/null
SELECT sharing.enable_record_sharing('eve', 'West', 'wim') \g /dev/null
UPDATE sharing.links SET status = 'active';
CREATE TABLE papers (id text PRIMARY KEY, owner text);
INSERT INTO papers SELECT string_agg(md5(n::text), ''), 'eve' FROM generate_series(1, 82) n;
INSERT INTO papers SELECT string_agg(md5(n::text), ''), 'eve' FROM generate_series(1, 60) n;
SELECT sharing.protect('papers', 'owner') \g /dev/null
SELECT length(id), test.told(format('SELECT sharing.share_record(''papers'', %L, ''wim'')', id)) FROM papers ORDER BY 1;
SELECT test.told(format('SELECT sharing.import_config(%L)', jsonb_set(sharing.export_config(), '{shares,0,record}', to_jsonb(id)))) FROM papers WHERE length(id) > 2000;
-- A table's name is quoted, and so may be longer.
SELECT repeat('"', 60) AS odd \gset
CREATE SCHEMA :"odd";
CREATE TABLE :"odd".:"odd" (id integer PRIMARY KEY, owner text);
SELECT sharing.protect(format('%I.%I', :'odd', :'odd')::regclass, 'owner', 'Odd') \g /dev/null
SELECT test.told(format('SELECT sharing.import_config(%L)', sharing.export_config()));
