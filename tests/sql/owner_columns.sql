-- Vocabulary; The decision: which columns own a record: user, group, one column for either, both; unknown and absent owners.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.create_group('g', 'G'), sharing.add_member('G', 'user:rep1'),
       sharing.create_group('of_role', 'of a role'), sharing.add_member('of a role', 'role:H5'),
       sharing.create_group('of_roles', 'of roles'), sharing.add_member('of roles', 'role_and_subordinates:H4') \g /dev/null
CREATE TABLE by_group (id integer, title text, team text);
CREATE TABLE by_either (id integer, title text, owner text);
CREATE TABLE by_both (id integer, title text, owner text, team text);
INSERT INTO by_group VALUES (1, '', 'g'), (2, '', 'of_role'), (3, '', 'of_roles'), (4, '', 'rep2'), (5, '', 'rep1'), (6, '', NULL);
INSERT INTO by_either VALUES (1, '', 'g'), (2, '', 'of_role'), (3, '', 'of_roles'), (4, '', 'rep2'), (5, '', 'rep1'), (6, '', NULL), (7, '', 'ghost');
INSERT INTO by_both VALUES (1, '', 'rep2', 'g'), (2, '', 'ghost', 'g'), (3, '', NULL, 'g'), (4, '', 'sup1', 'ghost'), (5, '', 'sup1', NULL),
    (6, '', NULL, NULL), (7, '', 'ghost', 'ghost'), (8, '', 'g', 'rep1'), (9, '', 'rep2', 'rep2');
GRANT ALL ON by_group, by_either, by_both TO app;
SELECT sharing.protect('by_group', owner_group => 'team'),
       sharing.protect('by_either', 'owner', owner_group => 'owner'),
       sharing.protect('by_both', 'owner', owner_group => 'team') \g /dev/null
-- rep2 is also the key of a group, whose member is sup2; where one column holds either, such a key is nobody's.
INSERT INTO sharing.groups (key, name) VALUES ('rep2', 'G2');
SELECT sharing.add_member('G2', 'user:sup2') \g /dev/null
SELECT name, owners FROM sharing.modules ORDER BY name;
\c - app
SELECT person, g.sees AS by_group, e.sees AS by_either, b.sees AS by_both,
       (g.edits, e.edits, b.edits) IS NOT DISTINCT FROM (g.sees, e.sees, b.sees)
       AND (g.deletes, e.deletes, b.deletes) IS NOT DISTINCT FROM (g.sees, e.sees, b.sees) AS edits_and_deletes_the_same
FROM unnest('{rep1,rep2,mgr,vp,sup1,sup2,smgr,adm,nobody}'::text[]) WITH ORDINALITY p (person, n),
     test.reach(person, 'by_group') g, test.reach(person, 'by_either') e, test.reach(person, 'by_both') b ORDER BY n;
-- Superiors of a record's user owner reach it; those of the members of its group do not. Rules go by either owner.
\c - postgres
SELECT sharing.add_rule('by_both', 'role:H7', 'group:G', 'read_write'), sharing.add_rule('by_either', 'group:G', 'role:H7', 'read_only'),
       sharing.add_rule('by_group', 'group:G', 'role:H7', 'read_only'), sharing.apply_rules() \g /dev/null
\c - app
SELECT person, g AS by_group, e AS by_either, b AS by_both
FROM unnest('{rep1,mgr,sup1,sup2}'::text[]) WITH ORDINALITY p (person, n),
     test.reach(person, 'by_group') g, test.reach(person, 'by_either') e, test.reach(person, 'by_both') b ORDER BY n;
-- Public: what nobody is known to own is public too.
\c - postgres
SELECT sharing.set_global_access(m, 'public_read_only') FROM unnest('{by_group,by_either,by_both}'::text[]) m \g /dev/null
SELECT sharing.apply_rules() \g /dev/null
\c - app
SELECT person, g AS by_group, e AS by_either, b AS by_both
FROM unnest('{rep1,mgr,sup2,nobody}'::text[]) WITH ORDINALITY p (person, n),
     test.reach(person, 'by_group') g, test.reach(person, 'by_either') e, test.reach(person, 'by_both') b ORDER BY n;
-- Without hierarchy, superiors reach what is their own.
\c - postgres
SELECT sharing.unprotect('by_both') \g /dev/null
SELECT sharing.protect('by_both', 'owner', owner_group => 'team', hierarchy => false) \g /dev/null
\c - app
SELECT person, b.sees FROM unnest('{rep1,rep2,mgr,ceo,sup2}'::text[]) WITH ORDINALITY p (person, n), test.reach(person, 'by_both') b ORDER BY n;
