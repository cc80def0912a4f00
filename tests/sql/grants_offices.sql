-- Single records for colleagues; Office security: what was given of a record of a closed office counts for people of that office alone, whoever
-- owns it at the time: the user owner's office decides, and without a known user owner the group owner's.
\getenv tests PG_ABS_SRCDIR
\set offices :tests '/support/offices.sql'
\i :offices
SELECT sharing.create_user('zoe', 'zoe', office => 'New York'), sharing.create_user('tom', 'tom'), sharing.create_user('pat', 'pat', office => 'Head') \g /dev/null
SELECT sharing.create_group('ny', 'Yorkers', 'New York'), sharing.create_group('head', 'Heads', 'Head'), sharing.create_group('free', 'Free') \g /dev/null
-- Columns of every kind: a group column alone, one for both, one for each.
SET ROLE crm;
CREATE TABLE grouped (id integer PRIMARY KEY, team text, title text);
CREATE TABLE mixed (id integer PRIMARY KEY, owner text, title text);
CREATE TABLE paired (id integer PRIMARY KEY, owner text, team text, title text);
INSERT INTO grouped VALUES (1, 'ny'), (2, 'head'), (3, 'free'), (4, 'nobody'), (5, NULL), (6, 'ann');
INSERT INTO mixed VALUES (1, 'ny'), (2, 'head'), (3, 'ann'), (4, 'tom'), (5, 'nobody'), (6, NULL);
INSERT INTO paired VALUES (1, 'ann', 'head'), (2, 'pat', 'ny'), (3, 'nobody', 'ny'), (4, NULL, 'ny'), (5, 'nobody', 'head'), (6, 'tom', 'ny'), (7, NULL, NULL), (8, 'ann', NULL), (9, 'nobody', NULL);
GRANT ALL ON grouped, mixed, paired TO PUBLIC;
RESET ROLE;
SELECT sharing.protect('grouped', owner_group => 'team'), sharing.protect('mixed', 'owner', owner_group => 'owner'), sharing.protect('paired', 'owner', owner_group => 'team') \g /dev/null
SELECT name, security FROM sharing.offices ORDER BY name;
-- Everything is given to zoe of New York, to tom of no office, to liz of Los Angeles.
SELECT count(sharing.grant_record(relation, id::text, 'user:' || who, 'edit')) FROM (
    SELECT 'grouped'::regclass, id FROM grouped UNION ALL SELECT 'mixed', id FROM mixed UNION ALL SELECT 'paired', id FROM paired UNION ALL SELECT 'clients', id FROM clients) r (relation, id),
    unnest('{zoe,tom,liz}'::text[]) who;
CREATE VIEW reached AS SELECT person, relation, reach.* FROM unnest('{zoe,tom,liz}'::text[]) person, unnest('{clients,grouped,mixed,paired}'::regclass[]) relation, test.reach(person, relation) reach;
GRANT SELECT ON reached TO app;
-- What a statement says beside: the office of each record, by the plainest of ways.
CREATE VIEW expected AS SELECT person, relation, string_agg(r.id::text, ' ' ORDER BY r.id) AS sees FROM (
    SELECT 'clients'::regclass AS relation, id, owner, NULL AS team FROM clients UNION ALL SELECT 'grouped', id, NULL, team FROM grouped
    UNION ALL SELECT 'mixed', id, owner, owner FROM mixed UNION ALL SELECT 'paired', id, owner, team FROM paired) r
    CROSS JOIN unnest('{zoe,tom,liz}'::text[]) person JOIN sharing.users p ON p.key = person
    LEFT JOIN sharing.users u ON u.key = r.owner LEFT JOIN sharing.groups g ON g.key = r.team
    LEFT JOIN sharing.offices o ON o.id = CASE WHEN u.id IS NOT NULL THEN u.office_id ELSE g.office_id END
    WHERE NOT coalesce(o.security, false) OR o.id = p.office_id OR u.key = person GROUP BY 1, 2;
SELECT person, relation, sees FROM expected ORDER BY person, relation::text;
SELECT array_agg((person, relation, sees)::text ORDER BY person, relation::text) AS expected FROM expected \gset
\c - app
SELECT person, relation, sees, edits, deletes FROM reached ORDER BY person, relation::text;
SELECT array_agg((person, relation, sees)::text ORDER BY person, relation::text) = :'expected' AS is_as_expected FROM reached WHERE sees IS NOT NULL;
-- Another owner, an office that opens or closes, a user who moves: judged as it is.
\c - postgres
SELECT sharing.set_office_security('New York', false), sharing.set_office_security('Head', true), sharing.set_user_office('tom', 'Head') \g /dev/null
SELECT array_agg((person, relation, sees)::text ORDER BY person, relation::text) AS expected FROM expected \gset
\c - app
SELECT person, relation, sees FROM reached ORDER BY person, relation::text;
SELECT array_agg((person, relation, sees)::text ORDER BY person, relation::text) = :'expected' AS is_as_expected FROM reached WHERE sees IS NOT NULL;
-- Explained: what was withheld, and by which office.
\c - postgres
SELECT access, reason, via FROM sharing.explain('paired', '2', 'liz');
SELECT access, reason, via FROM sharing.explain('paired', '2', 'tom');
SELECT user_key, access, reason, via FROM sharing.who_can('paired', '2');
SELECT user_key, access, reason, via FROM sharing.who_can('grouped', '1');
