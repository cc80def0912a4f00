-- Where identity switches between people for whom plans differ, those statements are planned anew, and no other:
-- an immutable function tells when a statement is planned.
\set ON_ERROR_STOP 0
CREATE SCHEMA test;
CREATE FUNCTION test.planned(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
    RAISE NOTICE 'planned: %', $1;
    RETURN $1;
END
$$;
CREATE TABLE leads (id int PRIMARY KEY, owner_id int);
INSERT INTO leads SELECT n, n % 4 FROM generate_series(1, 4000) n;
CREATE INDEX ON leads (owner_id);
CREATE TABLE countries (code int PRIMARY KEY);
INSERT INTO countries SELECT generate_series(1, 10);
VACUUM ANALYZE leads, countries;
SELECT sharing.create_role('Rep');
SELECT sharing.create_user('1', 'One', 'Rep'), sharing.create_user('2', 'Two', 'Rep'), sharing.create_user('3', 'Three', 'Rep');
SELECT sharing.grant_right('3', 'administrator');
SELECT count(*) > 0 AS protected FROM sharing.protect('leads', 'owner_id');
CREATE ROLE unrelated_app;
GRANT USAGE ON SCHEMA test TO unrelated_app;
GRANT SELECT ON leads, countries TO unrelated_app;
SELECT sharing.trust('unrelated_app');

SET SESSION AUTHORIZATION unrelated_app;
SET plan_cache_mode = force_generic_plan;
PREPARE countries AS SELECT count(*) FROM countries WHERE test.planned('countries') <> '';
PREPARE one_lead AS SELECT count(*) FROM leads WHERE id = 5 AND test.planned('one lead') <> '';
PREPARE leads AS SELECT count(*) FROM leads WHERE test.planned('leads') <> '';
-- The plan by key neither lists owners nor leaves the predicate out, so it is right for everybody.
SET sharing.user_key = '1';
EXECUTE countries;
EXECUTE one_lead;
EXECUTE leads;
-- Somebody whom this session has not seen yet might be out of the ordinary.
SET sharing.user_key = '2';
EXECUTE countries;
EXECUTE one_lead;
EXECUTE leads;
-- Ordinary people take turns.
SET sharing.user_key = '1';
EXECUTE countries;
EXECUTE one_lead;
EXECUTE leads;
SET sharing.user_key = '2';
EXECUTE countries;
EXECUTE one_lead;
EXECUTE leads;
-- An administrator.
SET sharing.user_key = '3';
EXECUTE countries;
EXECUTE one_lead;
EXECUTE leads;
-- And back: his plan of the leads must go.
SET sharing.user_key = '1';
EXECUTE countries;
EXECUTE one_lead;
EXECUTE leads;
-- Each in his own transaction, as behind a pooler.
RESET sharing.user_key;
DO $$
DECLARE
    seen text := '';
    found bigint;
BEGIN
    FOR n IN 1..9 LOOP
        PERFORM set_config('sharing.user_key', (1 + n % 3)::text, true);
        EXECUTE 'EXECUTE leads' INTO found;
        seen := seen || ' ' || (1 + n % 3) || ':' || found;
    END LOOP;
    RAISE NOTICE 'seen:%', seen;
END
$$;
RESET SESSION AUTHORIZATION;
