-- Whatever privileges a role has got on the tables of pg_sharing, only its functions, its owner and superusers change them.
\set VERBOSITY terse
CREATE ROLE writer LOGIN;
CREATE ROLE helper LOGIN;
GRANT pg_write_all_data, pg_read_all_data TO writer;
GRANT ALL ON ALL TABLES IN SCHEMA sharing TO helper;
GRANT USAGE, CREATE ON SCHEMA public TO writer, helper;
SELECT sharing.create_user('1', 'adm'), sharing.create_user('2', 'ben');
SELECT sharing.grant_right('1', 'administrator');
CREATE TABLE public.before AS SELECT 'users' AS what, count(*) FROM sharing.users UNION ALL SELECT 'rights', count(*) FROM sharing.user_rights
UNION ALL SELECT 'trusted', count(*) FROM sharing.trusted_roles UNION ALL SELECT 'log', count(*) FROM sharing.audit_entries;
-- Every table, every command, in both roles, in replica mode as well.
CREATE FUNCTION public.try() RETURNS TABLE (role name, refused bigint, of bigint, others text) LANGUAGE plpgsql AS $$
DECLARE
    t name; c text; col name; good bigint := 0; tried bigint := 0; other text := '';
BEGIN
    FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'sharing'::regnamespace AND relkind = 'r' ORDER BY 1 LOOP
        SELECT attname INTO col FROM pg_attribute WHERE attrelid = format('sharing.%I', t)::regclass AND attnum = 1;
        FOREACH c IN ARRAY ARRAY['INSERT INTO sharing.%1$I DEFAULT VALUES', 'INSERT INTO sharing.%1$I SELECT * FROM sharing.%1$I', 'UPDATE sharing.%1$I SET %2$I = %2$I', 'DELETE FROM sharing.%1$I',
            'TRUNCATE sharing.%1$I', 'WITH w AS (DELETE FROM sharing.%1$I RETURNING 1) SELECT FROM w',
            'MERGE INTO sharing.%1$I t USING (VALUES (1)) v ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES'] LOOP
            CONTINUE WHEN c LIKE 'TRUNCATE%' AND NOT has_table_privilege(format('sharing.%I', t), 'TRUNCATE');
            tried := tried + 1;
            BEGIN
                EXECUTE format(c, t, col);
                other := other || format(' [%s]', format(c, t, col));
            EXCEPTION WHEN insufficient_privilege OR object_not_in_prerequisite_state THEN
                -- The log's own trigger comes first.
                IF SQLERRM IN ('the tables of pg_sharing are changed by its functions only', 'the audit log cannot be changed: it only grows') THEN good := good + 1; ELSE other := other || format(' [%s: %s]', t, SQLERRM); END IF;
            WHEN OTHERS THEN
                other := other || format(' [%s: %s]', t, SQLERRM);
            END;
        END LOOP;
    END LOOP;
    RETURN QUERY SELECT current_user::name, good, tried, other;
END
$$;
SET SESSION AUTHORIZATION writer;
SELECT refused = of AS all_refused, of > 100 AS many, others FROM public.try();
INSERT INTO sharing.trusted_roles VALUES ('writer');
COPY sharing.trusted_roles FROM STDIN;
writer
\.
UPDATE sharing.specialists SET user_key = '2';
SET SESSION AUTHORIZATION helper;
SELECT refused = of AS all_refused, of > 100 AS many, others FROM public.try();
-- A view of their own over the table, and a rule on it.
CREATE VIEW public.over AS SELECT * FROM sharing.trusted_roles;
INSERT INTO public.over VALUES ('helper');
-- The privilege TRIGGER gives nobody the extension owner's powers.
CREATE FUNCTION public.evil() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN ALTER ROLE helper SUPERUSER; RETURN NULL; END$$;
CREATE TRIGGER evil AFTER INSERT ON sharing.users FOR EACH STATEMENT EXECUTE FUNCTION public.evil();
CREATE CONSTRAINT TRIGGER evil AFTER INSERT ON sharing.users FOR EACH ROW EXECUTE FUNCTION public.evil();
-- On their own tables they do as they like.
CREATE TABLE public.theirs (id integer);
CREATE TRIGGER evil AFTER INSERT ON public.theirs FOR EACH STATEMENT EXECUTE FUNCTION public.evil();
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
SET ROLE writer;
INSERT INTO sharing.trusted_roles VALUES ('writer');
RESET ROLE;
RESET session_replication_role;
-- Nothing has changed.
SELECT b.what, b.count = n.count AS same FROM public.before b JOIN (SELECT 'users' AS what, count(*) FROM sharing.users UNION ALL SELECT 'rights', count(*) FROM sharing.user_rights
UNION ALL SELECT 'trusted', count(*) FROM sharing.trusted_roles UNION ALL SELECT 'log', count(*) FROM sharing.audit_entries) n USING (what) ORDER BY 1;
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname = 'evil';
SELECT rolname, rolsuper FROM pg_roles WHERE rolname IN ('helper', 'writer') ORDER BY 1;
-- Functions of pg_sharing, superusers and the owner go on.
GRANT USAGE ON SCHEMA sharing TO helper;
SELECT sharing.grant_admin('helper');
SET SESSION AUTHORIZATION helper;
SELECT sharing.create_user('3', 'cyd');
RESET SESSION AUTHORIZATION;
INSERT INTO sharing.trusted_roles VALUES ('helper');
SELECT count(*) FROM sharing.trusted_roles;
DROP OWNED BY helper, writer CASCADE;
DELETE FROM sharing.trusted_roles;
