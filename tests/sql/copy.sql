-- COPY TO is filtered, COPY FROM refused, row_security = off an error; nothing comes out in part.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
GRANT CREATE ON SCHEMA public TO app;
\c - app
SET sharing.user_key = 'mgr';
COPY leads TO STDOUT;
COPY leads (title) TO STDOUT;
COPY (SELECT id FROM leads ORDER BY id DESC) TO STDOUT;
BEGIN;
COPY (DELETE FROM leads RETURNING id) TO STDOUT;
ROLLBACK;
\set VERBOSITY sqlstate
COPY leads FROM STDIN;
200	mgr	mine
\.
\set VERBOSITY default
SET row_security = off;
SELECT id FROM leads;
COPY leads TO STDOUT;
COPY (SELECT id FROM leads) TO STDOUT;
UPDATE leads SET title = 'x';
DELETE FROM leads;
INSERT INTO leads VALUES (100, 'mgr', 'x');
SELECT sharing.transfer('leads', '{3}', 'user:mgr');
-- The owner of the table: likewise.
\c - crm
SET row_security = off;
SELECT id FROM leads;
COPY leads TO STDOUT;
RESET row_security;
SELECT id FROM leads;
COPY leads TO STDOUT;
-- Copies of the table are the caller's own, with what he sees; they are not protected.
\c - app
SET sharing.user_key = 'rep1';
CREATE TABLE copied AS SELECT * FROM leads;
SELECT * INTO copied_again FROM leads;
CREATE MATERIALIZED VIEW copied_view AS SELECT * FROM leads;
SET sharing.user_key = 'ceo';
SELECT (SELECT count(*) FROM copied), (SELECT count(*) FROM copied_again), (SELECT count(*) FROM copied_view);
REFRESH MATERIALIZED VIEW copied_view;
SELECT count(*) FROM copied_view;
