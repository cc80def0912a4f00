-- SPEC 7: preview_rules() counts what apply_rules() then does, for users and groups as owners, unknown and absent ones.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:rep1'), sharing.add_member('G', 'role:H7'), sharing.create_office('closed', security => true),
       sharing.set_user_office('rep2', 'closed'), sharing.set_user_office('sup2', 'closed'), sharing.deactivate_user('vp') \g /dev/null
CREATE TABLE records (id integer, owner text, team text);
INSERT INTO records SELECT n, (ARRAY['rep1', 'rep2', 'mgr', 'vp', 'ceo', 'sup1', 'sup2', 'ghost', NULL])[1 + n % 9], (ARRAY['g', NULL, NULL, 'ghost'])[1 + n % 4] FROM generate_series(1, 72) n;
CREATE TABLE mixed (id integer, owner text);
INSERT INTO mixed SELECT id, coalesce(owner, team) FROM records;
GRANT SELECT ON records, mixed TO app;
SELECT sharing.protect('records', 'owner', owner_group => 'team'), sharing.protect('mixed', 'owner', owner_group => 'owner') \g /dev/null
-- The ids that each user sees in each table; twice, before and after.
CREATE TABLE test.seen (stage text, module text, person text, ids text[]);
CREATE PROCEDURE test.look(stage text) LANGUAGE plpgsql AS $$
DECLARE
    person text;
    module text;
    ids text[];
BEGIN
    FOR person IN SELECT key FROM sharing.users LOOP
        FOREACH module IN ARRAY '{leads,records,mixed}'::text[] LOOP
            SET LOCAL SESSION AUTHORIZATION app;
            PERFORM set_config('sharing.user_key', person, true);
            EXECUTE format('SELECT coalesce(array_agg(id::text), ''{}'') FROM %I', module) INTO ids;
            RESET SESSION AUTHORIZATION;
            INSERT INTO test.seen VALUES (stage, module, person, ids);
        END LOOP;
    END LOOP;
END
$$;
CREATE PROCEDURE test.compare() LANGUAGE plpgsql AS $$
DECLARE
    said bigint;
    wrong text;
BEGIN
    TRUNCATE test.seen;
    CREATE TEMP TABLE preview ON COMMIT DROP AS SELECT * FROM sharing.preview_rules();
    CALL test.look('before');
    PERFORM sharing.apply_rules();
    CALL test.look('after');
    SELECT count(*) INTO said FROM preview;
    SELECT string_agg(concat_ws(' ', module, person, p.gained, p.lost, 'really', r.gained, r.lost), ', ') INTO wrong
    FROM (SELECT b.module, b.person, (SELECT count(*) FROM (SELECT unnest(a.ids) EXCEPT SELECT unnest(b.ids)) x) AS gained,
                 (SELECT count(*) FROM (SELECT unnest(b.ids) EXCEPT SELECT unnest(a.ids)) x) AS lost
          FROM test.seen b JOIN test.seen a USING (module, person) WHERE b.stage = 'before' AND a.stage = 'after') r
    FULL JOIN (SELECT module, user_key AS person, gained, lost FROM preview) p USING (module, person)
    WHERE (coalesce(p.gained, 0), coalesce(p.lost, 0)) <> (r.gained, r.lost);
    RAISE NOTICE '% rows previewed, wrong: %', said, wrong;
END
$$;
CALL test.compare();
SELECT sharing.set_global_access('leads', 'public_read_only'), sharing.add_rule('records', 'role:H5', 'role:H7', 'read_only'), sharing.add_rule('mixed', 'group:G', 'role:H4', 'read_write') \g /dev/null
SELECT * FROM sharing.preview_rules() WHERE user_key IN ('rep1', 'sup1', 'mgr') ORDER BY 1, 2;
BEGIN; CALL test.compare(); COMMIT;
SELECT sharing.set_global_access('records', 'public_read_edit'), sharing.add_rule('mixed', 'role_and_subordinates:H2', 'role_and_subordinates:H6', 'read_only', superiors => true), sharing.alter_rule(1, 'read_write'), sharing.drop_rule(2) \g /dev/null
BEGIN; CALL test.compare(); COMMIT;
SELECT sharing.set_global_access(m, 'private') FROM unnest('{leads,records}'::text[]) m \g /dev/null
SELECT sharing.drop_rule(id) FROM sharing.rules WHERE id <> 2 \g /dev/null
SELECT sharing.add_rule('records', 'group:G', 'group:G', 'read_only'), sharing.add_rule('leads', 'role:H1', 'role:H5', 'read_only') \g /dev/null
BEGIN; CALL test.compare(); COMMIT;
-- Edit and delete alone change nobody's sight.
SELECT sharing.alter_rule(id, 'read_write') FROM sharing.rules \g /dev/null
BEGIN; CALL test.compare(); COMMIT;
