-- What is renamed below criteria has another place in what is written of them, and the policies say the same: the doctor finds nothing,
-- and what is seen stays. Columns of a domain over an enum are compared as the enum; what looks like an array and is none is refused.
\set VERBOSITY terse
CREATE ROLE app LOGIN;
SELECT sharing.trust('app'), sharing.create_role('Desk'), sharing.create_user('3', 'desk', 'Desk') \g /dev/null
CREATE TYPE stage AS ENUM ('z', 'a', 'm');
CREATE DOMAIN narrow AS stage CHECK (VALUE <> 'm');
CREATE TABLE leads (id int PRIMARY KEY, owner int, a text, b text, stage stage, narrow narrow, ids oidvector, numbers int2vector);
INSERT INTO leads VALUES (1, 1, 'x', 'y', 'z', 'z'), (2, 1, 'x', 'n', 'a', 'a'), (3, 1, NULL, 'y', 'm', NULL), (4, 1, 'x', 'y', 'm', 'a'), (5, 1, 'n', 'n', NULL, 'z');
CREATE TABLE twin AS SELECT * FROM leads;
CREATE INDEX ON leads (narrow);
GRANT SELECT ON leads TO app;
SELECT count(*) > 0 AS protected FROM sharing.protect('leads', 'owner');
SELECT sharing.add_rule('leads', NULL, 'role:Desk', 'read_only', criteria => '{"a": "x", "b": "y"}'), sharing.add_rule('leads', NULL, 'role:Desk', 'read_only', criteria => '{"stage": ["a", "m"], "b": "n"}') \g /dev/null
SELECT sharing.apply_rules();
\set seen 'SELECT array_agg(id ORDER BY id) AS seen FROM leads'
\set found 'SELECT check_name, object, message FROM sharing.doctor() WHERE check_name LIKE \'%polic%\' ORDER BY object'
\c - app
SET sharing.user_key = '3';
:seen;
\c - postgres
ALTER TABLE leads RENAME a TO last;
ALTER TABLE leads RENAME stage TO first;
ALTER TYPE stage RENAME VALUE 'a' TO 'zz';
:found;
SELECT conditions FROM sharing.criteria ORDER BY id;
SELECT count(*) AS changes FROM sharing.import_config(sharing.export_config(), dry_run => true);
\c - app
SET sharing.user_key = '3';
:seen;
\c - postgres
-- What is another condition is found all the same, also one with as many parts.
ALTER EVENT TRIGGER sharing_follow_tables DISABLE;
SELECT pg_get_expr(polqual, polrelid) AS says FROM pg_policy WHERE polname = 'sharing_select' \gset
SELECT replace(:'says', '''y''::text', '''n''::text') AS other, replace(:'says', ' OR ((', ' AND ((') AS narrower, replace(:'says', '{zz,m}', '{zz,z}') AS listed \gset
ALTER POLICY sharing_select ON leads USING (:other);
:found;
ALTER POLICY sharing_select ON leads USING (:listed);
:found;
ALTER POLICY sharing_select ON leads USING (:says);
:found;
ALTER EVENT TRIGGER sharing_follow_tables ENABLE;
-- A domain over an enum.
SELECT sharing.drop_rule(rule) FROM sharing.rule_overview \g /dev/null
SELECT sharing.apply_rules();
CREATE FUNCTION seen_by(condition jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
    rule bigint := sharing.add_rule('leads', NULL, 'role:Desk', 'read_only', criteria => condition);
    seen int[];
BEGIN
    PERFORM sharing.apply_rules(), set_config('sharing.user_key', '3', true);
    SET LOCAL SESSION AUTHORIZATION app;
    EXECUTE 'SELECT array_agg(id ORDER BY id) FROM leads' INTO seen;
    RESET SESSION AUTHORIZATION;
    PERFORM sharing.drop_rule(rule), sharing.apply_rules(), set_config('sharing.user_key', '', true);
    RETURN seen;
END
$$;
SELECT seen_by('{"narrow": "zz"}') = (SELECT array_agg(id ORDER BY id) FROM twin WHERE narrow::stage = 'zz') AS equal,
    seen_by('{"narrow": ["z", "m"]}') = (SELECT array_agg(id ORDER BY id) FROM twin WHERE narrow::stage IN ('z', 'm')) AS listed,
    seen_by('{"narrow": {"<>": "z"}}') = (SELECT array_agg(id ORDER BY id) FROM twin WHERE narrow::stage <> 'z') AS other,
    seen_by('{"narrow": {">": "z", "<=": "m"}}') = (SELECT array_agg(id ORDER BY id) FROM twin WHERE narrow::stage > 'z' AND narrow::stage <= 'm') AS between,
    seen_by('{"narrow": null}') = (SELECT array_agg(id ORDER BY id) FROM twin WHERE narrow IS NULL) AS null;
SELECT sharing.add_rule('leads', NULL, 'role:Desk', 'read_only', criteria => '{"narrow": "zz"}') \g /dev/null
SELECT sharing.apply_rules();
:found;
-- An index on the column answers it.
\c - app
SET sharing.user_key = '3';
SET enable_seqscan = off;
SELECT array_agg(id ORDER BY id) FROM leads WHERE owner IS NOT NULL;
\c - postgres
ALTER TABLE leads ALTER narrow TYPE text;
ALTER TABLE leads DROP narrow;
SELECT sharing.access_to('leads', id::text, '3') FROM leads ORDER BY id;
-- What looks like an array.
SELECT sharing.add_rule('leads', NULL, 'role:Desk', 'read_only', criteria => '{"ids": "1 2"}');
SELECT sharing.add_rule('leads', NULL, 'role:Desk', 'read_only', criteria => '{"numbers": "1 2"}');
