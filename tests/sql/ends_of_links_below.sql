-- A link that ends takes the details of what was shared over it along, also in a transaction that keeps its snapshot, where the parents that were found are remembered.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE calls (id integer PRIMARY KEY, client_id integer);
INSERT INTO calls SELECT n, 1 + n % 6 FROM generate_series(1, 600) n;
CREATE INDEX ON calls (client_id);
ANALYZE calls;
GRANT SELECT ON calls TO PUBLIC;
SELECT sharing.protect('calls', controlled_by => 'clients', via => 'client_id') \g /dev/null
\c - app
SELECT test.link('ann', 'liz') AS link \gset
SET sharing.user_key = 'ann';
SELECT sharing.share_record('clients', 1, 'liz', 'read');
\c - postgres
UPDATE sharing.links SET until = clock_timestamp() + interval '3 seconds';
\c - app
SET sharing.user_key = 'liz';
-- By keys of parents, by looking each up, and while they are counted for the planner.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM calls WHERE client_id = 1;
SET LOCAL enable_seqscan = off;
SELECT count(*) FROM calls WHERE client_id = 1;
SELECT count(*) FROM clients WHERE id = 1;
SELECT pg_sleep(3.5) \g /dev/null
SELECT count(*) FROM clients WHERE id = 1;
SELECT count(*) FROM calls WHERE client_id = 1;
SET LOCAL enable_seqscan = on;
SELECT count(*) FROM calls WHERE client_id = 1;
COMMIT;
