-- Commands on a protected table: changing the owner or group column takes full access to the record as it was, and edit as it is.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:sup1'), sharing.create_group('h', 'H') \g /dev/null
CREATE TABLE records (id integer PRIMARY KEY, owner text, team text, title text);
INSERT INTO records VALUES (1, 'rep1', NULL), (2, NULL, 'g'), (3, 'rep1', 'g'), (4, 'sup2', NULL);
GRANT ALL ON records TO app;
SELECT sharing.protect('records', 'owner', owner_group => 'team') \g /dev/null
-- H7 may change what rep1 owns.
SELECT sharing.add_rule('records', 'role:H5', 'role:H7', 'read_write'), sharing.apply_rules() \g /dev/null
\c - app
SELECT person, assignment, left(test.outcome_for(person, 'UPDATE records SET ' || assignment), 5) AS outcome
FROM unnest('{rep1,mgr,sup1,sup2,adm}'::text[]) WITH ORDINALITY p (person, n),
     unnest(ARRAY['title = ''x'' WHERE id = 1', 'owner = ''sup2'' WHERE id = 1', 'owner = ''rep2'' WHERE id = 1', 'team = ''g'' WHERE id = 1',
         'owner = NULL, team = ''g'' WHERE id = 1', 'team = ''h'' WHERE id = 2', 'owner = ''sup1'' WHERE id = 2', 'owner = ''sup1'' WHERE id = 3',
         'team = NULL WHERE id = 3', 'owner = ''sup2'', team = NULL WHERE id = 3', 'owner = owner, team = team']) WITH ORDINALITY a (assignment, m)
ORDER BY n, m;
-- The change may come about in other ways than SET: by a trigger, whatever its name, and by whatever the check is deceived.
\c - crm
CREATE TABLE tricked (id integer PRIMARY KEY, owner text, note text);
INSERT INTO tricked VALUES (1, 'rep1');
GRANT ALL ON tricked TO app;
CREATE FUNCTION grab() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.owner := NEW.note; RETURN NEW; END$$;
\c - postgres
SELECT sharing.protect('tricked', 'owner') \g /dev/null
SELECT sharing.add_rule('tricked', 'role:H5', 'role:H7', 'read_write'), sharing.apply_rules() \g /dev/null
CREATE TRIGGER aaa BEFORE UPDATE ON tricked FOR EACH ROW EXECUTE FUNCTION grab();
\c - app
SET sharing.user_key = 'sup1';
UPDATE tricked SET note = 'sup1';
\c - postgres
DROP TRIGGER aaa ON tricked;
CREATE TRIGGER zzzz BEFORE UPDATE ON tricked FOR EACH ROW EXECUTE FUNCTION grab();
\c - app
SET sharing.user_key = 'sup1';
UPDATE tricked SET note = 'sup1';
UPDATE tricked SET owner = 'sup1', note = 'sup1';
INSERT INTO tricked VALUES (1, 'sup1', 'sup1') ON CONFLICT (id) DO UPDATE SET note = 'sup1';
-- A trigger that puts the owner back leaves nothing changed.
UPDATE tricked SET note = 'rep1';
SET sharing.user_key = 'rep1';
UPDATE tricked SET note = 'rep1' RETURNING *;
-- BEFORE INSERT triggers and defaults: the row as it is stored counts.
\c - postgres
DROP TRIGGER zzzz ON tricked;
CREATE TRIGGER zzzz BEFORE INSERT ON tricked FOR EACH ROW EXECUTE FUNCTION grab();
\c - app
SET sharing.user_key = 'sup1';
INSERT INTO tricked VALUES (2, 'sup1', 'vp');
INSERT INTO tricked VALUES (2, 'vp', 'sup1') RETURNING *;
\c - crm
CREATE TABLE defaulted (id integer, owner text DEFAULT 'vp');
GRANT ALL ON defaulted TO app;
\c - postgres
SELECT sharing.protect('defaulted', 'owner') \g /dev/null
\c - app
SET sharing.user_key = 'sup1';
INSERT INTO defaulted (id) VALUES (1);
INSERT INTO defaulted VALUES (1, DEFAULT);
SET sharing.user_key = 'vp';
INSERT INTO defaulted (id) VALUES (1) RETURNING *;
-- A generated owner column.
\c - crm
CREATE TABLE computed (id integer, note text, owner text GENERATED ALWAYS AS (lower(note)) STORED);
INSERT INTO computed VALUES (1, 'REP1');
GRANT ALL ON computed TO app;
\c - postgres
SELECT sharing.protect('computed', 'owner') \g /dev/null
SELECT sharing.add_rule('computed', 'role:H5', 'role:H7', 'read_write'), sharing.apply_rules() \g /dev/null
\c - app
SET sharing.user_key = 'sup1';
UPDATE computed SET note = 'SUP1';
UPDATE computed SET note = 'rep1' RETURNING *;
INSERT INTO computed VALUES (2, 'VP');
INSERT INTO computed VALUES (2, 'Sup1') RETURNING *;
-- Collations that take different keys for one do not hide a change.
\c - postgres
CREATE COLLATION case_blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT sharing.create_user('SUP1', 'big sup1', 'H7') \g /dev/null
CREATE TABLE blind (id integer, owner text COLLATE case_blind);
INSERT INTO blind VALUES (1, 'sup1');
GRANT ALL ON blind TO app;
SELECT sharing.protect('blind', 'owner') \g /dev/null
SELECT sharing.add_rule('blind', 'role:H7', 'role:H7', 'read_write'), sharing.apply_rules() \g /dev/null
\c - app
SET sharing.user_key = 'SUP1';
UPDATE blind SET owner = 'SUP1';
DELETE FROM blind;
