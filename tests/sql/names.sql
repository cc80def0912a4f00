-- The organization; Modules: any name works, wherever it appears: quotes, colons, newlines, unicode, SQL, 63 bytes and more.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE test.odd (n serial, name text);
INSERT INTO test.odd (name) VALUES ('plain'), ('with space'), ('a:b:c'), ('role:H5'), ('o''clock'), ('"quoted"'), (E'two\nlines'), (E'tab\tand\\backslash'), ('Žluťoučký kůň 马 🐎'), ('$1'), ('%s %I'),
    ('''; DROP TABLE leads; --'), (repeat('x', 63)), (repeat('ü', 31)), (repeat('long ', 38)), ('NULL'), ('{}'), (' '), ('select'), ('UPPER'), ('upper');
GRANT SELECT ON test.odd TO app;
-- An office, a role, a user, a group by each name; the table has one, too, and its owner column, where an identifier can be it.
SELECT sharing.create_office(name), sharing.create_role(name, 'H2'), sharing.create_user(name, name, name, name), sharing.create_group(name || '!', name),
       sharing.add_member(name, 'user:' || name), sharing.add_member(name, 'role:' || name), sharing.add_member(name, 'role_and_subordinates:' || name) FROM test.odd ORDER BY n \g /dev/null
SELECT sharing.add_member('plain', 'group:' || name) FROM test.odd WHERE name <> 'plain' ORDER BY n \g /dev/null
DO $$
DECLARE
    odd text;
BEGIN
    FOR odd IN SELECT name FROM test.odd WHERE octet_length(name) < 64 LOOP
        EXECUTE format('CREATE TABLE test.%I (id integer PRIMARY KEY, %I text, %I text, title text)', odd, odd || CASE WHEN octet_length(odd) < 62 THEN 'o' ELSE '' END, 'g' || left(odd, 30));
        EXECUTE format('CREATE INDEX ON test.%I (%I)', odd, odd || CASE WHEN octet_length(odd) < 62 THEN 'o' ELSE '' END);
        EXECUTE format('INSERT INTO test.%I VALUES (1, %L, NULL), (2, NULL, %L), (3, ''rep1'', NULL)', odd, odd, odd || '!');
        EXECUTE format('GRANT ALL ON test.%I TO app', odd);
        PERFORM sharing.protect(format('test.%I', odd)::regclass, odd || CASE WHEN octet_length(odd) < 62 THEN 'o' ELSE '' END, 'Module ' || odd, owner_group => 'g' || left(odd, 30));
        PERFORM sharing.add_rule('Module ' || odd, 'role:' || odd, 'group:' || odd, 'read_write'), sharing.add_rule('Module ' || odd, 'group:' || odd, 'role_and_subordinates:' || odd, 'read_only'),
                sharing.set_global_access('Module ' || odd, 'public_read_only'), sharing.set_global_access('Module ' || odd, 'private');
    END LOOP;
END
$$;
SELECT count(*), count(DISTINCT detail->>'owned_by') FROM sharing.pending_changes();
SELECT sharing.apply_rules();
\c - app
SELECT n, r.*, test.outcome_for(name, format('SELECT sharing.transfer(%L, ''{1,2}'', %L)', format('test.%I', name), 'user:' || name)) AS transferred
FROM test.odd, test.reach(name, format('test.%I', name)::regclass) r WHERE octet_length(name) < 64 ORDER BY n;
DO $$
DECLARE
    odd text;
BEGIN
    FOR odd IN SELECT name FROM test.odd LOOP
        PERFORM set_config('sharing.user_key', odd, false);
        IF sharing.current_user_key() IS DISTINCT FROM odd OR sharing.current_user_name() IS DISTINCT FROM odd THEN
            RAISE NOTICE '% is taken for %', odd, sharing.current_user_key();
        END IF;
    END LOOP;
END
$$;
-- And away again.
\c - postgres
SELECT sharing.drop_rule(id) FROM sharing.rules \g /dev/null
SELECT sharing.apply_rules() > 0 AS applied;
SELECT sharing.unprotect(relation) FROM sharing.modules WHERE name LIKE 'Module %' \g /dev/null
SELECT sharing.remove_member('plain', 'group:' || name) FROM test.odd WHERE name <> 'plain' \g /dev/null
SELECT sharing.remove_member(name, 'user:' || name), sharing.remove_member(name, 'role:' || name), sharing.drop_group(name), sharing.rename_role(name, 'new ' || name),
       sharing.set_user_role(name, NULL), sharing.drop_user(name), sharing.drop_role('new ' || name), sharing.drop_office(name) FROM test.odd \g /dev/null
SELECT (SELECT count(*) FROM sharing.users), (SELECT count(*) FROM sharing.roles), (SELECT count(*) FROM sharing.groups), (SELECT count(*) FROM sharing.offices), (SELECT count(*) FROM sharing.modules);
