-- A foreign key that comes and goes while event triggers are off ties nothing: a tie never goes by the parent's key again
-- after it went by another column.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set VERBOSITY default
SELECT sharing.create_user('3', 'ann'), sharing.create_user('4', 'bob') \g /dev/null
CREATE TABLE acc (id int PRIMARY KEY, no int UNIQUE, owner_id int);
INSERT INTO acc VALUES (1, 2, 3), (2, 1, 4);
CREATE TABLE line (id int PRIMARY KEY, acc int, t text);
CREATE TABLE offer (id int PRIMARY KEY, owner_id int, acc int, t text);
INSERT INTO line VALUES (1, 1, 'of ann'), (2, 2, 'of bob');
INSERT INTO offer SELECT id, NULL, acc, t FROM line;
GRANT SELECT, UPDATE, DELETE ON acc, line, offer TO app;
SELECT sharing.create_group('g', 'Anns'), sharing.add_member('Anns', 'user:3') \g /dev/null
SELECT sharing.protect('acc', 'owner_id'), sharing.protect('line', controlled_by => 'acc', via => 'acc'), sharing.protect('offer', 'owner_id') \g /dev/null
SELECT sharing.relate('offer', 'acc', 'acc'), sharing.add_rule('acc', 'group:Anns', 'group:Anns', 'read_only'), sharing.apply_rules() \g /dev/null
CREATE FUNCTION test.texts() RETURNS text LANGUAGE sql AS $$
    SELECT 'line ' || coalesce((SELECT string_agg(t, ', ' ORDER BY id) FROM line), '-') || '; offer ' || coalesce((SELECT string_agg(t, ', ' ORDER BY id) FROM offer), '-')
$$;
\c - app
SET sharing.user_key = '3';
SELECT test.texts();
-- To another column: the children are made to hold that one.
\c - postgres
ALTER EVENT TRIGGER sharing_follow_tables DISABLE;
UPDATE line SET acc = acc.no FROM acc WHERE acc.id = line.acc;
UPDATE offer SET acc = acc.no FROM acc WHERE acc.id = offer.acc;
ALTER TABLE line ADD CONSTRAINT line_fk FOREIGN KEY (acc) REFERENCES acc (no);
ALTER TABLE offer ADD CONSTRAINT offer_fk FOREIGN KEY (acc) REFERENCES acc (no);
ALTER EVENT TRIGGER sharing_follow_tables ENABLE ALWAYS;
SELECT name, by_foreign_key FROM sharing.modules WHERE controlled_by_id IS NOT NULL;
\c - app
SET sharing.user_key = '3';
SELECT test.texts();
-- The next ALTER TABLE, whatever it does, takes notice of one of them.
\c - postgres
ALTER TABLE line ALTER COLUMN t SET STATISTICS 10;
SELECT name, by_foreign_key FROM sharing.modules WHERE controlled_by_id IS NOT NULL;
\c - app
SET sharing.user_key = '3';
SELECT test.texts();
-- Both go unnoticed: the one that was noticed is closed for good.
\c - postgres
ALTER EVENT TRIGGER sharing_follow_tables DISABLE;
ALTER TABLE line DROP CONSTRAINT line_fk;
ALTER EVENT TRIGGER sharing_follow_tables ENABLE ALWAYS;
\c - app
SET sharing.user_key = '3';
SELECT test.texts();
\c - postgres
ALTER TABLE line ALTER COLUMN t SET STATISTICS 11;
\c - app
SET sharing.user_key = '3';
SELECT test.texts();
-- Declared anew.
\c - postgres
UPDATE line SET acc = acc.id FROM acc WHERE acc.no = line.acc;
SELECT sharing.unprotect('line'), sharing.protect('line', controlled_by => 'acc', via => 'acc') \g /dev/null
SELECT sharing.unrelate('offer', 'acc', 'acc'), sharing.relate('offer', 'acc', 'acc'), sharing.apply_rules() \g /dev/null
SELECT child, via, by_foreign_key FROM (SELECT m.name AS child, 'acc' AS via, r.by_foreign_key FROM sharing.relations r JOIN sharing.modules m ON m.id = r.child_id) r;
\c - app
SET sharing.user_key = '3';
SELECT test.texts();
-- One that leads to the key says what is known already.
\c - postgres
ALTER EVENT TRIGGER sharing_follow_tables DISABLE;
ALTER TABLE line ADD CONSTRAINT line_fk FOREIGN KEY (acc) REFERENCES acc (id);
\c - app
SET sharing.user_key = '3';
SELECT test.texts();
\c - postgres
ALTER TABLE line DROP CONSTRAINT line_fk;
ALTER EVENT TRIGGER sharing_follow_tables ENABLE ALWAYS;
\c - app
SET sharing.user_key = '3';
SELECT test.texts();
