-- Modules: protect() and relate() tell of missing indexes: once of a partitioned table, where one index serves all partitions, also later
-- ones, and of each table that inherits. What they propose ends the remark.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE visits (id integer, day integer, owner text NOT NULL, lead integer) PARTITION BY RANGE (day);
CREATE TABLE notes (id integer, owner text NOT NULL, lead integer);
CREATE TABLE old_notes () INHERITS (notes);
CREATE FUNCTION test.remarks(arguments text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT p FROM sharing.protect(' || arguments || ', dry_run => true) p WHERE p LIKE ''-- no index%''';
END
$$;
\pset format unaligned
\pset tuples_only on
\echo No partitions yet; two, one of which has an index; none has one; the proposal.
SELECT test.remarks($$'visits', 'owner'$$);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (0) TO (10);
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM (10) TO (20);
CREATE INDEX of_one ON visits_1 (owner, day);
SELECT test.remarks($$'visits', 'owner'$$);
DROP INDEX of_one;
SELECT test.remarks($$'visits', 'owner'$$);
CREATE INDEX ON public.visits (owner);
SELECT test.remarks($$'visits', 'owner'$$);
CREATE TABLE visits_3 PARTITION OF visits FOR VALUES FROM (20) TO (30);
SELECT test.remarks($$'visits', 'owner'$$);
\echo Tables that inherit.
SELECT test.remarks($$'notes', 'owner'$$);
CREATE INDEX ON public.notes (owner);
SELECT test.remarks($$'notes', 'owner'$$);
CREATE INDEX ON public.old_notes (owner);
SELECT test.remarks($$'notes', 'owner'$$);
SELECT sharing.protect('visits', 'owner'), sharing.protect('notes', 'owner') \g /dev/null
\echo Relations.
SELECT sharing.relate('visits', 'lead', 'leads') \g /dev/null
SELECT sharing.unrelate('visits', 'lead', 'leads') \g /dev/null
CREATE INDEX ON public.visits (lead);
SELECT sharing.relate('visits', 'lead', 'leads') \g /dev/null
SELECT sharing.relate('notes', 'lead', 'leads') \g /dev/null
SELECT sharing.unrelate('notes', 'lead', 'leads') \g /dev/null
CREATE INDEX ON public.notes (lead);
SELECT sharing.relate('notes', 'lead', 'leads') \g /dev/null
