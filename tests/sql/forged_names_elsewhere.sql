-- Policies and triggers under our names: on what becomes a partition they are replaced; nobody else's DDL fails for them, nor for any table that cannot be protected.
CREATE ROLE app LOGIN;
CREATE ROLE town LOGIN;
CREATE ROLE other LOGIN;
SELECT sharing.create_user('3', 'ann'), sharing.create_user('4', 'bob'), sharing.trust('app') \g /dev/null
CREATE SCHEMA town AUTHORIZATION town;
CREATE SCHEMA other AUTHORIZATION other;
GRANT USAGE ON SCHEMA town TO app;
\c - town
CREATE TABLE town.t (id int PRIMARY KEY, owner int, title text) PARTITION BY RANGE (id);
CREATE TABLE town.t_1 PARTITION OF town.t FOR VALUES FROM (0) TO (10);
CREATE TABLE town.old (id int, owner int);
\c - postgres
SELECT count(*) FROM sharing.protect('town.t', 'owner');
SELECT count(*) FROM sharing.protect('town.old', 'owner');
INSERT INTO town.t VALUES (1, 3), (2, 4);
-- Forged by the table's owner, before it is attached.
\c - town
CREATE TABLE town.forged (id int PRIMARY KEY, owner int, title text);
INSERT INTO town.forged VALUES (10, 3), (11, 4);
CREATE FUNCTION town.nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE POLICY sharing_select ON town.forged USING (true);
CREATE POLICY sharing_select_permit ON town.forged USING (true);
CREATE POLICY sharing_delete ON town.forged FOR DELETE TO town USING (true);
CREATE TRIGGER sharing_table_truncated AFTER TRUNCATE ON town.forged EXECUTE FUNCTION town.nothing();
CREATE TABLE town.forged_heir (id int, owner int);
CREATE POLICY sharing_select ON town.forged_heir USING (true);
CREATE TRIGGER sharing_guard_owner AFTER UPDATE ON town.forged_heir FOR EACH ROW EXECUTE FUNCTION town.nothing();
ALTER TABLE town.t ATTACH PARTITION town.forged FOR VALUES FROM (10) TO (20);
ALTER TABLE town.forged_heir INHERIT town.old;
GRANT SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA town TO app;
SELECT polrelid::regclass, polname, polpermissive, polcmd, polroles FROM pg_policy WHERE polrelid IN ('town.forged'::regclass, 'town.forged_heir'::regclass) ORDER BY 1, 2;
SELECT tgrelid::regclass, tgname, tgfoid::regproc FROM pg_trigger WHERE tgrelid IN ('town.forged'::regclass, 'town.forged_heir'::regclass) AND tgname LIKE '%sharing%' ORDER BY 1, 2;
\c - app
SET sharing.user_key = '3';
SELECT id FROM town.t ORDER BY id;
SELECT id FROM town.forged ORDER BY id;
-- With the event trigger off, partitions appear that carry forged policies, or cannot be protected at all.
\c - postgres
ALTER EVENT TRIGGER sharing_follow_tables DISABLE;
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER nothing FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE town.abroad () INHERITS (town.old) SERVER nothing;
ALTER FOREIGN TABLE town.abroad OWNER TO town;
CREATE TABLE town.unseen PARTITION OF town.t FOR VALUES FROM (20) TO (30);
ALTER TABLE town.unseen OWNER TO town;
CREATE POLICY sharing_select ON town.unseen USING (true);
ALTER EVENT TRIGGER sharing_follow_tables ENABLE ALWAYS;
-- Everybody else goes on, and is told.
\c - other
CREATE TABLE other.x (id int);
ALTER TABLE other.x ADD COLUMN more int;
CREATE VIEW other.y AS SELECT 1 AS one;
DROP TABLE other.x;
-- What names it protects it, or fails where that cannot be.
\c - town
ALTER TABLE town.unseen FORCE ROW LEVEL SECURITY;
ALTER TABLE town.old ADD COLUMN more int;
\c - postgres
DROP FOREIGN TABLE town.abroad;
\c - town
ALTER TABLE town.old ADD COLUMN more int;
CREATE TABLE town.last (id int);
\c - postgres
SELECT relation::regclass FROM sharing.protected_relations ORDER BY relation::regclass::text COLLATE "C";
-- protect() of a table that has such names: what is ours in form is replaced, what is not is told.
CREATE TABLE own (id int PRIMARY KEY, owner int);
CREATE POLICY sharing_update_permit ON own USING (true);
SELECT sharing.protect('own', 'owner');
DROP POLICY sharing_update_permit ON own;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER sharing_record_deleted AFTER DELETE ON own FOR EACH ROW EXECUTE FUNCTION nothing();
SELECT sharing.protect('own', 'owner', dry_run => true);
DROP TRIGGER sharing_record_deleted ON own;
CREATE POLICY sharing_select ON own USING (sharing_internal.may_read('town.t'::regclass, owner));
SELECT count(*) FROM sharing.protect('own', 'owner');
SELECT polname, polpermissive, pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polrelid = 'own'::regclass AND polname = 'sharing_select';
-- A table that Citus distributes.
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass);
CREATE TABLE spread (id int, owner int);
INSERT INTO pg_dist_partition VALUES ('spread');
SELECT sharing.protect('spread', 'owner');
SELECT count(*) FROM sharing.unprotect('own');
SELECT count(*) FROM sharing.protect('own', 'owner');
