-- The library meets tables of another version: 55000 with what mends it, never a row too many, and what does not concern protected tables goes on.
\getenv tests PG_ABS_SRCDIR
\set VERBOSITY default
CREATE ROLE vm_app LOGIN;
CREATE ROLE vm_owner LOGIN;
CREATE ROLE vm_bypass LOGIN BYPASSRLS;
CREATE SCHEMA work AUTHORIZATION vm_owner;
GRANT USAGE ON SCHEMA work TO vm_app, vm_bypass;
SET SESSION AUTHORIZATION vm_owner;
CREATE TABLE work.leads (id integer PRIMARY KEY, owner integer, title text);
CREATE TABLE work.parts (id integer, owner integer) PARTITION BY LIST (id);
CREATE TABLE work.others (id integer);
INSERT INTO work.leads VALUES (1, 1, 'of one'), (2, 2, 'of two');
GRANT SELECT, INSERT, UPDATE, DELETE ON work.leads, work.parts, work.others TO vm_app, vm_bypass;
RESET SESSION AUTHORIZATION;
SELECT sharing.create_user('1', 'one'), sharing.create_user('2', 'two'), sharing.trust('vm_app');
DO $$ BEGIN PERFORM sharing.protect('work.leads', 'owner'), sharing.protect('work.parts', 'owner'); END $$;

-- What a worker of a parallel plan alone comes upon: a call within a function.
CREATE TABLE work.many AS SELECT n AS id FROM generate_series(1, 1000) n;
CREATE FUNCTION work.asks(integer) RETURNS boolean PARALLEL SAFE COST 1000 LANGUAGE plpgsql AS $$BEGIN RETURN sharing_internal.may_read('work.leads'::regclass, $1); END$$;
GRANT SELECT ON work.many TO vm_app;
ALTER ROLE vm_app SET parallel_setup_cost = 0;
ALTER ROLE vm_app SET parallel_tuple_cost = 0;
ALTER ROLE vm_app SET min_parallel_table_scan_size = 0;
ALTER ROLE vm_app SET parallel_leader_participation = off;

-- The same versions.
\c - vm_app
SET sharing.user_key = '1';
SELECT id FROM work.leads ORDER BY id;
EXPLAIN (COSTS OFF) SELECT count(*) FROM work.many WHERE work.asks(id);
SELECT count(*) FROM work.many WHERE work.asks(id);

-- Tables of an older version. Whoever is held by row security reads and writes nothing, whatever the plan.
\c - postgres
UPDATE pg_extension SET extversion = '0.0.9' WHERE extname = 'pg_sharing';
\c - vm_app
SET sharing.user_key = '1';
SELECT id FROM work.leads ORDER BY id;
EXPLAIN (COSTS OFF) SELECT id FROM work.leads;
INSERT INTO work.leads VALUES (3, 1, 'new');
UPDATE work.leads SET title = 'changed';
DELETE FROM work.leads;
SELECT sharing.whoami();
SELECT sharing_internal.may_read('work.leads'::regclass, 2);
SELECT count(*) FROM work.many WHERE work.asks(id);
PREPARE p AS SELECT id FROM work.leads;
EXECUTE p;
-- What is not protected is as ever.
SELECT count(*) FROM work.others;
\c - vm_owner
SELECT id FROM work.leads ORDER BY id;
CREATE TABLE work.fresh (id integer);
ALTER TABLE work.fresh ADD COLUMN more text;
DROP TABLE work.fresh;
-- A partition that nobody would protect, a change of what protects, and a table whose module would stay.
CREATE TABLE work.part PARTITION OF work.parts FOR VALUES IN (1);
CREATE TABLE work.heir () INHERITS (work.leads);
CREATE TABLE work.later (id integer, owner integer);
ALTER TABLE work.parts ATTACH PARTITION work.later FOR VALUES IN (2);
DROP POLICY sharing_select ON work.leads;
ALTER POLICY sharing_select ON work.leads USING (true);
DROP TABLE work.leads;
DROP SCHEMA work CASCADE;
-- Settings of a restore open nothing to who is no superuser.
SET row_security = off;
SELECT set_config('search_path', '', false);
ALTER TABLE work.parts ATTACH PARTITION work.later FOR VALUES IN (2);

-- Superusers, and roles that row security does not hold, read and change records.
\c - vm_bypass
SELECT id FROM work.leads ORDER BY id;
UPDATE work.leads SET owner = 1 WHERE id = 2;
SELECT id, owner FROM work.leads ORDER BY id;
\c - postgres
UPDATE work.leads SET owner = 2 WHERE id = 2;
SELECT id, owner FROM work.leads ORDER BY id;
-- Not what would let shares outlive their records, nor what could not be recorded.
DELETE FROM work.leads WHERE id = 2;
UPDATE sharing.users SET name = 'x';
SELECT sharing.create_user('3', 'three');
SELECT sharing.protect('work.others', 'id');
-- A restore goes on.
BEGIN;
SET LOCAL row_security = off;
SELECT set_config('search_path', '', true);
ALTER TABLE work.parts ATTACH PARTITION work.later FOR VALUES IN (2);
CREATE POLICY p ON work.leads USING (true);
COPY sharing.roles (name) FROM stdin;
restored
\.
ROLLBACK;

-- Tables of a newer version, and of one that is no number.
UPDATE pg_extension SET extversion = '99.0.0' WHERE extname = 'pg_sharing';
\c - vm_app
SELECT id FROM work.leads;
\c - postgres
UPDATE pg_extension SET extversion = 'next' WHERE extname = 'pg_sharing';
\c - vm_app
SELECT id FROM work.leads;

-- The right version again: everything is as it was, and nothing was lost.
\c - postgres
UPDATE pg_extension SET extversion = '0.2.0' WHERE extname = 'pg_sharing';
\c - vm_app
SET sharing.user_key = '1';
SELECT id FROM work.leads ORDER BY id;

-- The extension can be dropped under any version. Its policies went with it, and row security stays on.
\c - postgres
UPDATE pg_extension SET extversion = '99.0.0' WHERE extname = 'pg_sharing';
\c - postgres
SET client_min_messages = warning;
DROP EXTENSION pg_sharing CASCADE;
\c - vm_app
SELECT id FROM work.leads;
