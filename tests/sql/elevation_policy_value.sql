-- Attack: the owner of a protected table writes the condition of a relation anew, with a value whose type calls code of his when it is read
-- from its text, under the settings of a restore, whose policies are taken as they come. A superuser calls preview_rules().
\getenv tests PG_ABS_SRCDIR
\set attack :tests '/support/attack.sql'
\i :attack
SELECT id AS relation FROM sharing.relations \gset
\c - town
SET client_min_messages = error;
CREATE TYPE town.pair AS (one town.key);
ALTER TABLE town.visits ADD pair town.pair, ADD list town.key[];
UPDATE town.visits SET pair = ROW (1)::town.pair, list = '{1}';
ALTER DOMAIN town.key ADD CHECK (town.attacks(VALUE) > 0) NOT VALID;
SET row_security = off;
SELECT pg_catalog.set_config('search_path', '', false) \g /dev/null
DROP POLICY sharing_select ON town.visits;
CREATE POLICY sharing_select ON town.visits AS RESTRICTIVE FOR SELECT USING (sharing_internal.may_read('town.visits'::regclass, owner) OR pair OPERATOR(pg_catalog.=) '(1)'::town.pair AND sharing_internal.may_read_related('town.visits'::regclass, place, :relation, owner));
\c - postgres
SET client_min_messages = error;
SELECT sharing.set_global_access('visits', 'public_read_only') \g /dev/null
SELECT * FROM sharing.preview_rules() ORDER BY 1, 2;
TABLE town_is_superuser;
\c - town
SET client_min_messages = error;
SET row_security = off;
SELECT pg_catalog.set_config('search_path', '', false) \g /dev/null
DROP POLICY sharing_select ON town.visits;
CREATE POLICY sharing_select ON town.visits AS RESTRICTIVE FOR SELECT USING (sharing_internal.may_read('town.visits'::regclass, owner) OR list OPERATOR(pg_catalog.=) '{1}'::town.key[] AND sharing_internal.may_read_related('town.visits'::regclass, place, :relation, owner));
\c - postgres
SET client_min_messages = error;
SELECT * FROM sharing.preview_rules() ORDER BY 1, 2;
SELECT sharing.export_config() -> 'relations';
SELECT sharing.relate('town.visits', 'place', 'town.visits') \g /dev/null
SELECT error_of($$SELECT sharing.unrelate('town.visits', 'place', 'town.places')$$);
TABLE town_is_superuser;
