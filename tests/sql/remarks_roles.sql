-- Who is asking; Administration and safety: who owns a table can switch its row security off. So trust() of a role that owns protected tables, or can become
-- who does, warns, and protect of such a table says so. It also names the roles that will see nothing.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE ROLE framework LOGIN;
CREATE ROLE member LOGIN IN ROLE framework;
CREATE ROLE etl LOGIN;
CREATE ROLE no_login;
CREATE ROLE backup LOGIN BYPASSRLS;
CREATE ROLE of_rep2 LOGIN IN ROLE rep2_db;
CREATE TABLE cases (id integer PRIMARY KEY, owner text NOT NULL, day integer NOT NULL DEFAULT 1);
CREATE INDEX ON cases (owner);
ALTER TABLE cases OWNER TO framework;
CREATE FUNCTION test.remarks(arguments text) RETURNS TABLE (remark text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT p FROM sharing.protect(' || arguments || ') p WHERE p LIKE ''--%''';
END
$$;
-- Nothing of it is protected yet.
SELECT sharing.trust('member');
GRANT SELECT ON cases TO app, rep2_db, of_rep2, etl, no_login, backup;
INSERT INTO cases VALUES (1, 'rep1');
\pset format unaligned
SELECT * FROM test.remarks($$'cases', 'owner'$$);
SELECT sharing.trust('framework');
SELECT sharing.untrust('member');
SELECT sharing.trust('member');
SELECT sharing.trust('etl');
SELECT sharing.trust('crm');
-- It is so.
\c - framework
SET sharing.user_key = 'sup1';
SELECT count(*) FROM cases;
BEGIN;
ALTER TABLE cases NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
SELECT count(*) FROM cases;
ROLLBACK;
-- Many tables, and partitions behind whole tables.
\c - postgres
SELECT format('CREATE TABLE t%s (id integer, owner text)', lpad(n::text, 2, '0')), format('ALTER TABLE t%s OWNER TO crm', lpad(n::text, 2, '0')), format('SELECT count(*) > 0 FROM sharing.protect(%L, %L)', 't' || lpad(n::text, 2, '0'), 'owner') FROM generate_series(1, 12) n \gexec
SELECT sharing.trust('crm');
