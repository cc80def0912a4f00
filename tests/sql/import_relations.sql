-- Configuration as one document: relations, modules that follow others and details in the configuration document.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.unprotect('leads') \g /dev/null
DROP TABLE leads;
CREATE TYPE kind AS ENUM ('accounts', 'quotes');
CREATE TABLE accounts (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE accounts_2 (note text, id bigint PRIMARY KEY, title text, owner text);
CREATE TABLE contacts (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE quotes (id integer PRIMARY KEY, owner text, title text, account integer, "Other Account" integer);
CREATE TABLE quotes_2 (account bigint, id integer PRIMARY KEY, title text, owner text, "Other Account" bigint);
CREATE TABLE emails (id integer PRIMARY KEY, owner text, title text, parent_kind kind, parent integer);
CREATE TABLE lines (id integer PRIMARY KEY, title text, quote integer, owner text);
CREATE TABLE batches (id integer PRIMARY KEY, title text, line integer);
INSERT INTO accounts VALUES (1, 'rep1'), (2, 'mgr'), (3, 'sup1');
INSERT INTO accounts_2 (id, owner) VALUES (1, 'sup1'), (2, 'rep1'), (3, 'mgr');
INSERT INTO contacts VALUES (1, 'rep1'), (2, 'smgr');
INSERT INTO quotes (id, owner, account, "Other Account") VALUES (1, 'ceo', 1, 3), (2, 'ceo', 2, NULL), (3, 'ceo', NULL, 1);
INSERT INTO quotes_2 (id, owner, account, "Other Account") VALUES (4, 'ceo', 1, 3), (5, 'ceo', 2, NULL), (6, 'ceo', NULL, 1);
INSERT INTO emails (id, owner, parent_kind, parent) VALUES (1, 'ceo', 'accounts', 1), (2, 'ceo', 'quotes', 1), (3, 'ceo', 'accounts', 2), (4, 'ceo', NULL, 1);
INSERT INTO lines (id, quote, owner) VALUES (1, 1, 'rep1'), (2, 2, 'rep2'), (3, NULL, 'sup1');
INSERT INTO batches (id, line) VALUES (1, 1), (2, 2), (3, 3);
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO PUBLIC;

-- What changes, or the error.
CREATE FUNCTION test.import(config jsonb, apply boolean DEFAULT false, dry_run boolean DEFAULT false) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    RETURN QUERY SELECT change || ' ' || object FROM sharing.import_config(config, apply, dry_run);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN NEXT sqlstate || ' ' || sqlerrm || coalesce(E'\n  DETAIL: ' || nullif(detail, ''), '') || coalesce(E'\n  HINT: ' || nullif(hint, ''), '');
END
$$;
-- Some sections as they are, with the fields of one element replaced; NULL takes a field away.
CREATE FUNCTION test.with(names text[], section text DEFAULT NULL, element text DEFAULT NULL, fields jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_object_agg(s.key, CASE WHEN s.key = section THEN (
        SELECT jsonb_agg(CASE WHEN element IN (e->>'name', (e->>'child') || '.' || (e->>'via') || '.' || (e->>'parent')) THEN jsonb_strip_nulls(e || fields) ELSE e END) FROM jsonb_array_elements(s.value) e)
        ELSE s.value END)
    FROM jsonb_each(sharing.export_config()) s WHERE s.key = ANY (names || '{version}')
$$;
-- Policies whose relations are not those of their module.
CREATE VIEW test.inconsistent AS
    SELECT p.relation, o.polname FROM sharing.protected_relations p JOIN pg_policy o ON o.polrelid = p.relation,
        unnest(ARRAY[pg_get_expr(o.polqual, o.polrelid), pg_get_expr(o.polwithcheck, o.polrelid)]) AS condition
    WHERE o.polname IN ('sharing_select', 'sharing_insert', 'sharing_update') AND condition IS NOT NULL
      AND ARRAY(SELECT (regexp_matches(condition, 'may_\w+_related\([^,]+, [^,]+, (\d+)', 'g'))[1]::integer ORDER BY 1)
          <> ARRAY(SELECT l.id FROM sharing.relations l WHERE l.child_id = p.module_id ORDER BY 1);
-- Who sees, changes, deletes what, as far as it is something; for sessions of app.
CREATE FUNCTION test.everybody(VARIADIC tables text[]) RETURNS TABLE ("table" text, "user" text, sees text, edits text, deletes text) LANGUAGE sql AS $$
    SELECT t, u, r.* FROM unnest(tables) WITH ORDINALITY t (t, n), unnest('{rep1,mgr,sup1,sup2}'::text[]) u, test.reach(u, t::regclass) r WHERE sees IS NOT NULL ORDER BY t.n, u
$$;
CREATE TABLE test.documents (name text PRIMARY KEY, config jsonb);

-- Everything at once, in an order in which nothing could be created. Rows are told and nothing done.
INSERT INTO test.documents VALUES ('first', '{"version": 1,
  "modules": [{"name": "Batches", "table": "public.batches", "controlled_by": "Lines", "via": "line"},
              {"name": "Contacts", "table": "public.contacts", "owner": "owner", "follows": "The Accounts"},
              {"name": "E-mails", "table": "public.emails", "owner": "owner"},
              {"name": "Lines", "table": "public.lines", "controlled_by": "Quotes", "via": "quote"},
              {"name": "Quotes", "table": "public.quotes", "owner": "owner"},
              {"name": "The Accounts", "table": "public.accounts", "owner": "owner"}],
  "relations": [{"child": "Quotes", "via": "account", "parent": "The Accounts"},
                {"child": "Quotes", "via": "Other Account", "parent": "The Accounts", "with_shares": false},
                {"child": "E-mails", "via": "parent", "parent": "The Accounts", "when": {"column": "parent_kind", "value": "accounts"}},
                {"child": "E-mails", "via": "parent", "parent": "Quotes", "when": {"column": "parent_kind", "value": "quotes"}}],
  "rules": [{"module": "The Accounts", "owned_by": "role:H5", "shared_with": "role:H7", "access": "read_only", "related": {"Quotes": "read_write"}}]}');
CREATE TABLE test.before AS SELECT test.configuration();
SELECT test.import(config, true, true) FROM test.documents;
SELECT configuration = test.configuration() AS unchanged, (SELECT count(*) FROM pg_policy) AS policies FROM test.before;
SELECT test.import(config, true) FROM test.documents;
SELECT * FROM test.inconsistent;
SELECT * FROM sharing.pending_changes();
SELECT jsonb_pretty(jsonb_build_object('modules', c->'modules'->0, 'followed', c->'modules'->1->'follows', 'relations', c->'relations')) FROM sharing.export_config() c;
SET SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('accounts', 'contacts', 'quotes', 'emails', 'lines', 'batches');
RESET SESSION AUTHORIZATION;
-- What was exported changes nothing, nor does the document in which defaults are left out.
INSERT INTO test.documents VALUES ('exported', sharing.export_config());
SELECT stamp AS stamp FROM sharing.generation \gset
SELECT name, test.import(config), test.import(config, true), test.import(config, false, true) FROM test.documents;
SELECT stamp = :'stamp' AS nothing_changed FROM sharing.generation;
-- Into an empty database, it makes the same.
SELECT test.import(jsonb_object_agg(key, CASE key WHEN 'version' THEN value ELSE '[]' END), true) FROM jsonb_each(sharing.export_config());
SELECT (SELECT count(*) FROM pg_policy) AS policies, (SELECT count(*) FROM sharing.modules) AS modules, (SELECT count(*) FROM sharing.relations) AS relations;
SELECT object FROM sharing.audit_log WHERE object LIKE 'module %' AND after IS NULL ORDER BY id;
SELECT count(*) > 25 AS everything FROM test.documents, test.import(config, true) WHERE name = 'exported';
SELECT config = sharing.export_config() AS same FROM test.documents WHERE name = 'exported';
SELECT * FROM test.inconsistent;
SET SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('accounts', 'contacts', 'quotes', 'emails', 'lines', 'batches');
RESET SESSION AUTHORIZATION;

-- A relation is altered: the policies stay, or say another condition.
CREATE VIEW test.condition AS SELECT polrelid::regclass AS "table", pg_get_expr(polqual, polrelid) AS condition FROM pg_policy WHERE polname = 'sharing_select';
BEGIN;
SELECT xmin AS row FROM pg_policy WHERE polrelid = 'quotes'::regclass AND polname = 'sharing_select' \gset
SELECT * FROM sharing.import_config(test.with('{relations}', 'relations', 'Quotes.account.The Accounts', '{"with_shares": false}'));
SELECT with_shares, applied FROM sharing.relations ORDER BY id;
SELECT xmin::text::bigint = :row AS same FROM pg_policy WHERE polrelid = 'quotes'::regclass AND polname = 'sharing_select';
SELECT test.import(test.with('{relations}', 'relations', 'Quotes.Other Account.The Accounts', '{"with_shares": true}'));
SELECT with_shares, applied FROM sharing.relations ORDER BY id;
ROLLBACK;
BEGIN;
SELECT * FROM sharing.import_config(test.with('{relations}', 'relations', 'E-mails.parent.The Accounts', '{"when": null}'));
SELECT condition FROM test.condition WHERE "table" = 'emails'::regclass;
SELECT * FROM test.inconsistent;
-- It holds for other records, as if it were declared anew: rules that do not name the child have to be applied.
SELECT module, change, detail - 'relation' AS detail FROM sharing.pending_changes();
SELECT sharing.apply_rules();
SELECT test.import(test.with('{relations}', 'relations', 'E-mails.parent.Quotes', '{"when": {"column": "title", "value": "O''Neill"}}'), true);
SELECT count(*) FROM sharing.pending_changes();
SET LOCAL SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('emails');
ROLLBACK;
-- One is dropped, by a document that has no relations to it any more.
BEGIN;
SELECT test.import('{"version": 1, "relations": []}');
SELECT test.import('{"version": 1, "relations": [{"child": "Quotes", "via": "account", "parent": "The Accounts"}]}');
SELECT condition FROM test.condition WHERE "table" IN ('emails'::regclass, 'quotes'::regclass) ORDER BY "table";
SELECT * FROM test.inconsistent;
SELECT count(*) FROM sharing.pending_changes();
ROLLBACK;
-- What rules say of a child stays where it is related otherwise.
BEGIN;
SELECT test.import('{"version": 1, "relations": [{"child": "Quotes", "via": "Other Account", "parent": "The Accounts"}]}');
SELECT l.level, l.staged_level, m.name FROM sharing.related_levels l JOIN sharing.modules m ON m.id = l.module_id;
SELECT module, change FROM sharing.pending_changes();
SET LOCAL SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('quotes');
ROLLBACK;
BEGIN;
SELECT test.import('{"version": 1, "relations": [{"child": "Quotes", "via": "id", "parent": "The Accounts"}]}');
SELECT l.level, l.staged_level, m.name FROM sharing.related_levels l JOIN sharing.modules m ON m.id = l.module_id;
ROLLBACK;
-- A new one is staged with the rules that it carries.
BEGIN;
SELECT test.import('{"version": 1, "relations": [], "rules": [{"module": "The Accounts", "owned_by": "role:H5", "shared_with": "role:H7", "access": "read_only"}]}', true);
SELECT test.import('{"version": 1, "relations": [{"child": "Quotes", "via": "account", "parent": "The Accounts"}]}');
SELECT module, change, detail - 'relation' AS detail FROM sharing.pending_changes();
SAVEPOINT s;
SET LOCAL SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('quotes');
ROLLBACK TO s;
SELECT sharing.apply_rules(), count(*) AS pending FROM sharing.pending_changes();
SELECT count(*) AS pending FROM sharing.pending_changes();
SET LOCAL SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('quotes');
ROLLBACK;

-- Other tables. Relations are carried over by the names of their columns, whether the document speaks of them or not.
BEGIN;
SELECT test.import(test.with('{modules}', 'modules', 'Quotes', '{"table": "public.quotes_2"}'));
SELECT * FROM test.condition WHERE "table" IN ('quotes'::regclass, 'quotes_2'::regclass);
SELECT * FROM test.inconsistent;
SELECT test.import(sharing.export_config());
SELECT count(*) FROM sharing.pending_changes();
SELECT test.import(test.with('{modules,relations}', 'modules', 'The Accounts', '{"table": "public.accounts_2"}'));
SELECT * FROM test.inconsistent;
SAVEPOINT s;
SET LOCAL SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('accounts_2', 'quotes_2', 'emails', 'lines');
ROLLBACK TO s;
-- And back, on another owner column at the same time.
ALTER TABLE quotes ADD deputy text;
SELECT test.import(jsonb_set(test.with('{modules}', 'modules', 'Quotes', '{"table": "public.quotes", "owner": "deputy", "owner_group": "owner"}'), '{modules,5,table}', '"public.accounts"'));
SELECT condition FROM test.condition WHERE "table" IN ('quotes'::regclass);
SELECT * FROM test.inconsistent;
ROLLBACK;
-- A child and its parent exchange their tables, and a new module takes the place of one that goes.
BEGIN;
ALTER TABLE accounts ADD account integer, ADD "Other Account" integer;
SELECT test.import(jsonb_set(test.with('{modules}', 'modules', 'Quotes', '{"table": "public.accounts"}'), '{modules,5,table}', '"public.quotes"'));
SELECT m.name, c.* FROM test.condition c JOIN sharing.modules m ON m.relation = c."table" WHERE m.name IN ('Quotes', 'The Accounts') ORDER BY 1;
SELECT * FROM test.inconsistent;
SELECT test.import(sharing.export_config());
ROLLBACK;
BEGIN;
SELECT test.import('{"version": 1, "rules": [],
  "modules": [{"name": "Lines", "table": "public.batches", "controlled_by": "New Accounts", "via": "line"}, {"name": "New Accounts", "table": "public.accounts", "owner": "owner"}],
  "relations": []}', true);
SELECT m.name, m.controlled_by_id IS NOT NULL AS is_detail, c.* FROM test.condition c JOIN sharing.modules m ON m.relation = c."table" ORDER BY 1;
ROLLBACK;

-- A detail gets another parent; one gets an owner, and relations; a module with an owner becomes a detail.
BEGIN;
SELECT * FROM sharing.import_config(test.with('{modules}', 'modules', 'Batches', '{"controlled_by": "Quotes"}'));
SAVEPOINT s;
SET LOCAL SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('batches');
ROLLBACK TO s;
SELECT test.import(test.with('{modules}', 'modules', 'Lines', '{"controlled_by": null, "via": null, "owner": "owner", "hierarchy": false}')
    || jsonb_set(test.with('{relations}'), '{relations,9}', '{"child": "Lines", "via": "quote", "parent": "Quotes"}'));
SELECT condition FROM test.condition WHERE "table" = 'lines'::regclass;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'lines'::regclass ORDER BY 1;
SELECT * FROM test.inconsistent;
SAVEPOINT s;
SET LOCAL SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('lines');
ROLLBACK TO s;
SELECT sharing.set_global_access('Lines', 'public_read_only'), sharing.apply_rules();
SELECT test.import(test.with('{modules}', 'modules', 'Lines', '{"controlled_by": "Quotes", "via": "quote", "owner": null, "owner_group": null, "global_access": null, "hierarchy": null, "default_owner": null}'));
SELECT test.import(test.with('{modules}', 'modules', 'Lines', '{"controlled_by": "Quotes", "via": "quote", "owner": null, "owner_group": null, "global_access": null, "hierarchy": null, "default_owner": null}') || (SELECT config - '{modules,rules}'::text[] FROM test.documents WHERE name = 'first'));
SELECT condition FROM test.condition WHERE "table" = 'lines'::regclass;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'lines'::regclass ORDER BY 1;
SELECT name, hierarchy, global_access, staged_global_access FROM sharing.modules WHERE name = 'Lines';
ROLLBACK;

-- A module ceases to follow, another begins to: what was its own does not wait to hold again.
BEGIN;
SELECT sharing.set_global_access('Quotes', 'public_read_edit_delete'), sharing.apply_rules();
SELECT * FROM sharing.import_config(test.with('{modules}', 'modules', 'Quotes', '{"follows": "The Accounts", "global_access": null}'));
SELECT name, global_access, staged_global_access FROM sharing.modules WHERE name = 'Quotes';
SELECT test.import(test.with('{modules}', 'modules', 'Quotes', '{"follows": null, "global_access": "public_read_only"}'));
SELECT test.import(test.with('{modules}', 'modules', 'Contacts', '{"follows": "Quotes"}'));
SELECT name, global_access, staged_global_access FROM sharing.modules WHERE name IN ('Quotes', 'Contacts') ORDER BY name;
SAVEPOINT s;
SET LOCAL SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('contacts', 'quotes');
ROLLBACK TO s;
SELECT sharing.apply_rules();
SET LOCAL SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('contacts');
ROLLBACK;

-- Partitions have the arms of their table.
BEGIN;
CREATE TABLE parts (id integer, owner text, account integer, kind char(8)) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF parts FOR VALUES IN (1, 2);
SELECT test.import(jsonb_set(jsonb_set(test.with('{modules,relations}'), '{modules,9}', '{"name": "Parts", "table": "public.parts", "owner": "owner"}'),
    '{relations,9}', '{"child": "Parts", "via": "account", "parent": "The Accounts", "when": {"column": "kind", "value": "a"}}'));
CREATE TABLE part_3 PARTITION OF parts FOR VALUES IN (3);
SELECT c.* FROM test.condition c WHERE "table"::text LIKE 'part%' ORDER BY 1;
SELECT * FROM test.inconsistent;
SELECT test.import(test.with('{relations}', 'relations', 'Parts.account.The Accounts', '{"when": {"column": "kind", "value": "accounts"}}'));
SELECT c.* FROM test.condition c WHERE "table"::text LIKE 'part%' ORDER BY 1;
SELECT test.import(sharing.export_config());
-- One that was detached stays closed, whatever becomes of its module.
INSERT INTO parts VALUES (1, 'rep1', 1), (3, 'rep1', 1);
GRANT SELECT ON parts, part, part_3 TO PUBLIC;
ALTER TABLE parts DETACH PARTITION part;
ALTER TABLE parts ADD deputy text;
SELECT test.import(test.with('{modules}', 'modules', 'Parts', '{"owner": "deputy"}'));
SELECT c.* FROM test.condition c WHERE "table"::text LIKE 'part%' ORDER BY 1;
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname LIKE 'part%' ORDER BY 1;
SELECT test.import(test.with('{relations}', 'relations', 'Parts.account.The Accounts', '{"when": null}'));
SET LOCAL SESSION AUTHORIZATION app;
SET LOCAL sharing.user_key = 'mgr';
SELECT id FROM part;
SET LOCAL sharing.user_key = 'sup1';
SELECT id FROM part;
SELECT id FROM parts;
ROLLBACK;

-- Shares go with the owners of their records.
BEGIN;
SELECT sharing.create_office('Here'), sharing.create_office('There'), sharing.set_user_office('rep1', 'Here'), sharing.set_user_office('sup1', 'There') \g /dev/null
SELECT sharing.enable_record_sharing('rep1'), sharing.enable_record_sharing('sup1') \g /dev/null
SELECT test.import(test.with('{modules}', 'modules', 'Lines', '{"controlled_by": null, "via": null, "owner": "owner"}')
    || '{"links": [{"from": "rep1", "to": "sup1", "status": "active"}], "shares": [{"module": "Lines", "record": "1", "from": "rep1", "to": "sup1", "access": "read"}]}');
SELECT test.import(test.with('{modules,shares}', 'modules', 'Lines', '{"controlled_by": "Quotes", "via": "quote", "owner": null, "owner_group": null, "global_access": null, "hierarchy": null, "default_owner": null}'));
SELECT test.import(test.with('{modules}', 'modules', 'Lines', '{"controlled_by": "Quotes", "via": "quote", "owner": null, "owner_group": null, "global_access": null, "hierarchy": null, "default_owner": null}'));
SELECT count(*) AS shares FROM sharing.shares;
ROLLBACK;

-- A detail by another column.
BEGIN;
ALTER TABLE lines ADD other integer;
UPDATE lines SET other = 3 WHERE id = 2;
SELECT test.import(test.with('{modules}', 'modules', 'Lines', '{"via": "other"}'));
SET LOCAL SESSION AUTHORIZATION app;
SELECT * FROM test.everybody('lines');
ROLLBACK;

-- Errors name their path, and change nothing.
DELETE FROM test.before;
INSERT INTO test.before SELECT test.configuration();
CREATE TABLE keyless (id integer, owner text, account text);
CREATE TABLE worse (id text PRIMARY KEY, owner text, title text, account uuid);
-- Of E-mails to Quotes and to The Accounts, of Quotes to The Accounts via Other Account and via account.
CREATE FUNCTION test.relation(at integer, fields jsonb) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT test.import(jsonb_set(r, ARRAY['relations', at::text], r->'relations'->at || fields), true, dry) FROM test.with('{relations}') r, unnest('{t,f}'::boolean[]) dry
$$;
SELECT test.relation(3, '{"via": "Account"}');
SELECT test.relation(3, '{"via": "title"}');
SELECT test.relation(3, '{"child": "Lines"}');
SELECT test.relation(3, '{"when": {"column": "Kind", "value": "x"}}');
SELECT test.relation(3, '{"when": {"column": "account", "value": "007"}}');
SELECT test.relation(1, '{"when": {"column": "parent_kind", "value": "leads"}}');
ALTER TABLE quotes ADD at date;
SELECT test.relation(3, '{"when": {"column": "at", "value": "2026-01-01"}}');
ALTER TABLE quotes DROP at;
SELECT test.import(test.with('{modules}', 'modules', 'Lines', '{"via": "nothing"}'));
SELECT test.import(test.with('{modules}', 'modules', 'Lines', '{"via": "title"}'));
SELECT test.import(test.with('{modules}', 'modules', 'Quotes', '{"table": "public.worse"}'));
SELECT test.import(test.with('{modules,relations}', 'modules', 'Quotes', '{"table": "public.worse"}'));
SELECT test.import(test.with('{modules}', 'modules', 'The Accounts', '{"table": "public.keyless"}'));
SELECT test.import(test.with('{modules,relations}', 'modules', 'The Accounts', '{"table": "public.keyless"}'));
SELECT test.import(test.with('{modules}', 'modules', 'The Accounts', '{"table": "public.worse"}'));
SELECT test.import(test.with('{modules}', 'modules', 'E-mails', '{"table": "public.contacts"}'));
SELECT test.import(jsonb_set(test.with('{modules}', 'modules', 'Contacts', '{"table": "public.worse"}'), '{modules,2,table}', '"public.contacts"'));
SELECT test.import(jsonb_set(test.with('{modules}'), '{modules}', (test.with('{modules}')->'modules') - 4));
SELECT test.import(jsonb_set(test.with('{modules}'), '{modules}', (test.with('{modules}')->'modules') - 5));
-- The last statement of an import fails: nothing of it was done.
SELECT test.import(test.with('{modules,relations}', 'modules', 'Quotes', '{"table": "public.quotes_2"}') || '{"rules": [], "shares": [{"module": "Quotes", "record": "4", "from": "rep1", "to": "sup1", "access": "read"}]}');
CREATE FUNCTION test.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''refused''; END';
CREATE TRIGGER refuse BEFORE DELETE ON sharing.rules EXECUTE FUNCTION test.refuse();
SELECT test.import(test.with('{modules,relations}', 'modules', 'Quotes', '{"table": "public.quotes_2"}') || '{"rules": []}', true);
DROP TRIGGER refuse ON sharing.rules;
DROP TABLE keyless, worse;
SELECT configuration = test.configuration() AS unchanged, (SELECT count(*) FROM test.condition) AS protected FROM test.before;

-- Policies that somebody altered are not told as something else.
BEGIN;
ALTER EVENT TRIGGER sharing_follow_tables DISABLE;
ALTER POLICY sharing_select ON quotes USING (sharing_internal.may_read('quotes'::regclass, owner));
SELECT module ->> 'name' AS broken, module ->> 'broken' AS why FROM jsonb_array_elements(sharing.export_config() -> 'modules') module WHERE module ? 'broken';
ROLLBACK;

-- Who administers the database may import all of it, an identity with the right administrator may not.
SET SESSION AUTHORIZATION app;
SET sharing.user_key = 'adm';
SELECT test.import('{"version": 1, "relations": []}');
SELECT test.import('{"version": 1, "modules": []}');
RESET SESSION AUTHORIZATION;
