-- Memberships that end, for whoever owns records, for who is above a member, and for what is told beforehand: rules of groups' records, rules that reach
-- the superiors of members, previews, who_can, explain. What is right is said by a plain query over a twin that nobody protects.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE twin AS TABLE leads;
CREATE ROLE sup1_db LOGIN; CREATE ROLE sup2_db LOGIN; CREATE ROLE smgr_db LOGIN;
SELECT sharing.set_user_db_role(person, (person || '_db')::regrole) FROM unnest('{sup1,sup2,smgr}'::text[]) person \g /dev/null
SELECT sharing.create_group('o', 'owners'), sharing.create_group('i', 'inner'), sharing.create_group('t', 'team') \g /dev/null
SELECT sharing.add_member('owners', 'user:rep1'), sharing.add_member('owners', 'group:inner'), sharing.add_member('inner', 'user:mgr'), sharing.add_member('team', 'user:sup1') \g /dev/null
SELECT sharing.add_rule('leads', 'group:owners', 'role:H7', 'read_only'), sharing.add_rule('leads', 'role:H3', 'group:team', 'read_write', superiors => true), sharing.apply_rules() \g /dev/null
-- What may end.
CREATE TABLE things (name text, statement text);
INSERT INTO things VALUES
    ('owner', 'UPDATE sharing.group_users SET until = $1 WHERE user_id = (SELECT id FROM sharing.users WHERE key = ''rep1'')'),
    ('owner within', 'UPDATE sharing.group_users SET until = $1 WHERE user_id = (SELECT id FROM sharing.users WHERE key = ''mgr'')'),
    ('nesting', 'UPDATE sharing.group_members SET until = $1'),
    ('member', 'UPDATE sharing.group_users SET until = $1 WHERE user_id = (SELECT id FROM sharing.users WHERE key = ''sup1'')');
CREATE FUNCTION test.by_rules(person text, of text, ended text[]) RETURNS boolean LANGUAGE sql AS $$
    SELECT coalesce(person IN ('sup1', 'sup2') AND of = 'rep1' AND 'owner' <> ALL (ended)
        OR person IN ('sup1', 'sup2') AND of = 'mgr' AND NOT ended && ARRAY['owner within', 'nesting']
        OR person IN ('sup1', 'smgr') AND of = 'vp' AND 'member' <> ALL (ended), false)
$$;
CREATE FUNCTION test.by_twin(person text, ended text[]) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(t.id::text, ' ' ORDER BY t.id) FROM twin t
    WHERE t.owner = person OR person = 'smgr' AND t.owner IN ('sup1', 'sup2') OR test.by_rules(person, t.owner, ended)
$$;
-- That the rules go is staged: what is previewed to be lost is what they give.
SELECT sharing.drop_rule(id) FROM sharing.rules \g /dev/null
-- Every part of the four has ended: each time as part of a statement that changes it, and in a transaction after that. Notices tell what differs.
CREATE FUNCTION test.compare(ended text[], what text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    person text;
    seen text;
    lost bigint;
    record integer;
    who text[];
    should text[];
BEGIN
    FOREACH person IN ARRAY '{sup1,sup2,smgr}'::text[] LOOP
        PERFORM set_config('role', person || '_db', true);
        seen := test.sees();
        PERFORM set_config('role', 'none', true);
        IF seen IS DISTINCT FROM test.by_twin(person, ended) THEN RAISE NOTICE '% %, % sees %', what, ended, person, seen; END IF;
        lost := coalesce((SELECT sum(p.lost) FROM sharing.preview_rules() p WHERE user_key = person), 0);
        IF lost <> (SELECT count(*) FROM twin t WHERE test.by_rules(person, t.owner, ended)) THEN RAISE NOTICE '% %, % loses %', what, ended, person, lost; END IF;
        FOREACH record IN ARRAY '{1,3,4}'::integer[] LOOP
            IF EXISTS (SELECT FROM sharing.explain('leads', record, person) WHERE reason = 'custom_rule') <> (SELECT test.by_rules(person, t.owner, ended) FROM twin t WHERE id = record) THEN
                RAISE NOTICE '% %, % has %', what, ended, person, record;
            END IF;
        END LOOP;
    END LOOP;
    FOREACH record IN ARRAY '{1,3,4}'::integer[] LOOP
        who := ARRAY(SELECT DISTINCT user_key COLLATE "C" FROM sharing.who_can('leads', record) WHERE user_key IN ('sup1', 'sup2', 'smgr') ORDER BY 1);
        should := ARRAY(SELECT p COLLATE "C" FROM unnest('{smgr,sup1,sup2}'::text[]) p, twin t WHERE t.id = record AND test.by_rules(p, t.owner, ended) ORDER BY 1);
        IF who IS DISTINCT FROM should THEN RAISE NOTICE '% %, % can have %', what, ended, who, record; END IF;
    END LOOP;
    RETURN 1;
END
$$;
SELECT explained.reason, explained.access FROM sharing.explain('leads', 4, 'smgr') explained;
DO $$
DECLARE
    part integer;
    ended text[];
    thing record;
BEGIN
    FOR part IN 0..15 LOOP
        ended := '{}';
        FOR thing IN SELECT t.*, row_number() OVER (ORDER BY name) AS n FROM things t ORDER BY name LOOP
            IF part & (1 << (thing.n::integer - 1)) <> 0 THEN ended := ended || thing.name; END IF;
            EXECUTE thing.statement USING CASE WHEN part & (1 << (thing.n::integer - 1)) <> 0 THEN statement_timestamp() - '1 s'::interval ELSE statement_timestamp() + '1 day'::interval END;
        END LOOP;
        PERFORM test.compare(ended, 'at once');
        COMMIT;
        PERFORM test.compare(ended, 'afterwards');
        COMMIT;
    END LOOP;
END
$$;
