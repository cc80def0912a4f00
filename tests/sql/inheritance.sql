-- Commands on a protected table: inheritance children are protected like partitions.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\c - crm
CREATE TABLE leads_abroad (country text) INHERITS (leads);
CREATE TABLE base (id integer, owner text, title text);
CREATE TABLE child (extra text) INHERITS (base);
CREATE TABLE other_parent (id integer);
CREATE TABLE grandchild () INHERITS (child);
\c - postgres
SELECT count(*) FROM sharing.protect('base', 'owner');
\c - crm
CREATE TABLE late () INHERITS (grandchild);
CREATE TABLE stray (title text, id integer, owner text);
GRANT SELECT ON stray TO app;
ALTER TABLE stray INHERIT base;
GRANT ALL ON base, child, grandchild, late, stray, leads_abroad TO app;
\c - postgres
INSERT INTO base VALUES (1, 'rep1'), (2, 'ceo');
INSERT INTO child VALUES (3, 'rep1'), (4, 'ceo');
INSERT INTO grandchild VALUES (5, 'rep1'), (6, 'ceo');
INSERT INTO late VALUES (7, 'rep1'), (8, 'ceo');
INSERT INTO stray VALUES ('', 9, 'rep1'), ('', 10, 'ceo');
INSERT INTO leads_abroad VALUES (21, 'rep1', ''), (22, 'ceo', '');
\c - app
SELECT t AS "table", r.* FROM unnest('{base,child,grandchild,late,stray,leads,leads_abroad}'::text[]) WITH ORDINALITY t (t, m), test.reach('rep1', t::regclass) r ORDER BY m;
SET sharing.user_key = 'rep1';
SELECT id FROM ONLY base;
UPDATE child SET owner = 'ceo' WHERE id = 3;
INSERT INTO late VALUES (11, 'ceo');
-- A child of a second, unprotected parent would be read through that one.
\c - crm
CREATE TABLE two_parents () INHERITS (base, other_parent);
ALTER TABLE child INHERIT other_parent;
ALTER TABLE other_parent INHERIT base;
CREATE TABLE free (id integer, owner text);
CREATE TABLE of_free () INHERITS (free);
\c - postgres
SELECT sharing.protect('of_free', 'owner');
-- One that leaves stays closed.
\c - crm
ALTER TABLE stray NO INHERIT base;
\c - app
SELECT * FROM test.reach('rep1', 'stray');
