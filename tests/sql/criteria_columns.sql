-- Columns that criteria name: a rename is followed, valid or staged; they are not dropped and keep their types.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
\set VERBOSITY terse
ALTER TABLE public.leads ADD status text, ADD grade integer, ADD other text;
UPDATE public.leads SET status = 'hot' WHERE id IN (1, 9);
SELECT sharing.set_user_db_role('sup2', 'stranger');
SELECT sharing.add_rule('leads', NULL, 'role:H7', 'read_write', criteria => '{"status": "hot"}') AS rule \gset
SELECT sharing.apply_rules();
SELECT sharing.add_rule('leads', NULL, 'role:H7', 'read_only', criteria => '{"grade": 1, "status": "cold"}');
SET ROLE stranger; SELECT id FROM public.leads ORDER BY id; RESET ROLE;
-- As the table's owner.
SET ROLE crm;
ALTER TABLE public.leads DROP COLUMN status;
ALTER TABLE public.leads DROP COLUMN status CASCADE;
ALTER TABLE public.leads DROP COLUMN other, DROP COLUMN grade;
ALTER TABLE public.leads ALTER COLUMN status TYPE varchar;
ALTER TABLE public.leads ALTER COLUMN grade TYPE bigint;
ALTER TABLE public.leads RENAME COLUMN status TO "Sta tus";
ALTER TABLE public.leads RENAME COLUMN grade TO g;
RESET ROLE;
SELECT rule, status, owned_by, access, staged_access, criteria FROM sharing.rule_overview ORDER BY rule;
SET ROLE stranger; SELECT id FROM public.leads ORDER BY id; RESET ROLE;
SELECT sharing.apply_rules();
SELECT check_name, object, message FROM sharing.doctor() WHERE object LIKE '%leads%' AND check_name LIKE '%polic%';
SET ROLE stranger; SELECT id FROM public.leads ORDER BY id; RESET ROLE;
SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'sharing_select';
SELECT pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polname = 'sharing_insert';
ALTER TABLE public.leads DROP COLUMN g;
SELECT sharing.drop_rule(rule) FROM sharing.rule_overview;
ALTER TABLE public.leads DROP COLUMN g;
SELECT sharing.apply_rules();
ALTER TABLE public.leads DROP COLUMN g;
SELECT count(*) FROM sharing.criteria;
