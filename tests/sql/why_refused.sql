-- Who and why: whom they tell what. Everybody asks about themselves, administrators about anybody; what is hidden is answered as what does not exist; bad
-- tables, keys and users.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\pset null '<null>'
SET ROLE crm;
CREATE TABLE open_table (id integer PRIMARY KEY, owner text);
CREATE TABLE keyless (id integer, day date, owner text, PRIMARY KEY (id, day));
CREATE TABLE key_moved (id integer PRIMARY KEY, owner text);
CREATE VIEW leads_view AS SELECT * FROM leads;
CREATE TABLE broken (id integer PRIMARY KEY, owner text);
INSERT INTO keyless VALUES (1, '2026-01-01', 'rep1');
INSERT INTO key_moved VALUES (1, 'rep1');
RESET ROLE;
SELECT count(*) FROM sharing.protect('keyless', owner => 'owner') \g /dev/null
SELECT count(*) FROM sharing.protect('key_moved', owner => 'owner') \g /dev/null
SELECT count(*) FROM sharing.protect('broken', owner => 'owner') \g /dev/null
ALTER TABLE key_moved DROP CONSTRAINT key_moved_pkey;
SET client_min_messages = error;
ALTER TABLE broken DROP COLUMN owner CASCADE;
RESET client_min_messages;
SELECT sharing.set_global_access('leads', 'private'), sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only'), sharing.apply_rules(), sharing.deactivate_user('rep2') \g /dev/null
GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;

-- A superuser who is nobody: as far as sharing decides, that is nothing.
SELECT sharing.access_to('leads', 1), count(*) FROM sharing.explain('leads', 1);
SELECT sharing.access_to('leads', 1, 'mgr'), sharing.access_to('leads', 2, 'rep2') AS inactive;
SELECT count(*) FROM sharing.explain('leads', 2, 'rep2');
SELECT user_key FROM sharing.who_can('leads', 2);
SELECT sharing.access_to('leads', 1, 'no such');
SELECT sharing.access_to('leads', 1, 'MGR');
SELECT * FROM sharing.explain('leads', 99, 'no such');
SELECT * FROM sharing.who_can('leads', 1, 'none');
SELECT sharing.access_to('no_such_table', 1);
SELECT sharing.access_to(0::regclass, 1, 'mgr');
SELECT sharing.access_to('open_table', 1, 'mgr');
SELECT * FROM sharing.explain('open_table', 1, 'mgr');
SELECT * FROM sharing.who_can('open_table', 1);
SELECT * FROM sharing.access_levels('open_table', '{1}');
SELECT sharing.access_to('leads_view', 1, 'mgr');
SELECT sharing.access_to('sharing.users', 1, 'mgr');
SELECT sharing.access_to('pg_class', 1, 'mgr');
SELECT sharing.access_to('keyless', 1, 'mgr');
SELECT * FROM sharing.explain('keyless', '{"id": 1, "day": "2026-01-01"}', 'mgr');
SELECT sharing.access_to('key_moved', 1, 'mgr');
SELECT sharing.access_to('broken', 1, 'mgr');
-- NULL: who asks without saying about whom, asks about themselves.
SELECT sharing.access_to(NULL, '1');
SELECT sharing.access_to('leads', NULL::text);
SELECT sharing.access_to('leads', '1', NULL);
SELECT * FROM sharing.explain(NULL, '1');
SELECT * FROM sharing.explain('leads', NULL::bigint);
SELECT * FROM sharing.who_can('leads', 1, NULL);
SELECT * FROM sharing.who_can('leads', NULL::uuid);
SELECT * FROM sharing.access_levels('leads', NULL::text[]);
SELECT * FROM sharing.access_levels('leads', '{1,NULL}');
SELECT * FROM sharing.access_levels(NULL, '{1}');
SELECT call, left(test.outcome('SELECT ' || call), 5) AS sqlstate FROM unnest(ARRAY['sharing.access_to(NULL, 1)', 'sharing.access_to(''leads'', 1, ''no such'')', 'sharing.access_to(''open_table'', 1, ''mgr'')',
    'sharing.access_to(''leads_view'', 1, ''mgr'')', 'sharing.access_to(''keyless'', 1, ''mgr'')', 'sharing.access_to(''key_moved'', 1, ''mgr'')', 'sharing.access_to(''broken'', 1, ''mgr'')',
    'sharing.who_can(''leads'', 1, ''none'')']) call;
-- Keys are exact text.
SELECT key, sharing.access_to('leads', key, 'mgr') FROM unnest('{1, 01,+1,1.0,"1 ","",99999999999999999999,-1,x,1}'::text[]) key;

-- What a user is told of a record that they see, and of one that they do not: nothing, as of one that is not there.
\c - app
\pset null '<null>'
SET sharing.user_key = 'sup1';
SELECT access, reason, via, detail FROM sharing.explain('leads', 1);
SELECT * FROM sharing.explain('leads', 5);
SELECT * FROM sharing.explain('leads', 77);
SELECT sharing.access_to('leads', 1) AS seen, sharing.access_to('leads', 5) AS hidden, sharing.access_to('leads', 77) AS absent, sharing.access_to('leads', 'x') AS no_key;
SELECT sharing.access_to('leads', 1, 'sup1') AS oneself;
-- Nobody but an administrator asks about others, whether these exist or not, and the table is not looked at before.
SELECT sharing.access_to('leads', 1, 'sup2');
SELECT sharing.access_to('leads', 1, 'no such');
SELECT sharing.access_to('open_table', 1, 'no such');
SELECT * FROM sharing.explain('leads', 1, 'rep1');
SELECT * FROM sharing.who_can('leads', 1);
SELECT * FROM sharing.who_can('leads', 77);
SELECT * FROM sharing.who_can('open_table', 77);
SET sharing.user_key = 'adm';
SELECT sharing.access_to('leads', 1, 'sup2'), count(*) FROM sharing.who_can('leads', 1);
SET sharing.user_key = 'rep2';
SELECT sharing.access_to('leads', 2), count(*) FROM sharing.explain('leads', 2);
SELECT sharing.access_to('leads', 2, 'rep2');
\c - stranger
SELECT sharing.access_to('leads', 1), count(*) FROM sharing.explain('leads', 1);
SELECT sharing.access_to('leads', 1, 'stranger');
SELECT * FROM sharing.access_levels('leads', '{1,77}');
SELECT * FROM sharing.who_can('leads', 1);
\c - postgres
SELECT sharing.grant_admin('stranger') \g /dev/null
\c - stranger
SELECT sharing.access_to('leads', 1, 'sup2'), (SELECT string_agg(user_key, ' ' ORDER BY user_key) FROM sharing.who_can('leads', 1));
-- By the identity with which the statement began: also in a cursor. (The library was loaded before.)
\c - app
SET sharing.user_key = 'sup1';
SELECT sharing.current_user_key();
BEGIN;
DECLARE mine CURSOR FOR SELECT l.id, sharing.access_to('leads', l.id), sharing.access_to('leads', l.id::text) FROM generate_series(1, 3) l (id);
SET LOCAL sharing.user_key = 'mgr';
FETCH mine;
DECLARE lines CURSOR FOR SELECT reason FROM sharing.explain('leads', '1');
SET LOCAL sharing.user_key = '';
FETCH lines;
COMMIT;
-- They only read: in READ ONLY transactions, by the snapshot of the statement, without a transaction id.
BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ;
SET LOCAL sharing.user_key = 'adm';
SELECT sharing.access_to('leads', 1, 'sup1'), (SELECT count(*) FROM sharing.explain('leads', 1, 'sup1')), (SELECT count(*) FROM sharing.who_can('leads', 1)),
    (SELECT access FROM sharing.access_levels('leads', '{1}'));
SELECT pg_current_xact_id_if_assigned();
COMMIT;
-- In a parallel plan, too.
SET sharing.user_key = 'sup1';
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name = ANY ('{force_parallel_mode,debug_parallel_query}');
SELECT id, sharing.access_to('leads', id) FROM generate_series(1, 3) id;
SELECT id, sharing.access_to('leads', id), (SELECT count(*) FROM sharing.explain('leads', id)) FROM leads ORDER BY id;
-- What a table's owner hung on it does not run as anybody else, and what is not leakproof sees no record: they read by direct scans.
\c - crm
CREATE FUNCTION loud(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE NOTICE 'as %', current_user; RETURN $1; END$$;
CREATE TABLE trap (id integer PRIMARY KEY, owner text);
INSERT INTO trap VALUES (1, 'rep1'), (2, 'sup1');
SET client_min_messages = warning;
CREATE INDEX ON trap ((loud(id)));
\c - postgres
SELECT count(*) FROM sharing.protect('trap', owner => 'owner') \g /dev/null
SELECT sharing.access_to('trap', 1, 'mgr'), (SELECT count(*) FROM sharing.explain('trap', 1, 'mgr')), (SELECT count(*) FROM sharing.who_can('trap', 1));
