-- Which state counts: a transaction changes the settings again and again, and in between statements are planned in it. What was planned
-- or noted of people then does not hold for what it changes afterwards: not in the transaction, nor when it is over. (Each switch to
-- somebody who was noted as an ordinary user, and became an administrator, ended in 40001.)
\set ON_ERROR_STOP 0
CREATE TABLE leads (id int PRIMARY KEY, owner text);
INSERT INTO leads SELECT n, 'rep' || n % 50 FROM generate_series(1, 5000) n;
CREATE INDEX ON leads (owner);
VACUUM ANALYZE leads;
CREATE ROLE own_changes_app LOGIN;
SELECT sharing.create_role('Rep'), sharing.create_role('Head'), sharing.create_user('adm', 'adm'), sharing.grant_right('adm', 'administrator') \g /dev/null
SELECT sharing.create_user('rep' || n, 'rep' || n, 'Rep') FROM generate_series(0, 49) n \g /dev/null
SELECT sharing.protect('leads', 'owner'), sharing.trust('own_changes_app') \g /dev/null
GRANT SELECT ON leads TO own_changes_app;
\c - own_changes_app
SET plan_cache_mode = force_generic_plan;
PREPARE counted AS SELECT count(*) FROM leads;
-- rep3 is looked at, and then made an administrator.
BEGIN;
SET LOCAL sharing.user_key = 'adm';
SELECT sharing.create_role('Other') \g /dev/null
SET LOCAL sharing.user_key = 'rep3';
EXECUTE counted;
SET LOCAL sharing.user_key = 'adm';
SELECT sharing.grant_right('rep3', 'administrator') \g /dev/null
COMMIT;
SET sharing.user_key = 'rep4';
EXECUTE counted;
SET sharing.user_key = 'rep3';
EXECUTE counted;
SET sharing.user_key = 'rep4';
EXECUTE counted;
SET sharing.user_key = 'rep3';
EXECUTE counted;
-- And back, with a savepoint.
SET sharing.user_key = 'adm';
BEGIN;
SELECT sharing.revoke_right('rep3', 'administrator') \g /dev/null
SET LOCAL sharing.user_key = 'rep3';
EXECUTE counted;
SAVEPOINT s;
SET LOCAL sharing.user_key = 'adm';
SELECT sharing.grant_right('rep3', 'administrator') \g /dev/null
SET LOCAL sharing.user_key = 'rep3';
EXECUTE counted;
ROLLBACK TO s;
SET LOCAL sharing.user_key = 'rep3';
EXECUTE counted;
COMMIT;
SET sharing.user_key = 'rep4';
EXECUTE counted;
SET sharing.user_key = 'rep3';
EXECUTE counted;
-- Nobody switches: a database role that administers changes what it is itself.
\c - postgres
SELECT sharing.grant_admin('own_changes_app') \g /dev/null
\c - own_changes_app
SET plan_cache_mode = force_generic_plan;
SET sharing.user_key = 'rep5';
PREPARE counted AS SELECT count(*) FROM leads;
BEGIN;
SELECT sharing.create_role('Another') \g /dev/null
EXECUTE counted;
SELECT sharing.grant_right('rep5', 'administrator') \g /dev/null
EXECUTE counted;
SELECT sharing.revoke_right('rep5', 'administrator') \g /dev/null
EXECUTE counted;
COMMIT;
EXECUTE counted;
