-- Functions for policies, plans and triggers, called with NULL, garbage and the wrong types: errors or false, no crash.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE twin (id integer, owner integer, team uuid);
SELECT count(*) FROM sharing.protect('twin', 'owner', owner_group => 'team');
GRANT ALL ON twin TO app;
CREATE TABLE own (id integer, owner text);
GRANT TRIGGER, SELECT, INSERT, UPDATE, DELETE ON own TO app;
\c - app
SET sharing.user_key = 'rep1';
SELECT call, test.outcome('SELECT sharing' || CASE WHEN call LIKE 'current%' THEN '.' ELSE '_internal.' END || call) AS outcome
FROM unnest(ARRAY[
    'predicate_support(NULL::internal)', 'predicate_support(1::internal)', 'guard_owner()', 'default_owner()', 'follow_tables()', 'follow_drops()', 'configuration_changed()',
    'record_key(NULL::integer)', 'record_key(NULL)',
    'may_read(NULL, NULL)', 'may_read(NULL, ''rep1''::text)', 'may_read(0, ''rep1''::text)', 'may_read(4294967295, ''rep1''::text)', 'may_read(''pg_class''::regclass, ''rep1''::text)',
    'may_read(''leads'', NULL::text)', 'may_read(''leads'', ''rep1'')', 'may_read(''leads'', 1.5)', 'may_read(''leads'', now())', 'may_read(''leads'', ROW(1))', 'may_read(''leads'', ''rep1''::text, NULL::uuid)',
    'may_read(''leads'', 1, ''{}''::text[])', 'may_read_as_group(''leads'', ''x''::text, ''rep1''::text)', 'may_edit(''twin'', 1)', 'may_edit(''twin'', 1, ''00000000-0000-0000-0000-000000000001''::uuid)',
    'may_create(NULL, NULL::text)', 'may_delete(NULL, NULL::text)', 'may_change_owner(NULL, NULL::text)', 'may_change_owner_as_group(''twin'', NULL::text, NULL::text)',
    'owner_keys(NULL, NULL, NULL::text)', 'owner_keys(''leads'', ''read'', NULL::text)', 'owner_keys(''leads'', ''everything'', NULL::text)', 'owner_keys(''leads'', ''read'', NULL::date)', 'owner_keys(0, ''read'', 1)',
    'owner_keys(''leads'', ''read'', NULL)', 'group_keys(''leads'', ''read'', NULL::text)', 'group_keys(''twin'', ''read'', NULL::integer)', 'current_user_key()', 'current_user_name()']) WITH ORDINALITY c (call, n) ORDER BY n;
-- What they say is of the caller, and no more than his own queries say.
SELECT sharing_internal.may_read('leads', 'rep1'::text), sharing_internal.may_read('leads', 'ceo'::text), sharing_internal.owner_keys('leads', 'read', NULL::text), sharing_internal.owner_keys('leads', 'delete', NULL::text);
SET sharing.user_key = 'nobody';
SELECT sharing_internal.may_read('leads', 'rep1'::text), sharing_internal.owner_keys('leads', 'read', NULL::text);
SET sharing.user_key = 'adm';
SELECT sharing_internal.may_read('leads', 'rep1'::text), sharing_internal.may_read('leads', NULL::text);
SELECT sharing_internal.owner_keys('leads', 'read', NULL::text);
-- Trigger functions on tables of one's own.
SET sharing.user_key = 'rep1';
CREATE TRIGGER stolen BEFORE INSERT OR UPDATE OR DELETE ON own FOR EACH ROW EXECUTE FUNCTION sharing_internal.guard_owner();
INSERT INTO own VALUES (1, 'rep1');
\c - postgres
DROP TRIGGER stolen ON own;
CREATE TRIGGER stolen BEFORE INSERT OR UPDATE OR DELETE ON own FOR EACH STATEMENT EXECUTE FUNCTION sharing_internal.guard_owner();
UPDATE own SET id = 2;
DROP TRIGGER stolen ON own;
CREATE TRIGGER stolen BEFORE INSERT OR UPDATE OR DELETE ON own FOR EACH ROW EXECUTE FUNCTION sharing_internal.default_owner();
INSERT INTO own VALUES (1);
DROP TRIGGER stolen ON own;
CREATE TRIGGER stolen AFTER INSERT ON own FOR EACH ROW EXECUTE FUNCTION sharing_internal.configuration_changed();
INSERT INTO own VALUES (1);
\c - app
CREATE EVENT TRIGGER stolen ON ddl_command_end EXECUTE FUNCTION sharing_internal.follow_tables();
-- Who asks now gets the answer, also where PostgreSQL keeps the state of a call for the whole transaction. Lead 4
-- of vp is shared with sup1, and with nobody else.
\c - postgres
SELECT sharing.create_office('East'), sharing.create_office('West'), sharing.set_user_office('vp', 'East'), sharing.set_user_office('sup1', 'West') \g /dev/null
SELECT count(*) > 0 AS enabled FROM unnest('{vp,sup1}'::text[]) u, sharing.enable_record_sharing(u);
\c - app
SET sharing.user_key = 'vp';
SELECT sharing.request_link('West', 'sup1') AS link \gset
SET sharing.user_key = 'sup1';
SELECT sharing.accept_links(ARRAY[:link]);
SET sharing.user_key = 'vp';
SELECT sharing.share_record('leads', '4', 'sup1');
RESET sharing.user_key;
CREATE FUNCTION pg_temp.asks(owner text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RETURN sharing_internal.may_read('leads', owner); END$$;
CREATE FUNCTION pg_temp.asks_shared() RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RETURN sharing_internal.may_read_shared('leads', 4, 'vp'::text); END$$;
CREATE FUNCTION pg_temp.in_turn() RETURNS text LANGUAGE plpgsql AS $$
DECLARE person text; answers text := '';
BEGIN
    FOREACH person IN ARRAY '{adm,rep1,nobody,mgr,sup1}'::text[] LOOP
        PERFORM set_config('sharing.user_key', person, true);
        answers := answers || person || ':' || sharing_internal.may_read('leads', 'rep1'::text)::text || ' ';
    END LOOP;
    RETURN answers;
END$$;
BEGIN;
SET LOCAL sharing.user_key = 'adm';
SELECT pg_temp.asks('rep1'), pg_temp.asks_shared();
SAVEPOINT s;
SET LOCAL sharing.user_key = 'sup1';
SELECT pg_temp.asks('rep1'), pg_temp.asks_shared();
ROLLBACK TO s;
SELECT pg_temp.asks('rep1'), pg_temp.asks_shared();
SELECT pg_temp.in_turn();
COMMIT;
DO $$BEGIN
    FOR n IN 1..2 LOOP
        PERFORM set_config('sharing.user_key', (ARRAY['adm', 'sup1'])[n], true);
        RAISE NOTICE '%', sharing_internal.may_edit('leads', 'rep1'::text);
    END LOOP;
END$$;
