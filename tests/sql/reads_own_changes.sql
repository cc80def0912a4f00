-- Functions that only read see what their transaction has changed before, and what it rolled back no more.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
BEGIN;
SELECT sharing.add_rule('leads', 'role:H7', 'role:H5', 'read_only') > 0 AS added;
SELECT change FROM sharing.pending_changes();
SAVEPOINT s;
SELECT sharing.set_global_access('clients', 'public_read_only');
SELECT change FROM sharing.pending_changes();
ROLLBACK TO s;
SELECT change FROM sharing.pending_changes();
-- In one statement of a function, too.
DO $$
BEGIN
    PERFORM sharing.set_global_access('clients', 'public_read_only');
    RAISE NOTICE '% pending', (SELECT count(*) FROM sharing.pending_changes());
END
$$;
ROLLBACK;
SELECT count(*) FROM sharing.pending_changes();
\c - app
BEGIN;
SET LOCAL sharing.user_key = 'ann';
SELECT sharing.request_link('Los Angeles', 'liz') AS link \gset
SELECT office, user_name, status FROM sharing.my_receivers();
SET LOCAL sharing.user_key = 'liz';
SELECT from_office, from_user FROM sharing.pending_links();
SELECT sharing.accept_links(ARRAY[:link]);
SET LOCAL sharing.user_key = 'ann';
SELECT sharing.share_record('clients', '1', 'liz');
SELECT module, record_id, access FROM sharing.shared_records(:link);
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL sharing.user_key = 'ann';
SELECT count(*) FROM sharing.my_receivers();
SELECT sharing.unshare_record('clients', '1', 'liz');
SELECT count(*) FROM sharing.shared_records(:link);
ROLLBACK;
