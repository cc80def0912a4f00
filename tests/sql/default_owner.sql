-- Modules: with default_owner, an INSERT without an owner becomes the caller's own.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:rep1'), sharing.create_user('5', 'five') \g /dev/null
CREATE TABLE records (id integer, owner text, team text);
CREATE TABLE numbered (id integer, owner integer);
CREATE TABLE parted (id integer, owner text) PARTITION BY LIST (id);
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
GRANT ALL ON records, numbered, parted, parted_rest, leads TO app;
SELECT sharing.protect('records', 'owner', owner_group => 'team', default_owner => true),
       sharing.protect('numbered', 'owner', default_owner => true),
       sharing.protect('parted', 'owner', default_owner => true) \g /dev/null
\c - app
SET sharing.user_key = 'rep1';
INSERT INTO records VALUES (1) RETURNING *;
INSERT INTO records VALUES (2, NULL, NULL) RETURNING *;
INSERT INTO records VALUES (3, NULL, 'g') RETURNING *;
INSERT INTO records VALUES (4, 'rep1', 'g') RETURNING *;
INSERT INTO records VALUES (5, 'vp', NULL) RETURNING *;
INSERT INTO parted VALUES (1) RETURNING *, tableoid::regclass;
-- Without it, no owner is nobody's.
INSERT INTO leads (id) VALUES (100);
-- A key that the column cannot hold.
INSERT INTO numbered VALUES (1);
SET sharing.user_key = '5';
INSERT INTO numbered VALUES (1) RETURNING *;
-- Nobody has none; an administrator's are his.
SET sharing.user_key = 'nobody';
INSERT INTO records VALUES (6);
SET sharing.user_key = 'adm';
INSERT INTO records VALUES (7) RETURNING *;
-- UPDATE is not INSERT.
SET sharing.user_key = 'rep1';
UPDATE records SET owner = NULL WHERE id = 1;
-- A sign-in by role, and a superuser who is nobody.
\c - postgres
GRANT INSERT, SELECT ON records TO rep2_db;
INSERT INTO records VALUES (8) RETURNING *;
\c - rep2_db
INSERT INTO records VALUES (9) RETURNING *;
