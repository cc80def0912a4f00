-- Bug: what the code in a view did while it was read as a source (a trigger or a policy of ours dropped, a column renamed, a partition
-- made) was taken for our own doing, and not followed. It is theirs, and followed as if they did it by themselves.
CREATE ROLE town LOGIN;
CREATE ROLE dba LOGIN;
SELECT sharing.grant_admin('dba') \g /dev/null
GRANT CREATE ON SCHEMA public TO town;
\c - town
CREATE TABLE users (id integer PRIMARY KEY, name text);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
CREATE TABLE leads (id integer, owner text) PARTITION BY LIST (id);
CREATE FUNCTION busy() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('test.armed', true) = 'yes' THEN
        DROP TRIGGER sharing_source_update ON public.users;
        CREATE TABLE public.leads_9 PARTITION OF public.leads FOR VALUES IN (9);
        DROP POLICY sharing_select ON public.leads;
        UPDATE public.users SET name = 'Bob' WHERE id = 2;
        ALTER TABLE public.users RENAME COLUMN name TO called;
    END IF;
    RETURN 'viv';
END
$$;
CREATE VIEW more AS SELECT 'v1' AS id, busy() AS name;
GRANT SELECT ON more TO dba;
\c - postgres
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name');
SELECT sharing.protect('leads', 'owner') \g /dev/null
\c - dba
SELECT count(*) FROM sharing.sync_users('more', 'id', 'name');
SET test.armed = 'yes';
SELECT * FROM sharing.resync('more');
\c - postgres
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'users'::regclass ORDER BY 1;
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname ~ '^leads' ORDER BY 1;
SELECT polname FROM pg_policy WHERE polrelid = 'leads'::regclass ORDER BY 1;
SELECT check_name, object, message FROM sharing.doctor() WHERE severity = 'error' AND object ~ 'leads|users|more';
SELECT relation, name_column FROM sharing.sources ORDER BY 1;
SELECT key, name FROM sharing.users ORDER BY 1;
SELECT db_role, function, object FROM sharing.audit_log WHERE object ~ 'user "2"|leads_9' ORDER BY id;
