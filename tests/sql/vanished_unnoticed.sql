-- Tables that were dropped while event triggers were off leave modules, rules and shares behind: protect and import_config clean
-- them up, so that the names are free, and nothing of the old tables says anything of new ones.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE parts (id integer PRIMARY KEY, owner text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
INSERT INTO parts VALUES (1, 'ann'), (11, 'ann');
CREATE TABLE notes (id integer PRIMARY KEY, client integer, owner text);
CREATE INDEX ON notes (owner);
CREATE INDEX ON notes (client);
CREATE TABLE lines (id integer PRIMARY KEY, client integer);
CREATE INDEX ON lines (client);
GRANT ALL ON parts, notes, lines TO app;
SELECT sharing.protect('parts', 'owner'), sharing.protect('notes', 'owner'), sharing.protect('lines', controlled_by => 'clients', via => 'client') \g /dev/null
SELECT sharing.relate('notes', 'client', 'clients'), sharing.add_rule('clients', 'role:H5', 'role:H7', 'read_write'), sharing.apply_rules() \g /dev/null
\c - app
SELECT test.link('ann', 'liz');
SELECT test.call('ann', format('SELECT sharing.share_record(%L, %L, ''liz'')', name, id)) FROM (VALUES ('clients', 1), ('parts', 1), ('parts', 11)) t (name, id);
\c - postgres
CREATE TABLE public.config AS SELECT sharing.export_config() AS config;
CREATE VIEW test.left_behind AS SELECT (SELECT count(*) FROM sharing.modules) AS modules, (SELECT count(*) FROM sharing.protected_relations) AS relations, (SELECT count(*) FROM sharing.rules) AS rules,
    (SELECT count(*) FROM sharing.shares) AS shares, (SELECT count(*) FROM sharing.relations) AS ties;
TABLE test.left_behind;
-- All at once: a module that others depend on, and a part of one.
CREATE PROCEDURE test.lose() LANGUAGE plpgsql AS $$
BEGIN
    ALTER EVENT TRIGGER sharing_follow_drops DISABLE;
    DROP TABLE clients;
    DROP TABLE parts_2;
    ALTER EVENT TRIGGER sharing_follow_drops ENABLE ALWAYS;
    CREATE TABLE clients (id integer PRIMARY KEY, owner text, title text);
    CREATE INDEX ON clients (owner);
    INSERT INTO clients VALUES (1, 'ann');
    GRANT ALL ON clients TO app;
END
$$;
BEGIN;
CALL test.lose();
TABLE test.left_behind;
SELECT count(*) > 0 AS would_be FROM sharing.protect('clients', 'owner', dry_run => true);
TABLE test.left_behind;
SELECT sharing.protect('clients', 'owner') \g /dev/null
TABLE test.left_behind;
SELECT m.name, s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id ORDER BY 1, 2;
SELECT policyname, qual FROM pg_policies WHERE tablename = 'notes' AND policyname = 'sharing_select';
SELECT regexp_replace(object, '^table [0-9]+$', 'table that is gone') AS object FROM sharing.audit_log WHERE function = 'protect' AND after IS NULL AND changed_at >= now() ORDER BY 1;
ROLLBACK;
-- By another table first.
BEGIN;
CALL test.lose();
CREATE TABLE other (id integer PRIMARY KEY, owner text);
CREATE INDEX ON other (owner);
SELECT sharing.protect('other', 'owner') \g /dev/null
TABLE test.left_behind;
ROLLBACK;
-- By an import, also of what is there already.
BEGIN;
CALL test.lose();
SELECT i.change, i.object FROM public.config, sharing.import_config(config, dry_run => true) i;
SELECT i.change, i.object FROM public.config, sharing.import_config(config) i;
TABLE test.left_behind;
ROLLBACK;
BEGIN;
CALL test.lose();
SELECT i.change, i.object FROM sharing.import_config('{"version": 1}') i;
TABLE test.left_behind;
COMMIT;
\c - app
SELECT t, r.sees FROM unnest('{notes,parts}'::text[]) t, LATERAL (SELECT test.call('liz', format('SELECT count(*) FROM %I', t))) r (sees);
