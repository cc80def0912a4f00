-- A company with everything that version 0.1.0 knows: its people, and protected tables of all forms. Run by
-- psql as a superuser, by a library of any version from 0.1.0 on. The roles upgrade_app, upgrade_crm and
-- upgrade_person, which may log in, are there. What everybody reaches is in recorded.answers afterwards.
\set ON_ERROR_STOP on
\set QUIET on
\o /dev/null
GRANT ALL ON SCHEMA public TO upgrade_crm;
SELECT sharing.trust('upgrade_app');
SELECT sharing.create_office('Head'), sharing.create_office('East', 'Head'), sharing.create_office('West', 'Head');
SELECT sharing.create_role('H1'), sharing.create_role('H2', 'H1'), sharing.create_role('H3', 'H2'), sharing.create_role('H4', 'H3'), sharing.create_role('H5', 'H2');
SELECT sharing.create_user('1', 'ceo', 'H1'), sharing.create_user('2', 'vp', 'H2'), sharing.create_user('3', 'mgr', 'H3'), sharing.create_user('4', 'rep', 'H4'),
       sharing.create_user('5', 'other rep', 'H4'), sharing.create_user('6', 'support', 'H5'), sharing.create_user('7', 'adm'), sharing.create_user('8', 'gone', 'H4'),
       sharing.create_user('9', 'ann', NULL, 'East'), sharing.create_user('10', 'liz', NULL, 'West'), sharing.create_user('11', 'abe', NULL, 'East'), sharing.create_user('12', 'pat', 'H5', NULL, 'upgrade_person');
SELECT sharing.create_user('00000000-0000-0000-0000-00000000000a', 'by uuid', 'H4');
SELECT sharing.deactivate_user('8'), sharing.grant_right('7', 'administrator');
SELECT sharing.create_group('101', 'Sales'), sharing.create_group('102', 'Field'), sharing.create_group('103', 'Desk', 'East');
SELECT sharing.add_member('Sales', 'user:4'), sharing.add_member('Sales', 'group:Field'), sharing.add_member('Field', 'role:H5'), sharing.add_member('Desk', 'user:11');

SET ROLE upgrade_crm;
CREATE TYPE public.kind AS ENUM ('lead', 'ticket');
-- Single records of this one are shared.
CREATE TABLE public.leads (id integer PRIMARY KEY, owner integer, note text);
INSERT INTO public.leads SELECT n, n % 13, 'lead' FROM generate_series(1, 39) n;
CREATE INDEX ON public.leads (owner);
-- Groups own these; no hierarchy.
CREATE TABLE public.tickets (id bigint PRIMARY KEY, team text, note text);
INSERT INTO public.tickets SELECT n, 100 + n % 4, 'ticket' FROM generate_series(1, 12) n;
-- Users and groups, in two columns and in one.
CREATE TABLE public.cases (id smallint PRIMARY KEY, owner integer, team integer, note text);
INSERT INTO public.cases SELECT n, n % 13, 100 + n % 5, 'case' FROM generate_series(1, 26) n;
CREATE TABLE public.docs (id varchar(10) PRIMARY KEY, owner varchar(40), note text);
INSERT INTO public.docs SELECT 'd' || n, CASE WHEN n % 3 = 0 THEN 100 + n % 4 ELSE n % 13 END, 'doc' FROM generate_series(1, 26) n;
CREATE TABLE public.assets (id uuid PRIMARY KEY, owner uuid, note text);
INSERT INTO public.assets SELECT ('10000000-0000-0000-0000-00000000000' || n)::uuid, CASE WHEN n % 2 = 0 THEN '00000000-0000-0000-0000-00000000000a'::uuid END, 'asset' FROM generate_series(1, 4) n;
-- Children: by a foreign key, by none, under a condition, of their own kind; and details, of details, too.
CREATE TABLE public.tasks (id integer PRIMARY KEY, owner integer, lead_id integer REFERENCES public.leads ON DELETE CASCADE, note text);
INSERT INTO public.tasks SELECT n, n % 5, 1 + n % 39, 'task' FROM generate_series(1, 39) n;
CREATE TABLE public.calls (id integer PRIMARY KEY, owner integer, team integer, lead_id integer, note text);
INSERT INTO public.calls SELECT n, n % 7, 101, 1 + n % 39, 'call' FROM generate_series(1, 39) n;
CREATE TABLE public.remarks (id integer PRIMARY KEY, owner integer, about public.kind, ref integer, note text);
INSERT INTO public.remarks SELECT n, n % 3, CASE WHEN n % 2 = 0 THEN 'lead'::public.kind ELSE 'ticket' END, 1 + n % 39, 'remark' FROM generate_series(1, 39) n;
CREATE TABLE public.accounts (id integer PRIMARY KEY, owner integer, parent_id integer, note text);
INSERT INTO public.accounts SELECT n, n % 13, n / 2, 'account' FROM generate_series(1, 26) n;
CREATE TABLE public.lines (id integer PRIMARY KEY, lead_id integer REFERENCES public.leads ON DELETE CASCADE, note text);
INSERT INTO public.lines SELECT n, n, 'line' FROM generate_series(1, 39) n;
CREATE TABLE public.prices (id integer, line_id integer, note text);
INSERT INTO public.prices SELECT n, n, 'price' FROM generate_series(1, 39) n;
-- Partitions, one of which leaves; inheritance.
CREATE TABLE public.visits (id integer, owner integer, note text, year integer, PRIMARY KEY (id, year)) PARTITION BY LIST (year);
CREATE TABLE public.visits_1 PARTITION OF public.visits FOR VALUES IN (1);
CREATE TABLE public.visits_2 (year integer NOT NULL, note text, owner integer, id integer NOT NULL);
ALTER TABLE public.visits ATTACH PARTITION public.visits_2 FOR VALUES IN (2);
CREATE TABLE public.visits_3 PARTITION OF public.visits FOR VALUES IN (3);
INSERT INTO public.visits SELECT n, n % 13, 'visit', 1 + n % 3 FROM generate_series(1, 39) n;
CREATE TABLE public.items (id integer PRIMARY KEY, owner integer, note text) PARTITION BY RANGE (id);
CREATE TABLE public.items_1 PARTITION OF public.items FOR VALUES FROM (1) TO (14);
CREATE TABLE public.items_2 PARTITION OF public.items FOR VALUES FROM (14) TO (27) PARTITION BY RANGE (id);
CREATE TABLE public.items_2a PARTITION OF public.items_2 FOR VALUES FROM (14) TO (27);
CREATE TABLE public.items_3 PARTITION OF public.items FOR VALUES FROM (27) TO (40);
INSERT INTO public.items SELECT n, n % 13, 'item' FROM generate_series(1, 39) n;
CREATE TABLE public.persons (id integer PRIMARY KEY, owner integer, note text);
CREATE TABLE public.employees (salary integer) INHERITS (public.persons);
CREATE TABLE public.trainees () INHERITS (public.persons);
INSERT INTO public.trainees SELECT n, n % 13, 'trainee' FROM generate_series(1, 13) n;
INSERT INTO public.persons SELECT n, n % 13, 'person' FROM generate_series(1, 13) n;
INSERT INTO public.employees SELECT n, n % 13, 'employee', 1 FROM generate_series(10, 26) n;
-- Row security of the application's own, beside ours; a table that follows another; one with a default owner; one without a key.
CREATE TABLE public.letters (id integer PRIMARY KEY, owner integer, note text);
INSERT INTO public.letters SELECT n, n % 13, 'letter' FROM generate_series(1, 26) n;
ALTER TABLE public.letters ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON public.letters USING (id % 2 = 0);
CREATE TABLE public.drafts (id integer PRIMARY KEY, owner integer, note text);
INSERT INTO public.drafts SELECT n, n % 13, 'draft' FROM generate_series(1, 26) n;
CREATE TABLE public.forms (id integer PRIMARY KEY, owner integer, note text);
INSERT INTO public.forms SELECT n, n % 13, 'form' FROM generate_series(1, 26) n;
CREATE TABLE public.loose (id integer, owner integer, note text);
INSERT INTO public.loose SELECT n, n % 13, 'loose' FROM generate_series(1, 26) n;
CREATE TABLE public."Odd ""Name" ("Id" integer, id integer GENERATED ALWAYS AS ("Id" + 0) STORED, "The Owner" integer, note text, PRIMARY KEY ("Id"));
INSERT INTO public."Odd ""Name" ("Id", "The Owner", note) SELECT n, n % 13, 'odd' FROM generate_series(1, 26) n;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO upgrade_app, upgrade_person;
GRANT TRUNCATE ON public.forms TO PUBLIC;
RESET ROLE;
-- And one of a superuser's.
CREATE TABLE public.ledgers (id integer PRIMARY KEY, owner integer, note text);
INSERT INTO public.ledgers SELECT n, n % 13, 'ledger' FROM generate_series(1, 26) n;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.ledgers TO upgrade_app, upgrade_person;

SELECT sharing.protect('leads', owner => 'owner'), sharing.protect('tickets', owner_group => 'team', hierarchy => false), sharing.protect('cases', owner => 'owner', owner_group => 'team');
SELECT sharing.protect('docs', owner => 'owner', owner_group => 'owner', module => 'Documents'), sharing.protect('assets', owner => 'owner');
SELECT sharing.protect('tasks', owner => 'owner'), sharing.protect('calls', owner => 'owner', owner_group => 'team'), sharing.protect('remarks', owner => 'owner'), sharing.protect('accounts', owner => 'owner');
SELECT sharing.protect('lines', controlled_by => 'leads', via => 'lead_id');
SELECT sharing.protect('prices', controlled_by => 'lines', via => 'line_id');
SELECT sharing.protect('visits', owner => 'owner'), sharing.protect('items', owner => 'owner'), sharing.protect('persons', owner => 'owner');
SELECT sharing.protect('letters', owner => 'owner'), sharing.protect('drafts', owner => 'owner', follows => 'leads'), sharing.protect('forms', owner => 'owner', default_owner => true);
SELECT sharing.protect('loose', owner => 'owner'), sharing.protect('public."Odd ""Name"', owner => 'The Owner'), sharing.protect('ledgers', owner => 'owner', hierarchy => false);
SELECT sharing.relate('tasks', 'lead_id', 'leads'), sharing.relate('calls', 'lead_id', 'leads', with_shares => false), sharing.relate('remarks', 'ref', 'leads', 'about', 'lead'), sharing.relate('accounts', 'parent_id', 'accounts');
SET ROLE upgrade_crm;
CREATE TABLE public.items_4 PARTITION OF public.items FOR VALUES FROM (40) TO (50);
GRANT SELECT, UPDATE, DELETE ON public.items_4 TO upgrade_app;
ALTER TABLE public.visits DETACH PARTITION public.visits_3;
ALTER TABLE public.items DETACH PARTITION public.items_3;
ALTER TABLE public.trainees NO INHERIT public.persons;
RESET ROLE;
INSERT INTO public.items VALUES (40, 4, 'item');

SELECT sharing.set_global_access('cases', 'public_read_only'), sharing.set_global_access('letters', 'public_read_edit');
SELECT sharing.add_rule('leads', 'role:H4', 'role:H5', 'read_write', '{"tasks": "read_only", "remarks": "none"}');
SELECT sharing.add_rule('accounts', 'role_and_subordinates:H2', 'group:Sales', 'read_only'), sharing.add_rule('items', 'role:H3', 'group:Desk', 'read_write'), sharing.add_rule('Documents', 'group:Sales', 'role:H5', 'read_only');
SELECT sharing.create_profile('Reader', view_all => false, edit_all => false), sharing.set_permission('Reader', NULL, true, true, true, true), sharing.set_permission('Reader', 'forms', true, false, false, false), sharing.assign_profile('H5', 'Reader');
SELECT sharing.create_profile('All', view_all => true, edit_all => false), sharing.set_permission('All', NULL, true, true, true, true), sharing.assign_profile('H2', 'All');
SELECT sharing.apply_rules();
-- These wait.
SELECT sharing.set_global_access('tasks', 'public_read_only'), sharing.add_rule('persons', 'role:H4', 'role:H5', 'read_only');

SELECT sharing.enable_record_sharing('9'), sharing.enable_record_sharing('10');
\connect - upgrade_app
\o /dev/null
SET sharing.user_key = '9';
SELECT sharing.request_link('West', 'liz') AS link \gset
SET sharing.user_key = '10';
SELECT sharing.accept_links(ARRAY[:link]);
SET sharing.user_key = '9';
SELECT sharing.share_record('leads', '9', '10', 'edit'), sharing.share_record('leads', '22', '10'), sharing.share_record('items', '9', '10'), sharing.share_record('persons', '9', '10', 'edit');
\connect - postgres
\o /dev/null

-- What a person reaches of every table, for sessions of upgrade_app: what they see, change and delete, each by the records' ids.
CREATE SCHEMA recorded;
GRANT USAGE ON SCHEMA recorded TO upgrade_app;
CREATE FUNCTION recorded.reach(person text) RETURNS TABLE (relation text, sees text, changes text, deletes text, creates text) LANGUAGE plpgsql AS $$
DECLARE
    statement text;
    told text;
    answers text[];
BEGIN
    PERFORM pg_catalog.set_config('sharing.user_key', person, false);
    FOREACH relation IN ARRAY '{leads,tickets,cases,docs,assets,tasks,calls,remarks,accounts,lines,prices,visits,visits_1,visits_2,visits_3,items,items_1,items_2,items_2a,items_3,items_4,persons,employees,trainees,letters,drafts,forms,loose,"\"Odd \"\"Name\"",ledgers}'::text[] LOOP
        answers := '{}';
        FOREACH statement IN ARRAY ARRAY['SELECT id FROM public.%s', 'UPDATE public.%s SET note = note RETURNING id', 'DELETE FROM public.%s RETURNING id',
                                         'INSERT INTO public.%s (id) VALUES (1000) RETURNING owner AS id'] LOOP
            CONTINUE WHEN statement LIKE 'INSERT%' AND relation <> 'forms';
            told := NULL;
            BEGIN
                EXECUTE pg_catalog.format('WITH did AS (' || statement || ') SELECT pg_catalog.string_agg(id::text, '' '' ORDER BY id) FROM did', relation) INTO told;
                RAISE EXCEPTION USING ERRCODE = 'UNDO0';
            EXCEPTION
                WHEN SQLSTATE 'UNDO0' THEN NULL;
                WHEN OTHERS THEN told := SQLSTATE;
            END;
            answers := answers || told;
        END LOOP;
        sees := answers[1];
        changes := answers[2];
        deletes := answers[3];
        creates := answers[4];
        RETURN NEXT;
    END LOOP;
END
$$;
CREATE TABLE recorded.answers (person text, relation text, sees text, changes text, deletes text, creates text, PRIMARY KEY (person, relation));
GRANT SELECT, INSERT ON recorded.answers TO upgrade_app;
\connect - upgrade_app
\o /dev/null
INSERT INTO recorded.answers SELECT person, r.* FROM unnest('{1,2,3,4,5,6,7,8,9,10,11,12,00000000-0000-0000-0000-00000000000a,nobody}'::text[]) person, recorded.reach(person) r;
