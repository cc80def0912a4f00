-- Examples that must hold, examples 1 to 9: what each person may view, edit and delete.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
-- rep1 and sup1 are in one group; Gin is nested in Gout; H40 is a sibling of H4.
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:rep1'), sharing.add_member('G', 'user:sup1'),
       sharing.create_group('gin', 'Gin'), sharing.add_member('Gin', 'user:rep1'),
       sharing.create_group('gout', 'Gout'), sharing.add_member('Gout', 'group:Gin'), sharing.add_member('Gout', 'user:sup1'),
       sharing.create_group('g1', 'G1'), sharing.add_member('G1', 'user:rep1'),
       sharing.create_role('H40', 'H3'), sharing.create_user('peer', 'peer', 'H40') \g /dev/null
CREATE TABLE records (id integer PRIMARY KEY, owner text, owning_group text, title text);
INSERT INTO records VALUES (1, 'rep1', NULL), (2, 'rep2', NULL), (3, 'mgr', NULL), (4, 'vp', NULL), (5, 'peer', NULL),
    (11, NULL, 'g'), (12, NULL, 'gin'), (13, NULL, 'gout'), (14, NULL, 'g1');
GRANT SELECT, UPDATE, DELETE ON records TO PUBLIC;
SELECT sharing.protect('records', 'owner', 'Records', owner_group => 'owning_group') \g /dev/null

-- Who may do what with one record; whoever is not listed may do nothing.
CREATE TABLE test.expected (example text, record integer, action char, people text[]);
INSERT INTO test.expected VALUES
('1', 1, 'V', '{rep1,mgr,vp,ceo}'), ('1', 1, 'E', '{rep1,mgr,vp,ceo}'), ('1', 1, 'D', '{rep1,mgr,vp,ceo}'),
('2', 1, 'V', '{rep1,rep2,mgr,vp,ceo,smgr,sup1,sup2,peer}'), ('2', 1, 'E', '{rep1,mgr,vp,ceo}'), ('2', 1, 'D', '{rep1,mgr,vp,ceo}'),
('3', 1, 'V', '{rep1,rep2,mgr,vp,ceo,smgr,sup1,sup2,peer}'), ('3', 1, 'E', '{rep1,rep2,mgr,vp,ceo,smgr,sup1,sup2,peer}'), ('3', 1, 'D', '{rep1,mgr,vp,ceo}'),
('4', 1, 'V', '{rep1,rep2,mgr,vp,ceo,smgr,sup1,sup2,peer}'), ('4', 1, 'E', '{rep1,rep2,mgr,vp,ceo,smgr,sup1,sup2,peer}'), ('4', 1, 'D', '{rep1,rep2,mgr,vp,ceo,smgr,sup1,sup2,peer}'),
('5', 11, 'V', '{rep1,sup1}'), ('5', 11, 'E', '{rep1,sup1}'), ('5', 11, 'D', '{rep1,sup1}'),
('6', 13, 'V', '{rep1,sup1}'), ('6', 13, 'E', '{rep1,sup1}'), ('6', 13, 'D', '{rep1,sup1}'),
('6', 12, 'V', '{rep1}'), ('6', 12, 'E', '{rep1}'), ('6', 12, 'D', '{rep1}'),
('7 read_only', 1, 'V', '{rep1,mgr,vp,ceo,sup1,sup2}'), ('7 read_only', 1, 'E', '{rep1,mgr,vp,ceo}'), ('7 read_only', 1, 'D', '{rep1,mgr,vp,ceo}'),
('7 read_write', 1, 'V', '{rep1,mgr,vp,ceo,sup1,sup2}'), ('7 read_write', 1, 'E', '{rep1,mgr,vp,ceo,sup1,sup2}'), ('7 read_write', 1, 'D', '{rep1,mgr,vp,ceo}'),
('8', 1, 'V', '{rep1,mgr,vp,ceo,sup1,sup2}'), ('8', 3, 'V', '{mgr,vp,ceo,sup1,sup2}'), ('8', 4, 'V', '{vp,ceo}'), ('8', 5, 'V', '{peer,vp,ceo}'),
('8', 3, 'E', '{mgr,vp,ceo}'),
('9', 14, 'V', '{rep1,sup1,sup2}'), ('9', 1, 'V', '{rep1,mgr,vp,ceo,sup1,sup2}'), ('9', 2, 'V', '{rep2,mgr,vp,ceo}'), ('9', 1, 'E', '{rep1,mgr,vp,ceo}');
GRANT SELECT ON test.expected TO app;
-- The configuration of each example, by the administrator.
CREATE PROCEDURE test.arrange(access text, owned_by text DEFAULT NULL, rule_access text DEFAULT NULL)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sharing.drop_rule(id) FROM sharing.rules;
    PERFORM sharing.set_global_access('Records', access);
    IF owned_by IS NOT NULL THEN
        PERFORM sharing.add_rule('Records', owned_by, 'role:H7', rule_access);
    END IF;
    PERFORM sharing.apply_rules();
END
$$;
-- Tries it out, as each person, and compares: one row an example, wrong answers by name.
CREATE FUNCTION test.check_example(name text, OUT answers bigint, OUT wrong text) LANGUAGE sql AS $$
    WITH tried AS (
        SELECT e.record, e.action, p.person, p.person = ANY (e.people) AS expected,
            test.outcome_for(p.person, CASE e.action
                WHEN 'V' THEN 'SELECT FROM public.records WHERE id = '
                WHEN 'E' THEN 'UPDATE public.records SET title = ''changed'' WHERE id = '
                WHEN 'D' THEN 'DELETE FROM public.records WHERE id = '
            END || e.record) AS outcome
        FROM test.expected e,
             unnest('{rep1,rep2,mgr,vp,ceo,smgr,sup1,sup2,peer}'::text[]) AS p (person)
        WHERE e.example = name)
    SELECT count(*), string_agg(concat_ws(' ', action, record, person, outcome), ', ')
               FILTER (WHERE outcome IS DISTINCT FROM CASE WHEN expected THEN '1' ELSE '0' END)
    FROM tried
$$;
\c - app
SELECT * FROM test.check_example('1');
SELECT * FROM test.check_example('5');
SELECT * FROM test.check_example('6');
\c - postgres
CALL test.arrange('public_read_only');
\c - app
SELECT * FROM test.check_example('2');
\c - postgres
CALL test.arrange('public_read_edit');
\c - app
SELECT * FROM test.check_example('3');
\c - postgres
CALL test.arrange('public_read_edit_delete');
\c - app
SELECT * FROM test.check_example('4');
\c - postgres
CALL test.arrange('private', 'role:H5', 'read_only');
\c - app
SELECT * FROM test.check_example('7 read_only');
\c - postgres
CALL test.arrange('private', 'role:H5', 'read_write');
\c - app
SELECT * FROM test.check_example('7 read_write');
\c - postgres
CALL test.arrange('private', 'role_and_subordinates:H4', 'read_only');
\c - app
SELECT * FROM test.check_example('8');
\c - postgres
CALL test.arrange('private', 'group:G1', 'read_only');
\c - app
SELECT * FROM test.check_example('9');
