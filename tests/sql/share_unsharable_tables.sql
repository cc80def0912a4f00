-- Modules; Record sharing between offices: records of a table without a primary key of one column, or with group owners only, cannot be shared one by one: sharing them is
-- refused, and the policies have no arm for it.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
CREATE TABLE keyless (id integer, owner text, title text);
CREATE TABLE wide (id integer, part integer, owner text, title text, PRIMARY KEY (id, part));
CREATE TABLE uniq (id integer UNIQUE NOT NULL, owner text, title text);
CREATE TABLE odd (id numeric PRIMARY KEY, owner text, title text);
CREATE TABLE teams (id integer PRIMARY KEY, team text, title text);
CREATE TABLE both_ways (id integer PRIMARY KEY, owner text, team text, title text);
SELECT sharing.protect(name::regclass, 'owner') FROM unnest('{keyless,wide,uniq,odd}'::text[]) name \g /dev/null
SELECT sharing.protect('teams', owner_group => 'team'), sharing.protect('both_ways', 'owner', owner_group => 'team') \g /dev/null
INSERT INTO keyless VALUES (1, 'ann', NULL);
INSERT INTO wide VALUES (1, 1, 'ann', NULL);
INSERT INTO uniq VALUES (1, 'ann', NULL);
INSERT INTO odd VALUES (1, 'ann', NULL);
INSERT INTO teams VALUES (1, 'ann', NULL);
INSERT INTO both_ways VALUES (1, 'ann', NULL, NULL);
SELECT tablename, count(*) FILTER (WHERE qual LIKE '%_shared(%' OR with_check LIKE '%_shared(%') AS policies_with_arm, string_agg(cmd, ' ' ORDER BY cmd) FILTER (WHERE qual LIKE '%_shared(%') AS commands,
    (SELECT count(*) FROM pg_trigger WHERE tgrelid = tablename::regclass AND tgfoid = 'sharing_internal.forget_shares'::regproc) AS triggers
FROM pg_policies WHERE policyname LIKE 'sharing_%' GROUP BY tablename ORDER BY tablename;
\c - app
SELECT test.link('ann', 'liz');
SELECT name, test.call('ann', format('SELECT sharing.share_record(%L, ''1'', ''liz'')', name)) FROM unnest('{keyless,wide,uniq,odd,teams,both_ways}'::text[]) name;
SELECT name, test.call('ann', format('SELECT sharing.unshare_record(%L, ''1'', ''liz'')', name)) FROM unnest('{keyless,wide,uniq,odd,teams,both_ways}'::text[]) name;
