-- Commands on a protected table: referential actions pass, whoever sees the records. protect and relate tell of foreign keys between protected tables that
-- delete or change others' records; not of those that refuse, nor of a detail's own, which are deleted by who may delete them.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE accounts (id integer PRIMARY KEY, owner text NOT NULL, parent integer REFERENCES accounts ON DELETE SET NULL);
CREATE INDEX ON accounts (owner);
CREATE TABLE contacts (id integer PRIMARY KEY, owner text NOT NULL, account integer REFERENCES accounts ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX ON contacts (owner);
CREATE TABLE notes (id integer PRIMARY KEY, owner text NOT NULL, account integer REFERENCES accounts, other integer REFERENCES accounts ON DELETE SET DEFAULT);
CREATE INDEX ON notes (owner);
CREATE INDEX ON notes (account);
CREATE TABLE lines (id integer, contact integer REFERENCES contacts ON DELETE CASCADE, account integer REFERENCES accounts ON DELETE CASCADE);
CREATE INDEX ON lines (contact);
CREATE TABLE unprotected (id integer REFERENCES accounts ON DELETE CASCADE);
CREATE TABLE visits (id integer, day integer, owner text NOT NULL, account integer REFERENCES accounts ON DELETE CASCADE) PARTITION BY RANGE (day);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (10);
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM (10) TO (20);
CREATE INDEX ON visits (owner);
\pset format unaligned
SELECT p FROM sharing.protect('contacts', 'owner') p WHERE p LIKE '--%foreign key%';
-- The parent comes last here, the child there.
SELECT p FROM sharing.protect('accounts', 'owner') p WHERE p LIKE '--%foreign key%';
SELECT p FROM sharing.protect('notes', 'owner') p WHERE p LIKE '--%foreign key%';
SELECT p FROM sharing.protect('lines', controlled_by => 'contacts', via => 'contact') p WHERE p LIKE '--%foreign key%';
SELECT p FROM sharing.protect('visits', 'owner') p WHERE p LIKE '--%foreign key%';
-- relate, of the same, and of missing indexes.
SELECT sharing.relate('contacts', 'account', 'accounts');
SELECT sharing.relate('notes', 'account', 'accounts');
SELECT sharing.relate('visits', 'account', 'accounts');
-- It is so: a representative deletes a contact of the superior.
INSERT INTO accounts VALUES (1, 'rep1');
INSERT INTO contacts VALUES (1, 'ceo', 1);
GRANT ALL ON accounts, contacts TO app;
\c - app
SET sharing.user_key = 'rep1';
SELECT count(*) FROM contacts;
DELETE FROM accounts WHERE id = 1;
\c - postgres
SELECT count(*) FROM contacts;
