-- Modules; Administration and safety: protect tells what reads the table past row security, or as somebody else than its caller: views that run as
-- their owner, SECURITY DEFINER functions, materialized views, publications. It is so: the superuser's show every row.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE cases (id integer PRIMARY KEY, owner text NOT NULL);
CREATE INDEX ON cases (owner);
INSERT INTO cases VALUES (1, 'rep1'), (2, 'ceo');
CREATE TABLE "my cases" (id integer, owner text NOT NULL);
CREATE INDEX ON "my cases" (owner);
CREATE SCHEMA r;
GRANT ALL ON SCHEMA r TO crm;
CREATE VIEW r.everything AS SELECT * FROM cases;
CREATE VIEW r.invoker WITH (security_invoker, security_barrier) AS SELECT * FROM cases;
CREATE VIEW r.invoker_in_words WITH (check_option = local, security_invoker = 'YES') AS SELECT * FROM cases;
CREATE VIEW r.not_invoker WITH (security_invoker = false) AS SELECT * FROM cases;
-- Reads a view that asks as its caller, so it does, too; the copy is one of the rows nevertheless.
CREATE VIEW r.of_invoker AS SELECT * FROM r.invoker;
CREATE MATERIALIZED VIEW r.copied AS SELECT * FROM r.of_invoker;
GRANT SELECT ON cases TO crm;
SET ROLE crm;
CREATE VIEW r.of_crm AS SELECT * FROM cases;
RESET ROLE;
CREATE TABLE r.written (id integer);
CREATE RULE also AS ON INSERT TO r.written DO ALSO SELECT * FROM cases;
CREATE FUNCTION r.by_body() RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM cases; END;
CREATE FUNCTION r.by_text(one integer, two text) RETURNS bigint SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM Public.CASES); END';
CREATE FUNCTION r.other_word() RETURNS bigint SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM old_cases, cases2); END';
CREATE FUNCTION r.as_caller() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM cases; END;
CREATE FUNCTION r.of_crm() RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM cases; END;
ALTER FUNCTION r.of_crm() OWNER TO crm;
-- Through views: as their owners, unless they ask as whoever reads them.
CREATE FUNCTION r.by_view() RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM r.everything; END;
CREATE FUNCTION r.by_name_of_view() RETURNS bigint SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM r.of_invoker); END';
CREATE FUNCTION r.of_crm_by_view() RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM r.everything; END;
CREATE FUNCTION r.of_crm_by_invoker() RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM r.invoker; END;
CREATE FUNCTION r.of_copy() RETURNS bigint SECURITY DEFINER LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM r.copied; END;
ALTER FUNCTION r.of_crm_by_view() OWNER TO crm;
ALTER FUNCTION r.of_crm_by_invoker() OWNER TO crm;
GRANT SELECT ON r.everything, r.invoker TO crm;
CREATE PUBLICATION of_cases FOR TABLE cases;
CREATE PUBLICATION "all of it" FOR ALL TABLES;
CREATE PUBLICATION other FOR TABLE leads;
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA public;
CREATE FUNCTION test.remarks(arguments text) RETURNS TABLE (remark text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT p FROM sharing.protect(' || arguments || ', dry_run => true) p WHERE p LIKE ''--%''';
END
$$;
\pset format unaligned
SELECT * FROM test.remarks($$'cases', 'owner'$$);
-- Nothing of all this reads the other table, but for the publications.
SELECT * FROM test.remarks($$'"my cases"', 'owner'$$);
\pset format aligned
-- What was said, by what the caller sees.
SELECT sharing.protect('cases', 'owner') \g /dev/null
GRANT SELECT ON cases TO PUBLIC;
GRANT ALL ON SCHEMA r TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA r TO PUBLIC;
\c - app
SET sharing.user_key = 'rep1';
SELECT (SELECT count(*) FROM cases) AS cases, (SELECT count(*) FROM r.everything) AS everything, (SELECT count(*) FROM r.not_invoker) AS not_invoker,
       (SELECT count(*) FROM r.invoker) AS invoker, (SELECT count(*) FROM r.invoker_in_words) AS in_words, (SELECT count(*) FROM r.of_invoker) AS of_invoker,
       (SELECT count(*) FROM r.of_crm) AS of_crm, (SELECT count(*) FROM r.copied) AS copied, r.by_body(), r.by_text(1, ''), r.as_caller(), r.of_crm() AS function_of_crm,
       r.by_view(), r.by_name_of_view(), r.of_crm_by_view(), r.of_crm_by_invoker();
-- Lists end, and a name that breaks the line stays within the comment.
\c - postgres
DROP SCHEMA r CASCADE;
DROP PUBLICATION of_cases, "all of it", of_schema;
SELECT sharing.unprotect('cases') \g /dev/null
CREATE SCHEMA r;
SELECT format('CREATE VIEW r.v%s AS SELECT * FROM public.cases', lpad(n::text, 2, '0')) FROM generate_series(1, 14) n \gexec
SELECT format('CREATE VIEW r.%I AS SELECT * FROM public.cases', E'a\nDROP TABLE leads; --') \gexec
SELECT format('CREATE POLICY %I ON cases USING (true)', E'p\r\nDROP TABLE leads; --') \gexec
SELECT format('CREATE POLICY p%s ON cases USING (true)', lpad(n::text, 2, '0')) FROM generate_series(1, 14) n \gexec
\pset format unaligned
SELECT * FROM test.remarks($$'cases', 'owner'$$);
