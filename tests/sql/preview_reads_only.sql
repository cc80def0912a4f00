-- Sharing rules: preview_rules() only reads. It works in a READ ONLY transaction and assigns no transaction id, also where it counts details,
-- relations and shares; and a statement's preview is that of its own snapshot.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
\c - app
SET sharing.user_key = '2';
SELECT sharing.share_record('town.places', '1', '3') \g /dev/null
SET sharing.user_key = '1';
SELECT sharing.set_global_access('places', 'public_read_only') \g /dev/null
BEGIN READ ONLY;
SELECT * FROM sharing.preview_rules();
SELECT pg_current_xact_id_if_assigned() IS NULL AS wrote_nothing;
COMMIT;
-- What the transaction itself stages counts from the next statement on.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM sharing.preview_rules();
SELECT sharing.discard_changes();
SELECT count(*) FROM sharing.preview_rules();
ROLLBACK;
SELECT count(*) FROM sharing.preview_rules();
-- Only administrators see it.
SET sharing.user_key = '2';
SELECT * FROM sharing.preview_rules();
