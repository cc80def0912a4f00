-- ON CONFLICT. A hidden row is refused before conditions of the user see it; that its key is taken shows.
-- Before the fix of CVE-2026-120154 PostgreSQL calls the user's conditions first, whatever the policies are.
SELECT version / 10000 IN (15, 16, 17, 18) AND version < CASE version / 10000 WHEN 15 THEN 150020 WHEN 16 THEN 160016 WHEN 17 THEN 170012 ELSE 180007 END AS leaks
    FROM pg_catalog.current_setting('server_version_num') setting, LATERAL (SELECT setting::integer) AS server(version) \gset
\if :leaks
\echo SKIPPED: sql/on_conflict: this PostgreSQL is without the fix of CVE-2026-120154
\quit
\endif
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
SELECT sharing.set_user_role('sup2', 'H5') \g /dev/null
SELECT sharing.add_rule('leads', 'role:H5', 'role:H7', 'read_only'), sharing.apply_rules() \g /dev/null
CREATE FUNCTION test.leak(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
    $$BEGIN RAISE NOTICE 'leaked: %', value; RETURN true; END$$;
CREATE FUNCTION test.leak_text(value text) RETURNS text LANGUAGE plpgsql COST 0.0000001 AS
    $$BEGIN RAISE NOTICE 'leaked: %', value; RETURN value; END$$;
\c - app
-- sup1 reads 1 (of rep1), has 7, and 4 (of vp) is hidden from him.
SET sharing.user_key = 'sup1';
INSERT INTO leads VALUES (4, 'sup1') ON CONFLICT (id) DO UPDATE SET title = test.leak_text(leads.title) WHERE test.leak(leads.title) RETURNING *;
INSERT INTO leads VALUES (4, 'sup1') ON CONFLICT (id) DO UPDATE SET owner = 'sup1';
INSERT INTO leads VALUES (1, 'sup1') ON CONFLICT (id) DO UPDATE SET title = test.leak_text(leads.title) RETURNING *;
INSERT INTO leads VALUES (7, 'sup1') ON CONFLICT (id) DO UPDATE SET title = test.leak_text(leads.title) WHERE test.leak(leads.title) RETURNING *;
INSERT INTO leads VALUES (7, 'sup1') ON CONFLICT (id) DO UPDATE SET owner = 'vp' RETURNING *;
-- The row to insert has to pass by itself.
INSERT INTO leads VALUES (7, 'vp') ON CONFLICT (id) DO UPDATE SET title = 'x' RETURNING *;
INSERT INTO leads VALUES (7, 'vp') ON CONFLICT (id) DO NOTHING;
-- That a hidden key is taken shows, as under every policy: no value but the caller's own.
INSERT INTO leads VALUES (4, 'sup1') ON CONFLICT DO NOTHING RETURNING *;
INSERT INTO leads VALUES (4, 'sup1');
UPDATE leads SET id = 4 WHERE id = 7;
\c - postgres
SELECT id, owner, title FROM leads WHERE id IN (1, 4, 7) ORDER BY id;
