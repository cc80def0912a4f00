-- Triggers that were disabled and enabled again fire always, as before; what changed while they were off counts from then on.
\set VERBOSITY terse
CREATE ROLE u2 LOGIN;
CREATE ROLE own LOGIN;
GRANT CREATE ON SCHEMA public TO own;
SELECT sharing.create_office('A'), sharing.create_office('B') \g /dev/null
SELECT sharing.create_role('H'), sharing.create_role('L', 'H') \g /dev/null
SELECT sharing.create_user('1', 'ann', 'L', 'A'), sharing.create_user('2', 'ben', 'H', 'B', db_role => 'u2') \g /dev/null
SET SESSION AUTHORIZATION own;
CREATE TABLE public.leads (id integer PRIMARY KEY, owner integer);
INSERT INTO public.leads VALUES (1, 1), (2, 1), (3, 1);
GRANT SELECT ON public.leads TO u2;
CREATE TABLE public.parts (id integer PRIMARY KEY, owner integer) PARTITION BY RANGE (id);
CREATE TABLE public.parts_1 PARTITION OF public.parts FOR VALUES FROM (0) TO (10);
CREATE TABLE public.parts_2 PARTITION OF public.parts FOR VALUES FROM (10) TO (20);
INSERT INTO public.parts VALUES (1, 1), (11, 1);
GRANT SELECT ON public.parts TO u2;
RESET SESSION AUTHORIZATION;
SELECT sharing.protect('leads', 'owner', hierarchy => false), sharing.protect('parts', 'owner', hierarchy => false) \g /dev/null
-- By hand, as a superuser may: rights, a link and shares, all with triggers at work.
INSERT INTO sharing.user_rights SELECT id, 'record_sharing' FROM sharing.users;
INSERT INTO sharing.links (from_user_id, to_user_id, status) SELECT a.id, b.id, 'active' FROM sharing.users a, sharing.users b WHERE a.key = '1' AND b.key = '2';
INSERT INTO sharing.shares SELECT l.id, m.id, r, 'read' FROM sharing.links l, (VALUES ('leads', '1'), ('leads', '2'), ('parts', '1'), ('parts', '11')) s (t, r), sharing.modules m WHERE m.relation::text = s.t;
INSERT INTO sharing.shared_modules SELECT DISTINCT module_id FROM sharing.shares;
CREATE VIEW public.ours AS SELECT tgrelid::regclass AS on, tgname, tgenabled FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid WHERE pronamespace = 'sharing_internal'::regnamespace;
CREATE TABLE public.as_it_was AS SELECT * FROM ours;
\c - u2
SELECT id FROM leads ORDER BY id;
SELECT id FROM parts ORDER BY id;
\c - postgres
-- An owner's fixtures: both ways to disable, table by table; a record is deleted and another gets its key.
SET SESSION AUTHORIZATION own;
ALTER TABLE public.leads DISABLE TRIGGER USER;
RESET SESSION AUTHORIZATION;
SELECT "on", tgname, tgenabled FROM ours WHERE "on" = 'leads'::regclass ORDER BY tgname;
DELETE FROM leads WHERE id = 1;
SET SESSION AUTHORIZATION own;
ALTER TABLE public.leads ENABLE TRIGGER USER;
RESET SESSION AUTHORIZATION;
INSERT INTO leads VALUES (1, 1);
ALTER TABLE parts DISABLE TRIGGER ALL;
DELETE FROM parts WHERE id = 11;
ALTER TABLE parts ENABLE TRIGGER ALL;
INSERT INTO parts VALUES (11, 1);
ALTER TABLE parts_1 DISABLE TRIGGER ALL;
ALTER TABLE parts_1 ENABLE TRIGGER ALL;
SELECT m.name, s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id ORDER BY 1, 2;
\c - u2
SELECT id FROM leads ORDER BY id;
SELECT id FROM parts ORDER BY id;
\c - postgres
-- In replica mode, too, a record now takes its shares along.
ALTER TABLE leads DISABLE TRIGGER ALL;
ALTER TABLE leads ENABLE TRIGGER ALL;
SET session_replication_role = replica;
DELETE FROM leads WHERE id = 2;
RESET session_replication_role;
SELECT m.name, s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id ORDER BY 1, 2;
-- Our own tables, each.
SELECT format('ALTER TABLE sharing.%I DISABLE TRIGGER ALL', relname), format('ALTER TABLE sharing.%I ENABLE TRIGGER ALL', relname)
FROM pg_class WHERE relnamespace = 'sharing'::regnamespace AND relkind = 'r' ORDER BY relname \gexec
SELECT 'missing' AS what, * FROM (TABLE as_it_was EXCEPT TABLE ours) d UNION ALL SELECT 'new', * FROM (TABLE ours EXCEPT TABLE as_it_was) d ORDER BY 1, 2, 3;
SET session_replication_role = replica;
DELETE FROM sharing.audit_entries;
RESET session_replication_role;
-- Whoever changes the application's data while triggers are off gets a new stamp of the configuration when they are on again.
CREATE TABLE public.stamps AS SELECT stamp FROM sharing.generation;
ALTER TABLE leads DISABLE TRIGGER ALL;
ALTER TABLE leads ENABLE TRIGGER ALL;
SELECT g.stamp <> s.stamp AS renewed FROM sharing.generation g, public.stamps s;
-- The settings of a restore, which anybody may choose, keep no share of a record that is gone.
INSERT INTO leads VALUES (4, 1);
INSERT INTO sharing.shares SELECT l.id, m.id, '4', 'read' FROM sharing.links l, sharing.modules m WHERE m.relation = 'leads'::regclass;
SET SESSION AUTHORIZATION own;
SET row_security = off;
SET search_path = '';
ALTER TABLE public.leads DISABLE TRIGGER USER;
RESET SESSION AUTHORIZATION;
DELETE FROM public.leads WHERE id = 4;
SET SESSION AUTHORIZATION own;
ALTER TABLE public.leads ENABLE TRIGGER USER;
RESET ALL;
RESET SESSION AUTHORIZATION;
INSERT INTO leads VALUES (4, 1);
-- One trigger after the other, too, by whatever command enables it.
INSERT INTO leads VALUES (5, 1);
INSERT INTO sharing.shares SELECT l.id, m.id, '5', 'read' FROM sharing.links l, sharing.modules m WHERE m.relation = 'leads'::regclass;
BEGIN;
ALTER TABLE leads DISABLE TRIGGER sharing_record_deleted;
DELETE FROM leads WHERE id = 5;
ALTER TABLE leads ENABLE REPLICA TRIGGER sharing_record_deleted;
COMMIT;
INSERT INTO leads VALUES (5, 1);
\c - u2
SELECT id FROM leads ORDER BY id;
\c - postgres
SELECT "on", tgname, tgenabled FROM ours WHERE "on" = 'leads'::regclass ORDER BY tgname;
-- A restore that fills partition by partition loses no share of a record that is still to come: of each only what belongs into it is looked for.
INSERT INTO sharing.shares SELECT l.id, m.id, r, 'read' FROM sharing.links l, sharing.modules m, unnest('{2,12,99}'::text[]) r WHERE m.relation = 'parts'::regclass;
CREATE TABLE public.parts_rest PARTITION OF public.parts DEFAULT;
ALTER TABLE public.parts_1 DISABLE TRIGGER ALL;
ALTER TABLE public.parts_1 ENABLE TRIGGER ALL;
SELECT m.name, s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id ORDER BY 1, 2;
ALTER TABLE public.parts_2 DISABLE TRIGGER ALL;
INSERT INTO public.parts_2 VALUES (12, 1);
ALTER TABLE public.parts_2 ENABLE TRIGGER ALL;
SELECT m.name, s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id ORDER BY 1, 2;
ALTER TABLE public.parts_rest DISABLE TRIGGER ALL;
ALTER TABLE public.parts_rest ENABLE TRIGGER ALL;
SELECT m.name, s.record_id FROM sharing.shares s JOIN sharing.modules m ON m.id = s.module_id ORDER BY 1, 2;
-- Every trigger of ours fires always, but those that judge or record what was judged and recorded where it was done, and those for replicated rows alone.
SELECT "on", tgname, tgenabled FROM ours WHERE tgenabled <> 'A' AND tgname NOT LIKE 'record\_%' ORDER BY 1, 2;
SELECT count(*) > 20 AS many, bool_and(tgenabled = CASE proname WHEN 'keep_generation' THEN 'R' WHEN 'take_heartbeat' THEN 'R' WHEN 'guard_owner' THEN 'O' WHEN 'default_owner' THEN 'O' WHEN 'record_change' THEN 'O' ELSE 'A' END) AS as_made
FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid WHERE pronamespace = 'sharing_internal'::regnamespace;
