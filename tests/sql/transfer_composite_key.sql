-- Modules: transfer() of a table whose key has several columns, such as every table that is partitioned by date: a
-- record's id is a JSON object of them. Also where the caller loses sight of the record by it.
\getenv tests PG_ABS_SRCDIR
\set organization :tests '/support/organization.sql'
\i :organization
CREATE TABLE visits ("the id" integer, day date, owner text, note text, PRIMARY KEY (day, "the id")) PARTITION BY RANGE (day);
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE visits_2026 (note text, owner text, gone integer, day date NOT NULL, "the id" integer NOT NULL);
ALTER TABLE visits_2026 DROP COLUMN gone;
ALTER TABLE visits ATTACH PARTITION visits_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO visits SELECT n, day, CASE n WHEN 3 THEN 'ceo' ELSE 'rep1' END, '' FROM generate_series(1, 4) n, unnest('{2025-05-01,2026-05-01}'::date[]) day;
-- Codes that differ by what a cast to the column's length would cut off.
CREATE TABLE codes (code varchar(2), no numeric, flag char(3), owner text, PRIMARY KEY (code, no, flag));
INSERT INTO codes VALUES ('ab', 1.5, 'x', 'rep1'), ('a"', 12345678901234567890123, 'xyz', 'rep1');
CREATE TABLE late (a integer, b integer, owner text, PRIMARY KEY (a, b) DEFERRABLE);
GRANT ALL ON visits, visits_2025, codes, late TO app;
SELECT sharing.protect('visits', 'owner'), sharing.protect('codes', 'owner'), sharing.protect('late', 'owner') \g /dev/null
CREATE VIEW everything AS SELECT * FROM visits;
GRANT SELECT ON everything TO app;
\c - app
SET sharing.user_key = 'rep1';
-- From one partition, from both, and in a partition's own name; the order of the fields, the way a value is written and
-- an id that comes twice make no difference.
SELECT sharing.transfer('visits', ARRAY['{"the id": 1, "day": "2025-05-01"}'], 'user:sup1');
SELECT sharing.transfer('visits', ARRAY['{"day": "2025-5-1", "the id": 2}', '{"the id": "2", "day": "2026-05-01"}', '{"the id": "02", "day": "1 May 2026"}'], 'user:sup1');
SELECT sharing.transfer('visits_2025', array_agg(jsonb_build_object('day', day, 'the id', "the id")::text), 'user:sup2') FROM visits WHERE day = '2025-05-01';
SELECT sharing.transfer('visits', '{}', 'user:sup1');
\c - postgres
SELECT * FROM everything ORDER BY day, "the id";
\c - app
SET sharing.user_key = 'rep1';
-- Hidden, absent, or somebody else's: alike, and nothing moves.
SELECT ids, test.outcome(format('SELECT sharing.transfer(''visits'', ARRAY[%s], ''user:sup1'')', ids)) FROM unnest(ARRAY[
    $$'{"the id": 3, "day": "2026-05-01"}'$$, $$'{"the id": 9, "day": "2026-05-01"}'$$, $$'{"the id": 1, "day": "2025-05-01"}'$$,
    $$'{"the id": 4, "day": "2026-05-01"}', '{"the id": 3, "day": "2026-05-01"}'$$,
    -- What is no key.
    $$'1'$$, $$'(2026-05-01,4)'$$, $$'[4, "2026-05-01"]'$$, $$'{"the id": 4}'$$, $$'{"the id": 4, "day": null}'$$, $$'{"the id": 4, "day": "2026-05-01", "note": ""}'$$,
    $$'{"the id": 4, "the id": 4, "day": "2026-05-01"}'$$, $$'{"the id": 4.0, "day": "2026-05-01"}'$$, $$'{"the id": [4], "day": "2026-05-01"}'$$,
    $$'{"the id": "four", "day": "2026-05-01"}'$$, $$'{"the id": 4, "day": "2026-15-01"}'$$, $$NULL$$]) ids;
-- Nothing is cut off, and no digit lost.
SELECT ids, test.outcome(format('SELECT sharing.transfer(''codes'', ARRAY[%s], ''user:sup1'')', ids)) FROM unnest(ARRAY[
    $$'{"code": "abc", "no": "1.5", "flag": "x"}'$$, $$'{"code": "ab", "no": "1.5", "flag": "xyz"}'$$, $$'{"code": "ab", "no": "1.5", "flag": "x"}'$$,
    $$'{"code": "a\"", "no": 12345678901234567890123, "flag": "xyz"}'$$, $$'{"code": "a\"", "no": "12345678901234567890123", "flag": "xyz"}'$$]) ids;
-- A key that is not one at every moment is none.
SELECT sharing.transfer('late', ARRAY['{"a": 1, "b": 1}'], 'user:sup1');
-- By hand it stays refused, where the owner would lose sight of it.
UPDATE visits SET owner = 'sup1' WHERE "the id" = 4 AND day = '2026-05-01';
SELECT test.outcome('SELECT sharing.share_record(''visits'', ''{"the id": 4, "day": "2026-05-01"}'', ''sup1'')');
