-- Record sharing between offices: share_record() goes by what its own transaction did to the record, also by the statement that calls it; by its very key; and not in a
-- READ ONLY transaction.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
\c - app
SET sharing.user_key = '2';
BEGIN READ ONLY;
SELECT sharing.share_record('town.places', '1', '3');
ROLLBACK;
SELECT sharing.share_record('town.places', '1', '3');
SELECT sharing.share_record('town.places', '01', '3');
SELECT sharing.share_record('town.near', '2', '3');
SELECT sharing.share_record('town.near', '12', '3');
SELECT sharing.share_record('town.places', '', '3');
-- In one statement with a change of the record, and after changes of the same transaction.
WITH u AS (UPDATE town.places SET kind = 'b' WHERE id = 3 RETURNING id) SELECT sharing.share_record('town.places', '3', '3') FROM u;
WITH u AS (DELETE FROM town.places WHERE id = 4 RETURNING id) SELECT sharing.share_record('town.places', '4', '3') FROM u;
BEGIN; DELETE FROM town.places WHERE id = 5; SAVEPOINT a;
SELECT sharing.share_record('town.places', '5', '3');
ROLLBACK;
BEGIN; UPDATE town.places SET kind='x' WHERE id = 6;
SELECT sharing.share_record('town.places', '6', '3');
COMMIT;
BEGIN; INSERT INTO town.places VALUES (39, 2);
SELECT sharing.share_record('town.places', '39', '3');
COMMIT;
PREPARE p AS SELECT sharing.share_record('town.places', $1, '3');
EXECUTE p('7'); EXECUTE p('8'); EXECUTE p('9'); EXECUTE p('10'); EXECUTE p('11'); EXECUTE p('12');EXECUTE p('999');
\c - postgres
SELECT record_id FROM sharing.shares ORDER BY record_id::int;
