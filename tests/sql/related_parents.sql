-- The decision; Modules (relations): polymorphic parents, several relations of one child, a table related to itself and two to each other, and keys of every type.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE accounts (id integer PRIMARY KEY, owner text, title text, above integer, favourite integer);
INSERT INTO accounts VALUES (1, 'rep1', NULL, NULL, 201), (2, 'mgr', NULL, 1, 202), (3, 'ceo', NULL, 2, NULL), (7, 'ceo', NULL, 7, NULL);
GRANT ALL ON accounts TO app;
SELECT sharing.protect('accounts', 'owner') \g /dev/null
-- Parents of two modules whose records have the same keys: a column says which.
CREATE TYPE kind AS ENUM ('lead', 'account');
CREATE DOMAIN word AS varchar(20);
CREATE TABLE notes (id integer PRIMARY KEY, owner text, title text, of integer, as_varchar varchar(20), as_text text, as_integer integer, as_small smallint, as_enum kind, as_char char(10), as_word word, as_uuid uuid);
GRANT ALL ON notes TO app;
-- Lead 1 and account 1 are rep1's, lead 2 is rep2's and account 2 mgr's.
INSERT INTO notes SELECT n, 'ceo', NULL, of, w, w, i, i, w::kind, w, w, lpad(i::text, 32, '0')::uuid FROM (VALUES (101, 1, 'lead', 1), (102, 2, 'lead', 1), (103, 1, 'account', 2), (104, 2, 'account', 2), (105, 1, NULL, NULL), (106, NULL, 'lead', 1)) v (n, of, w, i);
SELECT sharing.protect('notes', 'owner') \g /dev/null
-- Rules on leads alone: of the notes on leads 1 and 2 the two, never those on the accounts 1 and 2.
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only'), sharing.apply_rules() \g /dev/null
CREATE FUNCTION test.polymorphic(by_column name, of_lead text, OUT sees text, OUT policy text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sharing.relate('notes', 'of', 'leads', by_column, of_lead), sharing.apply_rules();
    SELECT substring(pg_get_expr(polqual, polrelid), '\(\((as_.*)AND') INTO policy FROM pg_policy WHERE polrelid = 'notes'::regclass AND polname = 'sharing_select';
    SET LOCAL SESSION AUTHORIZATION app;
    SELECT r.sees INTO sees FROM test.reach('sup1', 'notes') r;
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
    PERFORM sharing.unrelate('notes', 'of', 'leads');
END
$$;
SELECT t.*, p.* FROM (VALUES ('as_varchar', 'lead'), ('as_text', 'lead'), ('as_integer', '1'), ('as_small', '1'), ('as_enum', 'lead'), ('as_char', 'lead'), ('as_word', 'lead'), ('as_uuid', '00000000-0000-0000-0000-000000000001'), ('as_text', 'Lead'), ('as_text', '')) t (by_column, of_lead), test.polymorphic(by_column, of_lead) p;
SELECT count(*) FROM sharing.relations;
-- Both kinds, through one column: each has its own rules.
SELECT sharing.relate('notes', 'of', 'leads', 'as_varchar', 'lead'), sharing.relate('notes', 'of', 'accounts', 'as_varchar', 'account'), sharing.apply_rules() \g /dev/null
\c - app
SELECT * FROM test.reach('sup1', 'notes');
\c - postgres
SELECT sharing.add_rule('accounts', 'role:H4', 'role:H7', 'read_only', '{"notes": "read_write"}'), sharing.apply_rules() \g /dev/null
\c - app
SELECT * FROM test.reach('sup1', 'notes');
-- What points elsewhere after a change is another's: no kind, another kind.
SELECT change, left(test.outcome_for('sup1', 'UPDATE notes SET ' || change || ' WHERE id = 104'), 5) AS outcome FROM unnest(ARRAY['title = ''x''', 'as_varchar = ''lead''', 'as_varchar = NULL', 'as_varchar = ''account '', of = 2', 'of = 1']) change;

-- Several relations of one child: any suffices, at its own level.
\c - postgres
CREATE TABLE deals (id integer PRIMARY KEY, owner text, title text, buyer integer, seller integer, lead integer);
INSERT INTO deals VALUES (1, 'ceo', NULL, 1, 3, 5), (2, 'ceo', NULL, 3, 1, 5), (3, 'ceo', NULL, 3, 3, 1), (4, 'ceo', NULL, 3, 3, 5), (5, 'ceo', NULL, 2, 1, 1), (6, 'ceo', NULL, NULL, NULL, NULL);
GRANT ALL ON deals TO app;
SELECT sharing.protect('deals', 'owner') \g /dev/null
SELECT sharing.relate('deals', 'buyer', 'accounts'), sharing.relate('deals', 'seller', 'accounts'), sharing.relate('deals', 'lead', 'leads') \g /dev/null
SELECT sharing.add_rule('accounts', 'role:H5', 'role:H7', 'read_only', '{"deals": "read_write"}'), sharing.apply_rules() \g /dev/null
-- 1 by its buyer, 2 by its seller, 3 by its lead for reading only, 5 by all.
\c - app
SELECT * FROM test.reach('sup1', 'deals');

-- A table related to itself: one step up, not two; and two tables to each other, with a record that points at itself.
\c - postgres
CREATE TABLE contacts (id integer PRIMARY KEY, owner text, title text, account integer);
INSERT INTO contacts VALUES (201, 'ceo', NULL, 1), (202, 'ceo', NULL, 2), (203, 'rep1', NULL, 3);
GRANT ALL ON contacts TO app;
SELECT sharing.protect('contacts', 'owner') \g /dev/null
SELECT sharing.relate('accounts', 'above', 'accounts'), sharing.relate('contacts', 'account', 'accounts'), sharing.relate('accounts', 'favourite', 'contacts'), sharing.apply_rules() \g /dev/null
-- H7 has account 1 by the rule on H5's, 2 by that on H4's, 3 below 2. Of contacts those of accounts 1 and 2.
\c - app
SELECT a.sees, a.edits, c.sees, c.edits FROM test.reach('sup1', 'accounts') a, test.reach('sup1', 'contacts') c;
\c - postgres
SELECT sharing.drop_rule(id) FROM sharing.rules \g /dev/null
SELECT sharing.add_rule('accounts', 'role:H5', 'role:H7', 'read_only', '{"accounts": "read_write"}'), sharing.add_rule('contacts', 'role:H2', 'role:H6', 'read_only'), sharing.apply_rules() \g /dev/null
-- sup1: 1 by the rule, 2 as its child and to change, contact 201. smgr: contacts of ceo, and the accounts whose favourites these are.
\c - app
SELECT person, a.sees, a.edits, c.sees, c.edits FROM unnest('{sup1,smgr}'::text[]) person, test.reach(person, 'accounts') a, test.reach(person, 'contacts') c;

-- Keys: the child's column and the parent's key of types that go together.
\c - postgres
CREATE DOMAIN number AS bigint CHECK (VALUE > 0);
CREATE DOMAIN code AS varchar(40);
CREATE FUNCTION test.keys(parent_type text, child_type text, rep1s text, mgrs text, OUT sees text, OUT edits text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE parents (id %s PRIMARY KEY, owner text); CREATE TABLE children (id integer PRIMARY KEY, owner text, title text, parent %s)', parent_type, child_type);
    EXECUTE format('INSERT INTO parents VALUES (%L, ''rep1''), (%L, ''mgr''); INSERT INTO children VALUES (1, ''ceo'', NULL, %1$L), (2, ''ceo'', NULL, %2$L), (3, ''ceo'', NULL, NULL)', rep1s, mgrs);
    GRANT ALL ON children TO app;
    PERFORM sharing.protect('parents', 'owner'), sharing.protect('children', 'owner');
    PERFORM sharing.relate('children', 'parent', 'parents');
    PERFORM sharing.add_rule('parents', 'role:H5', 'role:H7', 'read_only', '{"children": "read_write"}'), sharing.apply_rules();
    SET LOCAL SESSION AUTHORIZATION app;
    SELECT r.sees, r.edits INTO sees, edits FROM test.reach('sup1', 'children') r;
    SET LOCAL SESSION AUTHORIZATION DEFAULT;
    DROP TABLE parents, children;
EXCEPTION WHEN OTHERS THEN
    sees := sqlstate || ' ' || sqlerrm;
END
$$;
SELECT k.parent_type, k.child_type, r.* FROM (VALUES ('integer', 'integer', '7', '8'), ('integer', 'bigint', '7', '8'), ('bigint', 'integer', '7', '8'), ('smallint', 'bigint', '7', '8'), ('bigint', 'smallint', '7', '8'), ('number', 'integer', '7', '8'), ('integer', 'number', '7', '8'),
    ('uuid', 'uuid', '00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000008'), ('text', 'text', 'a', 'b'), ('text', 'varchar', 'a', 'A'), ('varchar(10)', 'text', 'ä', 'a'), ('code', 'text', 'a', 'a '), ('text', 'code', '', 'b'),
    ('text', 'integer', '7', '8'), ('uuid', 'text', '00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000008'), ('integer', 'text', '7', '8'), ('integer', 'numeric', '7', '8'), ('integer', 'char(3)', '7', '8')) k (parent_type, child_type, rep1s, mgrs),
    test.keys(parent_type, child_type, rep1s, mgrs) r;
-- Keys beyond the other's range point at nothing.
CREATE TABLE parents (id smallint PRIMARY KEY, owner text);
CREATE TABLE children (id integer PRIMARY KEY, owner text, title text, parent bigint);
INSERT INTO parents VALUES (1, 'rep1'), (-1, 'rep1');
INSERT INTO children SELECT row_number() OVER (), 'ceo', NULL, n FROM unnest('{1,-1,65537,4294967297,9223372036854775807,-9223372036854775808,32769}'::bigint[]) n;
GRANT ALL ON children TO app;
SELECT sharing.protect('parents', 'owner'), sharing.protect('children', 'owner') \g /dev/null
SELECT sharing.relate('children', 'parent', 'parents'), sharing.add_rule('parents', 'role:H5', 'role:H7', 'read_only'), sharing.apply_rules() \g /dev/null
\c - app
SELECT * FROM test.reach('sup1', 'children');
-- Texts that a collation takes for equal are different keys, with an index and without.
\c - postgres
CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE words (id text COLLATE anycase PRIMARY KEY, owner text);
CREATE TABLE sentences (id integer PRIMARY KEY, owner text, title text, word text COLLATE anycase);
INSERT INTO words VALUES ('a', 'rep1'), ('b', 'mgr');
INSERT INTO sentences VALUES (1, 'ceo', NULL, 'a'), (2, 'ceo', NULL, 'A'), (3, 'ceo', NULL, 'b');
CREATE INDEX ON sentences (word);
GRANT ALL ON sentences TO app;
SELECT sharing.protect('words', 'owner'), sharing.protect('sentences', 'owner') \g /dev/null
SELECT sharing.relate('sentences', 'word', 'words'), sharing.add_rule('words', 'role:H5', 'role:H7', 'read_only'), sharing.apply_rules() \g /dev/null
\c - app
SELECT * FROM test.reach('sup1', 'sentences');
SET enable_seqscan = off;
SELECT * FROM test.reach('sup1', 'sentences');
RESET enable_seqscan;
SELECT test.outcome_for('sup1', 'SELECT FROM sentences WHERE id = 1') AS small, test.outcome_for('sup1', 'SELECT FROM sentences WHERE id = 2') AS capital;
\c - postgres
CREATE TABLE letters (id integer PRIMARY KEY, title text, word text COLLATE anycase);
INSERT INTO letters VALUES (1, NULL, 'a'), (2, NULL, 'A'), (3, NULL, 'b');
CREATE INDEX ON letters (word);
GRANT ALL ON letters TO app;
SELECT sharing.protect('letters', controlled_by => 'words', via => 'word') \g /dev/null
\c - app
SELECT * FROM test.reach('rep1', 'letters');
SET enable_seqscan = off;
SELECT * FROM test.reach('rep1', 'letters');
