-- Tables and views from which the organization comes belong to somebody who hangs code wherever it can be hung: declared, written
-- to, altered, read anew and left for sessions of others, superusers among them, their code runs as nobody but whom it would anyway.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/elevation.sql'
\i :attack
\c - town
CREATE DOMAIN town.word AS text;
CREATE FUNCTION town.trap_key(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM town.spring(); RETURN $1; END';
CREATE FUNCTION town.trap_equal(text, text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM town.spring(); RETURN $1 OPERATOR(pg_catalog.=) $2; END';
CREATE OPERATOR town.= (LEFTARG = text, RIGHTARG = text, FUNCTION = town.trap_equal);
CREATE TABLE town.people (id integer, region integer DEFAULT town.trap(1), name town.word, twice integer GENERATED ALWAYS AS (id + 0 * town.trap(1)) STORED) PARTITION BY RANGE (town.trap_key(region));
CREATE TABLE town.people_1 PARTITION OF town.people FOR VALUES FROM (0) TO (10) PARTITION BY LIST (town.trap_key(region));
CREATE TABLE town.people_1_1 PARTITION OF town.people_1 DEFAULT;
CREATE TABLE town.people_2 PARTITION OF town.people FOR VALUES FROM (10) TO (20);
CREATE INDEX ON town.people (id);
CREATE INDEX ON town.people ((town.trap_key(id))) WHERE town.trap(1) = 1;
CREATE STATISTICS town.many ON (town.trap_key(id)), region FROM town.people;
CREATE TABLE town.teams (id integer PRIMARY KEY, name town.word CHECK (town.trap(1) = 1));
CREATE INDEX ON town.teams ((town.trap_key(id)));
CREATE TABLE town.team_members (team integer, "user" integer);
CREATE INDEX ON town.team_members ("user") WHERE town.trap(1) = 1;
CREATE VIEW town.more AS SELECT 'v' || id AS id, 'v' || town.trap(id)::text AS name FROM town.teams WHERE town.trap(1) = 1 AND name OPERATOR(town.=) name;
INSERT INTO town.people VALUES (1, 1, 'one'), (2, 11, 'two');
INSERT INTO town.teams VALUES (1, 'One');
INSERT INTO town.team_members VALUES (1, 1);
ALTER DOMAIN town.word ADD CHECK (town.trap(1) = 1) NOT VALID;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA town TO PUBLIC;
-- Declared by administrators who are no superusers, and by one who is.
\c - dba
SET search_path = town, pg_catalog;
SELECT count(*) FROM sharing.sync_users('town.people', 'twice', 'name', dry_run => true);
SELECT count(*) FROM sharing.sync_users('town.people', 'twice', 'name');
SELECT count(*) FROM sharing.sync_users('town.more', 'id', 'name');
\c - postgres
SET search_path = town, pg_catalog;
SELECT count(*) FROM sharing.sync_groups('town.teams', 'id', 'name');
SELECT count(*) FROM sharing.sync_members('town.team_members', 'team', "user" => 'user');
-- Triggers of theirs besides, on the tables, and rules.
\c - town
CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON town.teams FOR EACH ROW EXECUTE FUNCTION town.trap();
CREATE TRIGGER zz AFTER INSERT OR UPDATE OR DELETE ON town.teams FOR EACH ROW EXECUTE FUNCTION town.trap();
CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE OR DELETE ON town.team_members DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION town.trap();
CREATE RULE also AS ON UPDATE TO town.team_members DO ALSO SELECT town.trap(1);
\c - app
SET search_path = town, pg_catalog;
INSERT INTO town.people VALUES (3, 1, 'three'), (4, 11, 'four');
UPDATE town.people SET id = id + 10, region = 12 - region WHERE id IN (1, 4);
INSERT INTO town.teams VALUES (2, 'Two');
BEGIN;
INSERT INTO town.team_members VALUES (3, 3), (2, 11);
INSERT INTO town.teams VALUES (3, 'Three');
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE town.team_members SET "user" = 2 WHERE "user" = 3;
COMMIT;
BEGIN;
DELETE FROM town.team_members WHERE team = 1;
DELETE FROM town.teams WHERE id = 1;
COMMIT;
-- Everything anew, by administrators; a role that goes, for which the view is read.
\c - dba
SELECT count(*) FROM sharing.resync();
\c - postgres
SET search_path = town, pg_catalog;
SELECT change, object FROM sharing.resync('town.more');
SELECT change, object FROM sharing.resync();
SELECT change, object FROM sharing.import_config(sharing.export_config());
-- Changes of the tables by their owner, in whose session our triggers act.
\c - town
ALTER TABLE town.people DETACH PARTITION town.people_2;
ALTER TABLE town.people ATTACH PARTITION town.people_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE town.people_3 PARTITION OF town.people FOR VALUES FROM (20) TO (30) PARTITION BY LIST (town.trap_key(region));
ALTER TABLE town.people DISABLE TRIGGER USER;
ALTER TABLE town.people ENABLE TRIGGER USER;
ALTER TABLE town.teams ALTER COLUMN name TYPE varchar(40) USING name || town.trap(1);
DROP TRIGGER sharing_source_insert ON town.teams;
TRUNCATE town.team_members;
\c - postgres
SELECT key, name, active FROM sharing.users WHERE source_id IS NOT NULL OR key ~ '^\d' ORDER BY key;
SELECT key, name FROM sharing.groups WHERE source_id IS NOT NULL ORDER BY key;
SELECT sharing.unsync('town.people'), sharing.unsync('town.teams'), sharing.unsync('town.team_members'), sharing.unsync('town.more') \g /dev/null
SELECT count(*) FROM pg_trigger WHERE tgname ~ '^sharing_source';
SELECT rolsuper AS the_attack_succeeded FROM pg_roles WHERE rolname = 'town';
-- The trap is a real one: it catches a superuser who reads the view himself.
SELECT count(*) >= 0 AS read FROM town.more;
SELECT rolsuper AS caught FROM pg_roles WHERE rolname = 'town';
-- A part of somebody else's, partitioned by an expression of theirs, does not come to belong to a source.
CREATE ROLE village LOGIN;
GRANT CREATE, USAGE ON SCHEMA town TO village;
\c - village
CREATE FUNCTION town.village_key(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''as %'', current_user; RETURN $1; END';
CREATE TABLE town.part (id integer, name text) PARTITION BY LIST (town.village_key(id));
\c - postgres
ALTER ROLE town NOSUPERUSER;
SET ROLE town;
CREATE TABLE town.whole (id integer, name text) PARTITION BY LIST (id);
RESET ROLE;
ALTER TABLE town.whole ATTACH PARTITION town.part DEFAULT;
SELECT sharing.sync_users('town.whole', 'id', 'name');
