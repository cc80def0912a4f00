-- A share names its record by a key: while nothing makes that column one, as between dropping its unique index and making it again, shares open nothing.
\set VERBOSITY terse
CREATE ROLE u2 LOGIN;
SELECT sharing.create_office('A'), sharing.create_office('B') \g /dev/null
SELECT sharing.create_user('1', 'ann', office => 'A'), sharing.create_user('2', 'ben', office => 'B', db_role => 'u2') \g /dev/null
CREATE TABLE leads (id integer PRIMARY KEY, owner integer, t text);
INSERT INTO leads VALUES (1, 1, 'shared'), (2, 1, 'not shared');
CREATE TABLE parts (id integer PRIMARY KEY, owner integer, t text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
INSERT INTO parts SELECT * FROM leads;
GRANT SELECT, UPDATE ON leads, parts TO u2;
SELECT sharing.protect('leads', 'owner'), sharing.protect('parts', 'owner') \g /dev/null
INSERT INTO sharing.user_rights SELECT id, 'record_sharing' FROM sharing.users;
INSERT INTO sharing.links (from_user_id, to_user_id, status) SELECT a.id, b.id, 'active' FROM sharing.users a, sharing.users b WHERE a.key = '1' AND b.key = '2';
INSERT INTO sharing.shares SELECT l.id, m.id, '1', 'edit' FROM sharing.links l, sharing.modules m;
INSERT INTO sharing.shared_modules SELECT id FROM sharing.modules;
\c - u2
SELECT id, t FROM leads ORDER BY t;
SELECT id, t FROM parts ORDER BY t;
\c - postgres
ALTER TABLE leads DROP CONSTRAINT leads_pkey;
ALTER TABLE parts DROP CONSTRAINT parts_pkey;
INSERT INTO parts VALUES (1, 1, 'the same key');
\c - u2
SELECT id, t FROM leads ORDER BY t;
SELECT id, t FROM parts ORDER BY t;
UPDATE parts SET t = t WHERE t = 'the same key' RETURNING *;
SET enable_seqscan = off;
SELECT id, t FROM leads WHERE id = 1 ORDER BY t;
\c - postgres
-- An index that is unique by another idea of equality, deferrable or partial is none.
ALTER TABLE leads ADD CONSTRAINT later UNIQUE (id) DEFERRABLE;
CREATE UNIQUE INDEX ON leads (id) WHERE id > 0;
\c - u2
SELECT id, t FROM leads ORDER BY t;
\c - postgres
ALTER TABLE leads ADD PRIMARY KEY (id);
\c - u2
SELECT id, t FROM leads ORDER BY t;
