-- Referential actions pass, as PostgreSQL defines them; a key that refers to a hidden row shows that it exists, and no more.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE people (key text PRIMARY KEY, keeper text);
CREATE TABLE tasks (id integer PRIMARY KEY, lead integer REFERENCES leads ON DELETE CASCADE, owner text REFERENCES people ON UPDATE CASCADE ON DELETE SET NULL);
CREATE TABLE calls (id integer PRIMARY KEY, task integer REFERENCES tasks ON DELETE SET NULL, owner text);
INSERT INTO people SELECT key, 'rep1' FROM sharing.users;
INSERT INTO tasks VALUES (1, 1, 'ceo'), (2, 2, 'rep1');
INSERT INTO calls VALUES (1, 1, 'vp'), (2, 2, 'rep1');
GRANT ALL ON tasks, calls, people TO app;
SELECT sharing.protect('tasks', 'owner'), sharing.protect('calls', 'owner'), sharing.protect('people', 'keeper') \g /dev/null
\c - app
SET sharing.user_key = 'rep1';
-- His lead 1 has a task of ceo, which goes with it; the call of vp lets go of it.
BEGIN;
DELETE FROM leads WHERE id = 1;
RESET SESSION AUTHORIZATION;
SET LOCAL sharing.user_key = 'adm';
SELECT * FROM tasks ORDER BY id;
SELECT * FROM calls ORDER BY id;
ROLLBACK;
-- The key of a person changes, and with it the owner of tasks: no guard of the owner stands against that.
SET sharing.user_key = 'rep1';
BEGIN;
UPDATE people SET key = 'chief' WHERE key = 'ceo';
SET LOCAL sharing.user_key = 'adm';
SELECT id, owner FROM tasks ORDER BY id;
ROLLBACK;
SET sharing.user_key = 'rep1';
-- Inserting a reference.
INSERT INTO tasks VALUES (10, 5, 'rep1');
INSERT INTO tasks VALUES (11, 999, 'rep1');
UPDATE tasks SET lead = 4 WHERE id = 2 RETURNING *;
-- A hidden child keeps its parent where it must.
\c - postgres
ALTER TABLE calls DROP CONSTRAINT calls_task_fkey, ADD FOREIGN KEY (task) REFERENCES tasks;
UPDATE calls SET task = 2 WHERE id = 1;
\c - app
SET sharing.user_key = 'rep1';
DELETE FROM calls;
DELETE FROM tasks WHERE id = 2;
