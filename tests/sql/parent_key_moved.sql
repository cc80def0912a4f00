-- Ties between tables stay with the column of the parent that they went by, wherever its primary key moves: its natural key is replaced by a surrogate one, and the children keep the natural one.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set VERBOSITY default
SELECT sharing.create_office('A'), sharing.create_office('B'), sharing.create_user('3', 'ann', office => 'A'), sharing.create_user('4', 'bob', office => 'A'), sharing.create_user('5', 'cid', office => 'B') \g /dev/null
CREATE TABLE acc (no int PRIMARY KEY, owner_id int);
INSERT INTO acc VALUES (2, 3), (1, 4);
-- By a foreign key, and without one; over a relation, and one level below; what is right is written in the text.
CREATE TABLE line (id int PRIMARY KEY, acc_no int REFERENCES acc, t text);
CREATE TABLE bare (id int PRIMARY KEY, acc_no int, t text);
CREATE TABLE sub (id int PRIMARY KEY, line int REFERENCES line, t text);
CREATE TABLE quote (id int PRIMARY KEY, owner_id int, acc_no int REFERENCES acc, t text);
CREATE TABLE offer (id int PRIMARY KEY, owner_id int, acc_no int, t text);
INSERT INTO line VALUES (1, 2, 'of ann'), (2, 1, 'of bob');
INSERT INTO bare SELECT * FROM line;
INSERT INTO sub VALUES (1, 1, 'of ann'), (2, 2, 'of bob');
INSERT INTO quote VALUES (1, NULL, 2, 'of ann'), (2, NULL, 1, 'of bob');
INSERT INTO offer SELECT * FROM quote;
GRANT SELECT, UPDATE, DELETE ON acc, line, bare, sub, quote, offer TO app;
SELECT sharing.create_group('g', 'Anns'), sharing.add_member('Anns', 'user:3'), sharing.create_group('h', 'Bobs'), sharing.add_member('Bobs', 'user:4') \g /dev/null
SELECT sharing.protect('acc', owner => 'owner_id') \g /dev/null
SELECT sharing.protect('line', controlled_by => 'acc', via => 'acc_no') \g /dev/null
SELECT sharing.protect('bare', controlled_by => 'acc', via => 'acc_no') \g /dev/null
SELECT sharing.protect('sub', controlled_by => 'line', via => 'line') \g /dev/null
SELECT sharing.protect('quote', 'owner_id') \g /dev/null
SELECT sharing.protect('offer', 'owner_id') \g /dev/null
SELECT sharing.relate('quote', 'acc_no', 'acc'), sharing.relate('offer', 'acc_no', 'acc') \g /dev/null
SELECT sharing.add_rule('acc', 'group:Anns', 'group:Anns', 'read_only'), sharing.add_rule('acc', 'group:Bobs', 'group:Bobs', 'read_only'), sharing.apply_rules() \g /dev/null
SELECT name, by_foreign_key FROM sharing.modules ORDER BY name;
CREATE FUNCTION test.sees(person text) RETURNS TABLE (what text, texts text) LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    PERFORM set_config('sharing.user_key', person, false);
    FOREACH name IN ARRAY '{line,bare,sub,quote,offer}'::text[] LOOP
        RETURN QUERY EXECUTE format('SELECT %L, string_agg(id || '' '' || t, '', '' ORDER BY id) FROM %I', name, name);
    END LOOP;
END
$$;
\set all 'SELECT p AS person, s.* FROM unnest(''{3,4}''::text[]) WITH ORDINALITY p (p, n), LATERAL test.sees(p) WITH ORDINALITY s ORDER BY p.n, s.ordinality'
\c - app
:all;
-- The key moves; all of them stay what they were, and nobody has touched a child's column.
\c - postgres
ALTER TABLE line DROP CONSTRAINT line_acc_no_fkey;
ALTER TABLE quote DROP CONSTRAINT quote_acc_no_fkey;
ALTER TABLE acc ADD id int GENERATED ALWAYS AS IDENTITY, DROP CONSTRAINT acc_pkey;
-- Between the two nothing is a key: what went by it is closed.
\c - app
:all;
\c - postgres
ALTER TABLE acc ADD PRIMARY KEY (id), ADD UNIQUE (no);
-- What has no foreign key goes by the old column, what had one waits for it.
\c - app
:all;
\c - postgres
ALTER TABLE line ADD FOREIGN KEY (acc_no) REFERENCES acc (no);
ALTER TABLE quote ADD FOREIGN KEY (acc_no) REFERENCES acc (no);
\c - app
:all;
SET sharing.user_key = '3';
DELETE FROM line WHERE t = 'of bob';
UPDATE line SET t = t WHERE t = 'of bob';
-- Shares and transfers go by the same column.
\c - postgres
SELECT sharing.enable_record_sharing('3'), sharing.enable_record_sharing('5'), sharing.enable_record_sharing('4') \g /dev/null
SELECT no, id, owner_id FROM acc ORDER BY no;
SET sharing.user_key = 'adm';
SELECT sharing.transfer('acc', '{2}', 'user:4');
SELECT no, id, owner_id FROM acc ORDER BY no;
SELECT sharing.transfer('acc', '{2}', 'user:3');
-- Names that are swapped change nothing: policies follow columns, not names.
ALTER TABLE acc RENAME no TO x;
ALTER TABLE acc RENAME id TO no;
ALTER TABLE acc RENAME x TO id;
\c - app
:all;
-- A foreign key that is led to the new key is followed.
\c - postgres
ALTER TABLE line DROP CONSTRAINT line_acc_no_fkey;
UPDATE line SET acc_no = acc.no FROM acc WHERE acc.id = line.acc_no;
ALTER TABLE line ADD FOREIGN KEY (acc_no) REFERENCES acc (no);
\c - app
:all;
-- One that comes to what had none is followed, and closes what it tied when it goes.
\c - postgres
ALTER TABLE bare ADD CONSTRAINT bare_fk FOREIGN KEY (acc_no) REFERENCES acc (id);
SELECT by_foreign_key FROM sharing.modules WHERE name = 'bare';
ALTER TABLE bare DROP CONSTRAINT bare_fk;
\c - app
:all;
-- Without its unique index the old column is no key: whatever goes by it is closed or says so.
\c - postgres
ALTER TABLE acc DROP CONSTRAINT acc_no_key CASCADE;
SET sharing.user_key = 'adm';
SELECT sharing.transfer('acc', '{2}', 'user:4');
SELECT sharing.share_record('acc', '2', '5');
SELECT sharing.relate('offer', 'id', 'acc');
\c - app
:all;
