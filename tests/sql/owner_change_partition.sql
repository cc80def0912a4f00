-- An UPDATE that moves a row to another partition fires no AFTER UPDATE trigger; the owner is guarded all the same.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE cases (id integer, owner text, state text, title text) PARTITION BY LIST (state);
CREATE TABLE cases_open PARTITION OF cases FOR VALUES IN ('open');
-- Its columns stand in another order.
CREATE TABLE cases_done (state text, gone integer, title text, owner text, id integer);
ALTER TABLE cases_done DROP COLUMN gone;
ALTER TABLE cases ATTACH PARTITION cases_done FOR VALUES IN ('done');
CREATE TABLE cases_rest PARTITION OF cases DEFAULT PARTITION BY LIST (owner);
CREATE TABLE cases_rest_rest PARTITION OF cases_rest DEFAULT;
INSERT INTO cases VALUES (1, 'rep1', 'open'), (2, 'rep1', 'done'), (3, 'rep1', 'lost'), (4, 'vp', 'open');
GRANT ALL ON cases, cases_open, cases_done, cases_rest, cases_rest_rest TO app;
SELECT sharing.protect('cases', 'owner') \g /dev/null
SELECT sharing.add_rule('cases', 'role:H5', 'role:H7', 'read_write'), sharing.apply_rules() \g /dev/null
CREATE FUNCTION test.grab() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.title = 'grab' THEN NEW.owner := 'sup1'; END IF; RETURN NEW; END$$;
\c - app
SELECT person, assignment, left(test.outcome_for(person, 'UPDATE cases SET ' || assignment), 5) AS outcome
FROM unnest('{rep1,sup1,vp}'::text[]) WITH ORDINALITY p (person, n),
     unnest(ARRAY['state = ''done''', 'owner = ''sup1'', state = ''done'' WHERE id = 1', 'owner = ''sup1'', state = ''open'' WHERE id = 2',
         'owner = ''sup1'', state = ''new'' WHERE id = 3', 'owner = ''sup1'' WHERE id = 3', 'owner = ''rep2'', state = ''done'' WHERE id = 1',
         'owner = ''vp'', state = ''done''']) WITH ORDINALITY a (assignment, m)
ORDER BY n, m;
-- Nothing is moved twice or lost.
SET sharing.user_key = 'sup1';
BEGIN;
UPDATE cases SET state = 'done', title = 'moved' RETURNING id, owner, state, tableoid::regclass;
SELECT id, state, tableoid::regclass FROM cases ORDER BY id;
ROLLBACK;
-- A trigger that changes the owner of a row that moves.
\c - postgres
CREATE TRIGGER aaa BEFORE UPDATE ON cases_open FOR EACH ROW EXECUTE FUNCTION test.grab();
\c - app
SET sharing.user_key = 'sup1';
UPDATE cases SET state = 'done', title = 'grab' WHERE id = 1;
UPDATE cases SET title = 'grab' WHERE id = 1;
\c - postgres
DROP TRIGGER aaa ON cases_open;
-- One that fires after the guard, on a row that stays.
CREATE TRIGGER zzzz BEFORE UPDATE ON cases_done FOR EACH ROW EXECUTE FUNCTION test.grab();
\c - app
SET sharing.user_key = 'sup1';
UPDATE cases SET title = 'grab' WHERE id = 2;
-- Directly in a partition.
UPDATE cases_open SET owner = 'sup1';
UPDATE cases_done SET owner = 'sup1';
UPDATE cases_rest SET owner = 'sup1';
\c - postgres
SELECT id, owner, state FROM cases ORDER BY id;
-- A generated owner column cannot be guarded there.
CREATE TABLE computed (id integer, note text, owner text GENERATED ALWAYS AS (note) STORED) PARTITION BY LIST (id);
SELECT sharing.protect('computed', 'owner');
