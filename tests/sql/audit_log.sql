-- Administration and safety: the audit log tells every change of the configuration: who, by which function, what it was and what it became.
\pset null '-'
\set log 'SELECT db_role, identity, "function", object, before, after FROM sharing.audit_log WHERE id > :seen ORDER BY id; SELECT coalesce(max(id), 0) AS seen FROM sharing.audit_entries'
CREATE ROLE owner_of_tables;
CREATE ROLE app LOGIN;
CREATE ROLE dba LOGIN;
CREATE ROLE somebody LOGIN;
CREATE ROLE "Bob" LOGIN;
GRANT CREATE, USAGE ON SCHEMA public TO owner_of_tables;
SELECT 0 AS seen \gset

-- One row for each object, with names; the installation is no change.
SELECT sharing.create_office('Boston'), sharing.create_office('Back Bay', 'Boston', true) \g /dev/null
SELECT sharing.create_role('Manager'), sharing.create_role('Sales Rep', 'Manager') \g /dev/null
SELECT sharing.create_user('42', 'alice', 'Sales Rep', 'Boston', '"Bob"'), sharing.create_user('7', 'carol') \g /dev/null
SELECT sharing.create_group('g1', 'Inside Sales', 'Boston'), sharing.create_group('g2', 'Everybody') \g /dev/null
SELECT sharing.add_member('Inside Sales', 'user:42'), sharing.add_member('Inside Sales', 'role_and_subordinates:Manager'),
       sharing.add_member('Everybody', 'group:Inside Sales'), sharing.add_member('Everybody', 'role:Manager') \g /dev/null
SELECT sharing.grant_right('7', 'administrator'), sharing.trust('app'), sharing.grant_admin('dba') \g /dev/null
:log \gset

-- Partitioned, so that there are several tables; the owner of the tables adds one, and drops it.
SET ROLE owner_of_tables;
CREATE TABLE leads (id int PRIMARY KEY, owner_id int) PARTITION BY RANGE (id);
CREATE TABLE leads_1 PARTITION OF leads FOR VALUES FROM (0) TO (10);
RESET ROLE;
SELECT count(*) > 0 AS protected FROM sharing.protect('leads', 'owner_id', dry_run => true);
SELECT count(*) > 0 AS protected FROM sharing.protect('leads', 'owner_id');
SET ROLE owner_of_tables;
CREATE TABLE leads_2 PARTITION OF leads FOR VALUES FROM (10) TO (20);
DROP TABLE leads_2;
RESET ROLE;
:log \gset

-- A user who administers, through an application that is trusted.
\c - app
SET sharing.user_key = '7';
SELECT sharing.add_rule('leads', 'role:Sales Rep', 'group:Inside Sales', 'read_only') AS rule \gset
SELECT sharing.set_global_access('leads', 'public_read_only') \g /dev/null
SELECT sharing.apply_rules();
SELECT sharing.alter_rule(:rule, 'read_write') \g /dev/null
SELECT sharing.discard_changes();
-- Also what he does away with: himself.
SELECT sharing.set_user_role('42', 'Manager'), sharing.revoke_right('7', 'administrator') \g /dev/null
-- No longer an administrator.
SELECT * FROM sharing.audit_log;
\c - dba
SELECT sharing.rename_role('Sales Rep', 'Representative'), sharing.grant_right('7', 'administrator') \g /dev/null
-- He may read the table, too, and change nothing.
:log \gset
INSERT INTO sharing.audit_entries (db_role, object) VALUES ('postgres', 'nothing');
DELETE FROM sharing.audit_entries;
SELECT nextval('sharing.audit_entries_id_seq');

-- A user known by his database role, with no privilege at all, reads and writes it by his right.
\c - postgres
SELECT sharing.grant_right('42', 'administrator') \g /dev/null
\c - "Bob"
SELECT sharing.set_user_db_role('42', NULL) \g /dev/null
SELECT count(*) FROM sharing.audit_log;
\c - app
SET sharing.user_key = '7';
SELECT db_role, identity, "function", object, before, after FROM sharing.audit_log ORDER BY id DESC LIMIT 2;
-- Nobody else: not by the view, its function, or its table; not by a key that is not trusted; not after SET ROLE.
\c - somebody
SELECT count(*) FROM sharing.audit_log;
SET sharing.user_key = '7';
SELECT count(*) FROM sharing.audit_log;
SELECT count(*) FROM sharing_internal.read_audit_log();
SELECT count(*) FROM sharing.audit_entries;
SELECT sharing.create_role('Mine');
-- A filter of his own sees no row either.
CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$BEGIN RAISE NOTICE 'leaked %', $1; RETURN true; END$$;
SELECT count(*) FROM sharing.audit_log WHERE pg_temp.leak(object);
-- Whoever may not use its functions as triggers cannot write with them.
CREATE TEMP TABLE users (id int);
CREATE TRIGGER forge AFTER INSERT ON users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
SELECT sharing_internal.record_change();
\c - postgres
SELECT coalesce(max(id), 0) AS seen FROM sharing.audit_entries \gset
CREATE TEMP TABLE users (id int);
CREATE TRIGGER forge AFTER INSERT ON users REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.record_change();
INSERT INTO users VALUES (1);
DROP TABLE users;
SET ROLE somebody;
SELECT count(*) FROM sharing.audit_log;
RESET ROLE;

-- By hand: no function. Several rows at once; keys that change; names that are not there.
INSERT INTO sharing.offices (name) VALUES ('Denver'), ('Austin');
UPDATE sharing.offices SET security = true WHERE name IN ('Denver', 'Boston');
INSERT INTO sharing.offices (name) VALUES ('Denver'), ('El Paso') ON CONFLICT (name) DO UPDATE SET parent_id = -1;
UPDATE sharing.user_rights SET "right" = 'super_user' WHERE user_id = (SELECT id FROM sharing.users WHERE key = '42');
UPDATE sharing.group_members SET subordinates = false WHERE subordinates;
DELETE FROM sharing.offices WHERE name IN ('Denver', 'Austin', 'El Paso');
TRUNCATE sharing.user_rights;
COPY sharing.offices (name, security) FROM STDIN;
Fargo	f
\.
:log \gset
-- An error does not leave its function behind.
SELECT sharing.create_role('Manager');
DO $$BEGIN PERFORM sharing.create_role('Manager'); EXCEPTION WHEN duplicate_object THEN NULL; END$$;
SELECT sharing.protect('leads', 'owner_id');
DELETE FROM sharing.offices WHERE name = 'Fargo';
:log \gset

-- What changes nothing is not told.
UPDATE sharing.roles SET name = name;
UPDATE sharing.offices SET security = security, parent_id = parent_id;
DELETE FROM sharing.offices WHERE false;
SELECT sharing.set_user_role('42', 'Manager'), sharing.set_office_security('Boston', true), sharing.move_role('Manager', NULL),
       sharing.activate_user('42'), sharing.trust('app'), sharing.grant_admin('dba'), sharing.set_global_access('leads', 'public_read_only') \g /dev/null
SELECT sharing.set_user_db_role('42', 'somebody') \g /dev/null
SELECT sharing.set_user_db_role('42', 'somebody') \g /dev/null
SELECT sharing.set_user_db_role('42', '"Bob"') \g /dev/null
SELECT sharing.set_user_db_role('42', NULL), sharing.set_user_db_role('42', NULL) \g /dev/null
-- Nor what is rolled back, wholly or in part.
BEGIN;
SELECT sharing.create_role('Ghost') \g /dev/null
SAVEPOINT s;
SELECT sharing.create_role('Ghost of a ghost') \g /dev/null
ROLLBACK TO s;
SELECT object FROM sharing.audit_log WHERE object LIKE '%Ghost%';
ROLLBACK;
-- Nor what replication brings: it was told where it was done.
SET session_replication_role = replica;
INSERT INTO sharing.offices (name) VALUES ('Elsewhere');
RESET session_replication_role;
-- Nor what a dump brings back: its log comes with it.
SELECT set_config('search_path', '', false); SET row_security = off;
INSERT INTO sharing.offices (name) VALUES ('Restored');
COPY sharing.offices (name, security) FROM STDIN;
Restored too	f
\.
-- But what is done by function is told, and what is changed, whatever the settings; and one of the settings is not enough.
SELECT sharing.create_office('By function');
DELETE FROM sharing.offices WHERE name = 'Restored too';
RESET row_security;
INSERT INTO sharing.offices (name) VALUES ('Searching nowhere');
RESET search_path; SET row_security = off;
INSERT INTO sharing.offices (name) VALUES ('Without filters');
RESET row_security;
:log \gset

-- What goes with something is told by its name.
SELECT sharing.add_rule('leads', 'role:Manager', 'role_and_subordinates:Representative', 'read_only', superiors => true) \g /dev/null
SELECT sharing.drop_group('Everybody') \g /dev/null
SELECT sharing.grant_right('7', 'super_user'), sharing.set_user_db_role('7', 'somebody'), sharing.drop_user('7') \g /dev/null
SELECT sharing.revoke_admin('dba'), sharing.untrust('app') \g /dev/null
SET ROLE owner_of_tables;
DROP TABLE leads;
RESET ROLE;
:log \gset
CREATE TABLE quotes (id int, owner_id int);
SELECT count(*) > 0 AS protected FROM sharing.protect('quotes', 'owner_id');
SELECT sharing.add_rule('quotes', 'role:Manager', 'role:Representative', 'read_only') \g /dev/null
SELECT count(*) > 0 AS unprotected FROM sharing.unprotect('quotes');
:log \gset

-- An import is told object by object, as its caller's.
SELECT sharing.create_user('8', 'dora', 'Manager', 'Boston', 'somebody'), sharing.grant_right('8', 'administrator'), sharing.add_member('Inside Sales', 'user:8') \g /dev/null
CREATE TABLE orders (id int, owner_id int);
SELECT coalesce(max(id), 0) AS seen FROM sharing.audit_entries \gset
SET ROLE somebody;
SELECT change, object FROM sharing.import_config('{"version": 1,
    "roles": [{"name": "Manager"}, {"name": "Representative", "parent": "Manager"}, {"name": "Trainee", "parent": "Representative"}],
    "users": [{"key": "42", "name": "alice", "role": "Trainee", "office": "Boston"}],
    "groups": [{"key": "g1", "name": "Inside Sales", "office": "Boston", "members": ["user:42", "role:Trainee"]}]}');
RESET ROLE;
SELECT change, object FROM sharing.import_config('{"version": 1, "modules": [{"name": "orders", "table": "public.orders", "owner": "owner_id"}],
    "rules": [{"module": "orders", "owned_by": "role:Trainee", "shared_with": "group:Inside Sales", "access": "read_only"}]}', apply => true);
SELECT change, object FROM sharing.import_config('{"version": 1, "modules": [], "rules": []}', apply => true);
:log \gset

-- It only grows.
UPDATE sharing.audit_entries SET db_role = 'somebody else';
DELETE FROM sharing.audit_entries;
TRUNCATE sharing.audit_entries;
SET session_replication_role = replica;
DELETE FROM sharing.audit_entries;
RESET session_replication_role;
DELETE FROM sharing.audit_log;
INSERT INTO sharing.audit_log (object) VALUES ('nothing');
-- The clock goes on, also within a transaction; and more than a page is read in order.
SELECT bool_and(changed_at BETWEEN now() - interval '1 hour' AND clock_timestamp()) AS recent FROM sharing.audit_log;
INSERT INTO sharing.offices (name) SELECT 'Office ' || n FROM generate_series(1, 2500) n;
SELECT count(*) - (SELECT count(*) FROM sharing.audit_entries) AS missing, count(*) - count(DISTINCT id) AS twice FROM sharing.audit_log;
SELECT bool_and(in_order) FROM (SELECT id > lag(id, 1, 0::bigint) OVER () AS in_order FROM sharing.audit_log) l;
-- Every table of the configuration is watched.
SELECT c.relname, count(t.oid) FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgfoid = 'sharing_internal.record_change'::regproc
WHERE c.relnamespace = 'sharing'::regnamespace AND c.relkind = 'r' GROUP BY 1 ORDER BY 2, c.relname;
