-- preview_rules() finds parents as queries do: by the column that the foreign key leads to after the parent's primary key moved, and not at
-- all where the tie is closed. Each number is compared with what the rule really gives, once applied.
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_role('Desk'), sharing.create_role('Field'), sharing.create_user('1', 'ann', 'Desk'), sharing.create_user('3', 'bob', 'Field') \g /dev/null
CREATE TABLE acc (no int PRIMARY KEY, owner int);
CREATE TABLE line (id int PRIMARY KEY, acc_no int REFERENCES acc);
CREATE TABLE visit (id int PRIMARY KEY, owner int, acc_no int REFERENCES acc);
-- By the new key, every child would lead to the other parent.
INSERT INTO acc VALUES (2, 3), (1, NULL);
INSERT INTO line SELECT n, CASE WHEN n <= 5 THEN 2 ELSE 1 END FROM generate_series(1, 7) n;
INSERT INTO visit SELECT n, NULL, CASE WHEN n <= 4 THEN 2 ELSE 1 END FROM generate_series(1, 7) n;
GRANT SELECT ON acc, line, visit TO app;
SELECT sharing.protect('acc', 'owner') \g /dev/null
SELECT sharing.protect('line', controlled_by => 'acc', via => 'acc_no') \g /dev/null
SELECT sharing.protect('visit', 'owner') \g /dev/null
SELECT sharing.relate('visit', 'acc_no', 'acc') \g /dev/null
ALTER TABLE line DROP CONSTRAINT line_acc_no_fkey;
ALTER TABLE visit DROP CONSTRAINT visit_acc_no_fkey;
ALTER TABLE acc ADD id int GENERATED ALWAYS AS IDENTITY, DROP CONSTRAINT acc_pkey;
ALTER TABLE acc ADD PRIMARY KEY (id), ADD UNIQUE (no);
ALTER TABLE line ADD FOREIGN KEY (acc_no) REFERENCES acc (no);
ALTER TABLE visit ADD FOREIGN KEY (acc_no) REFERENCES acc (no);
TABLE acc ORDER BY id;
SELECT sharing.add_rule('acc', 'role:Field', 'role:Desk', 'read_only', '{"visit": "read_only"}') AS rule \gset
SELECT * FROM sharing.preview_rules() ORDER BY module, user_key;
BEGIN;
SELECT sharing.apply_rules() \g /dev/null
SET LOCAL SESSION AUTHORIZATION app;
SET LOCAL sharing.user_key = '1';
SELECT (SELECT count(*) FROM acc) AS acc, (SELECT count(*) FROM line) AS line, (SELECT count(*) FROM visit) AS visit;
ROLLBACK;
-- Without foreign keys nothing says any more by which column they go.
ALTER TABLE line DROP CONSTRAINT line_acc_no_fkey;
ALTER TABLE visit DROP CONSTRAINT visit_acc_no_fkey;
SELECT * FROM sharing.preview_rules() ORDER BY module, user_key;
SELECT sharing.apply_rules() \g /dev/null
\c - app
SET sharing.user_key = '1';
SELECT (SELECT count(*) FROM acc) AS acc, (SELECT count(*) FROM line) AS line, (SELECT count(*) FROM visit) AS visit;
