-- protect() mends a module of which a column was dropped with CASCADE: name, rules and settings stay, shares while
-- the key is the same column, and children while it leads them. unrelate() ends relations of a broken child. What
-- everybody sees is compared with copies of the tables that nothing protects.
\set VERBOSITY default
\set SHOW_CONTEXT never
CREATE ROLE broken_module_mended_app;
SELECT sharing.trust('broken_module_mended_app');
SELECT sharing.create_office('A'), sharing.create_office('B'), sharing.create_role('Boss'), sharing.create_role('Rep', 'Boss'), sharing.create_role('Web') \g /dev/null
SELECT sharing.create_user('1', 'one', 'Rep'), sharing.create_user('2', 'two', 'Web'), sharing.create_user('3', 'three', 'Boss'), sharing.create_user('8', 'eight', NULL, 'A'), sharing.create_user('9', 'nine', NULL, 'B') \g /dev/null
SELECT sharing.enable_record_sharing('8'), sharing.enable_record_sharing('9') \g /dev/null
SELECT sharing.create_group('100', 'Team'), sharing.add_member('Team', 'user:2') \g /dev/null
CREATE TABLE leads (id int PRIMARY KEY, owner text, other text, no int NOT NULL UNIQUE);
CREATE TABLE deals (id int PRIMARY KEY, owner text, lead int, lead_too int);
CREATE TABLE lines (id int PRIMARY KEY, lead int, lead_too int);
CREATE TABLE cases (id int PRIMARY KEY, owner text, team int, team_too int);
CREATE TABLE visits (id int PRIMARY KEY, owner text, other text) PARTITION BY RANGE (id);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (1) TO (5);
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM (5) TO (9);
INSERT INTO leads SELECT n, o, r, 9 - n FROM unnest('{1,2,3,8,8,NULL}'::text[], '{2,1,8,3,8,1}'::text[]) WITH ORDINALITY t (o, r, n);
INSERT INTO deals SELECT n, CASE WHEN n = 2 THEN '3' END, n, 7 - n FROM generate_series(1, 6) n;
INSERT INTO lines SELECT n, n, 7 - n FROM generate_series(1, 6) n;
INSERT INTO cases SELECT n, CASE WHEN n < 3 THEN n::text END, CASE WHEN n > 3 THEN 100 END, CASE WHEN n < 3 THEN 100 END FROM generate_series(1, 6) n;
INSERT INTO visits SELECT id, owner, other FROM leads;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO broken_module_mended_app;
CREATE SCHEMA copy;
CREATE TABLE copy.leads AS SELECT * FROM leads;
CREATE TABLE copy.deals AS SELECT * FROM deals;
CREATE TABLE copy.lines AS SELECT * FROM lines;
CREATE TABLE copy.cases AS SELECT * FROM cases;
CREATE FUNCTION copy.sees(who text, query text) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE seen int[];
BEGIN
    PERFORM set_config('sharing.user_key', who, true);
    SET LOCAL SESSION AUTHORIZATION broken_module_mended_app;
    EXECUTE format('SELECT coalesce(array_agg(id ORDER BY id), ''{}'') FROM (%s) q', query) INTO seen;
    RESET SESSION AUTHORIZATION;
    RETURN seen;
END
$$;
-- Whom the owner of a record lets see it: himself, his superior, and by the rule Web what Reps own.
CREATE FUNCTION copy.may(who text, owner text) RETURNS boolean LANGUAGE sql AS $$ SELECT who = owner OR (who, owner) = ('3', '1') OR (who, owner) = ('2', '1') $$;
-- Users who see something else than what they should.
CREATE FUNCTION copy.wrong(tab text, condition text) RETURNS TABLE (who text, sees int[], should int[]) LANGUAGE plpgsql AS $$
BEGIN
    FOREACH who IN ARRAY '{1,2,3,8,9}'::text[] LOOP
        sees := copy.sees(who, 'SELECT id FROM ' || tab);
        EXECUTE format('SELECT coalesce(array_agg(id ORDER BY id), ''{}'') FROM copy.%I WHERE %s', tab, replace(condition, 'WHO', quote_literal(who))) INTO should;
        IF sees IS DISTINCT FROM should THEN RETURN NEXT; END IF;
    END LOOP;
END
$$;
SELECT sharing.protect('leads', 'owner', 'Leads'), sharing.protect('deals', 'owner'), sharing.protect('cases', 'owner', owner_group => 'team', hierarchy => false) \g /dev/null
SELECT sharing.protect('lines', controlled_by => 'leads', via => 'lead'), sharing.protect('visits', 'owner', default_owner => true) \g /dev/null
SELECT sharing.relate('deals', 'lead', 'leads'), sharing.relate('deals', 'lead_too', 'leads') \g /dev/null
SELECT sharing.add_rule('Leads', 'role:Rep', 'role:Web', 'read_only', '{"deals": "read_only"}'), sharing.add_rule('visits', 'role:Rep', 'role:Web', 'read_only'), sharing.apply_rules() \g /dev/null
SELECT change FROM sharing.import_config('{"version": 1, "links": [{"from": "8", "to": "9", "status": "active"}], "shares": [{"module": "Leads", "record": "4", "from": "8", "to": "9", "access": "read"}, {"module": "visits", "record": "4", "from": "8", "to": "9", "access": "edit"}]}');
SELECT * FROM copy.wrong('leads', $$copy.may(WHO, owner) OR (WHO, id) = ('9', 4)$$);

-- The owner column. What is tried first changes nothing.
BEGIN;
SET LOCAL client_min_messages = error;
ALTER TABLE leads DROP COLUMN owner CASCADE;
SET LOCAL client_min_messages = notice;
SELECT * FROM copy.wrong('leads', 'false');
SAVEPOINT s;
SELECT sharing.protect('leads', 'gone');
ROLLBACK TO s;
SELECT sharing.protect('leads', 'other', 'Customers');
ROLLBACK TO s;
SELECT sharing.protect('leads', 'other', hierarchy => false);
ROLLBACK TO s;
SELECT sharing.protect('leads', 'other', follows => 'cases');
ROLLBACK TO s;
SELECT sharing.protect('leads', 'other', global_access => 'public_read_only');
ROLLBACK TO s;
SELECT sharing.protect('leads', controlled_by => 'cases', via => 'no');
ROLLBACK TO s;
SELECT sharing.transfer('leads', '{1}', 'user:1');
ROLLBACK TO s;
SELECT sharing.relate('leads', 'no', 'cases');
ROLLBACK TO s;
SELECT count(*) > 0 AS told FROM sharing.protect('leads', 'other', dry_run => true);
SELECT * FROM copy.wrong('leads', 'false');
SELECT line FROM sharing.protect('leads', 'other', 'Leads') line WHERE line LIKE '--%';
SELECT * FROM copy.wrong('leads', $$copy.may(WHO, other) OR (WHO, id) = ('9', 4) AND other = '8'$$);
SELECT * FROM copy.wrong('lines', $$EXISTS (SELECT FROM copy.leads l WHERE l.id = lines.lead AND (copy.may(WHO, l.other) OR (WHO, l.id) = ('9', 4) AND l.other = '8'))$$);
SELECT record_id FROM sharing.shares ORDER BY module_id, record_id;
-- The record of the share belongs to its sender again.
UPDATE leads SET other = '8' WHERE id = 4;
UPDATE copy.leads SET other = '8' WHERE id = 4;
SELECT * FROM copy.wrong('leads', $$copy.may(WHO, other) OR (WHO, id) = ('9', 4)$$);
SELECT (SELECT count(*) FROM sharing.rules) AS rules, (SELECT count(*) FROM sharing.related_levels) AS levels, (SELECT count(*) FROM sharing.relations) AS relations;
SELECT sharing.protect('leads', 'other');
ROLLBACK;

-- The column of a relation: what rules and shares open over one goes until it is declared again.
BEGIN;
SET LOCAL client_min_messages = error;
ALTER TABLE deals DROP COLUMN lead CASCADE;
SET LOCAL client_min_messages = notice;
SELECT * FROM copy.wrong('deals', 'false');
SAVEPOINT s;
SELECT sharing.unrelate('deals', 'lead', 'cases');
ROLLBACK TO s;
SELECT line FROM sharing.protect('deals', 'owner', dry_run => true) line WHERE line LIKE '%relation%';
SELECT sharing.unrelate('deals', 'lead', 'leads');
SELECT count(*) AS relations, (SELECT count(*) FROM sharing.related_levels) AS levels FROM sharing.relations;
SELECT line FROM sharing.protect('deals', 'owner') line WHERE line LIKE '%relation%';
SELECT * FROM copy.wrong('deals', $$owner = WHO$$);
SELECT sharing.relate('deals', 'lead_too', 'leads');
SELECT sharing.alter_rule(1, related => '{"deals": "read_only"}'), sharing.apply_rules() \g /dev/null
SELECT * FROM copy.wrong('deals', $$owner = WHO OR lead_too IN (SELECT id FROM copy.leads l WHERE (WHO, l.owner) = ('2', '1') OR (WHO, l.id) = ('9', 4))$$);
ROLLBACK;

-- The group column: by another one, or by the owner alone.
BEGIN;
SELECT * FROM copy.wrong('cases', $$owner = WHO OR WHO = '2' AND team IS NOT NULL$$);
SET LOCAL client_min_messages = error;
ALTER TABLE cases DROP COLUMN team CASCADE;
SET LOCAL client_min_messages = notice;
SELECT * FROM copy.wrong('cases', 'false');
SAVEPOINT s;
SELECT count(*) > 0 AS mended FROM sharing.protect('cases', 'owner', owner_group => 'team_too');
SELECT * FROM copy.wrong('cases', $$owner = WHO OR WHO = '2' AND team_too IS NOT NULL$$);
SELECT owners, hierarchy FROM sharing.modules WHERE name = 'cases';
ROLLBACK TO s;
SELECT count(*) > 0 AS mended FROM sharing.protect('cases', 'owner', hierarchy => false);
SELECT * FROM copy.wrong('cases', $$owner = WHO$$);
SELECT count(*) > 0 AS taken_off FROM sharing.unprotect('cases');
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'cases'::regclass;
SELECT copy.sees('9', 'TABLE cases');
ROLLBACK;

-- The key: other records have the same values under the new one. Children that hold them are in the way.
BEGIN;
SET LOCAL client_min_messages = error;
ALTER TABLE leads DROP COLUMN id CASCADE;
ALTER TABLE leads ADD PRIMARY KEY (no);
SET LOCAL client_min_messages = notice;
SAVEPOINT s;
SELECT sharing.protect('leads', 'owner');
ROLLBACK TO s;
SELECT change FROM sharing.import_config((SELECT jsonb_build_object('version', 1, 'modules', jsonb_agg(module - 'broken' || CASE WHEN module ? 'broken' THEN '{"owner": "owner"}'::jsonb ELSE '{}' END)) FROM jsonb_array_elements(sharing.export_config() -> 'modules') module));
ROLLBACK TO s;
SELECT sharing.unrelate('deals', 'lead', 'leads'), sharing.unrelate('deals', 'lead_too', 'leads');
SELECT count(*) > 0 AS taken_off FROM sharing.unprotect('lines');
SAVEPOINT s;
SELECT line FROM sharing.protect('leads', 'owner') line WHERE line LIKE '--%';
-- Record 4 is now another one, also of user 8.
SELECT copy.sees('8', 'SELECT no AS id FROM leads'), copy.sees('9', 'SELECT no AS id FROM leads');
SELECT count(*) AS shares FROM sharing.shares;
SELECT count(*) AS rules FROM sharing.rules;
ROLLBACK TO s;
SELECT change, object FROM sharing.import_config((SELECT jsonb_build_object('version', 1, 'modules', jsonb_agg(module - 'broken' || CASE WHEN module ? 'broken' THEN '{"owner": "owner"}'::jsonb ELSE '{}' END)) FROM jsonb_array_elements(sharing.export_config() -> 'modules') module));
SELECT copy.sees('8', 'SELECT no AS id FROM leads'), copy.sees('9', 'SELECT no AS id FROM leads');
ROLLBACK;

-- The primary key moves, and a document gives the module another owner column: the same of what is not broken.
BEGIN;
SELECT sharing.unrelate('deals', 'lead', 'leads'), sharing.unrelate('deals', 'lead_too', 'leads') \g /dev/null
ALTER TABLE leads DROP CONSTRAINT leads_pkey, ADD UNIQUE (id), ADD PRIMARY KEY (no);
CREATE TABLE document AS SELECT jsonb_build_object('version', 1, 'modules', jsonb_agg(module || CASE module ->> 'name' WHEN 'Leads' THEN '{"owner": "other"}'::jsonb ELSE '{}' END)) AS config FROM jsonb_array_elements(sharing.export_config() -> 'modules') module;
SAVEPOINT s;
SELECT change FROM document, sharing.import_config(config);
ROLLBACK TO s;
SELECT count(*) > 0 AS taken_off FROM sharing.unprotect('lines');
-- So are its own records that point at others of it.
SAVEPOINT s;
SELECT sharing.relate('leads', 'no', 'leads');
SELECT change FROM document, sharing.import_config(jsonb_set(config, '{modules}', (SELECT jsonb_agg(m) FROM jsonb_array_elements(config -> 'modules') m WHERE m ->> 'name' <> 'lines')));
ROLLBACK TO s;
SELECT change, object FROM sharing.import_config((SELECT jsonb_set(config, '{modules}', (SELECT jsonb_agg(m) FROM jsonb_array_elements(config -> 'modules') m WHERE m ->> 'name' <> 'lines')) FROM document));
SELECT copy.sees('9', 'SELECT no AS id FROM leads');
SELECT count(*) AS shares FROM sharing.shares;
ROLLBACK;

-- The column of a detail.
BEGIN;
SET LOCAL client_min_messages = error;
ALTER TABLE lines DROP COLUMN lead CASCADE;
SET LOCAL client_min_messages = notice;
SAVEPOINT s;
SELECT sharing.protect('lines', 'id');
ROLLBACK TO s;
SELECT sharing.protect('lines', controlled_by => 'deals', via => 'lead_too');
ROLLBACK TO s;
SELECT count(*) > 0 AS mended FROM sharing.protect('lines', controlled_by => 'leads', via => 'lead_too');
SELECT * FROM copy.wrong('lines', $$EXISTS (SELECT FROM copy.leads l WHERE l.id = lines.lead_too AND (copy.may(WHO, l.owner) OR (WHO, l.id) = ('9', 4)))$$);
ROLLBACK;

-- Partitions.
BEGIN;
SET LOCAL client_min_messages = error;
ALTER TABLE visits DROP COLUMN owner CASCADE;
SET LOCAL client_min_messages = notice;
SELECT count(*) > 0 AS mended FROM sharing.protect('visits', 'other');
UPDATE visits SET other = '8' WHERE id = 4;
SELECT copy.sees(who, 'TABLE visits') = (SELECT array_agg(id ORDER BY id) FROM copy.leads WHERE copy.may(who, CASE WHEN id = 4 THEN '8' ELSE other END) OR (who, id) = ('9', 4)) AS visits,
       copy.sees(who, 'TABLE visits_1') = (SELECT array_agg(id ORDER BY id) FROM copy.leads WHERE id < 5 AND (copy.may(who, CASE WHEN id = 4 THEN '8' ELSE other END) OR (who, id) = ('9', 4))) AS visits_1
FROM unnest('{1,2,3,8,9}'::text[]) who;
-- The default owner stays.
SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE tgname LIKE '%sharing_default%' ORDER BY 2;
SELECT count(*) > 0 AS taken_off FROM sharing.unprotect('visits');
SELECT relname, relrowsecurity, (SELECT count(*) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) AS policies FROM pg_class c WHERE relname LIKE 'visits__' OR relname = 'visits' ORDER BY 1;
ROLLBACK;

-- Renamed columns break nothing.
BEGIN;
ALTER TABLE leads RENAME COLUMN owner TO person;
ALTER TABLE leads RENAME COLUMN id TO number;
ALTER TABLE lines RENAME COLUMN lead TO of_lead;
ALTER TABLE cases RENAME COLUMN team TO crew;
ALTER TABLE deals RENAME COLUMN lead TO from_lead;
SELECT module ->> 'name' AS name, module ->> 'owner' AS owner, module ->> 'owner_group' AS owner_group, module ->> 'via' AS via, module ->> 'broken' AS broken FROM jsonb_array_elements(sharing.export_config() -> 'modules') module;
SELECT copy.sees('9', 'SELECT number AS id FROM leads');
SAVEPOINT s;
SELECT sharing.protect('leads', 'other');
ROLLBACK TO s;
SELECT sharing.unrelate('deals', 'from_lead', 'leads');
SELECT via FROM jsonb_to_recordset(sharing.export_config() -> 'relations') AS r (via text);
ROLLBACK;
