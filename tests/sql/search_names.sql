-- Who names operators and functions, what can be named, what is refused; the document, the audit log, and what is forgotten.
CREATE EXTENSION citext;
CREATE ROLE app LOGIN;
CREATE ROLE manager LOGIN;
SELECT sharing.trust('app'), sharing.create_user('1', 'ann'), sharing.grant_right('1', 'administrator'), sharing.grant_admin('manager') \g /dev/null
-- Nothing is named by default, and everybody may read what was examined.
SELECT count(*) FROM sharing.search_names;
SELECT sharing.search_safe('@@(tsvector,tsquery)'), sharing.search_safe_function('lower(text)');
SELECT * FROM sharing.search_names;
SELECT sharing.search_safe('@@(tsvector,tsquery)');
SELECT sharing.search_safe_function('lower(text)');
SELECT sharing.not_search_safe('~~(text,text)');
SELECT sharing.not_search_safe_function('upper(text)');
SELECT sharing.search_safe(NULL);
SELECT sharing.search_safe(0::regoperator);
SELECT sharing.search_safe_function(0::regprocedure);
SELECT sharing.not_search_safe(1::regoperator);
-- What can be named: plain functions in C of PostgreSQL and of extensions.
CREATE OPERATOR public.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
CREATE FUNCTION public.mine(text) RETURNS text LANGUAGE internal IMMUTABLE STRICT AS 'lower';
SELECT sharing.search_safe('===(text,text)');
SELECT sharing.search_safe_function('mine(text)');
SELECT sharing.search_safe_function('random()');
SELECT sharing.search_safe_function('count("any")');
SELECT sharing.search_safe_function('lpad(text,integer)');
SELECT sharing.search_safe_function('generate_series(integer,integer)');
SELECT sharing.search_safe('||(text,text)');
SELECT sharing.not_search_safe('||(text,text)');
-- Every one that was examined is there, takes its name back, and says why.
SELECT count(*) > 50 AS many, count(*) = count(DISTINCT name) AS different, bool_and(reason <> '') AS reasons,
    bool_and(CASE kind WHEN 'operator' THEN name::regoperator::oid ELSE name::regprocedure::oid END > 0) AS named FROM sharing.search_defaults;
SELECT kind, count(*) FROM sharing.search_defaults WHERE name ~ '^public' GROUP BY kind;
SELECT d.name, p.prosrc, p.proleakproof FROM sharing.search_defaults d JOIN pg_operator o ON o.oid = d.name::regoperator JOIN pg_proc p ON p.oid = o.oprcode WHERE p.proleakproof OR (p.provolatile = 'v' OR p.prolang NOT IN (12, 13)) ORDER BY 1;
\c - app
SET sharing.user_key = '1';
SELECT count(*) > 50 AS many FROM sharing.search_defaults;
-- Who administers the organization alone names nothing.
SELECT sharing.search_safe('~~(text,text)');
SELECT sharing.enable_search();
SELECT sharing.not_search_safe_function('lower(text)');
SELECT * FROM sharing.import_config('{"version": 1, "search": []}');
SELECT * FROM sharing.search_names;
SELECT sharing.export_config() -> 'search';
\c - manager
SELECT sharing.search_safe('~~(text,text)');
-- The document: equal to what it says, absent it says nothing; names as people write them.
SELECT jsonb_pretty(sharing.export_config() -> 'search');
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT * FROM sharing.import_config('{"version": 1}');
SELECT * FROM sharing.import_config('{"version": 1, "search": [{"kind": "operator", "name": "~~(text,text)"}, {"kind": "operator", "name": "public.=(public.citext,public.citext)"}]}', dry_run => true);
SELECT * FROM sharing.import_config('{"version": 1, "search": [{"kind": "operator", "name": "~~(text,text)"}, {"kind": "operator", "name": "public.=(public.citext,public.citext)"}]}');
SELECT kind, name FROM sharing.search_names ORDER BY name;
SELECT * FROM sharing.import_config('{"version": 1, "search": [{"kind": "operator", "name": "~~(text,text)"}, {"kind": "operator", "name": "pg_catalog.~~(pg_catalog.text,text)"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "search": [{"kind": "operator", "name": "~~(text,point)"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "search": [{"kind": "operator", "name": "nonsense"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "search": [{"kind": "function", "name": "public.mine(text)"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "search": [{"kind": "cast", "name": "mine(text)"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "search": [{"name": "mine(text)"}]}');
SELECT * FROM sharing.import_config('{"version": 1, "search": []}');
SELECT count(*) FROM sharing.search_names;
SELECT sharing.search_safe('~~(text,text)'), sharing.search_safe('public.=(public.citext,public.citext)') \g /dev/null
-- What became another is forgotten until somebody names it again.
\c - postgres
ALTER FUNCTION citext_eq(citext, citext) VOLATILE;
SELECT sharing.export_config() -> 'search';
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT count(*) FROM sharing.search_names;
ALTER FUNCTION citext_eq(citext, citext) SET work_mem = '64kB';
ALTER FUNCTION citext_eq(citext, citext) IMMUTABLE;
SELECT jsonb_array_length(sharing.export_config() -> 'search');
SELECT sharing.search_safe('=(citext,citext)');
SELECT jsonb_array_length(sharing.export_config() -> 'search');
ALTER FUNCTION citext_eq(citext, citext) RESET work_mem;
SELECT jsonb_array_length(sharing.export_config() -> 'search');
SELECT * FROM sharing.enable_search() WHERE enable_search ~ 'public.=|upper';
SELECT jsonb_array_length(sharing.export_config() -> 'search') = count(*) FROM sharing.search_names;
DROP EXTENSION citext;
SELECT jsonb_array_length(sharing.export_config() -> 'search') < count(*) FROM sharing.search_names;
SELECT * FROM sharing.import_config(sharing.export_config());
SELECT db_role, function, object, before, after FROM sharing.audit_log WHERE object ~ 'searches' ORDER BY id LIMIT 6;
