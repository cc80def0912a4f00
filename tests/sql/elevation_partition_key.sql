-- Attack: the owner of a table hangs code on the expressions by which it is partitioned, which DDL evaluates, too.
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
SET ROLE town;
CREATE TABLE town.days (id integer, owner integer) PARTITION BY RANGE ((id + town.attacks(1)));
CREATE TABLE town.day PARTITION OF town.days FOR VALUES FROM (0) TO (10) PARTITION BY LIST ((id + town.attacks(1)));
CREATE TABLE town.hours PARTITION OF town.day FOR VALUES IN (1, 2, 3);
GRANT SELECT, INSERT, UPDATE, DELETE ON town.days TO app;
\c - postgres
SET client_min_messages = error;
SELECT count(*) > 0 AS done FROM sharing.protect('town.days', 'owner', default_owner => true);
TABLE town_is_superuser;
SELECT count(*) > 0 AS done FROM sharing.unprotect('town.days');
TABLE town_is_superuser;
SELECT count(*) > 0 AS done FROM sharing.protect('town.days', 'owner');
\c - app
SET sharing.user_key = '1';
SELECT sharing.set_global_access('days', 'public_read_only') \g /dev/null
SELECT * FROM sharing.preview_rules();
\c - town
SET client_min_messages = error;
CREATE TABLE town.later PARTITION OF town.days FOR VALUES FROM (10) TO (20);
ALTER TABLE town.days DETACH PARTITION town.later;
ALTER TABLE town.days ATTACH PARTITION town.later FOR VALUES FROM (10) TO (20);
DROP TABLE town.later;
TABLE town_is_superuser;
