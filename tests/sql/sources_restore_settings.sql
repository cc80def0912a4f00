-- Bug: whoever set what a restore sets, row_security = off and an empty search path, wrote to a source without the organization
-- hearing of it, and could take the triggers off a table of their own. A superuser's restore alone brings the organization itself.
\getenv tests PG_ABS_SRCDIR
\set support :tests '/support/organization_of.sql'
\i :support
CREATE ROLE app LOGIN;
CREATE ROLE town LOGIN;
GRANT CREATE ON SCHEMA public TO town;
SET ROLE town;
CREATE TABLE users (id integer PRIMARY KEY, name text, role text);
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON users TO app;
RESET ROLE;
SELECT sharing.create_role('Boss'), sharing.create_role('Rep', 'Boss') \g /dev/null
INSERT INTO users VALUES (1, 'ann', 'Boss'), (2, 'bob', 'Rep');
SELECT count(*) FROM sharing.sync_users('users', 'id', 'name', role => 'role');
-- A function of a superuser's that has its search path pinned, as it should, is called by somebody who sets the rest.
SELECT pg_catalog.set_config('search_path', '', false);
CREATE FUNCTION public.promote(who integer) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$UPDATE public.users SET role = 'Boss' WHERE id = who$$;
\c - app
SET row_security = off;
SELECT public.promote(2);
SELECT pg_catalog.set_config('search_path', '', false);
UPDATE public.users SET role = 'Rep' WHERE id = 1;
INSERT INTO public.users VALUES (3, 'cid', 'Rep');
INSERT INTO public.users VALUES (4, 'dan', 'Nobody');
\c - postgres
SELECT * FROM test.people();
\c - town
SET row_security = off;
SELECT pg_catalog.set_config('search_path', '', false);
DROP TRIGGER sharing_source_update ON public.users;
ALTER TRIGGER sharing_source_insert ON public.users RENAME TO mine;
ALTER TABLE public.users RENAME COLUMN role TO position;
UPDATE public.users SET position = 'Boss' WHERE id = 3;
ALTER TABLE public.users DROP COLUMN position;
ALTER TABLE public.users DISABLE TRIGGER ALL;
ALTER TABLE public.users DISABLE TRIGGER USER;
INSERT INTO public.users VALUES (5, 'eve', 'Rep');
ALTER TABLE public.users ENABLE TRIGGER USER;
\c - postgres
SELECT * FROM test.people();
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'users'::regclass ORDER BY 1;
-- What a superuser restores of a table alone counts once it is read.
SET row_security = off;
SELECT pg_catalog.set_config('search_path', '', false);
UPDATE public.users SET name = upper(name);
RESET search_path;
RESET row_security;
SELECT string_agg(name, ' ' ORDER BY key) FROM sharing.users;
SELECT count(*) FROM sharing.resync();
SELECT string_agg(name, ' ' ORDER BY key) FROM sharing.users;
