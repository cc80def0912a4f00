-- Temporal keys (PostgreSQL 18): a key WITHOUT OVERLAPS names a record by its period, too, so nothing points at it by one column, and no single record is shared by it.
SELECT pg_catalog.current_setting('server_version_num')::integer < 180000 AS older \gset
\if :older
\echo SKIPPED: sql/temporal_keys: it is about PostgreSQL 18
\quit
\endif
CREATE ROLE app LOGIN;
CREATE EXTENSION btree_gist;
SELECT sharing.trust('app'), sharing.create_user('1', 'ann'), sharing.create_user('2', 'bob') \g /dev/null
CREATE TABLE rates (id integer, valid daterange, owner integer, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
INSERT INTO rates VALUES (1, '[2026-01-01,2026-02-01)', 1), (1, '[2026-02-01,2026-03-01)', 2), (2, '[2026-01-01,2026-03-01)', 2);
CREATE TABLE bookings (id integer PRIMARY KEY, rate integer, during daterange, owner integer, FOREIGN KEY (rate, PERIOD during) REFERENCES rates (id, PERIOD valid));
INSERT INTO bookings VALUES (1, 1, '[2026-01-10,2026-01-12)'), (2, 1, '[2026-01-30,2026-02-02)'), (3, 2, '[2026-01-10,2026-01-12)');
GRANT SELECT, UPDATE, DELETE ON rates, bookings TO app;
SELECT sharing.protect('rates', 'owner') \g /dev/null
SELECT sharing.protect('bookings', controlled_by => 'rates', via => 'rate');
SELECT sharing.protect('bookings', 'owner') \g /dev/null
SELECT sharing.relate('bookings', 'rate', 'rates');
SELECT sharing.share_record('rates', '1', '2');
\c - app
SET sharing.user_key = '1';
SELECT id, valid, owner FROM rates ORDER BY id, valid;
UPDATE rates SET valid = '[2026-01-01,2026-01-31)' WHERE id = 1;
-- Whose period is taken shows by the constraint, as a key that is taken does by any.
UPDATE rates SET valid = '[2026-01-01,2026-02-15)' WHERE id = 1;
DELETE FROM rates;
\c - postgres
SELECT id, valid, owner FROM rates ORDER BY id, valid;
