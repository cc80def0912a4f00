-- Which state counts: an SQL function plans all of its statements before it runs the first, which may say for whom the others run.
-- A plan that was made as somebody else may be an error (40001), whoever they were; run again, the function answers. (It never did:
-- as whom the function was called was planned for each time.)
\set ON_ERROR_STOP 0
CREATE TABLE leads (id int PRIMARY KEY, owner text);
INSERT INTO leads SELECT n, 'rep' || n % 50 FROM generate_series(1, 5000) n;
CREATE INDEX ON leads (owner);
CREATE TABLE notes (id int PRIMARY KEY, lead_id int);
INSERT INTO notes SELECT n, n FROM generate_series(1, 5000) n;
CREATE INDEX ON notes (lead_id);
VACUUM ANALYZE leads, notes;
CREATE ROLE functions_app LOGIN;
CREATE ROLE functions_dba LOGIN;
SELECT sharing.create_role('Rep'), sharing.create_user('adm', 'adm'), sharing.grant_right('adm', 'administrator'), sharing.set_user_db_role('adm', 'functions_dba') \g /dev/null
SELECT sharing.create_user('rep' || n, 'rep' || n, 'Rep') FROM generate_series(0, 49) n \g /dev/null
SELECT sharing.protect('leads', 'owner') \g /dev/null
SELECT sharing.protect('notes', controlled_by => 'leads', via => 'lead_id') \g /dev/null
SELECT sharing.trust('functions_app'), sharing.trust('functions_dba') \g /dev/null
GRANT SELECT ON leads, notes TO functions_app, functions_dba;
CREATE FUNCTION leads_of(person text) RETURNS bigint LANGUAGE sql AS $$SELECT set_config('sharing.user_key', person, true); SELECT count(*) FROM leads$$;
CREATE FUNCTION notes_of(person text) RETURNS bigint LANGUAGE sql AS $$SELECT set_config('sharing.user_key', person, true); SELECT count(*) FROM notes WHERE lead_id < 4000$$;
CREATE FUNCTION acting_leads_of(person text) RETURNS bigint LANGUAGE sql AS $$SELECT sharing.act_as(person); SELECT count(*) FROM leads$$;
-- What a function answers, at once or when it is called again.
CREATE FUNCTION again(call text, OUT answer bigint) LANGUAGE plpgsql AS $$
BEGIN
    FOR attempt IN 1..2 LOOP
        BEGIN
            EXECUTE 'SELECT ' || call INTO answer;
            RETURN;
        EXCEPTION WHEN serialization_failure THEN
            answer := -1;
        END;
    END LOOP;
END
$$;
\c - functions_app
-- Called by nobody, by an ordinary user, by one who sees everything.
SELECT coalesce(caller, 'nobody') AS caller, person, again(format('leads_of(%L)', person)) AS leads, again(format('notes_of(%L)', person)) AS notes
FROM unnest(ARRAY[NULL, 'rep1', 'adm']) caller, unnest('{adm,rep2,adm,nobody,rep1}'::text[]) person, set_config('sharing.user_key', coalesce(caller, ''), false) s;
-- Once is enough for a session: nothing is planned as these callers that does not suit everybody.
SET sharing.user_key = 'adm';
SELECT leads_of('rep3'), notes_of('rep3'), leads_of('adm');
SET sharing.user_key = 'adm';
SELECT again('acting_leads_of(''rep4'')');
SELECT acting_leads_of('rep4');
SELECT count(*) FROM leads;
\c - functions_dba
SELECT again('leads_of(''rep1'')'), again('notes_of(''rep1'')');
SELECT leads_of('rep1'), notes_of('rep1'), leads_of('adm');
SELECT count(*) FROM leads;
-- The same where an arm for criteria was left out for whom the function was called.
\c - postgres
CREATE TABLE offers (id int PRIMARY KEY, owner text, status text);
INSERT INTO offers SELECT n, 'rep' || n % 50, CASE n % 100 WHEN 0 THEN 'hot' ELSE 'cold' END FROM generate_series(1, 5000) n;
GRANT SELECT ON offers TO functions_app;
SELECT sharing.create_role('Desk'), sharing.create_user('desk', 'desk', 'Desk') \g /dev/null
SELECT sharing.protect('offers', 'owner') \g /dev/null
SELECT sharing.add_rule('offers', NULL, 'role:Desk', 'read_only', criteria => '{"status": "hot"}') \g /dev/null
SELECT sharing.apply_rules() \g /dev/null
CREATE FUNCTION offers_of(person text) RETURNS bigint LANGUAGE sql AS $$SELECT set_config('sharing.user_key', person, true); SELECT count(*) FROM offers$$;
\c - functions_app
SET sharing.user_key = 'rep1';
SELECT again('offers_of(''desk'')') AS desk, again('offers_of(''rep2'')') AS rep;
SET sharing.user_key = 'rep1';
SELECT offers_of('desk') AS desk, offers_of('rep2') AS rep;
