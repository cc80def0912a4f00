-- Reading assigns no transaction id, writes nothing, and works in a READ ONLY transaction, the first fill included.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\c - app
BEGIN READ ONLY;
SET LOCAL sharing.user_key = 'mgr';
SELECT test.sees(), sharing.current_user_key(), sharing.current_user_name(), pg_current_xact_id_if_assigned();
SELECT count(*) FROM leads WHERE sharing_internal.may_edit('leads', owner) AND sharing_internal.may_delete('leads', owner);
SET LOCAL sharing.user_key = 'ceo';
SELECT test.sees();
SELECT pg_current_xact_id_if_assigned() IS NULL;
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SET LOCAL sharing.user_key = 'sup1';
SELECT test.sees();
COMMIT;
-- After a change of the configuration, and for a role.
\c - postgres
SELECT sharing.set_user_role('sup1', 'H5') \g /dev/null
\c - rep2_db
SET default_transaction_read_only = on;
BEGIN;
SELECT test.sees(), pg_current_xact_id_if_assigned();
COMMIT;
SELECT sharing.create_role('x');
SELECT sharing.transfer('leads', '{2}', 'user:rep1');
-- In parallel workers.
\c - app
SET sharing.user_key = 'mgr';
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \g /dev/null
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
BEGIN READ ONLY;
SELECT count(*), string_agg(id::text, ' ' ORDER BY id) FROM leads;
SELECT pg_current_xact_id_if_assigned() IS NULL;
COMMIT;
